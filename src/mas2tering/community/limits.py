"""Limits on sums of members' loads, as a negotiation sees them: rows, each with a price.

A row bounds a weighted sum of what members draw in one step, from whichever market they are in: the load of a
transformer or a cable, the voltage at a customer. Each member knows its own weights, nobody needs those of others.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray


@dataclass(frozen=True)
class Limits:
    """``most_kwh`` (rows,): what the weighted sums may be at most. Where no plans keep to that, each kWh beyond costs
    ``dearest_per_kwh``: so much, and no more, is a limit's price."""

    most_kwh: FloatArray
    dearest_per_kwh: float

    @staticmethod
    def none() -> "Limits":
        """No rows at all."""
        return Limits(np.zeros(0), 0.0)

    def excess_kwh(self, limit_kwh: FloatArray) -> FloatArray:
        """By how much sums (rows,) exceed their limits."""
        return np.maximum(limit_kwh - self.most_kwh, 0.0)

    def penalty(self, limit_kwh: FloatArray) -> float:
        """What sums (rows,) beyond their limits cost."""
        return self.dearest_per_kwh * float(self.excess_kwh(limit_kwh).sum())


@dataclass(frozen=True)
class KnownLoad:
    """The load (steps,) in kW that a member's meter counts for where it takes no part: that of the plan to which it is bound
    (``is_bound``), otherwise that of its plan of use case 1, which every contract falls back on."""

    load_kw: FloatArray
    is_bound: bool

    @property
    def words(self) -> str:
        """Which of the two it is."""
        return "the plan to which it is bound" if self.is_bound else "its plan of use case 1"


@dataclass(frozen=True)
class MemberLimits:
    """Limits as whoever guards them knows them: the weights of all ``members``, in the order of ``limits``, and what is
    ``known`` of the load of each of them, should it fall silent.

    Raises:
        ValueError: of some members nothing is known, so that no limit could be kept without them.
    """

    limits: LoadLimits
    members: tuple[str, ...]
    known: Mapping[str, KnownLoad]

    def __post_init__(self) -> None:
        unknown = sorted(set(self.members) - set(self.known))
        if unknown:
            raise ValueError(f"no load is known of {', '.join(unknown)}, should they fall silent")

    def weights_of(self, member: str) -> FloatArray:
        """A member's own weights (rows,)."""
        return np.ascontiguousarray(self.limits.weight[:, self.members.index(member)])

    def left_to(self, members: Collection[str], step_hours: float) -> Limits:
        """What the known loads of all others leave of the limits to these members."""
        there = set(members)
        taken_kw = np.array(
            [self.known[name].load_kw * (0.0 if name in there else 1.0) for name in self.members]
        )
        left = self.limits.beside(taken_kw)
        return Limits(step_hours * left.most_kw, left.dearest_per_kwh)
