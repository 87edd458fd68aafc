"""A buyer outside as one more row of sums: what it gains is exact, and net loads tell enough only while it does not outbid members."""

import numpy as np
import pytest

from mas2tering.community.price_search import cost_under
from mas2tering.community.sums import RoundSums, with_buyers
from mas2tering.community.terms import Terms
from mas2tering.community.turns import is_one_price
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges

ONE = SupplierPrices(np.array([[0.3]]), np.array([[0.1]]))


def asked(price_per_kwh: float, kwh: float = 2.0) -> Requested:
    return Requested(("W",), np.array([[kwh]]), np.array([[price_per_kwh]]))


def cost(drawn: float, fed_in: float, requested: Requested) -> float:
    sums = RoundSums(0.0, np.array([[drawn]]), np.array([[fed_in]]), 0.0)
    price = np.array([0.2])
    return cost_under(
        Terms.charged(requested.beside(ONE), LocalCharges()),
        with_buyers(sums, requested, price, LocalCharges()),
    )


@pytest.mark.parametrize(("price", "gains"), [(0.15, 0.0), (0.25, 2 * 0.02), (0.5, 2 * 0.27)])
def test_what_a_buyer_gains_at_a_local_price_lowers_the_bound(price, gains):
    sums = RoundSums(1.0, np.array([[3.0]]), np.array([[0.0]]), 1.6)
    found = with_buyers(sums, asked(price), np.array([0.2]), LocalCharges(buyer_per_kwh=0.03))
    assert found.bound == pytest.approx(1.6 - gains)


def test_what_is_not_delivered_costs_nothing_and_what_is_brings_its_price():
    assert cost(3.0, 0.0, asked(0.25)) == pytest.approx(3.0 * 0.3)
    assert cost(0.0, 3.0, asked(0.25)) == pytest.approx(-1.0 * 0.1 - 2.0 * 0.25)


def test_net_loads_tell_enough_unless_a_buyer_pays_more_than_a_member_saves():
    """Two kWh fed in and two drawn by others are nothing in sum: a buyer at 0.25 leaves them to the neighbours, one at 0.5 takes
    them, and the neighbours draw from their supplier."""
    assert cost(2.0, 2.0, asked(0.25)) == pytest.approx(cost(0.0, 0.0, asked(0.25)))
    assert cost(2.0, 2.0, asked(0.5)) == pytest.approx(2 * (0.3 - 0.5))
    assert cost(0.0, 0.0, asked(0.5)) == 0.0
    assert is_one_price(ONE, LocalCharges(), asked(0.25))
    assert not is_one_price(ONE, LocalCharges(), asked(0.5))


def test_a_request_is_worth_a_negotiation_only_beyond_what_every_supplier_pays():
    charges = LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01)
    assert asked(0.14).within_reach(ONE, charges, np.array([5.0])).is_nothing
    assert asked(0.15).within_reach(ONE, charges, np.array([1.5])).asked_kwh.tolist() == [[1.5]]


def test_where_nothing_is_asked_a_dear_request_does_not_widen_the_range_of_prices():
    two_steps = SupplierPrices(np.array([[0.3, 0.3]]), np.array([[0.1, 0.1]]))
    requested = Requested(("W",), np.array([[2.0, 0.0]]), np.array([[0.9, 0.9]]))
    assert requested.beside(two_steps).import_price_per_kwh.max(axis=0).tolist() == [0.9, 0.3]
