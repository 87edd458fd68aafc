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

from mas2tering.community.aggregator import Aggregator, Subject
from mas2tering.community.turns import Budget, is_one_price
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.negotiation import Propose
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond.member import Member

CHARGES = {
    "one_tariff_5_hard": LocalCharges(),
    "suppliers_20": LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01),
}
HOMES = 5
GAP = 2e-3


def community(name: str):
    models = load_golden(name)[0][:HOMES]
    return models, [best_plan(model) for model in models], CHARGES[name]


def tight_community(name: str, seed: int):
    """The first home cannot keep its fuse at all, the others' is hardly above what their plans alone draw."""
    models, alone, charges = community(name)
    luck = random.Random(seed)
    fuses_kw = [np.abs(plan.net_kw).max() * luck.uniform(1.001, 1.2) for plan in alone]
    fuses_kw[0] = 0.5 * models[0].fixed_kw.max()
    tight = [replace(model, fuse_kw=float(fuse_kw)) for model, fuse_kw in zip(models, fuses_kw, strict=True)]
    return tight, [best_plan(model) for model in tight], charges


def table(name: str, made=None, rounds: int = 200, requested=None):
    """An aggregator and its members, who have agreed on nothing yet."""
    models, alone, charges = made or community(name)
    classes = Classes.of(models, requested)
    wanted = GAP * abs(sum(plan.costs.cost for plan in alone))
    subject = Subject(
        classes.row_prices,
        charges,
        Budget(wanted, rounds),
        0,
        most_kw=50.0,
        step_hours=0.25,
        requested=requested,
    )
    names = [f"home_{k}" for k in range(len(models))]
    one_price = is_one_price(classes.suppliers, charges)
    members = {
        n: Member(n, m, p, charges, place=k, one_price=one_price, is_merged=bool(classes.is_merged[k]))
        for k, (n, m, p) in enumerate(zip(names, models, alone, strict=True))
    }
    class_of = {n: int(c) for n, c in zip(names, classes.row_of_home, strict=True)}
    return Aggregator("day", class_of, subject), members


@pytest.mark.parametrize("name", list(CHARGES))
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_messages_in_any_order_end_in_the_same_plans_and_prices_as_arrays(name, seed):
    models, alone, charges = community(name)
    together = agree(models, alone, charges, MarketBudget(gap=GAP))
    aggregator, members = table(name)
    carry(aggregator, members, seed)
    assert not aggregator.left_out
    assert len(aggregator.turns.records) == len(together.rounds)
    for member, plan in zip(members.values(), together.plans, strict=True):
        assert member.is_bound
        assert np.array_equal(member.plan.net_kw, plan.net_kw)
        assert member.plan.costs == plan.costs


@pytest.mark.parametrize(("name", "price_per_kwh"), [("one_tariff_20_hard", 0.2), ("suppliers_20", 0.7)])
def test_a_buyer_outside_is_delivered_the_same_in_both(name, price_per_kwh):
    """At a price between what suppliers pay and ask, where net loads are all that is told; and at one above."""
    models, charges = load_golden(name)[0][:HOMES], CHARGES.get(name, LocalCharges())
    alone = [best_plan(model) for model in models]
    asked = np.zeros((1, models[0].axis.steps))
    asked[0, 16:40] = 0.8
    requested = Requested(("W",), asked, np.full(asked.shape, price_per_kwh))
    together = agree(models, alone, charges, MarketBudget(gap=GAP, rounds=40), requested=requested)
    aggregator, members = table(name, (models, alone, charges), rounds=40, requested=requested)
    carry(aggregator, members, 1)
    assert together.delivered_kwh.sum() > 0.1
    assert aggregator.turns.records == list(together.rounds)
    for member, plan in zip(members.values(), together.plans, strict=True):
        assert np.array_equal(member.plan.net_kw, plan.net_kw)


@pytest.mark.parametrize("name", list(CHARGES))
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fuses_bind_alike_in_both_and_who_cannot_keep_its_own_stays_as_it_is_alone(name, seed):
    models, alone, charges = made = tight_community(name, seed)
    together = agree(models, alone, charges, MarketBudget(gap=GAP, rounds=40))
    aggregator, members = table(name, made, rounds=40)
    carry(aggregator, members, seed)
    assert together.plans[0] is alone[0]
    assert alone[0].clashes
    assert together.cost_under_the_rule >= together.lower_bound - 1e-5
    for member, plan, model in zip(members.values(), together.plans, models, strict=True):
        assert np.array_equal(member.plan.net_kw, plan.net_kw)
        if model is not models[0]:
            assert np.abs(plan.net_kw).max() <= model.fuse_kw + 1e-5


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_lost_messages_are_asked_for_again_and_change_nothing(seed):
    aggregator, members = table("one_tariff_5_hard")
    carry(aggregator, members, seed, loss=0.05)
    other, undisturbed = table("one_tariff_5_hard")
    carry(other, undisturbed, 0)
    if not aggregator.left_out:
        assert all(
            np.array_equal(members[name].plan.net_kw, undisturbed[name].plan.net_kw)
            for name in members
            if members[name].is_bound
        )


@pytest.mark.parametrize("after", [0, 10, 40])
def test_a_member_that_falls_silent_keeps_its_plan_and_the_others_agree(after):
    aggregator, members = table("one_tariff_5_hard")
    carry(aggregator, members, 1, silent=lambda name, count: name == "home_2" and count > after)
    assert aggregator.left_out == {"home_2": "fell silent"}
    assert members["home_2"].plan is members["home_2"]._alone
    for name, member in members.items():
        if name != "home_2":
            assert member.is_bound
            assert np.abs(aggregator.bound_units[name] * 1e-6 - 0.25 * member.plan.net_kw).max() < 1e-6


def test_nonsense_is_left_out_with_its_reason():
    aggregator, members = table("one_tariff_5_hard")
    sent = members["home_0"].receive(aggregator.start()[0].message)
    wild = Propose(sent.conversation, sent.epoch, sent.turn, "home_0", sent.net_units + 10**9, 0, 0)
    aggregator.receive(wild)
    assert aggregator.left_out == {"home_0": "sent a load beyond 50 kW"}
    carry(aggregator, members, 1)
    assert all(member.is_bound for name, member in members.items() if name != "home_0")
