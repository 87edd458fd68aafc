"""The truths that hold in every scenario, on a generated and on a measured day that is congested: money, limits in the full power
flow, certificate, and that there is always a plan."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from payment_verifier import looked_at_day
from settlement_verifier import looked_at

from mas2tering.domain.network import (
    LOADING_TOLERANCE,
    UNBALANCE_TOLERANCE,
    VOLTAGE_TOLERANCE_PU,
    Network,
)
from mas2tering.grid import PowerFlow
from mas2tering.settlement import as_document
from mas2tering.settlement.flexibility import after_orders_document
from mas2tering.study.connected import connected
from mas2tering.study.generator import SCENARIOS, generate_community
from mas2tering.study.measured import london_on_real_network
from mas2tering.study.networks import network_of
from mas2tering.study.results import RunResult
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions

WINTER = date(2013, 1, 16)
WORSE_OFF = 0.001


def lived(generated, network) -> RunResult:
    options = RunOptions(WINTER, use_cases=("none", "1", "2", "3"), seed=1, network=network)
    return run_community(generated.community, generated.profiles, options)


def behind(rating_kva: float) -> Network:
    """The generated network behind a transformer of a rating of its own."""
    network = network_of("cardiff")
    return replace(
        network,
        transformer=replace(network.transformer, rating_kva=rating_kva, load_loss_kw=0.01 * rating_kva),
    )


@pytest.fixture(scope="module")
def generated_day():
    """Forty homes of a mature market behind a transformer that is too small for what the market makes them do at once."""
    made = generate_community("cardiff", 40, SCENARIOS["S6"], 1, WINTER)
    return lived(made, behind(100.0))


@pytest.fixture(scope="module")
def measured_day(shared_data):
    return lived(london_on_real_network(SCENARIOS["S5"], 1, WINTER, 1), network_of("enwl:22", 400.0))


@pytest.fixture(params=["generated_day", "measured_day"])
def run(request) -> RunResult:
    return request.getfixturevalue(request.param)


def test_nobody_pays_more_for_it(run):
    day = run.days[0]
    alone, market, grid = day.plans["1"], day.plans["2"], day.grid
    for one, two in zip(alone, market, strict=True):
        assert two.costs.cost <= one.costs.cost + WORSE_OFF
    for row in grid.settled.payments.rows:
        assert row.cost_after <= row.loss.bound.cost + WORSE_OFF
        assert row.due <= row.loss.amount
    assert grid.settled.payments.worse_off == 0


def test_money_and_trades_are_right_by_an_independent_look(run):
    day = run.days[0]
    assert looked_at(json.loads(json.dumps(as_document(day.market.settlement)))) == []
    assert looked_at_day(json.loads(json.dumps(after_orders_document(day.grid.settled)))) == []


def test_the_certificate_says_how_good_it_is_and_plans_cost_no_less_than_its_bound(run):
    day = run.days[0]
    agreement, scale = day.grid.agreement, abs(sum(plan.costs.cost for plan in day.plans["1"]))
    assert 0.0 <= agreement.gap <= 2e-3 * scale
    assert agreement.cost_under_the_rule >= agreement.lower_bound - 1e-4


def test_limits_hold_in_the_full_power_flow_where_they_did_not_before(run):
    """Recomputed here from the published plans, element by element."""
    day = run.days[0]
    network = day.grid.relief.after.network
    here = connected(run.community, network, day.axis.steps)
    flow, limits = PowerFlow(network), network.voltage_limits

    def kept(use_case: str) -> bool:
        found = flow.day(here.load_kw([day.plans[use_case]]))
        voltage, loading = found.voltage_pu, found.transformer_loading
        return bool(
            voltage.min() >= limits.low_pu - VOLTAGE_TOLERANCE_PU
            and voltage.max() <= limits.high_pu + VOLTAGE_TOLERANCE_PU
            and found.voltage_unbalance.max() <= limits.unbalance + UNBALANCE_TOLERANCE
            and loading.max() <= 1.0 + LOADING_TOLERANCE
            and found.cable_loading.max(initial=0.0) <= 1.0 + LOADING_TOLERANCE
        )

    assert not kept("2")
    assert kept("3")
    assert day.grid.regime == "yellow"


def test_there_is_a_plan_for_every_home_and_it_does_the_same_services(run):
    day = run.days[0]
    for before, after in zip(day.plans["2"], day.plans["3"], strict=True):
        assert before.home == after.home
        assert np.isfinite(after.net_kw).all()
        programmes = [
            {device.device: len(device.starts) for device in plan.devices if device.kind == "programme"}
            for plan in (before, after)
        ]
        assert programmes[0] == programmes[1]


def test_seeds_give_the_same_to_the_bit(generated_day):
    made = generate_community("cardiff", 40, SCENARIOS["S6"], 1, WINTER)
    again = lived(made, behind(100.0))
    for first, second in zip(generated_day.days[0].plans["3"], again.days[0].plans["3"], strict=True):
        assert np.array_equal(first.net_kw, second.net_kw)
        assert first.costs == second.costs
