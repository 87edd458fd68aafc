"""How fast the historical database takes and gives readings, beside the bulk path of the library below it."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from mas2tering.history.store import Quantity, Readings, SeriesName, SeriesStore, Window, open_series
from mas2tering.history.store.rows import Rows
from mas2tering.study.benchmark.history_raw import RawDuckDB, RawPath, RawPostgres, RawSQLite

BOXES = 10_000
STEP_MINUTES = 15
_YEAR_STEPS = 35_040
_BATCH_ROWS = 100_000
_STREAM_HOMES, _STREAM_STEPS, _READS = 184, 96, 100
_FIRST = np.datetime64("2024-01-01", "s")
_NOW = datetime(2100, 1, 1, tzinfo=UTC)
_STEP = np.timedelta64(STEP_MINUTES * 60, "s")


@dataclass
class Spent:
    """Seconds by the wall and of the processors, in this process and in the database's own, summed or one by one."""

    wall_s: list[float] = field(default_factory=list)
    cpu_s: float = 0.0

    @property
    def p95_ms(self) -> float:
        """The time that all but one in twenty kept within."""
        return float(np.percentile(self.wall_s, 95)) * 1e3


@dataclass(frozen=True)
class HistoryTimes:
    """What was measured on one back end.

    Attributes:
        rows: readings stored in batches.
        batches: for those, ours; ``raw`` the library's own bulk path, by turns.
        stream: small batches, one step of a community each.
        one_home: reads of one home's day; ``all_homes`` of the day of all homes.
        bytes_per_reading: with indices and all, after the database has put its log into its files.
        free_bytes: what the disk has left, where it is this machine's.
    """

    rows: int
    batches: Spent
    raw: Spent
    stream: Spent
    stream_rows: int
    one_home: Spent
    all_homes: Spent
    all_homes_rows: int
    bytes_per_reading: float
    free_bytes: int | None

    @property
    def year_bytes(self) -> float:
        """What a year of quarter-hours of 10,000 boxes needs."""
        return self.bytes_per_reading * BOXES * _YEAR_STEPS


@dataclass(frozen=True)
class Place:
    """A back end under measurement: where, its raw path, its size, and the processor seconds of its server."""

    location: str
    raw: RawPath
    size_bytes: Callable[[], int]
    server_cpu_s: Callable[[], float]
    disk: Path | None


def time_history(backend: str, rows: int, seed: int, at: str) -> HistoryTimes:
    """Store drawn readings and read them again.

    Args:
        backend: duckdb, sqlite or postgres.
        rows: how many readings go in by batches.
        seed: of the readings' values.
        at: an empty folder, or a database of PostgreSQL, in which a schema is made and dropped again.

    Raises:
        StoreError: the database cannot do it.
    """
    homes = max(min(BOXES, rows // 96), 1)
    names = [SeriesName(f"home-{k:05d}") for k in range(homes)]
    with _place(backend, at) as place:
        store = open_series(place.location)
        ours, raw = Spent(), Spent()
        _warm(store, place)
        for number, readings in enumerate(_batches(names, rows, np.random.default_rng(seed))):
            # By turns, and each first every other time: what the machine does meanwhile hits both.
            turns: list[tuple[Spent, Callable[[], object]]] = [
                (ours, partial(store.ingest, readings, _NOW)),
                (raw, partial(place.raw.append, _columns(readings))),
            ]
            for spent, act in turns if number % 2 else reversed(turns):
                _timed(spent, place, act)
        steps = -(-rows // homes)
        one, everyone, given = _reads(store, names, steps, place, seed)
        place.raw.close()
        store.close()
        per_reading = place.size_bytes() / rows
        store = open_series(place.location)
        stream = _stream(store, place, seed)
        store.close()
        free = None if place.disk is None else shutil.disk_usage(place.disk).free
    return HistoryTimes(
        rows, ours, raw, stream, _STREAM_HOMES * _STREAM_STEPS, one, everyone, given, per_reading, free
    )


def _warm(store: SeriesStore, place: Place) -> None:
    """Let both ways load their libraries and find their tables, in a month of its own."""
    instant = np.full(1, _FIRST - np.timedelta64(60, "D"))
    first = Readings.unflagged(
        [SeriesName("warm")], np.zeros(1, dtype=np.int32), instant, STEP_MINUTES, np.ones(1), instant + _STEP
    )
    store.ingest(first, _NOW)
    place.raw.append(_columns(first))


def _batches(names: list[SeriesName], rows: int, rng: np.random.Generator) -> Iterator[Readings]:
    """Readings in the order in which time brings them, in whole watts, as meters give them."""
    for first in range(0, rows, _BATCH_ROWS):
        place = np.arange(first, min(first + _BATCH_ROWS, rows))
        instant = _FIRST + (place // len(names)) * _STEP
        kw = np.round(rng.gamma(0.8, 0.6, len(place)), 3)
        yield Readings.unflagged(
            names, (place % len(names)).astype(np.int32), instant, STEP_MINUTES, kw, instant + _STEP
        )


def _columns(readings: Readings) -> Rows:
    return Rows(
        readings.series,
        readings.instant,
        readings.step_minutes,
        readings.raw_kw,
        readings.available_at,
        readings.flag,
        readings.repaired_kw,
    )


def _reads(
    store: SeriesStore, names: list[SeriesName], steps: int, place: Place, seed: int
) -> tuple[Spent, Spent, int]:
    """Days of single homes, days of all homes, and how many readings a day of all homes has."""
    rng = np.random.default_rng(seed)
    days = max(steps // 96, 1)
    first = date(2024, 1, 1)
    one, everyone, given = Spent(), Spent(), 0
    for _ in range(_READS):
        day = Window.of_days(first + timedelta(days=int(rng.integers(days))), 1, STEP_MINUTES, "UTC")
        name = names[int(rng.integers(len(names)))]
        _timed(one, place, partial(store.read, name, day))
    for k in range(min(days, 5)):
        day = Window.of_days(first + timedelta(days=k), 1, STEP_MINUTES, "UTC")
        _timed(everyone, place, partial(store.read_all, Quantity.LOAD, day))
        given += min(96, steps - 96 * k) * len(names)
    return one, everyone, given


def _stream(store: SeriesStore, place: Place, seed: int) -> Spent:
    """One step of a community after the other, each acknowledged before the next."""
    rng = np.random.default_rng(seed)
    names = [SeriesName(f"streamed-{k}") for k in range(_STREAM_HOMES)]
    series = np.arange(_STREAM_HOMES, dtype=np.int32)
    spent = Spent()
    for step in range(_STREAM_STEPS):
        instant = np.full(_STREAM_HOMES, _FIRST + step * _STEP)
        kw = np.round(rng.gamma(0.8, 0.6, _STREAM_HOMES), 3)
        readings = Readings.unflagged(names, series, instant, STEP_MINUTES, kw, instant + _STEP)
        _timed(spent, place, partial(store.ingest, readings, _NOW))
    return spent


def _timed(spent: Spent, place: Place, act: Callable[[], object]) -> None:
    wall, cpu, server = time.perf_counter(), time.process_time(), place.server_cpu_s()
    act()
    spent.wall_s.append(time.perf_counter() - wall)
    spent.cpu_s += time.process_time() - cpu + place.server_cpu_s() - server


@contextmanager
def _place(backend: str, at: str) -> Iterator[Place]:
    if backend == "postgres":
        with _postgres(at) as place:
            yield place
        return
    folder = Path(at)
    raw: RawPath = (
        RawDuckDB(folder / "raw.duckdb") if backend == "duckdb" else RawSQLite(folder / "raw.sqlite")
    )
    kept = folder / "store"

    def _size() -> int:
        return sum(path.stat().st_size for path in kept.iterdir())

    yield Place(f"{backend}:{kept}", raw, _size, lambda: 0.0, folder)


@contextmanager
def _postgres(at: str) -> Iterator[Place]:
    """A schema of its own in a database, dropped in the end."""
    import psycopg

    from mas2tering.history.store.postgres_series import in_words, where

    schema = f"bench_{os.getpid()}"
    try:
        admin = psycopg.connect(at, autocommit=True)
        admin.execute(f"CREATE SCHEMA {schema}".encode())
    except psycopg.Error as error:
        raise in_words(error, where(at)) from error
    named = f"{at}{'&' if '?' in at else '?'}application_name={schema}&options=-csearch_path%3D{schema}"
    processes: dict[int, None] = {}

    def _cpu_s() -> float:
        if not processes:
            query = "SELECT pid FROM pg_stat_activity WHERE application_name = %s"
            processes.update(dict.fromkeys(pid for (pid,) in admin.execute(query, [schema]).fetchall()))
        return sum(_process_cpu_s(pid) for pid in processes)

    def _size() -> int:
        query = (
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid "
            "WHERE i.inhparent = %s::regclass"
        )
        row = admin.execute(query, [f"{schema}.readings"]).fetchone()
        return 0 if row is None else int(row[0])

    disk = next((path for path in (Path("/var/lib/postgresql"), Path("/")) if path.exists()), None)
    local = any(host in at for host in ("127.0.0.1", "localhost"))
    try:
        yield Place(named, RawPostgres(named), _size, _cpu_s, disk if local else None)
    finally:
        admin.execute(f"DROP SCHEMA {schema} CASCADE".encode())
        admin.close()


def _process_cpu_s(pid: int) -> float:
    """Seconds that a process of this machine's server has had; 0 where it cannot be seen."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0
