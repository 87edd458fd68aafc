"""Readings of many homes from one table: a column a home, or a row a home and time."""

from collections import Counter
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
from mas2tering.files.tables import Table, open_table
from mas2tering.files.wording import counted, found, listed

UNITS = ("kWh", "kW", "W")
_TIMES = ("time", "time_local", "time_utc", "local_time", "timestamp", "datetime")
_HOMES = ("home", "series", "household", "meter", "box")
_VALUES = {
    "kwh": "kWh",
    "energy_kwh": "kWh",
    "kw": "kW",
    "load_kw": "kW",
    "power_kw": "kW",
    "w": "W",
    "power_w": "W",
}
_WEEKS_WITHOUT_YEAR = frozenset({"day", "quarter"})
_CALENDAR = frozenset({"day", "quarter", "iso_week", "weekday"})
_STAND_IN_YEAR = 2001
_DAY = 1440
_MOST_DAYS = 3660


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
        return _on_grid(path, _rows_of(path, columns, unit, time_column, assumed_unit), zone)
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
        rows = _rows_of(path, columns, unit)
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


class _NoUnitError(ProfileError):
    """Neither the user nor a name says the unit."""


@dataclass(frozen=True)
class _Rows:
    """A table of readings: ``values`` of shape (homes, rows), or (rows,) where ``home_of`` says whose each row is."""

    homes: tuple[str, ...]
    table: Table
    minutes: NDArray[np.int64]
    values: NDArray[np.float64]
    home_of: NDArray[np.int64] | None
    unit: str
    clock: Clock
    notes: tuple[str, ...]


def _rows_of(
    path: Path,
    columns: Sequence[str],
    unit: str | None,
    time_column: str | None = None,
    assumed_unit: str | None = None,
) -> _Rows:
    by_fold = {column.casefold(): column for column in columns}
    times = [by_fold[name] for name in _TIMES if name in by_fold]
    if time_column is not None:
        times = [name for name in columns if name == time_column]
    if not times:
        raise ProfileError(
            f"no column of times among {listed(columns)}",
            f"one named {listed(_TIMES)}" if time_column is None else f"a time column {found(time_column)}",
        )
    who = [by_fold[name] for name in _HOMES if name in by_fold]
    what = [by_fold[name] for name in _VALUES if name in by_fold]
    if who and what:
        return _long(path, (who[0], times[0], what[0]), unit)
    homes = [column for column in columns if column not in times]
    try:
        return _wide(path, homes, times[0], unit)
    except _NoUnitError:
        if assumed_unit is None:
            raise
    found_rows = _wide(path, homes, times[0], assumed_unit)
    note = f"Nothing in {path.name} says the unit of its values: {assumed_unit} is assumed."
    return replace(found_rows, notes=(*found_rows.notes, note))


def _wide(path: Path, homes: list[str], time: str, unit: str | None) -> _Rows:
    if not homes:
        raise ProfileError("no column but that of times", "one of each home")
    _hold_once(homes)
    if "" in homes:
        raise ProfileError("a column without a name", "a name for each home")
    table = open_table(path, path.name, homes, {time})
    values = _all_numbers(path, table, homes)
    minutes, clock, notes = _minutes(table, time)
    of_values = _unit(path, homes[0] if len(homes) == 1 else "", unit)
    return _Rows(tuple(homes), table, minutes, values, None, of_values, clock, notes)


def _long(path: Path, columns: tuple[str, str, str], unit: str | None) -> _Rows:
    who, time, what = columns
    table = open_table(path, path.name, {what}, {who, time})
    names, home_of = np.unique(np.array(table.texts(who), dtype=str), return_inverse=True)
    if names[0].strip() == "":
        row = int(np.argmin(home_of))
        raise ProfileError(f"nothing in {table.row(row)} of column {found(who)}", "the name of a home")
    values = table.numbers(what)
    minutes, clock, notes = _minutes(table, time)
    of_values = _unit(path, what, unit)
    return _Rows(tuple(names.tolist()), table, minutes, values, home_of, of_values, clock, notes)


def _on_grid(path: Path, rows: _Rows, zone: str | None) -> HouseholdReadings:
    """On equal steps, as plans and forecasts need them; times that are not are refused."""
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


def _weeks(path: Path, columns: Sequence[str], unit: str | None) -> HouseholdReadings:
    """Days numbered from a Monday on, quarters of an hour in each, no year."""
    homes = [column for column in columns if column not in _CALENDAR]
    calendar = [column for column in columns if column in _CALENDAR]
    if not homes:
        raise ProfileError("no column but those of the calendar", "one of each home")
    _hold_once([*homes, *calendar])
    table = open_table(path, path.name, [*homes, *calendar], ())
    values = _all_numbers(path, table, homes)
    day, quarter = _whole(table, "day", _MOST_DAYS), _whole(table, "quarter", 95)
    days = int(day.max()) + 1
    kw = np.full((len(homes), days * 96), np.nan)
    kw[:, day * 96 + quarter] = values * _to_kw(_unit(path, "", unit), 15)
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


def _hold_once(columns: Sequence[str]) -> None:
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise ProfileError(f"columns of the same name: {listed(twice)}", "columns with different names")


def _all_numbers(path: Path, table: Table, homes: list[str]) -> NDArray[np.float64]:
    columns, problems = [], []
    for home in homes:
        try:
            columns.append(table.numbers(home))
        except ProfileError as error:
            problems.append(InputProblem(str(path), home, error.found, error.expected))
    if problems:
        raise InputError(problems)
    return np.stack(columns)


def _minutes(table: Table, time: str) -> tuple[NDArray[np.int64], Clock, tuple[str, ...]]:
    try:
        return table.minutes(time, "local"), "utc" if time.casefold() == "time_utc" else "local", ()
    except ProfileError as error:
        if "with a zone" not in error.found:
            raise
        return (
            table.minutes(time, "utc"),
            "utc",
            ("The times of the file bear a zone; days are those of UTC.",),
        )


def _unit(path: Path, column: str, told: str | None) -> str:
    if told is not None:
        return told
    stem = path.stem.casefold()
    of_name = next((unit for unit in UNITS if stem.endswith(f"_{unit.casefold()}")), None)
    unit = _VALUES.get(column.casefold()) or of_name
    if unit is None:
        raise _NoUnitError(
            "values whose unit nobody says", "--unit kWh, kW or W (or a file named …_kwh, …_kw)"
        )
    return unit


def _to_kw(unit: str, step_minutes: int) -> float:
    return {"kWh": 60.0 / step_minutes, "kW": 1.0, "W": 1e-3}[unit]


def _on_days(rows: _Rows, start: int, step: int, kw: NDArray[np.float64]) -> HouseholdReadings:
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
