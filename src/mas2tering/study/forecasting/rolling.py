"""Forecasts that are made anew through the day, scored over the next hour, six hours and day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import LoadMethod, ScoreBoard, Scores, back_test, mean_scores
from mas2tering.study.forecasting.home_sets import HomeSet

ISSUED_AT = (6, 12, 18)
"""Local hours at which forecasts are made."""
HORIZONS = (1, 6, 24)
"""So many hours from the issue on are scored."""
MOST_DAYS = 14
"""Days that are scored, the last ones: each is forecast three times."""

MOST_HOMES = 40
"""Homes of a set that are scored; of more, every so-manieth."""

RollingScores = dict[str, dict[str, dict[str, Scores]]]
"""By local time of the issue, horizon and method."""


def score_rolling(
    homes: HomeSet, days: Sequence[TimeAxis], methods: Mapping[str, LoadMethod]
) -> RollingScores:
    """Scores of each method, means over homes.

    Args:
        homes: who is forecast.
        days: whole local days; forecasts are made on the last 14 of them but the very last, which is looked into.
        methods: new ones, that learned nothing yet.
    """
    found: RollingScores = {}
    measured = homes.measured[:: -(-len(homes.measured) // MOST_HOMES)]
    issues = [
        _axis(first.local_starts[0].date(), hour, first)
        for first in days[-MOST_DAYS - 1 : -1]
        for hour in ISSUED_AT
    ]
    for name, method in methods.items():
        boards: dict[tuple[int, int, int], ScoreBoard] = {}

        def note(
            home: int,
            forecast: Forecast,
            actual_kw: NDArray[np.float64],
            boards: dict[tuple[int, int, int], ScoreBoard] = boards,
        ) -> None:
            hour = forecast.axis.local_starts[0].hour
            for horizon in HORIZONS:
                seen = actual_kw.copy()
                seen[round(horizon / forecast.axis.step_hours) :] = np.nan
                boards.setdefault((hour, horizon, home), ScoreBoard()).add(forecast, seen)

        back_test(method, measured, issues, observe=note)
        for hour in ISSUED_AT:
            for horizon in HORIZONS:
                own = [board.scores() for key, board in boards.items() if key[:2] == (hour, horizon)]
                scores = mean_scores([one for one in own if one is not None])
                if scores is not None:
                    found.setdefault(f"{hour:02}:00", {}).setdefault(f"{horizon}_h", {})[name] = scores
    return found


def _axis(day: date, hour: int, like: TimeAxis) -> TimeAxis:
    start = datetime.combine(day, time(hour), ZoneInfo(like.zone)).astimezone(UTC)
    return TimeAxis(
        start, like.step_minutes, timedelta(days=1) // timedelta(minutes=like.step_minutes), like.zone
    )
