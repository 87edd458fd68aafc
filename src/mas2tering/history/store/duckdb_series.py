"""Series in a DuckDB file: the embedded default. One process owns the file; rows go in as Arrow batches."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    import duckdb
    import pyarrow

MIGRATIONS = (
    Migration(
        1,
        (
            "CREATE TABLE series (id INTEGER NOT NULL, pseudonym VARCHAR NOT NULL, quantity VARCHAR NOT NULL)",
            "CREATE TABLE readings (series INTEGER NOT NULL, step_minutes SMALLINT NOT NULL, "
            "instant TIMESTAMP_S NOT NULL, available_at TIMESTAMP_S NOT NULL, raw_kw DOUBLE)",
        ),
    ),
    Migration(
        2,
        (
            "CREATE TABLE flags (id SMALLINT NOT NULL, word VARCHAR NOT NULL)",
            # No default: a value that is not there takes no room in the file.
            "ALTER TABLE readings ADD COLUMN flag SMALLINT",
            "ALTER TABLE readings ADD COLUMN repaired_kw DOUBLE",
        ),
    ),
)
_COLUMNS = "series, instant, step_minutes, raw_kw, available_at, flag, repaired_kw"
_OPEN: set[Path] = set()
"""Files that this process has open: DuckDB itself would let a second writer in."""


class DuckDBSeries:
    """A back end of series in one DuckDB file.

    Raises:
        StoreBusyError: another process has the file open.
        StoreError: the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if self._path in _OPEN:
            raise StoreBusyError(f"{path} is open in this process already: close it first, or share it")
        self._connection = _opened(path)
        _OPEN.add(self._path)
        self._execute("BEGIN")
        try:
            self._execute(VERSION_TABLE)
            row = self._execute(VERSION_OF.format(part="series")).fetchone()
            version = None if row is None else int(row[0])
            apply(MIGRATIONS, self._execute, version, "series", str(path))
            self._execute("COMMIT")
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """A transaction; nobody else can write."""
        self._execute("BEGIN")
        try:
            yield False
            self._execute("COMMIT")
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        import duckdb

        try:
            self._connection.execute("ROLLBACK")
        except duckdb.Error:
            # After a full disk DuckDB has undone the transaction itself, and may refuse all until the file is opened anew.
            self._reopen()

    def _reopen(self) -> None:
        self._connection.close()
        self._connection = _opened(self._path)

    def names(self) -> dict[SeriesName, int]:
        """The series and their ids."""
        rows = self._execute("SELECT id, pseudonym, quantity FROM series").fetchall()
        return {SeriesName(pseudonym, Quantity(quantity)): id_ for id_, pseudonym, quantity in rows}

    def add_names(self, names: Sequence[tuple[int, SeriesName]]) -> None:
        """Give ids to series."""
        import pyarrow

        table = pyarrow.table(
            {
                "id": pyarrow.array([id_ for id_, _ in names], pyarrow.int32()),
                "pseudonym": [name.pseudonym for _, name in names],
                "quantity": [str(name.quantity) for _, name in names],
            }
        )
        self._insert("series (id, pseudonym, quantity)", "id, pseudonym, quantity", table)

    def flag_words(self) -> dict[str, int]:
        """The words of flags and their ids."""
        return {word: id_ for id_, word in self._execute("SELECT id, word FROM flags").fetchall()}

    def add_flag_words(self, words: Sequence[tuple[int, str]]) -> None:
        """Give ids to words."""
        import pyarrow

        table = pyarrow.table(
            {
                "id": pyarrow.array([id_ for id_, _ in words], pyarrow.int16()),
                "word": [word for _, word in words],
            }
        )
        self._insert("flags (id, word)", "id, word", table)

    def newest(self) -> tuple[IntArray, TimeArray]:
        """The last instant of each series."""
        found = self._execute(
            "SELECT series, max(instant) AS instant FROM readings GROUP BY series"
        ).fetchnumpy()
        return found["series"].astype(np.int64), found["instant"].astype("datetime64[s]")

    def append(self, rows: Rows) -> None:
        """Add rows."""
        self._insert(f"readings ({_COLUMNS})", _COLUMNS, arrow_table(rows))

    def at(self, series: IntArray, instant: TimeArray) -> Rows:
        """All rows of pairs of series and instant."""
        import pyarrow

        keys = pyarrow.table({"series": series.astype(np.int32), "instant": instant})
        return self._rows(
            f"SELECT {_COLUMNS} FROM readings SEMI JOIN keys USING (series, instant) "
            "WHERE instant BETWEEN ? AND ?",
            [_naive(instant.min()), _naive(instant.max())],
            keys,
        )

    def find(self, asked: Asked) -> Rows:
        """The rows that are asked for."""
        import pyarrow

        keys = pyarrow.table({"series": asked.series.astype(np.int32)})
        which = "SEMI JOIN keys USING (series) WHERE"
        if len(asked.series) == 1:
            # A condition that DuckDB can hold against what it knows of each block.
            which = f"WHERE series = {int(asked.series[0])} AND"
        known, times = "", [_utc(asked.start), _utc(asked.end)]
        if asked.as_of is not None:
            known, times = "AND available_at <= ?", [*times, _utc(asked.as_of)]
        return self._rows(
            f"SELECT {_COLUMNS} FROM readings {which} instant >= ? AND instant < ? {known}", times, keys
        )

    def erase(self, series: Sequence[int]) -> int:
        """Delete series and their rows."""
        ids = ", ".join(str(int(id_)) for id_ in series)
        with self.writing():
            row = self._execute(f"SELECT count(*) FROM readings WHERE series IN ({ids})").fetchone()
            self._execute(f"DELETE FROM readings WHERE series IN ({ids})")
            self._execute(f"DELETE FROM series WHERE id IN ({ids})")
        self._execute("CHECKPOINT")
        return 0 if row is None else int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        _OPEN.discard(self._path)

    def _rows(self, query: str, times: Sequence[datetime], keys: "pyarrow.Table") -> Rows:
        self._connection.register("keys", keys)
        try:
            found = self._execute(query, times).fetchnumpy()
        finally:
            self._connection.unregister("keys")
        return Rows(
            found["series"],
            found["instant"].astype("datetime64[s]"),
            found["step_minutes"],
            np.ma.filled(found["raw_kw"], np.nan),
            found["available_at"].astype("datetime64[s]"),
            np.ma.filled(found["flag"], 0).astype(np.int16),
            np.ma.filled(found["repaired_kw"], np.nan),
        )

    def _insert(self, into: str, columns: str, table: "pyarrow.Table") -> None:
        self._connection.register("batch", table)
        try:
            self._execute(f"INSERT INTO {into} SELECT {columns} FROM batch")
        finally:
            self._connection.unregister("batch")

    def _execute(self, query: str, times: Sequence[datetime] = ()) -> "duckdb.DuckDBPyConnection":
        import duckdb

        try:
            return self._connection.execute(query, [*times])
        except duckdb.Error as error:
            raise _in_words(error, self._path) from error


def arrow_table(rows: Rows) -> "pyarrow.Table":
    """Rows as Arrow columns; what is not there is null."""
    import pyarrow

    flagged = bool(rows.flag.any())
    count = len(rows)
    return pyarrow.table(
        {
            "series": rows.series.astype(np.int32, copy=False),
            "instant": rows.instant,
            "step_minutes": rows.step_minutes.astype(np.int16, copy=False),
            "raw_kw": pyarrow.array(rows.raw_kw, mask=np.isnan(rows.raw_kw)) if flagged else rows.raw_kw,
            "available_at": rows.available_at,
            "flag": (
                pyarrow.array(rows.flag.astype(np.int16, copy=False), mask=rows.flag == 0)
                if flagged
                else pyarrow.nulls(count, pyarrow.int16())
            ),
            "repaired_kw": (
                pyarrow.array(rows.repaired_kw, mask=np.isnan(rows.repaired_kw))
                if flagged
                else pyarrow.nulls(count, pyarrow.float64())
            ),
        }
    )


def _opened(path: Path) -> "duckdb.DuckDBPyConnection":
    import duckdb

    try:
        return duckdb.connect(path)
    except duckdb.Error as error:
        raise _in_words(error, path) from error


def _in_words(error: Exception, path: Path) -> StoreError:
    """What DuckDB said, in the user's words."""
    said = str(error)
    if "lock on file" in said:
        return StoreBusyError(
            f"{path} is open in another process. One process, the historian, owns it and serves the others: stop that one "
            f"first, or use PostgreSQL, which many processes can open. DuckDB says: {said}"
        )
    if any(sign in said for sign in ("No space left", "File too large", "no space", "Out of disk")):
        return StoreFullError(
            f"{path}: there is no room on the disk; this batch was not stored. DuckDB says: {said}"
        )
    if "invalidated" in said or "Connection already closed" in said or "Connection Error" in said:
        return StoreUnavailableError(f"{path} has to be opened anew. DuckDB says: {said}")
    return StoreError(f"{path}: {said}")


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _naive(instant: np.datetime64) -> datetime:
    found: datetime = instant.astype("datetime64[s]").item()
    return found
