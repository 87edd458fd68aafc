"""A forecast of a load or of generation, and what can be asked for one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import TimeAxis


@dataclass(frozen=True)
class Forecast:
    """What is expected on each step of an axis, and how wide the doubt is.

    Attributes:
        axis: the steps that are forecast.
        issued_at: the instant in UTC at which it was made; nothing known later went into it.
        mean_kw: expected power, shape (steps,).
        levels: probabilities of the quantiles, increasing, shape (levels,).
        quantiles_kw: shape (levels, steps), not decreasing along the levels.
        method: which link of the chain of models spoke, in the user's words.

    Raises:
        ValueError: a shape does not fit, a value is not finite, levels do not increase or quantiles cross.
    """

    axis: TimeAxis
    issued_at: datetime
    mean_kw: NDArray[np.float64]
    levels: NDArray[np.float64]
    quantiles_kw: NDArray[np.float64]
    method: str

    def __post_init__(self) -> None:
        if self.issued_at.utcoffset() != timedelta(0):
            raise ValueError("a forecast is issued at an instant in UTC")
        if self.mean_kw.shape != (self.axis.steps,):
            raise ValueError(f"means of shape {self.mean_kw.shape} on {self.axis.steps} steps")
        if self.quantiles_kw.shape != (len(self.levels), self.axis.steps):
            raise ValueError(
                f"quantiles of shape {self.quantiles_kw.shape} for {len(self.levels)} levels on {self.axis.steps} steps"
            )
        if not (np.isfinite(self.mean_kw).all() and np.isfinite(self.quantiles_kw).all()):
            raise ValueError("a forecast holds a value that is not finite")
        if (np.diff(self.levels) <= 0).any() or not ((self.levels > 0) & (self.levels < 1)).all():
            raise ValueError("levels of quantiles increase, and lie strictly between 0 and 1")
        if (np.diff(self.quantiles_kw, axis=0) < 0).any():
            raise ValueError("quantiles cross")


class Forecaster(Protocol):
    """Whoever forecasts one quantity of one home, or of a community."""

    def forecast(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What is expected on ``axis``, from what was known at ``issued_at``; always answers, and names how."""
        ...
