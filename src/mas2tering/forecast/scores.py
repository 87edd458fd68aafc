"""How good forecasts were: errors of the point, of the day's energy, and of the whole distribution."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast


@dataclass(frozen=True)
class Scores:
    """Figures of one method for one home, each divided by the home's mean load, so that homes compare.

    Attributes:
        nmae: mean absolute error of the median.
        nrmse: root of the mean squared error of the mean.
        daily_energy_error: mean absolute error of the energy of an axis (a day), from the mean.
        ncrps: twice the mean pinball loss over the levels.
        coverage_80: share of steps between the quantiles .10 and .90, both included.
        steps: steps that were scored.
    """

    nmae: float
    nrmse: float
    daily_energy_error: float
    ncrps: float
    coverage_80: float
    steps: int


def mean_scores(scores: Sequence[Scores]) -> Scores | None:
    """Means over homes of each figure, and all their steps; None of none."""
    if not scores:
        return None

    def mean(name: str) -> float:
        return float(np.mean([getattr(one, name) for one in scores]))

    return Scores(
        mean("nmae"),
        mean("nrmse"),
        mean("daily_energy_error"),
        mean("ncrps"),
        mean("coverage_80"),
        sum(one.steps for one in scores),
    )


def pinball_kw(
    levels: NDArray[np.float64], quantiles_kw: NDArray[np.float64], actual_kw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Pinball losses.

    Args:
        levels: shape (levels,).
        quantiles_kw: shape (levels, steps).
        actual_kw: shape (steps,).

    Returns:
        shape (levels, steps).
    """
    miss = actual_kw - quantiles_kw
    return np.asarray(np.maximum(levels[:, None] * miss, (levels[:, None] - 1) * miss))


@dataclass
class ScoreBoard:
    """Adds up what :class:`Scores` are made of, for one home and method."""

    absolute: float = 0.0
    squared: float = 0.0
    energy_miss: float = 0.0
    pinball: float = 0.0
    inside: float = 0.0
    load: float = 0.0
    steps: int = 0
    by_hour: NDArray[np.float64] = field(default_factory=lambda: np.zeros((24, 2)))
    """For each local hour, the sum of CRPS and the steps behind it."""
    below: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """For each level, on how many steps the measured value lay at or below the quantile (ties count half)."""
    levels: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def add(self, forecast: Forecast, actual_kw: NDArray[np.float64]) -> None:
        """Add one forecast and what was measured, shape (steps,); steps not measured are not scored."""
        known = np.isfinite(actual_kw)
        if not known.any():
            return
        actual, quantiles = actual_kw[known], forecast.quantiles_kw[:, known]
        levels, mean = forecast.levels, forecast.mean_kw[known]
        crps = 2 * pinball_kw(levels, quantiles, actual).mean(axis=0)
        self.absolute += float(np.abs(actual - quantiles[_at(levels, 0.5)]).sum())
        self.squared += float(((actual - mean) ** 2).sum())
        self.energy_miss += float(abs((actual - mean).sum()))
        self.pinball += float(crps.sum())
        low, high = quantiles[_at(levels, 0.1)], quantiles[_at(levels, 0.9)]
        self.inside += float(((actual >= low) & (actual <= high)).sum())
        self.load += float(np.abs(actual).sum())
        self.steps += int(known.sum())
        hours = forecast.axis.local_minutes[known] // 60
        self.by_hour += np.stack([np.bincount(hours, crps, 24), np.bincount(hours, minlength=24)], axis=1)
        at_or_below = (actual < quantiles).sum(axis=1) + 0.5 * (actual == quantiles).sum(axis=1)
        self.below = self.below + at_or_below if len(self.below) else at_or_below.astype(float)
        self.levels = levels

    def scores(self) -> Scores | None:
        """The figures; none where nothing was measured or nothing drawn, by which they would be divided."""
        if not self.steps or self.load <= 0:
            return None
        mean_load = self.load / self.steps
        return Scores(
            nmae=self.absolute / self.load,
            nrmse=(self.squared / self.steps) ** 0.5 / mean_load,
            daily_energy_error=self.energy_miss / self.load,
            ncrps=self.pinball / self.load,
            coverage_80=self.inside / self.steps,
            steps=self.steps,
        )


def _at(levels: NDArray[np.float64], level: float) -> int:
    return int(np.argmin(np.abs(levels - level)))
