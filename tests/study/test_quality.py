"""``quality scan`` on files: what is written, what is scored, what is refused; measured levels where data are there."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind, scan
from mas2tering.study.quality.reading import read_homes, read_labels
from mas2tering.study.quality.run import scan_file, summary
from mas2tering.study.quality.scoring import Span, score

NOW = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two homes for four weeks, one of them with zeros for a day and a bit."""
    draw = np.random.default_rng(1)
    times = np.datetime64("2023-01-01T00:00") + 15 * np.arange(28 * 96).astype("timedelta64[m]")
    kwh = np.round(0.05 + 0.2 * draw.gamma(1.0, 0.5, (2, len(times))), 3)
    kwh[0, 1000:1110] = 0.0
    path = tmp_path / "homes_kwh.csv"
    table = pa.table({"local_time": times.astype("datetime64[s]"), "a<b>": kwh[0], "two": kwh[1]})
    pyarrow.csv.write_csv(table, path)
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text("series,kind,start,end\na<b>,zero_outage,2023-01-11 10:00,2023-01-12 13:15\n", "utf-8")
    return path


def test_a_scan_writes_all_it_found_and_keeps_what_was_read(data: Path, labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = CliRunner().invoke(
        app, ["quality", "scan", str(data), "--labels", str(labels), "--out", str(out)]
    )
    assert result.exit_code == 0, result.output
    figures = json.loads((out / "summary.json").read_text("utf-8"))
    assert {"data", "series", "days", "flagged_days", "faults", "false_day_rate", "ms_per_home_year"} <= set(
        figures
    )
    assert figures["faults"]["zero_run"] == {
        "events": 1, "found": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0,
    }  # fmt: skip
    flags = pyarrow.parquet.read_table(out / "flags.parquet").to_pydict()
    assert list(flags) == ["series", "time", "raw", "flag", "reason", "repaired"]
    assert len(flags["raw"]) == 2 * 28 * 96
    assert flags["raw"][1000:1110] == [0.0] * 110
    assert all(value > 0 for value in flags["repaired"][1000:1110])
    assert "always draws something" in flags["reason"][1000]
    assert "zero_run,2023-01-11T10:00,2023-01-12T13:15" in (out / "findings.csv").read_text("utf-8")
    page = (out / "report.html").read_text("utf-8")
    assert "a&lt;b&gt;" in page
    assert "http" not in page.replace("http-equiv", "")


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("series,kind,start,end\na,ghost,2023-01-01,2023-01-02\nb,spike,soon,later\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_labels(path)
    assert [problem.path for problem in caught.value.problems] == ["line 2", "line 3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("when,a\n2023-01-01 00:00,1.0\n", "no column of times"),
        ("time,a\nnow,1.5\n", "times such as"),
        ("time,a\n2023-01-01 00:00:00,1.5\n", "fewer than two readings"),
    ],
)
def test_files_that_cannot_be_scanned_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "homes_kwh.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match=words):
        read_homes(path, None, "UTC", NOW)


def test_a_missed_fault_and_a_false_flag_both_cost() -> None:
    series = MeasuredSeries.known_at_once(datetime(2023, 1, 1, tzinfo=UTC), 60, "UTC", np.full(240, np.nan))
    found = scan(
        MeasuredSeries.known_at_once(series.start, 60, "UTC", np.where(np.arange(240) < 30, np.nan, 1.5))
    )
    result = score([found], [[Span(FaultKind.MISSING, 30, 60)]])
    own = result.by_kind[FaultKind.MISSING]
    assert (own.right, own.wrong, own.missed) == (1, 1, 1)
    assert result.false_day_rate is not None
    assert result.false_day_rate > 0


def test_levels_on_measured_homes(shared_data: Path) -> None:
    folder = shared_data / "anomalies"
    run = scan_file(folder / "injected_15min.parquet", folder / "injected_events.csv", None, "UTC", NOW)
    faults = summary(run)["faults"]
    assert isinstance(faults, dict)
    for kind, least in {
        "missing": 0.99, "negative": 0.97, "zero_run": 0.93, "stuck": 0.93, "backlog": 0.9, "night_load": 0.9,
        "spike": 0.9, "scale": 0.88, "shift": 0.75,
    }.items():  # fmt: skip
        assert faults[kind]["f1"] >= least, kind


def test_natural_suspects_are_found(shared_data: Path) -> None:
    table = pyarrow.parquet.read_table(shared_data / "households" / "ch_bamberg_15min_kwh.parquet")
    suspects = pyarrow.csv.read_csv(shared_data / "anomalies" / "natural_suspects_ch.csv").to_pydict()
    kw = 4 * table.column("CH523").to_numpy()
    # Two weeks before the clocks' change do not matter: days of the set have no dates.
    result = scan(MeasuredSeries.known_at_once(datetime(2023, 10, 30, tzinfo=UTC), 15, "UTC", kw))
    assert all(result.is_flagged[row] for row in suspects["row"])
