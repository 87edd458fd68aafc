"""Plans made anew through the day: exact where all is known, blind for what is to come, and within limits whatever comes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_homes import battery, car, heat_pump, load, model, programme
from test_following import homes, outlook_of

from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.replanning import replanned
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.rules.without_platform import without_platform

BUDGET = Budget()


def lived(home: HomeModel, outlook, every=4):
    return replanned(home, outlook, best_decision(home, BUDGET)[1], home.axis.steps, every, BUDGET)


@pytest.mark.parametrize(
    "devices", [[battery()], [car()], [heat_pump()], [programme(), battery()]], ids=lambda d: d[-1].id
)
def test_where_all_is_known_planning_anew_changes_nothing_of_the_cost(devices):
    hours = np.arange(96) / 4
    home = model(load(0.8), *devices, bought=np.where(hours < 12, 0.32, 0.18) + 0.05 * np.sin(hours))
    cost = plan_of(home, lived(home, outlook_of(home, spread=0.0)), "within_gap").costs.cost
    assert cost == pytest.approx(best_decision(home, BUDGET)[0].costs.cost, abs=5e-3)


@settings(max_examples=15, deadline=None)
@given(homes(), st.floats(0.3, 2.0), st.floats(0.3, 2.0))
def test_whatever_comes_devices_keep_their_limits(home, load_factor, sun_factor):
    decision = lived(home, outlook_of(home, load_factor, sun_factor), every=24)
    planned = {b.device for b in breaches(home, without_platform(home))}
    planned |= {b.device for b in breaches(home, best_decision(home, BUDGET)[1])}
    assert not [b for b in breaches(home, decision) if b.kind != "fuse" and b.device not in planned]


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 90), st.floats(-0.5, 3.0))
def test_nothing_is_decided_by_what_is_to_come(step, more_kw):
    home = model(load(0.8), battery(), bought=0.2 + 0.1 * np.sin(np.arange(96) / 8))
    later = np.arange(96) >= step
    changed = tuple(
        replace(f, power_kw=np.where(later, f.power_kw + more_kw, f.power_kw)) for f in home.fixed
    )
    outlook, planned = outlook_of(home), best_decision(home, BUDGET)[1]
    first, second = (
        replanned(h, outlook, planned, 96, 4, BUDGET).stores[0] for h in (home, replace(home, fixed=changed))
    )
    np.testing.assert_array_equal(first.charge_kw[:step], second.charge_kw[:step])
    np.testing.assert_array_equal(first.discharge_kw[:step], second.discharge_kw[:step])


def test_a_load_that_runs_above_its_forecast_is_planned_for_within_the_hour():
    """Of half the load in dear hours was foreseen; seen for an hour, the battery gives more of it."""
    home = model(load(2.0), battery(initial_energy_kwh=8.0), bought=np.where(np.arange(96) < 24, 0.4, 0.2))
    outlook = outlook_of(home, load_factor=0.5)
    own = lived(home, outlook).stores[0]
    stood = best_decision(
        replace(home, fixed=tuple(replace(f, power_kw=0.5 * f.power_kw) for f in home.fixed))
    )[1]
    assert own.discharge_kw[4:12].sum() > stood.stores[0].discharge_kw[4:12].sum()
