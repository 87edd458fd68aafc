"""What a run expects of its homes: forecasts from what was measured before, home by home."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, get_args

import numpy as np

from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import FixedLoad, PvPlant, WindTurbine
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.profiles import ProfileError, ProfileReader, ProfileSource, profile_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import (
    EmpiricalQuantiles,
    ExpertPool,
    ForecastChain,
    LoadMethod,
    PoolRecord,
    ScoreBoard,
    Scores,
    mean_scores,
    on_axis,
)
from mas2tering.forecast.generation import Roof, RoofChain, RoofForecaster, Sky
from mas2tering.home.follow.outlook import Outlook
from mas2tering.study.lived.skies import sky_of

ForecastKind = Literal["perfect", "model", "naive"]
HISTORY_DAYS = 42
_SUN_DAYS = 14
"""Days of generation looked back at: the sun's height changes, and so a few weeks are too many."""


Quantity = Literal["load", "generation"]


@dataclass(frozen=True)
class ForecastRecord:
    """What forecasts of a run were like.

    Attributes:
        spoke: how often each link of a chain of models spoke, by its name.
        scores: means over homes of their figures, on the days that were lived.
    """

    spoke: Mapping[str, int]
    scores: Scores | None
    learned: Mapping[str, int] = field(default_factory=dict)
    """How often models learned, by reason: for the first time, as scheduled, because a home drifted."""


@dataclass
class Outlooks:
    """Forecasts for every home of a community: of its load and of its generation, by methods of its own.

    ``measured`` are load and generation of each home, from before the first day to the end of the last; a forecast is
    handed only what was measured before it is made. Each forecast is made once, so that methods that learn are asked in
    the order of time, whoever looks again. ``failed`` gathers in words what went amiss. ``truth`` is what forecasts are
    scored against: the readings as they came, unscanned.
    """

    community: Community
    loads: tuple[LoadMethod, ...]
    generations: tuple[LoadMethod, ...]
    measured: tuple[tuple[MeasuredSeries, MeasuredSeries | None], ...]
    failed: list[str]
    truth: tuple[tuple[MeasuredSeries, MeasuredSeries | None], ...]
    _made: dict[tuple[int, TimeAxis], Outlook] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """What forecasts loads, in words."""
        return self.loads[0].name

    def of_home(self, k: int, axis: TimeAxis) -> Outlook:
        """What is expected of a home on an axis, from what was known when the axis begins."""
        if (k, axis) not in self._made:
            load, generation = self.measured[k]
            self._made[k, axis] = Outlook(
                self._one(self.loads[k], load, axis, k),
                None if generation is None else self._one(self.generations[k], generation, axis, k),
            )
        return self._made[k, axis]

    def records(self) -> dict[Quantity, ForecastRecord]:
        """Who spoke, and how good it was, over all forecasts so far, each on its first day."""
        found: dict[Quantity, ForecastRecord] = {}
        for place, quantity in enumerate(get_args(Quantity)):
            spoke: Counter[str] = Counter()
            boards: dict[int, ScoreBoard] = {}
            for (k, axis), outlook in self._made.items():
                forecast = outlook.load if quantity == "load" else outlook.generation
                truth = self.truth[k][place]
                if forecast is None or truth is None:
                    continue
                spoke[forecast.method.partition(" (")[0]] += 1
                actual_kw = on_axis(truth, axis)
                actual_kw[round(24 / axis.step_hours) :] = np.nan
                boards.setdefault(k, ScoreBoard()).add(forecast, actual_kw)
            if spoke:
                scored = [scores for board in boards.values() if (scores := board.scores()) is not None]
                learned = self._lessons() if quantity == "load" else {}
                found[quantity] = ForecastRecord(dict(spoke.most_common()), mean_scores(scored), learned)
        return found

    @property
    def models(self) -> dict[str, PoolRecord]:
        """What each home's model has learned, by home."""
        pools = zip(self.community.homes, map(_pool_of, self.loads), strict=True)
        return {home.id: pool.records[0] for home, pool in pools if pool is not None and 0 in pool.records}

    def _lessons(self) -> dict[str, int]:
        lessons: Counter[str] = Counter()
        for pool in map(_pool_of, self.loads):
            for reason, count in () if pool is None else pool.lessons.items():
                lessons[reason] += count
        return dict(sorted(lessons.items()))

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
    seed: int = 0,
    models: Mapping[str, PoolRecord] | None = None,
) -> Outlooks:
    """Forecasts from what was measured before: ``naive`` by what was drawn in the weeks before at that time of day,
    ``model`` by each home's own model, which goes on learning, and of roofs from forecasts of the weather, where the
    community names it.

    Args:
        kind: which of the two.
        community: the homes.
        reader: their profiles on the days of the run.
        past: their profiles on days before, as far as they are known.
        first_day: the first day of the run.
        days: how many days are lived.
        step_minutes: length of a step.
        seed: of the errors of weather forecasts.
        models: what was learned before, by home; the others begin anew.
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
        _chain_with((models or {}).get(home.id)) if kind == "model" else EmpiricalQuantiles(HISTORY_DAYS)
        for home in community.homes
    )
    sky = None
    if kind == "model":
        # Homes look ahead to the end of the morrow.
        sky = sky_of(community, reader, past, (first_day, HISTORY_DAYS, days + 1), step_minutes, seed)
    generations = tuple(_generation_of(home, sky) for home in community.homes)
    return Outlooks(community, loads, generations, measured, failed, truth=measured)


def _chain_with(record: PoolRecord | None) -> ForecastChain:
    return ForecastChain() if record is None else ForecastChain(ExpertPool(records={0: record}))


def _pool_of(method: LoadMethod) -> ExpertPool | None:
    personal = method.personal if isinstance(method, ForecastChain) else None
    return personal if isinstance(personal, ExpertPool) else None


def _generation_of(home: Home, sky: Sky | None) -> LoadMethod:
    """What forecasts a home's generation: the sky where there is one and all comes from roofs, its own days otherwise."""
    roofs = [device for device in home.devices if isinstance(device, PvPlant)]
    has_turbine = any(isinstance(device, WindTurbine) for device in home.devices)
    if sky is None or has_turbine or not roofs:
        return EmpiricalQuantiles(_SUN_DAYS, hours=0.25)
    peaks = [roof.peak_power_kwp for roof in roofs if roof.peak_power_kwp is not None]
    peak_kw = sum(peaks) if len(peaks) == len(roofs) else None
    return RoofChain(RoofForecaster(Roof(peak_kw), sky))


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
