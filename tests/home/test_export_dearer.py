"""Homes that are paid more for feeding in than they pay for drawing: the bill is concave there, and relaxations say
little."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_homes import battery, car, constant, day, heat_pump, house, load, model, programme, tank

from mas2tering.domain.devices import PvPlant
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.planner import Budget, best_decision, best_plan
from mas2tering.home.optimise.solve import HomeSolver
from mas2tering.home.optimise.store_alone import plan_store_alone
from mas2tering.home.optimise.variants import Exclusive


def cheapest_by_integers(home: HomeModel) -> float:
    """The cost of the best plan by one integer a step for the meter and for the store."""
    every = np.arange(home.axis.steps)
    signs = {k: np.arange(store.steps) for k, store in enumerate(home.stores) if store.discharges}
    problem = HomeProblem(home, Exclusive(every, signs))
    return HomeSolver(problem).search(None, 1e-7, 60.0, 10**6).objective


@st.composite
def homes_with_a_store(draw: st.DrawFn) -> HomeModel:
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    axis = day(60)
    phases = draw(st.sampled_from(["A", "ABC"]))
    lowest = draw(st.sampled_from([-0.3, 0.0]))
    devices = [load(draw(st.sampled_from([0.0, 0.5, 2.5])), phase=draw(st.sampled_from([None, "A"])))]
    store = draw(st.sampled_from(["battery", "leaky battery", "car", "car that feeds back"]))
    if store.startswith("car"):
        back = {"discharge_power_kw": 3.0, "discharge_efficiency": 0.9} if "back" in store else {}
        devices.append(car(**back))
    else:
        loss = 0.02 if "leaky" in store else 0.0
        devices.append(
            battery(standby_loss_per_hour=loss, wear_cost_per_kwh=draw(st.sampled_from([0.0, 0.03])))
        )
    if lowest == 0.0 and draw(st.booleans()):
        devices.append(PvPlant(id="pv", profile=constant(1.5), curtailable=True))
    return model(
        *devices,
        axis=axis,
        bought=random.uniform(lowest, 0.4, axis.steps),
        sold=random.uniform(lowest, 0.6, axis.steps),
        fuse_kw=draw(st.sampled_from([4.0, 20.0])),
        phases=phases,
    )


@given(homes_with_a_store())
@settings(max_examples=60, deadline=None)
def test_a_store_alone_is_planned_as_by_integers(home):
    decision = plan_store_alone(home)
    if decision is None:
        return
    assert not breaches(home, decision)
    plan, _ = best_decision(home)
    assert plan.costs.cost == pytest.approx(cheapest_by_integers(home), abs=2e-6)


@pytest.mark.parametrize("seed", range(4))
def test_a_store_that_cannot_be_emptied_is_planned_as_by_integers(seed):
    """A house, and a tank that nobody draws from: nothing comes out again, at any price."""
    random, axis = np.random.default_rng(seed), day(60)
    idle = tank(demand=constant(0.0), loss_per_hour=0.02, initial_kwh=1.0)
    for store in (house(), idle):
        home = model(
            heat_pump(store),
            load(0.5),
            axis=axis,
            bought=random.uniform(-0.1, 0.4, axis.steps),
            sold=random.uniform(-0.1, 0.6, axis.steps),
        )
        decision = plan_store_alone(home)
        assert not breaches(home, decision)
        assert plan_of(home, decision, "optimal").costs.cost == pytest.approx(
            cheapest_by_integers(home), abs=2e-6
        )


def test_a_battery_at_constant_prices_is_proven_best():
    # One integer a step made ties without end of it: 4 to 26 s.
    plan = best_plan(model(battery(), load(), bought=0.1, sold=0.3))
    assert plan.method == "optimal"
    assert not plan.notes
    assert plan.costs.cost == plan.lower_bound


def test_what_may_be_spent_is_one_sum_for_all_searches_of_a_home(monkeypatch):
    allowed = []
    search = HomeSolver.search

    def counted(self, incumbent, tolerance, seconds, nodes):
        allowed.append(seconds)
        return search(self, incumbent, tolerance, seconds, nodes)

    monkeypatch.setattr(HomeSolver, "search", counted)
    random = np.random.default_rng(1)
    home = model(
        *(battery(), load(), car(discharge_power_kw=3.0), programme()),
        bought=random.uniform(-0.5, 0.1, 96),
        sold=random.uniform(-0.6, 0.3, 96),
    )
    plan, decision = best_decision(home, Budget(gap=0.0, absolute_gap=0.0, seconds=1000.0, nodes=20))
    assert len(allowed) > 1
    assert all(later < earlier for earlier, later in pairwise(allowed))
    assert not breaches(home, decision)
    assert any("20 nodes bound" in note for note in plan.notes)
