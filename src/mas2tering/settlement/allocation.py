"""Ways to share what members feed in, other than the market: the keys of energy-sharing law, and two price rules.

All take the members' plans as they are. A key says who gets the surplus of a step; nobody gets more than it draws in that
step, what a share gives beyond that goes on to the others in proportion to theirs, and what nobody can use is exported.
Producers share what is used in proportion to what they feed in.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mas2tering.domain.local_market import FloatArray, TwoPrices
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Meters

_NO_SHARE = 1e-12
"""A share below this part of the largest is none."""


class Rule(StrEnum):
    """A way to share: the market's own, the keys, the price rules."""

    SETTLED = "settled"
    DYNAMIC_KEY = "dynamic_key"
    EQUAL_KEY = "equal_key"
    FIXED_KEY = "fixed_key"
    CONSUMPTION_KEY = "consumption_key"
    MID_MARKET_RATE = "mid_market_rate"
    SUPPLY_DEMAND_RATIO = "supply_demand_ratio"


@dataclass(frozen=True)
class Allocation:
    """What each member buys and sells inside the community, in kWh (members, steps), at one price (steps,) per step."""

    bought_kwh: FloatArray
    sold_kwh: FloatArray
    price_per_kwh: FloatArray

    def prices(self, charges: LocalCharges) -> TwoPrices:
        """What a local kWh costs and brings with the local charges, the same for all members."""
        shape = self.bought_kwh.shape
        return TwoPrices(
            np.broadcast_to(self.price_per_kwh + charges.buyer_per_kwh, shape),
            np.broadcast_to(self.price_per_kwh - charges.seller_per_kwh, shape),
        )


def by_shares(meters: Meters, shares: FloatArray, price_per_kwh: FloatArray) -> Allocation:
    """A key: each step's surplus by shares, shape (members,) or (members, steps), zero or more, of any sum.

    Equal keys are equal shares; fixed keys are the shares agreed on; keys by consumption are the draw of the step.
    """
    drawn = meters.drawn_kwh
    surplus = meters.fed_in_kwh.sum(axis=0)
    weights = np.broadcast_to(shares if shares.ndim == 2 else shares[:, np.newaxis], drawn.shape)
    bought = np.zeros_like(drawn)
    for t in np.flatnonzero(surplus > 0.0):
        bought[:, t] = _filled(drawn[:, t], weights[:, t], float(surplus[t]))
    return Allocation(bought, _sold(meters, bought), price_per_kwh)


def mid_market_rate(meters: Meters, charges: LocalCharges) -> Allocation:
    """Half-way between what a buyer can pay and what a seller must get.

    With one tariff and without charges this is the mid-market rate of Long et al. 2017 (DOI 10.1109/PESGM.2017.8274546): who
    is short of local energy buys the rest from the supplier. With several suppliers the means over those who draw and who
    feed in stand for the one tariff. Where there is nothing between the two prices nothing is shared.
    """
    highest, lowest = _mean_prices(meters, charges)
    return _in_proportion(meters, highest, lowest, (highest + lowest) / 2)


def supply_demand_ratio(meters: Meters, charges: LocalCharges) -> Allocation:
    """A price that falls from import to export price as supply grows from nothing to demand.

    After Liu et al. 2017 (DOI 10.1109/TPWRS.2017.2649558): its inverse is linear in the ratio of supply to demand. Where the
    export price is not above zero that price is not defined, and the price itself is taken as linear. Suppliers and charges
    as with the mid-market rate.
    """
    highest, lowest = _mean_prices(meters, charges)
    demand = meters.drawn_kwh.sum(axis=0)
    ratio = np.minimum(
        1.0, np.divide(meters.fed_in_kwh.sum(axis=0), demand, out=np.ones_like(demand), where=demand > 0)
    )
    below = (highest - lowest) * ratio + lowest
    defined = (lowest > 0.0) & (below > 0.0)
    price = np.where(
        defined, lowest * highest / np.where(defined, below, 1.0), highest - ratio * (highest - lowest)
    )
    return _in_proportion(meters, highest, lowest, price)


def _filled(drawn: FloatArray, shares: FloatArray, surplus: float) -> FloatArray:
    """``min(drawn, level * shares)`` with the level at which the surplus is used up, or everybody served."""
    takes = shares > _NO_SHARE * shares.max()
    if surplus >= drawn[takes].sum():
        return np.where(takes, drawn, 0.0)
    full_at = np.divide(drawn, shares, out=np.full_like(drawn, np.inf), where=takes)
    order = np.argsort(full_at, kind="stable")[: takes.sum()]
    # Before the k-th member of the order is full, those ahead of it have all they draw and the others share the rest.
    ahead = np.concatenate(([0.0], np.cumsum(drawn[order])[:-1]))
    sharing = np.cumsum(shares[order][::-1])[::-1]
    levels = (surplus - ahead) / sharing
    not_yet_full = np.flatnonzero(full_at[order] >= levels)
    level = levels[not_yet_full[0]] if len(not_yet_full) else levels[-1]
    return np.where(takes, np.minimum(drawn, level * shares), 0.0)


def _in_proportion(meters: Meters, highest: FloatArray, lowest: FloatArray, price: FloatArray) -> Allocation:
    surplus, demand = meters.fed_in_kwh.sum(axis=0), meters.drawn_kwh.sum(axis=0)
    used = np.where(highest > lowest, np.minimum(surplus, demand), 0.0)
    part = np.divide(used, demand, out=np.zeros_like(demand), where=demand > 0.0)
    bought = meters.drawn_kwh * part
    return Allocation(bought, _sold(meters, bought), price)


def _sold(meters: Meters, bought_kwh: FloatArray) -> FloatArray:
    surplus = meters.fed_in_kwh.sum(axis=0)
    part = np.divide(bought_kwh.sum(axis=0), surplus, out=np.zeros_like(surplus), where=surplus > 0.0)
    return np.asarray(meters.fed_in_kwh * part)


def _mean_prices(meters: Meters, charges: LocalCharges) -> tuple[FloatArray, FloatArray]:
    """The mean import price of those who draw less the buyer's charge, and the mean export price of those who feed in plus
    the seller's, both (steps,)."""
    suppliers = meters.suppliers
    highest = _mean(suppliers.import_price_per_kwh, meters.drawn_kwh) - charges.buyer_per_kwh
    lowest = _mean(suppliers.export_price_per_kwh, meters.fed_in_kwh) + charges.seller_per_kwh
    return highest, lowest


def _mean(values: FloatArray, weights: FloatArray) -> FloatArray:
    total = weights.sum(axis=0)
    weighted = np.divide((values * weights).sum(axis=0), total, out=np.zeros_like(total), where=total > 0.0)
    return np.asarray(np.where(total > 0.0, weighted, values.mean(axis=0)))
