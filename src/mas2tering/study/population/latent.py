"""Gaussian processes that say how high a home's load stands among its usual loads of that hour: 0 is its
median."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.random_streams import Stream, normals_of_days

_HABIT_DAYS = 8
_SLOW_LAGS = 96


@dataclass(frozen=True)
class LatentParameters:
    """Shares of variance (they add up to 1 with the white noise that makes up the rest) and memories of a
    latent process.

    Attributes:
        within_share, within_hours: processes that forget within the day, each with its memory (time constant)
            in hours.
        slow_share, slow_days: processes that last for days, each with its memory in days.
        habit_share, habit_days, habit_hours: a process that repeats at the same hour on following days.
        pair_share: noise averaged over two neighbouring steps (what runs across the border between them).
    """

    within_share: tuple[float, ...]
    within_hours: tuple[float, ...]
    slow_share: tuple[float, ...]
    slow_days: tuple[float, ...]
    habit_share: float = 0.0
    habit_days: float = 1.0
    habit_hours: float = 1.0
    pair_share: float = 0.0

    @property
    def variance(self) -> float:
        """Sum of the shares."""
        return sum(self.within_share) + sum(self.slow_share) + self.habit_share + self.pair_share


def latent(
    parameters: LatentParameters,
    streams: tuple[Stream, Stream],
    seed: int,
    ids: Sequence[int],
    days: NDArray[np.int64],
    steps_per_day: int,
) -> NDArray[np.float64]:
    """The process without its white noise, ``[ids, days, steps_per_day]``, of variance the sum of the shares.

    A day is drawn from the noise of that day and the days before it, so it is the same whatever else is asked
    for.

    Args:
        streams: of the noise within days and of the noise from day to day.
    """
    needed = np.unique(
        (days[:, None] - np.arange(_HABIT_DAYS if parameters.habit_share > 0 else 2)[None, :]).ravel()
    )
    position = np.searchsorted(needed, days)
    channels = len(parameters.within_share) + 1
    total = np.zeros((len(ids), len(days), steps_per_day))
    if parameters.within_share or parameters.habit_share > 0:
        noise = normals_of_days(seed, streams[0], ids, needed, (channels, steps_per_day))
    for channel, (share, hours) in enumerate(
        zip(parameters.within_share, parameters.within_hours, strict=True)
    ):
        memory = np.exp(-24.0 / steps_per_day / hours)
        both = np.concatenate([noise[:, position - 1, channel], noise[:, position, channel]], axis=-1)
        total += np.sqrt(share) * _autoregression(both, memory)[..., steps_per_day:]
    if parameters.pair_share > 0:
        plain = noise[:, position, -1]
        earlier = np.concatenate([noise[:, position - 1, -1, -1:], plain[..., :-1]], axis=-1)
        total += np.sqrt(parameters.pair_share / 2.0) * (plain + earlier)
    if parameters.habit_share > 0:
        memory = np.exp(-24.0 / steps_per_day / parameters.habit_hours)
        smooth = _autoregression(noise[:, :, -1], memory)
        weight = np.exp(-np.arange(_HABIT_DAYS) / parameters.habit_days)
        weight *= np.sqrt(parameters.habit_share / np.sum(weight**2))
        for lag, factor in enumerate(weight):
            total += factor * smooth[:, position - lag]
    return total + _slow(parameters, streams[1], seed, ids, days, steps_per_day)


def _autoregression(noise: NDArray[np.float64], memory: float) -> NDArray[np.float64]:
    """First-order autoregression of unit variance along the last axis, started from its stationary law."""
    out = np.moveaxis(noise, -1, 0) * np.sqrt(1.0 - memory**2)  # time first: a step is one stretch of memory
    out[0] = noise[..., 0]
    for step in range(1, len(out)):
        out[step] += memory * out[step - 1]
    return np.moveaxis(out, 0, -1)


def _slow(
    parameters: LatentParameters,
    stream: Stream,
    seed: int,
    ids: Sequence[int],
    days: NDArray[np.int64],
    steps_per_day: int,
) -> NDArray[np.float64]:
    """What lasts for days: a value at each noon, moved smoothly from one noon to the next without losing
    variance."""
    total = np.zeros((len(ids), len(days), steps_per_day))
    if not parameters.slow_share:
        return total
    needed = np.unique((days[:, None] + 1 - np.arange(_SLOW_LAGS + 2)[None, :]).ravel())
    position = np.searchsorted(needed, days)
    noise = normals_of_days(seed, stream, ids, needed, (len(parameters.slow_share),))
    hour = (np.arange(steps_per_day) + 0.5) * 24.0 / steps_per_day
    fraction = ((hour - 12.0) / 24.0) % 1.0
    early, late = np.cos(0.5 * np.pi * fraction), np.sin(0.5 * np.pi * fraction)
    for channel, (share, memory_days) in enumerate(
        zip(parameters.slow_share, parameters.slow_days, strict=True)
    ):
        weight = np.exp(-np.arange(_SLOW_LAGS) / memory_days)
        weight /= np.sqrt(np.sum(weight**2))
        correlation = float(np.sum(weight[1:] * weight[:-1]))
        noon = [
            sum(w * noise[:, position + shift - lag, channel] for lag, w in enumerate(weight))
            for shift in (-1, 0, 1)
        ]
        before = noon[0][..., None] * early + noon[1][..., None] * late
        after = noon[1][..., None] * early + noon[2][..., None] * late
        value = np.where(hour < 12.0, before, after)
        total += value * np.sqrt(share / (1.0 + 2.0 * early * late * correlation))
    return total
