"""A combined heat and power unit that follows the heat its house needs, and so the temperature outside."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.generation.weather import WeatherService, normal_quantiles
from mas2tering.forecast.quantiles import LEVELS, forecast_of


@dataclass(frozen=True)
class HeatLedChp:
    """A unit as a :class:`~mas2tering.domain.forecasts.Forecaster` of its electric power, positive.

    The mean over a step is forecast: it runs for so long as the heat is needed, and the tank evens out the rest.

    Attributes:
        weather: who knows the temperature.
        electric_kw: electric power while it runs.
        heat_kw: heat while it runs.
        loss_kw_per_k: heat that the house loses for each kelvin.
        heats_below_degc: no heating above this temperature outside.
        hot_water_kw: heat for hot water, on the mean.
    """

    weather: WeatherService
    electric_kw: float
    heat_kw: float
    loss_kw_per_k: float
    heats_below_degc: float = 15.0
    hot_water_kw: float = 0.2

    def power_kw(self, temperature_degc: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean electric power at a temperature outside, of the same shape."""
        heat = (
            self.loss_kw_per_k * np.maximum(self.heats_below_degc - temperature_degc, 0.0) + self.hot_water_kw
        )
        return np.asarray(self.electric_kw * np.clip(heat / self.heat_kw, 0.0, 1.0))

    def forecast(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What it will generate on ``axis``."""
        known = self.weather.weather(issued_at, axis)
        warm = normal_quantiles(known.temperature_degc, known.temperature_doubt_k, LEVELS)
        powers = self.power_kw(warm)
        return forecast_of(axis, issued_at, powers.mean(axis=0), powers, "heat demand from the temperature")
