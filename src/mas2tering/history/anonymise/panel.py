"""The readings of many homes over whole days, which is what an anonymiser and an attacker look at."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
DAY_MINUTES = 1440


@dataclass(frozen=True)
class HomePanel:
    """Mean power at the meters of homes, on whole days of the wall clock.

    Attributes:
        homes: the identity of each home, as its owner knows it.
        first_day: the date of the first day.
        step_minutes: length of a step.
        load_kw: shape (homes, days, steps of a day), consumption positive, not a number where nothing is known.

    Raises:
        ValueError: shapes do not fit, a home stands twice, or a value is infinite.
    """

    homes: tuple[str, ...]
    first_day: date
    step_minutes: int
    load_kw: FloatArray

    def __post_init__(self) -> None:
        expected = (len(self.homes), self.load_kw.shape[1], DAY_MINUTES // self.step_minutes)
        if self.load_kw.ndim != 3 or self.load_kw.shape != expected:
            raise ValueError(f"readings of shape {self.load_kw.shape} for {expected}")
        if len(set(self.homes)) != len(self.homes):
            raise ValueError("a home stands twice in a panel")
        if np.isinf(self.load_kw).any():
            raise ValueError("an infinite power was measured")

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.load_kw.shape[1])

    @property
    def dates(self) -> tuple[date, ...]:
        """The date of each day."""
        return tuple(self.first_day + timedelta(days=k) for k in range(self.days))

    @property
    def weekdays(self) -> NDArray[np.int64]:
        """Day of the week, 0 for Monday, shape (days,)."""
        return (self.first_day.weekday() + np.arange(self.days)) % 7

    @property
    def starts(self) -> NDArray[np.datetime64]:
        """The wall clock at the start of each step, shape (days × steps,), in minutes."""
        steps = self.days * (DAY_MINUTES // self.step_minutes)
        return np.datetime64(self.first_day, "m") + np.arange(steps) * np.timedelta64(self.step_minutes, "m")

    def take(self, rows: NDArray[np.int64]) -> "HomePanel":
        """The same of some homes."""
        homes = tuple(self.homes[row] for row in rows)
        return HomePanel(homes, self.first_day, self.step_minutes, self.load_kw[rows])

    def part(self, first: int, last: int) -> "HomePanel":
        """The days from ``first`` up to and without ``last``."""
        start = self.first_day + timedelta(days=first)
        return HomePanel(self.homes, start, self.step_minutes, self.load_kw[:, first:last])


def without_gaps(load_kw: FloatArray) -> FloatArray:
    """Loads, shape (homes, days, steps), in which a gap takes the home's mean at that step of the day.

    Where a home has nothing known at a step of the day it takes the home's mean, and a home of which nothing is
    known at all takes zero.
    """
    if not np.isnan(load_kw).any():
        return load_kw
    known = np.isfinite(load_kw)
    clean = np.where(known, load_kw, 0.0)
    whole = clean.sum(axis=(1, 2)) / np.maximum(known.sum(axis=(1, 2)), 1)
    count = known.sum(axis=1)
    by_step = np.where(count > 0, clean.sum(axis=1) / np.maximum(count, 1), whole[:, None])
    return np.where(known, load_kw, by_step[:, None, :])


def typical_days(load_kw: FloatArray, weekdays: NDArray[np.int64]) -> FloatArray:
    """The mean workday and the mean day of the weekend, shape (homes, 2, steps), in kW.

    A kind of day that does not occur takes the mean of all days.
    """
    filled = without_gaps(load_kw)
    kinds = [weekdays < 5, weekdays >= 5]
    return np.stack([filled[:, days if days.any() else ~days].mean(axis=1) for days in kinds], axis=1)


def profile_rmse_kw(true_kw: FloatArray, given_kw: FloatArray) -> float:
    """How far typical days lie from those that stand for them: the root of the mean squared difference over homes,
    kinds of day and steps, in kW. Both of shape (homes, 2, steps)."""
    return float(np.sqrt(np.mean((true_kw - given_kw) ** 2)))


def use_bands(panel: HomePanel, bands: int) -> NDArray[np.int64]:
    """How much each home uses, as one of so many bands that hold about as many homes each, shape (homes,).

    It is what an attacker must not learn from a class of homes: the sensitive value of l-diversity.
    """
    mean_kw = without_gaps(panel.load_kw).mean(axis=(1, 2))
    ranks = np.argsort(np.argsort(mean_kw, kind="stable"), kind="stable")
    return np.asarray(ranks * bands // len(mean_kw), dtype=np.int64)
