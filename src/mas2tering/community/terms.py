"""The terms of a round: how prices follow the local price, charges and the levy against resale in them."""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray, SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class Terms:
    """What a local kWh bears, for each class of members and step, both (classes, steps): its charge, and what the
    rule against resale keeps.

    The rule cuts a price that lies beyond what a member's own supplier pays or asks. Taken at one local price, what
    it cuts is a levy that does not move: then what members pay is a concave function of the local price.
    """

    suppliers: SupplierPrices
    buyer_bears_per_kwh: FloatArray
    seller_bears_per_kwh: FloatArray

    @staticmethod
    def at(price_per_kwh: FloatArray, suppliers: SupplierPrices, charges: LocalCharges) -> "Terms":
        """The terms at a local price, shape (steps,)."""
        bought, sold = suppliers.import_price_per_kwh, suppliers.export_price_per_kwh
        floor = np.minimum(bought, sold)
        return Terms(
            suppliers,
            np.maximum(floor - price_per_kwh, charges.buyer_per_kwh),
            np.maximum(price_per_kwh - bought, charges.seller_per_kwh),
        )

    @staticmethod
    def charged(suppliers: SupplierPrices, charges: LocalCharges) -> "Terms":
        """The charges alone, with nothing kept by the rule."""
        shape = suppliers.import_price_per_kwh.shape
        return Terms(suppliers, np.full(shape, charges.buyer_per_kwh), np.full(shape, charges.seller_per_kwh))

    @property
    def buy_up_to_per_kwh(self) -> FloatArray:
        """The local price up to which members of a class would rather buy from the community."""
        return self.suppliers.import_price_per_kwh - self.buyer_bears_per_kwh

    @property
    def sell_from_per_kwh(self) -> FloatArray:
        """The local price from which on members of a class would rather sell to the community."""
        return self.suppliers.export_price_per_kwh + self.seller_bears_per_kwh

    def buying(self, price_per_kwh: FloatArray) -> FloatArray:
        """What a kWh drawn costs at a local price, shape (classes, steps)."""
        return np.minimum(self.suppliers.import_price_per_kwh, price_per_kwh + self.buyer_bears_per_kwh)

    def selling(self, price_per_kwh: FloatArray) -> FloatArray:
        """What a kWh fed in brings at a local price, shape (classes, steps)."""
        return np.maximum(self.suppliers.export_price_per_kwh, price_per_kwh - self.seller_bears_per_kwh)
