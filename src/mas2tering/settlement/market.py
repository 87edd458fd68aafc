"""The local market of a day, as far as no sharing of gains is in it: trades, the price at which they are made, bills."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.flexibility import Requested, sold
from mas2tering.domain.local_market import Cleared, FloatArray, TwoPrices, prices_at
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Bills, Member, Meters, bills_of, meters_of
from mas2tering.settlement.deliveries import Deliveries, deliveries_of

_SAME_PRICE = 1e-9
"""Prices per kWh nearer than this are the same."""


@dataclass(frozen=True)
class LocalMarket:
    """What members trade, and their bills.

    ``price_per_kwh`` (steps,) is the local price: the negotiated one, moved to where the trades are everybody's own choice.
    ``uncapped_kwh`` (members,) is what each bought and sold at that price itself, with no cap of its own supplier's, to buyers
    outside too, whose ``deliveries`` are apart.
    """

    meters: Meters
    trades: Cleared
    deliveries: Deliveries
    price_per_kwh: FloatArray
    bills: Bills
    uncapped_kwh: FloatArray


def local_market(
    members: Sequence[Member],
    local_price_per_kwh: FloatArray,
    charges: LocalCharges,
    requested: Requested | None = None,
) -> LocalMarket:
    """Clear the plans to which members are bound, at a negotiated price of shape (steps,), with what buyers outside have
    ``requested``.

    Raises:
        ValueError: members are missing, or do not fit together, or the price does not fit them.
    """
    meters = meters_of(members)
    if local_price_per_kwh.shape != (meters.axis.steps,) or not np.isfinite(local_price_per_kwh).all():
        raise ValueError(f"the local price: expected {meters.axis.steps} numbers, one a step")
    requested = requested or Requested.nothing(meters.axis.steps)
    found = sold(meters.drawn_kwh, meters.fed_in_kwh, meters.suppliers, charges, requested)
    trades = found.inside
    price = trades.supported(local_price_per_kwh)
    prices = prices_at(price, meters.suppliers, charges)
    bills = bills_of(meters, trades.bought_kwh, trades.sold_kwh, prices, charges, found.to_buyers_kwh)
    uncapped = _uncapped_kwh(trades, price, prices, charges) + found.to_buyers_kwh.sum(axis=1)
    return LocalMarket(
        meters, trades, deliveries_of(requested, found, price, charges), price, bills, uncapped
    )


def _uncapped_kwh(
    trades: Cleared, price_per_kwh: FloatArray, prices: TwoPrices, charges: LocalCharges
) -> FloatArray:
    buys_at_it = prices.buying_per_kwh <= price_per_kwh + charges.buyer_per_kwh + _SAME_PRICE
    sells_at_it = prices.selling_per_kwh >= price_per_kwh - charges.seller_per_kwh - _SAME_PRICE
    kwh = np.where(buys_at_it, trades.bought_kwh, 0.0) + np.where(sells_at_it, trades.sold_kwh, 0.0)
    return np.asarray(kwh.sum(axis=1))
