"""Measured loads whose appliances become devices: energy balances, nothing becomes negative, nothing appears."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.domain.devices import ApplianceProgramme
from mas2tering.domain.errors import InputError
from mas2tering.domain.profiles import Series
from mas2tering.study import population
from mas2tering.study.built_in import built_in_community
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.generator.community import MeasuredLoads, generate_community, without_appliances
from mas2tering.study.measured import dutch_homes, london_on_real_network
from mas2tering.study.population.household_load import MOST_TAKEN_OUT

NEW_YEAR = date(2013, 1, 1)  # a Tuesday
DATES = [NEW_YEAR + timedelta(days=k) for k in range(35)]
WEEKEND = np.array([day.weekday() >= 5 for day in DATES])


def load(seed: int, steps: int = 48, scale_kw: float = 1.0) -> np.ndarray:
    """A lively load in kW, shape (days, steps), with hours of nothing."""
    random = np.random.default_rng(seed)
    return scale_kw * random.gamma(0.6, 0.8, (len(DATES), steps)) * (random.random((len(DATES), steps)) > 0.1)


def appliances(seed: int, most_kw: float) -> np.ndarray:
    return np.random.default_rng([seed, 1]).random((2, 24)) * most_kw


@given(st.integers(0, 2**20), st.sampled_from([24, 48, 96]), st.floats(0.0, 0.3))
def test_energy_of_mean_days_balances(seed, steps, most_kw):
    """On mean workdays and weekend days as much is gone as the appliances draw, as long as the load has it."""
    before, removed = load(seed, steps), appliances(seed, most_kw)
    after = population.without_appliances_kw(before, DATES, removed)
    for kind, rows in ((0, ~WEEKEND), (1, WEEKEND)):
        hours = before[rows].reshape(-1, 24, steps // 24)
        above = np.maximum(hours - np.quantile(hours, 0.1, axis=(0, 2))[:, None], 0).mean(axis=(0, 2))
        can_give = MOST_TAKEN_OUT * float(above.sum())
        gone = float((before[rows] - after[rows]).mean() * 24)
        assert gone == pytest.approx(min(float(removed[kind].sum()), can_give), rel=1e-9, abs=1e-12)


@given(st.integers(0, 2**20), st.floats(0.0, 5.0))
def test_nothing_becomes_negative_and_nothing_grows(seed, most_kw):
    before = load(seed)
    after = population.without_appliances_kw(before, DATES, appliances(seed, most_kw))
    assert (after >= 0).all()
    assert (after <= before).all()
    assert (after[before == 0] == 0).all()


def test_the_floor_stays():
    """A refrigerator is no washing machine: a steady load gives nothing, and of what lies above it a fifth stays."""
    steady = np.full((len(DATES), 48), 0.2)
    greedy = np.full((2, 24), 10.0)
    assert np.array_equal(population.without_appliances_kw(steady, DATES, greedy), steady)
    steady[::3, 40] = 1.2
    after = population.without_appliances_kw(steady, DATES, greedy)
    assert after[0, 40] == pytest.approx(0.2 + (1 - MOST_TAKEN_OUT) * 1.0)


def test_what_is_not_known_stays_unknown_and_does_not_count():
    before = load(3)
    holes = before.copy()
    holes[2, :10] = np.nan
    after = population.without_appliances_kw(holes, DATES, appliances(3, 0.1))
    assert np.array_equal(np.isnan(after), np.isnan(holes))
    assert (after[~np.isnan(holes)] >= 0).all()


def test_rows_without_dates_are_refused():
    with pytest.raises(ValueError, match="for 34 dates"):
        population.without_appliances_kw(load(1), DATES[1:], appliances(1, 0.1))


def measured(homes: int) -> MeasuredLoads:
    series = tuple(
        Series(f"m{k}", datetime(2013, 1, 1), 30, load(k).ravel() / 2, np.ones(35 * 48, bool), "kWh", "local")  # noqa: DTZ001
        for k in range(homes)
    )
    return MeasuredLoads(tuple(f"m{k}" for k in range(homes)), series, ("measured",))


def test_homes_with_programmes_and_only_they_give_what_these_draw():
    homes, given_loads = 12, measured(12)
    made = generate_community("cardiff", homes, SCENARIOS["S5"], 1, date(2013, 1, 7), 7, given_loads)
    gone = {}
    for k, home in enumerate(made.community.homes):
        left = made.profiles.table["profiles.parquet", f"m{k}_load"]
        gone[home.id] = float((given_loads.series[k].values - left.values).sum()) / 35
        assert left.known.all()
        assert (left.values >= 0).all()
    with_programmes = {
        home.id
        for home in made.community.homes
        if any(isinstance(d, ApplianceProgramme) for d in home.devices)
    }
    assert with_programmes
    assert len(with_programmes) < homes
    assert all(gone[name] > 0.1 for name in with_programmes)
    assert len(made.notes) == 1
    assert made.notes[0] in made.community.sources
    # Owners beyond those who happen to run a machine in this week give too, and are the ones that are counted.
    assert sum(value > 0 for value in gone.values()) == int(made.notes[0].split()[1])


def test_a_home_without_appliances_as_devices_keeps_its_load():
    series = measured(1).series[0]
    assert without_appliances(series, np.zeros((2, 24))) is series


@pytest.mark.parametrize("name", ["dutch", "enwl:22"])
def test_real_homes_balance(shared_data, name, monkeypatch):
    """Over all measured homes, what is taken out is what the appliances of their owners are expected to draw."""
    monkeypatch.setenv("MAS2TERING_DATA", str(shared_data))
    make = {"dutch": dutch_homes, "enwl:22": london_on_real_network}[name]
    none = make(replace(SCENARIOS["S5"], smart_appliances=0.0), 1, date(2013, 4, 17), 1)
    moved = make(SCENARIOS["S5"], 1, date(2013, 4, 17), 1)
    total, count = 0.0, 0
    for home in moved.community.homes:
        key = ("profiles.parquet", f"{home.id}_load")
        before, after = none.profiles.table[key], moved.profiles.table[key]
        assert (after.values >= 0).all()
        assert np.array_equal(before.known, after.known)
        days = len(before.values) * before.step_minutes / 1440
        taken = float((before.values - after.values).sum()) / days
        total, count = total + taken, count + (taken > 0)
    said = moved.notes[0]
    assert count == int(said.split()[1])
    drawn, found = (float(said.split(before)[1].split()[0]) for before in ("Of the ", "draw, "))
    assert total / count == pytest.approx(found, abs=0.0051)
    assert 0.85 * drawn < found <= drawn


@pytest.mark.parametrize(
    ("name", "day"),
    [("dutch", date(2013, 5, 31)), ("enwl:22", date(2014, 1, 1)), ("dutch", date(2012, 12, 31))],
)
def test_days_that_were_not_measured_are_said_once(name, day):
    with pytest.raises(InputError) as refused:
        built_in_community(name, "S5", 1, day, 1)
    assert [problem.path for problem in refused.value.problems] == ["--date"]
