"""Answers and plans against enumeration of all that a small home can do: no solver, no dynamic programme."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_homes import battery, constant, day, load, model, tank

from mas2tering.domain.devices import ApplianceProgramme, Battery, Boiler, MicroChp, PvPlant
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.answer import HomeBatch
from mas2tering.home.model import FixedLoad, HomeModel
from mas2tering.home.optimise import Budget, best_plan

EXACT = 1e-9
PROVEN = Budget(gap=1e-9, absolute_gap=1e-8)


def hours(count: int) -> TimeAxis:
    return TimeAxis(day(60).start, 60, count, "Europe/London")


def prices(count: int, low: float = -0.2):
    return st.lists(st.floats(low, 0.5).map(lambda v: round(v, 2)), min_size=count, max_size=count).map(
        np.array
    )


def answered(home_model: HomeModel, price: np.ndarray) -> float:
    return float(HomeBatch([home_model]).answer(price).cost[0])


def walks(start: int, top: int, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """All ways through whole levels 0 to ``top``, shape (ways, steps), and the change in each step."""
    levels = np.array(list(product(range(top + 1), repeat=steps)))
    return levels, np.diff(levels, axis=1, prepend=start)


# --- battery: an optimum of a linear programme with whole numbers lies at whole numbers


@settings(max_examples=40)
@given(
    price=prices(6),
    start=st.integers(0, 3),
    wear=st.sampled_from([0.0, 0.03]),
    value=st.sampled_from([0.0, 0.1, 0.4]),
)
def test_a_battery_does_the_best_of_all_it_could(price, start, wear, value):
    """3 kWh, 2 kW, no losses: all levels of whole kWh at each of six hours."""
    device = battery(
        capacity_kwh=3.0, charge_power_kw=2.0, discharge_power_kw=2.0, charge_efficiency=1.0,
        discharge_efficiency=1.0, initial_energy_kwh=float(start), wear_cost_per_kwh=wear, end_value_per_kwh=value,
    )  # fmt: skip
    found = model(device, axis=hours(6), bought=price, sold=price)
    levels, power = walks(start, 3, 6)
    cost = power @ price + wear * np.abs(power).sum(axis=1) - value * (levels[:, -1] - start)
    best = cost[np.abs(power).max(axis=1) <= 2].min()
    assert answered(found, price) == pytest.approx(best, abs=EXACT)
    assert best_plan(found, PROVEN).costs.cost == pytest.approx(best, abs=1e-6)


@settings(max_examples=25)
@given(price=prices(5, low=-0.3), start=st.integers(0, 4))
def test_a_battery_with_losses_does_the_best_of_all_it_could(price, start):
    """Half is lost on the way in, half on the way out: levels in quarter kWh; where prices are negative, burning pays."""
    device = Battery(
        id="battery", capacity_kwh=1.0, charge_power_kw=1.0, discharge_power_kw=0.5, charge_efficiency=0.5,
        discharge_efficiency=0.5, initial_energy_kwh=start / 4, end_value_per_kwh=0.1,
    )  # fmt: skip
    found = model(device, axis=hours(5), bought=price, sold=price)
    levels, change = walks(start, 4, 5)
    power = np.where(change > 0, change / 0.5, change * 0.5) / 4
    cost = power @ price - 0.1 * (levels[:, -1] - start) / 4
    best = cost[(power.max(axis=1) <= 1) & (power.min(axis=1) >= -0.5)].min()
    assert answered(found, price) == pytest.approx(best, abs=EXACT)


@settings(max_examples=20)
@given(bought=prices(5, low=0.0), sold=st.floats(0, 0.3).map(lambda v: round(v, 2)), data=st.data())
def test_a_battery_behind_two_prices_does_the_best_of_all_it_could(bought, sold, data):
    """With an import and an export price, whole loads and whole generation: the kinks lie at whole kW."""
    fixed = data.draw(st.lists(st.integers(-2, 2), min_size=5, max_size=5))
    device = battery(
        capacity_kwh=2.0, charge_power_kw=1.0, discharge_power_kw=1.0, charge_efficiency=1.0,
        discharge_efficiency=1.0, initial_energy_kwh=1.0, end_value_per_kwh=0.1,
    )  # fmt: skip
    export = np.minimum(bought, sold)
    found = model(device, axis=hours(5), bought=bought, sold=export)
    found = replace(found, fixed=(FixedLoad("base", "fixed_load", None, np.array(fixed, dtype=float)),))
    levels, power = walks(1, 2, 5)
    net = power + np.array(fixed)
    cost = np.maximum(net, 0) @ bought - np.maximum(-net, 0) @ export - 0.1 * (levels[:, -1] - 1)
    best = cost[np.abs(power).max(axis=1) <= 1].min()
    plan = best_plan(found, PROVEN)
    assert plan.costs.cost == pytest.approx(best, abs=1e-6)
    assert plan.lower_bound <= best + 1e-6


# --- programmes: every start


_RUN = st.lists(st.floats(0, 2).map(lambda v: round(v, 1)), min_size=1, max_size=3).map(tuple)


def hourly(name: str, power, **more) -> ApplianceProgramme:
    values = {"earliest_start": "06:00", "latest_end": "14:00", "profile_step_minutes": 60} | more
    return ApplianceProgramme(id=name, power_kw=power, **values)


@settings(max_examples=40)
@given(
    price=prices(8),
    runs=st.tuples(_RUN, _RUN, _RUN),
    worth=st.tuples(*[st.sampled_from([None, 0.05, 0.3])] * 3),
    wait=st.sampled_from([None, 0, 120]),
    delay=st.sampled_from([0.0, 0.02]),
)
def test_a_chain_does_the_best_of_all_it_could(price, runs, worth, wait, delay):
    """Three runs, one after the other, each perhaps optional: all their starts, and all that may be left out."""
    names = ("wash", "dry", "iron")
    devices = [
        hourly(
            name,
            run,
            worth=value,
            delay_cost_per_hour=delay,
            after=names[k - 1] if k else None,
            longest_wait_minutes=wait if k else None,
        )
        for k, (name, run, value) in enumerate(zip(names, runs, worth, strict=True))
    ]
    found = model(*devices, axis=hours(8), bought=price, sold=price)
    if len(found.chains[0].links) < 3 or found.clashes:
        return
    best = np.inf
    for starts in product([None, *range(8)], repeat=3):
        cost, over = 0.0, 0
        for k, start in enumerate(starts):
            if start is None:
                cost += np.inf if worth[k] is None else worth[k]
                over = None
                continue
            late = over is None or start < over or start + len(runs[k]) > 8
            if late or (k and wait is not None and start > over + wait / 60):
                cost = np.inf
                break
            cost += price[start : start + len(runs[k])] @ runs[k] + delay * start
            over = start + len(runs[k])
        best = min(best, cost)
    assert answered(found, price) == pytest.approx(best, abs=EXACT)
    assert best_plan(found, PROVEN).costs.cost == pytest.approx(best, abs=1e-6)


@settings(max_examples=25)
@given(
    bought=prices(8, low=0.0),
    runs=st.lists(_RUN, min_size=1, max_size=3),
    sun=st.lists(st.floats(0, 3).map(lambda v: round(v, 1)), min_size=8, max_size=8),
    fuse=st.sampled_from([3.5, 20.0]),
)
def test_programmes_share_sun_and_fuse_in_the_best_way(bought, runs, sun, fuse):
    """Behind an import and an export price and one fuse, the runs are no longer each on its own."""
    devices = [hourly(f"run{k}", run) for k, run in enumerate(runs)]
    axis = hours(8)
    roof = PvPlant(id="pv", profile=constant(0.0))
    found = model(load(0.3), roof, *devices, axis=axis, bought=bought, sold=0.4 * bought, fuse_kw=fuse)
    found = replace(
        found,
        fixed=tuple(replace(f, power_kw=-np.array(sun)) if f.device == "pv" else f for f in found.fixed),
    )
    best = np.inf
    for starts in product(*(range(9 - len(run)) for run in runs)):
        net = 0.3 - np.array(sun)
        for start, run in zip(starts, runs, strict=True):
            net[start : start + len(run)] += run
        if np.abs(net).max() <= fuse:
            best = min(best, bought @ np.maximum(net, 0) - 0.4 * bought @ np.maximum(-net, 0))
    if np.isfinite(best):
        assert best_plan(found, PROVEN).costs.cost == pytest.approx(best, abs=1e-6)
    else:
        assert best_plan(found, PROVEN).clashes


# --- cogeneration: every pattern of on and off


def chp_cost(device: MicroChp, pattern, price, demand) -> float:
    """A day of a machine by hand: heat that finds no room is let off, the boiler gives what is missing, the rest is not served."""
    content, cost, state = device.store.initial_kwh, 0.0, device.initially_on
    boiler_kw = device.boiler.heat_power_kw if device.boiler else 0.0
    for k, on in enumerate(pattern):
        content -= demand[k]
        if on:
            content += device.heat_power_kw
            cost += device.fuel_price_per_kwh * device.fuel_power_kw - price[k] * device.electrical_power_kw
            cost += 0.0 if state else device.start_cost
        state = on
        missing = max(0.0, -content)
        burnt = min(missing, boiler_kw)
        if device.boiler:
            cost += burnt * device.fuel_price_per_kwh / device.boiler.efficiency
        cost += (missing - burnt) * device.store.unserved_heat_cost_per_kwh
        content = min(max(content, 0.0), device.store.capacity_kwh)
    return cost - (device.store.end_value_per_kwh or 0.0) * (content - device.store.initial_kwh)


def keeps_times(pattern, up: int, down: int, initially_on: bool) -> bool:
    changes = [k for k in range(len(pattern)) if pattern[k] != (pattern[k - 1] if k else initially_on)]
    return all(later - change >= (up if pattern[change] else down) for change, later in pairwise(changes))


@settings(max_examples=40)
@given(
    price=prices(8),
    demand=st.lists(st.integers(0, 5), min_size=8, max_size=8),
    up=st.integers(0, 3),
    down=st.integers(0, 3),
    initially_on=st.booleans(),
    start_cost=st.sampled_from([0.0, 0.1]),
    with_boiler=st.booleans(),
    boiler_kw=st.sampled_from([1.0, 6.0]),
)
def test_a_machine_runs_in_the_best_of_all_patterns(
    price, demand, up, down, initially_on, start_cost, with_boiler, boiler_kw
):
    """Heat stays worth nothing at the end and has no price before, so that it is best taken as it comes: 256 patterns."""
    machine = MicroChp(
        id="chp", electrical_power_kw=1.0, heat_power_kw=3.0, fuel_power_kw=4.5, fuel_price_per_kwh=0.06,
        start_cost=start_cost, minimum_up_minutes=60 * up, minimum_down_minutes=60 * down, initially_on=initially_on,
        boiler=Boiler(heat_power_kw=boiler_kw, efficiency=0.9) if with_boiler else None,
        store=tank(capacity_kwh=6.0, initial_kwh=2.0, loss_per_hour=0.0, demand=constant(0.0), end_value_per_kwh=0.0),
    )  # fmt: skip
    found = model(machine, axis=hours(8), bought=price, sold=price)
    (compiled,) = found.cogeneration
    found = replace(found, cogeneration=(replace(compiled, drain_kwh=np.array(demand, dtype=float)),))
    best = min(
        chp_cost(machine, pattern, price, demand)
        for pattern in product([False, True], repeat=8)
        if keeps_times(pattern, up, down, initially_on)
    )
    # With a weak boiler it may pay to fill the tank ahead of a demand that is beyond it, so that the day by hand is not all.
    exact = not with_boiler or boiler_kw >= max(demand)
    assert answered(found, price) <= best + EXACT
    if exact:
        assert answered(found, price) == pytest.approx(best, abs=EXACT)
        assert best_plan(found, PROVEN).costs.cost == pytest.approx(best, abs=1e-6)


def test_enumeration_itself_has_all_patterns():
    """What the tests above compare with: as many patterns as there should be."""
    all_of_eight = list(product([False, True], repeat=8))
    assert sum(keeps_times(p, 0, 0, initially_on=False) for p in all_of_eight) == 256
    assert sum(keeps_times(p, 8, 8, initially_on=False) for p in all_of_eight) == 9
