"""Quantiles of samples, and forecasts made of them."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis

LEVELS: NDArray[np.float64] = np.arange(1, 20) / 20
"""Probabilities of the quantiles that are forecast: .05, .10, … .95."""
LEVELS.setflags(write=False)


def sample_quantiles(
    samples: NDArray[np.float64], levels: NDArray[np.float64] = LEVELS
) -> NDArray[np.float64]:
    """Quantiles of each row, linear between ordered samples; not a number where a row holds nothing.

    Args:
        samples: shape (rows, samples), not a number where there is none.
        levels: probabilities, shape (levels,).

    Returns:
        shape (levels, rows).
    """
    ordered = np.sort(samples, axis=1)  # what is not a number goes last
    count = np.isfinite(ordered).sum(axis=1)
    if not samples.shape[1]:
        return np.full((len(levels), len(samples)), np.nan)
    place = levels[:, None] * np.maximum(count - 1, 0)
    below = place.astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(samples))
    low = ordered[rows, below]
    return np.asarray(low + (place - below) * (ordered[rows, above] - low))


def forecast_of(
    axis: TimeAxis,
    issued_at: datetime,
    mean_kw: NDArray[np.float64],
    quantiles_kw: NDArray[np.float64],
    method: str,
) -> Forecast:
    """A forecast at :data:`LEVELS`; quantiles that cross are put in order.

    Args:
        axis: the steps that are forecast.
        issued_at: when it is made.
        mean_kw: shape (steps,).
        quantiles_kw: shape (levels, steps).
        method: who speaks, in the user's words.
    """
    return Forecast(axis, issued_at, mean_kw, LEVELS, np.sort(quantiles_kw, axis=0), method)
