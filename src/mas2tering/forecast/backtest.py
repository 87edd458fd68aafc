"""Back-tests that cannot look ahead: whoever forecasts is handed what was known at the time, and nothing else."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.days import on_axis
from mas2tering.forecast.methods import LoadMethod
from mas2tering.forecast.scores import ScoreBoard

Observer = Callable[[int, Forecast, NDArray[np.float64]], None]
"""Is shown each forecast as it is scored: the home's position, the forecast, what was measured (steps,)."""


@dataclass(frozen=True)
class BackTest:
    """How a method did on each home.

    Attributes:
        method: its short name.
        boards: one for each home, in order.
        spoke: how often each link of a chain spoke, by its name.
    """

    method: str
    boards: tuple[ScoreBoard, ...]
    spoke: dict[str, int]


def back_test(
    method: LoadMethod,
    homes: Sequence[MeasuredSeries],
    axes: Iterable[TimeAxis],
    *,
    lead: timedelta = timedelta(0),
    score_from: int = 0,
    observe: Observer | None = None,
) -> BackTest:
    """Forecast axis after axis as it would have been done, and score each against what was measured then.

    Args:
        method: who forecasts.
        homes: what was measured in each home.
        axes: what to forecast, in order of time.
        lead: how long before the start of an axis its forecast is issued.
        score_from: so many axes are forecast but not scored: a method that learns begins with nothing.
        observe: is shown each forecast that is scored.

    Raises:
        ValueError: the method answers for other homes, or another axis, than it was asked for.
    """
    boards = tuple(ScoreBoard() for _ in homes)
    spoke: dict[str, int] = {}
    for position, axis in enumerate(axes):
        issued_at = axis.start - lead
        answers = method.forecasts([home.known_at(issued_at) for home in homes], issued_at, axis)
        if len(answers) != len(homes) or any(answer.axis != axis for answer in answers):
            raise ValueError(f"{method.name} answered for other homes or another axis than it was asked for")
        if position < score_from:
            continue
        for home, (answer, measured) in enumerate(zip(answers, homes, strict=True)):
            actual_kw = on_axis(measured, axis)
            boards[home].add(answer, actual_kw)
            spoke[answer.method] = spoke.get(answer.method, 0) + 1
            if observe is not None:
                observe(home, answer, actual_kw)
    return BackTest(method.name, boards, spoke)
