"""The season's ledger in a database: entries can only be added, all of a batch or none, and the same batch only once."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mas2tering.settlement.ledger import Account, AccountKind, Entry, EntryKind, to_cents
from mas2tering.study.season.account import RunSeason

if TYPE_CHECKING:
    from mas2tering.history.store import LedgerEntry, TransactionStore

LEDGER, LEDGER_OF_SEASON = "ledger.sqlite", "season.sqlite"
"""Of a run, which each run writes anew, and of a generated season, which is only added to."""


class StoredEntries:
    """An ``EntryStore`` on the transactions of the historical database, in SQLite or PostgreSQL.

    A batch is keyed by its season and by what is in it: one that was stored before its writer was killed, and is handed in
    again, is there once. Seasons of the same name share a ledger, others do not see it.

    Args:
        store: where transactions are kept.
        season: its name; of at most 80 letters.

    Raises:
        ValueError: a name that is empty or too long.
    """

    def __init__(self, store: "TransactionStore", season: str) -> None:
        if not 0 < len(season) <= 80:
            raise ValueError(f"a season named {season!r}; expected 1 to 80 letters")
        self._store, self._season = store, season

    def append(self, entries: Sequence[Entry]) -> None:
        """Keep all of these entries, or none of them; what is returned from is durable."""
        from mas2tering.history.store import Document

        if not entries:
            return
        rows = [_as_kept(entry) for entry in entries]
        said = [[str(value) for value in vars(row).values()] for row in rows]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        key = sha256(text.encode()).hexdigest()
        last = max(entry.day for entry in entries)
        self._store.settle(Document(f"{self._season}|{key}", self._season, last, text), rows)

    def entries(self) -> Sequence[Entry]:
        """All entries of the season in the order in which they were appended."""
        return tuple(_as_booked(row) for row in self._store.entries_of(self._season))


def _as_kept(entry: Entry) -> "LedgerEntry":
    from mas2tering.history.store import LedgerEntry

    return LedgerEntry(
        entry.day,
        entry.kind.value,
        str(entry.debit),
        str(entry.credit),
        to_cents(entry.amount),
        entry.currency,
        entry.reason,
    )


def _as_booked(row: "LedgerEntry") -> Entry:
    return Entry(
        row.day,
        EntryKind(row.kind),
        _account(row.debit),
        _account(row.credit),
        row.amount,
        row.currency,
        row.reason,
    )


def _account(said: str) -> Account:
    kind, name = said.split(":", maxsplit=1)
    return Account(AccountKind(kind), name)


@contextmanager
def opened_ledger(location: str, season: str) -> Iterator[StoredEntries]:
    """The ledger of a season: a file of SQLite, or ``postgresql://…``; let go of in the end.

    Raises:
        StoreError: it cannot be opened, or was written by a later version.
    """
    from mas2tering.history.store.transactions import postgres_transactions, sqlite_transactions

    is_server = location.startswith(("postgresql://", "postgres://"))
    store = postgres_transactions(location) if is_server else sqlite_transactions(Path(location))
    try:
        yield StoredEntries(store, season)
    finally:
        store.close()


def write_ledger(folder: Path, season: RunSeason) -> tuple[str, ...]:
    """Book a run's provisional payments into a ledger in a folder, and say its name; none without the extra that keeps one.

    Raises:
        OSError: it cannot be written.
    """
    try:
        import sqlalchemy  # noqa: F401
    except ImportError:
        return ()
    with opened_ledger(str(folder / LEDGER), f"run of {season.days[0].gate.draw.day}") as ledger:
        ledger.append(season.entries)
    return (LEDGER,)
