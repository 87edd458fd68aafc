"""A day that is planned again starts from what stands: the same programmes, the standing price, fewer rounds, as good a plan."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden

from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan

BUDGET = MarketBudget(gap=2e-3)


def cloudier(model, share: float):
    sources = tuple(replace(source, available_kw=share * source.available_kw) for source in model.generation)
    return replace(model, generation=sources)


@pytest.fixture(scope="module")
def days():
    models = load_golden("one_tariff_20_hard")[0]
    first = agree(models, [best_plan(model) for model in models], LocalCharges(), BUDGET)
    changed = [cloudier(model, 0.95) for model in models]
    alone = [best_plan(model) for model in changed]
    again = agree(changed, alone, LocalCharges(), BUDGET, standing=first.standing)
    fresh = agree(changed, alone, LocalCharges(), BUDGET)
    return first, again, fresh


def test_it_takes_fewer_rounds(days):
    first, again, fresh = days
    assert len(again.rounds) < len(fresh.rounds)
    assert "agreeing" not in {record.stage for record in again.rounds}
    assert "agreeing" in {record.stage for record in first.rounds}


def test_programmes_stay_where_they_are(days):
    first, again, _ = days
    for before, after in zip(first.plans, again.plans, strict=True):
        assert [d.starts for d in before.devices] == [d.starts for d in after.devices]


def test_its_bound_holds_and_its_plans_are_about_as_good(days):
    _, again, fresh = days
    assert again.lower_bound <= fresh.cost_under_the_rule + 1e-6
    assert again.cost_under_the_rule >= again.lower_bound - 1e-6
    assert again.cost == pytest.approx(fresh.cost, rel=2e-2)
    assert not np.array_equal(again.local_price_per_kwh, fresh.local_price_per_kwh)
