"""From half-hours to quarter-hours. How a half-hour divides is measured on Dutch homes (15 min) and borrowed
for others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, number
from mas2tering.study.population.random_streams import Stream, normals_of_days


@dataclass(frozen=True)
class QuarterSplit:
    """How half-hours divide.

    Attributes:
        relative_level: heights of a half-hour over its home's mean, ``[heights]``.
        levels_z: normal values of the levels of the scatter's size, ``[levels]``.
        log_ratio_quantiles: size of the scatter of the logarithm of second over first quarter, ``[heights,
            levels]``.
        lean: share of the neighbours' logarithmic difference by which it leans towards the heavier one.
    """

    relative_level: NDArray[np.float64]
    levels_z: NDArray[np.float64]
    log_ratio_quantiles: NDArray[np.float64]
    lean: float


def quarter_split(block: dict[str, object]) -> QuarterSplit:
    """The parameters of one block of `calibration.json`."""
    return QuarterSplit(
        relative_level=array(block, "relative_level"),
        levels_z=array(block, "levels_z"),
        log_ratio_quantiles=array(block, "log_ratio_quantiles"),
        lean=number(block, "lean"),
    )


def split_half_hours(
    split: QuarterSplit,
    half_hour_kw: NDArray[np.float64],
    mean_kw: NDArray[np.float64],
    seed: int,
    home_index: Sequence[int] | NDArray[np.int64],
    days: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Quarter-hours ``[homes, days, 96]`` whose pairs have the mean of the half-hours ``[homes, days, 48]``.

    The logarithm of second over first quarter leans towards the heavier neighbour and scatters as much as
    that of Dutch homes whose half-hour stands as high above their mean.

    Args:
        split: fitted parameters.
        half_hour_kw: mean power of half-hours.
        mean_kw: yearly mean of each home, ``[homes]``.
        seed, home_index, days: of whom the homes and days are.
    """
    relative = half_hour_kw / mean_kw[:, None, None]
    around = np.log(np.pad(relative, ((0, 0), (0, 0), (1, 1)), mode="edge") + 0.05)
    lean = split.lean * (around[..., 2:] - around[..., :-2])
    normal = normals_of_days(
        seed, Stream.QUARTER_SPLIT, [int(i) for i in home_index], days, (half_hour_kw.shape[-1],)
    )
    place = np.interp(relative, split.relative_level, np.arange(len(split.relative_level), dtype=float))
    low = np.minimum(place.astype(int), len(split.relative_level) - 2)
    late = place - low
    sizes = np.stack([np.interp(np.abs(normal), split.levels_z, row) for row in split.log_ratio_quantiles])
    lower, upper = (np.take_along_axis(sizes, (low + step)[None], 0)[0] for step in (0, 1))
    scatter = lower * (1.0 - late) + upper * late
    second = 1.0 / (1.0 + np.exp(-(lean + np.sign(normal) * scatter)))
    pair = np.stack([2.0 * half_hour_kw * (1.0 - second), 2.0 * half_hour_kw * second], axis=-1)
    return np.asarray(pair.reshape(*half_hour_kw.shape[:-1], 2 * half_hour_kw.shape[-1]))
