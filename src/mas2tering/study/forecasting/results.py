"""What a back-test leaves behind; its summary and its page are made from this alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import BackTest
from mas2tering.study.forecasting.home_sets import HomeSet
from mas2tering.study.forecasting.rolling import RollingScores


@dataclass(frozen=True)
class SetResult:
    """What came of one set: a back-test and the CPU milliseconds per home and day of each method, how
    forecasts made through the day did, and days to show."""

    homes: HomeSet
    axes: Sequence[TimeAxis]
    tests: dict[str, BackTest]
    milliseconds: dict[str, float]
    community: dict[str, BackTest]
    rolling: RollingScores
    shown_home: str
    shown: list[tuple[Forecast, NDArray[np.float64]]]


@dataclass(frozen=True)
class BackTestResult:
    """What came of all sets, and its summary."""

    sets: list[SetResult]
    summary: dict[str, object] = field(default_factory=dict)
