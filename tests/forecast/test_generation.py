from datetime import date, timedelta

import numpy as np
import pytest
from forecast_histories import START
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import ScoreBoard, on_axis
from mas2tering.forecast.generation import (
    HeatLedChp,
    MeasuredWeather,
    Roof,
    RoofForecaster,
    SmallWind,
    WeatherErrors,
)
from mas2tering.forecast.generation.plane import Plane, clear_sky_w_per_m2, power_per_kwp

BRUSSELS = Roof(50.85, 4.35)


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


def roof_history(service: MeasuredWeather, days: int, plane: Plane, peak_kw: float) -> MeasuredSeries:
    axis = TimeAxis(START, 15, days * 96, "UTC")
    truth = service.weather(START + timedelta(days=days + 1), axis)
    power_kw = peak_kw * power_per_kwp(50.85, 4.35, [plane], truth, axis)[0]
    return MeasuredSeries.known_at_once(START, 15, "UTC", power_kw)


def test_a_roof_whose_planes_nobody_told_is_learned_from_its_history() -> None:
    exact = weather(60, WeatherErrors(0.0, 0.0, 0.0))
    measured = roof_history(exact, 60, Plane(35.0, 170.0), 4.0)
    forecaster = RoofForecaster(BRUSSELS, exact, measured)
    board = ScoreBoard()
    for day in (50, 54, 58):
        axis = TimeAxis.of_days(date(2024, 1, 1) + timedelta(days=day), "UTC", 15)
        answer = forecaster.forecast(axis.start, axis)
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
        RoofForecaster(BRUSSELS, service, each).forecast(axis.start, axis) for each in (measured, other)
    )
    np.testing.assert_array_equal(one.quantiles_kw, two.quantiles_kw)


def test_a_new_roof_is_forecast_from_its_data_sheet_or_says_that_nothing_is_known() -> None:
    empty = MeasuredSeries.known_at_once(START, 15, "UTC", np.empty(0))
    axis = TimeAxis.of_days(date(2024, 1, 3), "UTC", 60)
    told = RoofForecaster(Roof(50.85, 4.35, 4.0, Plane(35.0, 180.0)), weather(10), empty).forecast(
        axis.start, axis
    )
    assert told.method == "sun and planes of the roof"
    assert 0.1 < told.mean_kw.max() <= 4.0
    unknown = RoofForecaster(BRUSSELS, weather(10), empty).forecast(axis.start, axis)
    assert unknown.method == "nothing known of the roof yet"


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
