"""Homes of which little is known: the shape of homes like them, at a level that family and first days tell together.

How much the family's level is worth, and how much a few days are, is measured on the homes that are known: how far
their levels lie from what their families suggest, and how far a few of their days lie from the week that follows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.wall_clock import MINUTES_A_DAY
from mas2tering.forecast.family import Family, FamilyLevels
from mas2tering.forecast.quantiles import LEVELS

FloatArray = NDArray[np.float64]

FEWEST_OTHERS = 3
_LEVEL_DAYS = 28
_WEEK = 7
_FACTORS = np.array([NormalDist().inv_cdf((k + 0.5) / 9) for k in range(9)])
"""Where a level may lie around the middle, in standard deviations: nine equally likely places."""


@dataclass(frozen=True)
class Level:
    """How high a home is: the middle in kW, and the standard deviation of its logarithm."""

    kw: float
    doubt: float


@dataclass(frozen=True)
class LevelLaw:
    """What homes that are known teach of those that are not.

    Attributes:
        families: the level that a family suggests.
        family_variance: of the logarithm of a home's level around it.
        day_variance: of the logarithm of a single day's mean around the week that follows, of which days in a row
            average a part: the longer, the less.
    """

    families: FamilyLevels
    family_variance: float
    day_variance: float

    @classmethod
    def measured(
        cls, families: Sequence[Family | None], known: Sequence[MeasuredSeries]
    ) -> "LevelLaw | None":
        """The law of homes with weeks of history; None of fewer than three.

        Args:
            families: of the homes.
            known: their histories.
        """
        daily = [_daily_kw(series) for series in known]
        levels = np.array([_log_mean(days[-_LEVEL_DAYS:]) for days in daily])
        if np.isfinite(levels).sum() < FEWEST_OTHERS:
            return None
        use = [k for k, level in enumerate(levels) if np.isfinite(level)]
        misses = FamilyLevels.left_out([families[k] for k in use], np.exp(levels[use]))
        found = FamilyLevels.calibrated(families, np.exp(levels))
        return cls(found, float(np.mean(misses**2)), _day_variance([daily[k] for k in use]))

    def level(self, family: Family | None, series: MeasuredSeries) -> Level:
        """What to believe of a home's level from its family and the days that are known, by how sure each is."""
        expected, days = np.log(self.families.level_kw(family)), _daily_kw(series)
        own = _log_mean(days[-_LEVEL_DAYS:])
        if not np.isfinite(own):
            return Level(float(np.exp(expected)), self.family_variance**0.5)
        count = min(int(np.isfinite(days).sum()), _LEVEL_DAYS)
        precision = np.array([1 / max(self.family_variance, 1e-6), count / max(self.day_variance, 1e-6)])
        middle = float(precision @ [expected, own] / precision.sum())
        return Level(float(np.exp(middle)), float(precision.sum() ** -0.5))


def _daily_kw(series: MeasuredSeries) -> FloatArray:
    """Means of days counted back from the last reading, shape (days,), not a number where less than half is known."""
    per_day = MINUTES_A_DAY // series.step_minutes
    whole = len(series.mean_kw) // per_day
    if not whole:
        return np.empty(0)
    days = series.mean_kw[len(series.mean_kw) - whole * per_day :].reshape(whole, per_day)
    known = np.isfinite(days)
    total, count = np.where(known, days, 0.0).sum(axis=1), known.sum(axis=1)
    return np.where(count * 2 >= per_day, total / np.maximum(count, 1), np.nan)


def _log_mean(days: FloatArray) -> float:
    known = days[np.isfinite(days)]
    return float(np.log(known.mean())) if len(known) and known.mean() > 0 else float("nan")


def _day_variance(daily: Sequence[FloatArray]) -> float:
    """Mean square of the logarithm of a week's mean over that of the week after, times seven days."""
    squares = []
    for days in daily:
        weeks = days[len(days) % _WEEK :].reshape(-1, _WEEK)
        logs = np.array([_log_mean(week) for week in weeks])
        step = np.diff(logs)
        squares.extend((step[np.isfinite(step)] ** 2 / 2).tolist())
    return _WEEK * float(np.mean(squares)) if squares else 1.0


Shape = tuple[FloatArray, FloatArray]
"""Means (steps,) and quantiles (levels, steps) of a typical home, over its mean load."""


def shape_of(forecasts: Sequence[Forecast]) -> Shape | None:
    """The shape of the typical home among some; None of fewer than three."""
    scaled = [
        (f.mean_kw / f.mean_kw.mean(), f.quantiles_kw / f.mean_kw.mean())
        for f in forecasts
        if f.mean_kw.mean() > 0
    ]
    if len(scaled) < FEWEST_OTHERS:
        return None
    # A newcomer may be like any of them: their distributions are pooled, not their quantiles averaged.
    pooled = np.concatenate([around for _, around in scaled])
    return np.mean([mean for mean, _ in scaled], axis=0), np.quantile(pooled, LEVELS, axis=0)


def at_level(shape: Shape, level: Level) -> Shape:
    """Means and quantiles in kW of a home of a shape whose level is in doubt: wider than the shape's own."""
    factors = level.kw * np.exp(level.doubt * _FACTORS)
    values = (factors[:, None, None] * shape[1]).reshape(-1, shape[1].shape[1])
    return factors.mean() * shape[0], np.quantile(values, LEVELS, axis=0)
