"""What plans cost all members together, from sums alone: whether an agreement is worth it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.sums import RoundSums, supplier_cost
from mas2tering.domain.flexibility import Requested, sold
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class TradingRows:
    """The rows in which plans are summed, and at which prices their members trade for sure, both (rows, steps).

    That is their supplier's price; in a row of merged classes (``is_merged``, shape (rows,)) the lowest that one of its
    members pays and the highest that one is paid, so that no trade is counted which somebody would not make. What such
    members pay their own suppliers is in their cost beside energy. Buyers outside count as if they were members.
    """

    suppliers: SupplierPrices
    is_merged: NDArray[np.bool_]
    requested: Requested

    @staticmethod
    def of_classes(suppliers: SupplierPrices, requested: Requested) -> "TradingRows":
        """A row for each class, none merged."""
        return TradingRows(suppliers, np.zeros(len(suppliers.import_price_per_kwh), dtype=bool), requested)

    def cost(self, sums: RoundSums, charges: LocalCharges) -> float:
        """What plans cost with their best trades; exact where no class is merged, else never below that."""
        apart = ~self.is_merged[:, None]
        billed = RoundSums(sums.beside_cost, sums.drawn_kwh * apart, sums.fed_in_kwh * apart, sums.bound)
        trades = sold(sums.drawn_kwh, sums.fed_in_kwh, self.suppliers, charges, self.requested)
        return supplier_cost(billed, self.suppliers) - trades.gain
