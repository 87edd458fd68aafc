"""Where a historical database is, in words that a user types, and how it is opened."""

from pathlib import Path

from mas2tering.history.store.errors import StoreError
from mas2tering.history.store.repository import History, SeriesStore
from mas2tering.history.store.series import BackedSeries

BACKENDS = ("duckdb", "postgres", "sqlite")
_POSTGRES = ("postgresql://", "postgres://")


def open_history(location: str) -> History:
    """Open a historical database, make it where there is none, and bring its tables up to date.

    Args:
        location: a folder (``history`` or ``duckdb:history``: readings in DuckDB, transactions in SQLite),
            ``sqlite:history`` (both in SQLite), or ``postgresql://user@host/database``.

    Raises:
        StoreBusyError: another process owns the folder's DuckDB file.
        StoreUnavailableError: the server cannot be reached.
        StoreError: it cannot be opened, or was written by a later version.
    """
    series = open_series(location)
    try:
        if location.startswith(_POSTGRES):
            from mas2tering.history.store.transactions import postgres_transactions

            return History(series, postgres_transactions(location))
        from mas2tering.history.store.transactions import sqlite_transactions

        return History(series, sqlite_transactions(_folder(location)[1] / "transactions.sqlite"))
    except BaseException:
        series.close()
        raise


def open_series(location: str) -> SeriesStore:
    """Open the readings alone; see ``open_history``."""
    if location.startswith(_POSTGRES):
        try:
            import psycopg  # noqa: F401
        except ImportError as error:
            raise StoreError(
                "PostgreSQL needs the extra `postgres`: pip install 'mas2tering[postgres]'"
            ) from error
        from mas2tering.history.store.postgres_series import PostgresSeries

        return BackedSeries(PostgresSeries(location))
    backend, folder = _folder(location)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: no folder can be made there: {error.strerror}") from error
    if backend == "sqlite":
        from mas2tering.history.store.sqlite_series import SQLiteSeries

        return BackedSeries(SQLiteSeries(folder / "readings.sqlite"))
    try:
        import duckdb  # noqa: F401
    except ImportError as error:
        raise StoreError("DuckDB needs the extra `history`: pip install 'mas2tering[history]'") from error
    from mas2tering.history.store.duckdb_series import DuckDBSeries

    return BackedSeries(DuckDBSeries(folder / "readings.duckdb"))


def _folder(location: str) -> tuple[str, Path]:
    """Which embedded back end, and its folder."""
    for backend in ("duckdb", "sqlite"):
        if location.startswith(f"{backend}:"):
            return backend, Path(location.removeprefix(f"{backend}:"))
    if "://" in location:
        raise StoreError(
            f"{location.split('://', maxsplit=1)[0]}: no such back end; a folder, sqlite:FOLDER or postgresql://… is expected"
        )
    return "duckdb", Path(location)
