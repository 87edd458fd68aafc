"""Forecasts of local generation from weather: sun on a roof, a small wind turbine, a heat-led CHP."""

from mas2tering.forecast.generation.heat_led import HeatLedChp
from mas2tering.forecast.generation.roof import Roof, RoofChain, RoofForecaster
from mas2tering.forecast.generation.sky import Sky
from mas2tering.forecast.generation.weather import MeasuredWeather, Weather, WeatherErrors, WeatherService
from mas2tering.forecast.generation.wind import SmallWind

__all__ = [
    "HeatLedChp",
    "MeasuredWeather",
    "Roof",
    "RoofChain",
    "RoofForecaster",
    "Sky",
    "SmallWind",
    "Weather",
    "WeatherErrors",
    "WeatherService",
]
