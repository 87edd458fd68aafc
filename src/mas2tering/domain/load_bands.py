"""Bands of load at homes' meters, as a distribution system operator orders them: profiles that are not to be exceeded."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LoadBand:
    """What the load at a home's meter is to stay within, import positive: ``lower_kw`` and ``upper_kw``, shape (steps,), infinite
    where nothing binds. A kWh beyond an end counts ``beyond_per_kwh`` besides, to whoever plans the home's devices."""

    lower_kw: FloatArray
    upper_kw: FloatArray
    beyond_per_kwh: float

    def excess_kw(self, load_kw: FloatArray) -> FloatArray:
        """How far a load (steps,) is beyond either end, never negative."""
        return np.maximum(np.maximum(load_kw - self.upper_kw, self.lower_kw - load_kw), 0.0)

    def on(self, steps: int) -> "LoadBand":
        """The band over so many steps: beyond its last day is taken to be like the first."""
        lower, upper = np.resize(self.lower_kw, steps), np.resize(self.upper_kw, steps)
        return LoadBand(lower, upper, self.beyond_per_kwh)
