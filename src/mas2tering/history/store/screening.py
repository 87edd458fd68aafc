"""Which readings make no sense, and why. Pure: the clock is an argument."""

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import printable
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.history.store.readings import Readings
from mas2tering.history.store.repository import Refused

CLOCKS_DIFFER_S = 300
"""How far the clock of a meter and that of the store may be apart before a reading lies in the future."""
_FIRST = np.datetime64("2000-01-01", "s")


def refusals(readings: Readings, now: datetime) -> tuple[Refused, ...]:
    """The rows that are not to be stored, each with the first reason that applies.

    Args:
        readings: any rows.
        now: the clock of whoever stores (UTC).
    """
    if _sound(readings, now):
        return ()
    found: dict[int, str] = {}
    for wrong, reason in _wrongs(readings, now):
        for row in np.flatnonzero(wrong) if wrong.any() else ():
            found.setdefault(int(row), reason)
    return tuple(refused(readings, row, found[row]) for row in sorted(found))


def _sound(readings: Readings, now: datetime) -> bool:
    """Whether nothing can be wrong, from the extremes of the columns: what most batches are through with.

    A batch of several steps, or with flags, is looked at row by row.
    """
    if not len(readings):
        return True
    step_minutes = int(readings.step_minutes[0])
    if step_minutes not in STEP_LENGTHS_MINUTES or (readings.step_minutes != step_minutes).any():
        return False
    step_s = step_minutes * 60
    # "Not a time" is the least number that there is.
    instant_s = readings.instant.astype("datetime64[s]", copy=False).view(np.int64)
    available_s = readings.available_at.astype("datetime64[s]", copy=False).view(np.int64)
    latest_s = int(now.timestamp()) + CLOCKS_DIFFER_S
    return bool(
        instant_s.min() >= _FIRST.astype(np.int64)
        and instant_s.max() + step_s <= latest_s
        and available_s.max() <= latest_s
        and (available_s >= instant_s - CLOCKS_DIFFER_S).all()
        and not (instant_s % step_s).any()
        and not readings.flag.any()
        and np.isfinite(readings.raw_kw).all()
        and np.isnan(readings.repaired_kw).all()
    )


def refused(readings: Readings, row: int, reason: str) -> Refused:
    """A row with the reason why it is not stored."""
    seconds = readings.instant[row].astype("datetime64[s]")
    instant = datetime.fromtimestamp(0, UTC) if np.isnat(seconds) else seconds.item().replace(tzinfo=UTC)
    return Refused(row, readings.names[int(readings.series[row])], instant, printable(reason))


def _wrongs(readings: Readings, now: datetime) -> Iterator[tuple[NDArray[np.bool_], str]]:
    """Masks of wrong rows with their reasons, (rows,) each; whole columns at once, so that good ones cost little."""
    instant_s = readings.instant.astype("datetime64[s]").astype(np.int64)
    available_s = readings.available_at.astype("datetime64[s]").astype(np.int64)
    step_s = readings.step_minutes.astype(np.int64) * 60
    now_s = int(now.timestamp())
    latest_s = now_s + CLOCKS_DIFFER_S
    yield np.isnat(readings.instant), "it has no time"
    yield np.isnat(readings.available_at), "when it became known is not said"
    lengths = ", ".join(map(str, STEP_LENGTHS_MINUTES))
    yield ~_any_of(readings.step_minutes), f"its step is none of {lengths} minutes"
    yield (
        instant_s < _FIRST.astype(np.int64),
        "it is from before 2000: the meter's clock was not set",
    )
    with np.errstate(divide="ignore"):
        off = instant_s % np.maximum(step_s, 1) != 0
    yield off, "it does not begin on a whole step: the meter's clock has jumped, or it is no mean of a step"
    clock = f"it is {now:%Y-%m-%d %H:%M:%S} UTC here"
    yield instant_s + step_s > latest_s, f"its step ends in the future: {clock}"
    yield available_s > latest_s, f"it says that it becomes known in the future: {clock}"
    yield available_s < instant_s - CLOCKS_DIFFER_S, "it says that it was known before its step began"
    flagged = readings.flag > 0
    yield np.isinf(readings.raw_kw) | np.isinf(readings.repaired_kw), "its power is infinite"
    yield np.isnan(readings.raw_kw) & ~flagged, "its power is not a number: leave a missing reading out"
    yield ~np.isnan(readings.repaired_kw) & ~flagged, "a repaired value without a flag that says why"


def _any_of(step_minutes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether each step is one of the lengths that there are; batches mostly have one."""
    if len(step_minutes) and (step_minutes == step_minutes[0]).all():
        return np.full(len(step_minutes), int(step_minutes[0]) in STEP_LENGTHS_MINUTES)
    return np.isin(step_minutes, STEP_LENGTHS_MINUTES)
