"""A batch of readings in columns: what came from meters, when it became known, what was found wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import local_instant

IntArray = NDArray[np.integer]
FloatArray = NDArray[np.float64]
TimeArray = NDArray[np.datetime64]


class Quantity(StrEnum):
    """What was measured: the load of a home, or its generation as a positive number."""

    LOAD = "load"
    GENERATION = "generation"


@dataclass(frozen=True, order=True)
class SeriesName:
    """Which series: the pseudonym of a home, and what was measured there."""

    pseudonym: str
    quantity: Quantity = Quantity.LOAD

    def __str__(self) -> str:
        return f"{self.quantity} of {self.pseudonym}"


@dataclass(frozen=True)
class Readings:
    """Readings of any series in any order, one row each, all columns of shape (rows,).

    Attributes:
        names: the series that rows may belong to.
        series: which of ``names`` each row belongs to.
        instant: when the step begins (UTC), in seconds since 1970.
        step_minutes: length of the step.
        raw_kw: mean power as it was measured, consumption positive; not a number only where ``flag`` says
            that nothing was measured.
        available_at: when the value became known (UTC), in seconds since 1970.
        flag_words: what can be wrong with a reading, a word each ("spike", "stuck").
        flag: 0 where nothing is wrong, otherwise 1 + the place in ``flag_words``. A flag says that the raw value
            is not to be trusted.
        repaired_kw: what to use instead of a flagged value; not a number where nothing is known.

    Raises:
        ValueError: columns of different lengths, or a row of a series or a flag that has no name.
    """

    names: tuple[SeriesName, ...]
    series: IntArray
    instant: TimeArray
    step_minutes: IntArray
    raw_kw: FloatArray
    available_at: TimeArray
    flag_words: tuple[str, ...]
    flag: IntArray
    repaired_kw: FloatArray

    def __post_init__(self) -> None:
        lengths = {len(column) for column in self._columns()}
        if len(lengths) != 1:
            raise ValueError(f"columns of {sorted(lengths)} rows: a value in each column is expected")
        for what, column, most in (
            ("series", self.series, len(self.names) - 1),
            ("flag", self.flag, len(self.flag_words)),
        ):
            if len(column) and not 0 <= column.min() <= column.max() <= most:
                raise ValueError(f"{what} from {column.min()} to {column.max()}: names go from 0 to {most}")

    def __len__(self) -> int:
        return len(self.series)

    def _columns(self) -> tuple[NDArray[np.generic], ...]:
        return (
            self.series,
            self.instant,
            self.step_minutes,
            self.raw_kw,
            self.available_at,
            self.flag,
            self.repaired_kw,
        )

    def where(self, rows: NDArray[np.bool_] | IntArray) -> "Readings":
        """Some of the rows, by a mask or by place."""
        return Readings(
            self.names,
            self.series[rows],
            self.instant[rows],
            self.step_minutes[rows],
            self.raw_kw[rows],
            self.available_at[rows],
            self.flag_words,
            self.flag[rows],
            self.repaired_kw[rows],
        )

    @classmethod
    def unflagged(
        cls,
        names: Sequence[SeriesName],
        series: IntArray,
        instant: TimeArray,
        step_minutes: int,
        raw_kw: FloatArray,
        available_at: TimeArray,
    ) -> "Readings":
        """Readings as they come from meters with one length of step."""
        rows = len(series)
        return cls(
            tuple(names),
            np.asarray(series, dtype=np.int32),
            instant.astype("datetime64[s]"),
            np.full(rows, step_minutes, dtype=np.int16),
            np.asarray(raw_kw, dtype=np.float64),
            available_at.astype("datetime64[s]"),
            (),
            np.zeros(rows, dtype=np.int16),
            np.full(rows, np.nan),
        )

    @classmethod
    def of_series(cls, measured: dict[SeriesName, MeasuredSeries]) -> "Readings":
        """The known values of whole series; gaps are left out.

        Raises:
            ValueError: no series is given, or their steps differ in length.
        """
        steps = {series.step_minutes for series in measured.values()}
        if len(steps) != 1:
            raise ValueError(f"steps of {sorted(steps)} minutes: one length is expected")
        values_kw = np.concatenate([series.mean_kw for series in measured.values()])
        known = ~np.isnan(values_kw)
        lengths = [len(series.mean_kw) for series in measured.values()]
        return cls.unflagged(
            tuple(measured),
            np.repeat(np.arange(len(measured), dtype=np.int32), lengths)[known],
            np.concatenate([series.instants for series in measured.values()])[known],
            steps.pop(),
            values_kw[known],
            np.concatenate([series.available_at for series in measured.values()])[known],
        )


@dataclass(frozen=True)
class Window:
    """What to read: from an instant to an instant, on steps of a length, for a home that lives by a zone's clock.

    Raises:
        ValueError: an end is not in UTC, or the window does not hold a whole number of steps from a full one on.
    """

    start: datetime
    end: datetime
    step_minutes: int
    zone: str

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0) or self.end.utcoffset() != timedelta(0):
            raise ValueError("a window goes from an instant in UTC to an instant in UTC")
        step = timedelta(minutes=self.step_minutes)
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        if self.end < self.start or (self.start - epoch) % step or (self.end - epoch) % step:
            raise ValueError(
                f"{self.start} to {self.end}: whole steps of {self.step_minutes} min are expected"
            )

    @classmethod
    def of_days(cls, first: date, days: int, step_minutes: int, zone: str) -> "Window":
        """Whole days of a zone's clock; one of 23 or 25 hours has fewer or more steps."""
        start, end = (local_instant(day, 0, zone) for day in (first, first + timedelta(days=days)))
        return cls(start.astimezone(UTC), end.astimezone(UTC), step_minutes, zone)

    @property
    def steps(self) -> int:
        """How many steps the window has."""
        return int((self.end - self.start) / timedelta(minutes=self.step_minutes))
