"""The flat reward for offering: moved by no event and no claim, earned once a connection, held for those who leave in debt."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.settlement.ledger import Account, AccountKind, EntryKind, Ledger
from mas2tering.settlement.season import (
    JudgedDay,
    Parties,
    SeasonRule,
    rewards_of,
    season_statement_of,
    settled_season,
    verdict_of,
)

FIRST, ENDS = date(2013, 1, 1), date(2013, 3, 31)
DAYS = [FIRST + timedelta(days=k) for k in range(90)]
HOMES = [f"h{k}" for k in range(6)]
OWN = {home: home for home in HOMES}
RULE = SeasonRule(dead_band=0.0, factor=2.0, reward_per_day=0.01)
PARTIES = Parties("Grid Co", dict.fromkeys(HOMES, "Grid Friends"), "EUR")

judged_days = st.lists(
    st.builds(
        JudgedDay,
        day=st.sampled_from(DAYS),
        held_out=st.booleans(),
        called=st.just(False),
        probability=st.just(0.1),
        loss=st.floats(0.0, 5.0),
        short_kwh=st.floats(0.0, 3.0),
        dearer=st.floats(-2.0, 2.0),
        deviation=st.floats(0.0, 0.1),
    ).map(lambda day: replace(day, called=not day.held_out, loss=0.0 if day.held_out else day.loss)),
    max_size=8,
    unique_by=lambda day: day.day,
)


def settled(days_of, leaving=(), rewards=None):
    rewards = rewards_of(dict.fromkeys(DAYS, HOMES), OWN, RULE.reward_per_day) if rewards is None else rewards
    return settled_season(days_of, ENDS, RULE, {}, PARTIES, (), rewards=rewards, leaving=leaving)


def reward_entries(found):
    return [entry for entry in found.entries if entry.kind is EntryKind.FLEXIBILITY_REWARD]


@given(seasons=st.lists(judged_days, min_size=6, max_size=6))
def test_no_event_and_no_claim_moves_the_reward(seasons):
    """Whatever days were called, held out, claimed, short or dear: the reward's line and its entries are those of a season in
    which nothing happened."""
    found = settled(dict(zip(HOMES, seasons, strict=True)))
    quiet = settled({home: [] for home in HOMES})
    assert reward_entries(found) == reward_entries(quiet)
    assert Ledger(found.entries).imbalance == 0
    for home in HOMES:
        verdict = verdict_of(found.accounts[home], (), ENDS, RULE)
        statement = season_statement_of(
            found.accounts[home], verdict, found.entries, "EUR", reward=found.rewards[home]
        )
        assert dict(statement.lines)["For offering to help, whatever happened"] == pytest.approx(0.9)
        assert sum(value for _, value in statement.lines) == pytest.approx(statement.payment)
        assert abs(float(statement.paid) - statement.payment) < 0.031


@given(
    parts=st.integers(1, 5),
    offering=st.lists(st.booleans(), min_size=90, max_size=90),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_home_behind_many_meters_has_it_once(parts, offering, seed):
    days = [day for day, offers in zip(DAYS, offering, strict=True) if offers]
    whole = rewards_of({day: ["a", "other"] for day in days}, {"a": "c1", "other": "c2"}, 0.01)
    meters = [f"a{k}" for k in range(parts)]
    random = np.random.default_rng(seed)
    # On each day some of the meters offer, one at least.
    split = {
        day: [*random.choice(meters, random.integers(1, parts + 1), replace=False), "other"] for day in days
    }
    found = rewards_of(split, {**dict.fromkeys(meters, "c1"), "other": "c2"}, 0.01)
    assert sum(found.get(name, 0.0) for name in meters) == pytest.approx(whole.get("a", 0.0))
    assert found.get("other") == whole.get("other")


def test_days_on_which_a_home_did_not_offer_bring_nothing():
    found = rewards_of({DAYS[0]: ["h0", "h0", "h1"], DAYS[1]: ["h1"], DAYS[2]: []}, OWN, 0.5)
    assert found == {"h0": 0.5, "h1": 1.0}
    with pytest.raises(KeyError):
        rewards_of({DAYS[0]: ["unknown"]}, OWN, 0.5)
    with pytest.raises(ValueError, match="zero or more"):
        SeasonRule(reward_per_day=-0.1)


def test_who_leaves_in_debt_pays_it_from_its_reward_and_who_stays_keeps_both():
    debt = [JudgedDay(DAYS[0], True, False, 0.1, 0.0, 0.0, 0.02, 0.0)]
    days_of = {home: debt if home == "h0" else [] for home in HOMES}
    owed = 2 * 9 * 0.02
    stays, leaves = settled(days_of), settled(days_of, leaving=["h0", "h1"])
    assert stays.carried["h0"] == pytest.approx(owed)
    assert stays.taken_back == {}
    assert leaves.taken_back == {"h0": pytest.approx(owed)}
    assert leaves.carried == {}
    got = Ledger(leaves.entries).balance(Account(AccountKind.MEMBER, "h0"), "EUR")
    assert got == Decimal("0.90") - Decimal("0.36")
    verdict = verdict_of(leaves.accounts["h0"], (), ENDS, RULE)
    statement = season_statement_of(
        leaves.accounts["h0"], verdict, leaves.entries, "EUR", reward=0.9, taken_back=leaves.taken_back["h0"]
    )
    assert statement.paid == got
    assert statement.payment == pytest.approx(0.54)
    assert not any("next season." in words and "left to deduct" in words for words in statement.sentences)
    little = settled(days_of, leaving=["h0"], rewards={"h0": 0.1})
    assert little.taken_back == {"h0": 0.1}
    assert little.carried["h0"] == pytest.approx(owed - 0.1)
