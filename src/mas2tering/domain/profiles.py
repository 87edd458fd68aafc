"""Profiles: a quantity on a time axis; where it comes from, and what becomes of gaps.

A *series* is what somebody measured or computed, with gaps, on its own steps. A *profile* is what a plan
uses: a finite number for each step of an axis. Between the two stands one function, :func:`profile_on`, and a
named rule for gaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Discriminator, Field, Tag, model_validator

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import Words

Unit = Literal["kW", "kWh", "W", "kW_per_kWp", "degC", "W_per_m2", "per_kWh", "per_MWh", "factor"]
GapRule = Literal["refuse", "hold", "interpolate", "previous_day", "zero"]
Clock = Literal["utc", "local"]

# Energy per step becomes mean power; the other units keep their meaning when averaged.
_SCALE_TO_BASE: dict[str, float] = {"W": 1e-3, "per_MWh": 1e-3}
BASE_UNIT: dict[str, str] = {"kWh": "kW", "W": "kW", "per_MWh": "per_kWh"}


class FileProfile(Words):
    """A column of a CSV or Parquet file beside the community file."""

    file: str = Field(min_length=1)
    column: str = Field(min_length=1)
    unit: Unit
    time_column: str = "time"
    clock: Clock = "utc"
    gaps: GapRule = "refuse"


class DailyProfile(Words):
    """A day on the local clock, repeated every day: 24, 48, 96 or 288 values from midnight on."""

    daily: tuple[Annotated[float, Field(strict=True, allow_inf_nan=False)], ...]
    unit: Unit

    @model_validator(mode="after")
    def _divides_the_day(self) -> Self:
        if len(self.daily) not in (24, 48, 96, 144, 288):
            raise ValueError(
                f"{len(self.daily)} values; expected 24, 48, 96, 144 or 288 for one day from midnight on"
            )
        return self


class ConstantProfile(Words):
    """One value at all times."""

    constant: Annotated[float, Field(strict=True, allow_inf_nan=False)]
    unit: Unit


_PROFILE_TAGS = {"file": "file profile", "daily": "daily profile", "constant": "constant profile"}


def _profile_tag(value: object) -> str | None:
    # By the field that only one of them has, so that a mistake is reported for the profile that was meant,
    # not for all three.
    fields = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
    return next((tag for name, tag in _PROFILE_TAGS.items() if name in fields), None)


ProfileSource = Annotated[
    Annotated[FileProfile, Tag("file profile")]
    | Annotated[DailyProfile, Tag("daily profile")]
    | Annotated[ConstantProfile, Tag("constant profile")],
    Discriminator(_profile_tag),
]


@dataclass(frozen=True)
class Series:
    """What a source gave: values on its own steps; a gap is not known, never a number that happens to be NaN.

    ``start`` is an instant in UTC, or a wall-clock time without zone where ``clock`` is ``local`` (then every
    day has 24 h and the clock change shows as a missing or a single hour, as meters that follow the wall
    clock write it). ``values`` and ``known`` have shape (n,). ``name`` says in errors and reports where it is
    from.
    """

    name: str
    start: datetime
    step_minutes: int
    values: NDArray[np.float64]
    known: NDArray[np.bool_]
    unit: Unit
    clock: Clock = "utc"


class ProfileReader(Protocol):
    """Whoever can fetch the series that a file profile names."""

    def series(self, source: FileProfile) -> Series:
        """The whole series.

        Raises:
            ProfileError: the file, its column or its time column cannot be used.
        """
        ...


class ProfileError(ValueError):
    """A profile cannot be had: ``found`` and ``expected`` in the user's words."""

    def __init__(self, found: str, expected: str) -> None:
        self.found, self.expected = found, expected
        super().__init__(f"{found}; expected {expected}")


@dataclass(frozen=True)
class SeriesTable:
    """Series in memory by file and column: what a generated community reads from, without files."""

    table: Mapping[tuple[str, str], Series]

    def series(self, source: FileProfile) -> Series:
        """The series of a file and column; see :class:`ProfileReader`.

        Raises:
            ProfileError: there is none, or its unit or clock is not what the profile says.
        """
        try:
            found = self.table[source.file, source.column]
        except KeyError:
            columns = sorted(column for file, column in self.table if file == source.file)
            listed = ", ".join(columns[:10]) + (", …" if len(columns) > 10 else "")
            raise ProfileError(
                f"no series {source.column!r} of {source.file!r}",
                f"one of {listed}" if columns else f"series of {source.file!r}",
            ) from None
        for name in ("unit", "clock"):
            if getattr(found, name) != getattr(source, name):
                raise ProfileError(
                    f"{name} {getattr(source, name)} for {found.name}",
                    f"{name} {getattr(found, name)}, which it has",
                )
        return found


@dataclass(frozen=True)
class Profile:
    """A finite value for each step of an axis, in a base unit (kW, degC, currency per kWh, factor).

    ``values`` has shape (axis.steps,). ``filled`` says in words which gaps were filled by which rule; empty
    if none was.
    """

    axis: TimeAxis
    values: NDArray[np.float64]
    unit: str
    filled: str = ""

    def __post_init__(self) -> None:
        if self.values.shape != (self.axis.steps,):
            raise ValueError(f"{self.values.shape[0]} values for {self.axis.steps} steps")
        if not np.all(np.isfinite(self.values)):
            raise ValueError("a profile holds finite values only")


def profile_on(axis: TimeAxis, source: ProfileSource, reader: ProfileReader) -> Profile:
    """The profile of a source on an axis: averaged to longer steps, held on shorter ones, gaps by the
    source's rule.

    Raises:
        ProfileError: the source does not cover the axis, or has a gap that its rule does not fill.
    """
    unit = BASE_UNIT.get(source.unit, source.unit)
    if isinstance(source, ConstantProfile):
        if source.unit == "kWh":
            raise ProfileError("a constant in kWh, which depends on the length of a step", "a constant in kW")
        return Profile(
            axis, np.full(axis.steps, source.constant * _SCALE_TO_BASE.get(source.unit, 1.0)), unit
        )
    if isinstance(source, DailyProfile):
        return Profile(axis, _daily_values(axis, source), unit)
    return series_on(axis, reader.series(source), source.gaps)


def series_on(axis: TimeAxis, series: Series, gaps: GapRule = "refuse") -> Profile:
    """A series on an axis; see :func:`profile_on`.

    Raises:
        ProfileError: the series does not cover the axis, or has a gap that ``gaps`` does not fill.
    """
    values, known = _in_base_unit(series), series.known.copy()
    filled = ""
    minutes = _minutes_into(axis, series)
    # Fine enough for both grids, and for how they lie to each other.
    fine_step = int(np.gcd.reduce([series.step_minutes, axis.step_minutes, int(minutes[0])]))
    position = _fine_positions(minutes, axis.step_minutes, series.step_minutes, fine_step)
    inside = (position >= 0) & (position < len(values))
    if not inside.all():
        first = axis.instants[0] + np.argmin(inside) * np.timedelta64(fine_step, "m")
        raise ProfileError(
            f"{series.name} has nothing at {first} UTC ({int((~inside).sum()) * fine_step / 60:g} h "
            "missing outside its range)",
            f"values for the whole time from {axis.start:%Y-%m-%d %H:%M} to {axis.end:%Y-%m-%d %H:%M} UTC",
        )
    used = np.unique(position)
    missing = used[~known[used]]
    if len(missing):
        values = _fill(series, values, known, missing, gaps)
        filled = f"{series.name}: {len(missing)} values of {len(used)} missing, filled by rule '{gaps}'"
    fine = values[position].reshape(axis.steps, -1)
    return Profile(axis, fine.mean(axis=1), BASE_UNIT.get(series.unit, series.unit), filled)


def _in_base_unit(series: Series) -> NDArray[np.float64]:
    if series.unit == "kWh":
        return series.values * (60 / series.step_minutes)
    return series.values * _SCALE_TO_BASE.get(series.unit, 1.0)


def _minutes_into(axis: TimeAxis, series: Series) -> NDArray[np.int64]:
    """Minutes from the start of the series to the start of each step, on the series' clock, shape (steps,)."""
    first = np.datetime64(series.start.replace(tzinfo=None), "m")
    if series.clock == "utc":
        return np.asarray((axis.instants - first).astype(np.int64))
    walls = np.array([moment.replace(tzinfo=None) for moment in axis.local_starts], dtype="datetime64[m]")
    return np.asarray((walls - first).astype(np.int64))


def _fine_positions(
    minutes: NDArray[np.int64], step_minutes: int, series_step_minutes: int, fine_step: int
) -> NDArray[np.int64]:
    """Index into the series for each fine step of the axis, shape (steps * step / fine_step,)."""
    fine = minutes[:, None] + np.arange(0, step_minutes, fine_step)[None, :]
    return np.asarray(fine.ravel() // series_step_minutes, dtype=np.int64)


def _fill(
    series: Series,
    values: NDArray[np.float64],
    known: NDArray[np.bool_],
    missing: NDArray[np.int64],
    gaps: GapRule,
) -> NDArray[np.float64]:
    if gaps == "refuse" or (gaps != "zero" and not known.any()):
        when = series.start.replace(tzinfo=None)
        first = np.datetime64(when, "m") + missing[0] * np.timedelta64(series.step_minutes, "m")
        raise ProfileError(
            f"{series.name} has a gap of {len(missing)} values from {first} on ({series.clock} clock)",
            'a value at every step, or a rule: gaps = "hold", "interpolate", "previous_day" or "zero"',
        )
    values = np.where(known, values, 0.0)
    if gaps == "zero":
        return values
    index = np.arange(len(values))
    held = np.maximum.accumulate(np.where(known, index, -1))
    held = np.where(held < 0, index[known][0], held)
    if gaps == "interpolate":
        return np.interp(index, index[known], values[known])
    if gaps == "hold":
        return np.asarray(values[held])
    per_day = 1440 // series.step_minutes
    for k in index[~known]:
        # A day earlier may itself have been filled a moment ago: gaps longer than a day repeat the last known
        # day.
        values[k] = values[k - per_day] if k >= per_day else values[held[k]]
    return values


def _daily_values(axis: TimeAxis, source: DailyProfile) -> NDArray[np.float64]:
    length = 1440 // len(source.daily)
    daily = np.asarray(source.daily) * _SCALE_TO_BASE.get(source.unit, 1.0)
    if source.unit == "kWh":
        daily = daily * (60 / length)
    fine_step = int(np.gcd(length, axis.step_minutes))
    fine = axis.local_minutes[:, None] + np.arange(0, axis.step_minutes, fine_step)[None, :]
    return np.asarray(daily[(fine // length) % len(daily)].mean(axis=1))
