"""Hosting capacity: just below it nothing breaks, just above something does."""

import numpy as np
import pytest
from small_networks import behind_transformer, two_homes

from mas2tering.domain.network import Congestion
from mas2tering.grid import PowerFlow, hosting_capacity, violations

_BASE = np.array([[1.0, 2.0, 1.0], [0.5, 0.5, 3.0]])
_SUN = np.array([[0.0, -1.0, 0.0], [0.0, -1.0, 0.0]])


def test_nothing_breaks_at_the_capacity_and_the_named_limit_just_beyond() -> None:
    flow = PowerFlow(two_homes())
    found = hosting_capacity(flow, _BASE, _SUN, most=200.0, tolerance=0.01)
    assert 0 < found.scale < 200
    assert violations(flow.day(_BASE + found.scale * _SUN)).count == 0
    assert violations(flow.day(_BASE + (found.scale + 0.01) * _SUN)).count > 0
    assert {congestion.kind for congestion in found.first_broken} == {"cable"}
    assert all(
        isinstance(congestion, Congestion) and congestion.step == 1 for congestion in found.first_broken
    )


def test_a_larger_transformer_hosts_more_where_it_is_the_limit() -> None:
    load_kw = np.array([[1.0], [2.0]])
    more = np.array([[0.0], [1.0]])
    small, large = (
        hosting_capacity(
            PowerFlow(behind_transformer(two_homes(), rating_kva=kva, load_loss_kw=0.5, no_load_loss_kw=0.1)),
            load_kw,
            more,
            most=100.0,
        )
        for kva in (30.0, 45.0)
    )
    assert {congestion.kind for congestion in small.first_broken} == {"transformer"}
    assert large.scale == pytest.approx(1.5 * small.scale, rel=0.1)


def test_all_that_was_asked_for_may_fit_or_nothing() -> None:
    flow = PowerFlow(two_homes())
    some = hosting_capacity(flow, _BASE, _SUN, most=2.0)
    assert (some.scale, some.all_fits) == (2.0, True)
    none = hosting_capacity(flow, _BASE + np.array([[70.0], [0.0]]), _SUN, most=2.0)
    assert (none.scale, none.broken_before) == (0.0, True)
    assert none.first_broken
    with pytest.raises(ValueError, match="above zero"):
        hosting_capacity(flow, _BASE, _SUN, most=0.0)


def test_a_load_that_the_network_cannot_carry_ends_the_search() -> None:
    network = two_homes().with_ratings([None, None])
    heavy = np.array([[0.0, 4000.0, 0.0], [0.0, 0.0, 0.0]])
    found = hosting_capacity(PowerFlow(network), np.zeros((2, 3)), heavy, most=8.0)
    assert 0 < found.scale < 0.1
    assert not found.all_fits
