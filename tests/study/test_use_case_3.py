"""What a user sees of use case 3: summary, settlement, report and words say what was planned, ordered and paid."""

import json
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest

from mas2tering.coordination.emergency import Emergency
from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.shedding import Infeasible, LeastShed
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.files import read_plans
from mas2tering.grid import PowerFlow, congestions
from mas2tering.home.respond.emergency import Shed
from mas2tering.study.congestion import congestion_figures, congestion_sentences, prices_of
from mas2tering.study.connected import connected
from mas2tering.study.figures import savings
from mas2tering.study.grid_figures import grid_figures_of
from mas2tering.study.minimal import minimal_community, minimal_network
from mas2tering.study.report.balance import balance_of
from mas2tering.study.report.data import report_data
from mas2tering.study.report.page import embedded
from mas2tering.study.results import RunResult, traded_kwh
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.settled import write_settled
from mas2tering.study.summary import summary_of

DAY = date(2013, 4, 17)


@cache
def _run(days=1, rating_kva=16.0):
    made, network = minimal_community(DAY), minimal_network()
    network = replace(network, transformer=replace(network.transformer, rating_kva=rating_kva))
    options = RunOptions(DAY, days, 60, ("none", "rule", "1", "2", "3"), network=network)
    return run_community(made.community, made.profiles, options)


@cache
def _data(days=1):
    return report_data(_run(days))


def _in_an_emergency() -> RunResult:
    """The same day, had its plans not been enough."""
    day = _run().days[0]
    flow = day.grid.relief.before
    row = LoadLimits(np.array([3]), np.ones((1, 2)), np.array([2.0]), 1.0, ("transformer pole, phase A",))
    grid = replace(
        day.grid,
        regime="orange",
        relief=replace(day.grid.relief, after=flow),
        emergency=Emergency(
            day.grid.emergency,
            day.grid.relief,
            Infeasible(1.25, (1.0,), row),
            (
                Shed("north", "ev", "ev", "load", 6.5),
                Shed("south", "ev", "ev", "load", 0.5),
                Shed("south", "pv", "pv", "generation", 0.8),
            ),
            LeastShed(5.6, (1.0,), row),
            Infeasible(0.75, (1.0,), row),
        ),
    )
    return replace(_run(), days=(replace(day, grid=grid),))


NETWORK_NAMES = {
    "losses_kwh", "cable_losses_kwh", "transformer_losses_kwh", "transformer_loading_max", "cable_loading_max", "voltage_min_pu",
    "voltage_max_pu", "voltage_unbalance_max", "customers_outside_limits", "limit_violations",
}  # fmt: skip


@pytest.mark.parametrize("days", [1, 2])
def test_the_summary_has_the_network_of_every_use_case(days):
    run = _run(days)
    summary = json.loads(json.dumps(summary_of(run)))
    cases = summary["use_cases"]
    assert all(set(case) >= NETWORK_NAMES for case in cases.values())
    assert cases["3"]["limit_violations"] == 0 < cases["2"]["limit_violations"]
    assert cases["3"]["dso_payment"] > 0
    assert set(summary["certificate"]) == {"1", "2", "3"}
    certificate = summary["certificate"]["3"]
    # What the operator pays is not the members' to save.
    assert certificate["cost"] == pytest.approx(cases["3"]["cost"] + cases["3"]["dso_payment"], abs=1e-6)
    assert certificate["lower_bound"] <= certificate["cost"] + 1e-9
    assert "homes, of the network" in summary["privacy"]
    assert not any("absent" in warning for warning in summary["warnings"])
    flows = [day.flows["3"] for day in run.days]
    assert cases["3"]["voltage_min_pu"] == min(flow.voltage_pu.min() for flow in flows)
    assert cases["3"]["losses_kwh"] == pytest.approx(sum(sum(flow.losses_kwh(1.0)) for flow in flows))


@pytest.mark.parametrize("days", [1, 2])
def test_the_operator_s_payment_is_the_same_wherever_it_stands(days, tmp_path):
    run = _run(days)
    summary, shown = summary_of(run), _data(days).grid.congestion
    write_settled(tmp_path, run)
    settled = json.loads((tmp_path / "settlement.json").read_text(encoding="utf-8"))["use_case_3"]
    paid = summary["settlement"]["dso_payment"]
    assert paid > 0
    assert sum(float(day["payments"]["total"]) for day in settled) == pytest.approx(paid)
    assert sum(order.paid for order in shown.orders) == pytest.approx(paid)
    assert summary["settlement"]["homes_worse_off"] == 0
    assert summary["settlement"]["ledger_imbalance_cents"] == 0
    assert summary["settlement"]["homes_paid"] == sum(order.paid > 0 for order in shown.orders)
    assert [order.paid for order in shown.orders] == sorted((o.paid for o in shown.orders), reverse=True)
    assert f"pays {paid:,.2f} EUR" in " ".join(shown.sentences)
    assert _data(days).figures["3"]["dso_payment"] == pytest.approx(paid, abs=0.01 * len(settled))


def test_what_a_run_leaves_can_be_put_through_the_power_flow_again(tmp_path):
    """The plans in the folder are those that are carried out, not those of use case 2."""
    run = _run()
    write_settled(tmp_path, run)
    network = run.days[0].flows["3"].network
    read = read_plans(tmp_path, [customer.id for customer in network.customers])
    here = connected(run.community, network, run.days[0].axis.steps)
    assert read.load_kw == pytest.approx(here.load_kw([run.days[0].plans["3"]]), abs=1e-9)
    assert not congestions(PowerFlow(network).day(read.load_kw))


@pytest.mark.parametrize("days", [1, 2])
def test_a_home_s_saving_and_statement_add_up(days):
    run, data = _run(days), _data(days)
    for k, (home, saved) in enumerate(zip(data.homes, savings(run, "3"), strict=True)):
        parts = [device.saves for device in home.devices] + list(home.rest.values())
        assert sum(parts) == pytest.approx(saved, abs=1e-3)
        statement = data.market.statements[k]
        paid = [row.paid[k] for row in (day.grid.settled for day in run.days)]
        assert statement.paid == pytest.approx(float(sum(paid)))
        assert sum(money for _, _, money in statement.lines) == pytest.approx(statement.paid, abs=1e-9)
        order = next(own for own in data.grid.congestion.orders if own.home == k)
        dearer = sum(ordered - bound for _, bound, ordered in statement.ordered)
        assert dearer == pytest.approx(order.ordered - order.bound, abs=1e-3)


def test_trades_of_use_case_3_stand_apart_from_the_grid():
    run = _run()
    bought, sold = traded_kwh(run.days[0], "3")
    assert bought.sum() == pytest.approx(sold.sum())
    assert bought.sum() > 0
    balance = balance_of(run, "3")
    assert balance.sources_kw["neighbours"].sum() == pytest.approx(bought.sum())
    assert sum(balance.sources_kw.values()) == pytest.approx(sum(balance.uses_kw.values()), abs=1e-9)
    assert _data().traded.bought_kwh == pytest.approx(bought.sum(axis=1), abs=0.01)


def test_the_report_shows_feeders_loading_and_rounds():
    run, grid = _run(), _data().grid
    (feeder,) = grid.feeders
    assert feeder.metres == [80.0, 95.0]
    assert [run.community.homes[k].id for k in feeder.homes] == ["north", "south"]
    assert grid.cases == ("2", "3")
    assert set(grid.loading) == set(run.use_cases)
    relief = run.days[0].grid.relief
    assert grid.congestion.broken[0] == len(congestions(relief.before))
    assert grid.congestion.broken[-1] == 0
    assert sum(many["2"] for many in grid.broken.values()) == grid.congestion.broken[0]
    steps = np.bincount([own.step for own in congestions(relief.before)], minlength=24)
    assert steps[grid.worst_step] == steps.max()
    assert json.loads(embedded(_data()))["grid"]["feeders"][0]["name"] == "line"


def test_prices_of_limits_are_those_that_were_agreed_on():
    day = _run().days[0]
    least, most = prices_of(day)
    assert (least <= most).all()
    assert most.max() > 0.01
    assert congestion_figures(_run()).price_max_per_kwh == most.max()


def test_an_emergency_is_said_with_its_proof_and_what_is_left_out():
    run = _in_an_emergency()
    found = congestion_figures(run)
    words = " ".join(congestion_sentences(found, 2, "EUR"))
    assert "orange" in words
    assert "exceed the limits by 1.25 kWh at least" in words
    assert (
        "generation curtailed by 0.8 kWh (south pv 0.8 kWh); loads left to another day 7.0 kWh (north ev 6.5 kWh, "
        in words
    )
    assert "At least 5.6 kWh of loads and comfort are proven to be needed: 1.25 times that is shed." in words
    assert (
        "whatever is shed, transformer pole, phase A stay beyond their limits, by 0.75 kWh at least" in words
    )
    assert found.broken_after == found.broken_before > 0
    summary = summary_of(run)["grid"]
    assert (summary["regime"], summary["least_excess_kwh"]) == ("orange", 1.25)
    assert summary["shed"][0] == {"home": "north", "device": "ev", "kind": "ev", "tier": "load", "kwh": 6.5}
    assert (summary["shed_kwh"], summary["least_shed_kwh"], summary["curtailed_kwh"]) == (7.0, 5.6, 0.8)
    assert (summary["remainder_kwh"], summary["out_of_reach"]) == (0.75, ["transformer pole, phase A"])
    assert any("orange" in warning and "7.0 kWh" in warning for warning in summary_of(run)["warnings"])
    data = report_data(run)
    assert data.grid.congestion.shed[0] == ("north", "ev", "load", 6.5)
    assert "no room" in data.readings["relaxed"]
    assert "Every wish" not in data.readings["relaxed"]


def test_a_real_emergency_is_settled_and_shown(monkeypatch, tmp_path):
    """A transformer that the evening's base load fills, under contracts that leave the cars to be called."""
    monkeypatch.setattr("mas2tering.study.agreed_days.market_budget", lambda _: MarketBudget(rounds=25))
    made, network = minimal_community(DAY), minimal_network()
    small = replace(network.transformer, rating_kva=8.0, load_loss_kw=0.08, impedance=0.02)
    options = RunOptions(DAY, 1, 60, ("1", "2", "3"), network=replace(network, transformer=small))
    run = run_community(made.community, made.profiles, options)
    found = congestion_figures(run)
    assert found.worst_regime == "orange"
    assert found.least_excess_kwh > 0
    assert {own.device for own in found.shed} == {"ev"}
    assert found.homes_worse_off_at_public_tariffs == 0
    assert found.dso_payment == run.days[0].grid.settled.payments.total > 1
    data = report_data(run)
    assert len(data.grid.congestion.broken) == len(run.days[0].grid.relief.rounds) + 1
    assert json.loads(embedded(data))["grid"]["congestion"]["shed"]
    assert write_settled(tmp_path, run)


def test_where_nothing_is_congested_the_plans_of_use_case_2_stand(tmp_path):
    run = _run(rating_kva=1000.0)
    summary, data = summary_of(run), report_data(run)
    assert summary["grid"]["regime"] == "green"
    assert run.days[0].plans["3"] is run.days[0].plans["2"]
    assert summary["settlement"]["dso_payment"] == 0
    assert summary["use_cases"]["3"]["local_trade_kwh"] == summary["use_cases"]["2"]["local_trade_kwh"] > 0
    assert "break no limit, and stand" in " ".join(data.grid.congestion.sentences)
    assert data.grid.congestion.orders == ()
    write_settled(tmp_path, run)
    document = json.loads((tmp_path / "settlement.json").read_text(encoding="utf-8"))
    assert document["use_case_3"] == document["days"]


def test_without_a_network_its_figures_are_absent_and_the_summary_says_why():
    run = _run()
    day = replace(run.days[0], flows={}, grid=None, market=None, plans={"none": run.days[0].plans["none"]})
    bare = replace(run, days=(day,))
    assert grid_figures_of(bare, "none") is None
    summary = summary_of(bare)
    assert "grid" not in summary
    assert not NETWORK_NAMES & set(summary["use_cases"]["none"])
    assert any("names no network" in warning for warning in summary["warnings"])
    assert report_data(bare).grid is None
