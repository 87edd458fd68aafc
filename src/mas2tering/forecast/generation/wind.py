"""A small wind turbine: its power curve over the wind that is forecast."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.generation.weather import WeatherService, normal_quantiles
from mas2tering.forecast.quantiles import LEVELS, forecast_of

_MEASURED_AT_M = 10.0


@dataclass(frozen=True)
class SmallWind:
    """A turbine as a :class:`~mas2tering.domain.forecasts.Forecaster` of its generation, positive.

    Between the wind at which it starts and that of its rated power, power grows with the cube of the wind. The wind at
    the hub follows from that at ten metres by a power law.

    Attributes:
        weather: who knows the wind.
        rated_kw: its rated power.
        hub_m: height of the hub.
        starts_at, rated_at, stops_at: winds at the hub in m/s.
        shear: exponent of the power law, 0.14 over open land, 0.25 among houses.
    """

    weather: WeatherService
    rated_kw: float
    hub_m: float = 12.0
    starts_at: float = 3.0
    rated_at: float = 11.0
    stops_at: float = 25.0
    shear: float = 0.25

    def power_kw(self, wind_m_per_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Power at a wind at ten metres, of the same shape."""
        hub = wind_m_per_s * (self.hub_m / _MEASURED_AT_M) ** self.shear
        share = (hub**3 - self.starts_at**3) / (self.rated_at**3 - self.starts_at**3)
        return np.where(hub < self.stops_at, self.rated_kw * np.clip(share, 0.0, 1.0), 0.0)

    def forecast(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What it will generate on ``axis``."""
        known = self.weather.weather(issued_at, axis)
        winds = np.maximum(normal_quantiles(known.wind_m_per_s, known.wind_doubt_m_per_s, LEVELS), 0.0)
        powers = self.power_kw(winds)
        return forecast_of(
            axis, issued_at, powers.mean(axis=0), powers, "power curve of a small wind turbine"
        )
