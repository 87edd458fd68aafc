"""A home under its contract: nothing else moves, what it does alone is feasible in it and costs the same, and it answers
prices within it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import AXIS, PRICES, compiled, linear, random_homes, random_tariffs, some_devices
from small_homes import battery, load, model

from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.answer import HomeBatch
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.respond import UnderContract, within

WINDOWS = st.sampled_from(
    [
        (),
        (ClockWindow(begin="17:00", end="21:00"),),
        (ClockWindow(begin="22:00", end="07:00 next day"),),
        (ClockWindow(begin="08:30", end="12:00"), ClockWindow(begin="18:00", end="23:00")),
        (ClockWindow(begin="10:00", end="10:20"),),
    ]
)


@st.composite
def contracts(draw, home) -> AggregationContract:
    """A contract about some of a home's devices, or all, in some hours, or any."""
    names = sorted({device.id for device in home.devices})
    assets = tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True)))
    return AggregationContract(aggregator="a", assets=assets, hours=draw(WINDOWS))


@st.composite
def cases(draw, fuse_kw: float = 1000.0):
    """A home, what it does alone, and its contract."""
    home = draw(random_homes(*draw(some_devices()), fuse_kw=fuse_kw))
    found = compiled(home, draw(random_tariffs()))
    plan, decision = best_decision(found, Budget(gap=1e-2))
    return found, plan, UnderContract(draw(contracts(home)), decision)


@settings(max_examples=30)
@given(case=cases())
def test_what_a_home_does_alone_is_feasible_under_its_contract_and_costs_the_same(case):
    found, plan, under = case
    contracted = within(found, under)
    restated = plan_of(contracted.model, contracted.alone, plan.method)
    kinds = {breach.kind for breach in breaches(found, under.alone)}
    assert {breach.kind for breach in breaches(contracted.model, contracted.alone)} <= kinds
    assert restated.net_kw == pytest.approx(plan.net_kw, abs=1e-9)
    assert restated.costs.cost == pytest.approx(plan.costs.cost, abs=1e-9)
    assert not contract_breaches(under.contract, plan, restated)
    same = {device.device: device for device in restated.devices}
    assert set(same) == {device.device for device in plan.devices}
    for device in plan.devices:
        assert same[device.device].power_kw == pytest.approx(device.power_kw, abs=1e-9)
        assert same[device.device].starts == device.starts
        if device.content is not None:
            assert same[device.device].content == pytest.approx(device.content, abs=1e-9, nan_ok=True)


@settings(max_examples=30)
@given(case=cases(), price=PRICES)
def test_an_answer_deviates_only_where_the_contract_allows_and_is_no_dearer_than_standing_still(case, price):
    """Whatever the price: devices are looked at one by one, by the power that the plan shows."""
    found, plan, under = case
    contracted = within(replace(found, tariff=linear(price)), under)
    batch = HomeBatch([contracted.model])
    cost = batch.answer(price).cost[0]
    answer = plan_of(contracted.model, batch.decision(0), "optimal")
    assert not breaches(contracted.model, batch.decision(0))
    allowed = under.contract.allowed(AXIS)
    own = {device.device: device for device in plan.devices}
    for device in answer.devices:
        before = own[device.device]
        moved = np.abs(device.power_kw - before.power_kw) > 1e-6
        if not under.contract.covers(device.device):
            assert not moved.any()
        elif device.kind != "programme":
            assert not (moved & ~allowed).any()
        elif device.starts != before.starts and len(device.starts) == len(before.starts) == 1:
            assert not ((device.power_kw > 0) & ~allowed).any()
    assert not contract_breaches(under.contract, plan, answer)
    standing = plan_of(contracted.model, contracted.alone, "optimal").costs.cost
    assert cost <= standing + 1e-6


EVENING = (ClockWindow(begin="17:00", end="21:00"),)


def under(found, *assets: str, hours=EVENING):
    plan, decision = best_decision(found)
    return plan, within(
        found, UnderContract(AggregationContract(aggregator="a", assets=assets, hours=hours), decision)
    )


def test_a_contract_that_limits_nothing_leaves_the_home_as_it_is():
    found = model(load(0.5), battery())
    _, contracted = under(found, hours=())
    assert contracted.model is found


def test_a_step_that_the_hours_cover_in_part_is_not_allowed():
    contract = AggregationContract(aggregator="a", hours=(ClockWindow(begin="10:00", end="10:20"),))
    assert not contract.allowed(AXIS).any()
    quarter = AggregationContract(aggregator="a", hours=(ClockWindow(begin="09:30", end="11:20"),))
    assert [AXIS.label(int(t)) for t in np.flatnonzero(quarter.allowed(AXIS))] == ["10:00"]


def test_hours_of_the_night_hold_on_both_sides_of_the_day():
    contract = AggregationContract(aggregator="a", hours=(ClockWindow(begin="22:00", end="08:00 next day"),))
    allowed = contract.allowed(AXIS)
    assert [bool(allowed[t]) for t in (0, 1, 2, 15, 16, 23)] == [True, True, False, False, True, True]
