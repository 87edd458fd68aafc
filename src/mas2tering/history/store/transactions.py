"""Contracts, orders, settlements, ledger, receipts and look-ups, in SQLite or PostgreSQL by SQLAlchemy Core."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    Table,
    create_engine,
    delete,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from mas2tering.history.store import postgres_series, sqlite_series, tables
from mas2tering.history.store.errors import StoreError
from mas2tering.history.store.migrations import VERSION_OF, VERSION_TABLE, apply
from mas2tering.history.store.repository import Document, KeptReceipt, LedgerEntry, LookUp

if TYPE_CHECKING:
    import sqlite3

    import psycopg

_LOCK = 5_217_002


class SQLTransactions:
    """A ``TransactionStore`` in a database that SQLAlchemy reaches; see there for what the methods do.

    Args:
        engine: of SQLite or PostgreSQL.
        place: the database in words, or its file.

    Raises:
        StoreError: the tables cannot be made, or are of a later version.
    """

    def __init__(self, engine: Engine, place: str) -> None:
        self._engine, self._place = engine, place
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    def _migrate(self) -> None:
        with self._writing() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            connection.exec_driver_sql(VERSION_TABLE)
            version = connection.exec_driver_sql(VERSION_OF.format(part="transactions")).scalar()
            apply(
                tables.migrations(connection),
                connection.exec_driver_sql,
                version,
                "transactions",
                self._place,
            )

    def keep_contract(self, contract: Document) -> None:
        """Keep a contract."""
        with self._writing() as connection:
            _keep(connection, tables.contracts, contract)

    def contracts(self, party: str | None = None) -> tuple[Document, ...]:
        """Contracts by day and id."""
        return self._documents(_of_party(tables.contracts, party))

    def keep_order(self, order: Document) -> None:
        """Keep an order."""
        with self._writing() as connection:
            _keep(connection, tables.orders, order)

    def orders(self, day: date, party: str | None = None) -> tuple[Document, ...]:
        """Orders of a day."""
        return self._documents(_of_party(tables.orders, party).where(tables.orders.c.day == day))

    def settle(self, settlement: Document, entries: Sequence[LedgerEntry]) -> None:
        """Keep a settlement and post its entries."""
        with self._writing() as connection:
            if not _keep(connection, tables.settlements, settlement):
                return
            if entries:
                values = [{**vars(entry), "settlement": settlement.id} for entry in entries]
                connection.execute(insert(tables.ledger), values)

    def settlement(self, id_: str) -> Document | None:
        """A settlement by id."""
        found = self._documents(select(tables.settlements).where(tables.settlements.c.id == id_))
        return found[0] if found else None

    def entries(self, first: date | None = None, last: date | None = None) -> tuple[LedgerEntry, ...]:
        """Ledger entries in the order of posting."""
        ledger, query = tables.ledger.c, _entries()
        if first is not None:
            query = query.where(ledger.day >= first)
        if last is not None:
            query = query.where(ledger.day <= last)
        return tuple(LedgerEntry(**row) for row in self._rows(query.order_by(ledger.number)))

    def entries_of(self, party: str) -> tuple[LedgerEntry, ...]:
        """Ledger entries of a party's settlements, in the order of posting."""
        settlements = tables.settlements.c
        query = _entries().where(
            tables.ledger.c.settlement.in_(select(settlements.id).where(settlements.party == party))
        )
        return tuple(LedgerEntry(**row) for row in self._rows(query.order_by(tables.ledger.c.number)))

    def balances(self, day: date | None = None) -> dict[tuple[str, str], Decimal]:
        """What each account got less what it paid."""
        found: dict[tuple[str, str], Decimal] = {}
        for entry in self.entries(day, day):
            for account, amount in ((entry.debit, -entry.amount), (entry.credit, entry.amount)):
                key = (account, entry.currency)
                found[key] = found.get(key, Decimal(0)) + amount
        return found

    def keep_receipts(self, receipts: Sequence[KeptReceipt]) -> None:
        """Keep receipts."""
        with self._writing() as connection:
            for receipt in receipts:
                _add_once(connection, tables.receipts, receipt.id, vars(receipt))

    def receipts(self, pseudonym: str) -> tuple[KeptReceipt, ...]:
        """Receipts, oldest first."""
        columns = tables.receipts.c
        query = select(tables.receipts).where(columns.pseudonym == pseudonym)
        return tuple(KeptReceipt(**row) for row in self._rows(query.order_by(columns.issued_at, columns.id)))

    def forget_receipts(self, pseudonym: str) -> int:
        """Delete receipts."""
        with self._writing() as connection:
            return connection.execute(
                delete(tables.receipts).where(tables.receipts.c.pseudonym == pseudonym)
            ).rowcount

    def record_look_ups(self, look_ups: Sequence[LookUp]) -> tuple[int, ...]:
        """Write look-ups down."""
        numbers = []
        with self._writing() as connection:
            for look_up in look_ups:
                key = connection.execute(insert(tables.look_ups).values(**vars(look_up))).inserted_primary_key
                numbers.append(int(key[0]) if key is not None else 0)
        return tuple(numbers)

    def look_ups(self, since: datetime | None = None, subject: str | None = None) -> tuple[LookUp, ...]:
        """Look-ups in the order of writing."""
        columns = tables.look_ups.c
        query = select(
            columns.at,
            columns.who,
            columns.role,
            columns.question,
            columns.subject,
            columns.purpose,
            columns.answered,
        )
        if since is not None:
            query = query.where(columns.at >= since)
        if subject is not None:
            query = query.where(columns.subject == subject)
        return tuple(LookUp(**row) for row in self._rows(query.order_by(columns.number)))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def _documents(self, query: Select[tuple[object, ...]]) -> tuple[Document, ...]:
        return tuple(Document(**row) for row in self._rows(query.order_by("day", "id")))

    def _rows(self, query: Select[tuple[object, ...]]) -> list[dict[str, Any]]:
        """Rows as columns by name; their types are those of the tables."""
        with self._said(), self._engine.connect() as connection:
            return [
                {str(key): value for key, value in row.items()}
                for row in connection.execute(query).mappings()
            ]

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction: durable when it ends, undone where it ends in an error."""
        with self._said(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _said(self) -> Iterator[None]:
        """What the database says, in the user's words."""
        try:
            yield
        except DBAPIError as error:
            raise self._in_words(error.orig or error) from error

    def _in_words(self, error: BaseException) -> StoreError:
        if self._engine.dialect.name == "postgresql":
            return postgres_series.in_words(error, self._place)
        return sqlite_series.in_words(error, Path(self._place))


def sqlite_transactions(path: Path) -> SQLTransactions:
    """Transactions in an SQLite file (WAL, every commit synchronised with the disk)."""
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": sqlite_series.BUSY_S, "isolation_level": None},
        poolclass=NullPool,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: "sqlite3.Connection", _: object) -> None:
        for pragma in sqlite_series.PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The right to write from the start: two writers wait for each other and none is refused half-way.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return SQLTransactions(engine, str(path))


def postgres_transactions(location: str) -> SQLTransactions:
    """Transactions in a PostgreSQL database; ``location`` as libpq takes it (``postgresql://…``)."""
    place = postgres_series.where(location)
    url = make_url(location).set(drivername="postgresql+psycopg")
    engine = create_engine(url, pool_pre_ping=True, pool_size=1, connect_args={"connect_timeout": 10})

    @event.listens_for(engine, "connect")
    def _prepare(connection: "psycopg.Connection", _: object) -> None:
        connection.execute("SET synchronous_commit = on")
        connection.commit()

    return SQLTransactions(engine, place)


def _of_party(table: Table, party: str | None) -> Select[tuple[object, ...]]:
    query = select(table)
    return query if party is None else query.where(table.c.party == party)


def _entries() -> Select[tuple[object, ...]]:
    ledger = tables.ledger.c
    return select(
        ledger.day,
        ledger.kind,
        ledger.debit,
        ledger.credit,
        ledger.amount,
        ledger.currency,
        ledger.reason,
    )


def _keep(connection: Connection, table: Table, document: Document) -> bool:
    return _add_once(connection, table, document.id, vars(document))


def _add_once(connection: Connection, table: Table, id_: str, values: dict[str, object]) -> bool:
    """Add a row unless the same one is there; whether it was added.

    Raises:
        ValueError: another one has its id.
    """
    there = connection.execute(select(table).where(table.c.id == id_)).mappings().first()
    if there is None:
        connection.execute(insert(table).values(**values))
        return True
    if dict(there) != values:
        raise ValueError(f"another one of the {table.name} has the id {id_}")
    return False
