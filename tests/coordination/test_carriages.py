"""One algorithm, two carriages: message by message, over a network that loses, repeats and reorders, a community agrees on the
same plans and prices as all at once in arrays; and whoever falls silent is left out, while the others agree."""

import random
from dataclasses import replace

import numpy as np
import pytest
from carriage import carry
from golden_homes import load_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from negotiating_table import GAP
from negotiating_table import table as seated

from mas2tering.community.answers import AnswerForm
from mas2tering.community.secure_sum.fixed_point import Field
from mas2tering.coordination import members as members_room
from mas2tering.coordination.local_market import MarketBudget, Party, agree, agree_together
from mas2tering.coordination.masked_member import MaskedMember
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.negotiation import (
    UNIT_KWH,
    AnnounceKey,
    Commit,
    Confirm,
    InformLimits,
    Propose,
    ProposeMasked,
    Refuse,
    Unmask,
)
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond import member as member_room

CHARGES = {
    "one_tariff_5_hard": LocalCharges(),
    "one_tariff_20_hard": LocalCharges(),
    "suppliers_20": LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01),
}
NAMES = ("one_tariff_5_hard", "suppliers_20")
HOMES = 5
WAYS = {"masked": True, "plain": False}


def community(name: str, count: int = HOMES):
    models = [replace(model, home=f"home_{k}") for k, model in enumerate(load_golden(name)[0][:count])]
    return models, [best_plan(model) for model in models], CHARGES[name]


def tight_community(name: str, seed: int):
    """The first home cannot keep its fuse at all, the others' is hardly above what their plans alone draw."""
    models, alone, charges = community(name)
    luck = random.Random(seed)
    fuses_kw = [np.abs(plan.net_kw).max() * luck.uniform(1.001, 1.2) for plan in alone]
    fuses_kw[0] = 0.5 * models[0].fixed_kw.max()
    tight = [replace(model, fuse_kw=float(fuse_kw)) for model, fuse_kw in zip(models, fuses_kw, strict=True)]
    return tight, [best_plan(model) for model in tight], charges


def table(name: str, made=None, **options):
    """Aggregator, boxes by name, and the homes in them."""
    models, alone, charges = made or community(name)
    found = seated(models, alone, charges, **options)
    return found.aggregator, found.boxes, found.homes


@pytest.mark.parametrize("private", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_messages_in_any_order_end_in_the_same_plans_and_prices_as_arrays(name, private, seed):
    models, alone, charges = community(name)
    together = agree(models, alone, charges, MarketBudget(gap=GAP))
    aggregator, boxes, members = table(name, private=private, seed=seed)
    carry(aggregator, boxes, seed)
    assert not aggregator.left_out
    assert aggregator.course.turns.records == list(together.rounds)
    assert together.is_masked
    for name_, plan in zip(members, together.plans, strict=True):
        assert members[name_].is_bound
        assert np.array_equal(members[name_].plan.net_kw, plan.net_kw)
        assert members[name_].plan.costs == plan.costs
        assert np.abs(aggregator.bound_units[name_] * UNIT_KWH - 0.25 * plan.net_kw).max() <= UNIT_KWH


def some_limits(plans, share: float, dearest_per_kwh: float = 2.0) -> LoadLimits:
    """On what homes draw together at their three highest steps, and at their lowest on what they feed in; each home counts a
    little less than the one before."""
    net_kw = np.array([plan.net_kw for plan in plans])
    order = np.argsort(net_kw.sum(axis=0))
    step = np.array([*order[-3:], order[0]])
    weight = np.array([np.linspace(1.0, 0.7, len(plans)) * sign for sign in (1.0, 1.0, 1.0, -1.0)])
    now_kw = (weight * net_kw[:, step].T).sum(axis=1)
    most_kw = np.where(now_kw > 0.0, share * now_kw, now_kw + 0.2)
    return LoadLimits(step, weight, most_kw, dearest_per_kwh, ("a cable",) * 4)


def are_the_same(aggregator, homes, agreement) -> bool:
    """To the bit: plans, rounds, and what stands."""
    return aggregator.course.turns.records == list(agreement.rounds) and all(
        np.array_equal(home.plan.net_kw, plan.net_kw)
        and str(home.standing) == str(agreement.standing.of_home(k))
        for k, (home, plan) in enumerate(zip(homes.values(), agreement.plans, strict=True))
    )


@pytest.mark.parametrize("private", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_limits_and_what_stands_are_carried_alike(name, private):
    """Three negotiations on one day: without limits, within some from what stands, and within more of them."""
    models, alone, charges = made = community(name)
    budget = MarketBudget(gap=GAP, rounds=60)
    first = agree(models, alone, charges, budget)
    aggregator, _, homes = talked(name, made, private)
    assert are_the_same(aggregator, homes, first)

    limits = some_limits(first.plans, 0.8)
    party = Party(models, alone, charges, first.standing)
    within = agree_together([party], budget, limits=limits, anew=True)
    (second,) = within.agreements
    aggregator, boxes, homes = talked(
        name, made, private, limits=limits, standing=first.standing, settled=False
    )
    assert are_the_same(aggregator, homes, second)
    assert np.array_equal(aggregator.course.request.prices.limit_per_kwh, within.limit_price_per_kwh)
    net_kwh = 0.25 * np.array([plan.net_kw for plan in first.plans])
    before_kwh = np.maximum(limits.shares(net_kwh).sum(axis=0) - 0.25 * limits.most_kw, 0.0)
    assert within.excess_kwh.sum() < 0.5 * before_kwh.sum()
    if private:
        assert all(isinstance(box, MaskedMember) for box in boxes.values())

    more = limits + some_limits(second.plans, 0.9)
    third = agree(models, alone, charges, budget, standing=second.standing, limits=more)
    aggregator, _, homes = talked(name, made, private, limits=more, standing=second.standing)
    assert "agreeing" not in {record.stage for record in third.rounds}
    assert are_the_same(aggregator, homes, third)


def talked(name, made, private, **options):
    aggregator, boxes, homes = table(name, made, rounds=60, private=private, **options)
    carry(aggregator, boxes, 3)
    return aggregator, boxes, homes


def test_a_member_that_falls_silent_counts_in_the_limits_as_the_plan_to_which_it_is_bound():
    models, alone, charges = made = community("one_tariff_20_hard", 8)
    first = agree(models, alone, charges, MarketBudget(gap=GAP, rounds=60))
    limits = some_limits(first.plans, 0.85, dearest_per_kwh=20.0)
    options = {"rounds": 60, "limits": limits, "standing": first.standing, "settled": False}
    aggregator, boxes, homes = table("one_tariff_20_hard", made, **options)
    carry(aggregator, boxes, 1, silent=lambda name, count: name == "home_2" and count > 150)
    assert aggregator.left_out == {"home_2": "fell silent"}
    assert aggregator.counted_as == {"home_2": "the plan to which it is bound"}
    assert np.array_equal(homes["home_2"].plan.net_kw, first.plans[2].net_kw)
    assert all(home.is_bound for name, home in homes.items() if name != "home_2")
    net_kw = np.array([home.plan.net_kw for home in homes.values()])
    assert (limits.shares(net_kw).sum(axis=0) - limits.most_kw).max() < 4e-3


def test_a_member_is_told_its_own_weights_alone_and_answers_no_others():
    made = community("one_tariff_20_hard", 5)
    limits = some_limits(made[1], 0.9)
    aggregator, boxes, _ = table("one_tariff_20_hard", made, limits=limits)
    told = aggregator.start()
    assert [call.receivers for call in told] == [(f"home_{k}",) for k in range(5)]
    for k, call in enumerate(told):
        assert isinstance(call.message, InformLimits)
        assert np.array_equal(call.message.weight, limits.weight[:, k])
    refused = boxes["home_0"].receive(replace(told[0].message, weight=2.0 * limits.weight[:, 0]))
    assert isinstance(refused, Refuse)
    assert "beyond 1" in refused.reason


@pytest.mark.parametrize(("name", "price_per_kwh"), [("one_tariff_20_hard", 0.2), ("suppliers_20", 0.7)])
def test_a_buyer_outside_is_delivered_the_same_in_both(name, price_per_kwh):
    """At a price between what suppliers pay and ask, where net loads are all that is told; and at one above."""
    models, charges = load_golden(name)[0][:HOMES], CHARGES.get(name, LocalCharges())
    alone = [best_plan(model) for model in models]
    asked = np.zeros((1, models[0].axis.steps))
    asked[0, 16:40] = 0.8
    requested = Requested(("W",), asked, np.full(asked.shape, price_per_kwh))
    together = agree(models, alone, charges, MarketBudget(gap=GAP, rounds=40), requested=requested)
    aggregator, boxes, members = table(name, (models, alone, charges), rounds=40, requested=requested)
    carry(aggregator, boxes, 1)
    assert together.delivered_kwh.sum() > 0.1
    assert aggregator.course.turns.records == list(together.rounds)
    for member, plan in zip(members.values(), together.plans, strict=True):
        assert np.array_equal(member.plan.net_kw, plan.net_kw)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fuses_bind_alike_in_both_and_who_cannot_keep_its_own_stays_as_it_is_alone(name, seed):
    models, alone, charges = made = tight_community(name, seed)
    together = agree(models, alone, charges, MarketBudget(gap=GAP, rounds=40))
    aggregator, boxes, members = table(name, made, rounds=40)
    carry(aggregator, boxes, seed)
    assert together.plans[0] is alone[0]
    assert alone[0].clashes
    assert together.cost_under_the_rule >= together.lower_bound - 1e-5
    for member, plan, model in zip(members.values(), together.plans, models, strict=True):
        assert np.array_equal(member.plan.net_kw, plan.net_kw)
        if model is not models[0]:
            assert np.abs(plan.net_kw).max() <= model.fuse_kw + 1e-5


@pytest.mark.parametrize("private", WAYS.values(), ids=WAYS)
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_lost_messages_are_asked_for_again_and_change_nothing(private, seed):
    aggregator, boxes, members = table("one_tariff_5_hard", private=private)
    carry(aggregator, boxes, seed, loss=0.05)
    other, elsewhere, undisturbed = table("one_tariff_5_hard", private=not private)
    carry(other, elsewhere, 0)
    if not aggregator.left_out:
        assert all(
            np.array_equal(members[name].plan.net_kw, undisturbed[name].plan.net_kw)
            for name in members
            if members[name].is_bound
        )


@pytest.mark.parametrize("private", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("after", [0, 1, 10, 11, 40])
def test_a_member_that_falls_silent_keeps_its_plan_and_the_others_agree(private, after):
    aggregator, boxes, members = table("hard", community("one_tariff_20_hard", 7), private=private)
    carry(aggregator, boxes, 1, silent=lambda name, count: name == "home_2" and count > 5 * after)
    assert aggregator.left_out == {"home_2": "fell silent"}
    assert members["home_2"].plan is members["home_2"]._alone
    others = [name for name in members if name != "home_2"]
    assert sorted(aggregator.bound_units) == others
    for name in others:
        assert members[name].is_bound
        assert (
            np.abs(aggregator.bound_units[name] * UNIT_KWH - 0.25 * members[name].plan.net_kw).max()
            <= UNIT_KWH
        )


def test_who_falls_silent_with_its_masks_still_on_is_in_the_sum_all_the_same():
    """Its neighbours take off its mask; it is left out when it does not answer the next question."""
    aggregator, boxes, members = table("hard", community("one_tariff_20_hard", 7))
    asked = []

    def silent(name, count):
        proposing = isinstance(boxes["home_2"]._said, ProposeMasked)
        if name == "home_2" and proposing and aggregator._exchange:
            asked.append((aggregator.rounds, count))
        return bool(asked) and name == "home_2"

    carry(aggregator, boxes, 1, silent=silent)
    assert asked[0][0] == 0
    assert aggregator.left_out == {"home_2": "fell silent"}
    assert aggregator.course.turns.records
    # One round was heard with it before the others began anew.
    assert aggregator.rounds > len(aggregator.course.turns.records) + 2
    assert all(members[name].is_bound for name in members if name != "home_2")


def test_under_masks_nobody_goes_on_where_too_few_are_left_for_a_sum():
    aggregator, boxes, members = table("one_tariff_5_hard")
    carry(aggregator, boxes, 1, silent=lambda name, count: name == "home_2" and count > 30)
    assert aggregator.left_out["home_2"] == "fell silent"
    assert all("4 are left; expected at least 5" in aggregator.left_out[k] for k in members if k != "home_2")
    assert aggregator.is_over
    assert not aggregator.is_agreed
    assert not any(member.is_bound for member in members.values())


def test_members_whose_neighbours_are_gone_are_seated_anew():
    """Of twelve on a ring of eight neighbours each, five go: some have fewer than the five that they need."""
    aggregator, boxes, members = table("hard", community("one_tariff_20_hard", 12))
    gone = {f"home_{k}" for k in (1, 3, 5, 8, 10)}
    carry(aggregator, boxes, 1, silent=lambda name, count: name in gone and count > 100)
    assert set(aggregator.left_out) == gone
    assert aggregator._set_ups == 2
    assert all(member.is_bound for name, member in members.items() if name not in gone)


def test_the_aggregator_never_gets_a_single_answer_under_masks():
    aggregator, boxes, _ = table("one_tariff_5_hard")
    heard = []
    receive = aggregator.receive
    aggregator.receive = lambda message: (heard.append(message), receive(message))[1]
    carry(aggregator, boxes, 1)
    assert {type(message) for message in heard} == {AnnounceKey, Confirm, ProposeMasked, Unmask, Commit}
    # Plans come once, in the end, and only those that are meant.
    assert {message.turn for message in heard if isinstance(message, Commit)} == {aggregator._turn}
    rounds = aggregator.rounds
    assert aggregator.learned == (
        f"of each of {rounds} rounds what all answers sum to by class of supplier; of 5 members the net load of the plan to "
        "which they are bound"
    )
    assert rounds == len(aggregator.course.turns.records) + 2
    assert max(len(m.masked) for m in heard if isinstance(m, ProposeMasked)) < 1000


def test_a_box_under_masks_answers_nothing_in_plain():
    _, boxes, _ = table("one_tariff_5_hard")
    plain, *_ = table("one_tariff_5_hard", private=False)
    (call,) = plain.start()
    refused = boxes["home_0"].receive(call.message)
    assert isinstance(refused, Refuse)
    assert "without masks" in refused.reason


def test_a_load_beyond_the_range_is_not_masked_and_its_member_leaves():
    aggregator, boxes, members = table("hard", community("one_tariff_20_hard", 6))
    receive = members["home_1"].receive

    def wild(message):
        said = receive(message)
        return replace(said, net_units=said.net_units + 10**8) if isinstance(said, Propose) else said

    members["home_1"].receive = wild
    carry(aggregator, boxes, 1)
    assert aggregator.left_out["home_1"].startswith("left: energy[0]: found ")
    assert all(member.is_bound for name, member in members.items() if name != "home_1")


@pytest.mark.parametrize("name", NAMES)
def test_sums_that_nobody_honest_can_have_caused_end_the_negotiation(name, monkeypatch):
    aggregator, boxes, members = table(name)
    honest = AnswerForm.parts
    # As if all boxes were tampered with: loads beyond what was agreed, and no check of one's own.
    monkeypatch.setattr(AnswerForm, "parts", lambda *a: {k: v * 0 + 300_000 for k, v in honest(*a).items()})
    monkeypatch.setattr(Field, "refuse_beyond", lambda *_: None)
    carry(aggregator, boxes, 1)
    assert "sum to a load of 5 members beyond 12.5 kWh each in a step" in aggregator.failed
    assert aggregator.is_over
    assert not any(member.is_bound for member in members.values())


def test_plans_of_use_case_1_are_kept_in_both_where_the_agreement_costs_more(monkeypatch):
    """As if negotiated plans were dear: the same happens in both carriages, and nobody's plan is shown for it."""
    models, alone, charges = community("one_tariff_5_hard")
    honest = member_room.plan_of

    def dearer(model, decision, status):
        plan = honest(model, decision, status)
        return replace(plan, costs=replace(plan.costs, wear=plan.costs.wear + 10.0))

    monkeypatch.setattr(member_room, "plan_of", dearer)
    monkeypatch.setattr(members_room, "plan_of", dearer)
    together = agree(models, alone, charges, MarketBudget(gap=GAP))
    assert all(plan is own for plan, own in zip(together.plans, alone, strict=True))
    aggregator, boxes, members = table("one_tariff_5_hard")
    carry(aggregator, boxes, 1)
    assert aggregator.course.turns.request.keeps_alone
    for member in members.values():
        assert member.is_bound
        assert member.plan is member._alone


def test_nonsense_is_left_out_with_its_reason():
    aggregator, _, members = table("one_tariff_5_hard", private=False)
    sent = members["home_0"].receive(aggregator.start()[0].message)
    wild = Propose(
        sent.conversation, sent.epoch, sent.turn, "home_0", sent.net_units + 10**9, 0, 0, sent.limit_units
    )
    aggregator.receive(wild)
    assert aggregator.left_out == {"home_0": "sent a load beyond 50 kW"}
    carry(aggregator, members, 1)
    assert all(member.is_bound for name, member in members.items() if name != "home_0")


def test_nonsense_under_masks_is_left_out_with_its_reason():
    aggregator, boxes, members = table("hard", community("one_tariff_20_hard", 7))
    receive = aggregator.receive

    def tampered(message):
        if isinstance(message, ProposeMasked) and message.member == "home_3":
            message = replace(message, masked=message.masked[:-1])
        return receive(message)

    aggregator.receive = tampered
    carry(aggregator, boxes, 1)
    assert aggregator.left_out["home_3"].startswith("masked vector: found")
    assert all(member.is_bound for name, member in members.items() if name != "home_3")
