"""The bulk paths of the libraries below the historical database, as somebody would write them without it: one table of
the same columns and index, nothing looked up, nothing refused, nothing kept once."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.store.duckdb_series import arrow_table
from mas2tering.history.store.postgres_copy import encoded
from mas2tering.history.store.postgres_series import PLAIN
from mas2tering.history.store.rows import Rows
from mas2tering.history.store.sqlite_series import PRAGMAS, plain_tuples


class RawPath(Protocol):
    """Adds rows durably by the library's own bulk path."""

    def append(self, rows: Rows) -> None:
        """Add rows, in one transaction."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class RawDuckDB:
    """Arrow batches into a table of DuckDB."""

    def __init__(self, path: Path) -> None:
        import duckdb

        self._connection = duckdb.connect(path)
        self._connection.execute(
            "CREATE TABLE readings (series INTEGER NOT NULL, instant TIMESTAMP_S NOT NULL, "
            "step_minutes SMALLINT NOT NULL, raw_kw DOUBLE, available_at TIMESTAMP_S NOT NULL, flag SMALLINT, "
            "repaired_kw DOUBLE)"
        )

    def append(self, rows: Rows) -> None:
        """Add rows."""
        self._connection.register("batch", arrow_table(rows))
        self._connection.execute("INSERT INTO readings SELECT * FROM batch")
        self._connection.unregister("batch")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class RawSQLite:
    """``executemany`` into a table of SQLite."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE readings (series INTEGER NOT NULL, instant INTEGER NOT NULL, step_minutes INTEGER NOT NULL, "
            "raw_kw REAL, available_at INTEGER NOT NULL, flag INTEGER, repaired_kw REAL, "
            "PRIMARY KEY (series, instant, available_at)) WITHOUT ROWID"
        )

    def append(self, rows: Rows) -> None:
        """Add rows."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT INTO readings (series, instant, step_minutes, raw_kw, available_at) VALUES (?, ?, ?, ?, ?)",
            plain_tuples(rows),
        )
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class RawPostgres:
    """Binary COPY into one table of PostgreSQL, bytes made from whole columns: several times as fast as psycopg's
    ``write_row``, so that the comparison is a hard one."""

    def __init__(self, location: str) -> None:
        import psycopg

        self._connection = psycopg.connect(location, autocommit=True)
        self._connection.execute(
            "CREATE TABLE raw_readings (instant timestamptz NOT NULL, available_at timestamptz NOT NULL, raw_kw float8, "
            "series integer NOT NULL, step_minutes smallint NOT NULL, flag smallint, repaired_kw float8, "
            "PRIMARY KEY (series, instant, available_at))"
        )

    def append(self, rows: Rows) -> None:
        """Add rows."""
        columns: Mapping[str, NDArray[np.generic]] = {name: getattr(rows, name) for name in PLAIN}
        with (
            self._connection.cursor() as cursor,
            cursor.copy(
                f"COPY raw_readings ({', '.join(PLAIN)}) FROM STDIN (FORMAT BINARY)".encode()
            ) as copy,
        ):
            copy.write(encoded(PLAIN, columns))

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()
