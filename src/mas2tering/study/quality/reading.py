"""Measured homes and labels of faults from files."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.measured_series import MOST_KW, MeasuredSeries
from mas2tering.history.quality import FaultKind, placed

if TYPE_CHECKING:
    import pyarrow as pa

_TIMES = ("time", "local_time", "time_utc", "timestamp", "datetime")
_VALUES = {"kwh": "kwh", "power_kw": "kw", "kw": "kw", "load_kw": "kw"}
_OTHER_NAMES = {"zero_outage": FaultKind.ZERO_RUN}


@dataclass(frozen=True)
class MeasuredHomes:
    """Homes by name, and what was wrong with the times of their readings."""

    names: tuple[str, ...]
    series: tuple[MeasuredSeries, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Label:
    """A fault that is known: first and last instant of it."""

    series: str
    kind: FaultKind
    first: np.datetime64
    last: np.datetime64


def read_homes(path: Path, unit: str | None, zone: str, now: datetime) -> MeasuredHomes:
    """Read homes from CSV or Parquet: a time column and a column for each home, or rows of series, time and value.

    Args:
        path: the file.
        unit: ``kwh`` of a step or ``kw``; unless told, from the name of the value column or of the file.
        zone: the zone whose clock the homes live by; times without a zone are taken as they stand.
        now: readings for later are left out and said.

    Raises:
        InputError: all that is wrong.
    """
    table = _table(path)
    names = table.column_names
    time = next((name for name in _TIMES if name in names), None)
    if time is None:
        raise _wrong(path, "", f"the columns {', '.join(names[:8])}", f"one column of {', '.join(_TIMES)}")
    minutes, is_utc = _minutes(path, table, time)
    unit = unit or _unit(path, names)
    if "series" in names:
        value = next((name for name in names if name in _VALUES), None)
        if value is None:
            raise _wrong(path, "", f"the columns {', '.join(names)}", f"one of {', '.join(_VALUES)}")
        whose = np.asarray(table.column("series").to_numpy(zero_copy_only=False))
        values = _numbers(path, table, value)
        parts = {str(name): (minutes[whose == name], values[whose == name]) for name in dict.fromkeys(whose)}
    else:
        parts = {name: (minutes, _numbers(path, table, name)) for name in _homes(table, time)}
    return _placed(path, parts, unit, zone if is_utc else "UTC", now)


def _placed(
    path: Path,
    parts: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]],
    unit: str,
    zone: str,
    now: datetime,
) -> MeasuredHomes:
    series: list[MeasuredSeries] = []
    notes: list[str] = []
    problems: list[InputProblem] = []
    for name, (minutes, values) in parts.items():
        try:
            if (np.abs(np.nan_to_num(values)) > MOST_KW / 60).any():
                raise ValueError(f"values beyond {MOST_KW / 60:g} {unit}")
            home = placed(minutes, values, zone=zone, now=now)
        except ValueError as error:
            problems.append(InputProblem(path.name, name, str(error), "readings of a home on equal steps"))
            continue
        own = home.series
        if unit == "kwh":
            own = MeasuredSeries.known_at_once(
                own.start, own.step_minutes, own.zone, own.mean_kw * (60 / own.step_minutes)
            )
        series.append(own)
        notes += [f"{name}: {note}" for note in home.notes]
    if not parts:
        problems.append(InputProblem(path.name, "", "no column of numbers", "a column for each home"))
    if problems:
        raise InputError(problems)
    return MeasuredHomes(tuple(parts), tuple(series), tuple(notes))


def read_labels(path: Path) -> tuple[Label, ...]:
    """Read known faults: CSV with series, kind, start and end (both the start of a step).

    Raises:
        InputError: all that is wrong.
    """
    import csv

    problems: list[InputProblem] = []
    labels = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise _wrong(path, "", f"what cannot be read ({error})", "a CSV file in UTF-8") from None
    for number, row in enumerate(rows, start=2):
        kind = row.get("kind") or ""
        try:
            known = _OTHER_NAMES.get(kind) or FaultKind(kind)
            first, last = np.datetime64(row["start"], "m"), np.datetime64(row["end"], "m")
            labels.append(Label(row["series"], known, first, last))
        except (KeyError, TypeError, ValueError):
            expected = f"series, start, end, and a kind of {', '.join([*FaultKind, *_OTHER_NAMES])}"
            problems.append(InputProblem(path.name, f"line {number}", f"{dict(row)}", expected))
    if problems:
        raise InputError(problems)
    return tuple(labels)


def _table(path: Path) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    is_text = path.suffix.lower() == ".csv"
    try:
        table = pyarrow.csv.read_csv(path) if is_text else pyarrow.parquet.read_table(path)
        names = table.column_names
    except UnicodeDecodeError:
        raise _wrong(path, "", "names of columns that are no text in UTF-8", "a CSV file in UTF-8") from None
    except (pa.ArrowException, OSError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise _wrong(path, "", said, "a CSV file or a Parquet file") from None
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise _wrong(path, ", ".join(twice[:8]), "columns of the same name", "a name for each column")
    return table


def _minutes(path: Path, table: "pa.Table", time: str) -> tuple[NDArray[np.int64], bool]:
    """Minutes since 1970, and whether they are in UTC."""
    import pyarrow as pa

    cells = table.column(time)
    if not pa.types.is_timestamp(cells.type) or cells.null_count:
        raise _wrong(path, time, f"{cells.type}, {cells.null_count} empty", "times such as 2013-01-31 17:45")
    whole = cells.cast(pa.timestamp("s", tz=cells.type.tz), safe=False).cast(pa.int64()).to_numpy()
    return np.asarray(whole // 60, dtype=np.int64), cells.type.tz is not None


def _numbers(path: Path, table: "pa.Table", name: str) -> NDArray[np.float64]:
    import pyarrow as pa

    try:
        return np.array(table.column(name).cast(pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowException:
        raise _wrong(path, name, f"{table.column(name).type} values", "numbers") from None


def _homes(table: "pa.Table", time: str) -> list[str]:
    import pyarrow as pa

    return [f.name for f in table.schema if f.name != time and pa.types.is_floating(f.type)]


def _unit(path: Path, names: list[str]) -> str:
    for name in names:
        if name in _VALUES:
            return _VALUES[name]
    for unit in ("kwh", "kw"):
        if path.stem.lower().endswith(f"_{unit}"):
            return unit
    raise _wrong(path, "", "no unit", "--unit kwh (of a step) or kw, or a file name that ends in _kwh or _kw")


def _wrong(path: Path, where: str, found: str, expected: str) -> InputError:
    return InputError([InputProblem(path.name, where, found, expected)])
