"""An operator that withholds payment, denies its orders or declares days invalid: the settlement shows the same debt."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest

from mas2tering.settlement.ledger import Account, AccountKind, Ledger
from mas2tering.settlement.season import (
    Call,
    Draw,
    JudgedDay,
    Parties,
    SeasonRule,
    call_text,
    debts_of,
    drawn,
    monthly_entries,
    sealed_secret,
    season_statement_of,
    settled_season,
    verdict_of,
    why_day_does_not_count,
    why_not_called,
)

FIRST = date(2013, 1, 7)
HOMES = [f"h{k}" for k in range(8)]
RULE = SeasonRule()
PARTIES = Parties("Grid Co", dict.fromkeys(HOMES, "Grid Friends"), "EUR")
OPERATOR = Account(AccountKind.DSO, "Grid Co")
PRICES = np.array([0.0, 0.31, 0.05])
SECRETS = (b"o" * 32, b"a" * 32)


class Signed:
    """Signatures as a table of who signed what."""

    def is_signed_by(self, home: str, text: bytes, signature: bytes) -> bool:
        return signature == b"signed by " + home.encode() + text


def begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def call(home: str, day: date, by: str = "Grid Co") -> Call:
    made_at = begins(day) - timedelta(hours=4)
    return Call(
        home, day, PRICES, made_at, b"signed by " + by.encode() + call_text(home, day, PRICES, made_at)
    )


def refused(order: Call | None, home: str, day: date) -> tuple[str, ...]:
    return why_not_called(order, home, day, "Grid Co", begins(day), Signed())


def draw_of(day: date, *, revealed: bool = True) -> Draw:
    seals = (sealed_secret(SECRETS[0], day), sealed_secret(SECRETS[1], day))
    return drawn(day, dict.fromkeys(HOMES, 0.1), seals, (SECRETS[0] if revealed else None, SECRETS[1]))


def test_an_order_is_what_was_signed_before_the_day():
    order = call("h0", FIRST)
    assert refused(order, "h0", FIRST) == ()
    for changed, words in (
        (replace(order, added_per_kwh=2.0 * PRICES), "not signed by Grid Co"),
        (replace(order, signature=b""), "not signed by Grid Co"),
        (replace(order, home="h1"), "to home 'h1'"),
        (replace(order, day=FIRST + timedelta(days=1)), "not to 'h0' for 2013-01-07"),
        (replace(order, made_at=begins(FIRST) + timedelta(seconds=1)), "had begun"),
        (call("h0", FIRST, by="Grid Friends"), "not signed by Grid Co"),
        (None, "holds no order"),
    ):
        assert any(words in reason for reason in refused(changed, "h0", FIRST)), words
    with pytest.raises(ValueError, match="a time with its zone"):
        call_text("h0", FIRST, PRICES, datetime(2013, 1, 6))  # noqa: DTZ001


def test_a_day_counts_by_evidence_and_by_nothing_that_is_said_of_it():
    draw = replace(draw_of(FIRST), held_out=frozenset({"h1"}))
    assert why_day_does_not_count("h0", (), refused(call("h0", FIRST), "h0", FIRST), draw) == ()
    assert why_day_does_not_count("h1", (), refused(None, "h1", FIRST), draw) == (), (
        "held out: no order is needed"
    )
    assert why_day_does_not_count("h0", (), refused(None, "h0", FIRST), draw)
    assert why_day_does_not_count("h1", ("it committed too late",), (), draw) == ("it committed too late",)


def test_an_operator_that_keeps_its_secret_back_pays_all_the_same():
    day, draw = FIRST, draw_of(FIRST, revealed=False)
    assert why_day_does_not_count("h0", (), refused(call("h0", day), "h0", day), draw) == ()
    lived = JudgedDay(day, False, True, 0.1, 2.0, 0.0, 5.0, 0.01, may_deduct=draw.seed is not None)
    account = settled_season({"h0": [lived]}, date(2013, 1, 31), RULE, {}, PARTIES).accounts["h0"]
    assert account.payment == 2.0


def season(counting=lambda home, day: True) -> dict[str, list[JudgedDay]]:
    """Twenty days on which each home lost 0.50 by an order that it followed."""
    days = [FIRST + timedelta(days=3 * k) for k in range(20)]
    return {
        home: [JudgedDay(day, False, True, 0.1, 0.5, 0.0, 0.0, 0.01) for day in days if counting(home, day)]
        for home in HOMES
    }


def evidence_counts(home: str, day: date) -> bool:
    return not why_day_does_not_count(home, (), refused(call(home, day), home, day), draw_of(day))


def test_an_operator_that_withholds_denies_and_declares_invalid_owes_the_same():
    """It books nothing of the first month, says that it never ordered in the second and that the third was no congestion: the
    settlement works from commitments and signed orders, and shows every cent with its date."""
    operator_s = season(lambda home, day: day.month == 1)
    ours = season(evidence_counts)
    assert sum(map(len, operator_s.values())) < sum(map(len, ours.values()))
    due = []
    for month_ends in (date(2013, 1, 31), date(2013, 2, 28), date(2013, 3, 31)):
        due += monthly_entries(ours, month_ends, RULE, {}, PARTIES, due)
    settled = settled_season(ours, date(2013, 4, 30), RULE, {}, PARTIES, due)
    due += settled.entries
    assert debts_of(due, (), date(2013, 3, 14), RULE.due_days) == (), "not yet due"
    first = debts_of(due, (), date(2013, 3, 15), RULE.due_days)
    assert {debt.due_on for debt in first} == {date(2013, 3, 14)}
    on = date(2013, 6, 1)
    owed = {(debt.debtor, debt.creditor): debt.amount for debt in debts_of(due, (), on, RULE.due_days)}
    total = sum(account.payment for account in settled.accounts.values())
    assert owed[OPERATOR, Account(AccountKind.AGGREGATOR, "Grid Friends")] == Decimal(f"{total:.2f}")
    home = Account(AccountKind.MEMBER, "h0")
    assert owed[Account(AccountKind.AGGREGATOR, "Grid Friends"), home] == Decimal("10.00")
    debts = debts_of(due, (), on, RULE.due_days)
    verdict = verdict_of(settled.accounts["h0"], (), on, RULE)
    words = season_statement_of(settled.accounts["h0"], verdict, (), "EUR", debts=debts).sentences
    assert (
        sum("10.00 of it was due to you from Grid Friends on Thu 14 March 2013" in text for text in words)
        == 1
    )
    assert debts_of(due, due, on, RULE.due_days) == (), "paid in full"


def test_what_is_paid_covers_the_oldest_debt_first_and_an_operator_s_own_books_change_nothing():
    ours = season()
    due = monthly_entries(ours, date(2013, 2, 28), RULE, {}, PARTIES, ())
    more = monthly_entries(ours, date(2013, 3, 31), RULE, {}, PARTIES, due)
    on = date(2013, 6, 1)
    (late, *_) = debts_of([*more, *due], due, on, RULE.due_days)
    assert late.due_on == date(2013, 4, 14)
    assert Ledger(tuple(due)).imbalance == 0
    less = monthly_entries(season(lambda home, day: home != "h0"), date(2013, 2, 28), RULE, {}, PARTIES, ())
    left = [
        debt for debt in debts_of(due, less, on, RULE.due_days) if debt.creditor.kind is AccountKind.MEMBER
    ]
    assert [debt.creditor.name for debt in left] == ["h0"]
