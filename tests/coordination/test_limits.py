"""Negotiations within limits on sums of loads: the bound is one, limits are kept where they can be, several markets are one problem."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_communities import RandomCommunity, random_communities
from market_verifier import Look, Published
from random_homes import AXIS, NO_FILES, compiled

from mas2tering.coordination.central import CentralProblem
from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.home.optimise import best_plan
from mas2tering.study.benchmark.capped import summed_cap
from mas2tering.study.benchmark.market import case_community

TOLERANCE = 1e-5
PLAIN = MarketBudget(private=False)


def without_machines(case: str, homes: int, seed: int) -> Party:
    """Homes of a case; machines make the integer programme slow."""
    community = case_community(case, homes, seed)
    models = [replace(model, cogeneration=()) for model in community.models]
    return Party(models, [best_plan(model) for model in models], community.charges)


def net_kw(plans) -> np.ndarray:
    return np.sum([plan.net_kw for plan in plans], axis=0)


def under_cap(cap: str, parties: list[Party], budget: MarketBudget = PLAIN) -> tuple[Together, LoadLimits]:
    """Each community first without limits; then all of them under the cap that bites."""
    first = [agree_together([party], budget).agreements[0] for party in parties]
    plans = [plan for agreement in first for plan in agreement.plans]
    limits = summed_cap(cap, net_kw(plans), len(plans))
    again = [
        replace(party, standing=agreement.standing) for party, agreement in zip(parties, first, strict=True)
    ]
    return agree_together(again, budget, limits=limits, anew=True), limits


@pytest.mark.parametrize(
    ("case", "cap", "seed"), [("easy", "import", 1), ("hard", "export", 1), ("hard", "import", 2)]
)
def test_neither_plan_lies_below_the_others_bound(case, cap, seed):
    party = without_machines(case, 10, seed)
    together, limits = under_cap(cap, [party])
    agreement, bound = together.agreements[0], together.bound
    central = CentralProblem(party.models, party.charges, bound.prices.local_per_kwh[0], limits=limits).solve(
        max(agreement.gap, 2e-3), seconds=8.0
    )
    cost = agreement.cost_under_the_rule + limits.dearest_per_kwh * float(together.excess_kwh.sum())
    assert bound.cost <= central.cost + TOLERANCE
    assert central.lower_bound <= cost + TOLERANCE
    assert cost - central.cost <= cost - bound.cost + TOLERANCE
    # The cap was beyond what use case 2 wanted, and is kept.
    assert (together.limit_price_per_kwh > 0.0).any()
    assert together.excess_kwh.max() < 0.01


@st.composite
def limits_of(draw, homes: int) -> LoadLimits:
    """A few rows with weights of both signs, from what no plans keep to what binds nobody."""
    rows = draw(st.integers(1, 6))
    steps = draw(st.lists(st.integers(0, AXIS.steps - 1), min_size=rows, max_size=rows))
    numbers = st.floats(-1.0, 1.0).map(lambda x: round(x, 2))
    weight = draw(st.lists(st.lists(numbers, min_size=homes, max_size=homes), min_size=rows, max_size=rows))
    most = draw(st.lists(st.floats(-4.0, 8.0), min_size=rows, max_size=rows))
    names = tuple(f"row {k}" for k in range(rows))
    return LoadLimits(np.array(steps), np.array(weight), np.array(most), 2.0, names)


@settings(max_examples=5, deadline=None)
@given(data=st.data(), community=random_communities(most=5))
def test_the_certificate_under_limits_holds_for_who_shares_no_code(data, community):
    limits = data.draw(limits_of(len(community.homes)))
    _, look = looked_at(community, limits)
    assert look.wrong == [], community.words


def looked_at(community: RandomCommunity, limits: LoadLimits) -> tuple[Together, Look]:
    """A negotiation within limits, and what the verifier says of it."""
    models = [compiled(home, tariff) for home, tariff in zip(community.homes, community.tariffs, strict=True)]
    party = Party(models, [best_plan(model) for model in models], community.charges)
    together = agree_together([party], MarketBudget(rounds=30, private=False), limits=limits)
    agreement, bound = together.agreements[0], together.bound
    look = Look(
        Published(
            homes=community.homes,
            tariffs=community.tariffs,
            reader=NO_FILES,
            charges=community.charges,
            plans=agreement.plans,
            alone=party.alone,
            lower_bound=bound.cost,
            bound_price_per_kwh=bound.prices.local_per_kwh[0],
            cost_under_the_rule=agreement.cost_under_the_rule
            + limits.dearest_per_kwh * float(together.excess_kwh.sum()),
            document={},
            limits=limits,
            limit_price_per_kwh=bound.prices.limit_per_kwh,
        )
    )
    look.plans()
    # Of bounds at several prices the highest is published, of costs under the rule the one that fits best.
    look.result = replace(look.result, cost_under_the_rule=look.cost_of_plans())
    look.certificate(solved=True, gap=1e-6)
    return together, look


@pytest.fixture(scope="module")
def two_communities():
    """Homes that feed nothing in: without roofs and batteries."""
    found = []
    for seed in (3, 4):
        party = without_machines("easy", 6, seed)
        models = [
            replace(model, generation=(), stores=tuple(s for s in model.stores if s.kind != "battery"))
            for model in party.models
        ]
        found.append(Party(models, [best_plan(model) for model in models], party.charges))
    return found


def test_several_parties_come_to_what_one_does_where_trade_between_them_is_worth_nothing(two_communities):
    """Nobody feeds in, so that the local price is the supplier's in each of them."""
    apart, limits = under_cap("import", two_communities)
    models = [model for party in two_communities for model in party.models]
    alone = [plan for party in two_communities for plan in party.alone]
    one = agree_together([Party(models, alone, two_communities[0].charges)], PLAIN, limits=limits)
    plans = [plan for agreement in apart.agreements for plan in agreement.plans]
    assert apart.excess_kwh.max() < 0.01
    assert one.excess_kwh.max() < 0.01
    assert all(net_kw(agreement.plans).min() > -1e-6 for agreement in apart.agreements)
    cost = sum(agreement.cost for agreement in apart.agreements)
    excess = limits.dearest_per_kwh * float(apart.excess_kwh.sum() + one.excess_kwh.sum())
    # What keeps the limits apart keeps them together, and each bound lies below the other's plans.
    assert one.bound.cost <= cost + excess + TOLERANCE
    assert apart.bound.cost <= one.agreements[0].cost + excess + TOLERANCE
    assert abs(cost - one.agreements[0].cost) <= apart.gap + one.gap + excess + TOLERANCE
    # Parts of the bound are the whole bound.
    bounds = sum(agreement.lower_bound for agreement in apart.agreements)
    assert bounds <= apart.bound.cost + TOLERANCE
    assert len(plans) == limits.weight.shape[1]


def test_the_same_bits_twice_and_under_masks(two_communities):
    first, _ = under_cap("import", two_communities)
    for budget in (PLAIN, MarketBudget(private=True)):
        again, _ = under_cap("import", two_communities, budget)
        assert first.bound.cost == again.bound.cost
        assert first.limit_price_per_kwh.tobytes() == again.limit_price_per_kwh.tobytes()
        for one, other in zip(first.agreements, again.agreements, strict=True):
            for plan, twin in zip(one.plans, other.plans, strict=True):
                assert plan.net_kw.tobytes() == twin.net_kw.tobytes()


def test_a_limit_that_binds_nobody_changes_no_cost_and_has_no_price(two_communities):
    steps = np.arange(96)
    roomy = LoadLimits(steps, np.ones((96, 6)), np.full(96, 1e3), 10.0, tuple("roomy" for _ in steps))
    free = agree_together(two_communities[:1], PLAIN)
    within = agree_together(two_communities[:1], PLAIN, limits=roomy)
    assert not within.limit_price_per_kwh.any()
    assert within.excess_kwh.sum() == 0.0
    assert abs(free.agreements[0].cost - within.agreements[0].cost) <= free.gap + within.gap + TOLERANCE


def test_what_no_plans_keep_costs_the_dearest_price_and_no_more():
    """Homes with a fixed load only: the excess is known, and so is what the bound says of it."""
    party = without_machines("easy", 6, 5)
    models = [replace(model, stores=(), chains=(), generation=()) for model in party.models]
    alone = [best_plan(model) for model in models]
    most = 0.5 * float(net_kw(alone)[40])
    limits = LoadLimits(np.array([40]), np.ones((1, 6)), np.array([most]), 3.0, ("cap",))
    together = agree_together([Party(models, alone, party.charges)], PLAIN, limits=limits)
    assert together.excess_kwh == pytest.approx([0.25 * most], abs=1e-3)
    cost = together.agreements[0].cost + 3.0 * float(together.excess_kwh.sum())
    assert together.bound.prices.limit_per_kwh == pytest.approx([3.0])
    assert together.bound.cost == pytest.approx(cost, abs=1e-3)
