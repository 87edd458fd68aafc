"""Series in an SQLite file: for small boxes. Slower than DuckDB by far, and open to a second process."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np

from mas2tering.history.store.errors import (
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
)
from mas2tering.history.store.migrations import VERSION_OF, VERSION_TABLE, Migration, apply
from mas2tering.history.store.readings import IntArray, Quantity, SeriesName, TimeArray
from mas2tering.history.store.rows import Asked, Rows

MIGRATIONS = (
    Migration(
        1,
        (
            "CREATE TABLE series (id INTEGER PRIMARY KEY, pseudonym TEXT NOT NULL, quantity TEXT NOT NULL, "
            "UNIQUE (pseudonym, quantity))",
            # Times in seconds since 1970, UTC.
            "CREATE TABLE readings (series INTEGER NOT NULL, instant INTEGER NOT NULL, "
            "available_at INTEGER NOT NULL, step_minutes INTEGER NOT NULL, raw_kw REAL, "
            "PRIMARY KEY (series, instant, available_at)) WITHOUT ROWID",
        ),
    ),
    Migration(
        2,
        (
            "CREATE TABLE flags (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE)",
            "ALTER TABLE readings ADD COLUMN flag INTEGER",
            "ALTER TABLE readings ADD COLUMN repaired_kw REAL",
        ),
    ),
)
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")
BUSY_S = 30.0
_COLUMNS = "series, instant, step_minutes, raw_kw, available_at, flag, repaired_kw"
_INSERT = "INSERT INTO readings (series, instant, step_minutes, raw_kw, available_at) VALUES (?, ?, ?, ?, ?)"
_INSERT_FLAGGED = f"INSERT INTO readings ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"


class SQLiteSeries:
    """A back end of series in one SQLite file (WAL, every commit synchronised with the disk).

    Raises:
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _said(path):
            # The file is opened without transactions of the driver's own.
            self._connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            for pragma in PRAGMAS:
                self._execute(f"PRAGMA {pragma}")
            with self.writing():
                self._execute(VERSION_TABLE)
                row = next(iter(self._execute(VERSION_OF.format(part="series"))), None)
                version = None if row is None else int(row[0])
                apply(MIGRATIONS, self._execute, version, "series", str(path))
        except BaseException:
            self.close()
            raise
        self._seen = self._data_version()

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """A transaction that no other writer can come between."""
        self._execute("BEGIN IMMEDIATE")
        try:
            seen, self._seen = getattr(self, "_seen", -1), self._data_version()
            yield seen != self._seen
            self._execute("COMMIT")
        except BaseException:
            with _said(self._path):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise

    def _data_version(self) -> int:
        """A number that changes when another connection has written."""
        return int(next(iter(self._execute("PRAGMA data_version")))[0])

    def names(self) -> dict[SeriesName, int]:
        """The series and their ids."""
        rows = self._execute("SELECT id, pseudonym, quantity FROM series")
        return {SeriesName(pseudonym, Quantity(quantity)): id_ for id_, pseudonym, quantity in rows}

    def add_names(self, names: Sequence[tuple[int, SeriesName]]) -> None:
        """Give ids to series."""
        self._many(
            "INSERT INTO series (id, pseudonym, quantity) VALUES (?, ?, ?)",
            ((id_, name.pseudonym, str(name.quantity)) for id_, name in names),
        )

    def flag_words(self) -> dict[str, int]:
        """The words of flags and their ids."""
        return {word: id_ for id_, word in self._execute("SELECT id, word FROM flags")}

    def add_flag_words(self, words: Sequence[tuple[int, str]]) -> None:
        """Give ids to words."""
        self._many("INSERT INTO flags (id, word) VALUES (?, ?)", words)

    def newest(self) -> tuple[IntArray, TimeArray]:
        """The last instant of each series."""
        # For each series one step down the primary key, not a look at every row.
        rows = list(
            self._execute(
                "SELECT id, (SELECT max(instant) FROM readings WHERE series = series.id) FROM series".replace(
                    "series = series.id", "readings.series = series.id"
                )
            )
        )
        found = [(id_, instant) for id_, instant in rows if instant is not None]
        table = np.array(found, dtype=np.int64).reshape(-1, 2)
        return table[:, 0], table[:, 1].astype("datetime64[s]")

    def append(self, rows: Rows) -> None:
        """Add rows."""
        flagged = rows.flag > 0
        if not flagged.any():
            self._many(_INSERT, plain_tuples(rows))
            return
        self._many(_INSERT, plain_tuples(rows.where(~flagged)))
        some = rows.where(flagged)
        more = zip(plain_tuples(some), some.flag.tolist(), some.repaired_kw.tolist(), strict=True)
        self._many(_INSERT_FLAGGED, ((*plain, flag, repaired_kw) for plain, flag, repaired_kw in more))

    def at(self, series: IntArray, instant: TimeArray) -> Rows:
        """All rows of pairs of series and instant."""
        self._execute("CREATE TEMP TABLE IF NOT EXISTS keys (series INTEGER, instant INTEGER)")
        self._execute("DELETE FROM temp.keys")
        pairs = zip(series.tolist(), instant.astype(np.int64).tolist(), strict=True)
        self._many("INSERT INTO temp.keys VALUES (?, ?)", pairs)
        columns = _COLUMNS.replace("series, instant", "readings.series, readings.instant")
        return self._rows(
            f"SELECT {columns} FROM (SELECT DISTINCT series, instant FROM temp.keys) AS k CROSS JOIN readings "
            "ON readings.series = k.series AND readings.instant = k.instant",
            (),
        )

    def find(self, asked: Asked) -> Rows:
        """The rows that are asked for."""
        bounds = [int(asked.start.timestamp()), int(asked.end.timestamp())]
        query = f"SELECT {_COLUMNS} FROM readings WHERE series = ? AND instant >= ? AND instant < ?"
        if asked.as_of is not None:
            query, bounds = f"{query} AND available_at <= ?", [*bounds, _floor_s(asked.as_of)]
        found = (row for id_ in asked.series.tolist() for row in self._execute(query, [id_, *bounds]))
        return _as_rows(found, self._path)

    def erase(self, series: Sequence[int]) -> int:
        """Delete series and their rows, and overwrite what they were."""
        count = 0
        with self.writing():
            for id_ in series:
                count += int(
                    next(iter(self._execute("SELECT count(*) FROM readings WHERE series = ?", [id_])))[0]
                )
                self._execute("DELETE FROM readings WHERE series = ?", [id_])
                self._execute("DELETE FROM series WHERE id = ?", [id_])
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _rows(self, query: str, values: Sequence[object]) -> Rows:
        return _as_rows(self._execute(query, values), self._path)

    def _execute(self, query: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        with _said(self._path):
            return self._connection.execute(query, tuple(values))

    def _many(self, query: str, values: Iterable[tuple[object, ...]]) -> None:
        with _said(self._path):
            self._connection.executemany(query, values)


def plain_tuples(rows: Rows) -> Iterator[tuple[int, int, int, float, int]]:
    """Rows without flags as SQLite takes them; what is not a number becomes null there."""
    return zip(
        rows.series.tolist(),
        rows.instant.astype(np.int64).tolist(),
        rows.step_minutes.tolist(),
        rows.raw_kw.tolist(),
        rows.available_at.astype(np.int64).tolist(),
        strict=True,
    )


def _as_rows(found: Iterable[tuple[object, ...]], path: Path) -> Rows:
    with _said(path):
        columns = list(zip(*found, strict=True)) or [()] * 7
    series, instant, step, raw, available, flag, repaired = columns
    return Rows(
        np.array(series, dtype=np.int64),
        np.array(instant, dtype=np.int64).astype("datetime64[s]"),
        np.array(step, dtype=np.int16),
        np.array(raw, dtype=np.float64),
        np.array(available, dtype=np.int64).astype("datetime64[s]"),
        np.array([value or 0 for value in flag], dtype=np.int16),
        np.array(repaired, dtype=np.float64),
    )


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """What SQLite says, in the user's words."""
    try:
        yield
    except sqlite3.Error as error:
        raise in_words(error, path) from error


def in_words(error: BaseException, path: Path) -> StoreError:
    """What SQLite said, in the user's words."""
    said = str(error)
    if "disk is full" in said or "disk I/O error" in said:
        # A file that may not grow is reported as an error of the disk.
        return StoreFullError(
            f"{path}: the disk is full, or does not take more; this was not stored. SQLite says: {said}"
        )
    if "locked" in said:
        return StoreBusyError(
            f"{path}: another process is writing, for {BUSY_S:.0f} s already. SQLite says: {said}"
        )
    if "closed database" in said:
        return StoreUnavailableError(f"{path} has to be opened anew. SQLite says: {said}")
    return StoreError(f"{path}: {said}")


def _floor_s(moment: datetime) -> int:
    return int(moment.timestamp() // 1)
