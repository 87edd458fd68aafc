from datetime import date
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.errors import InputError
from mas2tering.files import read_household_readings

DAY = [f"2026-01-05T{hour:02d}:00" for hour in range(24)]


def _written(folder: Path, name: str, rows: list[list[str]]) -> Path:
    path = folder / name
    path.write_text("\n".join(map(",".join, rows)) + "\n", encoding="utf-8")
    return path


def test_a_column_a_home(tmp_path: Path) -> None:
    rows = [["time", "a", "b"], *([at, "0.5", "" if k == 3 else "2"] for k, at in enumerate(DAY))]
    read = read_household_readings(_written(tmp_path, "loads_kwh.csv", rows))
    assert (read.homes, read.first_day, read.step_minutes) == (("a", "b"), date(2026, 1, 5), 60)
    assert read.load_kw.shape == (2, 1, 24)
    assert (read.load_kw[0] == 0.5).all()
    assert np.flatnonzero(np.isnan(read.load_kw[1, 0])).tolist() == [3]


def test_a_row_a_home_and_time_in_any_order_gives_the_same(tmp_path: Path) -> None:
    wide = [["time", "a", "b"], *([at, f"{k}", f"{2 * k}"] for k, at in enumerate(DAY))]
    long = [[at, name, f"{factor * k}"] for k, at in enumerate(DAY) for name, factor in (("b", 2), ("a", 1))]
    np.random.default_rng(1).shuffle(long)
    first = read_household_readings(_written(tmp_path, "wide_kw.csv", wide))
    second = read_household_readings(_written(tmp_path, "long.csv", [["time", "home", "load_kw"], *long]))
    assert first.homes == second.homes
    np.testing.assert_array_equal(first.load_kw, second.load_kw)


@pytest.mark.parametrize(("unit", "factor"), [("kWh", 4.0), ("kW", 1.0), ("W", 0.001)])
def test_units_are_as_they_are_told(tmp_path: Path, unit: str, factor: float) -> None:
    times = [f"2026-01-05T{k // 4:02d}:{k % 4 * 15:02d}" for k in range(96)]
    path = _written(tmp_path, "loads.csv", [["time", "a"], *([at, "2"] for at in times)])
    assert read_household_readings(path, unit).load_kw[0, 0, 0] == pytest.approx(2 * factor)
    with pytest.raises(InputError, match="unit"):
        read_household_readings(path)


def test_what_is_no_whole_day_is_left_out(tmp_path: Path) -> None:
    times = [f"2026-01-04T{hour:02d}:00" for hour in range(20, 24)] + DAY + ["2026-01-06T00:00"]
    read = read_household_readings(
        _written(tmp_path, "loads_kw.csv", [["time", "a"], *([at, "1"] for at in times)])
    )
    assert (read.first_day, read.load_kw.shape) == (date(2026, 1, 5), (1, 1, 24))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["when", "a"], ["2026-01-05T00:00", "1"]], "column of times"),
        ([["time"], ["2026-01-05T00:00"]], "no column but that of times"),
        ([["time", "a"], *([at, "x"] for at in DAY)], "a number"),
        ([["time", "a"], *([at, "1"] for at in DAY[:20])], "whole day"),
        ([["time", "home", "kw"], *([at, "a", "1"] for at in DAY), [DAY[3], "a", "2"]], "twice"),
        ([["time", "home", "kw"], *([at, "", "1"] for at in DAY)], "the name of a home"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, rows: list[list[str]], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_household_readings(_written(tmp_path, "loads_kw.csv", rows))


def test_every_wrong_column_is_said_at_once(tmp_path: Path) -> None:
    rows = [["time", "a", "b", "c"], *([at, "x", "1", "y"] for at in DAY)]
    with pytest.raises(InputError) as caught:
        read_household_readings(_written(tmp_path, "loads_kw.csv", rows))
    assert [problem.path for problem in caught.value.problems] == ["a", "c"]
