"""A wholesale market aggregator's request for pooled flexibility: so many kW at such hours, at a price.

The buyer stands outside of the community. What it is delivered is what members feed in and nobody inside buys: the energy
leaves through the substation like any export, and counts as such; the buyer pays for it in the supplier's stead. It draws
at most what it asked for, at most at its price, and never feeds in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from mas2tering.domain.local_market import Cleared, FloatArray, SupplierPrices, cleared
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.units import PowerKw, PricePerKwh
from mas2tering.domain.windows import ClockWindow, Words

_NOTHING_KWH = 1e-9


class FlexibilityRequest(Words):
    """``buyer`` takes up to ``power_kw`` during ``hours``, on ``dates`` (those on which a window begins; none: every day).

    ``price_per_kwh`` is the most that it pays, the local charge on what is bought counted in.
    """

    buyer: str = Field(min_length=1)
    power_kw: PowerKw
    price_per_kwh: PricePerKwh
    hours: Annotated[tuple[ClockWindow, ...], Field(min_length=1)]
    dates: tuple[date, ...] = ()

    def asked_kwh(self, axis: TimeAxis) -> FloatArray:
        """What is asked for at each step, shape (steps,); of a step that is asked for in part, that part."""
        asks = np.zeros(axis.steps * axis.step_minutes, dtype=bool)
        for window in self.hours:
            for begin, end in window.occurrences(axis):
                if not self.dates or begin.astimezone(ZoneInfo(axis.zone)).date() in self.dates:
                    first, last = ((moment - axis.start) // timedelta(minutes=1) for moment in (begin, end))
                    asks[max(0, first) : max(0, last)] = True
        share = asks.reshape(axis.steps, -1).mean(axis=1)
        return np.asarray(self.power_kw * axis.step_hours * share)


@dataclass(frozen=True)
class Requested:
    """Requests on an axis: who asks, for how much energy at most, and the price per kWh, both (requests, steps)."""

    buyers: tuple[str, ...]
    asked_kwh: FloatArray
    price_per_kwh: FloatArray

    @staticmethod
    def nothing(steps: int) -> "Requested":
        """No request at all."""
        return Requested((), np.zeros((0, steps)), np.zeros((0, steps)))

    @staticmethod
    def on(axis: TimeAxis, requests: Sequence[FlexibilityRequest]) -> "Requested":
        """The requests that ask for anything on an axis, in their order."""
        asked = [(request, request.asked_kwh(axis)) for request in requests]
        asked = [(request, kwh) for request, kwh in asked if kwh.any()]
        if not asked:
            return Requested.nothing(axis.steps)
        return Requested(
            tuple(request.buyer for request, _ in asked),
            np.array([kwh for _, kwh in asked]),
            np.array([np.full(axis.steps, request.price_per_kwh) for request, _ in asked]),
        )

    @property
    def is_nothing(self) -> bool:
        """Whether nobody asks for anything."""
        return not self.asked_kwh.any()

    def beside(self, members: SupplierPrices) -> SupplierPrices:
        """Prices of rows of members, and of one more for each request: left undelivered, a kWh saves the buyer its price, as if
        a supplier asked that; it never feeds in, at whatever price."""
        if not self.buyers:
            return members
        lowest = members.export_price_per_kwh.min(axis=0)
        # Where nothing is asked for, a price must not widen the range in which the local price is looked for.
        price = np.where(self.asked_kwh > 0.0, self.price_per_kwh, lowest)
        return SupplierPrices(
            np.vstack([members.import_price_per_kwh, price]),
            np.vstack([members.export_price_per_kwh, np.minimum(lowest, price)]),
        )

    def after(self, charges: LocalCharges) -> "Requested":
        """The same with prices after local charges: what a buyer pays the community at most."""
        return replace(self, price_per_kwh=self.price_per_kwh - charges.buyer_per_kwh)

    def within_reach(
        self, members: SupplierPrices, charges: LocalCharges, most_kwh: FloatArray
    ) -> "Requested":
        """What of it there is any use in negotiating about: requests at prices at which some member would rather sell to the
        buyer than to its supplier, and no more than the ``most_kwh`` (steps,) that members can feed in together."""
        floor = members.export_price_per_kwh.min(axis=0) + charges.seller_per_kwh + charges.buyer_per_kwh
        asked = np.where(self.price_per_kwh > floor, np.minimum(self.asked_kwh, most_kwh), 0.0)
        return replace(self, asked_kwh=asked)

    def outbids(self, members: SupplierPrices, charges: LocalCharges) -> bool:
        """Whether a buyer would pay more anywhere than some member saves by buying inside the community."""
        least = members.import_price_per_kwh.min(axis=0)
        return bool(((self.price_per_kwh - charges.buyer_per_kwh > least) & (self.asked_kwh > 0.0)).any())


@dataclass(frozen=True)
class Sold:
    """What is traded of given loads, inside the community and with buyers outside.

    ``inside`` are the trades among members; its gain (steps,) is that of members and buyers together, and its prices are
    right for both. ``to_buyers_kwh`` (rows, steps) is what members sell to buyers, ``delivered_kwh`` (requests, steps) what
    these get: the same in sum at each step.
    """

    inside: Cleared
    to_buyers_kwh: FloatArray
    delivered_kwh: FloatArray

    @property
    def gain(self) -> float:
        """What all trades save members and buyers together."""
        return float(self.inside.gain.sum())


def sold(
    drawn_kwh: FloatArray,
    fed_in_kwh: FloatArray,
    members: SupplierPrices,
    charges: LocalCharges,
    requested: Requested,
) -> Sold:
    """The trades that save most with buyers among the members, of what each row of members draws and feeds in, both
    (rows, steps).

    All sell into one pool: what is delivered comes from those who sell at a step in proportion to what they sell. Where plans
    leave a little more than is bought, that is exported, and does not pull the price of what is delivered down to the export
    price: inside, such a price only moves money from member to member, but what a buyer outside pays too little is lost to all.
    """
    rows, steps = drawn_kwh.shape
    prices = requested.beside(members)
    with_buyers = cleared(
        np.vstack([drawn_kwh, requested.asked_kwh]),
        np.vstack([fed_in_kwh, np.zeros((len(requested.buyers), steps))]),
        prices,
        charges,
    )
    delivered = with_buyers.bought_kwh[rows:]
    sells, leaves = with_buyers.sold_kwh[:rows], delivered.sum(axis=0)
    total = sells.sum(axis=0)
    to_buyers = sells * np.divide(leaves, total, out=np.zeros(steps), where=total > 0.0)
    served = np.where(with_buyers.bought_kwh > _NOTHING_KWH, prices.import_price_per_kwh, np.inf).min(axis=0)
    highest = with_buyers.highest_price_per_kwh
    inside = replace(
        with_buyers,
        bought_kwh=with_buyers.bought_kwh[:rows],
        sold_kwh=sells - to_buyers,
        highest_price_per_kwh=np.where(
            leaves > _NOTHING_KWH, np.maximum(highest, served - charges.buyer_per_kwh), highest
        ),
    )
    return Sold(inside, to_buyers, delivered)
