"""What a round of answers sums to: all that the aggregator needs to know of them."""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray


@dataclass(frozen=True)
class RoundSums:
    """Sums over the members, for one local price.

    ``beside_cost`` is what their plans cost beside energy; ``drawn_kwh`` and ``fed_in_kwh`` have shape (classes,
    steps), a class being the members of one tariff. ``bound`` is the least that any plans of theirs could cost at
    this price: a lower bound of the community's cost.
    """

    beside_cost: float
    drawn_kwh: FloatArray
    fed_in_kwh: FloatArray
    bound: float

    def __add__(self, other: "RoundSums") -> "RoundSums":
        return RoundSums(
            self.beside_cost + other.beside_cost,
            self.drawn_kwh + other.drawn_kwh,
            self.fed_in_kwh + other.fed_in_kwh,
            self.bound + other.bound,
        )

    def plus_class(self, position: int, classes: int) -> "RoundSums":
        """These sums of a single class, shape (1, steps), as sums over several of which it is one."""
        drawn = np.zeros((classes, self.drawn_kwh.shape[1]))
        fed_in = np.zeros_like(drawn)
        drawn[position], fed_in[position] = self.drawn_kwh[0], self.fed_in_kwh[0]
        return RoundSums(self.beside_cost, drawn, fed_in, self.bound)
