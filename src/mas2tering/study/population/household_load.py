"""Base load of households: who they are (`sample_households`) and what they draw (`base_load_kw`).

A home has a yearly energy, a table of quantiles of its load at each hour relative to its mean, a weekend
habit, an amplitude of season and a restlessness; these are drawn together from a Gaussian copula over the
scores of a principal component analysis of measured homes. Its load at a time is the quantile of that hour at
which a Gaussian process stands; a part of the process is shared by all homes of the community (weather,
holidays, television), which is what makes their joint peak.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.household_model import HouseholdModel, shipped_model
from mas2tering.study.population.latent import latent
from mas2tering.study.population.quarter_split import split_half_hours
from mas2tering.study.population.random_streams import Stream, day_numbers, generator, normals_of_days
from mas2tering.study.population.steps import QUARTERS, hours_to_steps

HOURS_PER_YEAR = 8760.0
MOST_TAKEN_OUT = 0.8
_FLOOR_Z = -1.2816  # the 10 % quantile: what a home draws at that hour when nobody does anything
_DAYS_AT_ONCE = 32
_NEW_YEAR_DAY = 735599.0  # 1 January 2015; the calendar drifts from it by less than a day
_NODES_Z = np.linspace(-4.0, 4.0, 33)
_NODES_WEIGHT = np.exp(-(_NODES_Z**2) / 2) / np.exp(-(_NODES_Z**2) / 2).sum()
_WEEK = np.array([5.0 / 7.0, 2.0 / 7.0])


@dataclass(frozen=True)
class HouseholdSample:
    """Homes of one population; row ``i`` of every array is one home.

    Attributes:
        population: one of `POPULATIONS`.
        seed: with which they were drawn; their days are drawn with it too.
        home_index: number of each home among those of the seed, ``[homes]``.
        yearly_kwh: energy expected in a year, ``[homes]``.
        log_table: quantiles of load over mean, as the logarithm of (it + the population's offset), ``[homes,
            24, levels]``.
        weekend_shift: logarithm of weekend over workday by hour, ``[homes, 24]``.
        season_amplitude: logarithmic swing from winter to summer beyond the population's, ``[homes]``.
        white_share: how much of the memory within a day is replaced by white noise, ``[homes]``.
        peak_kw: about the highest mean power of a step in a year, ``[homes]``; loads above 70 % of it are
            bent below 103 % of it.
        lasting: share of what lasts for days, over the population's, ``[homes]``.
    """

    population: str
    seed: int
    home_index: NDArray[np.int64]
    yearly_kwh: NDArray[np.float64]
    log_table: NDArray[np.float64]
    weekend_shift: NDArray[np.float64]
    season_amplitude: NDArray[np.float64]
    white_share: NDArray[np.float64]
    peak_kw: NDArray[np.float64]
    lasting: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.home_index)

    def take(self, rows: Sequence[int]) -> "HouseholdSample":
        """The homes of these rows, unchanged in every other way."""
        index = np.asarray(rows, dtype=np.int64)
        names = (
            "home_index",
            "yearly_kwh",
            "log_table",
            "weekend_shift",
            "season_amplitude",
            "white_share",
            "peak_kw",
            "lasting",
        )
        return replace(self, **{name: getattr(self, name)[index] for name in names})


def sample_households(
    population: str, homes: int, seed: int, *, model: HouseholdModel | None = None
) -> HouseholdSample:
    """Draw homes. Home ``i`` depends on the population, the seed and ``i``, not on how many are asked for.

    Args:
        population: ``uk`` (London 2013), ``nl`` (Netherlands 2013), ``ch`` (Switzerland, many with electric
            water heating at night) or ``be``, for which no measured homes were to be had: it borrows all of
            ``nl``.
        homes: how many.
        seed: a whole number from 0 up.
        model: parameters to use instead of the shipped ones.

    Raises:
        ValueError: unknown population or negative seed.
    """
    fitted = model or shipped_model(population)
    count = len(fitted.trait_correlation)
    draws = [generator(seed, Stream.HOUSEHOLD, index).standard_normal(count) for index in range(homes)]
    mixing = np.asarray(np.linalg.cholesky(fitted.trait_correlation).T, dtype=float)
    score = combined(np.reshape(draws, (homes, count)), mixing)
    law = zip(score.T, fitted.trait_quantiles, strict=True)
    traits = np.stack(
        [np.interp(column, fitted.trait_levels_z, quantiles) for column, quantiles in law], axis=1
    )
    first = len(fitted.table_components)
    last = first + len(fitted.weekend_components)
    table = fitted.table_mean + combined(traits[:, :first], fitted.table_components)
    return HouseholdSample(
        population=population,
        seed=seed,
        home_index=np.arange(homes, dtype=np.int64),
        yearly_kwh=np.exp(traits[:, last]),
        log_table=np.maximum.accumulate(table, axis=-1),  # quantiles rise with their level
        weekend_shift=fitted.weekend_mean + combined(traits[:, first:last], fitted.weekend_components),
        season_amplitude=traits[:, last + 1],
        white_share=np.clip(traits[:, last + 2], 0.0, 1.0),
        peak_kw=np.exp(traits[:, last + 3]),
        lasting=np.maximum(traits[:, last + 4], 0.0),
    )


def base_load_kw(
    sample: HouseholdSample,
    dates: Sequence[date],
    *,
    removed_kw: NDArray[np.float64] | None = None,
    model: HouseholdModel | None = None,
) -> NDArray[np.float64]:
    """Mean power of each home in each quarter-hour of local clock, ``[homes, days, 96]`` in kW.

    Args:
        sample: the homes.
        dates: days of the local calendar, in any order.
        removed_kw: expected power of devices that stand in the home by themselves, ``[homes, 2, 24]`` for
            workday and weekend by local hour. The load above the home's floor at that hour shrinks until this
            much is gone on a yearly average, by at most 80 %; what an hour cannot give, the other hours of
            the day give.
        model: parameters to use instead of the shipped ones.

    Raises:
        ValueError: ``removed_kw`` has another shape.
    """
    fitted = model or shipped_model(sample.population)
    if removed_kw is not None and removed_kw.shape != (len(sample), 2, 24):
        raise ValueError(f"removed_kw is [homes, 2, 24], not {list(removed_kw.shape)}")
    days = day_numbers(dates)
    starts = range(0, len(days), _DAYS_AT_ONCE)
    parts = [
        _some_days_kw(fitted, sample, days[start : start + _DAYS_AT_ONCE], removed_kw) for start in starts
    ]
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(sample), 0, QUARTERS))


def _some_days_kw(
    model: HouseholdModel,
    sample: HouseholdSample,
    days: NDArray[np.int64],
    removed_kw: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    steps, yearly_mean_kw = model.steps_per_day, sample.yearly_kwh / HOURS_PER_YEAR
    weekend = is_weekend(days).astype(int)
    expected = _expected(model, sample, sample.peak_kw / yearly_mean_kw)
    scale_kw = yearly_mean_kw / np.einsum("d,ndh->n", _WEEK / 24.0, expected)
    table = hours_to_steps(sample.log_table, steps, axis=1)
    relative = _quantile(model, table, _standing(model, sample, days))
    if removed_kw is not None:
        left = _share_left(model, sample, expected, removed_kw / scale_kw[:, None, None])
        floor = _quantile(model, table, np.full((1, 1, steps), _FLOOR_Z))
        relative -= np.maximum(relative - floor, 0.0) * (1.0 - hours_to_steps(left, steps)[:, weekend])
    factor = hours_to_steps(_day_types(model, sample), steps)[:, weekend]
    factor *= season_factor(model, sample.season_amplitude, days, steps)
    load = _bent(relative * factor * scale_kw[:, None, None], sample.peak_kw)
    if steps == QUARTERS:
        return load
    return split_half_hours(model.split, load, yearly_mean_kw, sample.seed, sample.home_index, days)


def combined(weights: NDArray[np.float64], parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of parts ``[parts, …]`` by weights ``[rows, parts]``, ``[rows, …]``.

    Added in one order whatever the number of rows, which a matrix product does not promise: a home must be
    the same to the bit in every community.
    """
    total = np.zeros((len(weights), *parts.shape[1:]))
    for column, part in zip(weights.T, parts, strict=True):
        total += np.multiply.outer(column, part)
    return total


def is_weekend(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a day (counted from the first of January of year 1, a Monday) is a Saturday or a Sunday."""
    return np.asarray((days - 1) % 7 >= 5)


def season_factor(
    model: HouseholdModel, season_amplitude: NDArray[np.float64], days: NDArray[np.int64], steps: int
) -> NDArray[np.float64]:
    """Season of each home, 1 on average over a year, ``[homes, days, steps]``."""
    angle = 2.0 * np.pi * (days - _NEW_YEAR_DAY) / 365.2425
    harmonics = np.arange(1, len(model.season_cos) + 1)[:, None] * angle
    shared = combined(np.cos(harmonics).T, model.season_cos) + combined(np.sin(harmonics).T, model.season_sin)
    year = np.arange(1, len(model.season_cos) + 1)[:, None] * np.linspace(0.0, 2.0 * np.pi, 73)[None, :-1]
    whole = np.exp(combined(np.cos(year).T, model.season_cos) + combined(np.sin(year).T, model.season_sin))
    shared = np.exp(shared) / whole.mean(axis=0)
    own = season_amplitude[:, None] * np.cos(angle - 2.0 * np.pi * model.home_season_day / 365.2425)
    own -= np.log(np.i0(season_amplitude))[:, None]
    return np.asarray(np.exp(own)[:, :, None] * hours_to_steps(shared, steps))


def _standing(model: HouseholdModel, sample: HouseholdSample, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard normal processes that tell at which quantile each home stands, ``[homes, days, steps]``."""
    steps, homes = model.steps_per_day, [int(index) for index in sample.home_index]
    lasting = np.minimum(sample.lasting, 0.8 / max(model.slow.variance, 1e-9))[:, None, None]
    room = 1.0 - model.common.variance - model.slow.variance * lasting
    steady = np.minimum(1.0 - sample.white_share[:, None, None], room / model.within.variance)
    z = latent(model.within, (Stream.HOUSEHOLD_NOISE, Stream.HOUSEHOLD_DAYS), sample.seed, homes, days, steps)
    z *= np.sqrt(steady)
    z += np.sqrt(lasting) * latent(
        model.slow, (Stream.HOUSEHOLD_HABIT, Stream.HOUSEHOLD_DAYS), sample.seed, homes, days, steps
    )
    white = np.maximum(room - model.within.variance * steady, 0.0)
    z += np.sqrt(white) * normals_of_days(sample.seed, Stream.HOUSEHOLD_WHITE, homes, days, (steps,))
    shared = latent(model.common, (Stream.COMMON_NOISE, Stream.COMMON_DAYS), sample.seed, [0], days, steps)
    bound = model.common_bound * np.sqrt(model.common.variance)
    # Daylight and weather move what is low more than what is high: nobody's kettle waits for a dark day.
    return np.asarray(z + bound * np.tanh(shared / bound) * 2.0 / (1.0 + np.exp(model.common_tilt * z)))


def _quantile(
    model: HouseholdModel, table: NDArray[np.float64], z: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Load over mean at standing ``z [homes or 1, days, steps]`` in the table ``[homes, steps, levels]``."""
    levels = model.level_z
    shape = (len(table), z.shape[1], z.shape[2])
    low = np.clip(np.searchsorted(levels, z, side="right") - 1, 0, len(levels) - 2)
    share = (z - levels[low]) / (levels[low + 1] - levels[low])
    share = np.where(share > 1.0, 1.0 + (share - 1.0) * model.tail_slope, np.maximum(share, 0.0))
    rows, steps = np.arange(shape[0])[:, None, None], np.arange(shape[2])[None, None, :]
    bottom = table[rows, steps, low]
    log = bottom + (table[rows, steps, low + 1] - bottom) * share
    return np.maximum(np.exp(log) - model.offset, 0.0)


def _bent(load: NDArray[np.float64], peak: NDArray[np.float64]) -> NDArray[np.float64]:
    """Loads ``[homes, days, steps]`` above 70 % of their home's peak, bent so that none passes 103 % of
    it."""
    start, room = 0.7 * peak[:, None, None], 0.33 * peak[:, None, None]
    return np.where(load > start, start - room * np.expm1(-np.maximum(load - start, 0.0) / room), load)


def _day_types(model: HouseholdModel, sample: HouseholdSample) -> NDArray[np.float64]:
    """What workdays and weekends do to the table at each hour, ``[homes, 2, 24]``."""
    weekend = np.exp(sample.weekend_shift)
    return np.asarray(np.stack([np.ones_like(weekend), weekend], axis=1) * model.mean_correction)


def _expected(
    model: HouseholdModel, sample: HouseholdSample, peak_over_mean: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Yearly mean of the table's load, bent at the peak, by day type and hour, before it is scaled, ``[homes,
    2, 24]``."""
    nodes = np.broadcast_to(_NODES_Z[None, :, None], (1, len(_NODES_Z), 24))
    load = _quantile(model, sample.log_table, nodes)
    mean = np.einsum("k,nkh->nh", _NODES_WEIGHT, load).mean(axis=1)
    by_hour = np.einsum("k,nkh->nh", _NODES_WEIGHT, _bent(load, peak_over_mean * mean))
    return np.asarray(by_hour[:, None, :] * _day_types(model, sample))


def _share_left(
    model: HouseholdModel,
    sample: HouseholdSample,
    expected: NDArray[np.float64],
    removed: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What stays of the load above its floor when ``removed`` (over the scale) is taken out, ``[homes, 2,
    24]``."""
    floor = _quantile(model, sample.log_table, np.full((1, 1, 24), _FLOOR_Z))
    return share_left(expected - floor * _day_types(model, sample), removed)


def share_left(above: NDArray[np.float64], removed: NDArray[np.float64]) -> NDArray[np.float64]:
    """What stays of the load above its floor when ``removed`` is taken out, by hour, shape (…, 24): at least a
    fifth, and what one hour cannot give, the others of the day give."""
    above = np.maximum(above, 1e-9)
    taken = np.minimum(removed, MOST_TAKEN_OUT * above)
    rest = (removed - taken).sum(axis=-1, keepdims=True)
    spare = MOST_TAKEN_OUT * above - taken
    taken += np.minimum(rest / np.maximum(spare.sum(axis=-1, keepdims=True), 1e-9), 1.0) * spare
    return np.asarray(1.0 - taken / above)
