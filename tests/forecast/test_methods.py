import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from forecast_histories import START, day_after, home, series
from hypothesis import given, settings
from hypothesis import strategies as st

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import (
    CommunityForecasts,
    EmpiricalQuantiles,
    ExpertPool,
    Family,
    FamilyLevels,
    ForecastChain,
    LoadMethod,
    PoolRecord,
    SameWeekdays,
    back_test,
)
from mas2tering.forecast.pool.experts import PRIOR
from mas2tering.forecast.pool.record import best_weights

METHODS: list[Callable[[], LoadMethod]] = [
    lambda: SameWeekdays(1),
    lambda: SameWeekdays(4),
    EmpiricalQuantiles,
    ExpertPool,
    ForecastChain,
]


def same(first: Sequence[Forecast], second: Sequence[Forecast]) -> bool:
    return all(
        np.array_equal(a.quantiles_kw, b.quantiles_kw) and np.array_equal(a.mean_kw, b.mean_kw)
        for a, b in zip(first, second, strict=True)
    )


@pytest.mark.parametrize("make", METHODS)
@given(hours=st.integers(0, 40), late=st.integers(0, 48))
@settings(max_examples=15)
def test_nobody_looks_ahead(make: Callable[[], LoadMethod], hours: int, late: int) -> None:
    axis = day_after(25)
    issued_at = axis.start - timedelta(hours=hours)
    homes = [home(27, seed) for seed in (1, 2)]
    # Whatever is measured after the issue, and whatever arrives after it, changes nothing.
    cut = int((issued_at - START) / timedelta(hours=1))
    changed = []
    for one in homes:
        power, arrival = one.mean_kw.copy(), one.available_at.copy()
        power[cut:] = 99.0
        other = replace(one, mean_kw=power)
        arrival[cut - late : cut] += np.timedelta64(30, "D")
        changed.append((replace(one, available_at=arrival), replace(other, available_at=arrival)))
    assert same(
        make().forecasts([a for a, _ in changed], issued_at, axis),
        make().forecasts([b for _, b in changed], issued_at, axis),
    )


def strange_histories() -> dict[str, MeasuredSeries]:
    whole = home(40).mean_kw
    year_missing = np.concatenate([home(10).mean_kw, np.full(365 * 24, np.nan), home(3, 2).mean_kw])
    gaps = np.where(np.random.default_rng(1).random(len(whole)) < 0.5, np.nan, whole)
    return {
        "nothing": series(np.empty(0)),
        "gaps": series(gaps),
        "two days": home(2),
        "one hour": series(whole[:1]),
        "zero": series(np.zeros(960)),
        "not a number": series(np.full(960, np.nan)),
        "negative": series(whole - 1.0),
        "constant": series(np.full(960, 0.4)),
        "a year missing": series(year_missing),
        "one hour known of each day": series(np.where(np.arange(960) % 24 == 3, whole, np.nan)),
    }


@pytest.mark.parametrize("make", METHODS)
@pytest.mark.parametrize("name", strange_histories())
@pytest.mark.parametrize(("step", "steps", "minutes"), [(15, 96, 0), (60, 30, 7), (5, 3, 725)])
def test_there_is_always_an_answer(
    make: Callable[[], LoadMethod], name: str, step: int, steps: int, minutes: int
) -> None:
    history = strange_histories()[name]
    start = START + timedelta(hours=len(history.mean_kw), minutes=minutes)
    axis = TimeAxis(start, step, steps, "UTC")
    (answer,) = make().forecasts([history], start - timedelta(hours=1), axis)
    assert answer.method
    assert answer.axis == axis


def test_the_pool_beats_the_empirical_quantiles_where_days_change() -> None:
    # A home that goes away for weeks: what was drawn six weeks ago says little.
    random = np.random.default_rng(3)
    away = np.repeat(np.arange(90) // 12 % 2 == 1, 24)
    homes = [
        series(home(90, seed).mean_kw * np.where(away, 0.2, 1.0) * random.uniform(0.9, 1.1))
        for seed in range(3)
    ]
    axes = [day_after(day) for day in range(60, 90)]
    found = [back_test(method, homes, axes) for method in (EmpiricalQuantiles(), ExpertPool())]
    before, after = ([board.scores() for board in test.boards] for test in found)
    for old, new in zip(before, after, strict=True):
        assert old is not None
        assert new is not None
        assert new.ncrps < 0.9 * old.ncrps
        assert 0.7 < new.coverage_80 < 0.9


def test_what_was_learned_can_be_stored_and_read() -> None:
    pool, homes, axis = ExpertPool(), [home(40, seed) for seed in (1, 2)], day_after(40)
    first = pool.forecasts(homes, axis.start, axis)
    plain = json.loads(json.dumps({k: record.to_plain() for k, record in pool.records.items()}))
    stored = {int(k): PoolRecord.from_plain(record) for k, record in plain.items()}
    assert same(first, ExpertPool(records=stored).forecasts(homes, axis.start, axis))
    record = stored[0]
    assert record.first_day <= record.last_day < (axis.start - datetime(1970, 1, 1, tzinfo=START.tzinfo)).days
    with pytest.raises(ValueError, match="expert pool 0"):
        PoolRecord.from_plain(plain["0"] | {"version": "expert pool 0"})
    with pytest.raises(ValueError, match="hits is missing"):
        PoolRecord.from_plain({k: v for k, v in plain["0"].items() if k != "hits"})


def test_homes_learn_on_schedule_and_when_they_drift() -> None:
    steady = home(60)
    moved = series(np.concatenate([steady.mean_kw[: 44 * 24], 5 * steady.mean_kw[44 * 24 :]]))
    pool = ExpertPool(schedule_days=100)
    learned = []
    for day in range(40, 56):
        axis = day_after(day)
        pool.forecasts([steady, moved], axis.start, axis)
        learned.append([pool.records[k].last_day for k in (0, 1)])
    assert len({own for own, _ in learned}) == 1
    assert len({other for _, other in learned}) > 1
    often = ExpertPool(schedule_days=5)
    lasts = set()
    for day in range(40, 56):
        often.forecasts([steady], day_after(day).start, day_after(day))
        lasts.add(often.records[0].last_day)
    assert len(lasts) >= 3


class Failing:
    name = "failing"

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> Sequence[Forecast]:
        raise ConnectionError("the service is away")


def test_each_link_of_the_chain_speaks_in_its_turn_and_is_named() -> None:
    def start_later(days: int) -> MeasuredSeries:
        return series(np.where(np.arange(40 * 24) >= (40 - days) * 24, home(40, 7).mean_kw, np.nan))

    axis = day_after(40)
    homes = [*(home(40, seed) for seed in range(4)), start_later(5), start_later(0)]
    said = [answer.method for answer in ForecastChain().forecasts(homes, axis.start, axis)]
    assert said[:4] == ["personal model"] * 4
    assert said[4] == "community model (5 days of history)"
    assert said[5] == "class profile (0 days of history)"
    (alone,) = ForecastChain().forecasts([start_later(5)], axis.start, axis)
    assert alone.method == "similar days (5 days of history)"
    (away,) = ForecastChain(personal=Failing()).forecasts(homes[:1], axis.start, axis)
    assert away.method == "similar days (personal model failed: the service is away)"
    (none,) = ForecastChain(personal=Failing(), similar=Failing()).forecasts(homes[:1], axis.start, axis)
    assert none.method.startswith("class profile (personal model failed")


def test_a_new_home_is_put_at_the_level_of_families_like_it() -> None:
    # Unseen families: levels follow size and occupants with coefficients other than the assumed ones.
    random = np.random.default_rng(5)

    def drawn(count: int) -> tuple[list[Family], np.ndarray]:
        families = [
            Family(
                float(random.uniform(50, 200)),
                int(random.integers(1, 6)),
                "electric" if random.random() < 0.3 else "other",
            )
            for _ in range(count)
        ]
        logs = [
            -1.2
            + 0.6 * np.log((f.dwelling_m2 or 100) / 100)
            + 0.3 * ((f.occupants or 2) - 2.3)
            + 0.5 * (f.heating == "electric")
            for f in families
        ]
        return families, np.exp(np.array(logs) + 0.2 * random.standard_normal(count))

    seen, level_kw = drawn(40)
    new, new_kw = drawn(40)
    calibrated, assumed = FamilyLevels.calibrated(seen, level_kw), FamilyLevels.calibrated([], np.empty(0))

    def miss(levels: FamilyLevels) -> float:
        return float(np.abs(np.log([levels.level_kw(f) for f in new] / new_kw)).mean())

    plain = float(np.abs(np.log(level_kw.mean() / new_kw)).mean())
    assert miss(calibrated) < 0.25
    assert miss(calibrated) < 0.7 * min(miss(assumed), plain)
    assert FamilyLevels.calibrated([None], np.array([np.nan])).level_kw(None) > 0


def test_homes_of_a_community_are_forecast_together_once() -> None:
    calls = []

    class Counting(EmpiricalQuantiles):
        def forecasts(
            self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
        ) -> tuple[Forecast, ...]:
            calls.append(issued_at)
            return super().forecasts(known, issued_at, axis)

    together = CommunityForecasts(Counting(), [home(20, 1), home(20, 2)])
    axis = day_after(20)
    answers = [together.of_home(k).forecast(axis.start, axis) for k in (0, 1)]
    assert len(calls) == 1
    assert not same(answers[:1], answers[1:])


def test_a_back_test_refuses_a_method_that_answers_for_others() -> None:
    class Short(EmpiricalQuantiles):
        def forecasts(
            self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
        ) -> tuple[Forecast, ...]:
            return super().forecasts(known[:1], issued_at, axis)

    with pytest.raises(ValueError, match="answered for other homes"):
        back_test(Short(), [home(20, 1), home(20, 2)], [day_after(20)])


@given(seed=st.integers(0, 200), homes=st.integers(1, 3))
def test_weights_of_experts_are_shares_and_no_other_shares_score_better(seed: int, homes: int) -> None:
    random = np.random.default_rng(seed)
    size = len(PRIOR)
    records = []
    for _ in range(homes):
        read, happened = random.random((size, 60)), random.random(60)
        sums = PoolRecord.empty(0, 1.0)
        records.append(replace(sums, days=1000.0, products=1000 * read @ read.T, hits=1000 * read @ happened))
    weights = best_weights(records)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    # With so many days of its own, a home of a community of one is hardly held by anything else.
    if homes == 1:
        record = records[0]

        def loss(shares: np.ndarray) -> float:
            return float(shares @ record.products @ shares - 2 * record.hits @ shares)

        others = [*np.eye(size), PRIOR, *random.dirichlet(np.ones(size), 20)]
        assert loss(weights[0]) <= min(map(loss, others)) + 1e-3 * abs(loss(PRIOR))


def test_what_is_zero_every_night_is_forecast_as_zero() -> None:
    hour = np.arange(40 * 24) % 24
    lit = np.where((hour > 7) & (hour < 18), np.random.default_rng(2).gamma(3, 0.2, hour.size), 0.0)
    (answer,) = ExpertPool().forecasts([series(lit)], day_after(40).start, day_after(40))
    assert (answer.quantiles_kw[:, :5] == 0).all()
    assert answer.quantiles_kw[-1, 12] > 0.5
