"""The chain: personal model, community model, similar days, class profile; the first that can speak does, by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.wall_clock import MINUTES_A_DAY
from mas2tering.forecast.family import Family, FamilyLevels, Heating, class_profile
from mas2tering.forecast.methods import LoadMethod
from mas2tering.forecast.newcomers import LevelLaw, Shape, at_level, shape_of
from mas2tering.forecast.pool import ExpertPool
from mas2tering.forecast.quantiles import LEVELS, forecast_of
from mas2tering.forecast.yardsticks import EmpiricalQuantiles

PERSONAL_DAYS, LEVEL_DAYS, SIMILAR_DAYS = 7.0, 2.0, 1.0
"""Days that must be known of a home: for its own model, for its level among others, for days like the one asked."""


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
        families = [self.families[k] if k < len(self.families) else None for k in range(len(known))]
        own, failed = _asked(self.personal, known, issued_at, axis)
        mature = [forecast if days[k] >= PERSONAL_DAYS else None for k, forecast in enumerate(own)]
        others = _Others.of(mature, families, known)
        answers = []
        for k, series in enumerate(known):
            forecast, why = mature[k], _because(failed, days[k])
            if forecast is not None:
                answers.append(replace(forecast, method="personal model"))
            elif others is not None:
                answers.append(
                    others.forecast(families[k], series, issued_at, axis, f"class profile ({why})")
                )
                if days[k] >= LEVEL_DAYS:
                    answers[-1] = _beside(own[k], answers[-1], f"community model ({why})")
            else:
                answers.append(self._without_model(series, days[k], families[k], issued_at, axis, why))
        return tuple(answers)

    def _without_model(
        self,
        series: MeasuredSeries,
        days: float,
        family: Family | None,
        issued_at: datetime,
        axis: TimeAxis,
        why: str,
    ) -> Forecast:
        if days >= SIMILAR_DAYS:
            (like,), also_failed = _asked(self.similar, [series], issued_at, axis)
            if like is not None:
                return replace(like, method=f"similar days ({why})")
            why = f"{why}; similar days: {also_failed}"
        level_kw = FamilyLevels.calibrated([], np.empty(0)).level_kw(family)
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


def _beside(own: Forecast | None, others: Forecast, method: str) -> Forecast:
    """A young home's own model, and a third of what homes like it do: their distributions mixed."""
    if own is None:
        return replace(others, method=method)
    mixed = np.concatenate([own.quantiles_kw, own.quantiles_kw, others.quantiles_kw])
    mean_kw = (2 * own.mean_kw + others.mean_kw) / 3
    return forecast_of(others.axis, others.issued_at, mean_kw, np.quantile(mixed, LEVELS, axis=0), method)


def _because(failed: str, days: float) -> str:
    if failed:
        return f"personal model {failed}"
    return f"{days:.0f} {'day' if round(days) == 1 else 'days'} of history"


def _days_known(series: MeasuredSeries) -> float:
    return float(np.isfinite(series.mean_kw).sum() * series.step_minutes / MINUTES_A_DAY)


@dataclass(frozen=True)
class _Others:
    """The homes that are known well enough to say something of those that are not.

    Attributes:
        law: of their levels.
        shape: of the typical one among them.
        by_heating: of those that are heated alike, where there are enough.
    """

    law: LevelLaw
    shape: Shape
    by_heating: Mapping[Heating, Shape]

    @classmethod
    def of(
        cls,
        forecasts: Sequence[Forecast | None],
        families: Sequence[Family | None],
        known: Sequence[MeasuredSeries],
    ) -> "_Others | None":
        """None where too few homes have a forecast of their own, or all homes have."""
        here = [k for k, forecast in enumerate(forecasts) if forecast is not None]
        if len(here) == len(forecasts):
            return None
        shape = shape_of([forecast for forecast in forecasts if forecast is not None])
        law = LevelLaw.measured([families[k] for k in here], [known[k] for k in here])
        if shape is None or law is None:
            return None
        alike: dict[Heating, list[Forecast]] = {}
        for forecast, family in zip(forecasts, families, strict=True):
            if forecast is not None and family is not None and family.heating is not None:
                alike.setdefault(family.heating, []).append(forecast)
        shapes = {heating: found for heating, own in alike.items() if (found := shape_of(own)) is not None}
        return cls(law, shape, shapes)

    def forecast(
        self,
        family: Family | None,
        series: MeasuredSeries,
        issued_at: datetime,
        axis: TimeAxis,
        method: str,
    ) -> Forecast:
        """What is expected of a home of which little or nothing is known."""
        heating = None if family is None else family.heating
        shape = self.shape if heating is None else self.by_heating.get(heating, self.shape)
        return forecast_of(axis, issued_at, *at_level(shape, self.law.level(family, series)), method)


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
