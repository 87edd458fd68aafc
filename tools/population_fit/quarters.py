"""How half-hours divide into quarter-hours, from the Dutch homes."""

from itertools import pairwise

import numpy as np

from population_fit.measured import MeasuredHomes
from population_fit.numerics import ndtri

RELATIVE_LEVEL = np.array([0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 14.0])
ABSOLUTE_LEVELS = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.87, 0.95, 0.985, 0.998])


def fit_quarter_split(homes: MeasuredHomes) -> dict[str, object]:
    """Scatter of the logarithm of second over first quarter by height of the half-hour, and its lean to the
    neighbours."""
    load = homes.load_kw.reshape(len(homes.load_kw), -1, 2)
    mean = load.mean(axis=(1, 2))[:, None]
    half = load.mean(axis=2)
    around = np.log(half + 0.05 * mean)
    ratio = np.log((load[:, 1:-1, 1] + 0.01 * mean) / (load[:, 1:-1, 0] + 0.01 * mean))
    slope = around[:, 2:] - around[:, :-2]
    lean = float((slope * ratio).sum() / (slope * slope).sum())
    rest = np.abs(ratio - lean * slope)
    relative = np.log(half[:, 1:-1] / mean)
    edges = np.concatenate([[-np.inf], 0.5 * np.log(RELATIVE_LEVEL[1:] * RELATIVE_LEVEL[:-1]), [np.inf]])
    spread = [
        np.quantile(rest[(relative >= low) & (relative < high)], ABSOLUTE_LEVELS)
        for low, high in pairwise(edges)
    ]
    return {
        "relative_level": RELATIVE_LEVEL,
        "levels_z": ndtri(0.5 + 0.5 * ABSOLUTE_LEVELS),
        "log_ratio_quantiles": np.array(spread),
        "lean": lean,
    }
