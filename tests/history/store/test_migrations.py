"""An older store becomes a newer one with all that was in it; a store of a later version is left alone."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine

from mas2tering.history.store import (
    Document,
    Quantity,
    Readings,
    SeriesName,
    StoreError,
    StoreVersionError,
    Window,
    duckdb_series,
    migrations,
    open_history,
    postgres_series,
    sqlite_series,
    tables,
)

START = datetime(2023, 1, 1, tzinfo=UTC)
NOW = datetime(2024, 1, 1, tzinfo=UTC)


def _statements(location: str) -> Callable[[str], object]:
    """Runs statements on the readings of a place, each on its own."""
    if location.startswith("postgresql"):
        import psycopg

        def _run(statement: str) -> object:
            with psycopg.connect(location, autocommit=True) as connection:
                return connection.execute(statement.encode())

        return _run
    backend, folder = location.split(":", 1)
    if backend == "sqlite":
        import sqlite3

        def _run(statement: str) -> object:
            with closing(sqlite3.connect(Path(folder) / "readings.sqlite")) as connection, connection:
                return connection.execute(statement)

        return _run
    import duckdb

    def _run(statement: str) -> object:
        with duckdb.connect(Path(folder) / "readings.duckdb") as connection:
            return connection.execute(statement)

    return _run


def _first_version(location: str) -> None:
    """A store as the first version wrote it: no flags, no receipts, one reading, one contract."""
    run = _statements(location)
    run(migrations.VERSION_TABLE)
    module = {"d": duckdb_series, "s": sqlite_series, "p": postgres_series}[location[0]]
    migrations.apply(module.MIGRATIONS[:1], run, None, "series", location)
    run("INSERT INTO series (id, pseudonym, quantity) VALUES (0, 'a', 'load')")
    times = "'2023-01-01 00:00', '2023-01-01 00:15'"
    if location.startswith("sqlite"):
        times = f"{int(START.timestamp())}, {int(START.timestamp()) + 900}"
    elif location.startswith("postgresql"):
        run("CREATE TABLE readings_2023_01 PARTITION OF readings FOR VALUES FROM ('2023-01-01 00:00+00') TO ('2023-02-01 00:00+00')")  # fmt: skip
        times = "'2023-01-01 00:00+00', '2023-01-01 00:15+00'"
    run(
        "INSERT INTO readings (series, instant, available_at, step_minutes, raw_kw) "
        f"VALUES (0, {times}, 15, 1.5)"
    )
    if location.startswith("postgresql"):
        engine = create_engine(location.replace("postgresql:", "postgresql+psycopg:"))
    else:
        engine = create_engine(f"sqlite:///{location.split(':', 1)[1]}/transactions.sqlite")
    with engine.begin() as connection:
        connection.exec_driver_sql(migrations.VERSION_TABLE)
        first = tables.migrations(connection)[:1]
        migrations.apply(first, connection.exec_driver_sql, None, "transactions", location)
        connection.exec_driver_sql("INSERT INTO contracts VALUES ('c1', 'member:a', '2023-01-01', '{}')")
    engine.dispose()


def test_older_store_is_upgraded_with_all_that_is_in_it(location: str) -> None:
    _first_version(location)
    for _ in range(2):
        history = open_history(location)
        window = Window(START, datetime(2023, 1, 1, 1, tzinfo=UTC), 15, "UTC")
        assert history.series.read(SeriesName("a"), window, raw=True).mean_kw[0] == 1.5
        assert history.series.versions(SeriesName("a"), window).flag[0] == 0
        assert history.transactions.contracts() == (Document("c1", "member:a", date(2023, 1, 1), "{}"),)
        assert history.transactions.look_ups() == ()
        instant = np.array([START.replace(tzinfo=None)], dtype="M8[s]")
        known = instant + np.timedelta64(1, "D")
        name, none = (SeriesName("a", Quantity.LOAD),), np.zeros(1, dtype=np.int16)
        flagged = Readings(
            name, none, instant, none + 15, np.array([1.5]), known, ("spike",), none + 1, np.ones(1)
        )
        history.series.ingest(flagged, NOW)
        history.close()
    reopened = open_history(location)
    assert reopened.series.read(SeriesName("a"), window).mean_kw[0] == 1.0
    reopened.close()


def test_store_of_a_later_version_is_refused_and_left_alone(location: str) -> None:
    open_history(location).close()
    run = _statements(location)
    run("UPDATE schema_version SET version = 99 WHERE part = 'series'")
    with pytest.raises(StoreVersionError, match=r"later version of mas2tering .*99"):
        open_history(location)


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("mysql://somewhere/db", "no such back end"),
        ("postgresql://postgres@127.0.0.1:1/none", "cannot be reached"),
        ("/proc/none/here", "no folder can be made"),
    ],
)
def test_places_that_cannot_be_opened_say_why(location: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_history(location)
