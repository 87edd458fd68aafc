"""Weather as a service gives it, and a stand-in for such a service: measured weather with stated errors."""

from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.wall_clock import utc_minutes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Weather:
    """Weather on the steps of an axis, each array of shape (steps,).

    Attributes:
        ghi_w_per_m2: global irradiance on the horizontal.
        temperature_degc: of the air.
        wind_m_per_s: at ten metres.
        ghi_doubt: standard deviation of the irradiance's error, as a share of it; zero where it was measured.
        temperature_doubt_k: standard deviation of the temperature's error.
        wind_doubt_m_per_s: standard deviation of the wind's error.
    """

    ghi_w_per_m2: FloatArray
    temperature_degc: FloatArray
    wind_m_per_s: FloatArray
    ghi_doubt: FloatArray
    temperature_doubt_k: FloatArray
    wind_doubt_m_per_s: FloatArray


class WeatherService(Protocol):
    """Whoever knows the weather: a provider's service, or :class:`MeasuredWeather`."""

    def weather(self, issued_at: datetime, axis: TimeAxis) -> Weather:
        """What was known at ``issued_at`` of the weather on ``axis``: steps that were past by then as measured, those
        to come as forecast."""
        ...


@dataclass(frozen=True)
class WeatherErrors:
    """How wrong weather forecasts are, growing with the square root of the lead up to a day, persistent over some hours.

    The defaults are of the size that operational day-ahead forecasts for middle Europe have (assumed).

    Attributes:
        ghi: standard deviation of the irradiance's relative error a day ahead.
        temperature_k: of the temperature's error a day ahead.
        wind_m_per_s: of the wind's error a day ahead.
        hours: after so many hours an error has lost two thirds of its memory.
    """

    ghi: float = 0.25
    temperature_k: float = 1.5
    wind_m_per_s: float = 1.3
    hours: float = 4.0


@dataclass(frozen=True)
class MeasuredWeather:
    """Measured weather as a :class:`WeatherService`: what is to come is the truth with drawn errors.

    The same seed and issue time give the same forecast, for whatever part of the axis is asked.

    Attributes:
        start: the instant in UTC of the first value; values lie at instants, an hour or less apart.
        step_minutes: between values.
        ghi_w_per_m2, temperature_degc, wind_m_per_s: shape (values,).
        errors: how wrong forecasts are.
        seed: of the errors.
    """

    start: datetime
    step_minutes: int
    ghi_w_per_m2: FloatArray
    temperature_degc: FloatArray
    wind_m_per_s: FloatArray
    errors: WeatherErrors = WeatherErrors()
    seed: int = 1

    def weather(self, issued_at: datetime, axis: TimeAxis) -> Weather:
        """See :class:`WeatherService`."""
        middle = utc_minutes(axis.start) + axis.step_minutes * (np.arange(axis.steps) + 0.5)
        place = (middle - utc_minutes(self.start)) / self.step_minutes
        lead_hours = np.maximum(middle - utc_minutes(issued_at), 0.0) / 60.0
        grown = np.sqrt(np.minimum(lead_hours / 24.0, 1.0))
        drawn = self._errors(issued_at, lead_hours)
        ghi = _read(self.ghi_w_per_m2, place) * np.maximum(1.0 + self.errors.ghi * grown * drawn[0], 0.0)
        temperature = _read(self.temperature_degc, place) + self.errors.temperature_k * grown * drawn[1]
        wind = _read(self.wind_m_per_s, place) + self.errors.wind_m_per_s * grown * drawn[2]
        return Weather(
            ghi,
            temperature,
            np.maximum(wind, 0.0),
            self.errors.ghi * grown,
            self.errors.temperature_k * grown,
            self.errors.wind_m_per_s * grown,
        )

    def _errors(self, issued_at: datetime, lead_hours: FloatArray) -> FloatArray:
        """Standard normal errors of an issue that lose their memory over hours, shape (3, steps); zero for the past."""
        hours = int(np.ceil(lead_hours.max(initial=0.0))) + 2
        random = np.random.default_rng([self.seed, utc_minutes(issued_at)])
        fresh = random.standard_normal(
            (hours, 3)
        ).T  # hour by hour, so that longer axes begin as shorter ones do
        keep = np.exp(-1.0 / self.errors.hours)
        error = np.empty_like(fresh)
        error[:, 0] = fresh[:, 0]
        for hour in range(1, hours):
            error[:, hour] = keep * error[:, hour - 1] + (1 - keep**2) ** 0.5 * fresh[:, hour]
        return np.stack([np.interp(lead_hours, np.arange(hours), row) for row in error]) * (lead_hours > 0)


def _read(values: FloatArray, place: FloatArray) -> FloatArray:
    """Values between those that are known, linear; not a number where the nearest is unknown, or a step beyond the ends."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(place.shape, np.nan)
    read = np.interp(place, np.flatnonzero(known), values[known])
    nearest = np.clip(np.rint(place).astype(np.int64), 0, len(values) - 1)
    is_known = known[nearest] & (np.abs(place - nearest) <= 1.0)
    return np.where(is_known, read, np.nan)


def normal_quantiles(middle: FloatArray, doubt: FloatArray, levels: FloatArray) -> FloatArray:
    """Quantiles of a normal distribution at each step, shape (levels, steps)."""
    normal = NormalDist()
    around = np.array([normal.inv_cdf(float(level)) for level in levels])
    return np.asarray(middle + around[:, None] * doubt)
