"""A run whose forecasts come by way of the historical database: what it says of it, twice the same, and without one too."""

import json
from datetime import date
from pathlib import Path

import pytest

from mas2tering.history.store.duckdb_series import DuckDBSeries
from mas2tering.history.store.errors import StoreError, StoreFullError, StoreUnavailableError
from mas2tering.history.store.rows import Asked, Rows
from mas2tering.study.minimal import minimal_community
from mas2tering.study.registered import of_outlooks
from mas2tering.study.results import RunResult
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.summary import summary_of

DAY = date(2013, 4, 17)


def _run(history: Path | None) -> RunResult:
    made = minimal_community(DAY)
    options = RunOptions(
        DAY,
        step_minutes=60,
        use_cases=("none", "1"),
        forecast="model",
        history=None if history is None else str(history),
    )
    return run_community(made.community, made.profiles, options)


def _lived(run: RunResult) -> str:
    """All that is said of the lived days but how long it took."""
    lived = summary_of(run)["lived"]
    return json.dumps({key: own for key, own in lived.items() if "seconds" not in key}, sort_keys=True)


def test_a_run_says_how_readings_came_and_says_the_same_twice(tmp_path: Path) -> None:
    one, other = _run(tmp_path / "one"), _run(tmp_path / "other")

    found = summary_of(one)["lived"]["history"]
    assert found["homes"] == 2
    assert found["readings"] > 2 * 24 * 41
    assert found["receipts"] > 0
    assert _lived(one) == _lived(other)
    assert not [warning for warning in one.warnings if "history" in warning]


def test_a_history_that_cannot_be_opened_is_named_and_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "corrupt").mkdir()
    (tmp_path / "corrupt" / "readings.duckdb").write_bytes(b"no database " * 1000)
    without = _lived(_run(None))

    for place in (tmp_path / "file", tmp_path / "corrupt"):
        run = _run(place)
        (warning,) = [warning for warning in run.warnings if "history could not be kept" in warning]
        assert str(place) in warning
        assert "readings as they came" in warning
        assert "history" not in summary_of(run)["lived"]
        assert _lived(run) == without
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("failure", [MemoryError(), ValueError("odd"), KeyError("series")])
def test_a_history_that_fails_in_whatever_way_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(of_outlooks, "register", fail)

    run = _run(tmp_path / "history")

    (warning,) = [warning for warning in run.warnings if "history could not be kept" in warning]
    assert "()" not in warning


@pytest.mark.parametrize("failure", [StoreFullError("no room on the disk"), StoreUnavailableError("gone")])
def test_a_database_that_goes_away_in_the_middle_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: StoreError
) -> None:
    read, find = [], DuckDBSeries.find

    def once(self: DuckDBSeries, asked: Asked) -> Rows:
        if read:
            raise failure
        read.append(asked)
        return find(self, asked)

    monkeypatch.setattr(DuckDBSeries, "find", once)

    run = _run(tmp_path / "history")

    assert read, "it was gone before anything was stored"
    (warning,) = [warning for warning in run.warnings if "history could not be kept" in warning]
    assert str(failure) in warning
    assert "readings as they came" in warning
    assert _lived(run) == _lived(_run(None))
