"""Homes with cogeneration and other devices: the plan, and the bound over whole schedules, against an integer programme of
everything at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import compiled, random_homes, random_tariffs

from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.machines import plan_with_machines
from mas2tering.home.optimise.planner import Budget, best_decision
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, NothingFound

OTHERS = ["base", "battery", "chain", "pv", "ev", "programme"]
BUDGET = Budget(seconds=60.0)


def whole_optimum(model: HomeModel) -> float:
    """Cost of the best plan by one integer programme, on and off of every step in it."""
    problem = HomeProblem(model)
    return HomeSolver(problem).search(None, 1e-7, 120.0, 1_000_000).objective


def beside(model: HomeModel):
    return best_decision(model, BUDGET)


@settings(max_examples=25)
@given(
    data=st.data(), phases=st.sampled_from(["A", "ABC"]), others=st.sets(st.sampled_from(OTHERS), max_size=3)
)
def test_the_bound_over_whole_schedules_holds_and_is_near(data, phases, others):
    home = data.draw(random_homes("cogeneration", *sorted(others), phases=phases))
    model = compiled(home, data.draw(random_tariffs(dearer_export=False)))
    try:
        plan, decision = plan_with_machines(model, beside, BUDGET.tolerance)
        optimum = whole_optimum(model)
    except (Infeasible, NothingFound):
        return
    assert plan.lower_bound <= optimum + 1e-6
    if not breaches(model, decision):
        assert plan.costs.cost >= optimum - 1e-6
    if all(machine.knows_on_and_off_only for machine in model.cogeneration):
        assert best_decision(model, BUDGET)[0].costs.cost == pytest.approx(optimum, rel=1.1e-3, abs=2e-4)
