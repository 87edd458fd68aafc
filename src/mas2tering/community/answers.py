"""What an answer consists of where answers are summed, and what their sums say: the same for arrays and messages, plain
and under masks.

Whoever has something more to sum adds a field to ``AnswerForm.layout``, its values to ``AnswerForm.parts``, and reads their
sum in ``AnswerForm.read``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout
from mas2tering.community.sums import RoundSums
from mas2tering.domain.negotiation import UNIT_KWH, UNIT_MONEY

IntArray = NDArray[np.int64]

_LARGEST_COST = 1e6
_ENERGY, _MONEY, _LIMITS = "energy", "money", "limits"


@dataclass(frozen=True)
class RowSum:
    """The sum of a row's answers: drawn and fed in (steps,) in units of ``UNIT_KWH``, cost beside energy and bound in units
    of ``UNIT_MONEY``, what loads come to in each limit (limits,) in units of ``UNIT_KWH``."""

    drawn_units: IntArray
    fed_in_units: IntArray
    beside_units: int
    bound_units: int
    limit_units: IntArray


@dataclass(frozen=True)
class AnswerForm:
    """How an answer is written down.

    With ``one_price`` it holds a net load; otherwise what is drawn and what is fed in apart, since a sum must tell both.
    ``largest_kwh`` is the most that a member may draw or feed in in a step. Its weight in each of the ``limits`` is at most
    one.
    """

    steps: int
    largest_kwh: float
    one_price: bool
    limits: int = 0

    def layout(self, members: int) -> Layout:
        """The vector that so many members sum."""
        return Layout(
            (
                Field(
                    _ENERGY,
                    self.steps * (1 if self.one_price else 2),
                    FixedPoint(members, self.largest_kwh, UNIT_KWH, signed=self.one_price),
                ),
                Field(_MONEY, 2, FixedPoint(members, _LARGEST_COST, UNIT_MONEY)),
                Field(_LIMITS, self.limits, FixedPoint(members, self.largest_kwh, UNIT_KWH)),
            )
        )

    def parts(
        self,
        net_units: IntArray,
        beside_units: IntArray,
        bound_units: IntArray,
        limit_units: IntArray | None = None,
    ) -> dict[str, IntArray]:
        """The values of the fields, of one answer or of many: net energy (..., steps), costs (...), loads in limits
        (..., limits)."""
        energy = net_units if self.one_price else np.concatenate(balanced(net_units), axis=-1)
        return {
            _ENERGY: energy,
            _MONEY: np.stack([beside_units, bound_units], axis=-1),
            _LIMITS: np.zeros((*net_units.shape[:-1], 0), np.int64) if limit_units is None else limit_units,
        }

    def read(self, total: Mapping[str, IntArray]) -> RowSum:
        """What the sums of the fields say."""
        energy, (beside, bound) = total[_ENERGY], total[_MONEY]
        drawn, fed_in = balanced(energy) if self.one_price else (energy[: self.steps], energy[self.steps :])
        return RowSum(drawn, fed_in, int(beside), int(bound), total[_LIMITS])

    def fault(self, total: Mapping[str, IntArray], members: int) -> str:
        """What so many honest members cannot have summed to, in words; empty where nothing is."""
        sums = self.read(total)
        most = members * self.largest_kwh / UNIT_KWH
        if max(sums.drawn_units.max(initial=0), sums.fed_in_units.max(initial=0)) > most:
            return f"a load of {members} members beyond {self.largest_kwh:g} kWh each in a step"
        return ""


def round_sums(rows: Sequence[RowSum]) -> RoundSums:
    """Sums of all rows, whole units as what they stand for."""
    return RoundSums(
        sum(row.beside_units for row in rows) * UNIT_MONEY,
        np.array([row.drawn_units for row in rows]) * UNIT_KWH,
        np.array([row.fed_in_units for row in rows]) * UNIT_KWH,
        sum(row.bound_units for row in rows) * UNIT_MONEY,
        np.sum([row.limit_units for row in rows], axis=0) * UNIT_KWH,
    )


def balanced(net: IntArray) -> tuple[IntArray, IntArray]:
    """What a net load draws, and what it feeds in."""
    return np.maximum(net, 0), np.maximum(-net, 0)
