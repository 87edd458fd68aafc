"""A market that opens again within a lived day: what is over stays, what is agreed for the step in progress stands, and where the
day comes as expected nothing is lost."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden

from mas2tering.coordination.lived_day import Day, as_expected
from mas2tering.coordination.lived_market import Traded, settled_as_lived
from mas2tering.coordination.lived_reopened import live_reopened
from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import market_day
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import load_and_generation
from mas2tering.home.limits import breaches
from mas2tering.home.optimise.planner import best_decision

HOMES = 10
NOON = 24
"""Days of the golden communities begin at 06:00."""
LEVELS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
BUDGET = MarketBudget(gap=2e-3, rounds=60, private=False)


def forecast(axis, mean_kw):
    return Forecast(axis, axis.start, mean_kw, LEVELS, mean_kw * (0.6 + 0.8 * LEVELS[:, None]), "made up")


def outlook_of(model):
    load_kw, sun_kw = load_and_generation(model)
    return Outlook(forecast(model.axis, np.maximum(load_kw, 0.0)), forecast(model.axis, sun_kw))


def with_sun(model, share):
    """From noon on another share of the sun."""
    late = np.arange(model.axis.steps) >= NOON
    sources = tuple(
        replace(s, available_kw=np.where(late, share, 1.0) * s.available_kw) for s in model.generation
    )
    return replace(model, generation=sources)


class Agreed:
    def __init__(self):
        self.expected = load_golden("one_tariff_20_hard")[0][:HOMES]
        self.outlooks = [outlook_of(model) for model in self.expected]
        self.models = [as_expected(m, o) for m, o in zip(self.expected, self.outlooks, strict=True)]
        self.alone = [best_decision(model) for model in self.models]
        plans = [plan for plan, _ in self.alone]
        self.market = market_day(self.models, plans, ["s"] * HOMES, LocalCharges(), "EUR", BUDGET)
        assert self.market.settlement.worthwhile

    def live(self, share, reopen):
        days = [Day(own, own, own, own) for own in (with_sun(model, share) for model in self.models)]
        begun = [decision for _, decision in self.alone]
        contracts = [None] * HOMES
        found = live_reopened(
            days, self.outlooks, begun, self.market, contracts, BUDGET, every=4, reopen=reopen
        )
        return days, found

    def cost(self, found):
        bills = settled_as_lived(self.market, found.plans, found.traded)
        return sum(plan.costs.cost for plan in bills.plans)


@pytest.fixture(scope="module")
def agreed() -> Agreed:
    return Agreed()


@pytest.fixture(scope="module")
def dull(agreed):
    """The sun fails from noon on; the market opens again every four hours, or never."""
    return [agreed.live(0.4, reopen) for reopen in (16, 96)]


def test_trades_close_and_what_was_agreed_for_the_step_in_progress_stands(agreed, dull):
    found = dull[0][1]
    assert (found.times, found.rounds > 0) == (5, True)
    trades, first = found.traded.trades, agreed.market.settlement.trades
    np.testing.assert_allclose(trades.bought_kwh.sum(axis=0), trades.sold_kwh.sum(axis=0), atol=1e-9)
    np.testing.assert_array_equal(trades.bought_kwh[:, :17], first.bought_kwh[:, :17])
    assert np.abs(trades.bought_kwh[:, 17:] - first.bought_kwh[:, 17:]).max() > 0.01


def test_nothing_is_lived_that_a_home_cannot_do(agreed, dull):
    for days, found in dull:
        for day, plan, (_, begun) in zip(days, found.plans, agreed.alone, strict=True):
            assert not [
                b for b in plan.clashes if b.device not in {c.device for c in breaches(day.today, begun)}
            ]


def test_where_the_sun_fails_a_market_that_opens_again_is_worth_more(agreed, dull):
    (_, reopened), (_, once) = dull
    assert once.times == 0
    assert agreed.cost(reopened) < agreed.cost(once) - 0.01


def test_never_opened_again_is_the_market_of_the_day_before(agreed, dull):
    once = dull[1][1]
    settlement = agreed.market.settlement
    assert once.traded == Traded(settlement.trades, settlement.price_per_kwh)


def test_what_is_to_come_changes_nothing_that_is_over(agreed, dull):
    _, otherwise = agreed.live(0.9, 16)
    for own, other in zip(dull[0][1].plans, otherwise.plans, strict=True):
        np.testing.assert_array_equal(own.net_kw[:NOON], other.net_kw[:NOON])
