"""From quarter-hours to other steps, and from hours to steps within them."""

import numpy as np
from numpy.typing import NDArray

QUARTERS = 96


def to_step(quarter_kw: NDArray[np.float64], step_minutes: int) -> NDArray[np.float64]:
    """The same power at another step, along the last axis: averaged for longer steps, held for shorter ones.

    Energy is the same at every step. A step below 15 minutes brings no detail that the quarter-hours do not
    have.

    Raises:
        ValueError: neither the step divides 15 minutes nor 15 minutes divide it, or the steps do not fill the
            axis.
    """
    count = quarter_kw.shape[-1]
    if step_minutes > 0 and 15 % step_minutes == 0:
        return np.repeat(quarter_kw, 15 // step_minutes, axis=-1)
    width = step_minutes // 15
    if step_minutes <= 0 or step_minutes % 15 or count % width:
        raise ValueError(f"{count} quarter-hours do not make whole steps of {step_minutes} min")
    return np.asarray(quarter_kw.reshape(*quarter_kw.shape[:-1], count // width, width).mean(axis=-1))


def hours_to_steps(by_hour: NDArray[np.float64], steps: int, axis: int = -1) -> NDArray[np.float64]:
    """Values of the 24 hours (at their middles) drawn linearly to the middles of the steps of a day, around
    midnight too."""
    place = (np.arange(steps) + 0.5) * 24.0 / steps - 0.5
    low = np.floor(place)
    late = place - low
    shape = [1] * by_hour.ndim
    shape[axis] = steps
    early = np.take(by_hour, low.astype(int) % 24, axis=axis) * (1.0 - late).reshape(shape)
    return np.asarray(early + np.take(by_hour, (low.astype(int) + 1) % 24, axis=axis) * late.reshape(shape))
