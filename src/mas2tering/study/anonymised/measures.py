"""What each level of privacy gives and costs: attackers' success beside the shape and the skill that are lost."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.anonymise import (
    AttackReport,
    HomePanel,
    group_means,
    grouped,
    measure_attack,
    ncrps,
    profile_rmse_kw,
    sensitive_bands,
    typical_days,
)

_MOST_SCORED = 60
_SHOWN_SIZES = (5, 10, 20, 40)


@dataclass(frozen=True)
class Level:
    """One level of privacy, measured.

    Attributes:
        k: homes that share a row, at the least; 1 for pseudonyms alone.
        asked: the k that was asked for.
        diversity: bands of consumption in each group, at the least.
        groups: number of rows that differ.
        attack: what attackers reach.
        profile_rmse_kw: load-shape error.
        ncrps: of the empirical quantiles from what stands for each home's past; None where days are too few.
    """

    k: int
    asked: int
    diversity: int
    groups: int
    attack: AttackReport
    profile_rmse_kw: float
    ncrps: float | None


def measured(
    panel: HomePanel,
    published_kw: NDArray[np.float64],
    record_of: NDArray[np.int64],
    asked: int,
    reached: tuple[int, int],
    seed: int,
) -> Level:
    """Measure what was published: ``published_kw`` of shape (records, days, steps), ``record_of`` of each home."""
    typical = typical_days(panel.load_kw, panel.weekdays)
    given = typical_days(published_kw, panel.weekdays)
    return Level(
        k=reached[0],
        asked=asked,
        diversity=reached[1],
        groups=len(published_kw),
        attack=measure_attack(panel, published_kw, record_of, seed),
        profile_rmse_kw=profile_rmse_kw(typical, given[record_of]),
        ncrps=_skill(panel, published_kw[record_of], seed),
    )


def pseudonyms_alone(panel: HomePanel, seed: int) -> Level:
    """Each home's own readings under another name."""
    return measured(panel, panel.load_kw, np.arange(len(panel.homes)), 1, (1, 1), seed)


def in_groups(panel: HomePanel, k: int, diversity: int, seed: int) -> Level:
    """Means of k homes."""
    groups = grouped(panel, sensitive_bands(panel, diversity), k, diversity)
    means = group_means(panel.load_kw, groups, k)
    return measured(panel, means, groups.of_home, k, (groups.k, groups.diversity), seed)


def levels_of(panel: HomePanel, k: int, diversity: int, seed: int) -> tuple[Level, ...]:
    """Pseudonyms alone, and group sizes from 5 to all homes, among them ``k``."""
    sizes = sorted({k, *(size for size in _SHOWN_SIZES if 2 * size <= len(panel.homes))})
    return (pseudonyms_alone(panel, seed), *(in_groups(panel, size, diversity, seed) for size in sizes))


def _skill(panel: HomePanel, history_kw: NDArray[np.float64], seed: int) -> float | None:
    homes = np.sort(np.random.default_rng(seed).permutation(len(panel.homes))[:_MOST_SCORED])
    try:
        return ncrps(panel, history_kw, homes)
    except ValueError:
        return None
