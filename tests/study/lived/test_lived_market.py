"""Use cases 2 and 3 on days that turn out otherwise: nobody's kWh is billed twice, money closes, and a day that comes as
expected is lived as planned."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mas2tering.coordination.lived_market import (
    LivedMarket,
    plan_as_bound,
    prices_to_follow,
    settled_as_lived,
    standing_trades,
)
from mas2tering.coordination.market_day import market_day
from mas2tering.domain.local_market import Cleared
from mas2tering.domain.plans import bill_of
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry
from mas2tering.home.model import Generation
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.study.compiled_homes import models_on, tariffs_on
from mas2tering.study.lived.words import lived_sentences, market_sentences
from mas2tering.study.minimal import minimal_community, minimal_network
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.summary import summary_of

DAY = date(2013, 4, 17)
KWH = st.floats(0.0, 9.0)


@pytest.fixture(scope="module")
def agreed():
    made = minimal_community(DAY)
    community, reader = made.community, made.profiles
    axis = TimeAxis.of_days(DAY, community.time_zone, 60, day_starts_at=community.day_starts_at)
    models = models_on(community, tariffs_on(community, axis, reader), reader, [Carry()] * 2)
    alone = [best_decision(model, Budget())[0] for model in models]
    market = market_day(models, alone, ["Village Energy"] * 2, community.local_charges, "EUR")
    assert market.settlement.worthwhile
    return models, market


@given(bound=arrays(float, (2, 3, 4), elements=KWH), came=arrays(float, (2, 3, 4), elements=KWH))
def test_trades_stand_as_far_as_both_meters_show_them(bound, came):
    bought, sold = bound[0], bound[1] * (bound[0].sum(axis=0) / np.maximum(bound[1].sum(axis=0), 1e-9))
    nothing = np.zeros(4)
    stand = standing_trades(Cleared(bought, sold, nothing, nothing, nothing), came[0], came[1])
    np.testing.assert_allclose(stand[0].sum(axis=0), stand[1].sum(axis=0), atol=1e-9)
    for own, traded, metered in zip(stand, (bought, sold), came, strict=True):
        assert (own >= 0.0).all()
        assert (own <= np.minimum(traded, metered) + 1e-9).all()


def test_a_day_that_comes_as_expected_is_lived_as_planned(agreed):
    models, market = agreed
    lived = [plan_as_bound(p, m, m) for p, m in zip(market.agreement.plans, models, strict=True)]
    bills = settled_as_lived(market, lived)
    for own, planned in zip(lived, market.agreement.plans, strict=True):
        np.testing.assert_array_equal(own.net_kw, planned.net_kw)
    assert bills.standing_kwh == pytest.approx(bills.traded_kwh)
    assert bills.traded_kwh > 1.0
    together = [sum(plan.costs.cost for plan in plans) for plans in (bills.plans, market.plans)]
    assert together[0] == pytest.approx(together[1], abs=1e-6)


@given(moved=arrays(float, (2, 24), elements=st.floats(-3.0, 3.0)))
def test_money_closes_however_the_day_turns_out(agreed, moved):
    models, market = agreed
    lived = []
    for model, plan, by in zip(models, market.agreement.plans, moved, strict=True):
        net = plan.net_kw + by
        beside = replace(plan.costs, energy_bought=0.0, energy_sold=0.0, capacity=0.0, standing=0.0)
        lived.append(replace(plan, net_kw=net, costs=bill_of(model.tariff, net) + beside))
    bills, settlement = settled_as_lived(market, lived), market.settlement
    net_kwh = np.array([plan.net_kw for plan in lived]) * models[0].axis.step_hours
    stand = standing_trades(settlement.trades, np.maximum(net_kwh, 0.0), np.maximum(-net_kwh, 0.0))
    charges = settlement.charges
    on_top = stand[0].sum() * charges.buyer_per_kwh + stand[1].sum() * charges.seller_per_kwh
    # What neighbours pay one another adds up to nothing; only charges go out.
    assert sum(plan.costs.local for plan in bills.plans) == pytest.approx(on_top, abs=1e-9)
    # Each kWh is billed by the supplier or among neighbours, and not by both.
    own = settlement.meters.suppliers
    saved = (stand[0] * own.import_price_per_kwh).sum() - (stand[1] * own.export_price_per_kwh).sum() - on_top
    before, after = (sum(plan.costs.cost for plan in plans) for plans in (lived, bills.plans))
    assert before - after == pytest.approx(saved, abs=1e-9)


def test_what_a_plan_curtails_stays_curtailed(agreed):
    model, plan = agreed[0][0], agreed[1].agreement.plans[0]
    sun = np.full(24, 2.0)
    with_sun = replace(model, generation=(Generation("roof", "pv", None, sun),))
    part = replace(plan.devices[0], device="roof", kind="pv", power_kw=-sun + 0.5)
    curtails = replace(plan, devices=(*plan.devices, part), net_kw=plan.net_kw - sun + 0.5)
    duller = replace(with_sun, generation=(Generation("roof", "pv", None, np.full(24, 0.4)),))
    brighter = replace(with_sun, generation=(Generation("roof", "pv", None, sun + 1.0),))
    np.testing.assert_allclose(plan_as_bound(curtails, with_sun, duller).net_kw, plan.net_kw)
    np.testing.assert_allclose(plan_as_bound(curtails, with_sun, brighter).net_kw, plan.net_kw - 2.5)


def test_homes_steer_around_what_their_trades_come_to(agreed):
    settlement = agreed[1].settlement
    trades, own = settlement.trades, settlement.meters.suppliers
    found = prices_to_follow(settlement, trades)
    np.testing.assert_allclose(sum(margin.bound_kw for margin in found), 0.0, atol=1e-9)
    assert any((margin.bound_kw > 0.1).any() for margin in found)
    for row, margin in enumerate(found):
        np.testing.assert_array_equal(margin.bound_kw, trades.bought_kwh[row] - trades.sold_kwh[row])
        np.testing.assert_array_equal(margin.more_per_kwh, own.import_price_per_kwh[row])
        np.testing.assert_array_equal(margin.less_per_kwh, own.export_price_per_kwh[row])


def test_a_run_says_what_use_cases_2_and_3_keep():
    made = minimal_community(DAY)
    options = RunOptions(
        DAY, step_minutes=60, use_cases=("none", "1", "2", "3"), forecast="naive", network=minimal_network()
    )
    run = run_community(made.community, made.profiles, options)
    lived = summary_of(run)["lived"]
    kept, limits = lived["use_case_2"], lived["use_case_3"]
    assert 0.9 < kept["share_kept"]["bound"] < 1.05
    # Steered by the local price alone, homes swing beyond their trades and keep half.
    assert 0.9 < kept["share_kept"]["steered"] < 1.05
    assert kept["standing_kwh"]["bound"] <= kept["traded_kwh"]["bound"]
    assert limits["limit_violations_planned"] == 0
    assert limits["dso_payment"] > 0.0
    assert set(limits["limit_violations_lived"]) == {"bound", "steered", "within_bands"}
    assert limits["limit_violations_lived"]["within_bands"] == 0
    words = " ".join(lived_sentences(run.lived, "EUR"))
    assert "Lived, use case 2" in words
    assert "Lived, use case 3" in words


def test_a_market_that_gains_nothing_has_no_share():
    ways = {"bound": 10.0, "steered": 9.0, "reopened": 9.0}
    none = LivedMarket(ways, ways, 8.0, 7.995, ways, ways)
    assert none.share_kept("steered") is None
    assert "gains nothing" in " ".join(market_sentences(none, "EUR"))
