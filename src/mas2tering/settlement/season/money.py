"""A season's money: provisional payments month by month, a month held back, and the rest when the season is settled.

All of it goes from the distribution system operator through the home's aggregator, which passes it on in full and gets
nothing of its own from it. Amounts are whole cents; at the end of the season each home has been paid what its account says, to
within a cent, and the operator the sum of all accounts, cut down to a cent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Protocol

from mas2tering.settlement.ledger import (
    CENT,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    apportioned,
    exactly,
    transfer,
)
from mas2tering.settlement.season.account import SeasonAccount, account_of, medians_of
from mas2tering.settlement.season.judging import JudgedDay
from mas2tering.settlement.season.rule import SeasonRule

_SEASON_KINDS = (EntryKind.FLEXIBILITY_PROVISIONAL, EntryKind.FLEXIBILITY_SEASON)


class EntryStore(Protocol):
    """Where entries are kept. What was appended stays: an entry is acknowledged once ``append`` returns."""

    def append(self, entries: Sequence[Entry]) -> None:
        """Keep all of these entries, or none of them."""
        ...

    def entries(self) -> Sequence[Entry]:
        """All entries in the order in which they were appended."""
        ...


@dataclass(frozen=True)
class Parties:
    """Who pays whom: the operator, and each home's aggregator, by home."""

    dso: str
    aggregator_of: Mapping[str, str]
    currency: str


@dataclass(frozen=True)
class SettledSeason:
    """A season's accounts, by home, and the entries that settle it; ``rewards`` are what homes get for offering at all,
    ``taken_back`` what of it pays the debts of those who leave."""

    accounts: Mapping[str, SeasonAccount]
    entries: tuple[Entry, ...]
    rewards: Mapping[str, float] = field(default_factory=dict)
    taken_back: Mapping[str, float] = field(default_factory=dict)

    @property
    def carried(self) -> dict[str, float]:
        """What is left to deduct from each home in the next season, of homes where something is."""
        left = {
            home: account.carried - self.taken_back.get(home, 0.0) for home, account in self.accounts.items()
        }
        return {home: amount for home, amount in left.items() if amount > 0.0}


def accounts_of(
    homes: Mapping[str, Sequence[JudgedDay]], rule: SeasonRule, brought: Mapping[str, float]
) -> dict[str, SeasonAccount]:
    """The accounts of all homes over the same days, about their own medians."""
    medians = medians_of(homes)
    return {
        home: account_of(home, days, medians, rule, brought.get(home, 0.0)) for home, days in homes.items()
    }


def monthly_entries(
    homes: Mapping[str, Sequence[JudgedDay]],
    month_ends: date,
    rule: SeasonRule,
    brought: Mapping[str, float],
    parties: Parties,
    booked: Sequence[Entry],
) -> tuple[Entry, ...]:
    """What is paid at the end of a month, provisionally: each home's account without the months held back, less what it had.

    The same month asked for again, with its entries among those ``booked``, brings nothing more.
    """
    known_until = _months_before(month_ends, rule.months_held_back)
    known = {home: [day for day in days if day.day <= known_until] for home, days in homes.items()}
    had = paid_so_far(booked)
    entries: list[Entry] = []
    for home, account in accounts_of(known, rule, brought).items():
        so_far = exactly(max(0.0, account.payment)).quantize(CENT, rounding=ROUND_FLOOR)
        more = max(Decimal(0), so_far - had.get(home, Decimal(0)))
        why = f"provisional payment for the losses until {known_until:%d %B %Y}"
        entries += _passed_on(month_ends, EntryKind.FLEXIBILITY_PROVISIONAL, home, more, parties, why)
    return tuple(entries)


def settled_season(
    homes: Mapping[str, Sequence[JudgedDay]],
    ends: date,
    rule: SeasonRule,
    brought: Mapping[str, float],
    parties: Parties,
    booked: Sequence[Entry] = (),
    *,
    rewards: Mapping[str, float] | None = None,
    leaving: Collection[str] = (),
) -> SettledSeason:
    """Settle a season: accounts, and entries that bring what was ``booked`` before to what is due.

    ``rewards`` are of the homes that offered (:func:`rewards_of`). They are paid now and not before, so that of those who are
    ``leaving`` they can pay what is left to deduct.
    """
    rewards = rewards or {}
    accounts = accounts_of(homes, rule, brought)
    names = list(accounts)
    earned = [exactly(accounts[home].losses - accounts[home].deducted) for home in names]
    charges = [exactly(accounts[home].short_charge) for home in names]
    due, owed = _in_cents(names, earned), _in_cents(names, charges)
    had = paid_so_far(booked)
    entries: list[Entry] = []
    for home, amount, charge in zip(names, due, owed, strict=True):
        account = accounts[home]
        left = amount - had.get(home, Decimal(0))
        why = f"the season until {ends:%d %B %Y}: losses of {account.losses:.2f} less {account.deducted:.2f} deducted, less what was paid"
        entries += _passed_on(ends, EntryKind.FLEXIBILITY_SEASON, home, left, parties, why)
        short = f"{account.short_kwh:.2f} kWh ordered and not delivered"
        entries += _passed_on(ends, EntryKind.FLEXIBILITY_SHORTFALL, home, -charge, parties, short)
    taken_back = {
        home: min(rewards.get(home, 0.0), accounts[home].carried)
        for home in accounts
        if home in leaving and accounts[home].carried > 0.0
    }
    entries += _of_rewards(ends, rewards, taken_back, parties)
    return SettledSeason(accounts, tuple(entries), rewards, taken_back)


def _of_rewards(
    ends: date, rewards: Mapping[str, float], taken_back: Mapping[str, float], parties: Parties
) -> list[Entry]:
    entries: list[Entry] = []
    for kind, amounts, sign, why in (
        (EntryKind.FLEXIBILITY_REWARD, rewards, 1, "for offering to help, whatever happened"),
        (EntryKind.FLEXIBILITY_TAKEN_BACK, taken_back, -1, "left to deduct from a home that leaves"),
    ):
        names = sorted(amounts)
        cents = _in_cents(names, [exactly(amounts[home]) for home in names])
        for home, amount in zip(names, cents, strict=True):
            reason = f"the season until {ends:%d %B %Y}: {why}"
            entries += _passed_on(ends, kind, home, sign * amount, parties, reason)
    return entries


def paid_so_far(booked: Sequence[Entry]) -> dict[str, Decimal]:
    """What each home got for its losses by entries that are booked."""
    found: dict[str, Decimal] = {}
    for entry in booked:
        if entry.kind in _SEASON_KINDS:
            for account, amount in ((entry.credit, entry.amount), (entry.debit, -entry.amount)):
                if account.kind is AccountKind.MEMBER:
                    found[account.name] = found.get(account.name, Decimal(0)) + amount
    return found


def _in_cents(names: Sequence[str], amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    total = sum(amounts, Decimal(0)).quantize(CENT, rounding=ROUND_FLOOR)
    return apportioned(amounts, total, names=names)


def _passed_on(
    day: date, kind: EntryKind, home: str, amount: Decimal, parties: Parties, reason: str
) -> tuple[Entry, ...]:
    """The operator pays a home through its aggregator; below zero the other way round."""
    operator = Account(AccountKind.DSO, parties.dso)
    aggregator = Account(AccountKind.AGGREGATOR, parties.aggregator_of[home])
    member, currency = Account(AccountKind.MEMBER, home), parties.currency
    return (
        *transfer(day, kind, operator, aggregator, amount, currency, f"{reason}; {home}"),
        *transfer(day, kind, aggregator, member, amount, currency, f"{reason}; passed on in full"),
    )


def _months_before(day: date, months: int) -> date:
    """The last day of the month that lies so many months before."""
    month = day.year * 12 + day.month - 1 - months
    following = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)
