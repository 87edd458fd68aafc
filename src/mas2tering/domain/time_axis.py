"""The axis on which a day is planned: equal steps between two instants, seen through a time zone's clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

STEP_LENGTHS_MINUTES = (5, 10, 15, 20, 30, 60)
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that are planned: clocks before were no zones' clocks, and what lies beyond is a typing error."""
_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)( next day)?$"


def _clock_text(value: object) -> object:
    # TOML has local times (21:30:00): the same thing, written without quotes.
    return value.strftime("%H:%M") if isinstance(value, time) else value


ClockTime = Annotated[
    str,
    Field(pattern=_CLOCK, json_schema_extra={"examples": ["21:30", "06:00 next day"]}),
    BeforeValidator(_clock_text),
]
"""A time on the local clock, ``HH:MM``, or ``HH:MM next day`` where it lies beyond midnight of the day it
belongs to."""


def clock_minutes(text: str) -> int:
    """Minutes after the local midnight of the day to which the time belongs (``06:00 next day`` is 1800).

    Raises:
        ValueError: ``text`` is not a clock time.
    """
    if not re.match(_CLOCK, text):
        raise ValueError(f"{text!r} is not a time such as 21:30 or 06:00 next day")
    return int(text[:2]) * 60 + int(text[3:5]) + (1440 if text.endswith("next day") else 0)


def local_instant(day: date, minutes: int, zone: str) -> datetime:
    """The UTC instant at which the local clock of ``zone`` shows ``minutes`` after midnight of ``day``.

    A time that the clock skips in spring is taken as the instant when it jumps forward past it; of one that
    it shows twice in autumn, the first is meant.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    clock = ZoneInfo(zone)
    instant = wall.replace(tzinfo=clock).astimezone(UTC)
    if instant.astimezone(clock).replace(tzinfo=None) == wall:
        return instant
    # The clock skips this time: back to the minute at which it jumped.
    offset = instant.astimezone(clock).utcoffset()
    while (instant - timedelta(minutes=1)).astimezone(clock).utcoffset() == offset:
        instant -= timedelta(minutes=1)
    return instant


@dataclass(frozen=True)
class TimeAxis:
    """Steps of equal length from ``start``, an instant in UTC, shown on the clock of ``zone``.

    Raises:
        ValueError: the start has no zone or is not UTC, the step does not divide an hour, or there is no
        step.
    """

    start: datetime
    step_minutes: int
    steps: int
    zone: str

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError("a time axis starts at an instant in UTC")
        if self.step_minutes not in STEP_LENGTHS_MINUTES:
            raise ValueError(f"a step of {self.step_minutes} min; one of {STEP_LENGTHS_MINUTES} is expected")
        if self.steps < 1:
            raise ValueError("a time axis without a step")

    @classmethod
    def of_days(
        cls, first_day: date, zone: str, step_minutes: int, *, days: int = 1, day_starts_at: str = "00:00"
    ) -> "TimeAxis":
        """The axis of ``days`` local days; a day on which clocks change has 23 or 25 hours.

        Raises:
            ValueError: the days are no whole number of steps (clocks of Lord Howe change by half an hour).
        """
        offset = clock_minutes(day_starts_at)
        start = local_instant(first_day, offset, zone)
        end = local_instant(first_day + timedelta(days=days), offset, zone)
        steps, rest = divmod(end - start, timedelta(minutes=step_minutes))
        if rest:
            hours = (end - start) / timedelta(hours=1)
            raise ValueError(f"{hours:g} h from {first_day} on in {zone} are no whole number of steps")
        return cls(start, step_minutes, steps, zone)

    @property
    def step_hours(self) -> float:
        """Length of a step in hours."""
        return self.step_minutes / 60

    @property
    def end(self) -> datetime:
        """The instant in UTC at which the last step ends."""
        return self.start + timedelta(minutes=self.step_minutes * self.steps)

    @cached_property
    def instants(self) -> NDArray[np.datetime64]:
        """Start of each step in UTC, shape (steps,), in minutes since 1970."""
        first = np.datetime64(self.start.replace(tzinfo=None), "m")
        return first + np.arange(self.steps) * np.timedelta64(self.step_minutes, "m")

    @cached_property
    def local_starts(self) -> tuple[datetime, ...]:
        """Start of each step on the local clock, aware of its zone."""
        zone = ZoneInfo(self.zone)
        step = timedelta(minutes=self.step_minutes)
        return tuple((self.start + k * step).astimezone(zone) for k in range(self.steps))

    @cached_property
    def local_minutes(self) -> NDArray[np.int64]:
        """Minutes after local midnight at the start of each step, shape (steps,)."""
        return np.array([moment.hour * 60 + moment.minute for moment in self.local_starts], dtype=np.int64)

    @cached_property
    def local_dates(self) -> tuple[date, ...]:
        """Local dates that the axis touches, in order, from the day before its first (whose windows may reach
        into it)."""
        first, last = self.local_starts[0].date(), self.local_starts[-1].date()
        return tuple(first + timedelta(days=k) for k in range(-1, (last - first).days + 1))

    def position(self, instant: datetime) -> float:
        """Where an instant lies, in steps from the start (2.5 is the middle of the third step); may lie
        outside 0..steps."""
        return (instant - self.start) / timedelta(minutes=self.step_minutes)

    def overlap(self, begin: datetime, end: datetime) -> NDArray[np.float64]:
        """The fraction of each step that lies between two instants, shape (steps,)."""
        first, last = self.position(begin), self.position(end)
        index = np.arange(self.steps)
        return np.asarray(np.clip(np.minimum(index + 1, last) - np.maximum(index, first), 0.0, 1.0))

    def label(self, step: int) -> str:
        """The local clock at the start of a step, ``HH:MM``; ``step`` may be ``steps``, the end of the
        axis."""
        moment = self.start + timedelta(minutes=self.step_minutes * step)
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%H:%M")
