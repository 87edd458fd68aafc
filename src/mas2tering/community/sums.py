"""What a round of answers sums to: all that the aggregator needs to know of them."""

from dataclasses import dataclass, field

import numpy as np

from mas2tering.domain.local_market import FloatArray, SupplierPrices


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
