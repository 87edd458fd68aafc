"""Histories that tests of forecasts share."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis

START = datetime(2024, 1, 1, tzinfo=UTC)


def series(values_kw: NDArray[np.float64], step_minutes: int = 60, zone: str = "UTC") -> MeasuredSeries:
    return MeasuredSeries.known_at_once(START, step_minutes, zone, np.asarray(values_kw, dtype=float))


def home(days: int, seed: int = 1, step_minutes: int = 60) -> MeasuredSeries:
    """A home with an evening peak, higher at week-ends, and noise."""
    random = np.random.default_rng(seed)
    steps = days * 1440 // step_minutes
    hour = np.arange(steps) * step_minutes / 60
    weekend = (hour // 24) % 7 >= 5
    shape = 0.3 + np.exp(-0.5 * ((hour % 24 - 19) / 2) ** 2) * np.where(weekend, 1.5, 1.0)
    return series(shape * random.gamma(4.0, 0.25, steps), step_minutes)


def day_after(days: int, step_minutes: int = 60, steps: int | None = None) -> TimeAxis:
    return TimeAxis(START + timedelta(days=days), step_minutes, steps or 1440 // step_minutes, "UTC")
