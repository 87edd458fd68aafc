"""Kernels for special cases against the general ones, on days too long to enumerate."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_homes import DEVICES
from small_homes import battery, constant, day, model, tank

from mas2tering.domain.devices import Boiler, MicroChp
from mas2tering.domain.profiles import DailyProfile
from mas2tering.home.answer.cogeneration import answer_cogeneration
from mas2tering.home.answer.convex_store import answer_convex_store, is_convex, scratch_for
from mas2tering.home.answer.exclusive_store import answer_exclusive_store
from mas2tering.home.answer.on_off import answer_on_off, knows_on_and_off_only, room_for
from mas2tering.home.answer.pools import Machine, Run, machine_at, pack_machines, pack_stores, store_at
from mas2tering.home.model import HomeModel

HOURS = 0.25
STEPS = day().steps
EXACT = 1e-9


def prices(low: float) -> st.SearchStrategy[np.ndarray]:
    """Another price at each quarter of an hour, shape (96,)."""
    return st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).uniform(low, 0.5, STEPS))


def empty_run(steps: int = STEPS) -> Run:
    return Run(np.zeros(steps, dtype=np.bool_), *(np.zeros(steps) for _ in range(4)))


def packed(device: MicroChp) -> Machine:
    return machine_at(pack_machines([model(device)]), 0)


@st.composite
def on_off_machines(draw) -> MicroChp:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    demand = DailyProfile(daily=tuple(float(v) for v in rng.uniform(0, 3, 24)), unit="kW")
    capacity = float(rng.uniform(2, 15))
    return MicroChp(
        id="chp",
        electrical_power_kw=1.0,
        heat_power_kw=float(rng.uniform(2, 6)),
        fuel_power_kw=float(rng.uniform(5, 8)),
        fuel_price_per_kwh=0.06,
        start_cost=draw(st.sampled_from([0.0, 0.05])),
        minimum_up_minutes=draw(st.sampled_from([0, 15, 60, 600])),
        minimum_down_minutes=draw(st.sampled_from([0, 30, 90, 600])),
        initially_on=draw(st.booleans()),
        boiler=draw(st.sampled_from([None, Boiler(heat_power_kw=9.0, efficiency=0.9)])),
        store=tank(
            capacity_kwh=capacity,
            initial_kwh=capacity * draw(st.sampled_from([0.0, 0.5, 1.0])),
            loss_per_hour=draw(st.sampled_from([0.0, 0.01, 0.2])),
            demand=demand,
            unserved_heat_cost_per_kwh=draw(st.sampled_from([0.02, 0.5])),
            end_value_per_kwh=draw(st.sampled_from([0.0, 0.02])),
        ),
    )


@settings(max_examples=20)
@given(device=on_off_machines(), price=prices(-0.1))
def test_labels_cost_what_values_of_all_contents_cost(device, price):
    machine = packed(device)
    assert knows_on_and_off_only(machine, HOURS)
    by_labels = answer_on_off(price, HOURS, machine, room_for(STEPS), empty_run())
    by_values = answer_cogeneration(price, price, HOURS, machine, empty_run())
    assert by_labels == pytest.approx(by_values, abs=EXACT)


def test_labels_take_the_room_they_need():
    """A tank for weeks: hardly a label is worse than another, and they are more than there was room for."""
    device = MicroChp(
        id="chp", electrical_power_kw=1.0, heat_power_kw=4.0, fuel_power_kw=6.0, fuel_price_per_kwh=0.06,
        boiler=Boiler(heat_power_kw=9.0, efficiency=0.9),
        store=tank(capacity_kwh=500.0, initial_kwh=200.0, loss_per_hour=0.02, demand=constant(0.5), end_value_per_kwh=0.05),
    )  # fmt: skip
    machine, price = packed(device), np.random.default_rng(3).uniform(0.0, 0.4, STEPS)
    small, large, run, same = room_for(STEPS, 1), room_for(STEPS, 4096), empty_run(), empty_run()
    cost = answer_on_off(price, HOURS, machine, small, run)
    assert cost == answer_on_off(price, HOURS, machine, large, same)
    assert (run.on == same.on).all()
    assert large.labels.begins[-1] > small.labels.content.shape[0]
    assert cost == pytest.approx(answer_cogeneration(price, price, HOURS, machine, same), abs=EXACT)


@pytest.mark.parametrize(
    "changed",
    [
        {"minimum_heat_power_kw": 1.0, "minimum_electrical_power_kw": 0.4, "minimum_fuel_power_kw": 2.0},
        {"boiler": Boiler(heat_power_kw=0.5, efficiency=0.9)},
        {"store": tank(end_value_per_kwh=0.3, demand=constant(1.0))},
    ],
)
def test_machines_that_choose_more_than_on_and_off_are_left_to_values(changed):
    """Load between two points, a boiler that is too weak, content worth filling up for."""
    plain = {
        "electrical_power_kw": 1.0,
        "heat_power_kw": 4.0,
        "fuel_power_kw": 6.0,
        "fuel_price_per_kwh": 0.06,
        "boiler": Boiler(heat_power_kw=9.0, efficiency=0.9),
        "store": tank(demand=constant(1.0), end_value_per_kwh=0.0),
    }
    assert knows_on_and_off_only(packed(MicroChp(id="chp", **plain)), HOURS)
    assert not knows_on_and_off_only(packed(MicroChp(id="chp", **(plain | changed))), HOURS)


def store_answers(found: HomeModel, price: np.ndarray) -> list[tuple[float, float]]:
    """For each store for which content costs at least what it brings: what both kernels make of it."""
    pool, answers = pack_stores([found]), []
    for k in range(len(pool.first_step)):
        store, first = store_at(pool, k), int(pool.first_step[k])
        n = len(store.gain_in)
        own = price[first : first + n].copy()
        if is_convex(own, store):
            merged = answer_convex_store(own, HOURS, store, scratch_for(n), np.zeros(n), np.zeros(n))
            answers.append((merged, answer_exclusive_store(own, HOURS, store, np.zeros(n), np.zeros(n))))
    return answers


@pytest.mark.parametrize(
    "name",
    ["battery", "ev", "heat pump and tank", "heat pump and house", "air conditioning", "hot water"],
)
@settings(max_examples=10)
@given(data=st.data(), low=st.sampled_from([0.0, 0.1, -0.1]))
def test_merged_slopes_cost_what_breakpoints_cost(name, data, low):
    answers = store_answers(model(*data.draw(DEVICES[name])), data.draw(prices(low)))
    assume(answers)
    for merged, general in answers:
        assert merged == pytest.approx(general, abs=EXACT)


def test_equal_prices_make_one_segment_of_many():
    """Slopes that are equal to the bit, whole quarters of a day long."""
    ((merged, general),) = store_answers(
        model(battery(wear_cost_per_kwh=0.01)), np.repeat([0.1, 0.3] * 2, 24)
    )
    assert merged == pytest.approx(general, abs=EXACT)
