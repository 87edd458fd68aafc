"""A wholesale market aggregator as a buyer among the members: served as far as members are better off for it, proven like the rest,
and the same day as without it where it is not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import event, given, settings
from market_communities import random_communities, requests, traded, wanted_of
from market_verifier import look_at

from mas2tering.coordination.central import CentralProblem
from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.coordination.market_day import market_day
from mas2tering.domain.flexibility import FlexibilityRequest, Requested
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.optimise import best_plan
from mas2tering.study.benchmark.market import case_community

DEAR = 0.6
HOMES = 6
BUDGET = MarketBudget(gap=4e-3, rounds=60)


def window(begin: str, end: str) -> ClockWindow:
    return ClockWindow(begin=begin, end=end)


def asks(price: float, begin: str, end: str, kw: float = 6.0) -> FlexibilityRequest:
    return FlexibilityRequest(buyer="W", power_kw=kw, price_per_kwh=price, hours=(window(begin, end),))


@pytest.fixture(scope="module", params=["hard", "charges"])
def community(request):
    made = case_community(request.param, HOMES, 1)
    # Machines make the integer programme slow; tests/home has them against one.
    models = [replace(model, cogeneration=()) for model in made.models]
    return models, [best_plan(model) for model in models], made.charges


def day_of(community, *requests: FlexibilityRequest):
    models, alone, charges = community
    requested = Requested.on(models[0].axis, requests)
    return market_day(models, alone, ["S"] * len(models), charges, "EUR", BUDGET, requested=requested)


@settings(max_examples=6, deadline=None)
@given(community=random_communities(most=4), asked=requests())
def test_random_requests_are_right_and_leave_nobody_worse_off(community, asked):
    budget = MarketBudget(gap=5e-3, rounds=20)
    day, result = traded(community, budget, asked)
    without, _ = traded(community, budget)
    delivered, requested = day.requests.delivered_kwh, day.requests.requested
    event("delivered" if delivered.any() else f"not: {day.requests.refusal}"[:40])
    assert look_at(result).wrong == [], community.words
    assert (delivered <= requested.asked_kwh + 1e-9).all()
    # The members together have never more to pay than without any request.
    assert day.settlement.cost.sum() <= without.settlement.cost.sum() + 1e-9
    if not delivered.any():
        assert_same(day, without)


def assert_same(day, other) -> None:
    assert np.array_equal(day.settlement.price_per_kwh, other.settlement.price_per_kwh)
    assert day.settlement.ledger == other.settlement.ledger
    assert all(
        np.array_equal(one.net_kw, two.net_kw) for one, two in zip(day.plans, other.plans, strict=True)
    )


@pytest.fixture(scope="module")
def without(community):
    return day_of(community)


def test_a_price_below_what_any_supplier_pays_changes_nothing(community, without):
    day = day_of(community, asks(0.01, "10:00", "16:00"))
    assert day.requests.refusal
    assert not day.requests.delivered_kwh.any()
    assert_same(day, without)


@pytest.mark.parametrize("hours", [("11:00", "15:00"), ("17:00", "20:00")])
def test_neither_plan_lies_below_the_others_bound(community, hours):
    models, alone, charges = community
    requested = wanted_of(models, charges, Requested.on(models[0].axis, [asks(DEAR, *hours)]))
    agreement = agree(models, alone, charges, BUDGET, requested=requested)
    assert agreement.delivered_kwh.sum() > 1.0
    problem = CentralProblem(models, charges, agreement.bound_price_per_kwh, requested)
    central = problem.solve(max(agreement.gap, 1e-3), seconds=30.0)
    assert agreement.lower_bound <= central.cost + 1e-5
    assert central.lower_bound <= agreement.cost_under_the_rule + 1e-5
    assert agreement.cost_under_the_rule - central.cost <= agreement.gap + 1e-5


def test_the_buyer_has_stores_feed_in_when_it_asks_and_pays_for_what_leaves(community, without):
    """More leaves the community in those hours than without it, by what is delivered."""
    day = day_of(community, asks(DEAR, "17:00", "20:00"))
    if day.requests.refusal:
        pytest.skip(f"a community that does not serve it: {day.requests.refusal}")
    (delivery,) = day.settlement.deliveries.requests
    asked = delivery.asked_kwh > 0.0
    hours = day.plans[0].axis.step_hours

    def fed_in(found):
        return hours * sum(np.maximum(-plan.net_kw, 0.0)[asked].sum() for plan in found.plans)

    assert fed_in(day) > fed_in(without)
    settlement = day.settlement
    leaves = hours * sum(np.maximum(-plan.net_kw, 0.0) for plan in day.plans)
    sold = settlement.trades.sold_kwh.sum(axis=0) + delivery.delivered_kwh
    assert (sold <= leaves + 1e-9).all()
    assert day.requests.gain == pytest.approx(settlement.sharing.total - without.settlement.sharing.total)
    assert day.requests.gain > 0.0
    assert float(delivery.paid) <= DEAR * delivery.delivered_kwh.sum()
    assert settlement.worse_off == 0


def test_hours_dates_and_steps_that_are_asked_for_in_part():
    axis = TimeAxis.of_days(date(2013, 4, 17), "Europe/Brussels", 30, day_starts_at="06:00")
    request = asks(0.2, "12:15", "13:30", kw=4.0)
    steps = request.asked_kwh(axis)
    first = 2 * (12 - 6)
    assert steps[first : first + 3].tolist() == [1.0, 2.0, 2.0]
    assert steps.sum() == pytest.approx(5.0)
    other_day = request.model_copy(update={"dates": (date(2013, 4, 18),)})
    assert Requested.on(axis, [request, other_day]).buyers == ("W",)
    night = FlexibilityRequest(
        buyer="W",
        power_kw=1.0,
        price_per_kwh=0.2,
        hours=(window("23:00", "01:00 next day"),),
        dates=(date(2013, 4, 17),),
    )
    assert night.asked_kwh(axis).sum() == pytest.approx(2.0)
