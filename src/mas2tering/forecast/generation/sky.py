"""The sky over a place: what a kilowatt peak on each plane would give under forecast weather, for all roofs there at once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.generation.plane import Plane, clear_sky_w_per_m2, power_per_kwp
from mas2tering.forecast.generation.weather import WeatherService

FloatArray = NDArray[np.float64]

PLANES = tuple(
    Plane(tilt, azimuth) for tilt in (15.0, 40.0) for azimuth in (90.0, 135.0, 180.0, 225.0, 270.0)
)
"""Where roofs may look; a roof whose planes nobody told is a mixture of these that fits its history."""
_KEPT = timedelta(days=32)
"""So long what was forecast is kept: roofs look back at it to see what they missed."""


@dataclass
class Sky:
    """Power on :data:`PLANES` by issue and axis, computed once for all roofs that share the sky.

    Attributes:
        latitude, longitude: degrees north and east.
        weather: who knows the weather there.
    """

    latitude: float
    longitude: float
    weather: WeatherService
    _seen: dict[tuple[datetime, TimeAxis], tuple[FloatArray, FloatArray]] = field(
        default_factory=dict, init=False, repr=False
    )

    def powers(self, issued_at: datetime, axis: TimeAxis) -> tuple[FloatArray, FloatArray]:
        """Power of a kilowatt peak on each plane as forecast then, shape (planes, steps), and irradiance of a clear sky, (steps,)."""
        key = (issued_at, axis)
        if key not in self._seen:
            self._seen = {old: found for old, found in self._seen.items() if old[0] > issued_at - _KEPT}
            clear = clear_sky_w_per_m2(self.latitude, self.longitude, axis)
            self._seen[key] = self.powers_on(PLANES, issued_at, axis), clear
        return self._seen[key]

    def powers_on(self, planes: tuple[Plane, ...], issued_at: datetime, axis: TimeAxis) -> FloatArray:
        """The same on other planes, shape (planes, steps); computed anew each time."""
        weather = self.weather.weather(issued_at, axis)
        return power_per_kwp(self.latitude, self.longitude, planes, weather, axis)
