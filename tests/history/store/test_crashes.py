"""What was acknowledged is there after kill -9, after a full disk, and after the database went away.

MAS2TERING_KILLS says how often each back end is killed.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import history_servers as servers
import history_writing_process as writing
import numpy as np
import pytest

from mas2tering.history.store import (
    BufferedWriter,
    History,
    Quantity,
    StoreBusyError,
    StoreError,
    StoreFullError,
    StoreUnavailableError,
    Window,
    open_history,
    open_series,
)

if TYPE_CHECKING:
    from servers import OwnServer

KILLS = int(os.environ.get("MAS2TERING_KILLS", "5"))


def _writer(location: str, first: int, *more: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("writing_process.py")
    command = [sys.executable, str(script), location, str(first), *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)


def _acknowledged(lines: list[str], what: str) -> int:
    return max((int(line.split()[1]) for line in lines if line.startswith(what)), default=-1)


def _verify(location: str, readings: int, settlements: int) -> int:
    """Hold that batches up to the acknowledged ones are there, and none in part; the number to go on from."""
    history = open_history(location)
    numbers = max(readings, settlements, 0) + 2
    start = writing.START.item().replace(tzinfo=writing.NOW.tzinfo)
    window = Window(start, start + timedelta(minutes=15 * writing.STEPS * numbers), 15, "UTC")
    found = history.series.read_all(Quantity.LOAD, window)
    kw = np.array([series.mean_kw for series in found.values()]).reshape(-1, numbers, writing.STEPS)
    if readings >= 0:
        assert len(found) == writing.HOMES
    for number in range(numbers if len(found) else 0):
        there = ~np.isnan(kw[:, number])
        assert there.all() if number <= readings else there.all() or not there.any()
        assert (kw[:, number][there] == number).all()
    posted = history.transactions.entries()
    whole = [entry for k in range(len(posted) // 2) for entry in writing.settlement(k)[1]]
    assert list(posted) == whole
    assert len(posted) // 2 - 1 in (settlements, settlements + 1)
    history.close()
    return min(readings, settlements) + 1


def _kill_and_verify(location: str, seed: int, own: "OwnServer | None" = None) -> None:
    rng = np.random.default_rng(seed)
    first = 0
    for _ in range(KILLS):
        with _writer(location, first) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            time.sleep(rng.uniform(0, 0.2))
            if own is not None:
                own.kill()
            process.kill()
            lines += process.stdout.read().splitlines()
        if own is not None:
            own.start()
        # A last line that was cut off acknowledges nothing.
        lines = [
            line for line in lines if line.split()[0] in ("readings", "settlement") and len(line.split()) == 2
        ]
        readings = max(_acknowledged(lines, "readings"), first - 1)
        first = _verify(location, readings, max(_acknowledged(lines, "settlement"), first - 1))
    assert first > 0


@pytest.mark.parametrize("backend", ["duckdb", "sqlite"])
def test_acknowledged_writes_survive_a_killed_writer(backend: str, tmp_path: Path) -> None:
    _kill_and_verify(f"{backend}:{tmp_path}", 1)


def test_acknowledged_writes_survive_a_killed_server(own_server: "OwnServer") -> None:
    _kill_and_verify(own_server.location, 2, own_server)


@pytest.mark.parametrize(("backend", "bytes_"), [("duckdb", 1_500_000), ("sqlite", 1_500_000)])
def test_full_disk_ends_in_an_error_and_the_rest_is_whole(backend: str, bytes_: int, tmp_path: Path) -> None:
    location = f"{backend}:{tmp_path}"
    process = _writer(location, 0, str(bytes_))
    lines = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 0
    assert lines[-1].startswith("StoreFullError: "), lines[-1]
    assert "was not stored" in lines[-1]
    readings, settlements = _acknowledged(lines, "readings"), _acknowledged(lines, "settlement")
    assert readings >= 1
    first = _verify(location, readings, settlements)
    store = open_series(location)
    assert store.ingest(writing.batch(first + 5), writing.NOW).stored == writing.ROWS
    store.close()


def _refusal(history: History, number: int) -> str | None:
    """Why a batch was refused for want of room, or None where it was stored."""
    try:
        history.series.ingest(writing.batch(number), writing.NOW)
        history.transactions.settle(*writing.settlement(number))
    except StoreFullError as error:
        return str(error)
    return None


@pytest.fixture
def small_disk() -> Iterator["OwnServer"]:
    if servers.binaries() is None:
        pytest.skip("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    server = servers.OwnServer(largest_file_bytes=1_500_000)
    yield server
    server.close()


def test_full_disk_of_a_server_ends_in_an_error_and_the_rest_is_whole(small_disk: "OwnServer") -> None:
    history = open_history(small_disk.location)
    number = 0
    while (said := _refusal(history, number)) is None:
        number += 1
        assert number < 1000
    assert "its disk is full" in said
    assert number >= 1
    history.close()
    assert _verify(small_disk.location, number - 1, number - 1) == number


def test_writer_keeps_what_a_database_that_went_away_did_not_take(own_server: "OwnServer") -> None:
    import psycopg

    with psycopg.connect(own_server.location, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA goes_away")
    location = f"{own_server.location}?options=-csearch_path%3Dgoes_away"
    store = open_series(location)
    writer = BufferedWriter(store, most_rows=3 * writing.ROWS)
    assert len(writer.write(writing.batch(0), writing.NOW)) == 1
    own_server.kill()
    for number in (1, 2, 3):
        assert writer.write(writing.batch(number), writing.NOW) == ()
    assert writer.why is not None
    assert "went away or cannot be reached; what was acknowledged is safe" in writer.why
    assert "postgres@" not in writer.why
    with pytest.raises(StoreUnavailableError):
        store.names()
    with pytest.raises(StoreError, match=r"wait for the database already.*keep this batch"):
        writer.write(writing.batch(4), writing.NOW)
    own_server.start()
    assert [done.stored for done in writer.write(writing.batch(4), writing.NOW)] == [writing.ROWS] * 4
    assert (writer.waiting_rows, writer.why) == (0, None)
    start = writing.START.item().replace(tzinfo=writing.NOW.tzinfo)
    window = Window(start, start + timedelta(minutes=15 * writing.STEPS * 5), 15, "UTC")
    expected = np.repeat(np.arange(5.0), writing.STEPS)
    for series in store.read_all(Quantity.LOAD, window).values():
        np.testing.assert_array_equal(series.mean_kw, expected)
    store.close()


def test_second_process_is_told_who_owns_the_file(tmp_path: Path) -> None:
    store = open_series(str(tmp_path))
    process = _writer(str(tmp_path), 0, stderr=subprocess.PIPE)
    said = process.communicate(timeout=60)
    assert process.returncode == 1
    with pytest.raises(StoreBusyError, match="open in this process already"):
        open_series(str(tmp_path))
    store.close()
    assert "is open in another process. One process, the historian, owns it" in said[1]


def test_two_processes_write_to_one_server_or_sqlite_file(tmp_path: Path, database: str) -> None:
    for location in (f"sqlite:{tmp_path}", database):
        one, other = open_series(location), open_series(location)
        assert one.ingest(writing.batch(0), writing.NOW).stored == writing.ROWS
        assert other.ingest(writing.batch(0), writing.NOW).repeated == writing.ROWS
        assert other.ingest(writing.batch(1), writing.NOW).stored == writing.ROWS
        assert one.ingest(writing.batch(1), writing.NOW).repeated == writing.ROWS
        one.close()
        other.close()
