"""Several aggregators under one operator, message by message: the same bits as all at once in arrays; who falls silent, a member or
a whole aggregator, counts as the plan to which it is bound, and the limits hold with that."""

import random
from dataclasses import dataclass, replace

import numpy as np
import pytest
from golden_homes import load_golden
from negotiating_table import GAP, standing_prices, table

from mas2tering.community.course import Stands
from mas2tering.community.district import District, MarketInDistrict
from mas2tering.community.limits import KnownLoad, MemberLimits
from mas2tering.community.price_search import Prices
from mas2tering.community.turns import Budget
from mas2tering.coordination.local_market import MarketBudget, Party, agree_together
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan

ROUNDS = 30
BUDGET = MarketBudget(gap=GAP, rounds=ROUNDS)
SIZES = {"north": 6, "south": 5}
DEAREST = 20.0


@dataclass
class Negotiated:
    """Two communities that share limits, first as they stand without these."""

    parties: list
    limits: LoadLimits
    known: dict


@pytest.fixture(scope="module")
def before() -> Negotiated:
    models = load_golden("one_tariff_20_hard")[0]
    parties, first = [], 0
    for name, count in SIZES.items():
        own = [replace(model, home=f"{name}_{k}") for k, model in enumerate(models[first : first + count])]
        parties.append(Party(own, [best_plan(model) for model in own], LocalCharges()))
        first += count
    agreements = agree_together(parties, BUDGET).agreements
    parties = [replace(p, standing=a.standing) for p, a in zip(parties, agreements, strict=True)]
    plans = [plan for a in agreements for plan in a.plans]
    net_kw = np.array([plan.net_kw for plan in plans])
    step = np.argsort(net_kw.sum(axis=0))[-4:]
    weight = np.tile(np.linspace(1.0, 0.7, len(plans)), (4, 1))
    most_kw = 0.85 * (weight * net_kw[:, step].T).sum(axis=1)
    limits = LoadLimits(step, weight, most_kw, DEAREST, ("the transformer",) * 4)
    return Negotiated(parties, limits, {plan.home: KnownLoad(plan.net_kw, True) for plan in plans})


def district(before: Negotiated, private: bool):
    """The operator, its branches with their boxes, and the homes, from what stands; nothing whole stays."""
    ends = np.cumsum([0, *SIZES.values()])
    tables = {
        name: table(
            party.models,
            party.alone,
            party.charges,
            rounds=ROUNDS,
            private=private,
            limits=before.limits.of_homes(np.arange(ends[k], ends[k + 1])),
            standing=party.standing,
            settled=False,
            branch=name,
        )
        for k, (name, party) in enumerate(zip(SIZES, before.parties, strict=True))
    }
    standing = [standing_prices(party.standing, before.limits) for party in before.parties]
    prices = Prices(np.concatenate([own.local_per_kwh for own in standing]), standing[0].limit_per_kwh)
    members = tuple(model.home for party in before.parties for model in party.models)
    cost = sum(plan.costs.cost for party in before.parties for plan in party.alone)
    operator = District(
        "day",
        {n: MarketInDistrict(own.subject.market, tuple(own.homes)) for n, own in tables.items()},
        MemberLimits(before.limits, members, before.known),
        Budget(GAP * abs(cost), ROUNDS),
        0.25,
        Stands(prices, settled=False),
    )
    return operator, tables


def carry(operator, tables, seed, silent=lambda sender: False, loss=0.0):
    """Messages take their time, some come twice, some never; an operator waits longer than an aggregator."""
    luck = random.Random(seed)
    boxes = {name: box for own in tables.values() for name, box in own.boxes.items()}
    at = {name: branch for branch, own in tables.items() for name in own.boxes}
    queue: list = []

    def post(sender, receiver, message):
        if silent(sender) or silent(receiver):
            return
        for _ in range(2 if luck.random() < 0.1 else 1):
            if luck.random() >= loss:
                queue.append((sender, receiver, message))

    def ask(questions):
        for name, message in questions.items():
            post("operator", name, message)

    def speak(branch, spoken):
        for out in spoken.to_members:
            for name in out.receivers:
                post(branch, name, out.message)
        if spoken.to_operator is not None:
            post(branch, "operator", spoken.to_operator)

    ask(operator.start())
    for _ in range(1_000_000):
        if operator.is_over and not queue:
            return
        if not queue:
            for name, own in tables.items():
                speak(name, own.aggregator.deadline())
        if not queue:
            ask(operator.deadline())
            continue
        sender, receiver, message = queue.pop(luck.randrange(min(len(queue), 8)))
        if receiver == "operator":
            ask(operator.receive(message))
        elif receiver in tables:
            own = tables[receiver].aggregator
            speak(receiver, own.ask(message) if sender == "operator" else own.receive(message))
        elif (answer := boxes[receiver].receive(message)) is not None:
            post(receiver, at[receiver], answer)
    raise AssertionError("no end")


def homes_of(tables):
    return {name: home for own in tables.values() for name, home in own.homes.items()}


def excess_kw(before, tables):
    """By how much the plans that all homes have in the end exceed the limits, silent or not."""
    net_kw = np.array([home.plan.net_kw for home in homes_of(tables).values()])
    return float((before.limits.shares(net_kw).sum(axis=0) - before.limits.most_kw).max())


@pytest.fixture(scope="module")
def together(before):
    return agree_together(before.parties, BUDGET, limits=before.limits, anew=True)


@pytest.mark.parametrize("private", [True, False], ids=["masked", "plain"])
def test_a_district_ends_in_the_same_plans_and_prices_as_arrays(before, together, private):
    operator, tables = district(before, private)
    carry(operator, tables, 1)
    assert operator.is_agreed
    assert operator.turns.records == list(together.agreements[0].rounds)
    assert np.array_equal(operator.turns.request.prices.limit_per_kwh, together.limit_price_per_kwh)
    plans = [plan for agreement in together.agreements for plan in agreement.plans]
    for home, plan in zip(homes_of(tables).values(), plans, strict=True):
        assert home.is_bound
        assert np.array_equal(home.plan.net_kw, plan.net_kw)
    assert together.limit_price_per_kwh.max() > 0.0
    assert np.abs(operator.excess_kwh - together.excess_kwh).max() < 2e-3
    assert operator.excess_kwh.max() < 5e-3


def test_lost_messages_change_nothing(before, together):
    operator, tables = district(before, private=True)
    carry(operator, tables, 2, loss=0.02)
    assert operator.is_agreed
    if not operator.counted_as:
        assert operator.turns.records == list(together.agreements[0].rounds)


@pytest.mark.parametrize("after", [0, 8])
def test_an_aggregator_falls_silent_and_the_limits_hold_with_the_plans_that_its_members_have(before, after):
    """Before the first round, and on the way: the plans of its members are those to which they were bound."""
    operator, tables = district(before, private=True)
    carry(operator, tables, 1, silent=lambda who: who == "south" and len(operator.turns.records) >= after)
    assert operator.is_agreed
    assert operator.left_out == {"south": "fell silent"}
    south = [f"south_{k}" for k in range(SIZES["south"])]
    assert operator.counted_as == dict.fromkeys(south, "the plan to which it is bound")
    for name, home in homes_of(tables).items():
        assert home.is_bound == (name not in south)
        if name in south:
            assert np.abs(home.plan.net_kw - before.known[name].load_kw).max() < 1e-9
    assert operator.excess_kwh.max() < 5e-3
    assert excess_kw(before, tables) < 2e-2


@pytest.mark.parametrize("private", [True, False], ids=["masked", "plain"])
def test_boxes_fall_silent_and_the_limits_hold_with_the_plans_that_they_have(before, private):
    operator, tables = district(before, private)
    gone = {"north_1": 3} | ({} if private else {"south_4": 12})
    carry(operator, tables, 1, silent=lambda who: len(operator.turns.records) >= gone.get(who, 10**6))
    assert operator.is_agreed
    assert not operator.left_out
    assert operator.counted_as == dict.fromkeys(gone, "the plan to which it is bound")
    assert all(home.is_bound == (name not in gone) for name, home in homes_of(tables).items())
    assert excess_kw(before, tables) < 2e-2


def test_where_too_few_are_left_under_masks_their_aggregator_has_no_members_left(before):
    operator, tables = district(before, private=True)
    carry(operator, tables, 1, silent=lambda who: who == "south_0" and len(operator.turns.records) >= 3)
    assert operator.is_agreed
    assert operator.left_out == {"south": "has no members left"}
    assert len(operator.counted_as) == SIZES["south"]
    assert excess_kw(before, tables) < 2e-2


def test_a_silent_aggregator_at_the_very_end_is_named(before):
    operator, tables = district(before, private=True)
    carry(operator, tables, 1, silent=lambda who: who == "south" and operator.is_agreed)
    assert operator.is_over
    assert operator.unheard == ("south",)
    assert not operator.left_out
    assert sorted(operator.bound_units) == [f"north_{k}" for k in range(SIZES["north"])]


def test_nothing_is_negotiated_about_members_of_whom_no_load_is_known(before):
    members = tuple(before.known)
    with pytest.raises(ValueError, match="no load is known of north_0"):
        MemberLimits(before.limits, members, {n: load for n, load in before.known.items() if n != "north_0"})
