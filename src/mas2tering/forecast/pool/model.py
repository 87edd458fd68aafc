"""The pool of experts as a way to forecast: it learns on a schedule, and when a home drifts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.wall_clock import MINUTES_A_DAY, utc_minutes, wall_minutes
from mas2tering.forecast.days import Days, days_before
from mas2tering.forecast.pool.experts import HISTORY_DAYS, Table, distributions, expert_weights, table_of
from mas2tering.forecast.pool.record import PoolRecord, best_weights, corrected_levels
from mas2tering.forecast.quantiles import LEVELS, forecast_of
from mas2tering.forecast.yardsticks import nothing_known

FloatArray = NDArray[np.float64]

_FEWEST_DAYS = 7
_FIRST_LESSON = range(1, 28, 3)
_LESSON = (1, 3, 5)
"""Days back that are scored when a home learns for the first time, and later. With a schedule of five days, all
weekdays have their turn."""
_DRIFT = 2.0
_DRIFT_DAYS = 3


Reason = Literal["first", "schedule", "drift"]
"""Why a home learned: it never had, its turn had come, or its level had halved or doubled."""


@dataclass
class ExpertPool:
    """Forecasts of homes from experts that are mixed by their record; see :mod:`mas2tering.forecast.pool.record`.

    Attributes:
        schedule_days: after how many days a home learns again.
        records: what was learned of each home, by its position; may be stored and handed in again.
        lessons: how often homes learned, by reason.
    """

    schedule_days: int = 5
    records: dict[int, PoolRecord] = field(default_factory=dict)
    lessons: Counter[Reason] = field(default_factory=Counter)
    _mixing: tuple[FloatArray, FloatArray] | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return "expert pool"

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> tuple[Forecast, ...]:
        """One forecast for each home, in order; see :class:`~mas2tering.forecast.methods.LoadMethod`."""
        homes = [_History.of(days_before(series, issued_at, axis), issued_at, axis) for series in known]
        self._learn(homes)
        weights, levels = self._mixed_for(len(homes))
        return tuple(
            home.forecast(weights[k], levels[k], issued_at, axis, self.name)
            if home
            else nothing_known(issued_at, axis)
            for k, home in enumerate(homes)
        )

    def _learn(self, homes: Sequence["_History | None"]) -> None:
        """Score the experts on days that are past, in homes whose turn it is."""
        due = {
            k: (home, reason)
            for k, home in enumerate(homes)
            if home is not None and (reason := self._due(k, home)) is not None
        }
        if not due:
            return
        weights, _ = self._mixed_for(len(homes))
        for k, (home, reason) in due.items():
            self.lessons[reason] += 1
            old = self.records.get(k)
            record = old.faded() if old else PoolRecord.empty(home.days.first_day, home.level_kw)
            for back in _LESSON if old else _FIRST_LESSON:
                record = home.lesson(record, back, weights[k])
            self.records[k] = record
        self._mixing = None

    def _mixed_for(self, homes: int) -> tuple[FloatArray, FloatArray]:
        """Weights of the experts and corrected levels of each home; they change only with what is learned."""
        if self._mixing is None or len(self._mixing[0]) != homes:
            records = [self.records.get(k) or PoolRecord.empty(0, 0.0) for k in range(homes)]
            self._mixing = best_weights(records), corrected_levels(records)
        return self._mixing

    def _due(self, home: int, history: "_History") -> Reason | None:
        """Why a home has to learn today; None where it has not."""
        record = self.records.get(home)
        if record is None:
            return "first"
        if history.today - record.last_day > self.schedule_days:
            return "schedule"
        gone_up = history.recent_kw > _DRIFT * record.level_kw
        gone_down = history.recent_kw * _DRIFT < record.level_kw
        drifts = (gone_up or gone_down) and history.today - record.last_day > _DRIFT_DAYS
        return "drift" if drifts else None


@dataclass(frozen=True)
class _History:
    """The past of a home, laid out once for all that is asked of it."""

    days: Days
    table: Table
    begin: int
    issue_cell: int
    level_kw: float
    recent_kw: float

    @classmethod
    def of(cls, days: Days, issued_at: datetime, axis: TimeAxis) -> "_History | None":
        """None where nothing was measured on whole days."""
        first = utc_minutes(axis.start)
        wall_start = int(wall_minutes(np.array([first], dtype=np.int64), axis.zone)[0])
        phase = wall_start % axis.step_minutes
        issue = int(wall_minutes(np.array([utc_minutes(issued_at)], dtype=np.int64), axis.zone)[0]) - phase
        issue_cell = (issue - days.first_day * MINUTES_A_DAY) // axis.step_minutes
        whole = min(issue_cell // days.slots, len(days.values_kw))
        begin = max(0, whole - HISTORY_DAYS)
        recent = days.values_kw[begin:whole]
        if not np.isfinite(recent).any():
            return None
        last = recent[-_DRIFT_DAYS:]
        level = (
            float(np.nanmean(recent[-28:])) if np.isfinite(recent[-28:]).any() else float(np.nanmean(recent))
        )
        recent_kw = float(np.nanmean(last)) if np.isfinite(last).any() else level
        issue_cell = min(issue_cell, days.values_kw.size)
        return cls(days, table_of(recent), begin, issue_cell, level, recent_kw)

    @property
    def today(self) -> int:
        """Date of the issue, in days since 1970."""
        return self.days.first_day + self.issue_cell // self.days.slots

    def lesson(self, record: PoolRecord, back: int, weights: FloatArray) -> PoolRecord:
        """The record after a past day was forecast as if it were still to come."""
        slots = self.days.slots
        issue_cell = self.issue_cell - back * slots
        target = issue_cell // slots
        if target - self.begin < _FEWEST_DAYS:
            return record
        mixed = self._distributions(target + self.days.first_day, issue_cell)
        actual = self.days.values_kw[target]
        return record.with_day(
            target + self.days.first_day,
            mixed[:, :, :-1],
            weights,
            self.table.edges_kw,
            actual,
            self.level_kw,
        )

    def _distributions(self, target_day: int, issue_cell: int) -> NDArray[np.float32]:
        rows = slice(self.begin, max(issue_cell // self.days.slots, self.begin + 1))
        weights = expert_weights(self.days.values_kw, self.days.first_day, target_day, issue_cell, rows)
        return distributions(self.table, weights, slice(0, rows.stop - rows.start), self.days.slots)

    def forecast(
        self, weights: FloatArray, levels: FloatArray, issued_at: datetime, axis: TimeAxis, name: str
    ) -> Forecast:
        """The mixture of the experts, read at each step of the axis."""
        mean_kw = np.empty(axis.steps)
        quantiles_kw = np.empty((len(LEVELS), axis.steps))
        for day in np.unique(self.days.day_of_step):
            steps = np.flatnonzero(self.days.day_of_step == day)
            mixed = np.tensordot(weights, self._distributions(int(day), self.issue_cell), 1)
            chosen = mixed[self.days.slot_of_step[steps]]
            mean_kw[steps] = chosen[:, -1]
            quantiles_kw[:, steps] = _inverted(chosen[:, :-1], levels, self.table)
        return forecast_of(axis, issued_at, mean_kw, quantiles_kw, name)


def _inverted(shares: FloatArray, levels: FloatArray, table: Table) -> FloatArray:
    """Quantiles of distributions given at the edges of bins, linear within a bin.

    Args:
        shares: at or below each edge, shape (steps, bins).
        levels: shape (levels,).
        table: where the edges lie, and what lies beyond them.

    Returns:
        shape (levels, steps).
    """
    steps = len(shares)
    powers = np.concatenate([[table.bottom_kw], table.edges_kw, [table.top_kw]])
    bounded = np.concatenate([np.zeros((steps, 1)), shares, np.ones((steps, 1))], axis=1)
    bounded = np.maximum.accumulate(bounded, axis=1)
    # One sorted line for all steps: step s occupies [2 s, 2 s + 1].
    shift = 2.0 * np.arange(steps)
    line = (bounded + shift[:, None]).ravel()
    width = bounded.shape[1]
    place = np.searchsorted(line, (levels[:, None] + shift).ravel()).reshape(len(levels), steps)
    place = np.clip(place - width * np.arange(steps), 1, width - 1)
    rows = np.arange(steps)
    low, high = bounded[rows, place - 1], bounded[rows, place]
    part = np.clip((levels[:, None] - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
    if table.has_floor:
        part = np.where(place == 1, 0.0, part)
    return np.asarray(powers[place - 1] + part * (powers[place] - powers[place - 1]))
