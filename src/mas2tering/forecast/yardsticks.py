"""Forecasts that need no model, against which models are measured: last week, four weekdays, empirical quantiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.wall_clock import MINUTES_A_DAY
from mas2tering.forecast.days import Days, days_before
from mas2tering.forecast.quantiles import LEVELS, forecast_of, sample_quantiles

_MONDAY = 4
"""1 January 1970 was a Thursday: day 4 was the first Monday."""
_WEEKS_BACK = 8


def weekday(day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Weekdays of dates in days since 1970, Monday being 0."""
    return np.asarray((day - _MONDAY) % 7)


class _HomeByHome:
    """A method that looks at each home for itself."""

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> tuple[Forecast, ...]:
        """One forecast for each home, in order; see :class:`~mas2tering.forecast.methods.LoadMethod`."""
        return tuple(
            self._forecast(days_before(series, issued_at, axis), issued_at, axis) for series in known
        )

    def _forecast(self, days: Days, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """The forecast of one home from its days."""
        raise NotImplementedError


@dataclass(frozen=True)
class SameWeekdays(_HomeByHome):
    """The mean of the last few same weekdays, step by step; with one of them, last week again.

    The doubt around it is what the same rule missed by in the last weeks at that time of day, give or take an
    hour.

    Attributes:
        weeks: how many same weekdays are averaged.
        days: how many days back its misses are looked at.
    """

    weeks: int = 4
    days: int = 42

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return "same day last week" if self.weeks == 1 else f"mean of {self.weeks} same weekdays"

    def _forecast(self, days: Days, issued_at: datetime, axis: TimeAxis) -> Forecast:
        if not days.is_known:
            return nothing_known(issued_at, axis)
        point_kw = self._points(days, days.day_of_step)[np.arange(axis.steps), days.slot_of_step]
        point_kw = np.where(np.isfinite(point_kw), point_kw, np.nanmean(days.values_kw))
        past = np.arange(max(days.first_day, days.last_day - self.days + 1), days.last_day + 1)
        misses = days.values_kw[past - days.first_day] - self._points(days, past)
        around = sample_quantiles(samples_around(misses, hours=1.0))[:, days.slot_of_step]
        quantiles_kw = point_kw + np.where(np.isfinite(around), around, 0.0)
        if np.nanmin(days.values_kw) >= 0:
            quantiles_kw = np.maximum(quantiles_kw, 0.0)
        return forecast_of(axis, issued_at, point_kw, quantiles_kw, self.name)

    def _points(self, days: Days, wanted: NDArray[np.int64]) -> NDArray[np.float64]:
        """Means of the last known same weekdays before each wanted day, shape (wanted, slots)."""
        total, count = np.zeros((len(wanted), days.slots)), np.zeros((len(wanted), days.slots))
        for back in range(1, _WEEKS_BACK + 1):
            row = wanted - 7 * back - days.first_day
            there = (row >= 0) & (row < len(days.values_kw))
            found = np.full((len(wanted), days.slots), np.nan)
            found[there] = days.values_kw[row[there]]
            use = np.isfinite(found) & (count < self.weeks)
            total += np.where(use, found, 0.0)
            count += use
        means = np.full(total.shape, np.nan)
        np.divide(total, count, out=means, where=count > 0)
        return means


@dataclass(frozen=True)
class EmpiricalQuantiles(_HomeByHome):
    """What was drawn in the last weeks on days of the same kind (working day or week-end), give or take an hour.

    Attributes:
        days: how many days back.
        hours: how far from the time of day, on either side.
    """

    days: int = 42
    hours: float = 1.0

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return f"empirical quantiles of {self.days} days"

    def _forecast(self, days: Days, issued_at: datetime, axis: TimeAxis) -> Forecast:
        if not days.is_known:
            return nothing_known(issued_at, axis)
        recent = days.values_kw[-self.days :]
        is_weekend = weekday(days.last_day - len(recent) + 1 + np.arange(len(recent))) >= 5
        step_weekend = weekday(days.day_of_step) >= 5
        mean_kw = np.empty(axis.steps)
        quantiles_kw = np.empty((len(LEVELS), axis.steps))
        for kind in (False, True):
            steps = np.flatnonzero(step_weekend == kind)
            if not len(steps):
                continue
            samples = _first_known(recent, is_weekend == kind, days, self.hours)
            of_slot, mean_of_slot = sample_quantiles(samples), np.nanmean(samples, axis=1)
            quantiles_kw[:, steps] = of_slot[:, days.slot_of_step[steps]]
            mean_kw[steps] = mean_of_slot[days.slot_of_step[steps]]
        return forecast_of(axis, issued_at, mean_kw, quantiles_kw, self.name)


def _first_known(
    recent: NDArray[np.float64], same_kind: NDArray[np.bool_], days: Days, hours: float
) -> NDArray[np.float64]:
    """Samples of each slot from days of the same kind; from all days, then from all slots, where there are none."""
    samples = samples_around(recent, hours, same_kind)
    for wider in (recent, days.values_kw):
        if np.isfinite(samples).any(axis=1).all():
            return samples
        samples = samples_around(wider, hours)
    if np.isfinite(samples).any(axis=1).all():
        return samples
    return np.tile(days.values_kw.ravel(), (days.slots, 1))


def samples_around(
    values: NDArray[np.float64], hours: float, chosen: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """For each slot, what the chosen days hold within so many hours of it; neighbours run across midnight.

    Args:
        values: consecutive days, shape (days, slots).
        hours: how far on either side.
        chosen: which days, shape (days,); all unless told otherwise.

    Returns:
        shape (slots, chosen days × neighbours), not a number where nothing is known.
    """
    count, slots = values.shape
    reach = round(hours * 60 / (MINUTES_A_DAY // slots))
    padded = np.pad(values.ravel(), reach, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).reshape(count, slots, -1)
    if chosen is not None:
        windows = windows[chosen]
    return np.ascontiguousarray(windows.transpose(1, 0, 2)).reshape(slots, -1)


def nothing_known(issued_at: datetime, axis: TimeAxis) -> Forecast:
    """The forecast of somebody of whom nothing was ever measured: zero, and it says so."""
    return forecast_of(
        axis, issued_at, np.zeros(axis.steps), np.zeros((len(LEVELS), axis.steps)), "nothing known yet"
    )
