"""Devices join one after another: so many fit, one more breaks a limit, and the guess from which the search starts is of no matter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.grid import PowerFlow, violations
from mas2tering.grid.placement import placed_capacity
from mas2tering.study.generator.network import cardiff_network

CUSTOMERS, STEPS = 184, 2
FLOW = PowerFlow(cardiff_network())
LOAD_KW = np.full((CUSTOMERS, STEPS), 0.5)


def _added(power_kw: float) -> np.ndarray:
    return np.broadcast_to(np.array([0.2, 1.0]) * power_kw, (CUSTOMERS, STEPS)).copy()


def _broken(devices: int, order: np.ndarray, added: np.ndarray) -> int:
    load = LOAD_KW.copy()
    load[order[:devices]] += added[order[:devices]]
    return violations(FLOW.day(load)).count


@settings(max_examples=8, deadline=None)
@given(
    power_kw=st.sampled_from([3.0, 7.0, -4.0, -8.0]), seed=st.integers(0, 99), guess=st.integers(0, CUSTOMERS)
)
def test_so_many_fit_and_one_more_does_not(power_kw: float, seed: int, guess: int) -> None:
    order, added = np.random.default_rng(seed).permutation(CUSTOMERS), _added(power_kw)
    found = placed_capacity(FLOW, LOAD_KW, added, order.tolist(), guess)
    assert _broken(found.devices, order, added) == 0
    if found.all_fit:
        assert found.devices == CUSTOMERS
    else:
        assert _broken(found.devices + 1, order, added) == len(found.first_broken) > 0
        assert found.limiting in found.first_broken
    assert placed_capacity(FLOW, LOAD_KW, added, order.tolist(), 0).devices == found.devices


def test_what_is_broken_before_leaves_room_for_nothing() -> None:
    found = placed_capacity(FLOW, np.full((CUSTOMERS, STEPS), 4.0), _added(1.0), range(CUSTOMERS))
    assert (found.devices, found.broken_before, found.all_fit) == (0, True, False)


def test_next_to_nothing_always_fits() -> None:
    found = placed_capacity(FLOW, LOAD_KW, _added(0.01), range(CUSTOMERS), 50)
    assert (found.devices, found.all_fit, found.limiting) == (CUSTOMERS, True, None)
