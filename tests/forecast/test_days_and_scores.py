from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from forecast_histories import START, day_after, home, series
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import LEVELS, ScoreBoard, days_before, on_axis, pinball_kw, summed

STEPS = st.sampled_from([5, 10, 15, 20, 30, 60])


@given(own=STEPS, asked=STEPS, offset=st.integers(0, 5))
def test_energy_on_an_axis_is_that_of_the_series_whatever_the_steps(
    own: int, asked: int, offset: int
) -> None:
    measured = home(2, step_minutes=own)
    axis = TimeAxis(START + timedelta(hours=1 + offset), asked, 10 * 60 // asked, "UTC")
    inside = slice((1 + offset) * 60 // own, (11 + offset) * 60 // own)
    expected = measured.mean_kw[inside].sum() * own
    assert on_axis(measured, axis).sum() * asked == pytest.approx(expected)


@given(minute=st.integers(0, 59), asked=STEPS)
def test_steps_of_an_axis_find_their_own_time_of_day(minute: int, asked: int) -> None:
    hour_of_day = series(np.repeat(np.arange(24.0)[None], 3, axis=0).ravel())
    axis = TimeAxis(START + timedelta(days=3, minutes=minute), asked, 4, "UTC")
    days = days_before(hour_of_day, axis.start, axis)
    yesterday = days.values_kw[days.day_of_step - 1 - days.first_day, days.slot_of_step]
    begins = (minute + asked * np.arange(4)) / 60
    assert np.all(yesterday >= np.floor(begins))
    assert np.all(yesterday <= np.floor(begins + asked / 60))


def test_what_was_not_known_at_the_issue_is_in_no_day() -> None:
    measured = home(5)
    axis = day_after(4)
    days = days_before(measured, axis.start - timedelta(hours=6), axis)
    assert np.isfinite(days.values_kw).sum() == 4 * 24 - 6


def test_days_follow_the_wall_clock_over_a_change_of_clocks() -> None:
    start = datetime(2024, 3, 29, 23, tzinfo=UTC)  # midnight in Brussels; clocks change on the 31st
    local_hours = np.r_[np.arange(24), np.delete(np.arange(24), 2), np.arange(24)].astype(float)
    measured = MeasuredSeries.known_at_once(start, 60, "Europe/Brussels", local_hours)
    axis = TimeAxis.of_days(datetime(2024, 4, 2, tzinfo=UTC).date(), "Europe/Brussels", 60)
    days = days_before(measured, axis.start, axis)
    assert days.values_kw.shape == (3, 24)
    assert np.isnan(days.values_kw[1, 2])
    known = np.isfinite(days.values_kw)
    assert (days.values_kw[known] == np.tile(np.arange(24.0), (3, 1))[known]).all()


def test_scores_of_a_perfect_and_of_a_shifted_forecast() -> None:
    axis = day_after(0)
    actual = np.linspace(1, 2, 24)
    board, off = ScoreBoard(), ScoreBoard()
    board.add(Forecast(axis, START, actual, LEVELS, np.tile(actual, (19, 1)), "x"), actual)
    off.add(Forecast(axis, START, actual + 0.5, LEVELS, np.tile(actual + 0.5, (19, 1)), "x"), actual)
    perfect, shifted = board.scores(), off.scores()
    assert perfect is not None
    assert shifted is not None
    assert (perfect.ncrps, perfect.nmae, perfect.daily_energy_error, perfect.coverage_80) == (0, 0, 0, 1)
    # Of a point forecast the CRPS is the absolute error.
    assert shifted.ncrps == pytest.approx(shifted.nmae) == pytest.approx(0.5 / 1.5)
    assert shifted.coverage_80 == 0


@given(st.floats(0.1, 3), st.integers(0, 100))
def test_pinball_loss_is_least_at_the_quantile(scale: float, seed: int) -> None:
    sample = np.random.default_rng(seed).gamma(2, scale, 400)
    at = np.quantile(sample, LEVELS)
    best = pinball_kw(LEVELS, np.tile(at[:, None], 400), sample).mean(axis=1)
    for moved in (0.9, 1.1):
        worse = pinball_kw(LEVELS, np.tile(moved * at[:, None], 400), sample).mean(axis=1)
        assert (worse >= best - 1e-3 * scale).all()


def test_a_sum_is_known_where_all_homes_are() -> None:
    first, second = home(2, 1), home(2, 2)
    gap = first.mean_kw.copy()
    gap[5] = np.nan
    total = summed([series(gap), second])
    assert np.isnan(total.mean_kw[5])
    assert total.mean_kw[6] == first.mean_kw[6] + second.mean_kw[6]
    with pytest.raises(ValueError, match="different steps"):
        summed([first, home(3)])
