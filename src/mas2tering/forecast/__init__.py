"""Forecasts of load and of local generation: mean and quantiles, for any issue time, axis and step.

:class:`~mas2tering.forecast.methods.LoadMethod` forecasts the homes of a community together,
:class:`CommunityForecasts` hands each home its :class:`~mas2tering.domain.forecasts.Forecaster`, and
:func:`back_test` scores a method without letting it look ahead.
"""

from mas2tering.forecast.backtest import BackTest, back_test
from mas2tering.forecast.chain import ForecastChain, summed
from mas2tering.forecast.days import Days, days_before, on_axis
from mas2tering.forecast.family import Family, FamilyLevels
from mas2tering.forecast.methods import CommunityForecasts, HomeForecasts, LoadMethod
from mas2tering.forecast.pool import ExpertPool, PoolRecord
from mas2tering.forecast.quantiles import LEVELS
from mas2tering.forecast.scores import ScoreBoard, Scores, mean_scores, pinball_kw
from mas2tering.forecast.yardsticks import EmpiricalQuantiles, SameWeekdays

__all__ = [
    "LEVELS",
    "BackTest",
    "CommunityForecasts",
    "Days",
    "EmpiricalQuantiles",
    "ExpertPool",
    "Family",
    "FamilyLevels",
    "ForecastChain",
    "HomeForecasts",
    "LoadMethod",
    "PoolRecord",
    "SameWeekdays",
    "ScoreBoard",
    "Scores",
    "back_test",
    "days_before",
    "mean_scores",
    "on_axis",
    "pinball_kw",
    "summed",
]
