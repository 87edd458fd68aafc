"""Readings of many homes from one table: a column a home, or a row a home and time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.measured_series import MOST_KW
from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.files.grid import grid_of
from mas2tering.files.household_rows import HouseholdRows, all_numbers, hold_once, rows_of, unit_of
from mas2tering.files.tables import Table, open_table
from mas2tering.files.wording import counted, found, listed

_WEEKS_WITHOUT_YEAR = frozenset({"day", "quarter"})
_CALENDAR = frozenset({"day", "quarter", "iso_week", "weekday"})
_STAND_IN_YEAR = 2001
_DAY = 1440
_MOST_DAYS = 3660
_APART = 366 * _DAY
_FEW = 0.05
"""As a share of all rows: fewer than these, a year apart, are no part of a series."""
_MANY_MOVES, _ODD_MOVES = 96, 0.01
"""Loads fall about as often as they rise; of so many changes, so small a share the other way is a counter that was reset."""


@dataclass(frozen=True)
class HouseholdReadings:
    """What homes used on whole days of the clock of the file.

    ``load_kw`` has shape (homes, days, steps of a day), consumption positive, not a number where nothing is known.
    ``clock`` is the wall's, or UTC where the times say so; ``notes`` say what was assumed.
    """

    homes: tuple[str, ...]
    first_day: date
    step_minutes: int
    load_kw: NDArray[np.float64]
    clock: Clock
    notes: tuple[str, ...]


@dataclass(frozen=True)
class RawReadings:
    """Readings of homes as they stand in a file: in whatever order, repeated, with gaps.

    ``minutes`` and ``values`` are of each home, shape (readings,): starts of steps in minutes since 1970 on ``clock``, and
    what stands there in ``unit`` (kWh of a step, kW or W), not a number where nothing does. ``notes`` say what was assumed.
    """

    homes: tuple[str, ...]
    minutes: tuple[NDArray[np.int64], ...]
    values: tuple[NDArray[np.float64], ...]
    unit: str
    clock: Clock
    notes: tuple[str, ...]


def read_household_readings(
    path: Path,
    unit: str | None = None,
    time_column: str | None = None,
    *,
    zone: str | None = None,
    assumed_unit: str | None = None,
) -> HouseholdReadings:
    """Readings on whole days from a CSV or Parquet file: a time column and a column of each home, or a row of each home and
    time.

    Args:
        path: the file.
        unit: of its values; where it is not told it is read off the name of the column, or off the end of the file's name.
        time_column: the column of times; where it is not told, one of the usual names.
        zone: whose wall clock the times may be on, so that an hour that stands there twice in autumn is understood; days are
            those of UTC then.
        assumed_unit: where nobody says the unit, which is noted; refused where nothing is assumed.

    Raises:
        InputError: with everything that is wrong.
    """
    try:
        columns = open_table(path, path.name, (), ()).columns
        if set(columns) >= _WEEKS_WITHOUT_YEAR and time_column is None:
            return _weeks(path, columns, unit)
        return _on_grid(path, rows_of(path, columns, unit, time_column, assumed_unit), zone)
    except ProfileError as error:
        raise InputError([InputProblem(str(path), "", error.found, error.expected)]) from None


def read_raw_readings(path: Path, unit: str | None = None) -> RawReadings:
    """Readings as they stand in a file, for who looks for what is wrong with them; of the same forms, and refused for the same.

    Args:
        path: the file.
        unit: as in :func:`read_household_readings`.

    Raises:
        InputError: with everything that is wrong with the file, which is not what is wrong with its times and values.
    """
    try:
        columns = open_table(path, path.name, (), ()).columns
        if set(columns) >= _WEEKS_WITHOUT_YEAR:
            weeks = _weeks(path, columns, unit)
            start = (weeks.first_day - date(1970, 1, 1)).days * _DAY
            kw = weeks.load_kw.reshape(len(weeks.homes), -1)
            minutes = start + weeks.step_minutes * np.arange(kw.shape[1], dtype=np.int64)
            each = (minutes,) * len(kw)
            return RawReadings(weeks.homes, each, tuple(kw), "kW", "local", weeks.notes)
        rows = rows_of(path, columns, unit)
    except ProfileError as error:
        raise InputError([InputProblem(str(path), "", error.found, error.expected)]) from None
    if rows.home_of is None:
        each = (rows.minutes,) * len(rows.homes)
        return RawReadings(rows.homes, each, tuple(rows.values), rows.unit, rows.clock, rows.notes)
    own = [rows.home_of == number for number in range(len(rows.homes))]
    return RawReadings(
        rows.homes,
        tuple(rows.minutes[mine] for mine in own),
        tuple(rows.values[mine] for mine in own),
        rows.unit,
        rows.clock,
        rows.notes,
    )


def _on_grid(path: Path, rows: HouseholdRows, zone: str | None) -> HouseholdReadings:
    """On equal steps, as plans and forecasts need them; times that are not are refused."""
    _hold_together(rows)
    _hold_no_counter(rows)
    if rows.home_of is None:
        zone = zone if rows.clock == "local" else None
        grid = grid_of(rows.minutes, "local", zone, rows.table.row, path.name)
        rows = replace(rows, clock=rows.clock if grid.clock == "local" else "utc")
        kw = np.full((len(rows.homes), grid.length), np.nan)
        kw[:, grid.positions] = rows.values * _to_kw(rows.unit, grid.step)
        return _on_days(rows, grid.start, grid.step, kw)
    instants = np.unique(rows.minutes)
    step = grid_of(instants, "local", None, lambda _: "a row", path.name).step
    kw = np.full((len(rows.homes), (int(instants[-1]) - int(instants[0])) // step + 1), np.nan)
    places = (rows.minutes - int(instants[0])) // step
    twice = np.bincount(rows.home_of * kw.shape[1] + places, minlength=1) > 1
    if twice.any():
        home, place = divmod(int(np.argmax(twice)), kw.shape[1])
        moment = np.datetime64(int(instants[0]) + place * step, "m")
        raise ProfileError(
            f"{counted(int(twice.sum()), 'time')} that one home has twice, first {moment} of {found(rows.homes[home])}",
            "each time of a home once",
        )
    kw[rows.home_of, places] = rows.values * _to_kw(rows.unit, step)
    return _on_days(rows, int(instants[0]), step, kw)


def _hold_together(rows: HouseholdRows) -> None:
    """Hold that no few readings lie a year or more apart from the rest: their date is a typing error, or of another century's clock.

    Raises:
        ProfileError: some do.
    """
    order = np.argsort(rows.minutes, kind="stable")
    ascending = rows.minutes[order]
    apart = np.flatnonzero(np.diff(ascending) > _APART) + 1
    parts = np.split(order, apart)
    few = [part for part in parts if len(part) < _FEW * len(order)]
    if len(parts) > 1 and few:
        first = int(few[0][np.argmin(few[0])])
        rest = max(parts, key=len)
        raise ProfileError(
            f"{counted(sum(map(len, few)), 'row')} a year or more apart from the rest, first "
            f"{np.datetime64(int(rows.minutes[first]), 'm')} in {rows.table.row(first)}, while most are from "
            f"{_day(rows.minutes[rest].min())} to {_day(rows.minutes[rest].max())}",
            "times without a typing error",
        )


def _day(minutes: np.int64) -> str:
    return str(np.datetime64(int(minutes) // _DAY, "D"))


def _hold_no_counter(rows: HouseholdRows) -> None:
    """Hold that values are what was used in each step: the stand of a counter only rises, or falls where it runs backwards.

    Raises:
        ProfileError: some are stands of counters.
    """
    order = np.argsort(rows.minutes, kind="stable")
    each = (
        (own[order] for own in rows.values)
        if rows.home_of is None
        else (rows.values[order][rows.home_of[order] == k] for k in range(len(rows.homes)))
    )
    counters = [home for home, own in zip(rows.homes, each, strict=True) if _is_counter(own)]
    if counters:
        raise ProfileError(
            f"values of {listed(counters)} that go one way only, as the stand of a meter's counter does",
            "what was used in each step",
        )


def _is_counter(values: NDArray[np.float64]) -> bool:
    moves = np.sign(np.diff(values[np.isfinite(values)]))
    risen, fallen = int((moves > 0).sum()), int((moves < 0).sum())
    return risen + fallen >= _MANY_MOVES and min(risen, fallen) <= _ODD_MOVES * (risen + fallen)


def _weeks(path: Path, columns: Sequence[str], unit: str | None) -> HouseholdReadings:
    """Days numbered from a Monday on, quarters of an hour in each, no year."""
    homes = [column for column in columns if column not in _CALENDAR]
    calendar = [column for column in columns if column in _CALENDAR]
    if not homes:
        raise ProfileError("no column but those of the calendar", "one of each home")
    hold_once([*homes, *calendar])
    table = open_table(path, path.name, [*homes, *calendar], ())
    values = all_numbers(path, table, homes)
    day, quarter = _whole(table, "day", _MOST_DAYS), _whole(table, "quarter", 95)
    days = int(day.max()) + 1
    kw = np.full((len(homes), days * 96), np.nan)
    kw[:, day * 96 + quarter] = values * _to_kw(unit_of(path, "", unit), 15)
    week = max(int(_whole(table, "iso_week", 52)[0]), 1) if "iso_week" in columns else 1
    first = date.fromisocalendar(_STAND_IN_YEAR, week, 1)
    notes = (f"{path.name} names no year: {_STAND_IN_YEAR} stands for it.",)
    return HouseholdReadings(tuple(homes), first, 15, kw.reshape(len(homes), days, 96), "local", notes)


def _whole(table: Table, column: str, most: int) -> NDArray[np.int64]:
    numbers = table.numbers(column)
    wrong = ~((numbers >= 0) & (numbers <= most) & (numbers == np.floor(numbers)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ProfileError(
            f"{numbers[row]:g} in {table.row(row)} of column {found(column)}",
            f"whole numbers from 0 to {most}",
        )
    return numbers.astype(np.int64)


def _to_kw(unit: str, step_minutes: int) -> float:
    return {"kWh": 60.0 / step_minutes, "kW": 1.0, "W": 1e-3}[unit]


def _on_days(rows: HouseholdRows, start: int, step: int, kw: NDArray[np.float64]) -> HouseholdReadings:
    """Cut to whole days: what lies before the first midnight and after the last is left out."""
    if step not in STEP_LENGTHS_MINUTES:
        raise ProfileError(f"steps of {step} min", f"steps of {listed(map(str, STEP_LENGTHS_MINUTES))} min")
    too_much = [
        home for home, own in zip(rows.homes, kw, strict=True) if (np.abs(np.nan_to_num(own)) > MOST_KW).any()
    ]
    if too_much:
        raise ProfileError(
            f"values beyond {MOST_KW:g} kW of {listed(too_much)}",
            "the power of a home, in the unit that is said",
        )
    skipped = -start % _DAY // step
    per_day = _DAY // step
    days = (kw.shape[1] - skipped) // per_day
    if days < 1:
        raise ProfileError("less than one whole day", "whole days")
    whole = kw[:, skipped : skipped + days * per_day].reshape(len(rows.homes), days, per_day)
    first = date(1970, 1, 1) + timedelta(minutes=start + skipped * step)
    return HouseholdReadings(rows.homes, first, step, whole, rows.clock, rows.notes)
