"""Steps of a series on the clock that the home lives by."""

from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain import wall_clock
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.wall_clock import MINUTES_A_DAY

__all__ = ["MINUTES_A_DAY", "wall_minutes"]


def wall_minutes(series: MeasuredSeries) -> NDArray[np.int64]:
    """What the local clock shows at the start of each step, in minutes since the local 1 January 1970, shape
    (steps,)."""
    return _wall_minutes(series.start, series.step_minutes, len(series.mean_kw), series.zone)


@lru_cache(maxsize=32)
def _wall_minutes(start: datetime, step_minutes: int, steps: int, zone: str) -> NDArray[np.int64]:
    # The homes of a community share their clock: one computation serves them all.
    instants = wall_clock.utc_minutes(start) + step_minutes * np.arange(steps, dtype=np.int64)
    wall = wall_clock.wall_minutes(instants, zone)
    wall.setflags(write=False)
    return wall
