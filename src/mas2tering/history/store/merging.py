"""What is new in a batch, given what is stored: pure arithmetic on columns, the same for every back end."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.store.rows import Rows

_IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Merged:
    """Places of rows in the batch: which to store, which of them correct a value, which clash.

    A row clashes where another value for the same instant became known at the same time; the first one stays.
    """

    store: _IntArray
    corrected: int
    clashing: _IntArray


def keys_differ(rows: Rows) -> bool:
    """Whether no two rows are about the same instant of the same series."""
    series, minute = rows.series.astype(np.int64), rows.instant.astype(np.int64) // 60
    by_time = (minute << 31) + series
    return _increasing(by_time) or _increasing((series << 32) + minute) or _increasing(np.sort(by_time))


def _increasing(values: _IntArray) -> bool:
    return bool((values[1:] > values[:-1]).all())


def merge(stored: Rows, batch: Rows) -> Merged:
    """Find what a batch adds to what is stored about the same instants.

    Values of an instant are put in the order in which they became known, stored ones before those of the batch.
    One that says what its predecessor says is a repeat. A value without a flag says nothing new about the same raw
    value with one: a meter that sends again does not take back what was found wrong.
    """
    both = stored.followed_by(batch)
    place = np.arange(len(both))
    order = np.lexsort((place, both.available_at, both.instant, both.series))
    clashing = np.zeros(0, dtype=np.int64)
    corrects = 0
    while True:
        earlier, later = order[:-1], order[1:]
        same = _same_instant(both, earlier, later) & (later >= len(stored))
        repeats = same & _covers(both, earlier, later)
        clashes = same & ~repeats & (both.available_at[earlier] == both.available_at[later])
        # Only what follows a row that stays is decided; the others wait for the next turn.
        doubtful = repeats | clashes
        decided = doubtful & ~np.concatenate([[False], doubtful])[:-1]
        if not decided.any():
            corrects = int(same.sum())
            break
        clashing = np.concatenate([clashing, later[decided & clashes]])
        order = order[np.concatenate([[True], ~decided])]
    new = np.sort(order[order >= len(stored)]) - len(stored)
    return Merged(new, corrects, np.sort(clashing) - len(stored))


def _same_instant(rows: Rows, earlier: _IntArray, later: _IntArray) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (rows.series[earlier] == rows.series[later]) & (
        rows.instant[earlier] == rows.instant[later]
    )
    return same


def _covers(rows: Rows, earlier: _IntArray, later: _IntArray) -> NDArray[np.bool_]:
    """Whether the later one says nothing that the earlier one does not say."""
    same_value = (rows.step_minutes[earlier] == rows.step_minutes[later]) & _equal(
        rows.raw_kw[earlier], rows.raw_kw[later]
    )
    same_flag = (rows.flag[earlier] == rows.flag[later]) & _equal(
        rows.repaired_kw[earlier], rows.repaired_kw[later]
    )
    covers: NDArray[np.bool_] = same_value & (same_flag | (rows.flag[later] == 0))
    return covers


def _equal(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    equal: NDArray[np.bool_] = (one == other) | (np.isnan(one) & np.isnan(other))
    return equal
