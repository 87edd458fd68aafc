"""What a run expects of its homes: forecasts from what was measured before, home by home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np

from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import FixedLoad, PvPlant, WindTurbine
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.profiles import ProfileError, ProfileReader, ProfileSource, profile_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import EmpiricalQuantiles, ForecastChain, LoadMethod
from mas2tering.home.follow.outlook import Outlook

ForecastKind = Literal["perfect", "model", "naive"]
HISTORY_DAYS = 42
_SUN_DAYS = 14
"""Days of generation looked back at: the sun's height changes, and so a few weeks are too many."""


@dataclass
class Outlooks:
    """Forecasts for every home of a community: of its load by a method of its own, and of its generation.

    ``measured`` are load and generation of each home, from before the first day to the end of the last; a forecast is
    handed only what was measured before it is made. ``failed`` gathers in words what went amiss.
    """

    community: Community
    loads: tuple[LoadMethod, ...]
    generation: LoadMethod
    measured: tuple[tuple[MeasuredSeries, MeasuredSeries | None], ...]
    failed: list[str]

    @property
    def name(self) -> str:
        """What forecasts loads, in words."""
        return self.loads[0].name

    def of_home(self, k: int, axis: TimeAxis) -> Outlook:
        """What is expected of a home on an axis, from what was known when the axis begins."""
        load, generation = self.measured[k]
        return Outlook(
            self._one(self.loads[k], load, axis, k),
            None if generation is None else self._one(self.generation, generation, axis, k),
        )

    def _one(self, method: LoadMethod, series: MeasuredSeries, axis: TimeAxis, k: int) -> Forecast:
        known = series.known_at(axis.start)
        # A forecaster that fails, in whatever way, must not stop a home.
        try:
            found = method.forecasts([known], axis.start, axis)[0]
        except Exception as error:
            self._note(k, f"the forecast failed ({error}); empirical quantiles took its place")
            return EmpiricalQuantiles().forecasts([known], axis.start, axis)[0]
        if "(" in found.method:
            # A chain of models names why its first link did not speak.
            self._note(k, f"its forecast came from {found.method}")
        return found

    def _note(self, k: int, what: str) -> None:
        note = f"{self.community.homes[k].id}: {what}"
        if note not in self.failed:
            self.failed.append(note)


def outlooks_of(
    kind: ForecastKind,
    community: Community,
    reader: ProfileReader,
    past: ProfileReader,
    first_day: date,
    days: int,
    step_minutes: int,
) -> Outlooks:
    """Forecasts from what was measured before: ``naive`` by what was drawn in the weeks before at that time of day,
    ``model`` by each home's own model, which goes on learning.

    Args:
        kind: which of the two.
        community: the homes.
        reader: their profiles on the days of the run.
        past: their profiles on days before, as far as they are known.
        first_day: the first day of the run.
        days: how many days are lived.
        step_minutes: length of a step.
    """
    measured = tuple(
        _measured_of(home, community, reader, past, first_day, days, step_minutes) for home in community.homes
    )
    failed = [
        f"{home.id}: nothing was measured before {first_day}; the first day's forecast of it knows nothing"
        for home, (load, _) in zip(community.homes, measured, strict=True)
        if not np.isfinite(load.known_at(_begin(community, first_day, step_minutes)).mean_kw).any()
    ]
    loads: tuple[LoadMethod, ...] = tuple(
        ForecastChain() if kind == "model" else EmpiricalQuantiles(HISTORY_DAYS) for _ in community.homes
    )
    return Outlooks(community, loads, EmpiricalQuantiles(_SUN_DAYS, hours=0.25), measured, failed)


def _begin(community: Community, day: date, step_minutes: int) -> datetime:
    return TimeAxis.of_days(
        day, community.time_zone, step_minutes, day_starts_at=community.day_starts_at
    ).start


def _measured_of(
    home: Home,
    community: Community,
    reader: ProfileReader,
    past: ProfileReader,
    first_day: date,
    days: int,
    step_minutes: int,
) -> tuple[MeasuredSeries, MeasuredSeries | None]:
    """A home's load and generation day by day from weeks before on; a day of which nothing is known is a gap."""
    loads, generations, start = [], [], None
    loaded = [d for d in home.devices if isinstance(d, FixedLoad)]
    roofs = [d for d in home.devices if isinstance(d, PvPlant | WindTurbine)]
    for number in range(-HISTORY_DAYS, days):
        day = first_day + timedelta(days=number)
        axis = TimeAxis.of_days(day, community.time_zone, step_minutes, day_starts_at=community.day_starts_at)
        start = start or axis.start
        source = past if number < 0 else reader
        loads.append(_sum_of([(d.profile, 1.0) for d in loaded], axis, source))
        generations.append(_sum_of([(d.profile, _scale(d)) for d in roofs], axis, source))
    if start is None:
        raise AssertionError("a run of no days")

    def series(values: Sequence[FloatArray]) -> MeasuredSeries:
        return MeasuredSeries.known_at_once(start, step_minutes, community.time_zone, np.concatenate(values))

    return series(loads), series(generations) if roofs else None


def _scale(device: PvPlant | WindTurbine) -> float:
    rated = device.peak_power_kwp if isinstance(device, PvPlant) else device.rated_power_kw
    return 1.0 if rated is None or device.profile.unit not in ("kW_per_kWp", "factor") else rated


def _sum_of(
    sources: Sequence[tuple[ProfileSource, float]], axis: TimeAxis, reader: ProfileReader
) -> FloatArray:
    total = np.zeros(axis.steps)
    for source, scale in sources:
        try:
            total += scale * profile_on(axis, source, reader).values
        except ProfileError:
            return np.full(axis.steps, np.nan)
    return total
