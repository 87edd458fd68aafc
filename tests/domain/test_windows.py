"""Windows on the local clock: next day, weekdays, days on which clocks change."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis
from mas2tering.domain.windows import ClockWindow, covered

WEDNESDAY = date(2013, 4, 17)
SPRING, AUTUMN = date(2013, 3, 31), date(2013, 10, 27)


def hours_covered(axis: TimeAxis, *windows: ClockWindow) -> float:
    return float(covered(windows, axis).sum() * axis.step_hours)


@pytest.mark.parametrize("step", STEP_LENGTHS_MINUTES)
def test_a_night_window_lies_at_both_ends_of_a_calendar_day(step):
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", step)
    night = ClockWindow(begin="22:10", end="05:00 next day")
    assert hours_covered(axis, night) == pytest.approx(6 + 50 / 60)
    share = covered((night,), axis)
    per_hour = 60 // step
    assert (share[: 5 * per_hour] == 1).all()
    assert (share[5 * per_hour : 22 * per_hour] == 0).all()


def test_a_window_that_begins_on_other_weekdays_does_not_hold():
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", 60)
    for weekday, hours in (("tue", 5), ("wed", 2), ("thu", 0), ("mon", 0)):
        night = ClockWindow(begin="22:00", end="05:00 next day", days=(weekday,))
        assert hours_covered(axis, night) == hours


def test_a_window_of_the_next_day_belongs_to_the_day_before():
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", 60)
    early = ClockWindow(begin="01:00 next day", end="03:00 next day", days=("tue",))
    ((begin, end),) = early.occurrences(axis)
    assert (begin.date(), (end - begin) / timedelta(hours=1)) == (WEDNESDAY, 2)


def test_a_window_up_to_24_00_of_the_next_day_covers_it():
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", 60)
    whole = ClockWindow(begin="24:00", end="24:00 next day", days=("tue",))
    assert hours_covered(axis, whole) == 24


@pytest.mark.parametrize(
    ("day", "begin", "end", "hours"),
    [
        (SPRING, "00:00", "06:00", 5),
        (AUTUMN, "00:00", "06:00", 7),
        (SPRING, "22:00", "07:00 next day", 2 + 6),
        (AUTUMN, "22:00", "07:00 next day", 2 + 8),
        (SPRING, "02:00", "03:00", 1),
        (AUTUMN, "02:00", "03:00", 1),
    ],
)
def test_windows_are_longer_or_shorter_when_clocks_change(day, begin, end, hours):
    axis = TimeAxis.of_days(day, "Europe/London", 15)
    assert hours_covered(axis, ClockWindow(begin=begin, end=end)) == hours


_TIMES = st.integers(0, 287).map(lambda k: 5 * k)


def _clock(minutes: int) -> str:
    day = " next day" if minutes >= 1440 else ""
    return f"{minutes % 1440 // 60:02d}:{minutes % 60:02d}{day}"


@given(
    begin=_TIMES,
    length=st.integers(1, 287).map(lambda k: 5 * k),
    step=st.sampled_from(STEP_LENGTHS_MINUTES),
)
def test_what_a_window_covers_does_not_depend_on_the_step(begin, length, step):
    window = ClockWindow(begin=_clock(begin), end=_clock(begin + length))
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", step)
    # A daily window of less than a day covers its own length of every day, whichever part of it lies at which end.
    assert hours_covered(axis, window) == pytest.approx(length / 60)


@given(windows=st.lists(st.tuples(_TIMES, st.integers(1, 200)), max_size=5))
def test_overlapping_windows_count_once(windows):
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", 5)
    minutes = np.zeros(3 * 1440, dtype=bool)
    for begin, length in windows:
        for day in (0, 1):
            minutes[day * 1440 + begin : day * 1440 + begin + 5 * length] = True
    clocks = [ClockWindow(begin=_clock(b), end=_clock(b + 5 * n)) for b, n in windows]
    assert hours_covered(axis, *clocks) == pytest.approx(minutes[1440:2880].sum() / 60)


def test_overlapping_windows_count_once_inside_a_step_too():
    axis = TimeAxis.of_days(WEDNESDAY, "Europe/London", 60)
    half = ClockWindow(begin="07:00", end="07:30")
    assert covered((half, half), axis)[7] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("begin", "end", "hint"),
    [
        ("22:00", "06:00", 'or "06:00 next day" if that is meant'),
        ("22:00", "22:00", 'or "22:00 next day"'),
        ("06:00 next day", "05:00 next day", "expected a later time"),
    ],
)
def test_a_window_that_ends_before_it_starts_is_a_mistake(begin, end, hint):
    with pytest.raises(ValidationError) as caught:
        ClockWindow(begin=begin, end=end)
    assert f"end {end} is not after begin {begin}" in str(caught.value)
    assert hint in str(caught.value)


def test_a_window_names_weekdays_that_exist_and_at_least_one():
    for days in ((), ("sunday",), ("Mon",)):
        with pytest.raises(ValidationError):
            ClockWindow(begin="01:00", end="02:00", days=days)
