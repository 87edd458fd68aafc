"""Gathering moves nothing but charging between steps of equal price: the same cost, the same limits, fewer runs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import AXIS as DAY
from random_homes import NO_FILES, compiled, numbers, random_homes, random_tariffs, some_devices
from small_homes import battery, car, constant, day, load, model
from verifier import problems_of

from mas2tering.domain.devices import PvPlant
from mas2tering.domain.tariffs import CapacityCharge, TariffOnAxis
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import StoreDecision
from mas2tering.home.optimise import planner
from mas2tering.home.optimise.gathering import gathered, runs


def best_ungathered(found):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "gathered", lambda model, plan, decision: (plan, decision))
        return planner.best_decision(found)


def runs_of(decision):
    return [(runs(store.charge_kw), runs(store.discharge_kw)) for store in decision.stores]


TIED = st.builds(
    lambda low, high, feed_in, first, charge: TariffOnAxis(
        "t",
        DAY,
        np.where(np.arange(24) >= first, low, high),
        np.full(24, min(low, high, feed_in)),
        charge,
        0.0,
    ),
    numbers(0.05, 0.4),
    numbers(0.05, 0.4),
    numbers(0, 0.2),
    st.integers(0, 20),
    st.sampled_from([None, CapacityCharge(price_per_kw_month=9.0, reached_kw=1.0)]),
)
"""One or two rates: most steps tie."""


@settings(max_examples=60)
@given(
    data=st.data(),
    tariff=TIED | random_tariffs(),
    names=some_devices() | st.just(("base", "pv", "battery", "ev")),
    fuse=st.sampled_from([4.0, 7.0, 60.0]),
    phases=st.sampled_from(["A", "ABC"]),
)
def test_cost_and_limits_stay_and_runs_are_never_more(data, tariff, names, fuse, phases):
    home = data.draw(random_homes(*names, fuse_kw=fuse, phases=phases))
    found = compiled(home, tariff)
    plan, decision = best_ungathered(found)
    new, moved = gathered(found, plan, decision)
    assert new.costs.cost == pytest.approx(plan.costs.cost, abs=2e-9)
    assert new.costs.capacity <= plan.costs.capacity + 1e-9
    assert bool(breaches(found, moved)) == bool(breaches(found, decision))
    assert replace(moved, stores=()) == replace(decision, stores=())
    for before, after in zip(runs_of(decision), runs_of(moved), strict=True):
        assert after[0] <= before[0]
        assert after[1] <= before[1]
    for store, before, after in zip(found.stores, decision.stores, moved.stores, strict=True):
        flow = [store.gain_in @ f.charge_kw - store.gain_out * f.discharge_kw.sum() for f in (before, after)]
        assert flow[0] == pytest.approx(flow[1], abs=1e-9)
    if not breaches(found, decision):
        assert problems_of(home, tariff, NO_FILES, new) == []
    again, _ = gathered(found, plan, decision)
    assert np.array_equal(again.net_kw, new.net_kw)


AXIS = day(60)


def scattered(found, *charges):
    """The decision in which each store charges as told, shape (steps of its window,)."""
    decision = planner.best_decision(found)[1]
    stores = [
        StoreDecision(np.array(charge, float), np.zeros(len(charge)), np.zeros(len(charge)))
        for charge in charges
    ]
    return replace(decision, stores=tuple(stores))


def gather(found, decision):
    plan = plan_of(found, decision, "optimal")
    assert not breaches(found, decision)
    return gathered(found, plan, decision)


def tied_car(**more):
    return car(departs="06:00 next day", arrival=10.0, departure=35.2, capacity_kwh=60.0, **more)


CHEAP_AFTER_MIDNIGHT = np.where(np.arange(24) < 18, 0.3, 0.1)
SPIKES = [0, 0, 0, 0, 0, 0, 7, 0, 7, 7, 0, 7]


def test_scattered_charging_becomes_one_run_among_the_cheap_steps_where_each_home_has_its_place():
    found = model(load(0.5), tied_car(), axis=AXIS, bought=CHEAP_AFTER_MIDNIGHT)
    starts = set()
    for name in ("north", "south", "east", "west"):
        named = replace(found, home=name)
        _, decision = gather(named, scattered(named, SPIKES))
        (at,) = np.nonzero(decision.stores[0].charge_kw)
        assert decision.stores[0].charge_kw[at] == pytest.approx(np.full(4, 7.0))
        assert at[-1] - at[0] == 3
        assert at[0] >= 6
        starts.add(int(at[0]))
    assert len(starts) > 1


def test_a_dearer_step_between_keeps_runs_apart():
    bought = CHEAP_AFTER_MIDNIGHT.copy()
    bought[19] = 0.11
    found = model(load(0.5), tied_car(), axis=AXIS, bought=bought)
    _, decision = gather(found, scattered(found, SPIKES))
    assert decision.stores[0].charge_kw[7] == 0
    assert decision.stores[0].charge_kw == pytest.approx(np.array([0] * 8 + [7, 7, 7, 7]))


def test_charging_from_own_surplus_is_not_moved_to_where_it_would_be_bought():
    sun = PvPlant(id="pv", profile=constant(1.0, "kW_per_kWp"), peak_power_kwp=4.0, curtailable=False)
    flat = model(load(0.5), sun, tied_car(), axis=AXIS, bought=0.3, sold=0.05)
    charge = [3.5, 0, 3.5, 0, 3.5, 0, 3.5, 3.5, 3.5, 3.5, 3.5, 0]
    plan, decision = gather(flat, scattered(flat, charge))
    assert runs(decision.stores[0].charge_kw) == 1
    assert decision.stores[0].charge_kw.max() == pytest.approx(3.5)
    assert plan.import_kwh == pytest.approx(0.0, abs=1e-9)


def test_neither_fuse_nor_peak_is_passed():
    busy = [0, 0, 0, 0, 0, 0, 4, 0, 4, 4, 0, 4]
    held = car(departs="06:00 next day", arrival=10.0, departure=24.4)
    behind_fuse = model(load(0.5), held, axis=AXIS, bought=CHEAP_AFTER_MIDNIGHT, fuse_kw=4.5)
    plan, decision = gather(behind_fuse, scattered(behind_fuse, busy))
    assert runs(decision.stores[0].charge_kw) == 1
    assert plan.net_kw.max() <= 4.5 + 1e-9
    free = model(load(0.5), held, axis=AXIS, bought=CHEAP_AFTER_MIDNIGHT)
    with_peak = replace(
        free, tariff=replace(free.tariff, capacity_charge=CapacityCharge(price_per_kw_month=4.0))
    )
    plan, decision = gather(with_peak, scattered(with_peak, busy))
    assert runs(decision.stores[0].charge_kw) == 1
    assert plan.net_kw.max() <= 4.5 + 1e-9


def test_feeding_in_keeps_to_the_fuse_too():
    full = battery(initial_energy_kwh=8.0, charge_efficiency=1.0, discharge_efficiency=1.0)
    sun = PvPlant(id="pv", profile=constant(1.0), curtailable=False)
    found = model(sun, full, axis=AXIS, bought=0.3, sold=0.3, fuse_kw=3.5)
    discharge = np.zeros(24)
    discharge[[2, 4, 6]] = 2.5
    told = replace(scattered(found), stores=(StoreDecision(np.zeros(24), discharge, np.zeros(24)),))
    plan, decision = gather(found, told)
    assert runs(decision.stores[0].discharge_kw) == 1
    assert plan.net_kw.min() >= -3.5 - 1e-9


def test_content_keeps_its_limits():
    """Two half cycles of a battery cannot be one: what is charged first must be used before there is room again."""
    small = battery(capacity_kwh=2.0, initial_energy_kwh=0.0, charge_efficiency=1.0, discharge_efficiency=1.0)
    found = model(load(2.0), small, axis=AXIS, bought=0.3)
    charge, discharge = np.zeros(24), np.zeros(24)
    charge[[0, 3, 8, 11]] = 1.0
    discharge[[5, 6, 13, 14]] = 1.0
    told = replace(scattered(found), stores=(StoreDecision(charge, discharge, np.zeros(24)),))
    _, decision = gather(found, told)
    assert runs(decision.stores[0].charge_kw) == 2
    assert runs(decision.stores[0].discharge_kw) == 2
    assert not breaches(found, decision)
