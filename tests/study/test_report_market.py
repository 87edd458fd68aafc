"""What the report says of use case 2 is what was agreed on and settled: prices, trades, shares of savings, money."""

import json
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from report_fixture import NoFiles, example_community, example_run

from mas2tering.domain.contracts import AggregationContract
from mas2tering.settlement.comparison import compared
from mas2tering.study.figures import local_trade_kwh, savings
from mas2tering.study.report import market_readings
from mas2tering.study.report.balance import balance_of
from mas2tering.study.report.data import report_data
from mas2tering.study.report.market import flows_kwh, local_prices, rules_of
from mas2tering.study.report.page import embedded
from mas2tering.study.results import traded_kwh
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.settled import write_settled
from mas2tering.study.summary import summary_of


@cache
def _run(days=1):
    return example_run(days=days, use_cases=("none", "rule", "1", "2"), step=60)


@cache
def _data(days=1):
    return report_data(_run(days))


def _not_worthwhile():
    """The run with a market that would cost its members more than it brings."""
    day = _run().days[0]
    settlement = day.market.settlement
    sharing = replace(settlement.sharing, total=-1.0, gain=np.zeros(0))
    market = replace(
        day.market, settlement=replace(settlement, sharing=sharing, paid=()), plans=day.market.alone
    )
    plans = {**day.plans, "2": day.market.alone}
    return replace(_run(), days=(replace(day, market=market, plans=plans),))


@pytest.mark.parametrize("days", [1, 2])
def test_devices_local_prices_and_the_shared_gain_sum_to_the_saving(days):
    for home, saved in zip(_data(days).homes, savings(_run(days), "2"), strict=True):
        parts = [device.saves for device in home.devices] + list(home.rest.values())
        assert sum(parts) == pytest.approx(saved, abs=1e-3)
        assert home.saving == pytest.approx(saved, abs=1e-4)


def test_without_a_trade_devices_save_what_they_save_alone():
    alone, refused = report_data(replace(_run(), days=_of_use_case_1())), report_data(_not_worthwhile())
    for first, second in zip(alone.homes, refused.homes, strict=True):
        assert [device.saves for device in second.devices] == [device.saves for device in first.devices]
        assert second.rest == first.rest


def _of_use_case_1():
    day = _run().days[0]
    return (replace(day, market=None, plans={name: day.plans[name] for name in ("none", "1")}),)


@pytest.mark.parametrize("days", [1, 2])
def test_what_is_traded_is_bought_and_sold_and_passes_between_tariffs(days):
    market, run = _data(days).market, _run(days)
    assert market.traded_kwh > 1
    assert market.traded_kwh == pytest.approx(local_trade_kwh(run, "2"), abs=1e-3)
    for by_home, of_group in ((market.bought_kwh, "bought_kwh"), (market.sold_kwh, "sold_kwh")):
        assert sum(by_home) == pytest.approx(market.traded_kwh, abs=0.05)
        assert sum(getattr(group, of_group) for group in market.groups) == pytest.approx(
            sum(by_home), abs=0.05
        )
    flows = np.array(market.flows_kwh)
    assert flows.sum(axis=1) == pytest.approx([group.sold_kwh for group in market.groups], abs=0.05)
    assert flows.sum(axis=0) == pytest.approx([group.bought_kwh for group in market.groups], abs=0.05)
    assert sum(group.homes for group in market.groups) == len(run.community.homes)


def test_a_buyer_is_served_by_those_who_sell_at_that_time():
    sold = np.array([[3.0, 0.0], [1.0, 2.0]])
    bought = np.array([[0.0, 2.0], [4.0, 0.0]])
    assert flows_kwh(sold, bought) == pytest.approx(np.array([[0.0, 3.0], [2.0, 1.0]]))
    assert not flows_kwh(np.zeros((2, 2)), np.zeros((2, 2))).any()


@pytest.mark.parametrize("days", [1, 2])
def test_neighbours_stand_apart_from_the_grid(days):
    run = _run(days)
    balance = balance_of(run, "2")
    sources, uses = balance.sources_kw, balance.uses_kw
    assert sum(sources.values()) == pytest.approx(sum(uses.values()), abs=1e-9)
    assert sources["neighbours"] == pytest.approx(uses["neighbours"], abs=1e-9)
    assert sources["neighbours"].max() > 0
    assert sources["grid"] - uses.get("export", 0.0) == pytest.approx(run.net_kw("2"), abs=1e-9)
    at_meters = [sum(np.maximum(plan.net_kw, 0.0) for plan in day.plans["2"]) for day in run.days]
    assert sources["grid"] + sources["neighbours"] == pytest.approx(np.concatenate(at_meters), abs=1e-9)
    assert "neighbours" not in balance_of(run, "1").sources_kw


@pytest.mark.parametrize("days", [1, 2])
def test_a_statement_is_the_settlement_in_whole_cents(days):
    run = _run(days)
    for k, statement in enumerate(_data(days).market.statements):
        settled = [day.market.settlement for day in run.days]
        assert statement.paid == pytest.approx(float(sum(settlement.paid[k] for settlement in settled)))
        assert sum(money for _, _, money in statement.lines) == pytest.approx(statement.paid, abs=1e-9)
        assert statement.gain == pytest.approx(sum(s.sharing.gain[k] for s in settled), abs=1e-4)
        assert statement.sentences


def test_other_ways_to_share_are_compared_over_all_days():
    rules = _data(2).market.rules
    assert rules[0].worse_off == 0
    assert rules[0].share_of_gain == pytest.approx(1)
    days = [compared(day.market.settlement) for day in _run(2).days]
    for rule, first, second in zip(rules, *days, strict=True):
        gain = first.gain + second.gain
        assert rule.worse_off == (gain < -0.001).sum()
        assert rule.worst_loss == pytest.approx(max(0.0, -gain.min()), abs=1e-4)
    assert rules_of([_run().days[0].market])[0].local_trade_kwh == pytest.approx(
        _data().market.traded_kwh, abs=0.01
    )


def test_bound_and_cost_close_in_on_one_another():
    shown, agreement = _data().market.convergence, _run().days[0].market.agreement
    assert shown.gap == pytest.approx(agreement.gap, abs=1e-6)
    assert shown.wanted > 0
    assert len(shown.bound) == len(shown.mixed) == len(agreement.rounds) - 1
    assert shown.searches[0] == 0 < shown.searches[1] < len(shown.bound)
    assert all(agreement.rounds[start].stage == "settling" for start in shown.searches[1:])
    judged = [k for k, cost in enumerate(shown.mixed) if cost is not None]
    assert judged
    assert all(shown.bound[k] <= shown.mixed[k] + 1e-5 for k in judged)
    first = [k for k in judged if k < shown.searches[1]]
    assert shown.mixed[first[-1]] - shown.bound[first[-1]] < shown.mixed[first[0]] - shown.bound[first[0]]


def test_nobody_loses_and_the_page_says_so():
    run, readings = _run(), _data().readings
    assert (savings(run, "2", "1") > -0.0011).all()
    assert readings["worse_off"] == "Trading leaves nobody worse off than planning alone."
    saved = [run.costs(case).cost for case in ("none", "1", "2")]
    assert readings["headline"] == market_readings.headline(tuple(saved), "€", 1)
    assert f"€{saved[0] - saved[2]:.2f} a day" in readings["headline"]
    assert "2 homes would pay less" in market_readings.nobody_worse_off(
        np.array([0.5, -0.2, -0.1]), "€", 1
    ).replace("\N{NO-BREAK SPACE}", " ")


def test_a_market_that_is_not_worthwhile_trades_nothing():
    run = _not_worthwhile()
    assert local_prices(run.days[0], "2") is None
    assert not any(part.any() for part in traded_kwh(run.days[0]))
    market = report_data(run).market
    assert market.traded_kwh == market.rules[0].local_trade_kwh == 0
    assert market.paid == market.earned == [0.0] * len(run.community.homes)
    assert market.readings["price"].startswith("Nothing is traded")
    assert "nothing is traded" in market.statements[0].sentences[0]
    assert json.loads(embedded(report_data(run)))["market"]["statements"][0]["lines"] == []


def test_buyers_pay_less_and_sellers_get_more_than_at_their_suppliers():
    market, day = _data().market, _run().days[0]
    settlement = day.market.settlement
    asked = (settlement.trades.bought_kwh * settlement.meters.suppliers.import_price_per_kwh).sum()
    given = (settlement.trades.sold_kwh * settlement.meters.suppliers.export_price_per_kwh).sum()
    assert sum(market.paid) <= asked + 1e-3
    assert sum(market.earned) >= given - 1e-3


def test_without_use_case_2_there_is_no_market(tmp_path):
    run = replace(_run(), days=_of_use_case_1())
    assert report_data(run).market is None
    assert report_data(run).after == "1"
    assert write_settled(tmp_path, run) == ()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("run", [_run, _not_worthwhile])
def test_what_is_written_beside_the_report_can_be_checked_and_sent(run, tmp_path):
    run = run()
    assert write_settled(tmp_path, run) == ("settlement.json", "coefficients.csv")
    (document,) = json.loads((tmp_path / "settlement.json").read_text(encoding="utf-8"))["days"]
    assert [member["id"] for member in document["members"]] == [home.id for home in run.community.homes]
    lines = (tmp_path / "coefficients.csv").read_text(encoding="utf-8")
    assert lines.startswith("quarter_hour_start_utc,quarter_hour_start_local,house_001,")
    # No member but the last, whose name is meant to break things, has a comma or quote in its cells.
    rows = [[float(cell) for cell in line.split(",")[2:]] for line in lines.splitlines()[-96:]]
    assert all(sum(row) <= 1 + 1e-9 for row in rows)
    assert any(map(any, rows)) == (local_trade_kwh(run, "2") > 0)


@cache
def _with_one_that_is_never_called():
    """The same community, whose first home has agreed to be called at no time."""
    community = example_community()
    contract = AggregationContract(aggregator="local", calls_per_day=0)
    first, *others = community.homes
    homes = (first.model_copy(update={"aggregation": contract}), *others)
    options = RunOptions(date(2024, 6, 12), step_minutes=60, use_cases=("none", "rule", "1", "2"))
    return run_community(community.model_copy(update={"homes": homes}), NoFiles(), options)


def test_a_home_that_does_not_take_part_keeps_its_plan_and_is_told_why(tmp_path):
    run = _with_one_that_is_never_called()
    (day,), first = run.days, run.community.homes[0]
    assert 0 not in day.market.members
    assert day.plans["2"][0] is day.market.alone[0]
    bought, sold = traded_kwh(day)
    assert bought.shape == (len(run.community.homes), day.axis.steps)
    assert not bought[0].any()
    assert not sold[0].any()
    assert bought.sum() > 0
    data = report_data(run)
    statement = data.market.statements[0]
    assert "does not take part" in statement.sentences[0]
    assert statement.paid == pytest.approx(day.plans["2"][0].costs.bill, abs=0.01)
    assert np.array_equal(local_prices(day, "2").buying_per_kwh[0], day.tariffs[0].import_price_per_kwh)
    assert any(first.id in warning for warning in run.warnings)
    assert summary_of(run)["settlement"]["homes_worse_off"] == 0
    write_settled(tmp_path, run)
    header = (tmp_path / "coefficients.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.id in header
