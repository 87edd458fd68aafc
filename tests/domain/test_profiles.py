"""Profiles: energy is kept from step to step, gaps are refused or filled by their rule, clocks change."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.domain.profiles import (
    ConstantProfile,
    DailyProfile,
    FileProfile,
    Profile,
    ProfileError,
    Series,
    SeriesTable,
    profile_on,
    series_on,
)
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis

DAY = date(2013, 4, 17)
SPRING, AUTUMN = date(2013, 3, 31), date(2013, 10, 27)
NO_FILES = SeriesTable({})
STEPS = st.sampled_from(STEP_LENGTHS_MINUTES)
VALUES = st.lists(st.floats(-5, 5).map(lambda v: round(v, 3)), min_size=24, max_size=24)


def day_of(step: int, day: date = DAY) -> TimeAxis:
    return TimeAxis.of_days(day, "Europe/London", step)


def series(
    values, step: int, *, start=datetime(2013, 4, 16, 23, tzinfo=UTC), unit="kW", clock="utc", gaps=()
):
    values = np.array(values, dtype=float)
    known = np.ones(len(values), dtype=bool)
    known[list(gaps)] = False
    values[~known] = np.nan
    return Series("meter.csv load", start, step, values, known, unit, clock)


# --- energy


@given(values=VALUES, of=STEPS, on=STEPS, unit=st.sampled_from(["kW", "kWh", "W"]))
def test_energy_is_the_same_before_and_after_resampling(values, of, on, unit):
    """kWh in = kWh out, from any step to any other, with the series' own steps held or averaged."""
    fine = np.resize(values, 1440 // of)
    energy = {
        "kW": fine.sum() * of / 60,
        "kWh": fine.sum(),
        "W": fine.sum() * of / 60 / 1000,
    }[unit]
    profile = series_on(day_of(on), series(fine, of, unit=unit))
    assert profile.unit == "kW"
    assert profile.values.sum() * on / 60 == pytest.approx(energy, abs=1e-9)


@given(values=VALUES, of=STEPS, on=STEPS)
def test_energy_up_to_every_hour_is_kept_too(values, of, on):
    """Not the sum alone: no energy moves to another hour."""
    fine = np.resize(values, 1440 // of)
    per_hour = fine.reshape(24, -1).mean(axis=1)
    found = series_on(day_of(on), series(fine, of)).values.reshape(24, -1).mean(axis=1)
    assert found == pytest.approx(per_hour, abs=1e-9)


@pytest.mark.parametrize("count", [24, 48, 96, 144, 288])
@pytest.mark.parametrize("on", STEP_LENGTHS_MINUTES)
def test_a_daily_profile_keeps_its_energy(count, on):
    rng = np.random.default_rng(count)
    daily = tuple(float(v) for v in rng.uniform(0, 2, count))
    in_kw = profile_on(day_of(on), DailyProfile(daily=daily, unit="kW"), NO_FILES).values
    assert in_kw.sum() * on / 60 == pytest.approx(sum(daily) * 24 / count)
    in_kwh = profile_on(day_of(on), DailyProfile(daily=daily, unit="kWh"), NO_FILES).values
    assert in_kwh.sum() * on / 60 == pytest.approx(sum(daily))


def test_a_series_off_the_axis_grid_keeps_its_energy():
    """Steps from ten past on: the first quarter of the axis lies in the fourth value for ten minutes, in the fifth for five."""
    axis = TimeAxis(datetime(2013, 4, 17, 1, tzinfo=UTC), 15, 2, "UTC")
    found = series_on(axis, series(range(20), 15, start=datetime(2013, 4, 17, 0, 10, tzinfo=UTC)))
    assert found.values == pytest.approx([3 + 1 / 3, 4 + 1 / 3])


@pytest.mark.parametrize(
    ("unit", "base", "factor"),
    [
        ("kW", "kW", 1),
        ("W", "kW", 1e-3),
        ("kW_per_kWp", "kW_per_kWp", 1),
        ("degC", "degC", 1),
        ("per_kWh", "per_kWh", 1),
        ("per_MWh", "per_kWh", 1e-3),
        ("factor", "factor", 1),
    ],
)
def test_units_are_brought_to_base(unit, base, factor):
    axis = day_of(30)
    for profile in (
        profile_on(axis, ConstantProfile(constant=50.0, unit=unit), NO_FILES),
        profile_on(axis, DailyProfile(daily=(50.0,) * 24, unit=unit), NO_FILES),
        series_on(axis, series([50.0] * 24, 60, unit=unit)),
    ):
        assert profile.unit == base
        assert profile.values == pytest.approx(np.full(48, 50.0 * factor))


def test_a_constant_in_kwh_has_no_meaning():
    with pytest.raises(ProfileError, match="expected a constant in kW"):
        profile_on(day_of(15), ConstantProfile(constant=1.0, unit="kWh"), NO_FILES)


# --- gaps


def test_a_gap_is_refused_and_named():
    with pytest.raises(ProfileError) as caught:
        series_on(day_of(60), series(range(24), 60, gaps=[5, 6]))
    assert caught.value.found == "meter.csv load has a gap of 2 values from 2013-04-17T04:00 on (utc clock)"
    assert '"interpolate"' in caught.value.expected


def test_a_gap_outside_the_axis_is_nobody_s_business():
    one_hour = TimeAxis(datetime(2013, 4, 17, 10, tzinfo=UTC), 15, 4, "Europe/London")
    profile = series_on(one_hour, series(range(24), 60, gaps=[5, 6]))
    assert profile.filled == ""
    assert profile.values == pytest.approx([11.0] * 4)


@pytest.mark.parametrize(
    ("rule", "filled"),
    [
        ("zero", [0.0, 0.0, 0.0]),
        ("hold", [27.0, 27.0, 27.0]),
        ("interpolate", [28.0, 29.0, 30.0]),
        ("previous_day", [4.0, 5.0, 6.0]),
    ],
)
def test_each_rule_fills_as_its_name_says(rule, filled):
    start = datetime(2013, 4, 15, 23, tzinfo=UTC)
    source = series(range(48), 60, start=start, gaps=[28, 29, 30])
    profile = series_on(day_of(60), source, rule)
    assert profile.values[4:7] == pytest.approx(filled)
    others = np.delete(np.arange(24), [4, 5, 6])
    assert profile.values[others] == pytest.approx(24.0 + others)
    assert profile.filled == f"meter.csv load: 3 values of 24 missing, filled by rule '{rule}'"


def test_a_gap_longer_than_a_day_repeats_the_last_known_day():
    start = datetime(2013, 4, 14, 23, tzinfo=UTC)
    source = series(range(72), 60, start=start, gaps=range(24, 72))
    assert series_on(day_of(60), source, "previous_day").values == pytest.approx(np.arange(24.0))


def test_a_rule_cannot_make_up_a_series():
    for rule in ("hold", "interpolate", "previous_day"):
        with pytest.raises(ProfileError, match="has a gap of 24 values"):
            series_on(day_of(60), series(range(24), 60, gaps=range(24)), rule)


@pytest.mark.parametrize(
    ("start_hour", "length", "hours"), [(0, 24, 1), (-1, 24, 0), (-1, 23, 1), (5, 40, 6), (-30, 20, 24)]
)
def test_outside_its_range_a_series_has_nothing(start_hour, length, hours):
    """The day begins at 23:00 UTC of the day before."""
    source = series(range(length), 60, start=datetime(2013, 4, 17, tzinfo=UTC) + timedelta(hours=start_hour))
    if not hours:
        assert series_on(day_of(60), source).values == pytest.approx(np.arange(24.0))
        return
    for rule in ("refuse", "hold", "zero"):
        with pytest.raises(ProfileError, match=f"{hours:g} h missing outside its range"):
            series_on(day_of(60), source, rule)


# --- clocks


def wall_series(day: date, **options):
    """Three days of a meter that follows the wall clock, each hour's value its hour."""
    start = datetime(day.year, day.month, day.day) - timedelta(days=1)  # noqa: DTZ001 (a wall clock has no zone)
    return series(np.tile(np.arange(24.0), 3), 60, start=start, clock="local", **options)


@pytest.mark.parametrize("step", [15, 30, 60])
@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (DAY, [*range(24)]),
        (SPRING, [0, *range(2, 24)]),
        (AUTUMN, [0, 1, 1, *range(2, 24)]),
    ],
)
def test_wall_clock_values_follow_the_clock_on_days_on_which_it_changes(day, hours, step):
    expected = np.repeat(np.array(hours, dtype=float), 60 // step)
    assert series_on(day_of(step, day), wall_series(day)).values == pytest.approx(expected)
    daily = DailyProfile(daily=tuple(float(k) for k in range(24)), unit="kW")
    assert profile_on(day_of(step, day), daily, NO_FILES).values == pytest.approx(expected)


def test_a_gap_in_the_hour_that_the_clock_skips_is_none():
    assert series_on(day_of(60, SPRING), wall_series(SPRING, gaps=[25])).filled == ""
    with pytest.raises(ProfileError, match="local clock"):
        series_on(day_of(60, AUTUMN), wall_series(AUTUMN, gaps=[25]))


# --- the rest


def test_a_profile_is_finite_and_fits_its_axis():
    axis = day_of(60)
    with pytest.raises(ValueError, match="23 values for 24 steps"):
        Profile(axis, np.zeros(23), "kW")
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="finite"):
            Profile(axis, np.full(24, bad), "kW")


def test_a_table_of_series_says_what_it_has():
    table = SeriesTable({("m.csv", "load"): series(range(24), 60), ("m.csv", "pv"): series(range(24), 60)})
    found = profile_on(day_of(60), FileProfile(file="m.csv", column="load", unit="kW"), table)
    assert found.values == pytest.approx(np.arange(24.0))
    with pytest.raises(ProfileError, match=r"no series 'lod' of 'm.csv'; expected one of load, pv"):
        table.series(FileProfile(file="m.csv", column="lod", unit="kW"))
    with pytest.raises(ProfileError, match=r"unit kWh for meter\.csv load; expected unit kW, which it has"):
        table.series(FileProfile(file="m.csv", column="load", unit="kWh"))
    with pytest.raises(ProfileError, match="clock local"):
        table.series(FileProfile(file="m.csv", column="load", unit="kW", clock="local"))
