"""Faults of every kind are found in made-up homes, clean homes are left alone, and nothing is deleted."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import DailyScan, FaultKind, scan, scan_community
from mas2tering.study.quality.inject import ONE_HOME, inject, shift_all, steal
from mas2tering.study.quality.scoring import score

START = datetime(2023, 1, 2, tzinfo=UTC)


def home(seed: int, days: int = 84, step_minutes: int = 15, zone: str = "UTC") -> MeasuredSeries:
    """A home with a base load, a refrigerator, mornings and evenings, in whole Wh a step."""
    draw = np.random.default_rng(seed)
    slots = 1440 // step_minutes
    hour = np.tile(np.arange(slots) * 24 / slots, days)
    morning, evening = draw.uniform(6.5, 8), draw.uniform(17.5, 20)
    busy = np.exp(-((hour - morning) ** 2)) + 2 * np.exp(-((hour - evening) ** 2) / 3)
    level = np.repeat(np.exp(draw.normal(0, 0.2, days)), slots)
    kw = 0.12 + 0.05 * draw.random(len(hour)) + 0.5 * level * busy * draw.gamma(1.5, 0.7, len(hour))
    wh = np.round(kw * step_minutes / 60 * 1000)
    return MeasuredSeries.known_at_once(START, step_minutes, zone, wh / 1000 * 60 / step_minutes)


@pytest.mark.parametrize("kind", ONE_HOME)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_fault_is_found_by_its_name(kind: FaultKind, seed: int) -> None:
    hurt = inject(home(seed), [kind], seed, factor=10.0)
    found = [finding for finding in scan(hurt.series).findings if finding.kind is kind]
    (span,) = hurt.spans
    assert found, f"no {kind.value}"
    covered = sum(min(f.stop, span.stop) - max(f.first, span.first) for f in found)
    assert covered >= 0.6 * (span.stop - span.first)
    assert all(len(finding.reason) > 10 for finding in found)


@pytest.mark.parametrize("factor", [10.0, 0.1, 4.0, 0.25, 0.001])
def test_factors_are_named(factor: float) -> None:
    hurt = inject(home(5), [FaultKind.SCALE], 5, factor=factor)
    (finding,) = [f for f in scan(hurt.series).findings if f.kind is FaultKind.SCALE]
    assert finding.size == factor


@pytest.mark.parametrize("step_minutes", [15, 30, 60])
def test_clean_homes_are_left_alone(step_minutes: int) -> None:
    clean = [home(seed, step_minutes=step_minutes) for seed in range(8)]
    found = score(scan_community(clean), [()] * 8)
    assert found.false_days <= 0.005 * found.clean_days, found


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), kinds=st.sets(st.sampled_from(ONE_HOME), max_size=4))
def test_raw_values_stay_and_what_is_not_flagged_is_not_changed(seed: int, kinds: set[FaultKind]) -> None:
    hurt = inject(home(seed % 5), sorted(kinds), seed)
    before = hurt.series.mean_kw.copy()
    result = scan(hurt.series)
    np.testing.assert_array_equal(result.series.mean_kw, before)
    same = ~result.is_flagged
    np.testing.assert_array_equal(result.repaired_kw[same], before[same])
    assert np.isfinite(result.repaired_kw).all()
    assert (np.array([bool(reason) for reason in result.reason_of_step()]) == result.is_flagged).all()
    assert (result.repaired_kw >= 0).all()


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        (FaultKind.SCALE, 0.1),
        (FaultKind.SIGN_FLIP, 0.02),
        (FaultKind.NIGHT_LOAD, 0.3),
        (FaultKind.ZERO_RUN, 0.8),
        (FaultKind.SPIKE, 0.3),
        (FaultKind.BACKLOG, 0.6),
    ],
)
def test_repair_comes_near_to_what_was_drawn(kind: FaultKind, left: float) -> None:
    clean = home(3)
    hurt = inject(clean, [kind], 3, factor=10.0)
    result = scan(hurt.series)
    harm = np.abs(hurt.series.mean_kw - clean.mean_kw).sum()
    assert np.abs(result.repaired_kw - clean.mean_kw).sum() <= left * harm


def test_a_sum_is_spread_and_nothing_is_lost() -> None:
    clean = home(3)
    hurt = inject(clean, [FaultKind.BACKLOG], 3)
    (finding,) = [f for f in scan(hurt.series).findings if f.kind is FaultKind.BACKLOG]
    inside = slice(finding.first, finding.stop)
    repaired = scan(hurt.series).repaired_kw
    assert repaired[inside].sum() == pytest.approx(hurt.series.mean_kw[inside].sum())


def test_a_home_that_feeds_in_is_not_told_that_its_sign_is_wrong() -> None:
    own = home(4)
    hour = np.arange(len(own.mean_kw)) % 96 / 4
    net = own.mean_kw - 3 * np.exp(-((hour - 12.5) ** 2) / 6)
    found = scan(MeasuredSeries.known_at_once(START, 15, "UTC", net)).findings
    assert not [f for f in found if f.kind in (FaultKind.NEGATIVE, FaultKind.SIGN_FLIP)]


def test_what_an_evening_says_does_not_depend_on_what_comes_later() -> None:
    hurt = inject(home(6, days=40), [FaultKind.STUCK, FaultKind.SPIKE, FaultKind.ZERO_RUN], 6).series
    other = MeasuredSeries.known_at_once(
        START, 15, "UTC", np.concatenate((hurt.mean_kw[: 30 * 96], 50 + hurt.mean_kw[30 * 96 :]))
    )
    heard = []
    for series in (hurt, other):
        box, said = DailyScan(), []
        for day in range(15, 31):
            _, fresh = box.look(series.known_at(START + timedelta(days=day)))
            said.append(fresh)
        heard.append(said)
    assert heard[0] == heard[1]
    assert any(heard[0])


def test_a_day_at_a_time_finds_what_a_whole_scan_finds() -> None:
    hurt = inject(home(7, days=50), [FaultKind.STUCK, FaultKind.NEGATIVE, FaultKind.SPIKE], 70)
    box, told = DailyScan(), set()
    for day in range(15, 51):
        _, fresh = box.look(hurt.series.known_at(START + timedelta(days=day)))
        told |= {finding.kind for finding in fresh}
    assert {span.kind for span in hurt.spans} <= told


def test_all_clocks_and_one_clock_are_told_apart() -> None:
    homes = [home(seed) for seed in range(10)]
    shifted = shift_all(homes, 3)
    result = scan_community([own.series for own in shifted])
    kinds = {finding.kind for finding in result[0].findings}
    assert FaultKind.SHIFT_OF_ALL in kinds
    assert FaultKind.SHIFT not in kinds
    assert score(result, [own.spans for own in shifted]).by_kind[FaultKind.SHIFT_OF_ALL].recall == 1.0


def test_a_day_without_any_reading_of_anybody_ends_in_an_answer() -> None:
    homes = []
    for seed in range(9):
        load_kw = home(seed).mean_kw.copy()
        load_kw[2000:2200] = np.nan
        homes.append(MeasuredSeries.known_at_once(START, 15, "UTC", load_kw))
    for result in scan_community(homes):
        assert [f.kind for f in result.findings] == [FaultKind.MISSING]
        assert np.isfinite(result.repaired_kw).all()


def test_half_of_what_is_drawn_missing_is_seen_beside_peers() -> None:
    homes = [home(seed, days=120) for seed in range(10)]
    hurt = steal(homes[0], 0.5, 56, 1)
    result = scan_community([hurt.series, *homes[1:]])
    suspected = [any(f.kind is FaultKind.THEFT for f in own.findings) for own in result]
    assert suspected == [True] + [False] * 9
    np.testing.assert_array_equal(result[0].repaired_kw, hurt.series.mean_kw)


def test_days_on_which_clocks_change_are_no_fault() -> None:
    utc = home(8, days=120)
    local = MeasuredSeries.known_at_once(START, 15, "Europe/Brussels", utc.mean_kw)
    # The home lives by its clock: from 26 March on an hour earlier in UTC.
    change = int((datetime(2023, 3, 26, 1, tzinfo=UTC) - START) / timedelta(minutes=15))
    lived = local.mean_kw.copy()
    lived[change:-4] = local.mean_kw[change + 4 :]
    right = scan(MeasuredSeries.known_at_once(START, 15, "Europe/Brussels", lived))
    wrong = scan(MeasuredSeries.known_at_once(START, 15, "UTC", lived))
    assert not [f for f in right.findings if f.kind is FaultKind.SHIFT]
    assert [f for f in wrong.findings if f.kind is FaultKind.SHIFT]


@pytest.mark.parametrize("values", [[], [1.0], [np.nan] * 500, [0.0] * 3000, [0.5] * 3000])
def test_odd_series_end_in_an_answer(values: list[float]) -> None:
    result = scan(MeasuredSeries.known_at_once(START, 15, "UTC", np.array(values)))
    assert len(result.repaired_kw) == len(values)


def test_a_day_that_is_repeated_all_along_is_a_profile_and_no_fault() -> None:
    one_day = home(7, days=1)
    repeated = MeasuredSeries.known_at_once(START, 15, "UTC", np.tile(one_day.mean_kw, 40))

    kinds = {finding.kind for finding in scan(repeated).findings}

    assert FaultKind.DUPLICATED_DAY not in kinds


def test_zeros_of_several_homes_at_once_are_told_as_an_outage() -> None:
    homes = [home(seed) for seed in range(9)]
    cut = []
    for k, own in enumerate(homes):
        load_kw = own.mean_kw.copy()
        if k in (1, 4, 7):
            load_kw[3000:3016] = 0.0
        if k == 5:
            load_kw[4000:4030] = 0.0
        cut.append(MeasuredSeries.known_at_once(START, 15, "UTC", load_kw))
    reasons = [
        [f.reason for f in scan.findings if f.kind is FaultKind.ZERO_RUN] for scan in scan_community(cut)
    ]
    assert all("2 other homes at the same time" in reasons[k][0] for k in (1, 4, 7))
    assert len(reasons[5]) == 1
    assert "other home" not in reasons[5][0]


NAMES_A_DAY = r"2023-\d\d-\d\d"


@pytest.mark.parametrize("kind", ONE_HOME)
def test_a_reason_names_what_was_seen_when_and_what_is_usual(kind: FaultKind) -> None:
    hurt = inject(home(1), [kind], 1, factor=10.0)
    (span,) = hurt.spans
    findings = [
        f
        for f in scan(hurt.series).findings
        if f.kind is kind and f.first < span.stop and f.stop > span.first
    ]
    assert findings
    for finding in findings:
        began = np.datetime64(START.replace(tzinfo=None), "D") + finding.first * 15 // 1440
        ended = np.datetime64(START.replace(tzinfo=None), "D") + finding.stop * 15 // 1440
        named = [np.datetime64(day) for day in re.findall(NAMES_A_DAY, finding.reason)]
        assert named, finding.reason
        assert began <= named[0] <= ended
        assert re.search(r"\d (kW|kWh|h|min|%|days)\b|\d+ of \d+ days", finding.reason), finding.reason


def test_theft_names_the_day_since_when() -> None:
    homes = [home(seed, days=120) for seed in range(10)]
    hurt = steal(homes[0], 0.5, 56, 1)
    result = scan_community([hurt.series, *homes[1:]])
    (theft,) = [f for f in result[0].findings if f.kind is FaultKind.THEFT]
    since = np.datetime64(START.replace(tzinfo=None), "D") + hurt.spans[0].first // 96
    (named,) = re.findall(NAMES_A_DAY, theft.reason)
    assert abs(np.datetime64(named) - since) <= np.timedelta64(2, "D")
    assert "kW before" in theft.reason
