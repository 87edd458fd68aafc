"""Homes with cogeneration and other devices: the plan, and the bound over whole schedules, against an integer programme of
everything at once."""

from dataclasses import replace

import numpy as np
import pytest
from small_homes import battery, car, day, model, programme, tank

from mas2tering.domain.devices import Boiler, FixedLoad, MicroChp
from mas2tering.domain.profiles import DailyProfile
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.loads import LoadSearch
from mas2tering.home.optimise.planner import Budget, best_decision
from mas2tering.home.optimise.schedules import Answerer, ScheduleMaster
from mas2tering.home.optimise.solve import HomeSolver

BUDGET = Budget(seconds=60.0)
MODULATING = {"minimum_electrical_power_kw": 0.4, "minimum_heat_power_kw": 1.5, "minimum_fuel_power_kw": 2.6}


def random_home(seed: int, *, modulates: bool = False, phases: str = "A") -> HomeModel:
    """A machine, base load, and one to three other things that move, on a day of hours."""
    rng = np.random.default_rng(seed)
    machine = MicroChp(
        id="chp",
        electrical_power_kw=1.0,
        heat_power_kw=4.0,
        fuel_power_kw=5.5,
        fuel_price_per_kwh=0.05,
        minimum_up_minutes=120,
        minimum_down_minutes=60,
        start_cost=0.01,
        boiler=Boiler(heat_power_kw=6.0, efficiency=0.9),
        store=tank(
            capacity_kwh=6.0, initial_kwh=2.0, loss_per_hour=0.01, demand=daily(rng.uniform(0.2, 2.0, 8))
        ),
        **(MODULATING if modulates else {}),
    )
    others = [
        battery(initial_energy_kwh=2.0),
        car(arrival=10.0, departure=20.0, charge_power_kw=3.0),
        programme("wash", 120, earliest_start="09:00", latest_end="22:00", delay_cost_per_hour=0.002),
    ]
    chosen = [others[k] for k in rng.permutation(3)[: int(rng.integers(1, 4))]]
    devices = [machine, FixedLoad(id="base", profile=daily(rng.uniform(0.1, 1.2, 8))), *chosen]
    if phases == "ABC":
        devices = [device.model_copy(update={"phase": "ABC"[int(rng.integers(3))]}) for device in devices]
    bought = np.where(np.arange(24) % 24 >= 15, rng.uniform(0.1, 0.2), rng.uniform(0.2, 0.4))
    fuse_kw = 3.2 if phases == "ABC" else 20.0
    return model(*devices, axis=day(60), bought=bought, sold=0.04, fuse_kw=fuse_kw, phases=phases)


def daily(blocks: np.ndarray) -> DailyProfile:
    return DailyProfile(daily=tuple(float(v) for v in np.repeat(blocks, 3)), unit="kW")


def optimum_and_bound(found: HomeModel) -> tuple[float, float]:
    """Cost of the best plan by one integer programme, on and off of every step in it, and the bound over mixed schedules."""
    optimum = HomeSolver(HomeProblem(found)).search(None, 1e-7, 120.0, 1_000_000).objective
    answerers = [Answerer(found, machine) for machine in found.cogeneration]
    return optimum, ScheduleMaster(found, answerers, lambda cost: 1e-6).relax().bound


@pytest.mark.parametrize("phases", ["A", "ABC"])
@pytest.mark.parametrize("seed", range(8))
def test_a_home_with_a_machine_is_planned_and_proven(seed, phases):
    found = random_home(seed, phases=phases)
    optimum, bound = optimum_and_bound(found)
    assert bound <= optimum + 1e-6
    plan, decision = best_decision(found, BUDGET)
    assert not breaches(found, decision)
    assert plan.lower_bound <= optimum + 1e-6
    assert plan.costs.cost >= optimum - 1e-6
    assert plan.costs.cost - plan.lower_bound <= BUDGET.tolerance(plan.costs.cost) + 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_holds_for_machines_that_modulate(seed):
    found = random_home(seed, modulates=True)
    optimum, bound = optimum_and_bound(found)
    assert bound <= optimum + 1e-6
    plan, decision = best_decision(found, BUDGET)
    assert not breaches(found, decision)
    assert plan.lower_bound - 1e-6 <= optimum <= plan.costs.cost + 1e-6


def test_a_modulating_machine_that_never_changes_its_state_is_planned():
    """Fuel dearer than all else: it stands all day, and there is no change of state to be shifted."""
    found = random_home(0, modulates=True)
    (machine,) = found.cogeneration
    dear = replace(machine, fuel_cost_per_hour=(9.0, 20.0), start_cost=5.0)
    plan, decision = best_decision(replace(found, cogeneration=(dear,)), BUDGET)
    assert not decision.cogeneration[0].on.any()
    assert not breaches(found, decision)
    assert LoadSearch(replace(found, cogeneration=(dear,))).run([decision])
    assert plan.lower_bound <= plan.costs.cost
