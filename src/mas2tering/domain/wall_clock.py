"""What the clock of a zone shows at an instant: the days that people live by, for whoever looks for what repeats in them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MINUTES_A_DAY = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_minutes(moment: datetime) -> int:
    """Whole minutes from 1970 to an instant."""
    return int((moment - _EPOCH) / timedelta(minutes=1))


def wall_minutes(minutes: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Instants as the clock of a zone shows them.

    Args:
        minutes: minutes since 1970 in UTC, not decreasing, shape (n,).
        zone: name of the time zone.

    Returns:
        minutes since 1970 on the wall clock, shape (n,).
    """
    if not len(minutes):
        return minutes
    first, last = int(minutes[0]) // MINUTES_A_DAY, int(minutes[-1]) // MINUTES_A_DAY + 1
    begins, offsets = _offsets(first, last, zone)
    return np.asarray(minutes + offsets[np.searchsorted(begins, minutes, side="right") - 1])


@lru_cache(maxsize=256)
def _offsets(first_day: int, last_day: int, zone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Minutes since 1970 from which an offset holds, and the offsets in minutes."""
    clock = ZoneInfo(zone)

    def offset(minute: int) -> int:
        shown = (_EPOCH + timedelta(minutes=minute)).astimezone(clock).utcoffset() or timedelta(0)
        return int(shown / timedelta(minutes=1))

    begins, offsets = [first_day * MINUTES_A_DAY], [offset(first_day * MINUTES_A_DAY)]
    for day in range(first_day, last_day + 1):
        low, high = day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY
        after = offset(high)
        if after == offset(low):
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if offset(middle) == after else (middle, high)
        begins.append(high)
        offsets.append(after)
    return np.array(begins, dtype=np.int64), np.array(offsets, dtype=np.int64)
