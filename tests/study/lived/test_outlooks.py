"""What a run expects of its homes: roofs from the weather that the community names, each forecast made once and scored."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from mas2tering.domain.community import SiteWeather
from mas2tering.domain.errors import InputError
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.profiles import ConstantProfile
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files import read_community
from mas2tering.files.writing import write_community
from mas2tering.study.generator import SCENARIOS, GeneratedCommunity, generate_community
from mas2tering.study.lived.outlooks import HISTORY_DAYS, Outlooks, outlooks_of

DAY, DAYS = date(2013, 5, 20), 3
BY_WEATHER = "sun and planes of the roof, corrected by its history"


@pytest.fixture(scope="module")
def street() -> GeneratedCommunity:
    """Eight homes, with the weeks before in the same series."""
    first = DAY - timedelta(days=HISTORY_DAYS)
    return generate_community("cardiff", 8, SCENARIOS["S6"], 3, first, HISTORY_DAYS + DAYS)


def expected(made: GeneratedCommunity, seed: int = 1) -> Outlooks:
    return outlooks_of("model", made.community, made.profiles, made.profiles, DAY, DAYS, 60, seed)


def axis_of(made: GeneratedCommunity, number: int, days: int = 1) -> TimeAxis:
    here = made.community
    day = DAY + timedelta(days=number)
    return TimeAxis.of_days(day, here.time_zone, 60, days=days, day_starts_at=here.day_starts_at)


def with_roof(made: GeneratedCommunity) -> int:
    return next(
        k
        for k, home in enumerate(made.community.homes)
        if any(device.kind == "pv" for device in home.devices)
    )


def test_roofs_of_a_community_that_names_its_weather_are_forecast_from_it(street):
    found, k = expected(street), with_roof(street)
    for number, days in ((0, 1), (0, 2), (1, 2), (2, 1)):
        outlook = found.of_home(k, axis_of(street, number, days))
        assert outlook.generation.method == BY_WEATHER
    record = found.records()["generation"]
    assert record.spoke == {BY_WEATHER: 4}
    assert not found.failed


def test_without_weather_roofs_are_forecast_by_their_own_days(street):
    unknown = replace(street, community=street.community.model_copy(update={"weather": None}))
    outlook = expected(unknown).of_home(with_roof(street), axis_of(street, 0))
    assert outlook.generation.method.startswith("empirical quantiles")


def test_weather_makes_forecasts_of_roofs_better(street):
    unknown = replace(street, community=street.community.model_copy(update={"weather": None}))
    scores = []
    for made in (street, unknown):
        found = expected(made)
        for number in range(DAYS):
            for k in range(len(made.community.homes)):
                found.of_home(k, axis_of(made, number))
        scores.append(found.records()["generation"].scores)
    assert scores[0].ncrps < 0.9 * scores[1].ncrps


def test_a_roof_forecast_does_not_know_the_day(street):
    found, k = expected(street), with_roof(street)
    axis = axis_of(street, 1)
    load, generation = found.measured[k]
    later = generation.mean_kw.copy()
    later[(generation.instants >= axis.instants[0])] = 7.0
    other = MeasuredSeries.known_at_once(generation.start, 60, generation.zone, later)
    changed = replace(
        found, measured=tuple((load, other) for _ in found.measured), generations=expected(street).generations
    )
    one, two = (each.of_home(k, axis).generation for each in (found, changed))
    np.testing.assert_array_equal(one.quantiles_kw, two.quantiles_kw)


def test_a_forecast_is_made_once_whoever_looks_again(street):
    found, k = expected(street), with_roof(street)
    first = found.of_home(k, axis_of(street, 0))
    found.of_home(k, axis_of(street, 2))
    assert found.of_home(k, axis_of(street, 0)) is first


def test_the_seed_decides_how_weather_forecasts_err(street):
    k, axis = with_roof(street), axis_of(street, 0)
    one, same, other = (expected(street, seed).of_home(k, axis).generation for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.quantiles_kw, same.quantiles_kw)
    assert not np.array_equal(one.quantiles_kw, other.quantiles_kw)


def test_a_community_file_names_its_weather(street, tmp_path):
    path = tmp_path / "street.toml"
    write_community(path, street.community, street.profiles.table)
    loaded = read_community(path)
    assert loaded.community.weather == street.community.weather
    found = outlooks_of("model", loaded.community, loaded.profiles, loaded.profiles, DAY, DAYS, 60)
    assert found.of_home(with_roof(street), axis_of(street, 0)).generation.method == BY_WEATHER


def test_weather_in_other_units_is_refused(street, tmp_path):
    dark = ConstantProfile(constant=0.0, unit="W")
    warm = ConstantProfile(constant=90.0, unit="degC")
    weather = SiteWeather(latitude_deg=50.0, longitude_deg=4.0, irradiance=dark, temperature=warm)
    path = tmp_path / "street.toml"
    write_community(path, street.community.model_copy(update={"weather": weather}), street.profiles.table)
    with pytest.raises(InputError) as refused:
        read_community(path)
    assert {problem.path for problem in refused.value.problems} >= {
        "weather.irradiance.unit",
        "weather.temperature",
    }


def test_weather_that_is_missing_on_a_day_is_said_and_the_roof_still_forecast(street):
    short = generate_community(
        "cardiff", 8, SCENARIOS["S6"], 3, DAY - timedelta(days=HISTORY_DAYS), HISTORY_DAYS - 1
    )
    table = dict(street.profiles.table)
    for key in table:
        if key[1] == "global_irradiance":
            table[key] = short.profiles.table[key]
    made = replace(street, profiles=replace(street.profiles, table=table))
    found, k = expected(made), with_roof(made)
    outlook = found.of_home(k, axis_of(made, 1))
    assert outlook.generation.method.startswith("like days of the roof (its weather failed")
    assert any("its weather failed" in note for note in found.failed)
