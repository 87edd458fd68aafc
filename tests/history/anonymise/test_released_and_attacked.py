from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.history.anonymise import (
    HomePanel,
    TooFewHomesError,
    group_means,
    grouped,
    measure_attack,
    ncrps,
    profile_rmse_kw,
    sensitive_bands,
    typical_days,
    without_gaps,
)
from mas2tering.history.anonymise.attack import expected_hits, scores_across, scores_within
from mas2tering.history.anonymise.micro_aggregate import exchanged, mdav, spread_out


def _panel(homes, days=21, seed=1, gaps=0.0):
    """Homes with ways of their own: a shape for each and noise on it."""
    random = np.random.default_rng(seed)
    shape = random.gamma(0.6, 0.8, (homes, 1, 24))
    load_kw = shape * random.gamma(4.0, 0.25, (homes, days, 24))
    load_kw[random.random(load_kw.shape) < gaps] = np.nan
    return HomePanel(tuple(f"h{k}" for k in range(homes)), date(2026, 1, 5), 60, load_kw)


@given(st.integers(2, 60), st.integers(2, 9), st.integers(0, 100))
@settings(max_examples=40)
def test_groups_hold_k_to_less_than_twice_k_and_every_home_is_in_one(homes, k, seed):
    features = np.random.default_rng(seed).normal(size=(homes, 6))
    of_home = mdav(features, k)
    sizes = np.bincount(of_home)
    assert sizes.sum() == homes
    assert sizes.min() >= min(k, homes)
    assert sizes.max() < max(2 * k, homes if homes < 2 * k else 0) or homes < 2 * k


@given(st.integers(6, 40), st.integers(2, 5), st.integers(1, 4), st.integers(0, 50))
@settings(max_examples=30)
def test_groups_hold_k_and_l(homes, k, diversity, seed):
    panel = _panel(homes, days=7, seed=seed)
    bands = sensitive_bands(panel, diversity)
    groups = grouped(panel, bands, k, diversity)
    assert groups.sizes.min() == groups.k >= k
    assert (
        min(len(set(bands[groups.of_home == g].tolist())) for g in range(len(groups.sizes)))
        == groups.diversity
    )
    assert groups.diversity >= diversity


def test_too_few_homes_are_refused():
    with pytest.raises(TooFewHomesError):
        grouped(_panel(4), np.zeros(4, dtype=np.int64), 5, 1)


@given(st.integers(0, 200))
@settings(max_examples=20)
def test_exchanging_homes_brings_groups_nearer_together_and_keeps_sizes(seed):
    features = np.random.default_rng(seed).normal(size=(31, 5))
    before = mdav(features, 4)
    after = exchanged(features, before, np.zeros(31, dtype=np.int64), 1)

    def spread(of_home):
        return sum(
            ((features[of_home == g] - features[of_home == g].mean(0)) ** 2).sum()
            for g in set(of_home.tolist())
        )

    assert np.bincount(before).tolist() == np.bincount(after).tolist()
    assert spread(after) <= spread(before) + 1e-9


@given(st.integers(0, 200), st.integers(2, 4))
@settings(max_examples=30)
def test_exchanges_for_l_take_no_value_from_a_group_that_needs_it(seed, diversity):
    random = np.random.default_rng(seed)
    features, sensitive = random.normal(size=(40, 3)), random.integers(0, 4, 40)
    before = mdav(features, 5)
    after = spread_out(features, before, sensitive, diversity)

    def kinds(of_home):
        return np.array([len(set(sensitive[of_home == g].tolist())) for g in range(of_home.max() + 1)])

    assert np.bincount(before).tolist() == np.bincount(after).tolist()
    assert (kinds(after) >= np.minimum(kinds(before), diversity)).all()
    # Four values among forty homes: there is always somebody to exchange with.
    assert (kinds(after) >= min(diversity, 2)).all()


def test_a_value_that_fewer_than_k_homes_know_is_not_published():
    panel = _panel(20, gaps=0.3)
    groups = grouped(panel, sensitive_bands(panel, 1), 5, 1)
    means = group_means(panel.load_kw, groups, 5)
    for group in range(len(groups.sizes)):
        members = panel.load_kw[groups.of_home == group]
        known = np.isfinite(members).sum(axis=0)
        assert np.isnan(means[group][known < 5]).all()
        total = np.nansum(members, axis=0)
        np.testing.assert_allclose(means[group][known >= 5], (total / np.maximum(known, 1))[known >= 5])
    assert np.isnan(means).any()


def test_group_means_keep_the_sum_of_all_homes():
    panel = _panel(33)
    groups = grouped(panel, sensitive_bands(panel, 1), 5, 1)
    means = group_means(panel.load_kw, groups, 5)
    np.testing.assert_allclose(np.tensordot(groups.sizes, means, 1), panel.load_kw.sum(axis=0))


def test_pseudonyms_alone_are_found_and_groups_are_not():
    panel = _panel(40)
    alone = measure_attack(panel, panel.load_kw, np.arange(40), 1)
    assert alone.top1 > 0.99
    assert max(hits.top1 for hits in alone.across) > 0.8
    for k in (5, 10):
        groups = grouped(panel, sensitive_bands(panel, 1), k, 1)
        report = measure_attack(panel, group_means(panel.load_kw, groups, k), groups.of_home, 1)
        assert report.top1 <= 1 / k + 1e-12
        assert report.top5 <= 5 / k + 1e-12
        # The attack is no straw man: it finds the group far more often than by drawing lots.
        assert report.top1 > 2 / 40


def test_the_attack_is_the_same_for_the_same_seed():
    panel = _panel(12, days=60)
    reports = [measure_attack(panel, panel.load_kw, np.arange(12), seed) for seed in (4, 4, 5)]
    assert reports[0] == reports[1] != reports[2]


@given(st.integers(1, 30), st.integers(1, 6), st.integers(0, 99))
@settings(max_examples=40)
def test_who_only_draws_lots_is_right_as_often_as_lots_are(homes, guesses, seed):
    record_of = np.random.default_rng(seed).integers(0, 3, homes)
    assert expected_hits(np.zeros((homes, 3)), record_of, guesses) == pytest.approx(min(1.0, guesses / homes))


def test_who_knows_the_record_is_right_with_one_over_its_homes():
    record_of = np.array([0, 0, 0, 0, 1, 1])
    scores = np.eye(2)[record_of]
    assert expected_hits(scores, record_of, 1) == pytest.approx((4 * 1 / 4 + 2 * 1 / 2) / 6)
    assert expected_hits(scores, record_of, 5) == 1.0
    assert expected_hits(-scores, record_of, 1) == 0.0


@pytest.mark.parametrize("kind", ["within", "across"])
def test_no_distance_depends_on_the_order_of_records(kind):
    panel = _panel(15, days=28)
    order = np.random.default_rng(3).permutation(15)
    known, weekdays = panel.load_kw[:, :7], panel.weekdays

    def scores(published):
        if kind == "within":
            return scores_within(known, published[:, :7])
        return scores_across(known, weekdays[:7], published[:, 7:], weekdays[7:])

    plain, shuffled = scores(panel.load_kw), scores(panel.load_kw[order])
    for name, values in plain.items():
        np.testing.assert_allclose(values[:, order], shuffled[name], atol=1e-9, err_msg=name)


def test_gaps_are_filled_with_a_homes_own_mean_at_that_time_of_day():
    load_kw = np.array([[[1.0, 2.0], [3.0, np.nan]], [[np.nan, np.nan], [np.nan, np.nan]]])
    np.testing.assert_array_equal(without_gaps(load_kw), [[[1, 2], [3, 2]], [[0, 0], [0, 0]]])


def test_the_load_shape_error_is_that_of_typical_days():
    panel = _panel(6)
    typical = typical_days(panel.load_kw, panel.weekdays)
    np.testing.assert_allclose(typical[:, 1], panel.load_kw[:, panel.weekdays >= 5].mean(axis=1))
    assert profile_rmse_kw(typical, typical + 0.25) == pytest.approx(0.25)


def test_a_home_is_forecast_worse_from_its_group_than_from_itself():
    panel = _panel(20, days=50)
    homes = np.arange(20)
    groups = grouped(panel, sensitive_bands(panel, 1), 5, 1)
    means = group_means(panel.load_kw, groups, 5)
    assert ncrps(panel, panel.load_kw, homes) < ncrps(panel, means[groups.of_home], homes)


def test_a_forecast_is_made_from_days_before_only():
    panel = _panel(5, days=50)
    later = panel.load_kw.copy()
    later[:, -1] = 50.0
    assert ncrps(panel, panel.load_kw, np.arange(5)) == ncrps(panel, later, np.arange(5))


@pytest.mark.parametrize(("file", "homes"), [("nl_zonnedael_15min_kwh", 40), ("ch_bamberg_15min_kwh", 350)])
def test_measured_homes_hide_among_ten(shared_data, file, homes):
    from mas2tering.files import read_household_readings

    read = read_household_readings(shared_data / "households" / f"{file}.parquet")
    panel = HomePanel(read.homes, read.first_day, read.step_minutes, read.load_kw)
    assert len(panel.homes) == homes
    assert measure_attack(panel, panel.load_kw, np.arange(homes), 1).top1 > 0.95
    groups = grouped(panel, sensitive_bands(panel, 1), 10, 1)
    report = measure_attack(panel, group_means(panel.load_kw, groups, 10), groups.of_home, 1)
    assert report.top1 <= 0.1 + 1e-12
