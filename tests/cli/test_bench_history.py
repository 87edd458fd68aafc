"""``mas2tering bench history`` prints JSON lines, and says what is wrong with its options."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mas2tering.cli.bench_history import bench_history_command
from mas2tering.domain.errors import InputError


def test_embedded_back_ends_are_measured_a_line_a_case(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for backend in ("duckdb", "sqlite"):
        bench_history_command(backend, 2000, 1, str(tmp_path))
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert [line["case"] for line in lines] == [
            "batch",
            "stream",
            "read_home_day",
            "read_all_homes_day",
            "size",
        ]
        assert all(line["backend"] == backend for line in lines)
        assert {"rows_per_cpu_s", "rows_per_s", "p95_ms", "ratio", "raw_rows_per_s"} <= lines[0].keys()
        size = lines[-1]
        assert size["year_gb"] == pytest.approx(size["bytes_per_reading"] * 10_000 * 35_040 / 1e9, abs=0.02)
        assert size["bytes_per_reading"] > 1
        assert list(tmp_path.iterdir()) == []


def test_wrong_options_are_said_together() -> None:
    with pytest.raises(InputError) as refused:
        bench_history_command("mysql", 3, -1, None)
    assert [problem.path for problem in refused.value.problems] == ["--backend", "--rows", "--seed"]


def test_server_that_is_not_there_ends_in_a_sentence() -> None:
    command = [sys.executable, "-m", "mas2tering", "bench", "history", "--backend", "postgres"]
    done = subprocess.run(
        [*command, "--at", "postgresql://u:secret@127.0.0.1:1/x"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "cannot be reached" in done.stderr
    assert "secret" not in done.stderr
