"""How lived days differ from forecasts: a stated noise model, the same for the honest home and for the liar.

Base load errs by a share that lasts for some hours (first-order autoregressive), the sun by a factor that all roofs of a day
share and one of their own, devices by a little in every step. Assumed; forecasts of the platform's own come in their place.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.home.model import HomeModel
from mas2tering.study.gaming.homes import sun_kw

BASE_DEVIATION, BASE_MEMORY = 0.35, 0.7
SUN_COMMON, SUN_OWN = 0.2, 0.1
DEVICE_DEVIATION = 0.03
"""Standard deviations as shares: of base load, of the sun, of what a device was to draw."""


@dataclass(frozen=True)
class Noise:
    """What lived days add, all of shape (days, steps): ``uncontrolled_kw`` to load that nobody controls, ``device_share`` to
    what devices draw, as a share of it."""

    uncontrolled_kw: FloatArray
    device_share: FloatArray


def noise(model: HomeModel, days: int, common: np.random.Generator, own: np.random.Generator) -> Noise:
    """Noise of so many lived days of one planned day; ``common`` draws what all homes share."""
    steps = model.axis.steps
    share = np.empty((days, steps))
    shocks = own.normal(0.0, BASE_DEVIATION * np.sqrt(1.0 - BASE_MEMORY**2), (days, steps))
    level = own.normal(0.0, BASE_DEVIATION, days)
    for step in range(steps):
        level = BASE_MEMORY * level + shocks[:, step]
        share[:, step] = level
    sun = common.normal(0.0, SUN_COMMON, (days, 1)) + own.normal(0.0, SUN_OWN, (days, 1))
    sun = np.clip(sun, -1.0, 1.0)
    off_kw = np.maximum(share, -1.0) * np.maximum(model.fixed_kw, 0.0) - sun * sun_kw(model)
    return Noise(off_kw, own.normal(0.0, DEVICE_DEVIATION, (days, steps)))


def uncontrolled_deviation_kw(model: HomeModel) -> FloatArray:
    """The standard deviation of what nobody controls, shape (steps,)."""
    base = BASE_DEVIATION * np.maximum(model.fixed_kw, 0.0)
    return np.asarray(np.hypot(base, np.hypot(SUN_COMMON, SUN_OWN) * sun_kw(model)))
