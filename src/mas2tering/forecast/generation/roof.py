"""Generation of a roof: from weather through a model of its planes, corrected by what the roof itself has shown."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.days import on_axis
from mas2tering.forecast.generation.plane import Plane, clear_sky_w_per_m2, power_per_kwp
from mas2tering.forecast.generation.weather import WeatherService, normal_quantiles
from mas2tering.forecast.quantiles import LEVELS, forecast_of

FloatArray = NDArray[np.float64]

_DAY = timedelta(days=1)
_LEARNS_AGAIN = timedelta(days=7)
_FIT_DAYS, _DOUBT_DAYS, _FEWEST_DAYS = 45, 30, 5
_FIT_STEP_MINUTES = 60
_LIKE_SKY = 0.15
_DARK_W_PER_M2 = 5.0
_PLANES = tuple(
    Plane(tilt, azimuth) for tilt in (15.0, 40.0) for azimuth in (90.0, 135.0, 180.0, 225.0, 270.0)
)
"""Where roofs may look; a roof whose planes nobody told is a mixture of these that fits its history."""


@dataclass(frozen=True)
class Roof:
    """Where a roof is, and what is known of it.

    Attributes:
        latitude, longitude: degrees north and east.
        peak_kw: peak power, where known.
        plane: where it looks, where known.
        inverter_kw: power at which its inverter cuts off, where known.
    """

    latitude: float
    longitude: float
    peak_kw: float | None = None
    plane: Plane | None = None
    inverter_kw: float | None = None


@dataclass
class RoofForecaster:
    """A :class:`~mas2tering.domain.forecasts.Forecaster` of a roof's generation, positive.

    Attributes:
        roof: what is known of it.
        weather: who knows the weather.
        measured: its generation; what is known at the issue alone is used.
    """

    roof: Roof
    weather: WeatherService
    measured: MeasuredSeries
    _mixture: FloatArray | None = field(default=None, init=False, repr=False)
    _learned_at: datetime | None = field(default=None, init=False, repr=False)
    _past: dict[tuple[datetime, TimeAxis], tuple[FloatArray, FloatArray]] = field(
        default_factory=dict, init=False, repr=False
    )
    """Power of each plane, (planes, steps), and irradiance under a clear sky, (steps,), by issue and axis."""

    def forecast(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What the roof will generate on ``axis``, from what was known at ``issued_at``."""
        known = self.measured.known_at(issued_at)
        self._learn(known, issued_at)
        if self._mixture is None:
            return self._without_history(issued_at, axis)
        expected_kw, clear = self._expected(issued_at, axis)
        peak_kw = float(np.nanmax(known.mean_kw))
        most_kw = min(self.roof.inverter_kw or np.inf, max(peak_kw, 1e-3) * 1.05)
        misses = self._misses(known, issued_at, axis)
        self._past = {
            key: value for key, value in self._past.items() if key[0] >= issued_at - (_DOUBT_DAYS + 1) * _DAY
        }
        if misses is None:
            return self._from_doubt(
                issued_at, axis, np.minimum(expected_kw, most_kw), "sun and planes of the roof"
            )
        mean_kw, quantiles_kw = _with_misses(expected_kw, clear, *misses)
        quantiles_kw, mean_kw = np.clip(quantiles_kw, 0.0, most_kw), np.clip(mean_kw, 0.0, most_kw)
        return forecast_of(
            axis, issued_at, mean_kw, quantiles_kw, "sun and planes of the roof, corrected by its history"
        )

    def _without_history(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        roof = self.roof
        if roof.peak_kw is None:
            zero = np.zeros(axis.steps)
            return forecast_of(
                axis, issued_at, zero, np.zeros((len(LEVELS), axis.steps)), "nothing known of the roof yet"
            )
        sky = self.weather.weather(issued_at, axis)
        planes = [roof.plane] if roof.plane else list(_PLANES)
        power = power_per_kwp(roof.latitude, roof.longitude, planes, sky, axis).mean(axis=0) * roof.peak_kw
        power = np.minimum(power, roof.inverter_kw or np.inf)
        return self._from_doubt(issued_at, axis, power, "sun and planes of the roof")

    def _from_doubt(self, issued_at: datetime, axis: TimeAxis, power_kw: FloatArray, method: str) -> Forecast:
        """Quantiles from the doubt that the weather comes with."""
        doubt = self.weather.weather(issued_at, axis).ghi_doubt
        quantiles_kw = np.maximum(normal_quantiles(power_kw, power_kw * doubt, LEVELS), 0.0)
        return forecast_of(axis, issued_at, power_kw, quantiles_kw, method)

    def _learn(self, known: MeasuredSeries, issued_at: datetime) -> None:
        """Fit the planes to the last weeks, again each week."""
        if self._learned_at is not None and issued_at - self._learned_at < _LEARNS_AGAIN:
            return
        hours = _FIT_DAYS * 24
        begin = (issued_at - timedelta(hours=hours)).replace(minute=0, second=0, microsecond=0)
        axis = TimeAxis(begin, _FIT_STEP_MINUTES, hours, known.zone)
        actual = on_axis(known, axis)
        seen = np.isfinite(actual)
        if seen.sum() < _FEWEST_DAYS * 24:
            return
        from scipy.optimize import nnls

        sky = self.weather.weather(issued_at, axis)
        powers = power_per_kwp(self.roof.latitude, self.roof.longitude, self._planes, sky, axis)
        self._mixture = np.asarray(nnls(powers[:, seen].T, np.maximum(actual[seen], 0.0))[0])
        self._learned_at = issued_at

    @property
    def _planes(self) -> tuple[Plane, ...]:
        return (self.roof.plane, *_PLANES) if self.roof.plane else _PLANES

    def _expected(self, issued_at: datetime, axis: TimeAxis) -> tuple[FloatArray, FloatArray]:
        """Expected power, and irradiance under a clear sky, each of shape (steps,)."""
        if (issued_at, axis) not in self._past:
            roof = self.roof
            sky = self.weather.weather(issued_at, axis)
            powers = power_per_kwp(roof.latitude, roof.longitude, self._planes, sky, axis)
            self._past[issued_at, axis] = powers, clear_sky_w_per_m2(roof.latitude, roof.longitude, axis)
        powers, clear = self._past[issued_at, axis]
        mixture = np.zeros(len(powers)) if self._mixture is None else self._mixture
        return mixture @ powers, clear

    def _misses(
        self, known: MeasuredSeries, issued_at: datetime, axis: TimeAxis
    ) -> tuple[FloatArray, FloatArray, FloatArray] | None:
        """Expected power, clear sky and what was measured, as if forecast on each of the last days: (days, steps) each."""
        found = []
        for back in range(1, _DOUBT_DAYS + 1):
            past = TimeAxis(axis.start - back * _DAY, axis.step_minutes, axis.steps, axis.zone)
            actual = on_axis(known, past)
            if np.isfinite(actual).mean() > 0.5:
                found.append((*self._expected(issued_at - back * _DAY, past), actual))
        if len(found) < _FEWEST_DAYS:
            return None
        expected, clear, actual = (np.stack(part) for part in zip(*found, strict=True))
        return expected, clear, actual


def _with_misses(
    expected_kw: FloatArray,
    clear: FloatArray,
    past_kw: FloatArray,
    past_clear: FloatArray,
    actual_kw: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Mean and quantiles: what was missed under like skies within an hour of the time of day.

    Misses are taken over the irradiance of a clear sky then, and given back with that of now, so that days grow
    longer without harm.
    """
    bright = np.maximum(clear, _DARK_W_PER_M2)
    past_bright = np.maximum(past_clear, _DARK_W_PER_M2)
    scale = float((past_kw / past_bright).max()) or 1.0
    sky, past_sky = expected_kw / bright / scale, past_kw / past_bright / scale
    miss = (actual_kw - past_kw) / past_bright
    steps = len(expected_kw)
    reach = max(1, round(steps / 24)) if steps >= 24 else 0
    index = np.clip(np.arange(steps)[:, None] + np.arange(-reach, reach + 1), 0, steps - 1)
    samples = miss[:, index].transpose(1, 0, 2).reshape(steps, -1)
    gap = (past_sky[:, index].transpose(1, 0, 2).reshape(steps, -1) - sky[:, None]) / _LIKE_SKY
    weights = np.where(np.isfinite(samples), np.exp(-0.5 * gap**2) + 1e-3, 0.0)
    order = np.argsort(np.where(np.isfinite(samples), samples, np.inf), axis=1)
    ordered = np.nan_to_num(np.take_along_axis(samples, order, axis=1))
    share = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    total = np.maximum(share[:, -1:], 1e-12)
    place = np.stack([(share / total < level).sum(axis=1) for level in LEVELS])
    around = ordered[np.arange(steps), np.minimum(place, ordered.shape[1] - 1)]
    middle = (weights * np.nan_to_num(samples)).sum(axis=1) / total[:, 0]
    return expected_kw + middle * bright, expected_kw + around * bright
