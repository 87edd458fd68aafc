"""The local market's rules: what a member pays and gets at a local price, and what is traded of given loads.

At each step a member either draws or feeds in, by the sign of its meter. What it draws it buys from its supplier or
from the community, whichever is cheaper; what it feeds in it sells to whichever pays more; and a local kWh costs or
brings a member nothing outside of what its own supplier pays and asks at that moment: buying cheap from the one to
sell dear to the other is no service to anybody (``docs/decisions/0009-the-local-market.md``).

Rows are whoever trades at one supplier's prices: members, or classes of members with the same tariff.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.tariffs import LocalCharges

FloatArray = NDArray[np.float64]

_NOTHING_KWH = 1e-12


@dataclass(frozen=True)
class SupplierPrices:
    """Suppliers' prices, both of shape (rows, steps)."""

    import_price_per_kwh: FloatArray
    export_price_per_kwh: FloatArray


def same_price_both_ways(suppliers: SupplierPrices, charges: LocalCharges) -> bool:
    """Whether each row draws and feeds in at one price, whatever the local price: no local charges, and no supplier that
    pays more than it asks. Rows may differ in theirs."""
    return charges.buyer_per_kwh == charges.seller_per_kwh == 0.0 and bool(
        np.all(suppliers.import_price_per_kwh >= suppliers.export_price_per_kwh)
    )


@dataclass(frozen=True)
class TwoPrices:
    """What a kWh costs that is drawn, and what one brings that is fed in, both of shape (rows, steps).

    The second is never above the first, unless a supplier itself pays more than it asks.
    """

    buying_per_kwh: FloatArray
    selling_per_kwh: FloatArray


@dataclass(frozen=True)
class Cleared:
    """What is traded inside the community of given loads.

    ``bought_kwh`` and ``sold_kwh`` (rows, steps) sum to the same in each step. ``gain`` (steps,) is what the trades save
    against the suppliers, local charges paid. Any uniform price between ``lowest_price_per_kwh`` and
    ``highest_price_per_kwh`` (steps,) makes the same trades everybody's own choice.
    """

    bought_kwh: FloatArray
    sold_kwh: FloatArray
    gain: FloatArray
    lowest_price_per_kwh: FloatArray
    highest_price_per_kwh: FloatArray

    def supported(self, price_per_kwh: FloatArray) -> FloatArray:
        """The price nearest to the given one (shape (steps,)) at which the trades are everybody's own choice."""
        return np.clip(price_per_kwh, self.lowest_price_per_kwh, self.highest_price_per_kwh)


def price_range(suppliers: SupplierPrices) -> tuple[FloatArray, FloatArray]:
    """Between what a local price makes sense: lowest export and highest import price, both (steps,).

    Where every supplier pays more than any asks, nobody trades, and the highest import price is all that is left.
    """
    highest = suppliers.import_price_per_kwh.max(axis=0)
    return np.minimum(suppliers.export_price_per_kwh.min(axis=0), highest), highest


def prices_at(local_price_per_kwh: FloatArray, suppliers: SupplierPrices, charges: LocalCharges) -> TwoPrices:
    """What each row pays and gets at a local price, shape (steps,)."""
    bought, sold = suppliers.import_price_per_kwh, suppliers.export_price_per_kwh
    floor = np.minimum(sold, bought)
    buying = np.minimum(bought, np.maximum(floor, local_price_per_kwh + charges.buyer_per_kwh))
    selling = np.maximum(sold, np.minimum(bought, local_price_per_kwh - charges.seller_per_kwh))
    return TwoPrices(buying, selling)


def cleared(
    drawn_kwh: FloatArray, fed_in_kwh: FloatArray, suppliers: SupplierPrices, charges: LocalCharges
) -> Cleared:
    """The trades that save most, of what each row draws and feeds in, both of shape (rows, steps).

    Who saves most by buying comes first, and so does who gains most by selling; those who are alike share in
    proportion.
    """
    value = suppliers.import_price_per_kwh - charges.buyer_per_kwh
    cost = suppliers.export_price_per_kwh + charges.seller_per_kwh
    steps = drawn_kwh.shape[1]
    bought, sold = np.zeros_like(drawn_kwh), np.zeros_like(fed_in_kwh)
    lowest, highest = price_range(suppliers)
    lowest, highest = lowest.copy(), highest.copy()
    for t in range(steps):
        demand = _Curve(-value[:, t], drawn_kwh[:, t])
        supply = _Curve(cost[:, t], fed_in_kwh[:, t])
        volume = _traded(demand, supply)
        bought[:, t] = demand.share_of(volume)
        sold[:, t] = supply.share_of(volume)
        low, high = _supporting(demand, supply, volume)
        lowest[t], highest[t] = max(lowest[t], low), min(highest[t], high)
        # No trade, and nobody who would: any price does.
        highest[t] = max(highest[t], lowest[t])
    gain = (value * bought).sum(axis=0) - (cost * sold).sum(axis=0)
    return Cleared(bought, sold, gain, lowest, highest)


class _Curve:
    """Quantities in order of what they ask for: the supply curve, and the demand curve with values negated."""

    def __init__(self, asked: FloatArray, quantity: FloatArray) -> None:
        self._asked, self._quantity = asked, quantity
        order = np.argsort(asked, kind="stable")
        self._sorted = asked[order]
        self.levels = self._sorted
        self._sum = np.concatenate(([0.0], np.cumsum(quantity[order])))

    def below(self, level: FloatArray) -> FloatArray:
        """Quantity that asks for less than a level."""
        return np.asarray(self._sum[np.searchsorted(self._sorted, level, side="left")])

    def up_to(self, level: FloatArray) -> FloatArray:
        """Quantity that asks for a level or less."""
        return np.asarray(self._sum[np.searchsorted(self._sorted, level, side="right")])

    def share_of(self, volume: float) -> FloatArray:
        """What each row has of the first ``volume``; rows that ask for the same share in proportion."""
        before, upto = self.below(self._asked), self.up_to(self._asked)
        level = upto - before
        share = np.divide(volume - before, level, out=np.zeros_like(level), where=level > _NOTHING_KWH)
        return np.asarray(self._quantity * np.clip(share, 0.0, 1.0))

    def last_within(self, volume: float) -> float:
        """The highest level of which something is among the first ``volume``; -inf if there is none."""
        used = self._sum[:-1] < volume - _NOTHING_KWH
        filled = used & (np.diff(self._sum) > _NOTHING_KWH)
        return float(self._sorted[filled][-1]) if filled.any() else -np.inf

    def first_beyond(self, volume: float) -> float:
        """The lowest level of which something is left after the first ``volume``; inf if there is none."""
        left = (self._sum[1:] > volume + _NOTHING_KWH) & (np.diff(self._sum) > _NOTHING_KWH)
        return float(self._sorted[left][0]) if left.any() else np.inf


def _traded(demand: _Curve, supply: _Curve) -> float:
    """The volume up to which the next buyer values a kWh above what the next seller asks for it."""
    bought = demand.up_to(demand.levels)
    offered = supply.below(-demand.levels)
    return float(np.minimum(bought, offered).max(initial=0.0))


def _supporting(demand: _Curve, supply: _Curve, volume: float) -> tuple[float, float]:
    """Prices between which those who trade want to, and those who do not do not."""
    low = max(supply.last_within(volume), -demand.first_beyond(volume))
    high = min(-demand.last_within(volume), supply.first_beyond(volume))
    return float(low), float(high)
