"""Where drawing and feeding in have one price, they do at every local price."""

import numpy as np
import pytest

from mas2tering.domain.local_market import SupplierPrices, prices_at, same_price_both_ways
from mas2tering.domain.tariffs import LocalCharges

IMPORT = np.array([[0.3, 0.2, 0.1], [0.25, 0.25, 0.25]])
EXPORT = np.array([[0.1, 0.2, -0.1], [0.05, 0.05, 0.05]])


@pytest.mark.parametrize("local", [-0.3, 0.0, 0.07, 0.2, 0.27, 0.5])
def test_several_suppliers_without_charges_have_one_price_each(local):
    suppliers = SupplierPrices(IMPORT, EXPORT)
    assert same_price_both_ways(suppliers, LocalCharges())
    prices = prices_at(np.full(3, local), suppliers, LocalCharges())
    assert np.array_equal(prices.buying_per_kwh, prices.selling_per_kwh)


def test_charges_or_dear_export_make_two():
    charges = LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.0)
    assert not same_price_both_ways(SupplierPrices(IMPORT, EXPORT), charges)
    assert not same_price_both_ways(SupplierPrices(EXPORT, IMPORT), LocalCharges())
