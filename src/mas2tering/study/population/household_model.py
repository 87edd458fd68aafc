"""The fitted parameters of one population of households."""

from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration, number, numbers
from mas2tering.study.population.latent import LatentParameters
from mas2tering.study.population.quarter_split import QuarterSplit, quarter_split

POPULATIONS = ("uk", "nl", "ch", "be")
BORROWED = {"be": "nl"}


@dataclass(frozen=True)
class HouseholdModel:
    """The fitted parameters of one population (see `docs/generated-homes.md`).

    Attributes:
        steps_per_day: 96, or 48 where the measurements were half-hourly.
        offset: added to load over mean before its logarithm is taken, so that small loads do not weigh too
            much.
        level_z: standard normal values of the levels of the quantile tables, ``[levels]``.
        tail_slope: slope of the logarithm beyond the highest level, as a share of the slope before it.
        common_bound: standard deviations at which what homes share is bent.
        common_tilt: how much more what homes share moves low loads than high ones; 0 moves all alike.
        table_mean, table_components: quantile tables, ``[24, levels]`` and ``[scores, 24, levels]``.
        weekend_mean, weekend_components: logarithm of weekend over workday, ``[24]`` and ``[scores, 24]``.
        trait_levels_z, trait_quantiles: marginal law of each trait (scores of table and weekend, logarithm of
            yearly kWh, season amplitude, white share, logarithm of peak kW, lasting), ``[points]`` and
            ``[traits, points]``.
        trait_correlation: of their normal scores, ``[traits, traits]``.
        season_cos, season_sin: logarithm of the population's season by hour, first and second harmonic, ``[2,
            24]``.
        home_season_day: day of the year on which a home's own season peaks.
        mean_correction: factor by which the mean of workdays and weekends at each hour is set right, ``[2,
            24]``.
        split: how half-hours divide, where the steps are half-hours.
        within, slow, common: Gaussian processes of a home within and between days, and of all homes together.
    """

    steps_per_day: int
    offset: float
    level_z: NDArray[np.float64]
    tail_slope: float
    common_bound: float
    common_tilt: float
    table_mean: NDArray[np.float64]
    table_components: NDArray[np.float64]
    weekend_mean: NDArray[np.float64]
    weekend_components: NDArray[np.float64]
    trait_levels_z: NDArray[np.float64]
    trait_quantiles: NDArray[np.float64]
    trait_correlation: NDArray[np.float64]
    season_cos: NDArray[np.float64]
    season_sin: NDArray[np.float64]
    home_season_day: float
    mean_correction: NDArray[np.float64]
    within: LatentParameters
    slow: LatentParameters
    common: LatentParameters
    split: QuarterSplit


def _latent_parameters(block: dict[str, object]) -> LatentParameters:
    return LatentParameters(
        within_share=numbers(block, "within_share"),
        within_hours=numbers(block, "within_hours"),
        slow_share=numbers(block, "slow_share"),
        slow_days=numbers(block, "slow_days"),
        habit_share=number(block, "habit_share"),
        habit_days=number(block, "habit_days"),
        habit_hours=number(block, "habit_hours"),
        pair_share=number(block, "pair_share"),
    )


def household_model(block: dict[str, object], split: dict[str, object]) -> HouseholdModel:
    """The model of one block of `calibration.json`, with the block that divides half-hours."""
    processes = {name: cast(dict[str, object], block[name]) for name in ("within", "slow", "common")}
    return HouseholdModel(
        steps_per_day=int(number(block, "steps_per_day")),
        offset=number(block, "offset"),
        level_z=array(block, "level_z"),
        tail_slope=number(block, "tail_slope"),
        common_bound=number(block, "common_bound"),
        common_tilt=number(block, "common_tilt"),
        table_mean=array(block, "table_mean"),
        table_components=array(block, "table_components"),
        weekend_mean=array(block, "weekend_mean"),
        weekend_components=array(block, "weekend_components"),
        trait_levels_z=array(block, "trait_levels_z"),
        trait_quantiles=array(block, "trait_quantiles"),
        trait_correlation=array(block, "trait_correlation"),
        season_cos=array(block, "season_cos"),
        season_sin=array(block, "season_sin"),
        home_season_day=number(block, "home_season_day"),
        mean_correction=array(block, "mean_correction"),
        within=_latent_parameters(processes["within"]),
        slow=_latent_parameters(processes["slow"]),
        common=_latent_parameters(processes["common"]),
        split=quarter_split(split),
    )


@cache
def shipped_model(population: str) -> HouseholdModel:
    """The model of a population as it ships.

    Raises:
        ValueError: there is no such population.
    """
    if population not in POPULATIONS:
        raise ValueError(f"no population {population!r}: there are {', '.join(POPULATIONS)}")
    block = calibration("household_" + BORROWED.get(population, population))
    return household_model(block, calibration("quarter_split"))
