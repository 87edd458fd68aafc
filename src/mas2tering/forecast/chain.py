"""The chain: personal model, community model, similar days, class profile; the first that can speak does, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.days import MINUTES_A_DAY
from mas2tering.forecast.family import Family, FamilyLevels, class_profile
from mas2tering.forecast.methods import LoadMethod
from mas2tering.forecast.pool import ExpertPool
from mas2tering.forecast.quantiles import forecast_of
from mas2tering.forecast.yardsticks import EmpiricalQuantiles

PERSONAL_DAYS, LEVEL_DAYS, SIMILAR_DAYS = 14.0, 2.0, 1.0
"""Days that must be known of a home: for its own model, for its level among others, for days like the one asked."""
_FEWEST_OTHERS = 3
_RECENT_DAYS = 42


@dataclass
class ForecastChain:
    """Always answers; ``method`` of each forecast names the link that spoke, and why those before it did not.

    Attributes:
        personal: the model that each home with enough history is forecast by.
        similar: what speaks for a home with a little history and no community.
        families: what is known of each home, in order; may be empty.
    """

    personal: LoadMethod = field(default_factory=ExpertPool)
    similar: LoadMethod = field(default_factory=EmpiricalQuantiles)
    families: Sequence[Family | None] = ()

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return "model"

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> tuple[Forecast, ...]:
        """One forecast for each home, in order; see :class:`~mas2tering.forecast.methods.LoadMethod`."""
        known = [series.known_at(issued_at) for series in known]
        days = np.array([_days_known(series) for series in known])
        level_kw = np.array([_recent_kw(series) for series in known])
        families = [self.families[k] if k < len(self.families) else None for k in range(len(known))]
        levels = FamilyLevels.calibrated(families, np.where(days >= PERSONAL_DAYS, level_kw, np.nan))
        own, failed = _asked(self.personal, known, issued_at, axis)
        own = [forecast if days[k] >= PERSONAL_DAYS else None for k, forecast in enumerate(own)]
        shape = _community_shape([forecast for forecast in own if forecast is not None])
        answers = []
        for k, series in enumerate(known):
            forecast, why = own[k], _because(failed, days[k])
            if forecast is not None:
                answers.append(replace(forecast, method="personal model"))
            elif shape is not None and days[k] >= LEVEL_DAYS:
                answers.append(_scaled(shape, level_kw[k], issued_at, axis, f"community model ({why})"))
            else:
                level = levels.level_kw(families[k])
                answers.append(self._without_model(series, days[k], level, issued_at, axis, why))
        return tuple(answers)

    def _without_model(
        self,
        series: MeasuredSeries,
        days: float,
        level_kw: float,
        issued_at: datetime,
        axis: TimeAxis,
        why: str,
    ) -> Forecast:
        if days >= SIMILAR_DAYS:
            (like,), also_failed = _asked(self.similar, [series], issued_at, axis)
            if like is not None:
                return replace(like, method=f"similar days ({why})")
            why = f"{why}; similar days: {also_failed}"
        mean_kw, quantiles_kw = class_profile(axis.local_minutes, level_kw)
        return forecast_of(axis, issued_at, mean_kw, quantiles_kw, f"class profile ({why})")


def _asked(
    method: LoadMethod, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
) -> tuple[list[Forecast | None], str]:
    """What a method answers, or nothing for all homes and why."""
    try:
        answers = list(method.forecasts(known, issued_at, axis))
    except Exception as error:
        # Whatever is wrong with a model, or with a service behind it: the next link speaks.
        return [None] * len(known), f"failed: {str(error) or type(error).__name__}"
    if len(answers) != len(known) or any(answer.axis != axis for answer in answers):
        return [None] * len(known), "failed: it answered for other homes or another time"
    return [*answers], ""


def _because(failed: str, days: float) -> str:
    if failed:
        return f"personal model {failed}"
    return f"{days:.0f} {'day' if round(days) == 1 else 'days'} of history"


def _days_known(series: MeasuredSeries) -> float:
    return float(np.isfinite(series.mean_kw).sum() * series.step_minutes / MINUTES_A_DAY)


def _recent_kw(series: MeasuredSeries) -> float:
    recent = series.mean_kw[-_RECENT_DAYS * MINUTES_A_DAY // series.step_minutes :]
    known = recent[np.isfinite(recent)]
    return float(known.mean()) if len(known) else float("nan")


def _community_shape(
    forecasts: Sequence[Forecast],
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Means and quantiles of the typical home, over its mean load; none of too few homes."""
    scaled = [
        (f.mean_kw / f.mean_kw.mean(), f.quantiles_kw / f.mean_kw.mean())
        for f in forecasts
        if f.mean_kw.mean() > 0
    ]
    if len(scaled) < _FEWEST_OTHERS:
        return None
    return np.mean([mean for mean, _ in scaled], axis=0), np.mean([around for _, around in scaled], axis=0)


def _scaled(
    shape: tuple[NDArray[np.float64], NDArray[np.float64]],
    level_kw: float,
    issued_at: datetime,
    axis: TimeAxis,
    method: str,
) -> Forecast:
    level = max(level_kw, 0.0) if np.isfinite(level_kw) else 0.0
    return forecast_of(axis, issued_at, level * shape[0], level * shape[1], method)


def summed(series: Sequence[MeasuredSeries]) -> MeasuredSeries:
    """What a community draws together, to be forecast by itself: quantiles of a sum are not sums of quantiles.

    A step counts as known when all homes are known in it, and as late as the last of them.

    Raises:
        ValueError: no home, or homes that were measured on different steps.
    """
    if not series:
        raise ValueError("a sum of no homes")
    first = series[0]
    if any(
        (s.start, s.step_minutes, len(s.mean_kw)) != (first.start, first.step_minutes, len(first.mean_kw))
        for s in series
    ):
        raise ValueError("homes measured on different steps cannot be summed")
    return MeasuredSeries(
        first.start,
        first.step_minutes,
        first.zone,
        np.sum([s.mean_kw for s in series], axis=0),
        np.max([s.available_at for s in series], axis=0),
    )
