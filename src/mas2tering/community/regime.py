"""How prices follow the local price, and where the rule against resale holds them fast."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.local_market import FloatArray, SupplierPrices
from mas2tering.domain.tariffs import LocalCharges

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Regime:
    """Limits between which buying and selling prices follow the local price, all of shape (classes, steps).

    ``buy_from``..``buy_to`` are the local prices between which the buying price is the local price and the buyer's
    charge; below and above it stays. Selling likewise. Taken at one local price, the limits that the rule against
    resale sets on the far side (which would make a member's cost no concave function of the local price) are
    taken as prices that do not move: exact at that price, and concave around it.
    """

    suppliers: SupplierPrices
    charges: LocalCharges
    buy_moves: BoolArray
    sell_moves: BoolArray

    @staticmethod
    def at(price_per_kwh: FloatArray, suppliers: SupplierPrices, charges: LocalCharges) -> "Regime":
        """The regime of a local price, shape (steps,)."""
        floor = np.minimum(suppliers.import_price_per_kwh, suppliers.export_price_per_kwh)
        return Regime(
            suppliers,
            charges,
            buy_moves=np.asarray(price_per_kwh + charges.buyer_per_kwh >= floor),
            sell_moves=np.asarray(price_per_kwh - charges.seller_per_kwh <= suppliers.import_price_per_kwh),
        )

    def buying(self, price_per_kwh: FloatArray) -> FloatArray:
        """What a kWh drawn costs at a local price, shape (classes, steps)."""
        bought, sold = self.suppliers.import_price_per_kwh, self.suppliers.export_price_per_kwh
        moving = np.minimum(bought, price_per_kwh + self.charges.buyer_per_kwh)
        return np.where(self.buy_moves, moving, np.minimum(bought, sold))

    def selling(self, price_per_kwh: FloatArray) -> FloatArray:
        """What a kWh fed in brings at a local price, shape (classes, steps)."""
        bought, sold = self.suppliers.import_price_per_kwh, self.suppliers.export_price_per_kwh
        moving = np.maximum(sold, price_per_kwh - self.charges.seller_per_kwh)
        return np.where(self.sell_moves, moving, np.maximum(bought, sold))


def levies(
    price_per_kwh: FloatArray, suppliers: SupplierPrices, charges: LocalCharges
) -> tuple[FloatArray, FloatArray]:
    """What the rule keeps of a local kWh from buyers and from sellers, both of shape (classes, steps): the part by
    which a price beyond what one's own supplier pays or asks is cut. It goes to the common pot."""
    bought, sold = suppliers.import_price_per_kwh, suppliers.export_price_per_kwh
    from_buyers = np.minimum(bought, sold) - price_per_kwh - charges.buyer_per_kwh
    from_sellers = price_per_kwh - charges.seller_per_kwh - bought
    return np.maximum(from_buyers, 0.0), np.maximum(from_sellers, 0.0)
