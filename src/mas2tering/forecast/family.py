"""What is expected of a home of which nothing was measured: the profile of its class, as high as its family suggests."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mas2tering.forecast.quantiles import LEVELS

Heating = Literal["other", "electric", "heat_pump"]

_NIGHT_AND_MORNING = (0.62, 0.55, 0.52, 0.51, 0.52, 0.58, 0.75, 0.98, 1.0, 0.95, 0.92, 0.95)
_AFTERNOON_AND_EVENING = (1.0, 0.98, 0.92, 0.93, 1.05, 1.35, 1.62, 1.68, 1.6, 1.45, 1.18, 0.86)
_SHAPE = np.array((*_NIGHT_AND_MORNING, *_AFTERNOON_AND_EVENING))
"""A day's load by hour, over its mean: the common course of European households (assumed)."""
_SPREAD = 0.85
"""Standard deviation of the logarithm of a quarter's load around its class profile (assumed; about that of measured homes)."""
_BELIEF_HOMES = 3.0
"""The assumed coefficients weigh as much as so many homes."""
_HOURS_A_YEAR = 8760.0


@dataclass(frozen=True)
class Family:
    """What is known of a household; anything may be unknown.

    Attributes:
        dwelling_m2: floor area.
        occupants: how many live there.
        heating: how the dwelling is heated.
        has_two_rates: whether its tariff has a cheap night rate.
    """

    dwelling_m2: float | None = None
    occupants: int | None = None
    heating: Heating | None = None
    has_two_rates: bool | None = None


_TYPICAL_M2, _TYPICAL_OCCUPANTS = 100.0, 2.3
# Base, dwelling, occupants, electric heating, heat pump, two rates: logarithm of the mean power in kW (assumed).
_ASSUMED = np.array([np.log(3200.0 / _HOURS_A_YEAR), 0.35, 0.18, 0.9, 0.55, 0.1])


def _belief() -> NDArray[np.float64]:
    belief = _BELIEF_HOMES * np.eye(len(_ASSUMED))
    belief[0, 0] = 0.1  # how high homes are here is learned at once, what makes them differ slowly
    return belief


def _features(family: Family | None) -> NDArray[np.float64]:
    known = family or Family()
    size = known.dwelling_m2 if known.dwelling_m2 and known.dwelling_m2 > 0 else _TYPICAL_M2
    occupants = known.occupants if known.occupants is not None else _TYPICAL_OCCUPANTS
    return np.array(
        [
            1.0,
            np.log(size / _TYPICAL_M2),
            occupants - _TYPICAL_OCCUPANTS,
            float(known.heating == "electric"),
            float(known.heating == "heat_pump"),
            float(bool(known.has_two_rates)),
        ]
    )


@dataclass(frozen=True)
class FamilyLevels:
    """How high the mean load of a home is, from its family, calibrated on the homes that were measured.

    Attributes:
        coefficients: of the logarithm of kW, shape (6,).
    """

    coefficients: NDArray[np.float64]

    @classmethod
    def calibrated(cls, families: Sequence[Family | None], level_kw: NDArray[np.float64]) -> "FamilyLevels":
        """Fit to homes with a known mean load, held to what is assumed where they say little.

        Args:
            families: of the homes.
            level_kw: their mean loads, shape (homes,), not a number where unknown.
        """
        use = [k for k, level in enumerate(level_kw) if np.isfinite(level) and level > 0]
        if not use:
            return cls(_ASSUMED)
        features = np.stack([_features(families[k]) for k in use])
        miss = np.log(level_kw[use]) - features @ _ASSUMED
        return cls(_ASSUMED + np.linalg.solve(features.T @ features + _belief(), features.T @ miss))

    @staticmethod
    def left_out(families: Sequence[Family | None], level_kw: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much each home's level misses what a fit to all the others says of it, in logarithms, shape (homes,)."""
        features = np.stack([_features(family) for family in families])
        inverse = np.linalg.inv(features.T @ features + _belief())
        miss = np.log(level_kw) - features @ _ASSUMED
        # Of a fit that is linear in what it is fitted to, leaving one out needs no second fit.
        of_itself = np.einsum("hi,ij,hj->h", features, inverse, features)
        return np.asarray((miss - features @ inverse @ features.T @ miss) / (1.0 - of_itself))

    def level_kw(self, family: Family | None) -> float:
        """Mean load expected of a home."""
        return float(np.exp(np.clip(_features(family) @ self.coefficients, -7.0, 4.0)))


def class_profile(
    local_minutes: NDArray[np.int64], level_kw: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The profile of a class of homes.

    Args:
        local_minutes: minutes after local midnight, shape (steps,).
        level_kw: the mean load.

    Returns:
        means, shape (steps,), and quantiles, shape (levels, steps).
    """
    mean_kw = (
        level_kw
        * np.interp(local_minutes / 60.0, np.arange(25), np.append(_SHAPE, _SHAPE[0]))
        / _SHAPE.mean()
    )
    normal = NormalDist()
    around = np.exp([_SPREAD * normal.inv_cdf(float(level)) - _SPREAD**2 / 2 for level in LEVELS])
    return mean_kw, around[:, None] * mean_kw
