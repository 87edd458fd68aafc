"""The transactional tables, and what they were in earlier versions; for SQLite and PostgreSQL."""

from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import DateTime, TypeDecorator, TypeEngine

from mas2tering.history.store.migrations import Migration

_DIGITS, _BEHIND_POINT = 28, 8


class Money(TypeDecorator[Decimal]):
    """Exact amounts: a number in PostgreSQL, text in SQLite, which has no decimals."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Decimal] | TypeEngine[str]:
        """The database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric(_DIGITS, _BEHIND_POINT, asdecimal=True))
        return dialect.type_descriptor(String(_DIGITS + 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Decimal | str | None:
        """What the database is given."""
        if value is None or dialect.name == "postgresql":
            return value
        return format(value, "f")

    def process_result_value(self, value: Decimal | str | None, dialect: Dialect) -> Decimal | None:
        """What the database gave."""
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An instant in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database is given."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database gave; SQLite forgets the zone."""
        if value is None or value.tzinfo is not None:
            return value if value is None else value.astimezone(UTC)
        return value.replace(tzinfo=UTC)


metadata = MetaData()


def _documents(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", String(200), primary_key=True),
        Column("party", String(200), nullable=False, index=True),
        Column("day", Date, nullable=False, index=True),
        Column("text", Text, nullable=False),
    )


contracts = _documents("contracts")
orders = _documents("orders")
settlements = _documents("settlements")
ledger = Table(
    "ledger",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("settlement", String(200), nullable=False, index=True),
    Column("day", Date, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("debit", String(200), nullable=False),
    Column("credit", String(200), nullable=False),
    Column("amount", Money, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("reason", Text, nullable=False),
)
receipts = Table(
    "receipts",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("pseudonym", String(200), nullable=False, index=True),
    Column("epoch", String(40), nullable=False),
    Column("key_id", String(200), nullable=False, index=True),
    Column("issued_at", Moment, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)
look_ups = Table(
    "look_ups",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("role", String(80), nullable=False),
    Column("question", String(200), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("answered", Boolean, nullable=False),
    Index("look_ups_by_subject", "subject"),
)
VERSIONS: dict[int, tuple[Table, ...]] = {
    1: (contracts, orders, settlements, ledger),
    2: (receipts, look_ups),
}
"""The tables that each version brought. Those of a version that was released are changed by later versions only."""
_APPEND_ONLY = {1: "ledger", 2: "look_ups"}


def migrations(connection: Connection) -> tuple[Migration, ...]:
    """The versions as statements for the database of a connection."""
    return tuple(
        Migration(version, (*_creating(tables, connection), *_guarding(_APPEND_ONLY[version], connection)))
        for version, tables in VERSIONS.items()
    )


def _creating(tables: tuple[Table, ...], connection: Connection) -> tuple[str, ...]:
    from sqlalchemy.schema import CreateIndex, CreateTable

    statements: list[str] = []
    for table in tables:
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements.append(str(CreateTable(table).compile(connection)))
        statements += (str(CreateIndex(index).compile(connection)) for index in indexes)
    return tuple(statements)


def _guarding(table: str, connection: Connection) -> tuple[str, ...]:
    """Triggers that refuse to change or delete what was written down."""
    said = f"{table} can only be added to"
    if connection.dialect.name == "postgresql":
        return (
            f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{said}'; END $$",
            f"CREATE TRIGGER keep_{table} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION keep_{table}()",
        )
    return tuple(
        f"CREATE TRIGGER keep_{table}_{what.lower()} BEFORE {what} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
        for what in ("UPDATE", "DELETE")
    )
