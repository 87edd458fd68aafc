"""How far generated loads lie from measured ones: pure functions on arrays ``[homes, days, steps]`` in kW,
NaN where not measured.

Every distance is relative, so that 0.05 reads as five per cent: of the mean, of the measured figure, or of
the mean load.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_FINE = (np.arange(200) + 0.5) / 200.0


@dataclass(frozen=True)
class Distance:
    """One compared figure or law.

    Attributes:
        name: what was compared.
        measured, generated: the figure, or the quantiles 5, 25, 50, 75, 95 % of the law.
        distance: relative distance; for a law the Wasserstein distance over the measured mean, for a shape
            the root mean square over the mean.
        kolmogorov: greatest difference of the distribution functions, for laws only.
    """

    name: str
    measured: tuple[float, ...]
    generated: tuple[float, ...]
    distance: float
    kolmogorov: float | None = None


def relative_error(measured: float, generated: float) -> float:
    """Generated less measured, over measured."""
    return (generated - measured) / measured


def wasserstein_over_mean(measured: Array, generated: Array) -> float:
    """Mean distance between the quantiles of two samples of any sizes, over the mean of the measured one."""
    difference = np.quantile(measured, _FINE, method="hazen") - np.quantile(generated, _FINE, method="hazen")
    return float(np.mean(np.abs(difference)) / abs(float(np.mean(measured))))


def kolmogorov_distance(measured: Array, generated: Array) -> float:
    """Greatest difference between the distribution functions of two samples (Kolmogorov-Smirnov)."""
    points = np.concatenate([measured, generated])
    first = np.searchsorted(np.sort(measured), points, side="right") / len(measured)
    second = np.searchsorted(np.sort(generated), points, side="right") / len(generated)
    return float(np.max(np.abs(first - second)))


def law_distance(name: str, measured: Array, generated: Array) -> Distance:
    """Two samples compared as laws; values that are not known (NaN) are left out."""
    known, made = measured[~np.isnan(measured)], generated[~np.isnan(generated)]
    first, second = (tuple(float(q) for q in np.quantile(sample, LEVELS)) for sample in (known, made))
    return Distance(name, first, second, wasserstein_over_mean(known, made), kolmogorov_distance(known, made))


def figure_distance(name: str, measured: float, generated: float) -> Distance:
    """Two figures compared."""
    return Distance(name, (measured,), (generated,), relative_error(measured, generated))


def shape_distance(name: str, measured: Array, generated: Array) -> Distance:
    """Two shapes, each over its mean: root mean square of the difference."""
    first, second = measured / measured.mean(), generated / generated.mean()
    distance = float(np.sqrt(np.mean((first - second) ** 2)))
    return Distance(name, tuple(first.tolist()), tuple(second.tolist()), distance)


def coarser(load_kw: Array, steps: int) -> Array:
    """Means over longer steps: ``steps`` a day."""
    return np.asarray(load_kw.reshape(*load_kw.shape[:2], steps, -1).mean(axis=-1))


def home_means(load_kw: Array) -> Array:
    """Mean load of each home over the days it was measured, ``[homes]``."""
    return np.asarray(np.nanmean(load_kw, axis=(1, 2)))


def home_peaks(load_kw: Array) -> Array:
    """Highest load of each home, ``[homes]``."""
    return np.asarray(np.nanmax(load_kw, axis=(1, 2)))


def daily_peaks_over_mean(load_kw: Array) -> Array:
    """Mean over the days of each home's daily peak, over its mean load, ``[homes]``."""
    return np.asarray(np.nanmean(load_kw.max(axis=2), axis=1) / home_means(load_kw))


def daily_variation(load_kw: Array) -> Array:
    """Standard deviation of each home's daily energy over its mean, ``[homes]``."""
    return np.asarray(np.nanstd(load_kw.mean(axis=2), axis=1) / home_means(load_kw))


def load_duration(load_kw: Array) -> Array:
    """Loads of all homes and steps, each over its home's mean, sorted down to 400 quantiles."""
    relative = (load_kw / home_means(load_kw)[:, None, None]).ravel()
    return np.asarray(np.nanquantile(relative, (np.arange(400) + 0.5) / 400.0))


def daily_shape(load_kw: Array, days: NDArray[np.bool_]) -> Array:
    """Mean load by hour on some days, homes weighing as much as they use, ``[24]``."""
    hourly = coarser(load_kw[:, days], 24)
    known = ~np.isnan(hourly[:, :, 0])
    return np.asarray(np.nansum(hourly, axis=(0, 1)) / known.sum())


def home_shapes(load_kw: Array) -> Array:
    """Mean load of each home by hour over its mean, ``[homes, 24]``."""
    hourly = np.nanmean(coarser(load_kw, 24), axis=1)
    return np.asarray(hourly / hourly.mean(axis=1, keepdims=True))


def autocorrelation(load_kw: Array, lag_steps: int) -> float:
    """Correlation of each home's load with itself some steps later, mean over the homes."""
    flat = load_kw.reshape(len(load_kw), -1)
    centred = flat - np.nanmean(flat, axis=1, keepdims=True)
    product = centred[:, lag_steps:] * centred[:, :-lag_steps]
    pairs = np.sum(~np.isnan(product), axis=1)
    some = pairs > 0  # a home measured on single days has no pairs at some lags
    own = np.nansum(product[some], axis=1) / pairs[some] / np.nanmean(centred[some] ** 2, axis=1)
    return float(np.mean(own))


def joint_load_kw(load_kw: Array) -> Array:
    """Mean over the homes at each step, ``[days * steps]``."""
    return np.asarray(load_kw.mean(axis=0).ravel())


def joint_peak_over_mean(load_kw: Array) -> float:
    """Highest joint load over the mean one: what the diversity of the homes leaves of their peaks."""
    joint = joint_load_kw(load_kw)
    return float(joint.max() / joint.mean())


def coincidence(load_kw: Array, group_sizes: Sequence[int], seed: int, groups: int = 40) -> Array:
    """Peak of a group over the sum of its homes' peaks, mean over groups drawn at random, ``[sizes]``."""
    rng = np.random.default_rng(seed)
    flat = load_kw.reshape(len(load_kw), -1)
    peaks = flat.max(axis=1)
    result = []
    for size in group_sizes:
        draws = groups if size < len(flat) else 1
        chosen = [rng.choice(len(flat), size, replace=False) for _ in range(draws)]
        result.append(np.mean([flat[rows].sum(axis=0).max() / peaks[rows].sum() for rows in chosen]))
    return np.array(result)


def same_date_peaks(load_kw: Array, least_homes: int = 10) -> Array:
    """Peak of the homes measured on one date over their mean load, one for each date with enough homes.

    It needs no home to be measured on every date, so it shows the diversity of real dates.
    """
    relative = load_kw / home_means(load_kw)[:, None, None]
    known = ~np.isnan(load_kw[:, :, 0])
    dates = known.sum(axis=0) >= least_homes
    joint = np.nansum(relative[:, dates], axis=0) / known[:, dates].sum(axis=0)[:, None]
    return np.asarray(joint.max(axis=1))
