"""Experts: each weighs past days by how like they are to the day that is forecast, and reads the distribution there.

An expert's distribution at a step is the weighted empirical one of what was drawn at that time of day, give or
take its own width. All experts read the same table of indicators, so one matrix product serves them all; smoothing
over the time of day comes after it, since both are linear.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mas2tering.forecast.yardsticks import weekday

FloatArray = NDArray[np.float64]
Narrow = NDArray[np.float32]

HISTORY_DAYS = 84
_BINS = 36
_SMALL = 1e-6
Width = Literal["quarter", "half", "hour", "wide"]
_HALF_WIDTH_HOURS: dict[Width, float] = {"quarter": 0.25, "half": 0.5, "hour": 1.0, "wide": 4.0}


@dataclass(frozen=True)
class Context:
    """What experts know of the past days and of the day that is forecast.

    Attributes:
        age: days from each past day to the target, shape (days,).
        kind: 0 working day, 1 Saturday, 2 Sunday, of the past days, shape (days,).
        same_weekday: shape (days,).
        target_kind: the kind of the target.
        level_gap: by how much the day before the issue was above that before the past day, in logarithms, shape (days,).
        shape_gap: how far the two days' shapes lie apart, 1 being usual, shape (days,).
    """

    age: FloatArray
    kind: NDArray[np.int64]
    same_weekday: NDArray[np.bool_]
    target_kind: int
    level_gap: FloatArray
    shape_gap: FloatArray


@dataclass(frozen=True)
class Expert:
    """One way to weigh past days, and how wide around the time of day it looks."""

    name: str
    width: Width
    weights: Callable[[Context], FloatArray]


def _recent(context: Context, days: float, across: float, among_weekend: float = 1.0) -> FloatArray:
    """Weights that fall with age; ``across`` counts days of the other kind, ``among_weekend`` the other week-end day."""
    weekend, target_weekend = context.kind > 0, context.target_kind > 0
    like = np.where(weekend & target_weekend, among_weekend, across)
    return np.asarray(np.exp(-context.age / days) * np.where(context.kind == context.target_kind, 1.0, like))


def _last_weeks(context: Context) -> FloatArray:
    same = (context.kind > 0) == (context.target_kind > 0)
    return np.asarray(same & (context.age <= 42), dtype=float)


EXPERTS: tuple[Expert, ...] = (
    Expert("last six weeks", "hour", _last_weeks),
    Expert("last days, to the quarter", "quarter", lambda c: _recent(c, 4.0, 0.7)),
    Expert("last days", "hour", lambda c: _recent(c, 4.0, 0.7)),
    Expert("last weeks, to the quarter", "quarter", lambda c: _recent(c, 12.0, 0.3, 0.6)),
    Expert("last weeks", "half", lambda c: _recent(c, 12.0, 0.3, 0.6)),
    Expert("same weekday", "half", lambda c: np.exp(-c.age / 40) * np.where(c.same_weekday, 1.0, 0.05)),
    Expert("yesterday", "quarter", lambda c: np.exp(-c.age / 0.7)),
    Expert(
        "days after a like level",
        "half",
        lambda c: _recent(c, 80.0, 0.3) * np.exp(-0.5 * (c.level_gap / 0.25) ** 2) + _SMALL,
    ),
    Expert(
        "days after a like day", "half", lambda c: _recent(c, 80.0, 0.3) * np.exp(-c.shape_gap / 0.3) + _SMALL
    ),
    Expert("any time of day", "wide", lambda c: _recent(c, 6.0, 1.0)),
)
PRIOR: FloatArray = np.array([0.02, 0.08, 0.06, 0.2, 0.12, 0.2, 0.02, 0.08, 0.14, 0.08])
"""Weights of the experts before anything was scored: about those that ten Dutch homes left for tuning were best with."""


@dataclass(frozen=True)
class Table:
    """Indicators of past readings, ready to be weighed.

    Attributes:
        edges_kw: at which powers distributions are read, increasing, shape (bins,).
        top_kw: the largest power seen.
        bottom_kw: the smallest.
        has_floor: whether a fifth of the readings are the smallest, as of a roof at night; they are not spread over their bin then.
        cells: for each past day, step and bin whether the reading lay at or below the bin's edge, then the reading
            itself, then whether there was one; shape (days, slots × (bins + 2)).
    """

    edges_kw: FloatArray
    bottom_kw: float
    top_kw: float
    has_floor: bool
    cells: Narrow


def table_of(values_kw: FloatArray) -> Table:
    """The table of past days, shape (days, slots); at least one value is known."""
    known = np.isfinite(values_kw)
    seen = np.sort(values_kw[known])
    levels = np.concatenate([np.linspace(0.01, 0.9, _BINS - 14), np.linspace(0.91, 0.998, 14)])
    points = np.unique(seen[(levels * (len(seen) - 1)).astype(np.int64)])
    # Between the readings, not on them: many meters know a few values only.
    edges = (points[1:] + points[:-1]) / 2 if len(points) > 1 else points
    days, slots = values_kw.shape
    cells = np.empty((days, slots, len(edges) + 2), dtype=np.float32)
    np.less_equal(
        values_kw.astype(np.float32)[:, :, None],
        edges.astype(np.float32),
        out=cells[:, :, :-2],
        casting="unsafe",
    )
    cells[:, :, -2] = np.where(known, values_kw, 0.0)
    cells[:, :, -1] = known
    return Table(
        edges, float(seen[0]), float(seen[-1]), bool(seen[len(seen) // 5] == seen[0]), cells.reshape(days, -1)
    )


def distributions(table: Table, weights: FloatArray, days: slice, slots: int) -> Narrow:
    """What each expert reads.

    Args:
        table: past days.
        weights: of the days by expert, shape (experts, days in the slice).
        days: which rows of the table they weigh.
        slots: steps of a day.

    Returns:
        shape (experts, slots, bins + 1): shares at or below each edge, and the mean in the last column.
    """
    width = len(table.edges_kw) + 2
    mixed = (weights.astype(np.float32) @ table.cells[days]).reshape(len(weights), slots, width)
    smooth = np.empty_like(mixed)
    for kind, hours in _HALF_WIDTH_HOURS.items():
        chosen = [k for k, expert in enumerate(EXPERTS) if expert.width == kind]
        smooth[chosen] = np.einsum(
            "st,ktb->ksb", _smoother(slots, hours, kind == "hour"), mixed[chosen], optimize=True
        )
    everything = mixed.sum(axis=1, keepdims=True)
    there = smooth[:, :, -1:] > _SMALL
    use = np.where(there, smooth, everything)
    return np.asarray(use[:, :, :-1] / np.maximum(use[:, :, -1:], np.float32(1e-12)))


@lru_cache(maxsize=32)
def _smoother(slots: int, hours: float, is_flat: bool) -> Narrow:
    """Weights of neighbouring steps, around midnight too, shape (slots, slots): flat, or falling to both sides."""
    reach = max(1, round(hours * slots / 24))
    gap = np.abs(np.arange(slots)[:, None] - np.arange(slots))
    gap = np.minimum(gap, slots - gap)
    weights = (gap <= reach) * (1.0 if is_flat else 1.0 - gap / (reach + 1))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def expert_weights(
    values_kw: FloatArray, first_day: int, target_day: int, issue_cell: int, days: slice
) -> FloatArray:
    """How each expert weighs past days for a target day, rows adding up to 1.

    Args:
        values_kw: shape (all days, slots).
        first_day: date of its first row, in days since 1970.
        target_day: date that is forecast.
        issue_cell: steps from the beginning of ``values_kw`` up to which anything is known.
        days: which rows are weighed.

    Returns:
        shape (experts, days in the slice).
    """
    rows = np.arange(days.start, days.stop)
    dates = rows + first_day
    target_weekday = int(weekday(np.array([target_day]))[0])
    weekdays = weekday(dates)
    level_gap, shape_gap = _likeness(values_kw, rows, issue_cell, target_day - first_day)
    context = Context(
        age=(target_day - dates).astype(float),
        kind=np.maximum(weekdays - 4, 0),
        same_weekday=weekdays == target_weekday,
        target_kind=max(target_weekday - 4, 0),
        level_gap=level_gap,
        shape_gap=shape_gap,
    )
    weights = np.stack([expert.weights(context) for expert in EXPERTS])
    total = weights.sum(axis=1, keepdims=True)
    even = np.full(weights.shape, 1.0 / len(rows))
    return np.where(total > _SMALL * _SMALL, weights / np.maximum(total, 1e-300), even)


def _likeness(
    values_kw: FloatArray, rows: NDArray[np.int64], issue_cell: int, target_row: int
) -> tuple[FloatArray, FloatArray]:
    """How the 24 hours before the issue differ from those as long before each past day: in level, in shape."""
    slots = values_kw.shape[1]
    lag = target_row * slots - issue_cell  # from the issue to the target day's first step
    per_hour = slots // 24
    first = max(0, (rows[0] - 2) * slots)  # what lies before is not looked at
    hourly = _hourly(values_kw.ravel()[first : issue_cell // per_hour * per_hour], per_hour)
    ends = (np.append(rows * slots - lag, issue_cell) - first) // per_hour
    index = ends[:, None] + np.arange(-24, 0)
    inside = (index >= 0) & (index < len(hourly))
    window = np.where(inside, hourly[np.clip(index, 0, len(hourly) - 1)], np.nan)
    known = np.isfinite(window)
    count = known.sum(axis=1)
    level = np.where(known, window, 0.0).sum(axis=1) / np.maximum(count, 1)
    usual = float(np.nanmean(hourly)) if np.isfinite(hourly).any() else 0.0
    root = np.sqrt(np.maximum(np.where(known, window, usual), 0.0))
    logs = np.log(np.maximum(np.where(count > 0, level, usual), 0.0) + 1e-3 + 0.01 * abs(usual))
    spread = float(root.var()) + 1e-9
    return logs[:-1] - logs[-1], ((root[:-1] - root[-1]) ** 2).mean(axis=1) / spread


def _hourly(flat_kw: FloatArray, per_hour: int) -> FloatArray:
    """Means of the known readings of each hour, shape (hours,)."""
    cells = flat_kw.reshape(-1, per_hour)
    known = np.isfinite(cells)
    count = known.sum(axis=1)
    means = np.full(len(cells), np.nan)
    np.divide(np.where(known, cells, 0.0).sum(axis=1), count, out=means, where=count > 0)
    return means
