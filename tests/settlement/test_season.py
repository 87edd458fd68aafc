"""Commitments, the lot, accounts, money, sanctions and statements of a season."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.settlement.ledger import Account, AccountKind, Entry, Ledger
from mas2tering.settlement.season import (
    Commitment,
    Declaration,
    JudgedDay,
    Opening,
    Parties,
    SeasonRule,
    Standing,
    account_of,
    appealed,
    drawn,
    held_out_by,
    medians_of,
    monthly_entries,
    sealed,
    sealed_secret,
    season_statement_of,
    settled_season,
    signed_text,
    verdict_of,
    why_not_bound,
)

GATE = datetime(2013, 1, 8, 17, tzinfo=UTC)
DAY = date(2013, 1, 9)
SALT = bytes(range(16))
STANDARD = {"programme": 0.05}
SAID = Declaration("a", DAY, np.array([0.5, -1.0]), '{"devices": []}', {"programme": 0.1})
RULE = SeasonRule(dead_band=2.0, factor=2.0)
PARTIES = Parties("Grid Co", {f"h{k}": "Grid Friends" for k in range(20)}, "EUR")
DSO = Account(AccountKind.DSO, "Grid Co")


class Signed:
    """Signatures as a table of who signed what."""

    def is_signed_by(self, home: str, text: bytes, signature: bytes) -> bool:
        return signature == b"signed by " + home.encode() + text


def committed(said: Declaration = SAID, made_at: datetime = GATE) -> Commitment:
    seal = sealed(said, SALT)
    text = signed_text(said.home, said.day, seal, made_at)
    return Commitment(said.home, said.day, seal, made_at, b"signed by " + said.home.encode() + text)


def refused(commitment: Commitment, opening: Opening | None) -> tuple[str, ...]:
    return why_not_bound(commitment, opening, GATE, Signed(), STANDARD, RULE.dearest_discomfort)


def test_what_was_committed_to_in_time_counts_open_or_closed():
    assert refused(committed(), Opening(SAID, SALT)) == ()
    assert refused(committed(), None) == ()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(SAID, bound_kw=np.array([0.5, -1.001])), "not what it sealed"),
        (replace(SAID, devices='{"devices": [1]}'), "not what it sealed"),
        (replace(SAID, discomfort={"programme": 0.11}), "not what it sealed"),
        (replace(SAID, home="b"), "declaration of 'b'"),
    ],
)
def test_what_is_opened_is_what_was_sealed(changed, words):
    assert any(words in reason for reason in refused(committed(), Opening(changed, SALT)))


def test_every_reason_is_said():
    late = replace(committed(), made_at=GATE + timedelta(seconds=1))
    assert len(refused(late, None)) == 2, "too late, and signed for another time"
    dear = replace(SAID, discomfort={"programme": 0.16, "heat": 0.1})
    (first, second) = refused(committed(dear), Opening(dear, SALT))
    assert "no standard" in first
    assert "expected 0 to 3 times the standard of 0.05" in second
    with pytest.raises(ValueError, match="expected a time with its zone"):
        signed_text("a", DAY, b"", datetime(2013, 1, 8))  # noqa: DTZ001
    with pytest.raises(ValueError, match="a salt of 3 bytes"):
        sealed(SAID, b"abc")


SECRETS = (b"o" * 32, b"a" * 32)
SEALS = (sealed_secret(SECRETS[0], DAY), sealed_secret(SECRETS[1], DAY))
CHANCE = {f"h{k}": 0.1 for k in range(2000)}


def test_the_lot_falls_on_each_home_by_its_own_chance_and_anybody_can_draw_it_again():
    found = drawn(DAY, CHANCE, SEALS, SECRETS)
    assert 150 < len(found.held_out) < 250
    assert found.held_out == drawn(DAY, CHANCE, SEALS, SECRETS).held_out
    alone = held_out_by(found.seed, {"h7": 0.1})
    assert alone == found.held_out & {"h7"}, "other homes do not matter"
    raised = held_out_by(found.seed, dict.fromkeys(CHANCE, 0.5))
    assert found.held_out < raised
    other = drawn(DAY, CHANCE, (SEALS[0], sealed_secret(b"b" * 32, DAY)), (SECRETS[0], b"b" * 32))
    assert other.held_out != found.held_out


def test_who_does_not_reveal_what_it_sealed_has_the_draw_against_it():
    for operator in (None, b"x" * 32, b"short"):
        found = drawn(DAY, CHANCE, SEALS, (operator, SECRETS[1]))
        assert (found.seed, found.held_out) == (None, frozenset())
        assert "the operator did not reveal" in found.note
    found = drawn(DAY, CHANCE, SEALS, (SECRETS[0], b"x" * 32))
    assert found.held_out == frozenset(CHANCE)
    with pytest.raises(ValueError, match="a secret of 5 bytes"):
        sealed_secret(b"short", DAY)


def day(k: int, *, loss: float = 0.0, dearer: float | None = 0.0, out: bool = False, short_kwh: float = 0.0):
    return JudgedDay(
        DAY + timedelta(days=3 * k), out, not out, 0.1, 0.0 if out else loss, short_kwh, dearer, 0.01
    )


def honest_season(random: np.random.Generator, days: int = 30) -> list[JudgedDay]:
    return [
        day(
            k,
            loss=float(random.gamma(1.0, 0.1)),
            dearer=float(random.normal(0.0, 0.01)),
            out=bool(random.random() < 0.1),
            short_kwh=float(random.gamma(1.0, 0.1)) if random.random() < 0.2 else 0.0,
        )
        for k in range(days)
    ]


def test_a_season_by_hand():
    """Two days held out that were dearer by 0.3 and 0.5: 9 times 0.8, less a band of 2 x 9 x 0.01 x sqrt 2; twice that."""
    days = [
        day(0, loss=20.0),
        day(1, dearer=0.3, out=True),
        day(2, dearer=0.5, out=True),
        day(3, short_kwh=2.0),
    ]
    found = account_of("a", days, {}, RULE, brought=0.5)
    assert found.held_out.total == pytest.approx(7.2)
    assert found.deducted == pytest.approx(2 * (7.2 - 0.18 * 2**0.5) + 0.5)
    assert found.payment == pytest.approx(20.0 - found.deducted - 1.0)
    assert found.is_flagged
    less = account_of("a", [day(0, loss=1.0), *days[1:]], {}, RULE)
    assert less.payment == pytest.approx(-1.0)
    assert less.carried == pytest.approx(found.due_to_deduct - 0.5 - 1.0)


def test_a_phantom_is_deducted_twice_what_it_saved_and_a_cheap_day_buys_no_dear_one():
    found = account_of("a", [day(k, loss=1.0, dearer=-0.5) for k in range(4)], {}, RULE)
    assert found.not_there.total == pytest.approx(2.0)
    assert found.deducted == pytest.approx(2 * (2.0 - 2 * 0.01 * 2))
    mixed = [day(0, dearer=-5.0, out=True), day(1, dearer=0.5, out=True)]
    assert account_of("a", mixed, {}, RULE).held_out.total == pytest.approx(9 * (0.5 - 0.02))


def test_what_all_homes_have_in_common_is_nobody_s_lie_and_a_failed_draw_deducts_nothing():
    homes = {f"h{k}": [day(0, loss=1.0, dearer=0.7)] for k in range(6)}
    found = account_of("h0", homes["h0"], medians_of(homes), RULE)
    assert found.deducted == 0.0
    assert not found.is_flagged
    unrevealed = replace(day(0, dearer=9.0, out=True), may_deduct=False)
    assert account_of("a", [unrevealed], {}, RULE).due_to_deduct == 0.0
    with pytest.raises(ValueError, match="appears twice"):
        account_of("a", [day(0), day(0)], {}, RULE)


@given(seed=st.integers(0, 2**32 - 1))
def test_a_lie_that_most_homes_tell_on_most_days_moves_no_median(seed):
    random = np.random.default_rng(seed)
    honest = {
        f"h{k}": [day(d, dearer=float(random.normal(0.0, 0.01)), out=True) for d in range(40)]
        for k in range(30)
    }
    lying = {
        home: [replace(own, dearer=own.dearer + 0.05) for own in days] if k < 20 else days
        for k, (home, days) in enumerate(honest.items())
    }
    medians = medians_of(lying)
    assert max(abs(found) for found in medians.values()) < 0.02
    assert account_of("h0", lying["h0"], medians, RULE).held_out.beyond > 0.5 * 9 * 40 * 0.05
    assert not account_of("h29", lying["h29"], medians, RULE).held_out.beyond


@given(seed=st.integers(0, 2**32 - 1), storm=st.floats(-1.0, 1.0))
def test_what_homes_have_in_common_on_some_days_stays_nobody_s_lie(seed, storm):
    random = np.random.default_rng(seed)
    stormy = random.permutation(40) < 12
    homes = {
        f"h{k}": [
            day(d, dearer=float(random.normal(0.0, 0.01)) + (storm if stormy[d] else 0.0), out=True)
            for d in range(40)
        ]
        for k in range(30)
    }
    medians = medians_of(homes)
    for d in np.flatnonzero(stormy):
        assert medians[homes["h0"][d].day, True] == pytest.approx(storm, abs=0.03)


class Kept:
    """Entries in memory, as a store keeps them."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []

    def append(self, entries: Sequence[Entry]) -> None:
        self.kept += entries

    def entries(self) -> Sequence[Entry]:
        return tuple(self.kept)


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 20))
def test_a_season_of_monthly_payments_closes_to_the_cent(seed, count):
    random = np.random.default_rng(seed)
    homes = {f"h{k}": honest_season(random) for k in range(count)}
    store = Kept()
    for month_ends in (date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31), date(2013, 3, 31)):
        before = len(store.kept)
        store.append(monthly_entries(homes, month_ends, RULE, {}, PARTIES, store.entries()))
    assert len(store.kept) == before, "a month asked for twice is paid once"
    settled = settled_season(homes, date(2013, 4, 30), RULE, {}, PARTIES, store.entries())
    store.append(settled.entries)
    ledger = Ledger(tuple(store.kept))
    assert ledger.imbalance == 0
    assert ledger.balance(Account(AccountKind.AGGREGATOR, "Grid Friends"), "EUR") == 0
    for home, account in settled.accounts.items():
        got = ledger.balance(Account(AccountKind.MEMBER, home), "EUR")
        assert abs(got - Decimal(account.payment)) < Decimal("0.020001")
        verdict = verdict_of(account, (), date(2013, 4, 30), RULE)
        statement = season_statement_of(account, verdict, tuple(store.kept), "EUR")
        assert statement.paid == got
        assert sum(value for _, value in statement.lines) == pytest.approx(statement.payment)
    total = sum(account.payment for account in settled.accounts.values())
    assert abs(-float(ledger.balance(DSO, "EUR")) - total) < 0.021


def test_the_last_month_is_held_back():
    homes = {"h0": [day(0, loss=1.0), day(10, loss=2.0)]}
    assert monthly_entries(homes, date(2013, 1, 31), RULE, {}, PARTIES, ()) == ()
    first = monthly_entries(homes, date(2013, 2, 28), RULE, {}, PARTIES, ())
    assert [entry.amount for entry in first] == [Decimal(1)] * 2
    second = monthly_entries(homes, date(2013, 3, 31), RULE, {}, PARTIES, first)
    assert [entry.amount for entry in second] == [Decimal(2)] * 2


def test_flags_that_follow_each_other_lead_from_suspicion_to_exclusion_and_an_appeal_back():
    account = account_of("a", [day(0, loss=1.0), day(1, dearer=0.5, out=True)], {}, RULE)
    first = verdict_of(account, (), DAY, RULE)
    assert first.standing is Standing.SUSPECTED
    assert first.reasons == (
        "days without an order cost more than the plans you were bound to: 4.50 over 1\N{NO-BREAK SPACE}day, of which 0.18 may be chance",
    )
    assert verdict_of(account, (True, True), DAY, RULE).standing is Standing.EXCLUDED
    assert verdict_of(account, (True, True, False), DAY, RULE).standing is Standing.SUSPECTED
    back = appealed(first, DAY, upheld=True, words="The heat pump was broken, and its maker says so.")
    assert back.standing is Standing.TRUSTED
    with pytest.raises(ValueError, match="expected by"):
        appealed(first, DAY + timedelta(days=31), upheld=True, words="Late.")
    with pytest.raises(ValueError, match="reasons in words"):
        appealed(first, DAY, upheld=False, words="")
    with pytest.raises(ValueError, match="nothing to appeal"):
        appealed(back, DAY, upheld=True, words="Again.")


def test_a_statement_says_what_was_deducted_and_why():
    days = [day(0, loss=1.0, dearer=-0.5), day(1, dearer=0.5, out=True), day(2, short_kwh=2.0)]
    account = account_of("h0", days, {}, RULE, brought=0.25)
    verdict = verdict_of(account, (), DAY, RULE)
    words = " ".join(season_statement_of(account, verdict, (), "EUR").sentences)
    for part in (
        "congested on 3",
        "On 2 of them you got an order; on 1 the lot fell on you",
        "€4.50 over 1",
        "something in them did not happen",
        "You did not deliver 2.00",
        "€0.25 was left to deduct from the season before",
        "is left to deduct in the next season",
        "the lot falls on you more often",
        "You may appeal until Fri 8 February 2013",
    ):
        assert part in words.replace("\N{NO-BREAK SPACE}", " "), (part, words)


@pytest.mark.parametrize("wrong", [{"hold_out": 0.0}, {"hold_out_flagged": 1.0}, {"factor": 0.9}])
def test_numbers_with_which_nothing_is_proved_are_refused(wrong):
    with pytest.raises(ValueError, match="expected"):
        SeasonRule(**wrong)
