"""History on the local clock: one row a day, one column a step of the day, laid out for the axis that is forecast.

Days repeat on the clock by which people live, so all models read history this way. Whatever steps a meter
recorded on, they are brought to those of the axis first: quantiles of a mean over an hour are not those of a
mean over a quarter.
"""

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.wall_clock import MINUTES_A_DAY, utc_minutes, wall_minutes

_WELL_KNOWN = 0.5
"""A step of the axis counts as known when at least this share of it was measured."""


@dataclass(frozen=True)
class Days:
    """What a home drew, by local day and step of the day, and where the steps of an axis lie in it.

    Attributes:
        values_kw: shape (days, slots), not a number where nothing is known; oldest day first.
        first_day: local date of the first row, in days since 1970.
        day_of_step: local date of each step of the axis, in days since 1970, shape (steps,).
        slot_of_step: column of each step of the axis, shape (steps,).
    """

    values_kw: NDArray[np.float64]
    first_day: int
    day_of_step: NDArray[np.int64]
    slot_of_step: NDArray[np.int64]

    @property
    def slots(self) -> int:
        """Steps of a day."""
        return int(self.values_kw.shape[1])

    @property
    def last_day(self) -> int:
        """Local date of the last row, in days since 1970."""
        return self.first_day + len(self.values_kw) - 1

    @property
    def is_known(self) -> bool:
        """Whether anything was measured at all."""
        return bool(np.isfinite(self.values_kw).any())


def days_before(series: MeasuredSeries, issued_at: datetime, axis: TimeAxis) -> Days:
    """The history that was known at ``issued_at``, on the steps of ``axis``.

    The day of the axis begins where its steps do: on an axis that starts at 10:07 in quarters, slots are
    00:07, 00:22 and so on. An hour that the clock shows twice is averaged, one that it skips is unknown.
    """
    known = series.known_at(issued_at)
    minutes = utc_minutes(axis.start) + axis.step_minutes * np.arange(axis.steps, dtype=np.int64)
    wall = wall_minutes(minutes, axis.zone)
    phase = int(wall[0]) % axis.step_minutes
    axis_days, axis_slots = np.divmod(wall - phase, MINUTES_A_DAY)
    slots = MINUTES_A_DAY // axis.step_minutes
    values_kw, first_day = _by_day(known, axis.zone, axis.step_minutes, phase, slots)
    return Days(values_kw, first_day, axis_days, axis_slots // axis.step_minutes)


def on_axis(series: MeasuredSeries, axis: TimeAxis) -> NDArray[np.float64]:
    """What was measured on each step of an axis, shape (steps,), not a number where it was not.

    This is how forecasts are scored; no forecast is made from it.
    """
    first = utc_minutes(axis.start)
    begin, fine, values = _fine(series, axis.step_minutes, first)
    cell = (begin + fine * np.arange(len(values)) - first) // axis.step_minutes
    inside = (cell >= 0) & (cell < axis.steps)
    return _means(values[inside], cell[inside], axis.steps, axis.step_minutes // fine)


def _by_day(
    series: MeasuredSeries, zone: str, step_minutes: int, phase: int, slots: int
) -> tuple[NDArray[np.float64], int]:
    if not len(series.mean_kw):
        return np.empty((0, slots)), 0
    begin, fine, values = _fine(series, step_minutes, phase)
    wall = wall_minutes(begin + fine * np.arange(len(values), dtype=np.int64), zone) - phase
    first_day, last_day = int(wall.min()) // MINUTES_A_DAY, int(wall.max()) // MINUTES_A_DAY
    cell = (wall - first_day * MINUTES_A_DAY) // step_minutes
    days = last_day - first_day + 1
    return _means(values, cell, days * slots, step_minutes // fine).reshape(days, slots), first_day


def _fine(series: MeasuredSeries, step_minutes: int, phase: int) -> tuple[int, int, NDArray[np.float64]]:
    """The series on steps that fit both its own and those asked for: start, step, values."""
    begin = utc_minutes(series.start)
    fine = math.gcd(series.step_minutes, step_minutes, (begin - phase) % step_minutes)
    return begin, fine, np.repeat(series.mean_kw, series.step_minutes // fine)


def _means(
    values: NDArray[np.float64], cell: NDArray[np.int64], cells: int, parts: int
) -> NDArray[np.float64]:
    """Means of the known values in each cell; not a number where too little is known."""
    known = np.isfinite(values)
    count = np.bincount(cell[known], minlength=cells)
    total = np.bincount(cell[known], weights=values[known], minlength=cells)
    enough = count >= max(1.0, _WELL_KNOWN * parts)
    means = np.full(cells, np.nan)
    np.divide(total, count, out=means, where=enough)
    return means
