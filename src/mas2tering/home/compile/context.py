"""What every translation needs at hand, and where it leaves what a reader should know."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import Clash
from mas2tering.domain.profiles import ProfileReader, ProfileSource, profile_on
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis

FloatArray = NDArray[np.float64]


@dataclass
class Context:
    """Axis, tariff and profiles of the home under translation; clashes and notes are gathered on the way.

    ``contents_kwh`` and ``running`` carry the state of stores and machines over from the day before. With ``expected``
    stays of cars are as they are expected when the axis begins, else as they came.
    """

    axis: TimeAxis
    tariff: TariffOnAxis
    reader: ProfileReader
    contents_kwh: dict[str, float] = field(default_factory=dict)
    running: dict[str, bool] = field(default_factory=dict)
    expected: bool = False
    clashes: list[Clash] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def values(self, source: ProfileSource) -> FloatArray:
        """A profile's values on the axis, shape (steps,); remembers which gaps were filled.

        Raises:
            ProfileError: the profile cannot be had.
        """
        profile = profile_on(self.axis, source, self.reader)
        if profile.filled:
            self.notes.append(profile.filled)
        return profile.values

    def values_or_constant(self, source: ProfileSource | float) -> FloatArray:
        """Like :meth:`values`, where a plain number stands for itself at all times."""
        return (
            np.full(self.axis.steps, float(source))
            if isinstance(source, int | float)
            else self.values(source)
        )


def refill_price(
    context: Context, gain_in: FloatArray, power_in_kw: FloatArray, size_kwh: float, wear: float
) -> float:
    """What a kWh of content costs if the store is filled from empty in the cheapest hours of its window.

    The worth of content left at the end. With a flat price it is price / efficiency, so that neither hoarding
    nor emptying pays. ``gain_in`` is kWh of content per kW at the meter for a step, ``power_in_kw`` the
    limit, both of shape (n,), from the axis' last n steps.
    """
    n = len(gain_in)
    hours = context.axis.step_hours
    price = context.tariff.import_price_per_kwh[context.axis.steps - n :]
    useful = (gain_in > 0) & (power_in_kw > 0)
    if size_kwh <= 0 or not useful.any():
        return 0.0
    cost_per_content = (price[useful] + wear) * hours / gain_in[useful]
    room = gain_in[useful] * power_in_kw[useful]
    order = np.argsort(cost_per_content, kind="stable")
    filled = np.minimum(np.cumsum(room[order]), size_kwh)
    taken = np.diff(filled, prepend=0.0)
    return max(0.0, float(taken @ cost_per_content[order] / taken.sum()))
