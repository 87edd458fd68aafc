"""What a round of answers sums to: all that the aggregator needs to know of them."""

from dataclasses import dataclass, field

import numpy as np

from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import FloatArray, SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class RoundSums:
    """Sums over the members of a market, for one local price.

    ``beside_cost`` is what their plans cost beside energy; ``drawn_kwh`` and ``fed_in_kwh`` have shape (classes,
    steps), a class being the members of one tariff. ``bound`` is the least that any plans of theirs could cost at
    these prices: with what limits leave of it, a lower bound of the community's cost. ``limit_kwh`` (rows,) is what the
    loads come to in each limit.
    """

    beside_cost: float
    drawn_kwh: FloatArray
    fed_in_kwh: FloatArray
    bound: float
    limit_kwh: FloatArray = field(default_factory=lambda: np.zeros(0))


def supplier_cost(sums: RoundSums, suppliers: SupplierPrices) -> float:
    """What plans cost without any local trade."""
    return sums.beside_cost + float(
        (sums.drawn_kwh * suppliers.import_price_per_kwh).sum()
        - (sums.fed_in_kwh * suppliers.export_price_per_kwh).sum()
    )


def with_buyers(
    sums: RoundSums, requested: Requested, price_per_kwh: FloatArray, charges: LocalCharges
) -> RoundSums:
    """What members and buyers come to together, at the local price (steps,) that the members answered.

    A buyer's answer needs no question: it draws all that it asked for, in a row of its own, where its price stands for a
    supplier's. What it is not delivered it does without, at no cost: so its price on all that it asked for is taken off.
    """
    if not requested.buyers:
        return sums
    asked, most = requested.asked_kwh, requested.price_per_kwh
    pays = np.minimum(most, price_per_kwh + charges.buyer_per_kwh)
    return RoundSums(
        sums.beside_cost - float((asked * most).sum()),
        np.vstack([sums.drawn_kwh, asked]),
        np.vstack([sums.fed_in_kwh, np.zeros_like(asked)]),
        sums.bound - float((asked * (most - pays)).sum()),
        sums.limit_kwh,
    )
