"""Windows on the local clock: when a thing is allowed, cheap, or wanted."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from mas2tering.domain.time_axis import ClockTime, TimeAxis, clock_minutes, local_instant

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekdays = Annotated[tuple[Weekday, ...], Field(min_length=1)]


class Words(BaseModel):
    """Base of what a user writes: facts that do not change, and no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ClockWindow(Words):
    """From one time of the local clock to a later one, on some weekdays (those on which it begins)."""

    begin: ClockTime
    end: ClockTime
    days: Weekdays = WEEKDAYS

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        check_order("begin", self.begin, "end", self.end)
        return self

    def occurrences(self, axis: TimeAxis) -> tuple[tuple[datetime, datetime], ...]:
        """Begin and end in UTC of each occurrence that overlaps the axis, in order."""
        found = (
            (
                local_instant(day, clock_minutes(self.begin), axis.zone),
                local_instant(day, clock_minutes(self.end), axis.zone),
            )
            for day in axis.local_dates
            if WEEKDAYS[day.weekday()] in self.days
        )
        return tuple((begin, end) for begin, end in found if begin < axis.end and end > axis.start)


def covered(windows: Iterable[ClockWindow], axis: TimeAxis) -> NDArray[np.float64]:
    """The fraction of each step that any of the windows covers, shape (steps,); where they overlap they count
    once."""
    return np.asarray(covered_minutes(windows, axis).reshape(axis.steps, -1).mean(axis=1))


def covered_minutes(windows: Iterable[ClockWindow], axis: TimeAxis) -> NDArray[np.bool_]:
    """Whether any of the windows covers each minute of the axis, shape (steps * step_minutes,).

    Clocks and windows know whole minutes, so that nothing is lost.
    """
    covers = np.zeros(axis.steps * axis.step_minutes, dtype=bool)
    for window in windows:
        for begin, end in window.occurrences(axis):
            first, last = ((moment - axis.start) // timedelta(minutes=1) for moment in (begin, end))
            covers[max(0, first) : max(0, last)] = True
    return covers


def check_order(first_name: str, first: str, second_name: str, second: str) -> None:
    """Hold that one clock time lies before another.

    Raises:
        ValueError: it does not; the message offers the next day where that may be meant.
    """
    if clock_minutes(second) <= clock_minutes(first):
        hint = "" if second.endswith("next day") else f', or "{second} next day" if that is meant'
        raise ValueError(
            f"{second_name} {second} is not after {first_name} {first}; expected a later time{hint}"
        )
