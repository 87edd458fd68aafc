"""Measured homes and labels of faults from files."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.measured_series import MOST_KW, MeasuredSeries
from mas2tering.files import read_raw_readings
from mas2tering.history.quality import FaultKind, placed

_UNITS = {"kwh": "kWh", "kw": "kW"}
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
    raw = read_raw_readings(path, None if unit is None else _UNITS[unit])
    series: list[MeasuredSeries] = []
    notes = list(raw.notes)
    problems: list[InputProblem] = []
    for name, minutes, values in zip(raw.homes, raw.minutes, raw.values, strict=True):
        try:
            if (np.abs(np.nan_to_num(values)) > MOST_KW / 60).any():
                raise ValueError(f"values beyond {MOST_KW / 60:g} {raw.unit}")
            home = placed(minutes, values, zone=zone if raw.clock == "utc" else "UTC", now=now)
        except ValueError as error:
            problems.append(InputProblem(path.name, name, str(error), "readings of a home on equal steps"))
            continue
        own = home.series
        scale = {"kWh": 60 / own.step_minutes, "kW": 1.0, "W": 1e-3}[raw.unit]
        if scale != 1.0:
            own = MeasuredSeries.known_at_once(own.start, own.step_minutes, own.zone, own.mean_kw * scale)
        series.append(own)
        notes += [f"{name}: {note}" for note in home.notes]
    if problems:
        raise InputError(problems)
    return MeasuredHomes(raw.homes, tuple(series), tuple(notes))


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


def _wrong(path: Path, where: str, found: str, expected: str) -> InputError:
    return InputError([InputProblem(path.name, where, found, expected)])
