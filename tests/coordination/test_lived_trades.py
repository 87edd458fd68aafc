"""Trades of a day as it was lived: never more than the spread of what both sides have, nothing where nobody gains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.coordination.lived_trades import gain_of_matching
from mas2tering.domain.tariffs import LocalCharges

FREE = LocalCharges()


def prices(value, shape):
    return np.full(shape, value)


def test_dearest_buys_first_from_the_cheapest():
    net = np.array([[2.0], [1.0], [-1.5]])
    bought, sold = np.array([[0.3], [0.4], [0.3]]), prices(0.1, (3, 1))
    assert gain_of_matching(net, bought, sold, FREE, 0.5) == pytest.approx(0.5 * (1.0 * 0.3 + 0.5 * 0.2))


def test_charges_that_eat_the_spread_leave_nothing():
    net = np.array([[2.0], [-2.0]])
    charges = LocalCharges(buyer_per_kwh=0.1, seller_per_kwh=0.1)
    assert gain_of_matching(net, prices(0.3, (2, 1)), prices(0.1, (2, 1)), charges, 1.0) == 0.0


@given(st.lists(st.lists(st.floats(-5, 5), min_size=3, max_size=3), min_size=1, max_size=6))
def test_with_one_tariff_it_is_what_both_sides_have_times_the_spread(rows):
    net = np.array(rows)
    both = np.minimum(np.maximum(net, 0).sum(axis=0), np.maximum(-net, 0).sum(axis=0))
    gain = gain_of_matching(net, prices(0.3, net.shape), prices(0.1, net.shape), FREE, 1.0)
    assert gain == pytest.approx(0.2 * both.sum(), abs=1e-9)
