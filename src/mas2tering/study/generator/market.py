"""Day-ahead prices made from statistics: the mean price of each month and hour, and how days differ from it.

``day_ahead.json`` holds means and deviations of the Belgian day-ahead prices of 2024 (ENTSO-E), no record of
any day.
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray


class _Statistics(TypedDict):
    source: str
    mean_per_mwh: list[list[float]]
    day_deviation_per_mwh: list[float]
    day_persistence: float
    hour_deviation_per_mwh: list[float]


@cache
def _statistics() -> _Statistics:
    text = files("mas2tering.study.generator").joinpath("day_ahead.json").read_text(encoding="utf-8")
    loaded: _Statistics = json.loads(text)
    return loaded


def day_ahead_source() -> str:
    """Where the statistics are from, in a sentence."""
    return _statistics()["source"]


def day_ahead_price_per_mwh(days: Sequence[date], seed: int) -> NDArray[np.float64]:
    """Hourly prices on the local clock, shape (days, 24); a day is the same whatever other days are asked
    for."""
    statistics = _statistics()
    mean = np.array(statistics["mean_per_mwh"])
    prices = np.empty((len(days), 24))
    for row, day in enumerate(days):
        month = day.month - 1
        # The level of a day is an average of drawn innovations, so that neighbouring days are alike.
        weights = statistics["day_persistence"] ** np.arange(8)
        draws = [np.random.default_rng([seed, 211, day.toordinal() - k]).normal() for k in range(8)]
        level = (
            float(weights @ np.array(draws) / np.sqrt(weights @ weights))
            * statistics["day_deviation_per_mwh"][month]
        )
        noise = np.random.default_rng([seed, 212, day.toordinal()]).normal(size=24)
        smooth = (
            np.convolve(np.concatenate([noise[-1:], noise, noise[:1]]), [0.25, 0.5, 0.25], mode="valid")
            / 0.612
        )
        prices[row] = mean[month] + level + smooth * statistics["hour_deviation_per_mwh"][month]
    return prices
