"""A load that runs through the nights of some days, on top of what is usual."""

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality.findings import FaultKind, Finding
from mas2tering.history.quality.instrument import Readings
from mas2tering.history.quality.runs import stretches

_NIGHT_ENDS_HOUR = 6
_LEAST_KW = 0.25
_LEAST_NIGHTS = 3
_SPREADS = 4.0
_STEADY = 0.1
"""What is left on draws the same every night: half of the nights lie so near to their median, against its size.
Heating does not."""
_MOST_EPISODES = 3
"""In five months. What comes more often is a habit: a car, a storage heater."""


def night_loads(readings: Readings, load_kw: NDArray[np.float64], days: NDArray[np.int64]) -> list[Finding]:
    """Nights, three in a row or more, whose lowest load is far above that of other nights, while the day's is not.

    Args:
        readings: the home's readings.
        load_kw: the readings that are believed so far, shape (steps,).
        days: local day of each step, counted from the first, shape (steps,).
    """
    night = readings.slot * readings.step_minutes < _NIGHT_ENDS_HOUR * 60
    count = int(days[-1]) + 1 if len(days) else 0
    floor_kw = _floors(load_kw, days, night, count, readings.steps_of(1.0))
    by_day_kw = _floors(load_kw, days, ~night, count, readings.steps_of(3.0))
    known = np.isfinite(floor_kw)
    if known.sum() < 10 or not np.isfinite(by_day_kw).any():
        return []
    usual_kw = float(np.median(floor_kw[known]))
    excess_kw = floor_kw - usual_kw
    # What is raised by day as well is no load of the night, but another level.
    against_day_kw = excess_kw - np.nan_to_num(by_day_kw - float(np.nanmedian(by_day_kw)))
    spread_kw = float(np.median(np.abs(against_day_kw[known])))
    least_kw = max(_LEAST_KW, _SPREADS * spread_kw)
    high = known & (excess_kw > least_kw) & (against_day_kw > np.maximum(least_kw, 0.6 * excess_kw))
    found = []
    for a, b in zip(*stretches(high), strict=True):
        if b - a < _LEAST_NIGHTS:
            continue
        size_kw = float(np.median(excess_kw[a:b]))
        if float(np.median(np.abs(excess_kw[a:b] - size_kw))) > _STEADY * size_kw:
            continue
        # The first and the last night may be but half under load.
        steps = np.flatnonzero(night & (days >= a - 1) & (days <= b))
        first, stop = _where_it_runs(load_kw, steps, usual_kw + 0.6 * size_kw)
        reason = (
            f"{size_kw:.2f} kW more than usual all through {b - a} nights from {readings.when(first)}: never below "
            f"{usual_kw + size_kw:.2f} kW as a rule, where {usual_kw:.2f} kW is usual"
        )
        found.append(Finding(FaultKind.NIGHT_LOAD, first, stop, reason, size_kw))
    return found if len(found) <= _MOST_EPISODES * max(count / 150, 1.0) else []


def _floors(
    load_kw: NDArray[np.float64], days: NDArray[np.int64], chosen: NDArray[np.bool_], count: int, needed: int
) -> NDArray[np.float64]:
    """Lowest load of each day among the chosen steps, shape (days,), not a number where fewer than needed."""
    use = chosen & np.isfinite(load_kw)
    floor = np.full(count, np.inf)
    np.minimum.at(floor, days[use], load_kw[use])
    enough = np.bincount(days[use], minlength=count) >= needed
    return np.where(enough, floor, np.nan)


def _where_it_runs(
    load_kw: NDArray[np.float64], steps: NDArray[np.int64], least_kw: float
) -> tuple[int, int]:
    """The longest stretch of the steps in which the load is not below."""
    begins, ends = stretches(~(load_kw[steps] < least_kw))
    longest = int(np.argmax(ends - begins))
    return int(steps[begins[longest]]), int(steps[ends[longest] - 1]) + 1
