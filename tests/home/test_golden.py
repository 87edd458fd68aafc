"""Plans against optima that a central solver found for the same homes, without a line of this code."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from golden_homes import load_golden

from mas2tering.home.limits import breaches
from mas2tering.home.optimise import best_plan
from mas2tering.home.optimise.planner import best_decision


@pytest.mark.parametrize(
    "name", ["one_tariff_5_hard", "one_tariff_20_easy", "one_tariff_20_hard", "suppliers_20"]
)
def test_plans_reach_the_known_optimum_within_a_tenth_of_a_per_cent(name):
    models, optima, bounds = load_golden(name)
    for model, optimum, bound in zip(models, optima, bounds, strict=True):
        plan, decision = best_decision(model)
        assert plan.costs.cost <= optimum + max(1e-3 * abs(optimum), 1e-4) + 1e-6
        assert plan.costs.cost >= bound - 1e-5
        assert plan.lower_bound is not None
        assert plan.lower_bound <= optimum + 1e-5
        assert not breaches(model, decision)


def test_the_same_home_gives_the_same_plan_to_the_bit():
    models, _, _ = load_golden("one_tariff_5_hard")
    for model in models:
        first, second = best_plan(model), best_plan(model)
        assert first.costs == second.costs
        assert (first.net_kw == second.net_kw).all()
