"""Fit of the household model to measured homes."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.steps import hours_to_steps
from population_fit.measured import MeasuredHomes, london
from population_fit.numerics import ndtri
from population_fit.processes import fit_common_process, fit_home_process, home_lasting, share_out

LEVELS = np.array([0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.975, 0.99, 0.997])
TRAIT_LEVELS = np.array([0.0005, 0.02, 0.06, 0.15, 0.25, 0.375, 0.5, 0.625, 0.75, 0.85, 0.94, 0.98, 0.9995])
OFFSET = 0.05
HOME_SEASON_DAY = 20.0
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """What a fit needs to know about its population.

    ``peak_headroom``: a home's limit over its measured peak; the fewer days were measured, the further it
    lies above.
    """

    harmonics: int
    scores: int
    weekend_scores: int
    window_hours: float
    tail_slope: float
    peak_headroom: float
    common_bound: float
    common_tilt: float
    season_of_london: bool = False


def season_angle(day_numbers: NDArray[np.int64]) -> Array:
    """Angle of the year; the same as the model's."""
    return 2.0 * np.pi * (day_numbers - 735599.0) / 365.2425


def fit_season(homes: MeasuredHomes, harmonics: int) -> tuple[Array, Array]:
    """Cosine and sine of the logarithm of the mean load by hour, ``[harmonics, 24]``, smooth over the hours.

    Each home is relative to its own mean expected on its days, so that unequal days do not bias.
    """
    load, angle = homes.load_kw, season_angle(homes.day_numbers)
    by_hour = load.reshape(*load.shape[:2], 24, -1).mean(axis=-1)
    known = ~np.isnan(by_hour[:, :, 0])
    basis = np.concatenate(
        [np.stack([np.cos(k * angle), np.sin(k * angle)]) for k in range(1, harmonics + 1)]
    )
    coefficients = np.zeros((2 * harmonics, 24))
    weekend = ((homes.day_numbers - 1) % 7 >= 5).astype(float)
    design = np.concatenate([np.ones((1, len(angle))), weekend[None], basis])
    for _ in range(4):
        factor = np.exp(np.einsum("kd,kh->dh", basis, coefficients))
        level = np.nansum(by_hour, axis=(1, 2)) / np.einsum("nd,d->n", known, factor.mean(axis=1)) / 24.0
        pooled = np.nansum(by_hour / level[:, None, None], axis=0) / known.sum(axis=0)[:, None]
        weight = np.sqrt(known.sum(axis=0))
        # Ridge against wild extrapolation where only a part of the year was measured.
        ridge = np.sqrt(weight @ weight * 0.003) * np.eye(len(design))[2:]
        matrix = np.concatenate([design.T * weight[:, None], ridge])
        target = np.concatenate([np.log(pooled) * weight[:, None], np.zeros((len(ridge), 24))])
        coefficients = _smooth_hours(np.linalg.lstsq(matrix, target, rcond=None)[0][2:])
    return coefficients[0::2], coefficients[1::2]


def scaled_season(homes: MeasuredHomes, season: tuple[Array, Array]) -> tuple[Array, Array]:
    """A season borrowed from another population, as much stronger or weaker as the days measured here ask
    for."""
    weekend = ((homes.day_numbers - 1) % 7 >= 5).astype(float)
    daily = homes.load_kw.mean(axis=2)
    pooled = np.log((daily / daily.mean(axis=1, keepdims=True)).mean(axis=0))
    lent = np.log(season_by_step(season, homes.day_numbers, 24).mean(axis=1))
    design = np.stack([np.ones_like(lent), weekend, lent], axis=1)
    factor = float(np.clip(np.linalg.lstsq(design, pooled, rcond=None)[0][2], 0.5, 2.0))
    print(f"    borrowed season times {factor:.2f}")
    return season[0] * factor, season[1] * factor


def _smooth_hours(values: Array) -> Array:
    return 0.25 * np.roll(values, 1, -1) + 0.5 * values + 0.25 * np.roll(values, -1, -1)


def season_by_step(season: tuple[Array, Array], day_numbers: NDArray[np.int64], steps: int) -> Array:
    """The factor ``[days, steps]``, 1 on average over a year at each hour."""

    def factor(angle: Array) -> Array:
        harmonics = np.arange(1, len(season[0]) + 1)[:, None] * angle
        return np.exp(np.cos(harmonics).T @ season[0] + np.sin(harmonics).T @ season[1])

    year = factor(np.linspace(0.0, 2.0 * np.pi, 73)[:-1]).mean(axis=0)
    return hours_to_steps(factor(season_angle(day_numbers)) / year, steps)


def fit_home_seasons(relative: Array, day_numbers: NDArray[np.int64]) -> Array:
    """Own winter-to-summer swing of each home, shrunk by how well it is known, ``[homes]``."""
    wave = np.cos(season_angle(day_numbers) - 2.0 * np.pi * HOME_SEASON_DAY / 365.2425)
    daily = np.log(np.maximum(relative.mean(axis=-1), 0.05))
    slope, error = np.zeros(len(relative)), np.zeros(len(relative))
    for home, values in enumerate(daily):
        known = ~np.isnan(values)
        x = wave[known] - wave[known].mean()
        slope[home] = x @ values[known] / (x @ x)
        rest = values[known] - values[known].mean() - slope[home] * x
        error[home] = 3.0 * (rest @ rest) / (known.sum() - 2) / (x @ x)  # 3: days are not independent
    true = max(float(np.var(slope) - error.mean()), 1e-4)
    return (slope - slope.mean()) * true / (true + error)


def quantile_table(relative: Array, window_hours: float) -> Array:
    """Quantiles of each home around each hour, ``[homes, 24, levels]`` of relative load."""
    steps = relative.shape[-1]
    hour = (np.arange(steps) + 0.5) * 24.0 / steps
    table = np.empty((len(relative), 24, len(LEVELS)))
    for centre in range(24):
        distance = np.abs((hour - centre - 0.5 + 12.0) % 24.0 - 12.0)
        chosen = relative[:, :, distance <= window_hours].reshape(len(relative), -1)
        table[:, centre] = np.nanquantile(chosen, LEVELS, axis=1, method="hazen").T
    return table


def weekend_shifts(relative: Array, day_numbers: NDArray[np.int64]) -> Array:
    """Logarithm of weekend over workday mean by hour, each home shrunk to the population, ``[homes, 24]``."""
    by_hour = relative.reshape(*relative.shape[:2], 24, -1).mean(axis=-1)
    weekend = (day_numbers - 1) % 7 >= 5
    off, work = np.nanmean(by_hour[:, weekend], axis=1), np.nanmean(by_hour[:, ~weekend], axis=1)
    pooled = np.log(off.mean(axis=0) / work.mean(axis=0))
    own = np.log((_smooth_hours(_smooth_hours(off)) + 0.1) / (_smooth_hours(_smooth_hours(work)) + 0.1))
    count = np.sum(~np.isnan(by_hour[:, weekend, 0]), axis=1)
    reliability = count / (count + 25.0)
    return pooled + (own - own.mean(axis=0)) * reliability[:, None]


def standing(relative: Array, window_hours: float) -> Array:
    """Normal score of each load among the home's loads around that time of day, ``[homes, days, steps]``."""
    homes, _, steps = relative.shape
    half = max(int(window_hours * steps / 24.0), 0)
    noise = np.random.default_rng(0).random(relative.shape) * 1e-4
    jittered = relative + noise
    out = np.full(relative.shape, np.nan)
    for step in range(steps):
        window = [(step + shift) % steps for shift in range(-half, half + 1)]
        for home in range(homes):
            known = ~np.isnan(jittered[home, :, step])
            pool = np.sort(jittered[home][known][:, window].ravel())
            rank = np.searchsorted(pool, jittered[home, known, step], side="right") - 0.5
            out[home, known, step] = ndtri(rank / len(pool))
    return out


def component_analysis(values: Array, count: int) -> tuple[Array, ...]:
    """Mean, components (unit variance scores) and scores of rows of ``values [homes, …]``."""
    flat = values.reshape(len(values), -1)
    mean = flat.mean(axis=0)
    left, size, right = np.linalg.svd(flat - mean, full_matrices=False)
    scale = size[:count] / np.sqrt(len(values) - 1)
    kept = float((size[:count] ** 2).sum() / (size**2).sum())
    print(f"    {count} components keep {kept:.0%} of the variance")
    scores = left[:, :count] * np.sqrt(len(values) - 1)
    return (
        mean.reshape(values.shape[1:]),
        (right[:count] * scale[:, None]).reshape(count, *values.shape[1:]),
        scores,
    )


def joint_law(traits: Array) -> tuple[Array, Array]:
    """Marginal quantiles ``[traits, points]`` and correlation of normal scores ``[traits, traits]``."""
    homes = len(traits)
    levels = np.clip(TRAIT_LEVELS, 0.5 / homes, 1 - 0.5 / homes)
    quantiles = np.quantile(traits, levels, axis=0, method="hazen").T
    z, known = ndtri(TRAIT_LEVELS), ndtri(levels)
    for end, inner in (
        (0, 2),
        (-1, -3),
    ):  # carry the outer slope beyond the homes that were measured, half as steep
        slope = (quantiles[:, end] - quantiles[:, inner]) / (known[end] - known[inner])
        quantiles[:, end] += 0.5 * slope * (z[end] - known[end])
    quantiles = np.sort(quantiles, axis=1)
    rank = traits.argsort(axis=0).argsort(axis=0)
    score = ndtri((rank + 0.5) / homes)
    correlation = np.corrcoef(score.T)
    return quantiles, trusted_correlation(correlation, homes)


def trusted_correlation(correlation: Array, homes: int) -> Array:
    """Each correlation shrunk by its own error (positive-part James-Stein), then made positive definite
    again."""
    error = (1.0 - correlation**2) ** 2 / homes
    trusted = correlation * np.maximum(1.0 - error / np.maximum(correlation**2, 1e-12), 0.0)
    np.fill_diagonal(trusted, 1.0)
    size, direction = np.linalg.eigh(trusted)
    positive = (direction * np.maximum(size, 0.02)) @ direction.T
    scale = np.sqrt(np.diag(positive))
    return positive / scale / scale[:, None]


def _deseasoned(homes: MeasuredHomes, fit: Fit) -> tuple[Array, Array, tuple[Array, Array]]:
    """Loads without season, each home's own swing, and the population's season."""
    if fit.season_of_london:  # six weeks do not tell a year
        season = scaled_season(homes, fit_season(london(), 2))
    else:
        season = fit_season(homes, fit.harmonics)
    load = homes.load_kw / season_by_step(season, homes.day_numbers, homes.load_kw.shape[-1])
    level = np.nanmean(load, axis=(1, 2))
    amplitude = fit_home_seasons(load / level[:, None, None], homes.day_numbers)
    wave = np.cos(season_angle(homes.day_numbers) - 2.0 * np.pi * HOME_SEASON_DAY / 365.2425)
    own = np.exp(amplitude[:, None] * wave) / np.i0(amplitude)[:, None]
    return load / own[:, :, None], amplitude, season


def fit_population(homes: MeasuredHomes, fit: Fit) -> dict[str, object]:
    """All parameters of one population but the final correction of means."""
    steps = homes.load_kw.shape[-1]
    load, amplitude, season = _deseasoned(homes, fit)
    level = np.nanmean(load, axis=(1, 2))
    relative = load / level[:, None, None]
    weekend = (homes.day_numbers - 1) % 7 >= 5
    shift = weekend_shifts(relative, homes.day_numbers)
    by_step = hours_to_steps(np.exp(shift), steps)
    relative = np.where(weekend[None, :, None], relative / by_step[:, None, :], relative)
    table = np.log(np.maximum(quantile_table(relative, fit.window_hours), 0.0) + OFFSET)
    mean, components, scores = component_analysis(table, min(fit.scores, len(table) // 2))
    weekend_mean, weekend_components, weekend_scores = component_analysis(shift, fit.weekend_scores)
    # With a hundred days and more, ranks need no neighbouring times of the day.
    z = standing(relative, 0.0 if steps == 96 and relative.shape[1] > 100 else fit.window_hours)
    within, slow, white = fit_home_process(z)
    lasting = home_lasting(z, within, slow, white)
    common = fit_common_process(z)
    within, slow = share_out(within, slow, common)
    peak = np.log(fit.peak_headroom * np.nanmax(homes.load_kw, axis=(1, 2)))
    single = (np.log(level * 8760.0), amplitude, white, peak, lasting)
    quantiles, correlation = joint_law(np.column_stack([scores, weekend_scores, *single]))
    return {
        "steps_per_day": steps,
        "offset": OFFSET,
        "tail_slope": fit.tail_slope,
        "home_season_day": HOME_SEASON_DAY,
        "level_z": ndtri(LEVELS),
        "table_mean": mean,
        "table_components": components,
        "weekend_mean": weekend_mean,
        "weekend_components": weekend_components,
        "trait_levels_z": ndtri(TRAIT_LEVELS),
        "trait_quantiles": quantiles,
        "trait_correlation": correlation,
        "season_cos": season[0],
        "season_sin": season[1],
        "mean_correction": np.ones((2, 24)),
        "within": asdict(within),
        "slow": asdict(slow),
        "common": asdict(common),
        "common_bound": fit.common_bound,
        "common_tilt": fit.common_tilt,
    }
