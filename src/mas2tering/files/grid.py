"""From times in a file to a regular grid: which step, which rows are missing, what clock changes did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError, Series
from mas2tering.domain.time_axis import FIRST_YEAR, LAST_YEAR
from mas2tering.files.wording import counted

_DAY = 1440
_LONGEST = 20_000_000  # values; beyond that a year is a typing error
_BEGIN = int(np.datetime64(f"{FIRST_YEAR}-01-01", "m").astype(np.int64))
_END = int(np.datetime64(f"{LAST_YEAR + 1}-01-01", "m").astype(np.int64))
Row = Callable[[int], str]


@dataclass(frozen=True)
class Grid:
    """Equal steps from ``start`` (minutes since 1970 on ``clock``), and which of them each row fills."""

    start: int
    step: int
    length: int
    positions: NDArray[np.int64]
    clock: Clock


@dataclass(frozen=True)
class ClockChange:
    """An instant (minutes since 1970 in UTC) at which a clock's lead over UTC changes; leads in minutes."""

    instant: int
    before: int
    after: int


def grid_of(minutes: NDArray[np.int64], clock: Clock, zone: str | None, row: Row, where: str) -> Grid:
    """The regular grid on which times lie, shape (rows,); rows that are missing leave steps without a value.

    Wall-clock times in which the hour of the autumn clock change stands twice say when everything was, and
    are taken to UTC.

    Raises:
        ProfileError: fewer than two rows, times that do not ascend, not equally spaced or not on steps.
    """
    if len(minutes) < 2:
        raise ProfileError(f"{counted(len(minutes), 'row')} in {where}", "two rows or more")
    beyond = np.flatnonzero((minutes < _BEGIN) | (minutes >= _END))
    if len(beyond):
        k = int(beyond[0])
        raise ProfileError(
            f"the time {_text(minutes[k])} in {row(k)} of {where}", f"times from {FIRST_YEAR} to {LAST_YEAR}"
        )
    order = np.arange(len(minutes))
    if clock == "local" and zone is not None:
        doubled = _doubled_hours(minutes, zone)
        if doubled:
            minutes, order = _instants(minutes, zone, doubled, row, where)
            clock = "utc"

    def row_at(k: int) -> str:
        return row(int(order[k]))

    _check_ascending(minutes, row_at, where)
    step = _checked_step(minutes, row_at, where)
    positions = np.empty(len(minutes), dtype=np.int64)
    positions[order] = (minutes - minutes[0]) // step
    length = int(positions.max()) + 1
    if length > _LONGEST:
        raise ProfileError(
            f"times from {_text(minutes[0])} to {_text(minutes[-1])} in {where}",
            "times without a typing error",
        )
    return Grid(int(minutes[0]), step, length, positions, clock)


def skipped_by_clock(series: Series, zone: str) -> NDArray[np.bool_]:
    """Which steps of a series on the wall clock lie in the hour that is skipped in spring, shape (n,)."""
    skipped = np.zeros(len(series.values), dtype=np.bool_)
    if series.clock == "utc":
        return skipped
    first = int(np.datetime64(series.start, "m").astype(np.int64))
    for change in clock_changes(zone, first, first + series.step_minutes * len(skipped)):
        begin = change.instant + change.before - first
        end = change.instant + change.after - first
        skipped[max(0, -(-begin // series.step_minutes)) : max(0, -(-end // series.step_minutes))] = True
    return skipped


def _text(minutes: int | np.int64) -> str:
    return str(np.datetime64(int(minutes), "m"))


def _check_ascending(minutes: NDArray[np.int64], row: Row, where: str) -> None:
    wrong = np.flatnonzero(np.diff(minutes) <= 0)
    if not len(wrong):
        return
    k = int(wrong[0]) + 1
    if minutes[k] == minutes[k - 1]:
        more = len(wrong) - 1
        also = f" (and {counted(more, 'more time')} that does not ascend)" if more else ""
        raise ProfileError(
            f"the time {_text(minutes[k])} twice, in {row(k - 1)} and {row(k)} of {where}{also}",
            "each time once",
        )
    raise ProfileError(
        f"the time {_text(minutes[k])} in {row(k)} of {where} after {_text(minutes[k - 1])}",
        "times that ascend, each one once",
    )


def _checked_step(minutes: NDArray[np.int64], row: Row, where: str) -> int:
    spacing = np.diff(minutes)
    lengths, counts = np.unique(spacing, return_counts=True)
    step = int(lengths[np.argmax(counts)])
    odd = np.flatnonzero(spacing % step)
    if len(odd):
        k = int(odd[0]) + 1
        raise ProfileError(
            f"{spacing[k - 1]} min from {_text(minutes[k - 1])} to {_text(minutes[k])} ({row(k)} of "
            f"{where}), {step} min elsewhere",
            "times that are equally spaced (rows may be missing)",
        )
    if _DAY % step:
        raise ProfileError(
            f"steps of {step} min in {where}", "a step that divides the day, such as 5, 10, 15, 30 or 60 min"
        )
    if minutes[0] % step:
        raise ProfileError(
            f"times such as {_text(minutes[0])} in {where}, whose step is {step} min",
            f"times on whole steps of {step} min from midnight",
        )
    return step


def _doubled_hours(walls: NDArray[np.int64], zone: str) -> list[ClockChange]:
    """The autumn changes whose hour stands twice in the times."""
    doubled = []
    for change in clock_changes(zone, int(walls.min()), int(walls.max())):
        begin, end = change.instant + change.after, change.instant + change.before
        inside = walls[(walls >= begin) & (walls < end)]
        if len(inside) > len(np.unique(inside)):
            doubled.append(change)
    return doubled


def _instants(
    walls: NDArray[np.int64], zone: str, doubled: list[ClockChange], row: Row, where: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Wall-clock times in UTC, in ascending order inside doubled hours, and the row of each."""
    lead = np.full(len(walls), _lead(zone, int(walls[0])), dtype=np.int64)
    changes = clock_changes(zone, int(walls.min()), int(walls.max()))
    for change in changes:
        begin = change.instant + min(change.before, change.after)
        lead[walls >= begin + abs(change.after - change.before)] = change.after
        inside = np.flatnonzero((walls >= begin) & (walls < begin + abs(change.after - change.before)))
        if len(inside) and change.after > change.before:
            raise ProfileError(
                f"the time {_text(walls[inside[0]])} in {row(int(inside[0]))} of {where}, "
                f"which the clock of {zone} skips",
                "times that exist, since the file has the doubled hour of autumn and so follows the clock",
            )
        seen: set[int] = set()
        for k in inside:
            lead[k] = change.after if int(walls[k]) in seen else change.before
            seen.add(int(walls[k]))
    instants, order = walls - lead, np.arange(len(walls))
    for change in doubled:
        begin = change.instant + change.after
        inside = np.flatnonzero((walls >= begin) & (walls < begin + change.before - change.after))
        order[inside] = inside[np.argsort(instants[inside], kind="stable")]
    return instants[order], order


def _lead(zone: str, wall: int) -> int:
    moment = datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(minutes=wall)
    return _offset(moment)


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None
    return round(offset.total_seconds() / 60)


@lru_cache(maxsize=64)
def clock_changes(zone: str, first: int, last: int) -> tuple[ClockChange, ...]:
    """The changes of a zone's clock within a day around two times, in minutes since 1970."""
    clock = ZoneInfo(zone)

    def lead(instant: int) -> int:
        return _offset((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=instant)).astimezone(clock))

    days = range(first - first % _DAY - _DAY, last + 2 * _DAY, _DAY)
    leads = [lead(day) for day in days]
    found = []
    for day, before, after in zip(days, leads, leads[1:], strict=False):
        if before != after:
            low, high = day, day + _DAY  # the lead is ``before`` at one, and no longer at the other
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if lead(middle) == before else (low, middle)
            found.append(ClockChange(high, before, after))
    return tuple(found)
