"""What the historical database can be asked, whichever back end keeps it.

Series of readings and transactions are two jobs, each with its protocol; ``History`` is both. Parties know homes by
pseudonym only; contracts, orders and the ledger name members as their contracts do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.store.readings import Quantity, Readings, SeriesName, Window


@dataclass(frozen=True)
class Refused:
    """A reading that was not stored: its row in the batch, whose and which it is, and why."""

    row: int
    name: SeriesName
    instant: datetime
    reason: str

    def __str__(self) -> str:
        return f"{self.name} at {self.instant:%Y-%m-%d %H:%M:%S} UTC: {self.reason}"


@dataclass(frozen=True)
class Ingested:
    """What became of a batch. Once this is returned, what was stored survives a crash.

    Attributes:
        stored: rows that are new, corrections among them.
        corrected: those that give another value for an instant that had one; the earlier value stays readable as of
            its time.
        repeated: rows that say what was known already, stored once.
        refused: rows that make no sense, and why.
    """

    stored: int
    corrected: int
    repeated: int
    refused: tuple[Refused, ...]


class SeriesStore(Protocol):
    """Readings of many series, each known from an instant on.

    Where an instant of a series has several values, the one that became available last stands. Every method
    raises ``StoreError``, in the user's words, where the database cannot do what is asked.
    """

    def ingest(self, readings: Readings, now: datetime) -> Ingested:
        """Store a batch, whole or not at all, in any order, late or repeated; a stream is many small batches.

        Args:
            readings: any rows; those that make no sense are refused, the others stored.
            now: the clock of whoever stores (UTC); readings of steps that end later are refused.
        """
        ...

    def names(self) -> tuple[SeriesName, ...]:
        """All series that there are, in order of name."""
        ...

    def read(
        self, name: SeriesName, window: Window, as_of: datetime | None = None, *, raw: bool = False
    ) -> MeasuredSeries:
        """One series on the steps of a window: one home's days.

        Args:
            name: which; one that nothing is known of is all gaps.
            window: which steps; readings of shorter steps are averaged where all are there, longer ones held.
            as_of: what was known at that instant only (UTC); all that is known now, where none is given.
            raw: values as measured; otherwise repaired ones, and gaps where a flagged value has no repair.
        """
        ...

    def read_all(
        self, quantity: Quantity, window: Window, as_of: datetime | None = None, *, raw: bool = False
    ) -> dict[str, MeasuredSeries]:
        """The series of all homes that have a value in a window, by pseudonym in order: all homes' day."""
        ...

    def read_by_day(
        self,
        quantity: Quantity,
        first: date,
        days: int,
        step_minutes: int,
        zone: str,
        as_of: datetime | None = None,
        *,
        raw: bool = False,
    ) -> Iterator[tuple[date, dict[str, MeasuredSeries]]]:
        """All homes day by day, one day in memory at a time: a year by day. Days without values are empty."""
        ...

    def versions(self, name: SeriesName, window: Window) -> Readings:
        """Every value of a series in a window, the replaced ones too, with flags and repairs, by instant and by
        ``available_at``."""
        ...

    def erase(self, pseudonym: str) -> int:
        """Delete all that was measured at a home; how many readings that were."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


@dataclass(frozen=True)
class KeptReceipt:
    """A receipt as the platform keeps it: sealed, so that only its holder reads what is in it.

    Attributes:
        id: names the receipt; a second one with the same id is refused.
        pseudonym: under which the rows lie.
        epoch: of the pseudonym, such as ``2013-01``.
        key_id: the key that made the pseudonym, so that destroying the key finds its receipts.
        issued_at: when (UTC).
        sealed: the receipt's bytes, sealed and signed by whoever issued it.
    """

    id: str
    pseudonym: str
    epoch: str
    key_id: str
    issued_at: datetime
    sealed: bytes


class ReceiptBook(Protocol):
    """Receipts of anonymised data."""

    def keep_receipts(self, receipts: Sequence[KeptReceipt]) -> None:
        """Keep receipts, all or none; the same one twice is kept once.

        Raises:
            ValueError: another receipt has this id.
        """
        ...

    def receipts(self, pseudonym: str) -> tuple[KeptReceipt, ...]:
        """The receipts of a pseudonym, oldest first."""
        ...

    def forget_receipts(self, pseudonym: str) -> int:
        """Delete the receipts of a pseudonym (a home is erased); how many that were."""
        ...


@dataclass(frozen=True)
class LookUp:
    """Somebody asked which pseudonym a home has, or which home is behind a pseudonym.

    Attributes:
        at: when (UTC).
        who: the identity that asked.
        role: the role in which it asked.
        question: what was asked ("pseudonym of a home", "home of a pseudonym").
        subject: about which home or pseudonym; a home as the anonymiser names it, never in clear.
        purpose: what for, in words.
        answered: whether it was told.
    """

    at: datetime
    who: str
    role: str
    question: str
    subject: str
    purpose: str
    answered: bool


class LookUpLog(Protocol):
    """Every look-up between identity and pseudonym. The database itself refuses to change or delete a row."""

    def record_look_ups(self, look_ups: Sequence[LookUp]) -> tuple[int, ...]:
        """Write look-ups down, before they are answered; their numbers."""
        ...

    def look_ups(self, since: datetime | None = None, subject: str | None = None) -> tuple[LookUp, ...]:
        """Look-ups in the order in which they were written, from an instant on and about a subject where given."""
        ...


@dataclass(frozen=True)
class Document:
    """A contract, an order or a settlement as it was agreed on: who, when, and its text (JSON).

    Attributes:
        id: names it; the same one twice is kept once, another text under the same id is refused.
        party: the member, aggregator or community that it binds.
        day: the first day on which it holds.
        text: the whole of it.
    """

    id: str
    party: str
    day: date
    text: str


@dataclass(frozen=True)
class LedgerEntry:
    """``debit`` pays ``amount`` (above zero, exact to eight digits behind the point) to ``credit``.

    Raises:
        ValueError: the amount is not above zero or has more digits, or an account pays itself.
    """

    day: date
    kind: str
    debit: str
    credit: str
    amount: Decimal
    currency: str
    reason: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount <= 0 or self.debit == self.credit:
            raise ValueError(
                f"{self.debit} pays {self.amount} to {self.credit}: more than zero to another is expected"
            )
        if self.amount != round(self.amount, 8):
            raise ValueError(f"an amount of {self.amount}: at most eight digits behind the point are kept")


class TransactionStore(ReceiptBook, LookUpLog, Protocol):
    """Contracts, orders, settlements with their ledger, receipts and look-ups; each write is whole and durable."""

    def keep_contract(self, contract: Document) -> None:
        """Keep a contract.

        Raises:
            ValueError: another contract has this id.
        """
        ...

    def contracts(self, party: str | None = None) -> tuple[Document, ...]:
        """Contracts by day and id, of a party or all."""
        ...

    def keep_order(self, order: Document) -> None:
        """Keep an order of flexibility.

        Raises:
            ValueError: another order has this id.
        """
        ...

    def orders(self, day: date, party: str | None = None) -> tuple[Document, ...]:
        """Orders of a day by id, of a party or all."""
        ...

    def settle(self, settlement: Document, entries: Sequence[LedgerEntry]) -> None:
        """Keep a settlement and post its entries, all or none; the same settlement again is posted once.

        Raises:
            ValueError: another settlement has this id.
        """
        ...

    def settlement(self, id_: str) -> Document | None:
        """A settlement by id, or None."""
        ...

    def entries(self, first: date | None = None, last: date | None = None) -> tuple[LedgerEntry, ...]:
        """Ledger entries in the order in which they were posted, from a day to a day where given."""
        ...

    def entries_of(self, party: str) -> tuple[LedgerEntry, ...]:
        """Ledger entries of a party's settlements, in the order in which they were posted."""
        ...

    def balances(self, day: date | None = None) -> dict[tuple[str, str], Decimal]:
        """What each account got less what it paid, by account and currency; of one day, or of all."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


@dataclass(frozen=True)
class History:
    """The historical database: series of readings, and transactions."""

    series: SeriesStore
    transactions: TransactionStore

    def close(self) -> None:
        """Let go of both."""
        self.series.close()
        self.transactions.close()
