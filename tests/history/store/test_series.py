"""What is stored, what stands and what is read: the same on every back end."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.store import (
    Quantity,
    Readings,
    SeriesName,
    SeriesStore,
    Window,
    open_series,
)

NOW = datetime(2024, 6, 1, tzinfo=UTC)
START = datetime(
    2024, 2, 29, 22, 0, tzinfo=UTC
)  # so that months, and days of Brussels, come to an end inside
A, B = SeriesName("a"), SeriesName("b")
A_ROOF = SeriesName("a", Quantity.GENERATION)


def rows(
    *values: tuple[SeriesName, int, float, int], step: int = 15, flags: tuple[str, ...] = ()
) -> Readings:
    """Readings (name, step from START on, kW, minutes after the step's end at which it became known)."""
    names = tuple(dict.fromkeys(name for name, *_ in values))
    start = np.datetime64(START.replace(tzinfo=None), "s")
    instant = start + np.array([k for _, k, _, _ in values]) * np.timedelta64(step * 60, "s")
    late = np.array([late for *_, late in values]) * np.timedelta64(60, "s")
    return Readings.unflagged(
        names,
        np.array([names.index(name) for name, *_ in values], dtype=np.int32),
        instant,
        step,
        np.array([kw for _, _, kw, _ in values]),
        instant + np.timedelta64(step * 60, "s") + late,
    )


def flagged(readings: Readings, word: str, repaired_kw: float, at: datetime) -> Readings:
    """The same readings with a flag, found at an instant."""
    count = len(readings)
    return Readings(
        readings.names,
        readings.series,
        readings.instant,
        readings.step_minutes,
        readings.raw_kw,
        np.full(count, np.datetime64(at.replace(tzinfo=None), "s")),
        (word,),
        np.ones(count, dtype=np.int16),
        np.full(count, repaired_kw),
    )


def window(steps: int, step: int = 15) -> Window:
    return Window(START, START + timedelta(minutes=step * steps), step, "Europe/Brussels")


@pytest.fixture
def store(location: str) -> Iterator[SeriesStore]:
    opened = open_series(location)
    yield opened
    opened.close()


def test_what_was_stored_is_read_after_opening_again(location: str) -> None:
    store = open_series(location)
    done = store.ingest(rows((A, 0, 1.25, 0), (B, 0, -0.1, 0), (A, 2, 1 / 3, 5), (A_ROOF, 1, 4.0, 0)), NOW)
    assert (done.stored, done.corrected, done.repeated, done.refused) == (4, 0, 0, ())
    store.close()
    again = open_series(location)
    assert again.names() == (A_ROOF, A, B)
    series = again.read(A, window(3))
    np.testing.assert_array_equal(series.mean_kw, [1.25, np.nan, 1 / 3])
    assert series.zone == "Europe/Brussels"
    np.testing.assert_array_equal(
        series.available_at, np.array(["2024-02-29T22:15", "2024-02-29T22:30", "2024-02-29T22:50"], "M8[m]")
    )
    assert list(again.read_all(Quantity.LOAD, window(3))) == ["a", "b"]
    assert np.isnan(again.read(SeriesName("nobody"), window(3)).mean_kw).all()
    again.close()


def test_later_value_stands_and_earlier_stays_readable_as_of_its_time(store: SeriesStore) -> None:
    store.ingest(rows((A, 0, 1.0, 0), (A, 1, 1.0, 0)), NOW)
    done = store.ingest(rows((A, 1, 2.0, 60), (A, 1, 2.0, 60), (A, 1, 2.0, 90)), NOW)
    assert (done.stored, done.corrected, done.repeated) == (1, 1, 2)
    # Taken back: what became known last stands, though it was known before.
    assert store.ingest(rows((A, 1, 1.0, 120)), NOW).corrected == 1
    # A correction from before, that arrives late, is known as of its time and does not stand.
    assert store.ingest(rows((A, 1, 9.0, 10)), NOW).corrected == 1
    end = START + timedelta(minutes=30)
    seen = {
        late: store.read(A, window(2), end + timedelta(minutes=late)).mean_kw[1]
        for late in (-1, 0, 10, 60, 120)
    }
    np.testing.assert_equal(seen, {-1: np.nan, 0: 1.0, 10: 9.0, 60: 2.0, 120: 1.0})
    assert store.versions(A, window(2)).raw_kw.tolist() == [1.0, 1.0, 9.0, 2.0, 1.0]


_VALUES = st.lists(
    st.tuples(
        st.sampled_from([A, B, A_ROOF]),
        st.integers(0, 11),
        st.sampled_from([0.0, 1.0, 2.0]),
        st.sampled_from([0, 15, 30]),
    ),
    max_size=25,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(_VALUES, min_size=1, max_size=4), as_of=st.integers(0, 60))
def test_any_order_reads_as_a_plain_list_of_versions_does(
    store: SeriesStore, batches: list[list[tuple[SeriesName, int, float, int]]], as_of: int
) -> None:
    for name in store.names():
        store.erase(name.pseudonym)
    kept: dict[tuple[SeriesName, int], dict[int, float]] = defaultdict(dict)
    for batch in batches:
        stored = refused = 0
        # The store takes a batch in the order in which values became known.
        for name, step, kw, late in sorted(batch, key=lambda row: row[3]):
            versions = kept[name, step]
            before = [versions[known] for known in sorted(versions) if known <= late]
            if before and before[-1] == kw:
                continue
            if late in versions:
                refused += 1
                continue
            versions[late] = kw
            stored += 1
        if batch:
            done = store.ingest(rows(*batch), NOW)
            assert (done.stored, len(done.refused)) == (stored, refused)
            assert done.stored + done.repeated + len(done.refused) == len(batch)
    for name in (A, B, A_ROOF):
        for moment in (None, START + timedelta(minutes=15 * 6 + as_of)):
            expected = np.full(12, np.nan)
            for step in range(12):
                known = [
                    (late, kw)
                    for late, kw in kept[name, step].items()
                    if moment is None or START + timedelta(minutes=15 * (step + 1) + late) <= moment
                ]
                if known:
                    expected[step] = max(known)[1]
            np.testing.assert_array_equal(store.read(name, window(12), moment).mean_kw, expected)


def test_flag_and_repair_stand_beside_the_raw_value(store: SeriesStore) -> None:
    found_at = START + timedelta(days=1)
    store.ingest(rows((A, 0, 1.0, 0), (A, 1, 99.0, 0), (A, 2, 5.0, 0)), NOW)
    store.ingest(flagged(rows((A, 1, 99.0, 0)), "spike", 1.1, found_at), NOW)
    store.ingest(flagged(rows((A, 2, 5.0, 0)), "stuck", np.nan, found_at), NOW)
    # The box sends again what it measured: the flag stays.
    assert store.ingest(rows((A, 1, 99.0, 3000)), NOW).repeated == 1
    np.testing.assert_array_equal(store.read(A, window(3)).mean_kw, [1.0, 1.1, np.nan])
    np.testing.assert_array_equal(store.read(A, window(3), raw=True).mean_kw, [1.0, 99.0, 5.0])
    before = store.read(A, window(3), found_at - timedelta(minutes=1)).mean_kw
    np.testing.assert_array_equal(before, [1.0, 99.0, 5.0])
    versions = store.versions(A, window(3))
    assert [versions.flag_words[k - 1] if k else "" for k in versions.flag] == ["", "", "spike", "", "stuck"]
    missing = flagged(rows((A, 3, np.nan, 0)), "missing", 0.7, found_at)
    assert store.ingest(missing, NOW).stored == 1
    assert store.read(A, window(4)).mean_kw[3] == 0.7
    assert np.isnan(store.read(A, window(4), raw=True).mean_kw[3])


def test_what_makes_no_sense_is_refused_with_a_reason_and_the_rest_is_stored(store: SeriesStore) -> None:
    good = rows((A, 0, 1.0, 0), (A, 1, 1.0, 0))
    bad = rows(*((A, k, 1.0, 0) for k in range(2, 10)))
    instant, known, kw, step = (
        bad.instant.copy(),
        bad.available_at.copy(),
        bad.raw_kw.copy(),
        bad.step_minutes.copy(),
    )
    kw[:2] = np.nan, np.inf
    instant[2] = np.datetime64("2024-07-01", "s")
    known[3] = np.datetime64("2024-07-01", "s")
    instant[4] += np.timedelta64(7, "s")
    instant[5] = np.datetime64("1970-01-01", "s")
    step[6] = 7
    known[7] = np.datetime64("2024-01-01", "s")
    batch = Readings(
        (A,),
        np.concatenate([good.series, bad.series]),
        np.concatenate([good.instant, instant]),
        np.concatenate([good.step_minutes, step]),
        np.concatenate([good.raw_kw, kw]),
        np.concatenate([good.available_at, known]),
        (),
        np.zeros(10, dtype=np.int16),
        np.full(10, np.nan),
    )
    done = store.ingest(batch, NOW)
    assert done.stored == 2
    assert [found.row for found in done.refused] == list(range(2, 10))
    expected = ("not a number", "infinite", "ends in the future", "known in the future", "whole step", "before 2000", "none of", "before its step")  # fmt: skip
    for found, words in zip(done.refused, expected, strict=True):
        assert words in str(found)
        assert "load of a at 20" in str(found) or words == "before 2000"
    two = store.ingest(rows((A, 1, 1.0, 0), (A, 1, 7.0, 0)), NOW)
    assert (two.stored, two.repeated, [found.row for found in two.refused]) == (0, 1, [1])
    assert "the first one stays" in two.refused[0].reason


def test_clock_of_the_meter_may_be_a_little_ahead(store: SeriesStore) -> None:
    now = START + timedelta(minutes=13)
    assert store.ingest(rows((A, 0, 1.0, 0)), now).stored == 1
    assert len(store.ingest(rows((A, 1, 1.0, 0)), now).refused) == 1


def test_a_year_goes_day_by_day_with_a_month_missing(store: SeriesStore) -> None:
    zone, first = "Europe/Brussels", date(2023, 1, 1)
    year = Window.of_days(first, 365, 60, zone)
    kw = np.random.default_rng(1).gamma(1, 0.5, (3, year.steps))
    kw[:, 2000:2700] = np.nan
    measured = {
        SeriesName(f"h{k}"): MeasuredSeries.known_at_once(year.start, 60, zone, kw[k]) for k in range(3)
    }
    whole = Readings.of_series(measured)
    shuffled = whole.where(np.random.default_rng(2).permutation(len(whole)))
    for part in np.array_split(np.arange(len(whole)), 5):
        store.ingest(shuffled.where(part), NOW)
    assert store.ingest(whole, NOW).repeated == len(whole)
    days = list(store.read_by_day(Quantity.LOAD, first, 365, 60, zone))
    lengths = [len(next(iter(day.values())).mean_kw) for _, day in days if day]
    assert lengths.count(24) == len(lengths) - 1  # of the two days with another length, the gap holds one
    assert [day for day, homes in days if not homes] == [first + timedelta(days=k) for k in range(84, 112)]
    together = np.concatenate([day["h1"].mean_kw for _, day in days if day])
    np.testing.assert_array_equal(together[~np.isnan(together)], kw[1][~np.isnan(kw[1])])
    read = store.read(SeriesName("h2"), year)
    np.testing.assert_array_equal(read.mean_kw, kw[2])
    np.testing.assert_array_equal(read.available_at, measured[SeriesName("h2")].available_at)


def test_other_steps_are_averaged_or_held(store: SeriesStore) -> None:
    store.ingest(rows((A, 0, 3.0, 0), step=60), NOW)
    store.ingest(rows((A, 4, 1.0, 0), (A, 5, 2.0, 0), (A, 8, 1.0, 0)), NOW)
    np.testing.assert_array_equal(store.read(A, window(5, 30)).mean_kw, [3.0, 3.0, 1.5, np.nan, np.nan])
    quarter = Window(START + timedelta(minutes=30), START + timedelta(minutes=90), 15, "UTC")
    np.testing.assert_array_equal(store.read(A, quarter).mean_kw, [3.0, 3.0, 1.0, 2.0])


def test_erased_home_is_gone_and_may_come_back(location: str) -> None:
    store = open_series(location)
    store.ingest(rows((A, 0, 1.0, 0), (B, 0, 2.0, 0), (A, 0, 1.5, 30), (A_ROOF, 0, 3.0, 0)), NOW)
    assert store.erase("a") == 3
    assert store.erase("a") == 0
    assert store.names() == (B,)
    assert np.isnan(store.read(A, window(1)).mean_kw[0])
    assert store.ingest(rows((A, 0, 4.0, 0), (SeriesName("c"), 0, 5.0, 0)), NOW).stored == 2
    store.close()
    again = open_series(location)
    found = {name.pseudonym: again.read(name, window(1)).mean_kw[0] for name in again.names()}
    assert found == {"a": 4.0, "b": 2.0, "c": 5.0}
    again.close()


def test_streams_store_what_a_batch_stores(store: SeriesStore) -> None:
    for k in range(40):
        assert store.ingest(rows((A, k, k / 7, 0), (B, k, k / 3, 0)), NOW).stored == 2
    np.testing.assert_array_equal(store.read(B, window(40)).mean_kw, np.arange(40) / 3)
