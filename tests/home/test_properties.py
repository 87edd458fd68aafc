"""Truths about plans and answers, over random homes with every kind of device."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from random_homes import AXIS, DEVICES, NO_FILES, PRICES, homes

from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.answer import HomeBatch
from mas2tering.home.compile import compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.optimise import Budget, best_plan
from mas2tering.home.optimise.algebra import Exclusive, HomeProblem
from mas2tering.home.optimise.planner import best_decision
from mas2tering.home.optimise.solve import HomeSolver
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform


def tariff(bought, sold) -> TariffOnAxis:
    return TariffOnAxis("t", AXIS, np.array(bought, dtype=float), np.array(sold, dtype=float), None, 0.0)


@pytest.mark.parametrize("name", [name for name in DEVICES if name != "base"])
@settings(max_examples=12)
@given(data=st.data())
def test_an_answer_costs_what_the_central_solver_finds(name, data):
    home = data.draw(homes("base", name))
    price = np.array(data.draw(PRICES))
    model = compile_home(home, tariff(price, price), NO_FILES)
    batch = HomeBatch([model])
    answer = batch.answer(price)
    plan = plan_of(model, batch.decision(0), "optimal")
    assert answer.cost[0] == pytest.approx(plan.costs.cost, abs=1e-9)
    assert answer.net_kw[0] == pytest.approx(plan.net_kw, abs=1e-9)
    assert not breaches(model, batch.decision(0))
    signs = Exclusive(
        np.empty(0, dtype=np.int64),
        {k: np.arange(s.steps) for k, s in enumerate(model.stores) if s.discharges},
    )
    problem = HomeProblem(model, signs)
    found = HomeSolver(problem).search(None, 1e-8, 60.0, 100_000)
    assert plan.costs.cost == pytest.approx(found.objective, abs=2e-6)


@settings(max_examples=15)
@given(home=homes("base", "pv", "battery", "ev", "wash", "heat"), bought=PRICES, share=st.floats(0, 1))
def test_use_case_1_never_costs_more_than_the_home_without_the_platform(home, bought, share):
    model = compile_home(home, tariff(bought, share * np.array(bought)), NO_FILES)
    plan, decision = best_decision(model)
    assert not breaches(model, decision)
    for rule in (without_platform(model), self_consumption(model)):
        if not breaches(model, rule):
            assert plan.costs.cost <= plan_of(model, rule, "rule").costs.cost + 1e-9
    assert plan.lower_bound is None or plan.lower_bound <= plan.costs.cost + 1e-9


@settings(max_examples=15)
@given(home=homes("base", "battery", "ev", "wash"), price=st.floats(0.05, 0.5))
def test_a_flat_tariff_without_generation_leaves_nothing_to_gain(home, price):
    """For programmes without a delay cost, cars, and batteries that start empty.

    What a battery holds at the beginning can still be spent badly: its inverter's rule uses it up although refilling costs more.
    """
    without_wishes = {
        "wash": {"delay_cost_per_hour": 0.0, "worth": None},
        "battery": {"initial_energy_kwh": 0.0},
    }
    calm = tuple(d.model_copy(update=without_wishes.get(d.id, {})) for d in home.devices)
    home = home.model_copy(update={"devices": calm})
    flat = np.full(AXIS.steps, price)
    model = compile_home(home, tariff(flat, 0.5 * flat), NO_FILES)
    usual = plan_of(model, without_platform(model), "none").costs.cost
    assert best_plan(model, Budget(gap=1e-7)).costs.cost == pytest.approx(usual, abs=1e-6)


@settings(max_examples=10)
@given(several=st.lists(homes("base", "battery", "wash"), min_size=2, max_size=5), price=PRICES)
def test_homes_answer_together_as_they_answer_alone(several, price):
    price = np.array(price)
    models = [compile_home(home, tariff(price, price), NO_FILES) for home in several]
    together = HomeBatch(models).answer(price)
    for k, model in enumerate(models):
        alone = HomeBatch([model]).answer(price)
        assert together.cost[k] == alone.cost[0]
        assert (together.net_kw[k] == alone.net_kw[0]).all()


def test_a_crowd_on_threads_gives_the_same_bits():
    models = [compile_home(_fixed_home(), tariff(_PRICE, _PRICE), NO_FILES)] * 1500
    answers = HomeBatch(models).answer(_PRICE)
    assert (answers.cost == answers.cost[0]).all()
    assert (answers.net_kw == answers.net_kw[0]).all()


_PRICE = np.linspace(0.1, 0.4, AXIS.steps)


def _fixed_home():
    from random_homes import Battery, Connection, ConstantProfile, FixedLoad, Home, SupplyContract

    battery = Battery(
        id="battery",
        capacity_kwh=6.0,
        charge_power_kw=2.0,
        discharge_power_kw=2.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        initial_energy_kwh=1.0,
    )
    load = FixedLoad(id="base", profile=ConstantProfile(constant=0.5, unit="kW"))
    return Home(
        id="h", connection=Connection(fuse_kw=9.0), supply=SupplyContract(tariff="t"), devices=(load, battery)
    )


def test_a_load_beyond_the_fuse_still_gives_a_plan_and_says_so():
    model = replace(compile_home(_fixed_home(), tariff(_PRICE, _PRICE), NO_FILES), fuse_kw=0.1, stores=())
    plan = best_plan(model)
    assert any("goes beyond it" in str(clash) for clash in plan.clashes)
    assert plan.net_kw == pytest.approx(np.full(AXIS.steps, 0.5))
