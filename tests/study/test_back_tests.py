"""Back-tests beside the day-ahead one: through the day, and of homes of which little is known."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.forecast import EmpiricalQuantiles
from mas2tering.study.forecasting import families, rolling
from mas2tering.study.forecasting.home_sets import HomeSet
from mas2tering.study.forecasting.rolling import score_rolling

START = datetime(2024, 1, 1, tzinfo=UTC)


def home_set(values_kw: np.ndarray) -> HomeSet:
    measured = tuple(MeasuredSeries.known_at_once(START, 60, "Europe/Brussels", row) for row in values_kw)
    return HomeSet("own", tuple(str(k) for k in range(len(measured))), measured, 14)


def test_forecasts_through_the_day_are_scored_by_issue_and_horizon():
    """Days all alike but for an hour after noon, in which nobody can know what comes."""
    random = np.random.default_rng(3)
    days = np.ones((2, 70, 24))
    days[:, :, 12] = random.gamma(2.0, 0.5, (2, 70))
    homes = home_set(days.reshape(2, -1))
    # 70 days from 1 January end on 11 March, in winter time: noon in Brussels is 11:00 UTC.
    found = score_rolling(homes, homes.axes(None, None), {"empirical": EmpiricalQuantiles(28, hours=0.5)})
    assert list(found) == ["06:00", "12:00", "18:00"]
    assert all(list(by_horizon) == ["1_h", "6_h", "24_h"] for by_horizon in found.values())
    assert found["06:00"]["6_h"]["empirical"].ncrps == pytest.approx(0.0, abs=1e-9)
    assert found["12:00"]["6_h"]["empirical"].ncrps > 0.02
    assert found["18:00"]["6_h"]["empirical"].ncrps == pytest.approx(0.0, abs=1e-9)
    assert found["12:00"]["24_h"]["empirical"].steps == 2 * rolling.MOST_DAYS * 24


@pytest.fixture(scope="module")
def made() -> families.GeneratedFamilies:
    return families.generated_families(0.6)


def test_generated_families_are_the_same_each_time_and_explain_what_is_said(made):
    again = families.generated_families(0.6)
    assert again.families == made.families
    np.testing.assert_array_equal(again.homes.measured[7].mean_kw, made.homes.measured[7].mean_kw)
    others = [k for k, family in enumerate(made.families) if family.heating == "other"]

    def correlation(those: families.GeneratedFamilies) -> float:
        level = [np.log(those.homes.measured[k].mean_kw.mean()) for k in others]
        size = [np.log(those.families[k].dwelling_m2) + np.log(those.families[k].occupants) for k in others]
        return float(np.corrcoef(level, size)[0, 1])

    assert correlation(made) > 0.5
    assert abs(correlation(families.generated_families(0.0))) < 0.4


def test_another_seed_draws_other_families_and_says_so(made):
    other = families.generated_families(0.6, families.SEED + 1)
    assert other.families != made.families
    assert not np.array_equal(other.homes.measured[7].mean_kw, made.homes.measured[7].mean_kw)
    assert f"seed {families.SEED + 1}" in other.homes.notes[0]


def test_homes_heated_by_electricity_draw_more(made):
    level = {
        heating: np.mean(
            [
                series.mean_kw.mean()
                for series, family in zip(made.homes.measured, made.families, strict=True)
                if family.heating == heating
            ]
        )
        for heating in ("other", "heat_pump", "electric")
    }
    assert level["other"] < level["heat_pump"] < level["electric"]


def test_a_new_home_is_known_for_so_many_days_only(made):
    """What lies before the days that are known of a new home changes nothing of its forecast."""
    axis = made.homes.axes(None, None)[0]
    known = [series.known_at(axis.start) for series in made.homes.measured[36:44]]
    other = list(known)
    for k in range(4, 8):
        changed = known[k].mean_kw.copy()
        changed[: -3 * 24] = 5.0
        other[k] = replace(known[k], mean_kw=changed)
    one, two = (
        families._Newcomers(4, 3, made.families[36:44]).forecasts(each, axis.start, axis)
        for each in (known, other)
    )
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first.quantiles_kw, second.quantiles_kw)
    assert all(answer.method.startswith("community model") for answer in one[4:])
