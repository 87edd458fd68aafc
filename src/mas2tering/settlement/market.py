"""The local market of a day, as far as no sharing of gains is in it: trades, the price at which they are made, bills."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import Cleared, FloatArray, TwoPrices, cleared, prices_at
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Bills, Member, Meters, bills_of, meters_of

_SAME_PRICE = 1e-9
"""Prices per kWh nearer than this are the same."""


@dataclass(frozen=True)
class LocalMarket:
    """What members trade, and their bills.

    ``price_per_kwh`` (steps,) is the local price: the negotiated one, moved to where the trades are everybody's own choice.
    ``uncapped_kwh`` (members,) is what each bought and sold at that price itself, with no cap of its own supplier's.
    """

    meters: Meters
    trades: Cleared
    price_per_kwh: FloatArray
    bills: Bills
    uncapped_kwh: FloatArray


def local_market(
    members: Sequence[Member], local_price_per_kwh: FloatArray, charges: LocalCharges
) -> LocalMarket:
    """Clear the plans to which members are bound, at a negotiated price of shape (steps,).

    Raises:
        ValueError: members are missing, or do not fit together, or the price does not fit them.
    """
    meters = meters_of(members)
    if local_price_per_kwh.shape != (meters.axis.steps,) or not np.isfinite(local_price_per_kwh).all():
        raise ValueError(f"the local price: expected {meters.axis.steps} numbers, one a step")
    trades = cleared(meters.drawn_kwh, meters.fed_in_kwh, meters.suppliers, charges)
    price = trades.supported(local_price_per_kwh)
    prices = prices_at(price, meters.suppliers, charges)
    bills = bills_of(meters, trades.bought_kwh, trades.sold_kwh, prices, charges)
    return LocalMarket(meters, trades, price, bills, _uncapped_kwh(trades, price, prices, charges))


def _uncapped_kwh(
    trades: Cleared, price_per_kwh: FloatArray, prices: TwoPrices, charges: LocalCharges
) -> FloatArray:
    buys_at_it = prices.buying_per_kwh <= price_per_kwh + charges.buyer_per_kwh + _SAME_PRICE
    sells_at_it = prices.selling_per_kwh >= price_per_kwh - charges.seller_per_kwh - _SAME_PRICE
    kwh = np.where(buys_at_it, trades.bought_kwh, 0.0) + np.where(sells_at_it, trades.sold_kwh, 0.0)
    return np.asarray(kwh.sum(axis=1))
