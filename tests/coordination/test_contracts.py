"""Contracts bind both carriages: arrays and messages obey them, and end in the same bits; calls, leaving, fees."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from carriage import carry
from golden_homes import load_golden
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from negotiating_table import table as seated

from mas2tering.community.calls import Calls
from mas2tering.coordination import market_day as day
from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.negotiation import HoldToContract, Refuse
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.optimise import best_decision
from mas2tering.home.respond import UnderContract
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
    """Aggregator, boxes by name, and the homes in them."""
    plans = [plan for plan, _ in alone]
    made = seated(models, plans, charges, contracts=bound(contracts, alone), calls=calls)
    return made.aggregator, made.boxes, made.homes


@pytest.mark.parametrize("name", NAMES)
def test_both_carriages_obey_contracts_and_end_in_the_same_bits(name):
    models, alone, charges = homes(name, 12)
    contracts = some_contracts(models)
    plans = [plan for plan, _ in alone]
    together = agree(models, plans, charges, MarketBudget(gap=GAP), contracts=bound(contracts, alone))
    aggregator, boxes, members = table(models, alone, charges, contracts)
    carry(aggregator, boxes, 1)
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
    models, alone, charges = homes("one_tariff_20_hard", 6)
    contracts = [None, AggregationContract(aggregator="a", calls_per_day=0), *[None] * (len(models) - 2)]
    aggregator, boxes, members = table(models, alone, charges, contracts)
    carry(aggregator, boxes, 1)
    clause = "calls_per_day: this would be call 1 of the day; the contract allows none"
    assert aggregator.left_out == {"home_1": clause}
    assert not members["home_1"].is_bound
    assert members["home_1"].plan is alone[1][0]
    assert aggregator.calls.made == {m.home: 1 for m in models if m.home != "home_1"}


def test_a_second_agreement_is_a_second_call():
    models, alone, charges = homes("one_tariff_20_hard")
    contracts = [AggregationContract(aggregator="a", calls_per_day=1 + k % 2) for k in range(len(models))]
    first, boxes, _ = table(models, alone, charges, contracts)
    assert first.calls.made == {}
    carry(first, boxes, 1)
    second, *_ = table(models, alone, charges, contracts, calls=first.calls)
    refused = {name for name, reason in second.left_out.items() if reason.startswith("calls_per_day")}
    assert refused == {"home_0", "home_2", "home_4"}
    # Two are no sum that hides anybody: they are not asked either.
    assert set(second.left_out) - refused == {"home_1", "home_3"}


def test_who_may_override_leaves_and_who_may_not_is_told_the_clause_and_bound():
    models, alone, charges = homes("one_tariff_20_hard", 6)
    held = AggregationContract(aggregator="a", override=False)
    contracts = [AggregationContract(aggregator="a"), held, *[None] * (len(models) - 2)]
    aggregator, boxes, members = table(models, alone, charges, contracts)
    aggregator.start()
    aggregator.receive(Refuse("day", "home_0", "guests tonight"))
    (answer,) = aggregator.receive(Refuse("day", "home_1", "guests tonight"))
    assert aggregator.left_out == {"home_0": "left: guests tonight"}
    assert answer.receivers == ("home_1",)
    assert answer.message == HoldToContract(
        "day",
        "override: home_1 would leave the agreement (guests tonight); the contract allows no leaving",
    )
    assert boxes["home_1"].receive(answer.message) is None
    carry(aggregator, boxes, 1)
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


CONTRACTS = st.builds(
    AggregationContract,
    aggregator=st.just("a"),
    hours=st.sampled_from([(), EVENING, MORNING]),
    assets=st.sampled_from([(), ("programme",), ("ev", "pv"), ("battery", "heat_pump")]),
)


@settings(max_examples=6, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    before=st.lists(st.none() | CONTRACTS, min_size=6, max_size=6),
    after=st.lists(st.none() | CONTRACTS, min_size=6, max_size=6),
    share=st.sampled_from([0.95, 1.05, 0.5]),
)
def test_a_day_planned_again_keeps_what_stands_and_every_contract(before, after, share):
    """Contracts bind homes to plans of use case 1 that are new, too: what they may choose from is another list of starts."""
    models, alone, charges = homes("one_tariff_20_hard", 6)
    first = agree(
        models,
        [plan for plan, _ in alone],
        charges,
        MarketBudget(GAP, rounds=15),
        contracts=bound(before, alone),
    )
    changed = [
        replace(m, generation=tuple(replace(g, available_kw=share * g.available_kw) for g in m.generation))
        for m in models
    ]
    now = [best_decision(model) for model in changed]
    own = [plan for plan, _ in now]
    budget = MarketBudget(GAP, rounds=15)
    again = agree(changed, own, charges, budget, standing=first.standing, contracts=bound(after, now))
    says = " ".join(again.notes)
    for model, stood, plan, alone_now, contract in zip(
        models, first.plans, again.plans, own, after, strict=True
    ):
        if contract is not None:
            assert not contract_breaches(contract, alone_now, plan)
        standing, by_itself = (
            {device.device: device.starts for device in found.devices} for found in (stood, alone_now)
        )
        for device in plan.devices:
            # What stands is kept; what a contract no longer lets move is as alone.
            assert device.starts in (standing[device.device], by_itself[device.device])
            assert device.starts == standing[device.device] or plan is alone_now or contract is not None
        assert f"{model.home} cannot keep" not in says or plan is alone_now
    assert again.lower_bound <= again.cost_under_the_rule + 1e-6
