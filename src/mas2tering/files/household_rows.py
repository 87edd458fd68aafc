"""Readings of homes as the rows of a table: whose they are, at what times, and in what unit, as far as names say it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.tables import Table, open_table
from mas2tering.files.wording import found, listed

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


class NoUnitError(ProfileError):
    """Neither the user nor a name says the unit."""


@dataclass(frozen=True)
class HouseholdRows:
    """A table of readings: ``values`` of shape (homes, rows), or (rows,) where ``home_of`` says whose each row is."""

    homes: tuple[str, ...]
    table: Table
    minutes: NDArray[np.int64]
    values: NDArray[np.float64]
    home_of: NDArray[np.int64] | None
    unit: str
    clock: Clock
    notes: tuple[str, ...]


def rows_of(
    path: Path,
    columns: Sequence[str],
    unit: str | None,
    time_column: str | None = None,
    assumed_unit: str | None = None,
) -> HouseholdRows:
    """The rows of a table: a column a home, or a row a home and time.

    Args:
        path: the file.
        columns: all that it has.
        unit: of the values; where it is not told it is read off names.
        time_column: the column of times; where it is not told, one of the usual names.
        assumed_unit: where nobody says the unit, which is noted; refused where nothing is assumed.

    Raises:
        ProfileError: it is no such table, or nobody says the unit.
        InputError: columns hold what is no number.
    """
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
    except NoUnitError:
        if assumed_unit is None:
            raise
    found_rows = _wide(path, homes, times[0], assumed_unit)
    note = f"Nothing in {path.name} says the unit of its values: {assumed_unit} is assumed."
    return replace(found_rows, notes=(*found_rows.notes, note))


def _wide(path: Path, homes: list[str], time: str, unit: str | None) -> HouseholdRows:
    if not homes:
        raise ProfileError("no column but that of times", "one of each home")
    hold_once(homes)
    if "" in homes:
        raise ProfileError("a column without a name", "a name for each home")
    table = open_table(path, path.name, homes, {time})
    values = all_numbers(path, table, homes)
    minutes, clock, notes = _minutes(table, time)
    of_values = unit_of(path, homes[0] if len(homes) == 1 else "", unit)
    return HouseholdRows(tuple(homes), table, minutes, values, None, of_values, clock, notes)


def _long(path: Path, columns: tuple[str, str, str], unit: str | None) -> HouseholdRows:
    who, time, what = columns
    table = open_table(path, path.name, {what}, {who, time})
    names, home_of = np.unique(np.array(table.texts(who), dtype=str), return_inverse=True)
    if names[0].strip() == "":
        row = int(np.argmin(home_of))
        raise ProfileError(f"nothing in {table.row(row)} of column {found(who)}", "the name of a home")
    values = table.numbers(what)
    minutes, clock, notes = _minutes(table, time)
    of_values = unit_of(path, what, unit)
    return HouseholdRows(tuple(names.tolist()), table, minutes, values, home_of, of_values, clock, notes)


def hold_once(columns: Sequence[str]) -> None:
    """Hold that names of columns differ.

    Raises:
        ProfileError: some do not.
    """
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise ProfileError(f"columns of the same name: {listed(twice)}", "columns with different names")


def all_numbers(path: Path, table: Table, homes: list[str]) -> NDArray[np.float64]:
    """Columns of numbers, shape (columns, rows), not a number where a cell is empty.

    Raises:
        InputError: with every column that holds something else.
    """
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


def unit_of(path: Path, column: str, told: str | None) -> str:
    """The unit that was told, or that the column's name or the end of the file's name says.

    Raises:
        NoUnitError: nobody says it.
    """
    if told is not None:
        return told
    stem = path.stem.casefold()
    of_name = next((unit for unit in UNITS if stem.endswith(f"_{unit.casefold()}")), None)
    unit = _VALUES.get(column.casefold()) or of_name
    if unit is None:
        raise NoUnitError(
            "values whose unit nobody says", "--unit kWh, kW or W (or a file named …_kwh, …_kw)"
        )
    return unit
