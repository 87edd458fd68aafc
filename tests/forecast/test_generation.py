from datetime import date, datetime, timedelta

import numpy as np
import pytest
from forecast_histories import START
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import EmpiricalQuantiles, ScoreBoard, on_axis
from mas2tering.forecast.generation import (
    HeatLedChp,
    MeasuredWeather,
    Roof,
    RoofChain,
    RoofForecaster,
    Sky,
    SmallWind,
    Weather,
    WeatherErrors,
    WeatherService,
)
from mas2tering.forecast.generation.plane import Plane, clear_sky_w_per_m2, power_per_kwp

LATITUDE, LONGITUDE = 50.85, 4.35


def weather(days: int, errors: WeatherErrors | None = None, seed: int = 1) -> MeasuredWeather:
    axis = TimeAxis(START, 60, days * 24, "UTC")
    random = np.random.default_rng(seed)
    cloud = np.repeat(random.uniform(0.2, 1.0, days), 24)
    ghi = cloud * clear_sky_w_per_m2(50.85, 4.35, axis)
    start = START + timedelta(minutes=30)
    temperature, wind = 8 + random.standard_normal(len(ghi)), random.weibull(2, len(ghi)) * 5
    return MeasuredWeather(start, 60, ghi, temperature, wind, errors or WeatherErrors())


@settings(max_examples=20)
@given(hours=st.integers(1, 30), issue=st.integers(0, 200))
def test_a_weather_forecast_is_the_same_for_whatever_part_is_asked(hours: int, issue: int) -> None:
    service = weather(12)
    issued_at = START + timedelta(hours=issue)
    whole = service.weather(issued_at, TimeAxis(issued_at, 60, 48, "UTC"))
    part = service.weather(issued_at, TimeAxis(issued_at + timedelta(hours=hours), 60, 10, "UTC"))
    np.testing.assert_allclose(part.ghi_w_per_m2, whole.ghi_w_per_m2[hours : hours + 10])
    np.testing.assert_allclose(part.wind_m_per_s, whole.wind_m_per_s[hours : hours + 10])


def test_weather_that_is_past_is_as_measured() -> None:
    service = weather(5)
    past = service.weather(START + timedelta(days=5), TimeAxis(START + timedelta(days=1), 60, 24, "UTC"))
    np.testing.assert_allclose(past.ghi_w_per_m2, service.ghi_w_per_m2[24:48])
    assert (past.ghi_doubt == 0).all()


def sky_with(service: WeatherService) -> Sky:
    return Sky(LATITUDE, LONGITUDE, service)


def roof_history(service: MeasuredWeather, days: int, plane: Plane, peak_kw: float) -> MeasuredSeries:
    axis = TimeAxis(START, 15, days * 96, "UTC")
    truth = service.weather(START + timedelta(days=days + 1), axis)
    power_kw = peak_kw * power_per_kwp(50.85, 4.35, [plane], truth, axis)[0]
    return MeasuredSeries.known_at_once(START, 15, "UTC", power_kw)


def test_a_roof_whose_planes_nobody_told_is_learned_from_its_history() -> None:
    exact = weather(60, WeatherErrors(0.0, 0.0, 0.0))
    measured = roof_history(exact, 60, Plane(35.0, 170.0), 4.0)
    forecaster = RoofForecaster(Roof(), sky_with(exact))
    board = ScoreBoard()
    for day in (50, 54, 58):
        axis = TimeAxis.of_days(date(2024, 1, 1) + timedelta(days=day), "UTC", 15)
        answer = forecaster.forecast(measured, axis.start, axis)
        assert answer.quantiles_kw.min() >= 0
        board.add(answer, on_axis(measured, axis))
    scores = board.scores()
    assert scores is not None
    assert scores.nmae < 0.08


def test_a_roof_does_not_look_ahead() -> None:
    service = weather(30)
    measured = roof_history(service, 30, Plane(35.0, 170.0), 4.0)
    axis = TimeAxis.of_days(date(2024, 1, 26), "UTC", 60)
    later = measured.mean_kw.copy()
    later[25 * 96 :] = 9.0
    other = MeasuredSeries.known_at_once(START, 15, "UTC", later)
    one, two = (
        RoofForecaster(Roof(), sky_with(service)).forecast(each, axis.start, axis)
        for each in (measured, other)
    )
    np.testing.assert_array_equal(one.quantiles_kw, two.quantiles_kw)


def test_a_new_roof_is_forecast_from_its_data_sheet_or_says_that_nothing_is_known() -> None:
    empty = MeasuredSeries.known_at_once(START, 15, "UTC", np.empty(0))
    axis = TimeAxis.of_days(date(2024, 1, 3), "UTC", 60)
    told = RoofForecaster(Roof(4.0, Plane(35.0, 180.0)), sky_with(weather(10))).forecast(
        empty, axis.start, axis
    )
    assert told.method == "sun and planes of the roof"
    assert 0.1 < told.mean_kw.max() <= 4.0
    unknown = RoofForecaster(Roof(), sky_with(weather(10))).forecast(empty, axis.start, axis)
    assert unknown.method == "nothing known of the roof yet"


class Away:
    """A weather provider that does not answer."""

    def weather(self, issued_at: datetime, axis: TimeAxis) -> Weather:
        raise TimeoutError("the weather service is away")


class Nonsense:
    """A weather provider that answers with gaps."""

    def weather(self, issued_at: datetime, axis: TimeAxis) -> Weather:
        unknown, nothing = np.full(axis.steps, np.nan), np.zeros(axis.steps)
        return Weather(unknown, unknown, unknown, nothing, nothing, nothing)


@pytest.mark.parametrize("service", [Away(), Nonsense()])
def test_without_weather_a_roof_is_forecast_by_its_own_days_and_says_so(service: WeatherService) -> None:
    measured = roof_history(weather(30), 30, Plane(35.0, 170.0), 4.0)
    axis = TimeAxis.of_days(date(2024, 1, 26), "UTC", 60)
    (answer,) = RoofChain(RoofForecaster(Roof(4.0), sky_with(service))).forecasts(
        [measured], axis.start, axis
    )
    (own,) = EmpiricalQuantiles(14, hours=0.25).forecasts([measured], axis.start, axis)
    np.testing.assert_array_equal(answer.quantiles_kw, own.quantiles_kw)
    assert answer.method.startswith("like days of the roof (its weather failed: ")


def test_beyond_its_end_the_weather_is_not_known() -> None:
    service = weather(5)
    after = TimeAxis(START + timedelta(days=5), 60, 24, "UTC")
    assert np.isnan(service.weather(START + timedelta(days=5), after).ghi_w_per_m2[1:]).all()


def test_roofs_under_one_sky_are_forecast_as_each_under_its_own() -> None:
    service = weather(40)
    roofs = [roof_history(service, 40, Plane(35.0, azimuth), 4.0) for azimuth in (120.0, 240.0)]
    shared = sky_with(service)
    axis = TimeAxis.of_days(date(2024, 2, 6), "UTC", 60)
    for measured in roofs:
        together = RoofForecaster(Roof(), shared).forecast(measured, axis.start, axis)
        apart = RoofForecaster(Roof(), sky_with(service)).forecast(measured, axis.start, axis)
        np.testing.assert_array_equal(together.quantiles_kw, apart.quantiles_kw)


def test_wind_and_heat_led_power_stay_within_their_ratings_and_follow_the_weather() -> None:
    service = weather(10)
    turbine, unit = SmallWind(service, 2.0), HeatLedChp(service, 1.0, 2.5, 0.2)
    axis = TimeAxis(START + timedelta(days=2), 60, 24, "UTC")
    for forecaster, rated in ((turbine, 2.0), (unit, 1.0)):
        answer = forecaster.forecast(axis.start, axis)
        assert answer.quantiles_kw.min() >= 0
        assert answer.quantiles_kw.max() <= rated
    winds = np.linspace(0, 15, 50)
    assert (np.diff(turbine.power_kw(winds)) >= 0).all()
    assert turbine.power_kw(np.array([1.0, 12.0, 40.0])) == pytest.approx([0.0, 2.0, 0.0])
    assert (np.diff(unit.power_kw(np.linspace(-20, 25, 50))) <= 0).all()
