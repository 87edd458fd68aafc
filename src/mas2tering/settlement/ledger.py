"""A double-entry ledger in decimals: whatever one account pays, another one gets."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
_EXACT = Decimal("0.00000001")


class AccountKind(StrEnum):
    """Whose account it is."""

    MEMBER = "member"
    SUPPLIER = "supplier"
    NETWORK = "network"
    AGGREGATOR = "aggregator"
    BUYER = "buyer"
    DSO = "dso"
    POT = "pot"


@dataclass(frozen=True, order=True)
class Account:
    """An account: whose, and by which name."""

    kind: AccountKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


POT = Account(AccountKind.POT, "community")
"""Local trades are settled through the pot, and it is empty when the day is settled."""
NETWORK = Account(AccountKind.NETWORK, "local charges")


class EntryKind(StrEnum):
    """What an entry is for."""

    SUPPLY = "supply"
    FEED_IN = "feed_in"
    LOCAL_PURCHASE = "local_purchase"
    LOCAL_SALE = "local_sale"
    DELIVERY = "delivery"
    LOCAL_CHARGES = "local_charges"
    GAIN_SHARE = "gain_share"
    ROUNDING = "rounding"
    FEE = "aggregator_fee"
    FLEXIBILITY = "flexibility_payment"
    FLEXIBILITY_PROVISIONAL = "flexibility_provisional"
    FLEXIBILITY_SEASON = "flexibility_season"
    FLEXIBILITY_SHORTFALL = "flexibility_shortfall"
    FLEXIBILITY_REWARD = "flexibility_reward"
    FLEXIBILITY_TAKEN_BACK = "flexibility_taken_back"


@dataclass(frozen=True)
class Entry:
    """``debit`` pays ``amount`` (above zero, whole cents) to ``credit``, for a day and a reason in words.

    Raises:
        ValueError: the amount is not above zero or not in whole cents, or an account pays itself.
    """

    day: date
    kind: EntryKind
    debit: Account
    credit: Account
    amount: Decimal
    currency: str
    reason: str

    def __post_init__(self) -> None:
        if self.amount <= 0 or self.amount != to_cents(self.amount):
            raise ValueError(
                f"an entry of {self.amount}; expected whole cents above zero (swap the accounts for less)"
            )
        if self.debit == self.credit:
            raise ValueError(f"{self.debit} pays itself")


@dataclass(frozen=True)
class Ledger:
    """Entries in the order in which they were made."""

    entries: tuple[Entry, ...] = ()

    def balances(self, day: date | None = None) -> dict[tuple[Account, str], Decimal]:
        """What each account got less what it paid, by currency; of one day, or of all."""
        found: dict[tuple[Account, str], Decimal] = {}
        for entry in self.entries:
            if day is None or entry.day == day:
                for account, amount in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
                    key = (account, entry.currency)
                    found[key] = found.get(key, Decimal(0)) + amount
        return found

    def balance(self, account: Account, currency: str) -> Decimal:
        """What one account got less what it paid."""
        return self.balances().get((account, currency), Decimal(0))

    @property
    def imbalance(self) -> Decimal:
        """What is missing, or left over, of any day and currency: in all accounts together, or in the pot."""
        worst = Decimal(0)
        for day in {entry.day for entry in self.entries}:
            balances = self.balances(day)
            for currency in {currency for _, currency in balances}:
                total = sum((x for (_, c), x in balances.items() if c == currency), Decimal(0))
                worst = max(worst, abs(total), abs(balances.get((POT, currency), Decimal(0))))
        return worst


def transfer(
    day: date,
    kind: EntryKind,
    payer: Account,
    payee: Account,
    amount: Decimal,
    currency: str,
    reason: str,
) -> tuple[Entry, ...]:
    """The entry by which ``payer`` pays; below zero the other way round, and none for nothing."""
    if amount == 0:
        return ()
    debit, credit = (payer, payee) if amount > 0 else (payee, payer)
    return (Entry(day, kind, debit, credit, abs(amount), currency, reason),)


def exactly(amount: float) -> Decimal:
    """An amount as a decimal, with six digits behind the cent: finer than any sum of money that was computed."""
    return Decimal(float(amount)).quantize(_EXACT, rounding=ROUND_HALF_EVEN)


def to_cents(amount: Decimal) -> Decimal:
    """The nearest whole cents, halves to even."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def apportioned(
    exact: Sequence[Decimal], total: Decimal, *at_most: Sequence[Decimal], names: Sequence[str] = ()
) -> tuple[Decimal, ...]:
    """Whole cents near the exact amounts, with a given sum: cent after cent to the largest remainder.

    Equal remainders are served by ``names``, so that nobody's cent depends on the order of others; without names in order.
    Amounts do not go beyond the first limits as long as others can take the cent; if
    none can, not beyond the next ones, and in the end beyond all. ``total`` is in whole cents.
    """
    wanted = [amount / CENT for amount in exact]
    limits = [[_floor(amount / CENT) for amount in amounts] for amounts in at_most]
    given = [_floor(amount) for amount in wanted]
    if limits:
        given = [min(pair) for pair in zip(given, limits[0], strict=True)]
    missing = int(total / CENT) - sum(given)
    first = names or [f"{k:09d}" for k in range(len(given))]
    if missing > 0:
        for limit in limits:
            missing = _move(wanted, given, first, missing, limit)
    _move(wanted, given, first, missing, None)
    return tuple(cents * CENT for cents in given)


def _move(
    wanted: Sequence[Decimal], given: list[int], names: Sequence[str], missing: int, limits: list[int] | None
) -> int:
    """Hand out the missing cents (or take them back, where negative); what could not be handed out."""
    step = 1 if missing >= 0 else -1
    heap = [
        (step * (given[k] - wanted[k]), names[k], k)
        for k in range(len(given))
        if limits is None or given[k] < limits[k]
    ]
    heapq.heapify(heap)
    for _ in range(abs(missing)):
        if not heap:
            break
        _, name, row = heapq.heappop(heap)
        given[row] += step
        missing -= step
        if limits is None or given[row] < limits[row]:
            heapq.heappush(heap, (step * (given[row] - wanted[row]), name, row))
    return missing


def _floor(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_FLOOR))
