"""Contracts bind both carriages: arrays and messages obey them, and end in the same bits; calls, leaving, fees."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from carriage import carry
from golden_homes import load_golden
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.community.aggregator import Aggregator, Subject
from mas2tering.community.calls import Calls
from mas2tering.community.turns import Budget, is_one_price
from mas2tering.coordination import market_day as day
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.negotiation import HoldToContract, Refuse
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.optimise import best_decision
from mas2tering.home.respond import UnderContract
from mas2tering.home.respond.member import Member
from mas2tering.settlement.ledger import AccountKind

CHARGES = {
    "one_tariff_20_hard": LocalCharges(),
    "suppliers_20": LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01),
}
NAMES = tuple(CHARGES)
GAP = 2e-3
EVENING = (ClockWindow(begin="15:00", end="23:30"),)
MORNING = (ClockWindow(begin="06:00", end="16:00"),)


def homes(name: str, count: int = 5):
    models = [replace(model, home=f"home_{k}") for k, model in enumerate(load_golden(name)[0][:count])]
    return models, [best_decision(model) for model in models], CHARGES[name]


def some_contracts(models) -> list[AggregationContract | None]:
    """Some hours, everything, one sort of device, other hours and no right to leave."""
    kinds = [
        AggregationContract(aggregator="a", hours=EVENING),
        None,
        AggregationContract(aggregator="a", assets=("ev", "pv")),
        AggregationContract(aggregator="a", assets=("heat_pump",), hours=MORNING, override=False),
        AggregationContract(aggregator="a", hours=MORNING),
    ]
    return [kinds[k % len(kinds)] for k in range(len(models))]


def bound(contracts, alone) -> list[UnderContract | None]:
    return [
        None if contract is None else UnderContract(contract, decision)
        for contract, (_, decision) in zip(contracts, alone, strict=True)
    ]


def table(models, alone, charges, contracts, calls=None):
    classes = Classes.of(models)
    wanted = GAP * abs(sum(plan.costs.cost for plan, _ in alone))
    subject = Subject(classes.row_prices, charges, Budget(wanted, 200), 0, most_kw=50.0, step_hours=0.25)
    one_price = is_one_price(classes.suppliers, charges)
    members = {
        m.home: Member(
            m.home,
            m,
            plan,
            charges,
            place=k,
            one_price=one_price,
            is_merged=bool(classes.is_merged[k]),
            under=under,
        )
        for k, (m, (plan, _), under) in enumerate(zip(models, alone, bound(contracts, alone), strict=True))
    }
    class_of = {m.home: int(c) for m, c in zip(models, classes.row_of_home, strict=True)}
    named = {m.home: c for m, c in zip(models, contracts, strict=True) if c is not None}
    return Aggregator("day", class_of, subject, contracts=named, calls=calls), members


@pytest.mark.parametrize("name", NAMES)
def test_both_carriages_obey_contracts_and_end_in_the_same_bits(name):
    models, alone, charges = homes(name, 12)
    contracts = some_contracts(models)
    plans = [plan for plan, _ in alone]
    together = agree(models, plans, charges, MarketBudget(gap=GAP), contracts=bound(contracts, alone))
    aggregator, members = table(models, alone, charges, contracts)
    carry(aggregator, members, 1)
    moved = 0
    for plan, own, contract, member in zip(together.plans, plans, contracts, members.values(), strict=True):
        assert member.is_bound
        assert np.array_equal(member.plan.net_kw, plan.net_kw)
        if contract is not None:
            assert not contract_breaches(contract, own, plan)
            moved += bool(np.abs(plan.net_kw - own.net_kw).max() > 0.1)
    assert moved, "contracts that leave nothing to do prove nothing"
    assert together.cost <= sum(plan.costs.cost for plan in plans) + 1e-9


def test_without_contracts_some_plan_would_break_them():
    """The same homes, free: what the test above looks for does happen."""
    models, alone, charges = homes("one_tariff_20_hard", 12)
    plans = [plan for plan, _ in alone]
    free = agree(models, plans, charges, MarketBudget(gap=GAP))
    broken = [
        breach
        for plan, own, contract in zip(free.plans, plans, some_contracts(models), strict=True)
        if contract is not None
        for breach in contract_breaches(contract, own, plan)
    ]
    assert {breach.clause for breach in broken} == {"assets", "hours"}


def test_one_that_may_not_be_called_is_left_out_with_the_clause():
    models, alone, charges = homes("one_tariff_20_hard")
    contracts = [None, AggregationContract(aggregator="a", calls_per_day=0), *[None] * (len(models) - 2)]
    aggregator, members = table(models, alone, charges, contracts)
    carry(aggregator, members, 1)
    clause = "calls_per_day: this would be call 1 of the day; the contract allows none"
    assert aggregator.left_out == {"home_1": clause}
    assert not members["home_1"].is_bound
    assert members["home_1"].plan is alone[1][0]
    assert aggregator.calls.made == {m.home: 1 for m in models if m.home != "home_1"}


def test_a_second_agreement_is_a_second_call():
    models, alone, charges = homes("one_tariff_20_hard")
    contracts = [AggregationContract(aggregator="a", calls_per_day=1 + k % 2) for k in range(len(models))]
    first, members = table(models, alone, charges, contracts)
    assert first.calls.made == {}
    carry(first, members, 1)
    second, _ = table(models, alone, charges, contracts, calls=first.calls)
    assert set(second.left_out) == {"home_0", "home_2", "home_4"}


def test_who_may_override_leaves_and_who_may_not_is_told_the_clause_and_bound():
    models, alone, charges = homes("one_tariff_20_hard")
    held = AggregationContract(aggregator="a", override=False)
    contracts = [AggregationContract(aggregator="a"), held, *[None] * (len(models) - 2)]
    aggregator, members = table(models, alone, charges, contracts)
    aggregator.start()
    aggregator.receive(Refuse("day", "home_0", "guests tonight"))
    (answer,) = aggregator.receive(Refuse("day", "home_1", "guests tonight"))
    assert aggregator.left_out == {"home_0": "left: guests tonight"}
    assert answer.receivers == ("home_1",)
    assert answer.message == HoldToContract(
        "day",
        "override: home_1 would leave the agreement (guests tonight); the contract allows no leaving",
    )
    assert members["home_1"].receive(answer.message) is None
    carry(aggregator, members, 1)
    assert members["home_1"].is_bound
    assert members["home_1"].held_to == answer.message.clause
    assert not members["home_0"].is_bound


def settled_day(models, alone, charges, contracts, calls=None):
    return day.market_day(
        models,
        [plan for plan, _ in alone],
        ["Sun"] * len(models),
        charges,
        "EUR",
        MarketBudget(gap=GAP),
        contracts=bound(contracts, alone),
        calls=calls,
    )


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=3)
@given(fees=st.lists(st.sampled_from([0.0, 0.001, 0.05, 3.0]), min_size=5, max_size=5))
def test_a_day_bills_fees_up_to_the_gain_and_closes_to_the_cent(name, fees):
    models, alone, charges = homes(name)
    contracts = [
        AggregationContract(aggregator="a", fee_per_day=fee, calls_per_day=int(k != 4))
        for k, fee in enumerate(fees)
    ]
    found = settled_day(models, alone, charges, contracts)
    assert found.members == (0, 1, 2, 3)
    assert list(found.left_out) == ["home_4"]
    assert found.plans[4] is alone[4][0]
    assert found.settlement.worthwhile
    assert found.settlement.ledger.imbalance == 0
    assert found.settlement.worse_off == 0
    taken = sum(
        (
            balance
            for (account, _), balance in found.settlement.ledger.balances().items()
            if account.kind is AccountKind.AGGREGATOR
        ),
        Decimal(0),
    )
    assert taken == sum(found.settlement.fees)
    for k, (plan, (own, _)) in enumerate(zip(found.plans, alone, strict=True)):
        assert plan.costs.cost <= own.costs.cost + 1e-9
        if k < 4:
            gain = float(found.settlement.sharing.gain[k])
            assert float(found.settlement.fees[k]) <= min(fees[k], gain) + 0.005
            assert plan.costs.cost == pytest.approx(own.costs.cost - gain + float(found.settlement.fees[k]))


def test_a_plan_that_breaks_a_contract_is_refused_and_the_others_agree_again(monkeypatch):
    """As if homes were not restricted: the second look at the plans knows nothing of how they were made."""
    models, alone, charges = homes("one_tariff_20_hard", 12)
    contracts = some_contracts(models)
    monkeypatch.setattr(day, "agree", lambda *given, contracts, requested: agree(*given))  # noqa: PLW0108
    found = settled_day(models, alone, charges, contracts)
    assert found.left_out
    assert all(reason.startswith(("hours: the ", "assets: the ")) for reason in found.left_out.values())
    for k, (plan, (own, _), contract) in enumerate(zip(found.plans, alone, contracts, strict=True)):
        if models[k].home in found.left_out:
            assert plan is own
        if contract is not None:
            assert not contract_breaches(contract, own, plan)


def test_where_nobody_may_be_called_there_is_no_market():
    models, alone, charges = homes("one_tariff_20_hard", 2)
    contracts = [AggregationContract(aggregator="a", calls_per_day=1)] * 2
    used = Calls({m.home: 1 for m in models}, {m.home: 1 for m in models})
    with pytest.raises(ValueError, match="let nobody take part"):
        settled_day(models, alone, charges, contracts, calls=used)
