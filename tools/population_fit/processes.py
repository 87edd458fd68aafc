"""Fit of the Gaussian processes: what a home's load remembers, and what homes share."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.latent import LatentParameters
from population_fit.numerics import nonnegative_least_squares

WITHIN_HOURS = (0.3, 0.8, 2.0, 6.0)
SLOW_DAYS = (1.0, 4.0, 25.0)
HABIT_DAYS, HABIT_HOURS = 3.0, 1.5
COMMON_HOURS, COMMON_DAYS = 1.5, (1.0, 4.0)
Array = NDArray[np.float64]


def _process(
    within: Array, within_hours: tuple[float, ...], slow: Array, slow_days: tuple[float, ...]
) -> LatentParameters:
    shares = (tuple(float(value) for value in part) for part in (within, slow))
    within_share, slow_share = shares
    return LatentParameters(
        within_share,
        within_hours,
        slow_share,
        slow_days,
        habit_days=HABIT_DAYS,
        habit_hours=HABIT_HOURS,
    )


def fit_home_process(z: Array) -> tuple[LatentParameters, LatentParameters, Array]:
    """Processes within and between days, from the autocorrelation of standings, and homes' white shares.

    Args:
        z: standings ``[homes, days, steps]``, NaN where not measured.
    """
    homes, days, steps = z.shape
    flat = z.reshape(homes, -1)
    around_days = [
        day * steps + step for day in range(1, min(days - 1, 35)) for step in (-steps // 4, 0, steps // 4)
    ]
    lags = np.unique([*range(1, steps), *around_days])
    measured = np.array([np.nanmean(flat[:, lag:] * flat[:, :-lag]) for lag in lags]) / np.nanmean(flat**2)
    basis = _autocorrelations(lags, steps)
    hours = lags * 24.0 / steps
    weight = np.where(hours < 24.0, 1.0, 0.7) * np.where(hours <= 2.0, 3.0, 1.0)
    share = nonnegative_least_squares(basis * weight[:, None], measured * weight)
    miss = float(np.sqrt(np.mean((basis @ share - measured)[hours <= 24.0] ** 2)))
    short, slow, habit, pair = share[:4], share[4:7], float(share[7]), float(share[8])
    print(f"    shares: within {short.round(3)}, days {slow.round(3)}, habit {habit:.3f}, pair {pair:.3f}")
    print(f"    autocorrelation of the first day missed by {miss:.3f}")
    own = np.nanmean(flat[:, 1:] * flat[:, :-1], axis=1) / np.nanmean(flat**2, axis=1)
    lasting = float(basis[0, 4:8] @ share[4:8])
    near = max(float(basis[0] @ share) - lasting, 0.05)
    steady = np.clip((own - lasting) / near, 0.05, 1.0 / (short.sum() + pair))
    # Shares of the steadiest homes: all that is not slow; the white share then tells the others from them.
    top = (0.98 - slow.sum() - habit) / (short.sum() + pair)
    within = replace(_process(short * top, WITHIN_HOURS, slow[:0], ()), pair_share=pair * top)
    between = replace(_process(short[:0], (), slow, SLOW_DAYS), habit_share=habit)
    return within, between, 1.0 - np.clip(steady / top, 0.0, 1.0)


def _autocorrelations(lags: NDArray[np.int64], steps: int) -> Array:
    """Autocorrelation of each part of a home's process at each lag, ``[lags, parts]``."""
    hours = lags * 24.0 / steps
    whole_days = np.round(hours / 24.0)
    away = np.abs(hours - 24.0 * whole_days)
    habit = np.exp(-away / HABIT_HOURS) * np.exp(-whole_days / HABIT_DAYS)
    within = [np.exp(-hours / memory) for memory in WITHIN_HOURS]
    slow = [np.exp(-hours / 24.0 / memory) for memory in SLOW_DAYS]
    return np.stack([*within, *slow, habit, np.where(lags == 1, 0.5, 0.0)], axis=1)


def home_lasting(z: Array, within: LatentParameters, slow: LatentParameters, white: Array) -> Array:
    """How much of what lasts for days each home has, over the population's, ``[homes]``.

    From the variance of its daily means, shrunk by how well that is known.
    """
    daily = z.mean(axis=2)
    days = np.sum(~np.isnan(daily), axis=1)
    variance = np.nanvar(daily, axis=1)
    ratio = np.array(within.within_hours) / 24.0
    # Variance that a process within the day leaves in the mean of a day.
    left = 2.0 * ratio * (1.0 - ratio * (1.0 - np.exp(-1.0 / ratio)))
    quick = (1.0 - white) * float(np.array(within.within_share) @ left)
    rest = np.maximum(variance - quick - slow.habit_share * 2.0 * HABIT_HOURS / 24.0, 0.0)
    own = rest / rest.mean()
    # Days are not independent of each other: half of them count.
    noise = float(np.mean(4.0 / days * (variance / rest.mean()) ** 2))
    spread = max(float(np.var(own)), 0.05)
    trust = min(max(spread - noise, 0.05) / spread, 1.0)
    return 1.0 + (own - 1.0) * trust


def fit_common_process(z: Array) -> LatentParameters:
    """The part that homes share on the same date and time, from pairs of homes."""
    steps = z.shape[2]
    lags = [lag for lag in (0, 1, 2, 4, 6, 8, 12, 16, 20) if lag < steps // 2]
    inside = [_shared(z[:, :, : steps - lag], z[:, :, lag:]) for lag in lags]
    known = ~np.isnan(z[:, :, 0])
    daily = np.where(known, np.nan_to_num(z).mean(axis=2), np.nan)
    day_lags = np.array([1.0, 2.0, 4.0, 7.0])
    between = [_shared(daily[:, : -int(lag)], daily[:, int(lag) :]) for lag in day_lags]
    print(f"    shared at one time {inside[0]:.4f}, by days and those before {between[0]:.4f}")
    hours = np.array(lags) * 24.0 / steps
    within = [np.exp(-hours / COMMON_HOURS), *(np.exp(-hours / 24.0 / memory) for memory in COMMON_DAYS)]
    days = [np.zeros(len(day_lags)), *(np.exp(-day_lags / memory) for memory in COMMON_DAYS)]
    basis = np.concatenate([np.stack(within, axis=1), np.stack(days, axis=1)])
    share = nonnegative_least_squares(basis, np.array(inside + between))
    return _process(share[:1], (COMMON_HOURS,), share[1:], COMMON_DAYS)


def _shared(early: Array, late: Array) -> float:
    """Mean product of one home's early and another's late standing."""
    both = ~np.isnan(early) & ~np.isnan(late)
    count = np.sum(~np.isnan(early), axis=0) * np.sum(~np.isnan(late), axis=0) - both.sum(axis=0)
    total = np.nansum(early, axis=0) * np.nansum(late, axis=0) - np.nansum(early * late, axis=0)
    return float(np.sum(total) / np.sum(count))


def share_out(
    within: LatentParameters, slow: LatentParameters, common: LatentParameters
) -> tuple[LatentParameters, LatentParameters]:
    """A home's own processes after the shared one has had its part, and never more than the whole."""
    total, shared = sum(slow.slow_share), sum(common.slow_share)
    keep = max(total - shared, 0.0) / max(total, 1e-9)
    slow = replace(slow, slow_share=tuple(share * keep for share in slow.slow_share))
    scale = min(1.0, (0.999 - slow.variance - common.variance) / within.variance)
    scaled = tuple(share * scale for share in within.within_share)
    return replace(within, within_share=scaled, pair_share=within.pair_share * scale), slow
