"""A negotiation against one solver that knows everything: two bounds of one problem, and two plans above both of them."""

import json
from dataclasses import replace

import pytest
from golden_homes import FOLDER, load_golden

from mas2tering.coordination.central import CentralProblem
from mas2tering.coordination.local_market import agree
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan
from mas2tering.study.benchmark.market import CASES, case_community

TOLERANCE = 1e-5
ONE_TARIFF = ("one_tariff_5_hard", "one_tariff_20_easy", "one_tariff_20_hard")


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("case", CASES)
def test_neither_plan_lies_below_the_others_bound(case, seed):
    community = case_community(case, 12, seed)
    # Machines make the integer programme slow; tests/home has them against one.
    models = [replace(model, cogeneration=()) for model in community.models]
    alone = [best_plan(model) for model in models]
    agreement = agree(models, alone, community.charges)
    problem = CentralProblem(models, community.charges, agreement.bound_price_per_kwh)
    # Whatever the limit of time leaves of it, bounds and plans are what they are.
    central = problem.solve(max(agreement.gap, 1e-3), seconds=30.0)
    assert agreement.lower_bound <= central.cost + TOLERANCE
    assert central.lower_bound <= agreement.cost_under_the_rule + TOLERANCE
    # So neither is worse than the other by more than it says of itself.
    assert agreement.cost_under_the_rule - central.cost <= agreement.gap + TOLERANCE


@pytest.mark.parametrize("name", ONE_TARIFF)
def test_golden_community_within_what_is_certified(name):
    models, _, _ = load_golden(name)
    optimum = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["optimum"]
    agreement = agree(models, [best_plan(model) for model in models], LocalCharges())
    assert agreement.cost == pytest.approx(agreement.cost_under_the_rule, abs=TOLERANCE)
    assert agreement.lower_bound <= optimum["community_cost"] + TOLERANCE
    assert agreement.cost >= optimum["lower_bound"] - TOLERANCE
    assert agreement.cost <= optimum["community_cost"] + agreement.gap + TOLERANCE


def test_what_the_rule_against_resale_costs():
    # The golden optimum lets batteries buy from a cheap supplier to sell to the community; the rule does not.
    models, data, charges = golden_suppliers()
    agreement = agree(models, [best_plan(model) for model in models], charges)
    free = data["optimum"]
    assert agreement.cost >= free["lower_bound"] - TOLERANCE
    assert agreement.cost <= 1.01 * free["community_cost"]


def golden_suppliers():
    """The community of several suppliers, each with a tariff of its own name."""
    data = json.loads((FOLDER / "suppliers_20.json").read_text(encoding="utf-8"))
    models, _, _ = load_golden("suppliers_20")
    named = [
        replace(model, tariff=replace(model.tariff, id=f"supplier {home['supplier']}"))
        for model, home in zip(models, data["homes"], strict=True)
    ]
    charges = LocalCharges(
        buyer_per_kwh=data["local_charge_buyer"], seller_per_kwh=data["local_charge_seller"]
    )
    return named, data, charges
