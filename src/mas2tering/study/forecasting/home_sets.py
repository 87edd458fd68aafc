"""Homes on which forecasts are scored: the sets of a data folder, or a user's own file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.profiles import Clock
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files import read_household_readings

AS_WRITTEN = "UTC"
"""The zone of series on a wall clock that is written with 24 hours a day: days are kept as they are written."""
_TUNING_EVERY = {"nl_zonnedael": 4, "ch_bamberg": 12}
"""Each so-manieth home of these sets was looked at while the model's constants were chosen."""
_NOT_SCORED = {
    "uk_composed_year_184_30min_kwh.parquet": "a composed year, whose days do not follow one another",
    "uk_lcl_days_30min_kwh.parquet": "days picked at random, which do not follow one another",
}


@dataclass(frozen=True)
class OwnFile:
    """How a user's own file is read; what is not told is read off the file.

    Attributes:
        clock: of its times; the wall's unless the times bear a zone.
        zone: time zone in which its homes live, for times in UTC.
        unit: kW, W or kWh per step.
        time_column: the column of times.
    """

    clock: Clock | None = None
    zone: str = "Europe/Brussels"
    unit: str | None = None
    time_column: str | None = None


@dataclass(frozen=True)
class HomeSet:
    """Homes that are forecast together.

    Attributes:
        name: of the set.
        homes: their names.
        measured: their series, one each.
        history_days: how many days of history come before the first day that is scored.
        seen: positions of homes at which the model's constants were chosen.
        notes: what a reader of the figures must know.
    """

    name: str
    homes: tuple[str, ...]
    measured: tuple[MeasuredSeries, ...]
    history_days: int
    seen: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def axes(self, step_minutes: int | None, days: int | None) -> list[TimeAxis]:
        """One axis for each whole local day after the history, the last ``days`` of them."""
        first = self.measured[0]
        clock = ZoneInfo(first.zone)
        begin = first.start.astimezone(clock)
        first_day = begin.date() + timedelta(days=(begin.hour + begin.minute > 0) + self.history_days)
        last_day = first.end.astimezone(clock).date()
        axes = [
            TimeAxis.of_days(first_day + timedelta(days=k), first.zone, step_minutes or first.step_minutes)
            for k in range((last_day - first_day).days)
        ]
        return axes[-days:] if days else axes


def home_sets(data: Path, own: OwnFile) -> tuple[list[HomeSet], list[str]]:
    """The sets that a folder or a file holds, and what is not scored and why.

    Args:
        data: a folder with the measured sets (or with one in ``households``), or a CSV or Parquet file of a user's own.
        own: how a user's own file is read.

    Raises:
        InputError: nothing to score is there, or a file cannot be read.
    """
    if not data.is_dir():
        return [_own_file(data, own)], []
    folder = data / "households" if (data / "households").is_dir() else data
    found = [read(folder / name) for name, read in _READERS.items() if (folder / name).is_file()]
    skipped = [
        f"{name} is not scored: {why}" for name, why in _NOT_SCORED.items() if (folder / name).is_file()
    ]
    if not found:
        raise InputError(
            [
                InputProblem(
                    "forecast backtest",
                    "DATA",
                    f"the folder {data}",
                    f"one of {', '.join(_READERS)} in it, or a file",
                )
            ]
        )
    return found, skipped


def _own_file(path: Path, own: OwnFile) -> HomeSet:
    """A user's file, on whole days of its clock."""
    wall = own.zone if own.clock == "local" else None
    read = read_household_readings(path, own.unit, own.time_column, zone=wall, assumed_unit="kW")
    days = read.load_kw.shape[1]
    if days < 2:
        raise InputError([InputProblem(str(path), "", f"{days} whole days", "two days or more")])
    clock = "utc" if "utc" in (own.clock, read.clock) else "local"
    start = datetime.combine(read.first_day, time(), UTC)
    zone = own.zone if clock == "utc" else AS_WRITTEN
    flat_kw = read.load_kw.reshape(len(read.homes), -1)
    measured = _series(start, read.step_minutes, zone, flat_kw)
    return HomeSet(path.stem, read.homes, measured, min(42, days // 2), notes=read.notes)


def _dutch(path: Path) -> HomeSet:
    names, values = _columns(path, lambda name: name.startswith("NL"))
    return HomeSet(
        "nl_zonnedael",
        tuple(names),
        _series(datetime(2013, 1, 1, tzinfo=UTC), 15, AS_WRITTEN, values * 4),
        42,
        _every("nl_zonnedael", len(names)),
        (
            "40 Dutch homes: days are kept as their wall clock wrote them; the publisher filled some gaps with averages",
        ),
    )


def _swiss(path: Path) -> HomeSet:
    names, values = _columns(path, lambda name: name.startswith("CH"))
    return HomeSet(
        "ch_bamberg",
        tuple(names),
        _series(datetime(2013, 10, 28, tzinfo=UTC), 15, AS_WRITTEN, values * 4),
        28,
        _every("ch_bamberg", len(names)),
        ("Swiss weeks: the year is not given, 28 days of history; some of the 350 meters are no households",),
    )


def _london(path: Path) -> HomeSet:
    _, values = _columns(path, lambda name: name == "kwh")
    return HomeSet(
        "uk_MAC000033",
        ("MAC000033",),
        _series(datetime(2013, 1, 1, tzinfo=UTC), 30, AS_WRITTEN, values * 2),
        42,
        notes=(
            "one London home: whether its clock is GMT or BST is not stated; it was looked at while the model was built",
        ),
    )


def _german(path: Path) -> HomeSet:
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    times = table.column("time_utc").to_numpy().astype("datetime64[m]")
    cell = (times - times[0]).astype(np.int64) // 15
    power_kw = np.full(int(cell[-1]) + 1, np.nan)
    power_kw[cell] = table.column("power_kw").to_numpy().astype(float)
    start = datetime.fromisoformat(str(times[0])).replace(tzinfo=UTC)
    measured = MeasuredSeries.known_at_once(start, 15, "Europe/Berlin", power_kw)
    notes = ("one German home: its first 200 days were looked at while the model was built",)
    return HomeSet("de_wpuq_sfh19", ("SFH19",), (measured,), 42, notes=notes)


_READERS: dict[str, Callable[[Path], HomeSet]] = {
    "nl_zonnedael_15min_kwh.parquet": _dutch,
    "uk_lcl_MAC000033_2013_30min_kwh.parquet": _london,
    "de_wpuq_sfh19_15min_kw.parquet": _german,
    "ch_bamberg_15min_kwh.parquet": _swiss,
}


def _columns(path: Path, wanted: Callable[[str], bool]) -> tuple[list[str], NDArray[np.float64]]:
    """Names and values of the wanted columns, shape (columns, rows)."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    names = [name for name in table.column_names if wanted(name)]
    return names, np.stack([table.column(name).to_numpy().astype(float) for name in names])


def _series(
    start: datetime, step_minutes: int, zone: str, values_kw: NDArray[np.float64]
) -> tuple[MeasuredSeries, ...]:
    return tuple(MeasuredSeries.known_at_once(start, step_minutes, zone, row) for row in values_kw)


def _every(name: str, homes: int) -> frozenset[int]:
    return frozenset(range(0, homes, _TUNING_EVERY[name]))
