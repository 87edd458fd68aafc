"""The time axis on ordinary days and on those on which clocks change."""

from datetime import date

import numpy as np
import pytest

from mas2tering.domain.profiles import DailyProfile, SeriesTable, profile_on
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis
from mas2tering.domain.windows import ClockWindow, covered


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Brussels"])
@pytest.mark.parametrize("begin", ["00:00", "06:00"])
@pytest.mark.parametrize(("first", "hours"), [((2013, 3, 30), 23), ((2013, 10, 26), 25), ((2013, 4, 17), 24)])
def test_days_have_their_hours(zone, begin, first, hours):
    day = date(*first)
    if begin == "00:00" and hours != 24:
        day = date(day.year, day.month, day.day + 1)
    for step in STEP_LENGTHS_MINUTES:
        axis = TimeAxis.of_days(day, zone, step, day_starts_at=begin)
        assert axis.steps * axis.step_hours == hours
        assert axis.local_starts[0].strftime("%H:%M") == begin


def test_energy_of_a_daily_profile_is_the_same_at_every_step():
    source = DailyProfile(daily=tuple(float(k % 5) for k in range(24)), unit="kW")
    energies = []
    for step in STEP_LENGTHS_MINUTES:
        axis = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", step)
        energies.append(profile_on(axis, source, SeriesTable({})).values.sum() * axis.step_hours)
    assert np.ptp(energies) < 1e-9


def test_a_window_covers_its_length():
    axis = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", 15, day_starts_at="06:00")
    share = covered((ClockWindow(begin="22:10", end="05:00 next day"),), axis)
    assert share.sum() * axis.step_hours == pytest.approx(6 + 50 / 60)
