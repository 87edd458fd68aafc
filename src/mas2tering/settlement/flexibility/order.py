"""An order for flexibility: the net load that a called home is to have, instead of the one of its bound plan.

In the words of USEF (UFTP 3, FlexOrder and FlexSettlement): a step is an ISP (a PTU before), ``bound_kw`` the baseline power,
``ordered_flex_kw`` the ordered flex power, with the sign of the meter.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.time_axis import TimeAxis

SAME_LOAD_KW = 1e-6
"""Net loads that are nowhere further apart are the same (a milliwatt): no order."""


class Direction(StrEnum):
    """Where an order moves a step's net load."""

    REDUCE = "reduce"
    INCREASE = "increase"
    NONE = "none"


@dataclass(frozen=True)
class FlexOrder:
    """The order to one home; ``bound_kw`` and ``ordered_kw`` have shape (steps,), import positive."""

    home: str
    axis: TimeAxis
    bound_kw: FloatArray
    ordered_kw: FloatArray

    @property
    def ordered_flex_kw(self) -> FloatArray:
        """The change ordered, shape (steps,): negative where less is to be drawn (or more fed in)."""
        return np.asarray(self.ordered_kw - self.bound_kw)

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The direction of each step."""
        moves = np.where(np.abs(self.ordered_flex_kw) > SAME_LOAD_KW, np.sign(self.ordered_flex_kw), 0.0)
        named = {-1: Direction.REDUCE, 0: Direction.NONE, 1: Direction.INCREASE}
        return tuple(named[int(move)] for move in moves)

    @property
    def reduced_kwh(self) -> float:
        """Energy by which draw is to fall, over the steps where it is to."""
        return float(np.maximum(-self.ordered_flex_kw, 0.0).sum() * self.axis.step_hours)

    @property
    def increased_kwh(self) -> float:
        """Energy by which draw is to rise, over the steps where it is to."""
        return float(np.maximum(self.ordered_flex_kw, 0.0).sum() * self.axis.step_hours)


def order_of(bound: HomePlan, ordered: HomePlan) -> FlexOrder | None:
    """The order that leads from one plan to the other; None where the net load stays: that home is not called."""
    if np.abs(ordered.net_kw - bound.net_kw).max() <= SAME_LOAD_KW:
        return None
    return FlexOrder(bound.home, bound.axis, bound.net_kw, ordered.net_kw)
