from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mas2tering.domain.measured_series import MeasuredSeries

START = datetime(2013, 4, 17, tzinfo=UTC)


def test_what_came_late_is_not_known_before_it_came() -> None:
    measured = MeasuredSeries.known_at_once(START, 30, "Europe/London", np.arange(8.0))
    late = measured.available_at.copy()
    late[1] += np.timedelta64(24, "h")
    series = MeasuredSeries(START, 30, "Europe/London", measured.mean_kw, late)

    known = series.known_at(START + timedelta(hours=2))

    np.testing.assert_array_equal(known.mean_kw, [0.0, np.nan, 2.0, 3.0])


@pytest.mark.parametrize("minutes", [29, 30, 59])
def test_a_step_is_known_when_it_has_ended(minutes: int) -> None:
    series = MeasuredSeries.known_at_once(START, 30, "Europe/London", np.arange(8.0))
    assert len(series.known_at(START + timedelta(minutes=minutes)).mean_kw) == minutes // 30


def test_before_its_start_nothing_is_known() -> None:
    series = MeasuredSeries.known_at_once(START, 30, "Europe/London", np.arange(8.0))
    assert len(series.known_at(START - timedelta(days=1)).mean_kw) == 0


def test_an_infinite_power_is_refused() -> None:
    with pytest.raises(ValueError, match="infinite"):
        MeasuredSeries.known_at_once(START, 30, "Europe/London", np.array([1.0, np.inf]))
