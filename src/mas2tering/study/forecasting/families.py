"""Forecasts of homes of which little is known, scored on generated families: what family variables are worth.

Measured sets hold no family variables. Here loads are generated from measured homes' statistics, heat and hot water from
those of dwellings, and families are matched to loads so that size and occupants explain a stated share of the homes'
differences in base load. The forecaster knows nothing of how: it has coefficients of its own and learns from neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import ExpertPool, Family, ForecastChain, Scores, back_test, mean_scores
from mas2tering.study import population
from mas2tering.study.forecasting.home_sets import AS_WRITTEN, HomeSet

FloatArray = NDArray[np.float64]

NAME = "families"
HISTORIES = (0, 3, 7, 14)
"""Days that are known of a new home."""
EXPLAINED = (0.0, 0.3, 0.6)
"""Share of the variance of base load (in logarithms) that size and occupants explain; surveys of homes lie around a third."""
LIKELY = 0.3
"""The share that is shown where one has to be."""
SEED = 11
"""Unless told otherwise; the constants of the chain for new homes were chosen on this seed, at :data:`LIKELY`."""
_FIRST_DAY, _DAYS, _HISTORY_DAYS = date(2013, 1, 7), 70, 49
_KNOWN, _NEW = 40, 40
_HEAT_PUMP_SHARE, _ELECTRIC_SHARE = 0.25, 0.1
_WATER_FLOW_C = 52.0
_SCORED_DAYS = 14


@dataclass(frozen=True)
class GeneratedFamilies:
    """Families and what they drew: first those with a history, then those that come new."""

    homes: HomeSet
    families: tuple[Family, ...]


def generated_families(explained: float, seed: int = SEED) -> GeneratedFamilies:
    """Eighty British homes of ten winter weeks, with their families.

    Args:
        explained: share of the variance of base load that size and occupants explain.
        seed: of everything that is drawn. How new homes are forecast was chosen on :data:`SEED`: another one tests it.
    """
    count = _KNOWN + _NEW
    dates = [_FIRST_DAY + timedelta(days=k) for k in range(_DAYS)]
    random = np.random.default_rng([seed, 7])
    households = population.sample_households("uk", count, seed)
    dwellings = population.sample_dwellings(count, seed, population.design_temperature_c("cardiff"))
    lives = _matched(households.yearly_kwh, dwellings, explained, random)
    place = random.random(count)
    heating = np.where(
        place < _HEAT_PUMP_SHARE, 1, np.where(place < _HEAT_PUMP_SHARE + _ELECTRIC_SHARE, 2, 0)
    )
    base_kw = population.base_load_kw(households, dates)
    load_kw = base_kw + _heat_kw(dwellings, dates, seed)[lives, :, :, heating]
    families = tuple(
        Family(
            dwelling_m2=float(dwellings.floor_area_m2[lives[k]]),
            occupants=int(dwellings.people[lives[k]]),
            heating=("other", "heat_pump", "electric")[heating[k]],
        )
        for k in range(count)
    )
    start = datetime(_FIRST_DAY.year, _FIRST_DAY.month, _FIRST_DAY.day, tzinfo=UTC)
    hourly = load_kw.reshape(count, -1, 4).mean(axis=2)
    measured = tuple(MeasuredSeries.known_at_once(start, 60, AS_WRITTEN, row) for row in hourly)
    names = tuple(f"family_{k + 1}" for k in range(count))
    note = f"generated families, of whose differences in base load size and occupants explain {explained:.0%} (seed {seed})"
    return GeneratedFamilies(HomeSet(NAME, names, measured, _HISTORY_DAYS, notes=(note,)), families)


def _matched(
    yearly_kwh: FloatArray, dwellings: population.Dwellings, explained: float, random: np.random.Generator
) -> NDArray[np.int64]:
    """Which dwelling each household lives in, shape (homes,): by rank of a score that explains so much of the energy."""

    def standard(values: FloatArray) -> FloatArray:
        return np.asarray((values - values.mean()) / values.std())

    size = standard(standard(np.log(dwellings.floor_area_m2)) + standard(np.log(dwellings.people)))
    score = explained**0.5 * size + (1 - explained) ** 0.5 * random.standard_normal(len(size))
    lives = np.empty(len(size), dtype=np.int64)
    lives[np.argsort(yearly_kwh)] = np.argsort(score)
    return lives


def _heat_kw(dwellings: population.Dwellings, dates: Sequence[date], seed: int) -> FloatArray:
    """Power for rooms and water by dwelling and way of heating, shape (dwellings, days, 96, 3): other, heat
    pump, electric."""
    weather = population.sample_weather("cardiff", dates, seed)
    rooms = population.space_heat_kw(dwellings, weather.temperature_c)
    water = population.hot_water_kw(dwellings, dates)
    flow = population.flow_temperature_c(dwellings, weather.temperature_c)
    outdoors = weather.temperature_c[np.newaxis]
    pumped = rooms / population.heat_pump_cop(outdoors, flow)
    pumped += water / population.heat_pump_cop(outdoors, np.full_like(flow, _WATER_FLOW_C))
    return np.stack([np.zeros_like(rooms), pumped, rooms + water], axis=-1)


@dataclass
class _Newcomers:
    """The chain, for homes of which some are known for so many days only, however long the back-test goes on."""

    known: int
    days: int
    families: Sequence[Family | None]
    name: str = "model"
    _pool: ExpertPool = field(default_factory=ExpertPool)

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        """See :class:`~mas2tering.forecast.LoadMethod`; what a new home taught on earlier days is forgotten."""
        seen = [series if k < self.known else _last_days(series, self.days) for k, series in enumerate(known)]
        pool = ExpertPool(records={k: own for k, own in self._pool.records.items() if k < self.known})
        answers = ForecastChain(personal=pool, families=self.families).forecasts(seen, issued_at, axis)
        self._pool = pool
        return answers


def _last_days(series: MeasuredSeries, days: int) -> MeasuredSeries:
    kept_kw = np.full(len(series.mean_kw), np.nan)
    steps = days * 1440 // series.step_minutes
    if steps:
        kept_kw[-steps:] = series.mean_kw[-steps:]
    return MeasuredSeries(series.start, series.step_minutes, series.zone, kept_kw, series.available_at)


def score_families(explained: float, seed: int = SEED) -> dict[str, dict[str, Scores]]:
    """Scores of new homes by days of history and by whether their families are known, means over them."""
    made = generated_families(explained, seed)
    axes = made.homes.axes(None, _SCORED_DAYS)
    found: dict[str, dict[str, Scores]] = {}
    for days in HISTORIES:
        for name, families in (("families_known", made.families), ("families_unknown", ())):
            test = back_test(_Newcomers(_KNOWN, days, families), made.homes.measured, axes)
            scores = mean_scores(
                [own for board in test.boards[_KNOWN:] if (own := board.scores()) is not None]
            )
            if scores is not None:
                found.setdefault(f"{days}_days", {})[name] = scores
    return found
