"""Series in PostgreSQL: month partitions, an index by series and time, binary COPY; many processes at once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.store.errors import StoreError, StoreFullError, StoreUnavailableError
from mas2tering.history.store.migrations import VERSION_OF, VERSION_TABLE, Migration, apply
from mas2tering.history.store.postgres_copy import decoded, encoded
from mas2tering.history.store.readings import IntArray, Quantity, SeriesName, TimeArray
from mas2tering.history.store.rows import Asked, Rows

if TYPE_CHECKING:
    import psycopg

MIGRATIONS = (
    Migration(
        1,
        (
            "CREATE TABLE series (id integer PRIMARY KEY, pseudonym text NOT NULL, quantity text NOT NULL, "
            "UNIQUE (pseudonym, quantity))",
            # Columns from wide to narrow, so that none is padded.
            "CREATE TABLE readings (instant timestamptz NOT NULL, available_at timestamptz NOT NULL, "
            "raw_kw float8, series integer NOT NULL, step_minutes smallint NOT NULL, "
            "PRIMARY KEY (series, instant, available_at)) PARTITION BY RANGE (instant)",
            # One row: who counts it up has the right to write until the transaction ends.
            "CREATE TABLE series_writes (count bigint NOT NULL)",
            "INSERT INTO series_writes VALUES (0)",
        ),
    ),
    Migration(
        2,
        (
            "CREATE TABLE flags (id smallint PRIMARY KEY, word text NOT NULL UNIQUE)",
            "ALTER TABLE readings ADD COLUMN flag smallint",
            "ALTER TABLE readings ADD COLUMN repaired_kw float8",
        ),
    ),
)
PLAIN = {
    "instant": "timestamptz",
    "available_at": "timestamptz",
    "raw_kw": "float8",
    "series": "int4",
    "step_minutes": "int2",
}
_ALL = {**PLAIN, "flag": "int2", "repaired_kw": "float8"}
_KEYS = {"series": "int4", "instant": "timestamptz"}
_SELECT = (
    "SELECT r.instant, r.available_at, coalesce(r.raw_kw, 'NaN'), r.series, r.step_minutes, coalesce(r.flag, 0::int2), "
    "coalesce(r.repaired_kw, 'NaN') FROM readings r"
)
_LOCK = 5_217_001
"""Held while tables are made or changed, so that two processes that begin at once do not both do it."""
_FULL = ("53100", "58030", "54000")


class PostgresSeries:
    """A back end of series in a PostgreSQL database (of the schema that comes first in its search path).

    After the server went away, the next request connects anew.

    Args:
        location: as libpq takes it: ``postgresql://user@host:port/database``.

    Raises:
        StoreUnavailableError: the server cannot be reached.
        StoreError: tables cannot be made there.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._where = where(location)
        self._connection = self._connect()
        self._months: set[np.datetime64] = set()
        try:
            migrate(self._connection, MIGRATIONS, "series", self._where)
            self._seen = int(self._all("SELECT count FROM series_writes")[0][0])  # type: ignore[call-overload]
        except BaseException:
            self.close()
            raise

    def _connect(self) -> "psycopg.Connection":
        import psycopg

        try:
            connection = psycopg.connect(self._location, autocommit=True, connect_timeout=10)
            # An answer means that the disk has it, whatever the server's default is.
            connection.execute("SET synchronous_commit = on")
        except psycopg.Error as error:
            raise in_words(error, self._where) from error
        return connection

    def _live(self) -> "psycopg.Connection":
        if self._connection.closed:
            self._connection = self._connect()
            self._months.clear()
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """A transaction; other writers of series wait until it ends."""
        live = self._live()
        self._execute("BEGIN")
        months = set(self._months)
        try:
            count = int(self._all("UPDATE series_writes SET count = count + 1 RETURNING count")[0][0])  # type: ignore[call-overload]
            yield count != self._seen + 1
            self._execute("COMMIT")
        except BaseException:
            self._months = months
            with suppress(Exception):
                live.execute("ROLLBACK")
            raise
        self._seen = count

    def names(self) -> dict[SeriesName, int]:
        """The series and their ids."""
        rows = self._all("SELECT id, pseudonym, quantity FROM series")
        return {SeriesName(str(name), Quantity(str(quantity))): int(str(id_)) for id_, name, quantity in rows}

    def add_names(self, names: Sequence[tuple[int, SeriesName]]) -> None:
        """Give ids to series."""
        self._many(
            "INSERT INTO series (id, pseudonym, quantity) VALUES (%s, %s, %s)",
            [(id_, name.pseudonym, str(name.quantity)) for id_, name in names],
        )

    def flag_words(self) -> dict[str, int]:
        """The words of flags and their ids."""
        return {str(word): int(str(id_)) for id_, word in self._all("SELECT id, word FROM flags")}

    def add_flag_words(self, words: Sequence[tuple[int, str]]) -> None:
        """Give ids to words."""
        self._many("INSERT INTO flags (id, word) VALUES (%s, %s)", words)

    def newest(self) -> tuple[IntArray, TimeArray]:
        """The last instant of each series."""
        # For each series one step down the indices, not a look at every row.
        found = self._copy_out(
            "SELECT s.id, (SELECT r.instant FROM readings r WHERE r.series = s.id ORDER BY r.instant DESC LIMIT 1) "
            "FROM series s WHERE EXISTS (SELECT FROM readings r WHERE r.series = s.id)",
            _KEYS,
        )
        return found["series"].astype(np.int64), found["instant"].astype("datetime64[s]")

    def append(self, rows: Rows) -> None:
        """Add rows, month by month."""
        month = rows.instant.astype("datetime64[M]")
        if (month == month[0]).all():
            self._append_month(rows, month[0])
            return
        for one in np.unique(month):
            self._append_month(rows.where(month == one), one)

    def _append_month(self, rows: Rows, month: np.datetime64) -> None:
        table = self._partition(month)
        flagged = rows.flag > 0
        if flagged.any():
            self._copy_in(table, _ALL, rows.where(flagged))
            rows = rows.where(~flagged)
        if len(rows):
            self._copy_in(table, PLAIN, rows)

    def _partition(self, month: np.datetime64) -> str:
        """The table of a month, made where there is none."""
        table = f"readings_{month}".replace("-", "_")
        if month not in self._months:
            self._execute(
                f"CREATE TABLE IF NOT EXISTS {table} PARTITION OF readings "
                f"FOR VALUES FROM ('{month}-01 00:00+00') TO ('{month + 1}-01 00:00+00')"
            )
            self._months.add(month)
        return table

    def at(self, series: IntArray, instant: TimeArray) -> Rows:
        """All rows of pairs of series and instant."""
        self._execute(
            "CREATE TEMP TABLE IF NOT EXISTS wanted (series int4, instant timestamptz) ON COMMIT DELETE ROWS"
        )
        self._copy_in_columns("wanted", _KEYS, {"series": series, "instant": instant})
        return self._select(
            f"{_SELECT} JOIN (SELECT DISTINCT * FROM wanted) AS k ON r.series = k.series AND r.instant = k.instant "
            f"WHERE r.instant BETWEEN '{instant.min()}Z' AND '{instant.max()}Z'"
        )

    def find(self, asked: Asked) -> Rows:
        """The rows that are asked for."""
        ids = ",".join(map(str, asked.series.tolist()))
        known = "" if asked.as_of is None else f"AND r.available_at <= '{_utc(asked.as_of)}'"
        return self._select(
            f"{_SELECT} WHERE r.series = ANY ('{{{ids}}}') AND r.instant >= '{_utc(asked.start)}' "
            f"AND r.instant < '{_utc(asked.end)}' {known}"
        )

    def erase(self, series: Sequence[int]) -> int:
        """Delete series and their rows, and give back the room that they took."""
        ids = ",".join(str(int(id_)) for id_ in series)
        with self.writing():
            deleted = self._all(
                f"WITH gone AS (DELETE FROM readings WHERE series IN ({ids}) RETURNING 1) SELECT count(*) FROM gone"
            )
            self._execute(f"DELETE FROM series WHERE id IN ({ids})")
        self._execute("VACUUM readings")
        return int(str(deleted[0][0]))

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _select(self, query: str) -> Rows:
        found = self._copy_out(query, _ALL)
        return Rows(
            found["series"].astype(np.int64),
            found["instant"].astype("datetime64[s]"),
            found["step_minutes"].astype(np.int16),
            found["raw_kw"].astype(np.float64),
            found["available_at"].astype("datetime64[s]"),
            found["flag"].astype(np.int16),
            found["repaired_kw"].astype(np.float64),
        )

    def _copy_in(self, table: str, types: Mapping[str, str], rows: Rows) -> None:
        self._copy_in_columns(table, types, {name: getattr(rows, name) for name in types})

    def _copy_in_columns(
        self, table: str, types: Mapping[str, str], columns: Mapping[str, NDArray[np.generic]]
    ) -> None:
        with _said(self._where):
            copy_in(self._live(), table, types, columns)

    def _copy_out(self, query: str, types: Mapping[str, str]) -> dict[str, NDArray[np.generic]]:
        with (
            _said(self._where),
            self._live().cursor() as cursor,
            cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as copy,
        ):
            data = b"".join(copy)
        return decoded(types, data)

    def _execute(self, query: str) -> None:
        with _said(self._where):
            self._live().execute(query.encode())

    def _all(self, query: str) -> list[tuple[object, ...]]:
        with _said(self._where):
            return self._live().execute(query.encode()).fetchall()

    def _many(self, query: str, values: Sequence[tuple[object, ...]]) -> None:
        with _said(self._where), self._live().cursor() as cursor:
            cursor.executemany(query.encode(), values)


def copy_in(
    connection: "psycopg.Connection",
    table: str,
    types: Mapping[str, str],
    columns: Mapping[str, NDArray[np.generic]],
) -> None:
    """Add columns without nulls to a table by binary COPY."""
    names = ", ".join(types)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy,
    ):
        copy.write(encoded(types, columns))


def migrate(connection: "psycopg.Connection", migrations: Sequence[Migration], part: str, place: str) -> None:
    """Bring the tables of a part up to date, in one transaction, one process at a time.

    Raises:
        StoreError: they cannot be made, or are of a later version.
    """
    with _said(place), connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(VERSION_TABLE.encode())
        row = connection.execute(VERSION_OF.format(part=part).encode()).fetchone()
        apply(
            migrations,
            lambda statement: connection.execute(statement.encode()),
            None if row is None else int(row[0]),
            part,
            place,
        )


def where(location: str) -> str:
    """A database in words, without user and password.

    Raises:
        StoreError: the location is not one that libpq understands.
    """
    import psycopg.conninfo

    try:
        parts = psycopg.conninfo.conninfo_to_dict(location)
    except psycopg.Error as error:
        raise StoreError(f"not a place of a PostgreSQL database: {error}") from error
    server = f"{parts.get('host') or 'this machine'}:{parts.get('port') or 5432}"
    return f"the PostgreSQL database {parts.get('dbname') or 'of this user'} at {server}"


@contextmanager
def _said(place: str) -> Iterator[None]:
    """What PostgreSQL says, in the user's words."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise in_words(error, place) from error


def in_words(error: BaseException, place: str) -> StoreError:
    """What PostgreSQL said, in the user's words."""
    state = str(getattr(error, "sqlstate", None) or "")
    said = " ".join(str(error).split())
    if state in _FULL:
        return StoreFullError(f"{place}: its disk is full; this was not stored. PostgreSQL says: {said}")
    if state.startswith(("08", "57P")) or type(error).__name__ == "OperationalError":
        return StoreUnavailableError(
            f"{place} went away or cannot be reached; what was acknowledged is safe, write again what was not. "
            f"PostgreSQL says: {said}"
        )
    return StoreError(f"{place}: {said}")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
