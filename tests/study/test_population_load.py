"""Base load: the same home and day in every selection, energy as stated, no energy lost between steps."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.study import population
from mas2tering.study.population.household_load import HOURS_PER_YEAR, MOST_TAKEN_OUT

FORTNIGHT = [date(2013, 3, 25) + timedelta(days=count) for count in range(14)]
SEED = 3001


@pytest.fixture(scope="module")
def homes() -> population.HouseholdSample:
    return population.sample_households("uk", 12, SEED)


@pytest.fixture(scope="module")
def fortnight(homes):
    return population.base_load_kw(homes, FORTNIGHT)


@pytest.mark.parametrize("name", population.POPULATIONS)
def test_every_population_draws_finite_loads_that_are_never_negative(name):
    load = population.base_load_kw(population.sample_households(name, 5, SEED), FORTNIGHT[:3])
    assert load.shape == (5, 3, 96)
    assert np.all(np.isfinite(load))
    assert load.min() >= 0.0
    assert load.mean() > 0.02


@settings(max_examples=15)
@given(
    rows=st.lists(st.integers(0, 11), min_size=1, max_size=4, unique=True),
    days=st.lists(st.integers(0, 13), min_size=1, max_size=4),
)
def test_a_day_of_a_home_does_not_depend_on_what_else_is_asked_for(rows, days, homes, fortnight):
    alone = population.base_load_kw(homes.take(rows), [FORTNIGHT[day] for day in days])
    assert np.array_equal(alone, fortnight[np.ix_(rows, days)])


def test_a_home_is_the_same_in_a_larger_community():
    few, many = (population.sample_households("nl", count, SEED) for count in (3, 40))
    assert np.array_equal(few.yearly_kwh, many.yearly_kwh[:3])
    loads = [population.base_load_kw(sample, FORTNIGHT[:2])[:3] for sample in (few, many)]
    assert np.array_equal(*loads)


def test_another_seed_brings_other_homes_and_the_same_seed_the_same_bits(homes, fortnight):
    again = population.sample_households("uk", 12, SEED)
    assert np.array_equal(population.base_load_kw(again, FORTNIGHT), fortnight)
    other = population.sample_households("uk", 12, SEED + 1)
    assert not np.any(np.isclose(other.yearly_kwh, homes.yearly_kwh))


def test_two_days_of_a_home_are_not_alike(fortnight):
    assert not np.allclose(fortnight[:, 0], fortnight[:, 7])


@pytest.mark.parametrize("name", ["uk", "nl", "ch"])
def test_yearly_energy_is_what_the_sample_says(name):
    sample = population.sample_households(name, 30, SEED)
    days = [date(2014, 1, 1) + timedelta(days=count) for count in range(0, 364, 4)]
    energy = population.base_load_kw(sample, days).mean(axis=(1, 2)) * HOURS_PER_YEAR
    assert energy.sum() == pytest.approx(sample.yearly_kwh.sum(), rel=0.06)
    # One home's year has its own luck: weeks away, weeks at home.
    assert np.median(np.abs(energy / sample.yearly_kwh - 1.0)) < 0.12


def test_no_load_passes_the_limit_of_its_home():
    sample = population.sample_households("nl", 30, SEED)
    load = population.base_load_kw(sample, FORTNIGHT)
    assert np.all(load.max(axis=(1, 2)) <= 1.03 * sample.peak_kw + 1e-9)


def test_homes_of_one_community_share_something():
    """Daily means of a hundred homes vary more together than those of independent homes would."""
    sample = population.sample_households("ch", 100, SEED)
    days = [date(2013, 11, 4) + timedelta(days=count) for count in range(60)]
    daily = population.base_load_kw(sample, days).mean(axis=2) / sample.yearly_kwh[:, None]
    relative = daily / daily.mean(axis=1, keepdims=True)
    alone = np.sqrt(np.mean(relative.var(axis=1)) / len(daily))
    assert relative.mean(axis=0).std() > 1.5 * alone


@given(step=st.sampled_from([1, 3, 5, 15, 30, 45, 60, 120]))
def test_a_step_neither_makes_nor_loses_energy(step, fortnight):
    load = population.to_step(fortnight, step)
    assert load.shape[-1] == 1440 // step
    assert load.mean(axis=-1) == pytest.approx(fortnight.mean(axis=-1))


@pytest.mark.parametrize("step", [0, -15, 7, 20, 50, 75])
def test_a_step_that_does_not_fit_is_refused(step, fortnight):
    with pytest.raises(ValueError, match="whole steps"):
        population.to_step(fortnight, step)


def test_devices_taken_out_leave_the_energy_that_the_home_had_without_them():
    sample = population.sample_households("uk", 60, SEED)
    appliances = population.sample_appliances(60, SEED)
    owned = {name: np.ones(60, dtype=bool) for name in ("washing_machine", "dishwasher")}
    days = [date(2014, 1, 1) + timedelta(days=count) for count in range(0, 364, 7 * 4 + 1)] + FORTNIGHT
    expected = population.expected_appliance_kw(appliances, owned)
    whole, rest = (population.base_load_kw(sample, days, removed_kw=r) for r in (None, expected))
    assert np.all(population.to_step(rest, 30) <= population.to_step(whole, 30) + 1e-12)
    assert np.all(rest >= 0.0)
    weekend = np.array([day.weekday() >= 5 for day in days])
    taken = (
        sum((whole - rest)[:, weekend == kind].mean() * kind_days for kind, kind_days in ((0, 5), (1, 2))) / 7
    )
    mean_expected = (expected[:, 0].mean(axis=-1) * 5 + expected[:, 1].mean(axis=-1) * 2) / 7
    possible = np.minimum(mean_expected, MOST_TAKEN_OUT * sample.yearly_kwh / HOURS_PER_YEAR)
    assert taken == pytest.approx(possible.mean(), rel=0.15)


def test_devices_are_taken_out_at_the_hours_at_which_they_run():
    sample = population.sample_households("nl", 40, SEED)
    removed = np.zeros((40, 2, 24))
    removed[:, :, 19] = 0.1
    days = FORTNIGHT[:7]
    gone = population.base_load_kw(sample, days) - population.base_load_kw(sample, days, removed_kw=removed)
    by_hour = gone.mean(axis=(0, 1)).reshape(24, 4).mean(axis=1)
    assert by_hour.argmax() == 19
    assert by_hour[18:21].sum() > 0.6 * by_hour.sum()


def test_what_cannot_be_is_refused(homes):
    with pytest.raises(ValueError, match="no population 'us'"):
        population.sample_households("us", 3, SEED)
    with pytest.raises(ValueError, match="from 0 up"):
        population.sample_households("uk", 3, -1)
    with pytest.raises(ValueError, match=r"\[homes, 2, 24\]"):
        population.base_load_kw(homes, FORTNIGHT, removed_kw=np.zeros((12, 24)))


def test_nothing_asked_for_is_nothing_given(homes):
    assert population.base_load_kw(homes, []).shape == (12, 0, 96)
    assert population.base_load_kw(population.sample_households("uk", 0, SEED), FORTNIGHT).shape == (
        0,
        14,
        96,
    )
