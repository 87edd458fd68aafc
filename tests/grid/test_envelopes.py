"""Bands shared out of a network's limits: whatever loads lie within them keeps every row, and nobody is held up for nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.load_limits import LoadLimits
from mas2tering.grid.envelopes import Room, shared_out

HOMES, STEPS = 6, 2


def drawn(seed: int) -> tuple[LoadLimits, np.ndarray, Room, np.ndarray]:
    """Rows with weights of either sign, plans that may break them, and any room."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 8))
    weight = random.uniform(-1.0, 1.0, (rows, HOMES)) * random.choice([0.02, 0.3, 1.0], (rows, HOMES))
    step = random.integers(0, STEPS, rows)
    planned_kw = random.normal(0.5, 2.0, (HOMES, STEPS))
    most = (weight * planned_kw[:, step].T).sum(axis=1) + random.uniform(-0.5, 6.0, rows)
    limits = LoadLimits(step, weight, most, 10.0, tuple(f"row {k}" for k in range(rows)))
    more, less = random.uniform(0.0, 7.0, (2, HOMES, STEPS)) * random.choice([0.0, 1.0], (2, HOMES, STEPS))
    can_less, can_more = random.uniform(0.0, 1.0, (2, HOMES, STEPS)) * np.array([less, more])
    return limits, planned_kw, Room(more, less, can_less, can_more), random.uniform(0.0, 0.3, rows)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_lies_within_the_bands_keeps_every_row(seed):
    limits, planned_kw, room, margin = drawn(seed)
    found = shared_out(limits, planned_kw, room, margin)
    holds = room.more_kw + room.less_kw > 0.0
    upper = np.where(holds, np.minimum(found.upper_kw, planned_kw + room.more_kw), planned_kw)
    lower = np.where(holds, np.maximum(found.lower_kw, planned_kw - room.less_kw), planned_kw)
    # Of all loads within the bands the worst for a row has each home at one end.
    worst = np.where(limits.weight.T > 0.0, upper[:, limits.step], lower[:, limits.step])
    total = (limits.weight * worst.T).sum(axis=1)
    assert (total <= limits.most_kw - margin + found.short_kw + 1e-6).all()


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_plans_that_leave_something_lie_within_their_bands(seed):
    limits, planned_kw, room, margin = drawn(seed)
    ample = LoadLimits(limits.step, limits.weight, limits.most_kw + 100.0, 10.0, limits.element)
    found = shared_out(ample, planned_kw, room, margin)
    assert np.isinf(found.upper_kw).all()
    assert np.isinf(found.lower_kw).all()
    assert not found.short_kw.any()


def test_homes_alike_get_the_same_part_and_another_phase_is_not_held_up():
    weight = np.array([[1.0, 1.0, 1.0, 0.0]])
    limits = LoadLimits(np.array([0]), weight, np.array([6.0]), 10.0, ("transformer, phase A",))
    wanted = np.array([[2.0], [4.0], [6.0], [5.0]])
    room = Room(wanted, 0.0 * wanted, 0.0 * wanted, 0.0 * wanted)
    found = shared_out(limits, np.zeros((4, 1)), room, np.zeros(1))
    np.testing.assert_allclose(found.upper_kw[:3, 0], [1.0, 2.0, 3.0], rtol=1e-6)
    assert np.isinf(found.upper_kw[3, 0])


def test_where_plans_leave_no_margin_devices_draw_in_by_what_they_can():
    limits = LoadLimits(np.array([0]), np.ones((1, 2)), np.array([5.0]), 10.0, ("transformer, phase A",))
    planned = np.array([[3.0], [2.0]])
    nothing = np.zeros((2, 1))
    room = Room(np.array([[4.0], [0.0]]), np.array([[3.0], [0.0]]), np.array([[3.0], [0.0]]), nothing)
    found = shared_out(limits, planned, room, np.array([0.5]))
    np.testing.assert_allclose(found.upper_kw, [[2.5], [np.inf]])
    assert found.short_kw[0] < 1e-9
    out_of_reach = shared_out(limits, planned, room, np.array([4.0]))
    np.testing.assert_allclose(out_of_reach.short_kw, [1.0])
