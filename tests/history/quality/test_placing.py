"""Readings with wrong times: all that is wrong is said, what is right goes on."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mas2tering.history.quality import differences_of_counter, placed

FIRST = int(datetime(2023, 1, 1, tzinfo=UTC).timestamp()) // 60
MINUTES = FIRST + 15 * np.arange(200)
LOAD = np.linspace(0.1, 2.0, 200)


def test_good_readings_come_through() -> None:
    result = placed(MINUTES, LOAD)
    assert result.notes == ()
    np.testing.assert_array_equal(result.series.mean_kw, LOAD)
    assert result.series.start == datetime(2023, 1, 1, tzinfo=UTC)


@given(st.permutations(range(20)))
def test_order_does_not_matter(order: list[int]) -> None:
    pick = np.array(order)
    np.testing.assert_array_equal(placed(MINUTES[pick], LOAD[pick]).series.mean_kw, LOAD[:20])


def test_everything_wrong_is_said_at_once() -> None:
    minutes = np.concatenate((MINUTES, [MINUTES[5], MINUTES[7] + 4, MINUTES[-1] + 60 * 24 * 400]))
    load = np.concatenate((LOAD, [9.0, 9.0, 9.0]))
    now = datetime(2023, 6, 1, tzinfo=UTC)
    result = placed(minutes, load, now=now)
    text = "\n".join(result.notes)
    for words in ("jumps back", "from the future", "between steps", "another value"):
        assert words in text
    assert np.isnan(result.series.mean_kw[5])
    assert np.isfinite(result.series.mean_kw[[4, 6, 7, 199]]).all()


def test_the_same_reading_twice_is_stored_once() -> None:
    result = placed(np.append(MINUTES, MINUTES[3]), np.append(LOAD, LOAD[3]))
    np.testing.assert_array_equal(result.series.mean_kw, LOAD)


def test_a_missing_year_is_said() -> None:
    minutes = np.concatenate((MINUTES, MINUTES + 365 * 1440))
    (note,) = placed(minutes, np.tile(LOAD, 2)).notes
    assert "363 days" in note


def test_a_meter_that_counts_backwards() -> None:
    kwh, notes = differences_of_counter(MINUTES[:4], np.array([10.0, 11.0, 3.0, 4.0]))
    np.testing.assert_array_equal(kwh, [1.0, np.nan, 1.0])
    assert "counts backwards once" in notes[0]


@pytest.mark.parametrize("minutes", [[], [FIRST], [FIRST, FIRST + 7, FIRST + 14]])
def test_what_cannot_be_placed_is_refused(minutes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"readings"):
        placed(np.array(minutes, dtype=np.int64), np.ones(len(minutes)))
