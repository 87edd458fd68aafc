"""Roofs on which forecasts of generation are scored: three in Belgium with weather, four in London by their history."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecaster
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import (
    CommunityForecasts,
    EmpiricalQuantiles,
    ExpertPool,
    LoadMethod,
    ScoreBoard,
    Scores,
    on_axis,
)
from mas2tering.forecast.generation import (
    MeasuredWeather,
    Roof,
    RoofChain,
    RoofForecaster,
    Sky,
    WeatherErrors,
)

_LATITUDE, _LONGITUDE = 50.88, 4.70
"""The source gives no place; the middle of Belgium is assumed."""
_HISTORY_DAYS = 35
_YARDSTICK_DAYS = 14
_NOTES = (
    "Belgian roofs: neither place, planes nor peak power are given; the place is assumed, planes and peak are fitted to the past of "
    "each roof. Hourly irradiance is read as the mean around half an hour before its time stamp, which fits the roofs best.",
    "Weather forecasts are the measured weather with drawn errors: the relative error of irradiance has a standard deviation of "
    "0.25 a day ahead (assumed); with_measured_weather is the same without errors.",
    "London roofs: no weather of these days is at hand; they are forecast by their own history alone.",
    "Coverage of roofs is over all steps, nights included. No measured small wind turbine or CHP is at hand: their forecasts are not scored.",
)


@dataclass(frozen=True)
class RoofResults:
    """Figures by roof and method, and what to know of them."""

    roofs: dict[str, dict[str, Scores]]
    notes: tuple[str, ...]


def score_roofs(data: Path, days: int | None, say: Callable[[str], None]) -> RoofResults:
    """Score the roofs of a data folder; nothing where it holds none.

    Args:
        data: a folder with ``pv`` and ``weather`` in it.
        days: only the last so many days of each roof.
        say: is told what is under way.
    """
    found: dict[str, dict[str, Scores]] = {}
    belgian = data / "pv" / "be_houses_pv_15min_kw_GPL3.parquet"
    weather = data / "weather" / "be_openmeteo_archive_2024_hourly.parquet"
    if belgian.is_file() and weather.is_file():
        found |= _belgian(belgian, weather, days, say)
    london = data / "pv" / "london_pv_30min_kw.parquet"
    if london.is_file():
        found |= _london(london, days, say)
    return RoofResults(found, _NOTES if found else ())


def _belgian(
    path: Path, weather: Path, days: int | None, say: Callable[[str], None]
) -> dict[str, dict[str, Scores]]:
    import pyarrow.parquet as parquet

    skies = [
        Sky(_LATITUDE, _LONGITUDE, _weather(weather, errors))
        for errors in (WeatherErrors(), WeatherErrors(0.0, 0.0, 0.0))
    ]
    table = parquet.read_table(path)
    times = table.column("time_utc").to_numpy().astype("datetime64[m]")
    cell = (times - times[0]).astype(np.int64) // 15
    found = {}
    for name in (column for column in table.column_names if column != "time_utc"):
        say(f"roof {name}")
        power_kw = np.full(int(cell[-1]) + 1, np.nan)
        power_kw[cell] = table.column(name).to_numpy().astype(float)
        start = datetime.fromisoformat(str(times[0])).replace(tzinfo=UTC)
        measured = MeasuredSeries.known_at_once(start, 15, "Europe/Brussels", power_kw)
        with_errors, without = (
            CommunityForecasts(RoofChain(RoofForecaster(Roof(), sky)), [measured]).of_home(0) for sky in skies
        )
        found[name] = _scored(
            measured,
            days,
            {
                "model": with_errors,
                "with_measured_weather": without,
                **_by_history(measured, EmpiricalQuantiles(_YARDSTICK_DAYS)),
            },
        )
    return found


def _london(path: Path, days: int | None, say: Callable[[str], None]) -> dict[str, dict[str, Scores]]:
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    start = datetime.fromisoformat(str(table.column("time_local")[0])[:16]).replace(tzinfo=UTC)
    found = {}
    for name in (column for column in table.column_names if column != "time_local"):
        say(f"roof {name}")
        power_kw = table.column(name).to_numpy(zero_copy_only=False).astype(float)
        known = np.flatnonzero(np.isfinite(power_kw))
        begin = start + timedelta(minutes=30 * int(known[0]))
        measured = MeasuredSeries.known_at_once(begin, 30, "UTC", power_kw[known[0] : known[-1] + 1])
        own = CommunityForecasts(ExpertPool(), [measured]).of_home(0)
        found[name] = _scored(
            measured, days, {"model": own, **_by_history(measured, EmpiricalQuantiles(_YARDSTICK_DAYS))}
        )
    return found


def _by_history(measured: MeasuredSeries, method: LoadMethod) -> dict[str, Forecaster]:
    return {"empirical_quantiles": CommunityForecasts(method, [measured]).of_home(0)}


def _weather(path: Path, errors: WeatherErrors) -> MeasuredWeather:
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)

    def column(name: str) -> NDArray[np.float64]:
        return np.asarray(table.column(name).to_numpy(), dtype=np.float64)

    start = datetime.fromisoformat(str(table.column("time_utc")[0])[:16]).replace(tzinfo=UTC) - timedelta(
        minutes=30
    )
    return MeasuredWeather(start, 60, column("ghi_w_m2"), column("temp_c"), column("wind_kmh") / 3.6, errors)


def _scored(
    measured: MeasuredSeries, days: int | None, forecasters: dict[str, Forecaster]
) -> dict[str, Scores]:
    first = measured.start.date() + timedelta(days=_HISTORY_DAYS + 1)
    last = measured.end.date()
    wanted = [first + timedelta(days=k) for k in range((last - first).days)]
    boards = {name: ScoreBoard() for name in forecasters}
    for day in wanted[-days:] if days else wanted:
        axis = TimeAxis.of_days(day, measured.zone, measured.step_minutes)
        actual = on_axis(measured, axis)
        for name, forecaster in forecasters.items():
            boards[name].add(forecaster.forecast(axis.start, axis), actual)
    scores = {name: board.scores() for name, board in boards.items()}
    return {name: found for name, found in scores.items() if found is not None}
