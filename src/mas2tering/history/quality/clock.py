"""Steps of a series on the clock that the home lives by."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTES_A_DAY = 1440


def wall_minutes(series: MeasuredSeries) -> NDArray[np.int64]:
    """What the local clock shows at the start of each step, in minutes since the local 1 January 1970, shape
    (steps,)."""
    return _wall_minutes(series.start, series.step_minutes, len(series.mean_kw), series.zone)


@lru_cache(maxsize=32)
def _wall_minutes(start: datetime, step_minutes: int, steps: int, zone: str) -> NDArray[np.int64]:
    # The homes of a community share their clock: one computation serves them all.
    first = int((start - _EPOCH) / timedelta(minutes=1))
    instants = first + step_minutes * np.arange(steps, dtype=np.int64)
    if not steps:
        return instants
    clock = ZoneInfo(zone)

    def offset(minute: int) -> int:
        shown = (_EPOCH + timedelta(minutes=minute)).astimezone(clock).utcoffset() or timedelta(0)
        return int(shown / timedelta(minutes=1))

    days = np.arange(first // MINUTES_A_DAY, int(instants[-1]) // MINUTES_A_DAY + 2)
    at_midnight = [offset(int(day) * MINUTES_A_DAY) for day in days]
    offsets = np.array(at_midnight)[instants // MINUTES_A_DAY - days[0]]
    for k in np.flatnonzero(np.diff(at_midnight)):
        inside = np.flatnonzero(instants // MINUTES_A_DAY == days[k])
        offsets[inside] = [offset(int(minute)) for minute in instants[inside]]
    wall = np.asarray(instants + offsets, dtype=np.int64)
    wall.setflags(write=False)
    return wall
