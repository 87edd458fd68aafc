"""What an operator cannot take back: orders that it signed, days that count by evidence of both sides, payments that are due.

The settlement looks at what was signed and sealed, and not at what anybody says of it afterwards. A day counts for a home
whose commitment stood at the gate and that holds a signed order, or on which the lot fell on it. Nothing else makes a day
invalid: an operator that does not reveal its secret only loses what it might have deducted.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.ledger import Account, Entry
from mas2tering.settlement.season.commitment import Signatures
from mas2tering.settlement.season.hold_out import Draw

_UNIT_PER_KWH = 1e-6


@dataclass(frozen=True)
class Call:
    """An order as the operator signed it: what each kWh of the home costs more, shape (steps,), from which anybody can work out
    the ordered plan."""

    home: str
    day: date
    added_per_kwh: FloatArray
    made_at: datetime
    signature: bytes

    @property
    def signed_text(self) -> bytes:
        """What is signed."""
        return call_text(self.home, self.day, self.added_per_kwh, self.made_at)


def call_text(home: str, day: date, added_per_kwh: FloatArray, made_at: datetime) -> bytes:
    """What an operator signs when it orders; the same order always makes the same bytes.

    Raises:
        ValueError: the time has no zone.
    """
    if made_at.utcoffset() is None:
        raise ValueError(f"home {home!r}: expected a time with its zone, found {made_at.isoformat()}")
    prices = np.rint(added_per_kwh / _UNIT_PER_KWH).astype(np.int64).tolist()
    said = {"home": home, "day": day.isoformat(), "added": prices, "made_at": made_at.isoformat()}
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def why_not_called(
    call: Call | None, home: str, day: date, operator: str, begins: datetime, signatures: Signatures
) -> tuple[str, ...]:
    """Why a home has no order for a day that ``begins`` then, every reason in words; none where it has."""
    if call is None:
        return (f"home {home!r} holds no order of {operator} for {day}",)
    reasons = []
    if (call.home, call.day) != (home, day):
        reasons.append(f"the order is to home {call.home!r} for {call.day}, not to {home!r} for {day}")
    if call.made_at > begins:
        reasons.append(
            f"the order to home {home!r} came at {call.made_at.isoformat()}, when the day had begun"
        )
    if not signatures.is_signed_by(operator, call.signed_text, call.signature):
        reasons.append(f"the order to home {home!r} is not signed by {operator}")
    return tuple(reasons)


def why_day_does_not_count(
    home: str, not_bound: Sequence[str], not_called: Sequence[str], draw: Draw
) -> tuple[str, ...]:
    """Why a congested day does not count for a home; none where it does, whatever operator or aggregator say of it.

    ``not_bound`` is why its commitment does not stand (:func:`why_not_bound`), ``not_called`` why it has no order
    (:func:`why_not_called`). Where the lot fell on it there is no order, and none is needed.
    """
    if not_bound or home in draw.held_out:
        return tuple(not_bound)
    return tuple(not_called)


@dataclass(frozen=True)
class Debt:
    """What one account owes another: ``amount`` is due and has not been paid; the oldest of it since ``due_on``."""

    debtor: Account
    creditor: Account
    amount: Decimal
    currency: str
    due_on: date


def debts_of(due: Sequence[Entry], received: Sequence[Entry], on: date, due_days: int) -> tuple[Debt, ...]:
    """What is owed on a day: entries that are due ``due_days`` after theirs, less what creditors confirm to have
    ``received``, which pays the oldest first.

    ``due`` are entries as the settlement works them out from commitments, orders and meters; a debtor that books others, or
    none, changes nothing.
    """
    paid: dict[tuple[Account, Account, str], Decimal] = {}
    for entry in received:
        key = (entry.debit, entry.credit, entry.currency)
        paid[key] = paid.get(key, Decimal(0)) + entry.amount
    owed: dict[tuple[Account, Account, str], Debt] = {}
    for entry in sorted(due, key=lambda entry: entry.day):
        due_on = entry.day + timedelta(days=due_days)
        if due_on >= on:
            continue
        key = (entry.debit, entry.credit, entry.currency)
        covered = min(entry.amount, paid.get(key, Decimal(0)))
        paid[key] = paid.get(key, Decimal(0)) - covered
        left = entry.amount - covered
        if left:
            before = owed.get(key)
            amount, since = (left, due_on) if before is None else (before.amount + left, before.due_on)
            owed[key] = Debt(entry.debit, entry.credit, amount, entry.currency, since)
    return tuple(sorted(owed.values(), key=lambda debt: (debt.debtor, debt.creditor)))
