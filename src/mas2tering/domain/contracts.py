"""Who has agreed to what: the home with its supplier, the home with the aggregator."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.units import Money
from mas2tering.domain.windows import ClockWindow, Words, covered_minutes


class SupplyContract(Words):
    """The home buys from, and sells to, the supplier of a tariff."""

    tariff: str = Field(min_length=1)


class AggregationContract(Words):
    """What the home lets the aggregator ask for.

    ``assets`` are ids of devices (none named: all that the platform may control); requests fall into
    ``hours`` (none: any), at most ``calls_per_day`` (0: never), and each agreement in which the home takes part is one;
    the home may leave an agreement where ``override`` is true; ``fee_per_day`` is what the aggregator takes, as far as
    the home's gain of the day goes.
    """

    aggregator: str = Field(min_length=1)
    assets: tuple[str, ...] = ()
    hours: tuple[ClockWindow, ...] = ()
    calls_per_day: Annotated[int, Field(strict=True, ge=0)] = 1
    override: Annotated[bool, Field(strict=True)] = True
    fee_per_day: Money = 0.0

    def covers(self, device: str) -> bool:
        """Whether the aggregator may ask for a device."""
        return not self.assets or device in self.assets

    def allowed(self, axis: TimeAxis) -> NDArray[np.bool_]:
        """The steps that lie in the contract's hours from beginning to end, shape (steps,)."""
        if not self.hours:
            return np.ones(axis.steps, dtype=bool)
        return np.asarray(covered_minutes(self.hours, axis).reshape(axis.steps, -1).all(axis=1))
