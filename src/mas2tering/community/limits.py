"""Limits on sums of members' loads, as a negotiation sees them: rows, each with a price.

A row bounds a weighted sum of what members draw in one step, from whichever market they are in: the load of a
transformer or a cable, the voltage at a customer. Each member knows its own weights, nobody needs those of others.
"""

from dataclasses import dataclass

import numpy as np

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
