"""A season in words: what a prosumer got for helping, what was deducted and why, each with the figures to check it by."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from mas2tering.settlement.ledger import Account, AccountKind, Entry, EntryKind
from mas2tering.settlement.season.account import Finding, SeasonAccount
from mas2tering.settlement.season.claims import Debt
from mas2tering.settlement.season.sanctions import Standing, Verdict
from mas2tering.settlement.wording import amount, count, energy, long_date


@dataclass(frozen=True)
class SeasonStatement:
    """A home's season: ``lines`` of label and amount that sum to ``payment``, sentences, and what was paid in cents."""

    home: str
    lines: tuple[tuple[str, float], ...]
    payment: float
    paid: Decimal
    sentences: tuple[str, ...]


def season_statement_of(
    account: SeasonAccount,
    verdict: Verdict,
    entries: tuple[Entry, ...],
    currency: str,
    *,
    reward: float = 0.0,
    taken_back: float = 0.0,
    debts: Sequence[Debt] = (),
) -> SeasonStatement:
    """The statement of a home for its season; ``entries`` are all that were booked for it, ``reward`` is what it gets for
    offering at all and ``taken_back`` what of it pays debts of a home that leaves, ``debts`` are what is due and not paid."""
    lines = (
        ("Your losses by orders, as far as you delivered", account.losses),
        ("Deducted", -account.deducted),
        ("For what was ordered and not delivered", -account.short_charge),
        ("For offering to help, whatever happened", reward),
        ("Left to deduct, since you leave", -taken_back),
    )
    return SeasonStatement(
        home=account.home,
        lines=tuple((label, value) for label, value in lines if value or label == lines[0][0]),
        payment=account.payment + reward - taken_back,
        paid=_paid(account.home, entries),
        sentences=(
            _days(account),
            *_deductions(account, currency),
            *_short(account, currency),
            *_carried(account, taken_back, currency),
            *_not_paid(account.home, debts),
            *_standing(verdict),
        ),
    )


def _paid(home: str, entries: tuple[Entry, ...]) -> Decimal:
    kinds = (
        EntryKind.FLEXIBILITY_PROVISIONAL,
        EntryKind.FLEXIBILITY_SEASON,
        EntryKind.FLEXIBILITY_SHORTFALL,
        EntryKind.FLEXIBILITY_REWARD,
        EntryKind.FLEXIBILITY_TAKEN_BACK,
    )
    total = Decimal(0)
    for entry in entries:
        if entry.kind in kinds:
            for side, sign in ((entry.credit, 1), (entry.debit, -1)):
                if side.kind is AccountKind.MEMBER and side.name == home:
                    total += sign * entry.amount
    return total


def _days(account: SeasonAccount) -> str:
    called = sum(day.called for day in account.days)
    held_out = sum(day.held_out for day in account.days)
    return (
        f"The network was congested on {count(len(account.days), 'day')}. On {called} of them you got an order; on {held_out} the lot "
        "fell on you: you got none, and lived the plan that you were bound to, so that plans can be trusted."
    )


def _deductions(account: SeasonAccount, currency: str) -> tuple[str, ...]:
    found = (
        (
            account.held_out,
            "The days on which the lot fell on you cost more than your plans said. Each stands for the days on which it did not",
        ),
        (account.dearer_than_ordered, "The days with an order cost more than the plans that were ordered"),
        (
            account.not_there,
            "The days with an order cost less than the plans that were ordered: something in them did not happen",
        ),
        (
            account.contradicted,
            "By the records of your devices you did as ordered; by your meter you did not",
        ),
    )
    return tuple(
        f"{words}: {_figures(finding, currency)}, which counts {account.factor:g} times."
        for finding, words in found
        if finding.beyond > 0.0
    )


def _figures(finding: Finding, currency: str) -> str:
    return (
        f"{amount(finding.total, currency)} over {count(finding.days, 'day')}, of which {amount(finding.band, currency)} may be chance; "
        f"beyond it are {amount(finding.beyond, currency)}"
    )


def _short(account: SeasonAccount, currency: str) -> tuple[str, ...]:
    if not account.short_kwh:
        return ()
    return (
        f"You did not deliver {energy(account.short_kwh)} of what was ordered, and pay {amount(account.short_charge, currency)} for it.",
    )


def _carried(account: SeasonAccount, taken_back: float, currency: str) -> tuple[str, ...]:
    sentences = []
    if account.brought:
        sentences.append(f"{amount(account.brought, currency)} was left to deduct from the season before.")
    left = account.carried - taken_back
    if left > 0.0:
        sentences.append(f"{amount(left, currency)} is left to deduct in the next season.")
    return tuple(sentences)


def _not_paid(home: str, debts: Sequence[Debt]) -> tuple[str, ...]:
    return tuple(
        f"{amount(float(debt.amount), debt.currency)} of it was due to you from {debt.debtor.name} on {long_date(debt.due_on)} and is "
        "not paid. It stands by the orders that were signed, whatever is said of them now."
        for debt in debts
        if debt.creditor == Account(AccountKind.MEMBER, home)
    )


def _standing(verdict: Verdict) -> tuple[str, ...]:
    words = {
        Standing.TRUSTED: "",
        Standing.SUSPECTED: "In the next season the lot falls on you more often.",
        Standing.EXCLUDED: "In the next season you get no orders.",
    }[verdict.standing]
    sentences = [words] if words else []
    if verdict.reasons:
        sentences.append(f"Why: {'; '.join(verdict.reasons)}.")
    if verdict.appeal_until is not None:
        sentences.append(f"You may appeal until {long_date(verdict.appeal_until)}.")
    if verdict.appeal:
        sentences.append(f"Your appeal was decided: {verdict.appeal}")
    return tuple(sentences)
