"""The time axis on ordinary days and on those on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis, clock_minutes, local_instant

ZONES = ("Europe/London", "Europe/Brussels")
SPRING, AUTUMN, ORDINARY = date(2013, 3, 31), date(2013, 10, 27), date(2013, 4, 17)


def first_day(clock_change: date, begin: str) -> date:
    """The planning day that holds a clock change at night: one that begins at 06:00 begins on the day before."""
    return clock_change if begin == "00:00" else clock_change - timedelta(days=1)


@pytest.mark.parametrize("step", STEP_LENGTHS_MINUTES)
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("begin", ["00:00", "06:00"])
@pytest.mark.parametrize(("change", "hours"), [(SPRING, 23), (AUTUMN, 25), (ORDINARY, 24)])
def test_days_have_their_hours(zone, begin, change, hours, step):
    axis = TimeAxis.of_days(first_day(change, begin), zone, step, day_starts_at=begin)
    assert axis.steps * step == hours * 60
    assert axis.label(0) == axis.label(axis.steps) == begin
    assert axis.end - axis.start == timedelta(hours=hours)


@pytest.mark.parametrize(("change", "quarters"), [(SPRING, 92), (AUTUMN, 100)])
def test_clock_changes_give_92_and_100_quarter_hours(change, quarters):
    assert TimeAxis.of_days(change, "Europe/Brussels", 15).steps == quarters


@pytest.mark.parametrize(("day", "hours"), [(date(2013, 10, 6), 23.5), (date(2013, 4, 7), 24.5)])
def test_half_an_hour_is_not_lost_where_clocks_change_by_one(day, hours):
    for step in (5, 10, 15, 30):
        axis = TimeAxis.of_days(day, "Australia/Lord_Howe", step)
        assert axis.steps * step == hours * 60
    for step in (20, 60):
        with pytest.raises(ValueError, match=f"{hours:g} h .* no whole number of steps"):
            TimeAxis.of_days(day, "Australia/Lord_Howe", step)


@pytest.mark.parametrize(
    ("change", "zone", "labels"),
    [
        (SPRING, "Europe/London", ["00:30", "02:00", "02:30"]),
        (SPRING, "Europe/Brussels", ["00:30", "01:00", "01:30", "03:00", "03:30"]),
        (AUTUMN, "Europe/London", ["00:30", "01:00", "01:30", "01:00", "01:30", "02:00"]),
        (AUTUMN, "Europe/Brussels", ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]),
    ],
)
def test_labels_show_the_skipped_and_the_repeated_hour(change, zone, labels):
    axis = TimeAxis.of_days(change, zone, 30)
    shown = [axis.label(k) for k in range(axis.steps)]
    begin = shown.index(labels[0])
    assert shown[begin : begin + len(labels)] == labels


@given(
    day=st.dates(date(2005, 1, 1), date(2030, 12, 31)),
    days=st.integers(1, 4),
    zone=st.sampled_from([*ZONES, "Asia/Kolkata", "America/New_York", "UTC"]),
    step=st.sampled_from(STEP_LENGTHS_MINUTES),
    begin=st.sampled_from(["00:00", "06:00", "18:00"]),
)
def test_days_follow_one_another_without_a_gap(day, days, zone, step, begin):
    several = TimeAxis.of_days(day, zone, step, days=days, day_starts_at=begin)
    single = [TimeAxis.of_days(day + timedelta(days=k), zone, step, day_starts_at=begin) for k in range(days)]
    assert several.start == single[0].start
    assert several.end == single[-1].end
    assert all(a.end == b.start for a, b in pairwise(single))
    assert several.steps == sum(axis.steps for axis in single)


@pytest.mark.parametrize("change", [SPRING, AUTUMN, ORDINARY])
def test_all_views_of_a_step_are_the_same_instant(change):
    axis = TimeAxis.of_days(change, "Europe/London", 15)
    for k in range(axis.steps):
        local = axis.local_starts[k]
        assert local.astimezone(UTC) == axis.start + timedelta(minutes=15 * k)
        assert axis.instants[k] == np.datetime64(local.astimezone(UTC).replace(tzinfo=None), "m")
        assert axis.local_minutes[k] == local.hour * 60 + local.minute
        assert axis.position(local.astimezone(UTC)) == k


def test_local_dates_begin_on_the_day_before_whose_windows_may_reach_into_the_axis():
    axis = TimeAxis.of_days(ORDINARY, "Europe/London", 60, day_starts_at="06:00")
    assert axis.local_dates == (date(2013, 4, 16), date(2013, 4, 17), date(2013, 4, 18))


@given(
    begin=st.integers(-600, 2000),
    length=st.integers(0, 2000),
    step=st.sampled_from(STEP_LENGTHS_MINUTES),
    day=st.sampled_from([SPRING, AUTUMN, ORDINARY]),
)
def test_overlap_sums_to_the_time_inside(begin, length, step, day):
    axis = TimeAxis.of_days(day, "Europe/London", step)
    first = axis.start + timedelta(minutes=begin)
    last = first + timedelta(minutes=length)
    inside = max(timedelta(0), min(last, axis.end) - max(first, axis.start))
    share = axis.overlap(first, last)
    assert share.shape == (axis.steps,)
    assert share.min() >= 0
    assert share.max() <= 1
    assert share.sum() * step == pytest.approx(inside / timedelta(minutes=1), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:00", 0),
        ("21:30", 1290),
        ("24:00", 1440),
        ("06:00 next day", 1800),
        ("24:00 next day", 2880),
    ],
)
def test_clock_times_are_minutes_of_their_day(text, minutes):
    assert clock_minutes(text) == minutes


@pytest.mark.parametrize("text", ["24:01", "6:00", "12:60", "noon", "06:00 the next day", "-1:00", ""])
def test_what_is_no_clock_time_is_refused(text):
    with pytest.raises(ValueError, match="not a time such as 21:30"):
        clock_minutes(text)


def test_of_a_clock_time_shown_twice_the_first_is_meant():
    assert local_instant(AUTUMN, 90, "Europe/London") == datetime(2013, 10, 27, 0, 30, tzinfo=UTC)


@given(
    day=st.sampled_from([SPRING, AUTUMN, ORDINARY]),
    minutes=st.integers(0, 2880),
    zone=st.sampled_from(ZONES),
)
def test_the_clock_shows_what_was_asked_wherever_it_can(day, minutes, zone):
    moment = local_instant(day, minutes, zone).astimezone(ZoneInfo(zone))
    shown = moment.hour * 60 + moment.minute
    skipped = day == SPRING and 0 <= minutes - (60 if zone == "Europe/London" else 120) < 60
    assert moment.utcoffset() is not None
    assert shown == minutes % 1440 or skipped


@pytest.mark.parametrize(
    ("start", "step", "steps", "words"),
    [
        (datetime(2013, 4, 17), 15, 96, "UTC"),  # noqa: DTZ001 (that is what is refused)
        (datetime(2013, 4, 17, tzinfo=ZoneInfo("Europe/Brussels")), 15, 96, "UTC"),
        (datetime(2013, 4, 17, tzinfo=UTC), 7, 96, "one of"),
        (datetime(2013, 4, 17, tzinfo=UTC), 120, 12, "one of"),
        (datetime(2013, 4, 17, tzinfo=UTC), 15, 0, "without a step"),
    ],
)
def test_an_axis_that_cannot_be_is_refused(start, step, steps, words):
    with pytest.raises(ValueError, match=words):
        TimeAxis(start, step, steps, "UTC")


@pytest.mark.parametrize("zone", ZONES)
def test_later_clock_times_are_later_instants(zone):
    """Also where the clock jumps: else a window that begins before it ends could end before it begins."""
    instants = [local_instant(SPRING, minutes, zone) for minutes in range(0, 1440, 5)]
    assert all(a <= b for a, b in pairwise(instants))
