"""``mas2tering forecast backtest`` as a user types it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from mas2tering.cli.app import app
from mas2tering.domain.errors import InputError

KEYS = {"nmae", "nrmse", "daily_energy_error", "ncrps", "coverage_80", "ms_per_home_day"}


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["forecast", "backtest", *arguments])
    if isinstance(done.exception, InputError):
        return 2, str(done.exception)
    return done.exit_code, done.output


def _file(folder: Path, days: int, unit_scale: float = 1.0) -> Path:
    """Two homes, hourly, with gaps."""
    random = np.random.default_rng(1)
    rows = ["when,first,second & third"]
    for hour in range(24 * days):
        time = datetime(2024, 3, 20) + timedelta(hours=hour)  # noqa: DTZ001 (a wall clock)
        loads = unit_scale * random.gamma(2, 0.2, 2)
        cells = ("" if hour % 50 == 0 else f"{loads[0]:.3f}", f"{loads[1]:.3f}")
        rows.append(f"{time:%Y-%m-%dT%H:%M},{cells[0]},{cells[1]}")
    path = folder / "own.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_users_own_file_gets_figures_and_a_page(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, output = _run(str(_file(tmp_path, 24)), "--time-column", "when", "--days", "3", "--out", str(out))
    assert code == 0, output
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["data"], summary["homes"], summary["days"]) == ("own.csv", 2, 3)
    assert list(summary["methods"]) == ["last_week", "four_weekdays", "empirical_quantiles", "model"]
    assert all(figures.keys() == KEYS for figures in summary["methods"].values())
    assert (
        summary["sets"]["own"]["community_sum"]["model"]["ncrps"]
        < summary["sets"]["own"]["methods"]["model"]["ncrps"]
    )
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert page.count("<svg") >= 3
    assert "nan" not in page.split("<body>")[1]


def test_a_file_with_local_times_needs_no_option(tmp_path: Path) -> None:
    path = _file(tmp_path, 10)
    path = path.rename(tmp_path / "own_kwh.csv")
    path.write_text(path.read_text().replace("when,", "local_time,"), encoding="utf-8")
    out = tmp_path / "out"
    code, output = _run(str(path), "--days", "2", "--out", str(out))
    assert code == 0, output
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert (summary["homes"], summary["days"]) == (2, 2)
    assert not any("assumed" in warning for warning in summary["warnings"])


def test_an_hour_that_the_wall_clock_shows_twice_is_understood(tmp_path: Path) -> None:
    """Ten days over the end of summer time in Brussels, as a meter on the wall clock writes them."""
    begin = datetime(2024, 10, 21, tzinfo=ZoneInfo("Europe/Brussels")).astimezone(UTC)
    moments = [begin + timedelta(hours=k) for k in range(10 * 24 + 1)]
    rows = [
        f"{m.astimezone(ZoneInfo('Europe/Brussels')):%Y-%m-%dT%H:%M},{0.1 + k % 5}"
        for k, m in enumerate(moments)
    ]
    path = tmp_path / "own_kwh.csv"
    path.write_text("\n".join(["time,home", *rows]) + "\n", encoding="utf-8")
    code, output = _run(str(path), "--clock", "local", "--zone", "Europe/Brussels", "--days", "1")
    assert code == 0, output


def test_units_of_a_users_file_are_brought_to_kilowatts(tmp_path: Path) -> None:
    found = []
    for unit, scale in (("kW", 1.0), ("W", 1000.0)):
        _file(tmp_path, 10, scale)
        out = tmp_path / unit
        code, _ = _run(
            str(tmp_path / "own.csv"),
            "--time-column",
            "when",
            "--days",
            "1",
            "--unit",
            unit,
            "--out",
            str(out),
        )
        assert code == 0
        found.append(
            json.loads((out / "summary.json").read_text(encoding="utf-8"))["methods"]["model"]["ncrps"]
        )
    assert found[0] == pytest.approx(found[1], rel=0.02)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    code, said = _run(
        *(str(tmp_path / "no.csv"), "--step", "7", "--unit", "MW", "--zone", "Mars/Olympus", "--lead", "-1"),
        *("--seed", "-1"),
    )
    assert code == 2
    for part in ("no.csv", "--step", "--unit", "--zone", "--lead", "--seed"):
        assert part in said


def test_a_folder_without_homes_and_a_file_without_times_are_refused(tmp_path: Path) -> None:
    code, said = _run(str(tmp_path))
    assert (code, "nl_zonnedael_15min_kwh.parquet" in said) == (2, True)
    code, said = _run(str(_file(tmp_path, 5)))
    assert (code, "column of times" in said) == (2, True)


def test_measured_sets_are_scored_and_what_does_not_follow_day_by_day_is_not(
    shared_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    chosen = tmp_path / "data" / "households"
    chosen.mkdir(parents=True)
    for name in ("uk_lcl_MAC000033_2013_30min_kwh.parquet", "uk_composed_year_184_30min_kwh.parquet"):
        (chosen / name).symlink_to(shared_data.resolve() / "households" / name)
    code, output = _run(str(tmp_path / "data"), "--days", "20", "--out", str(out))
    assert code == 0, output
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert list(summary["sets"]) == ["uk_MAC000033"]
    assert any("composed" in warning for warning in summary["warnings"])
    assert any("not scored" in warning for warning in summary["warnings"])
    model, yardstick = (summary["methods"][name]["ncrps"] for name in ("model", "empirical_quantiles"))
    assert model < 1.03 * yardstick
