"""What a meter recorded, on equal steps, with gaps, and when each value became known."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES

MOST_KW = 1e9
"""Beyond this a number is no power of a home, and no faulty meter's either: squares and sums of such would not stay finite."""


@dataclass(frozen=True)
class MeasuredSeries:
    """Mean power of a load, or of generation as a positive number, on equal steps from ``start`` on.

    Attributes:
        start: the instant in UTC at which the first step begins.
        step_minutes: length of a step.
        zone: the time zone whose clock the home lives by.
        mean_kw: shape (steps,), not a number where nothing is known.
        available_at: when each value became known, shape (steps,), in minutes since 1970 (UTC). A value known
            before its step ends is allowed: clocks of meters and of stores differ.

    Raises:
        ValueError: the start is not in UTC, the step is none of those a day is planned in, the shapes differ,
        or a value is infinite.
    """

    start: datetime
    step_minutes: int
    zone: str
    mean_kw: NDArray[np.float64]
    available_at: NDArray[np.datetime64]

    def __post_init__(self) -> None:
        if self.start.utcoffset() != timedelta(0):
            raise ValueError("a measured series starts at an instant in UTC")
        if self.step_minutes not in STEP_LENGTHS_MINUTES:
            raise ValueError(f"a step of {self.step_minutes} min; one of {STEP_LENGTHS_MINUTES} is expected")
        if self.mean_kw.ndim != 1 or self.mean_kw.shape != self.available_at.shape:
            raise ValueError(
                f"values {self.mean_kw.shape} and times {self.available_at.shape}: one time a value is expected"
            )
        if np.isinf(self.mean_kw).any():
            raise ValueError("an infinite power was measured")

    @classmethod
    def known_at_once(
        cls, start: datetime, step_minutes: int, zone: str, mean_kw: NDArray[np.float64]
    ) -> "MeasuredSeries":
        """A series whose values are each known at the end of their step.

        Args:
            start: the instant in UTC at which the first step begins.
            step_minutes: length of a step.
            zone: the time zone whose clock the home lives by.
            mean_kw: shape (steps,), not a number where nothing is known.
        """
        first = np.datetime64(start.astimezone(UTC).replace(tzinfo=None), "m")
        ends = first + np.arange(1, len(mean_kw) + 1) * np.timedelta64(step_minutes, "m")
        return cls(start, step_minutes, zone, mean_kw, ends)

    @property
    def end(self) -> datetime:
        """The instant in UTC at which the last step ends."""
        return self.start + timedelta(minutes=self.step_minutes * len(self.mean_kw))

    @property
    def instants(self) -> NDArray[np.datetime64]:
        """Start of each step in UTC, shape (steps,), in minutes since 1970."""
        first = np.datetime64(self.start.replace(tzinfo=None), "m")
        return first + np.arange(len(self.mean_kw)) * np.timedelta64(self.step_minutes, "m")

    def known_at(self, moment: datetime) -> "MeasuredSeries":
        """The series as it was known at ``moment``: nothing measured later, nothing that came later.

        Steps that end after ``moment`` are left out; values that had not arrived are not a number. Whoever
        forecasts or scores a forecast is handed this, so that neither can look ahead.
        """
        whole = int((moment - self.start) / timedelta(minutes=self.step_minutes))
        steps = min(max(whole, 0), len(self.mean_kw))
        at = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "m")
        available_at = self.available_at[:steps]
        known_kw = np.where(available_at <= at, self.mean_kw[:steps], np.nan)
        return MeasuredSeries(self.start, self.step_minutes, self.zone, known_kw, available_at)
