"""A run in which a wholesale market aggregator asks: what is published of it is what was agreed on and settled."""

import json
from functools import cache
from pathlib import Path

import pytest
from settlement_verifier import looked_at

from mas2tering.files import read_community
from mas2tering.files.writing import community_text, write_community
from mas2tering.settlement.publish import as_document
from mas2tering.study.figures import figures_of, local_trade_kwh, savings
from mas2tering.study.report.data import report_data
from mas2tering.study.requests import request_figures
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.summary import summary_of

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "wholesale_buyer.toml"


@cache
def ran(*, with_requests: bool = True, days: int = 1, use_cases=("none", "1", "2")):
    loaded = read_community(EXAMPLE)
    community = loaded.community
    if not with_requests:
        community = community.model_copy(update={"flexibility_requests": ()})
    return run_community(
        community, loaded.profiles, RunOptions(community.first_day, days, 60, use_cases, seed=0)
    )


def test_the_summary_says_what_was_asked_delivered_paid_and_gained():
    run, without = ran(), ran(with_requests=False)
    said = summary_of(run)["flexibility_requests"]
    (buyer,) = said["buyers"]
    (market,) = (day.market for day in run.days)
    deliveries = market.settlement.deliveries.requests
    assert buyer["asked_kwh"] == pytest.approx(2 * 6.0 + 2 * 4.0)
    assert 5.0 < buyer["delivered_kwh"] <= buyer["asked_kwh"] + 1e-9
    assert buyer["paid"] == pytest.approx(sum(float(delivery.paid) for delivery in deliveries))
    assert said["members_gain"] == pytest.approx(savings(run, "2").sum() - savings(without, "2").sum())
    assert said["members_gain"] > 0.0
    assert said["not_met"] == []
    assert "flexibility_requests" not in summary_of(without)
    assert "buyer Northern Wholesale" in summary_of(run)["privacy"]
    assert looked_at(json.loads(json.dumps(as_document(market.settlement)))) == []


def test_what_the_buyer_gets_is_export_and_no_local_trade():
    run = ran()
    (market,) = (day.market for day in run.days)
    delivered = request_figures(run).buyers[0].delivered_kwh
    figures = figures_of(run, "2")
    fed_in = market.settlement.meters.fed_in_kwh.sum()
    to_suppliers = fed_in - market.settlement.trades.sold_kwh.sum() - delivered
    assert figures.export_kwh == pytest.approx(fed_in)
    assert local_trade_kwh(run, "2") == pytest.approx(market.settlement.trades.bought_kwh.sum())
    assert local_trade_kwh(run, "2") + delivered + to_suppliers == pytest.approx(figures.export_kwh)
    # The community's own meter sees it leave: what is used inside is what its net load leaves of the generation.
    assert figures.self_consumption_community < 1.0


def test_the_report_tells_it_and_its_parts_still_sum_to_the_saving():
    run = ran()
    data = report_data(run)
    assert "Northern Wholesale asks for" in data.market.readings["requests"]
    assert "leaves the community like any export" in data.market.readings["requests"]
    for home, saved in zip(data.homes, savings(run, "2"), strict=True):
        parts = [device.saves for device in home.devices] + list(home.rest.values())
        assert sum(parts) == pytest.approx(saved, abs=1e-3)
    told = [" ".join(statement.sentences) for statement in data.market.statements]
    assert any("to Northern Wholesale, outside the community" in words for words in told)


def test_days_without_a_request_and_runs_without_a_market_say_so():
    loaded = read_community(EXAMPLE)
    evening = loaded.community.flexibility_requests[:1]
    community = loaded.community.model_copy(update={"flexibility_requests": evening})
    day = loaded.community.first_day.replace(day=18)
    run = run_community(community, loaded.profiles, RunOptions(day, 1, 60, ("none", "1", "2"), seed=0))
    found = request_figures(run)
    assert found.not_met == ("2013-04-18: no request is for this day",)
    assert found.buyers[0].asked_kwh == 0.0
    alone = ran(use_cases=("none", "1"))
    assert any("flexibility_requests are met in the local market" in words for words in alone.warnings)
    assert request_figures(alone) is None


def test_requests_are_written_as_they_are_read(tmp_path):
    community = read_community(EXAMPLE).community
    write_community(tmp_path / "copy.toml", community, {})
    assert read_community(tmp_path / "copy.toml").community == community
    bare = community.model_copy(update={"flexibility_requests": ()})
    assert "flexibility_requests" not in community_text(bare)
