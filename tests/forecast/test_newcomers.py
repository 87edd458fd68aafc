"""Homes of which little is known: how a level comes of a family and of first days."""

import numpy as np
import pytest
from forecast_histories import home, series
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.forecast import LEVELS, Family, FamilyLevels
from mas2tering.forecast.newcomers import Level, LevelLaw, at_level


def street(seed: int = 1, homes: int = 12) -> tuple[list[Family], list[MeasuredSeries]]:
    """Homes whose levels follow their families, but for some noise."""
    random = np.random.default_rng(seed)
    families = [
        Family(float(size), int(who))
        for size, who in zip(random.uniform(40, 200, homes), random.integers(1, 6, homes), strict=True)
    ]
    return families, [
        series(home(42, k).mean_kw * (family.dwelling_m2 or 0) / 100 * random.lognormal(0, 0.1))
        for k, family in enumerate(families)
    ]


def test_the_more_days_are_known_the_nearer_a_level_is_to_them_and_the_surer():
    families, known = street()
    law = LevelLaw.measured(families, known)
    assert law is not None
    newcomer = Family(60.0, 2)
    before = law.level(newcomer, series(np.empty(0)))
    own = [law.level(newcomer, series(np.full(24 * days, 3.0))) for days in (1, 3, 7, 28)]
    for earlier, later in zip([before, *own], own, strict=False):
        assert abs(np.log(later.kw / 3.0)) <= abs(np.log(earlier.kw / 3.0))
        assert later.doubt < earlier.doubt
    assert own[-1].kw == pytest.approx(3.0, rel=0.1)


def test_nothing_is_said_from_fewer_than_three_homes():
    families, known = street()
    assert LevelLaw.measured(families[:2], known[:2]) is None


def test_leaving_a_home_out_is_as_fitting_without_it():
    families, known = street(4)
    levels = np.array([one.mean_kw.mean() for one in known])
    misses = FamilyLevels.left_out(families, levels)
    for k in range(len(levels)):
        others = FamilyLevels.calibrated(families[:k] + families[k + 1 :], np.delete(levels, k))
        assert misses[k] == pytest.approx(np.log(levels[k] / others.level_kw(families[k])), abs=1e-9)


@settings(max_examples=30)
@given(kw=st.floats(0.05, 20.0), doubt=st.floats(0.0, 1.0))
def test_doubt_about_a_level_widens_what_is_expected(kw: float, doubt: float):
    middle = np.linspace(0.5, 1.5, 24)
    shape = (middle, np.quantile(np.linspace(0.2, 1.8, 101), LEVELS)[:, None] * middle)
    mean_kw, quantiles_kw = at_level(shape, Level(kw, doubt))
    assert (np.diff(quantiles_kw, axis=0) >= 0).all()
    np.testing.assert_allclose(quantiles_kw[9], kw * shape[1][9], rtol=0.12 + doubt)
    sure = at_level(shape, Level(kw, 0.0))
    # Where there is next to no doubt, what counts is that quantiles of 95 values are read off between two of them.
    between = 0.0 if doubt > 0.1 else 1e-3
    assert (quantiles_kw[-1] >= (1.0 - between) * sure[1][-1] - 1e-9).all()
    assert (quantiles_kw[0] <= (1.0 + between) * sure[1][0] + 1e-9).all()
    assert (mean_kw >= sure[0] - 1e-9).all()
