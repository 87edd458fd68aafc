"""Generation of a roof: from weather through a model of its planes, corrected by what the roof itself has shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.days import on_axis
from mas2tering.forecast.generation.plane import Plane
from mas2tering.forecast.generation.sky import Sky
from mas2tering.forecast.generation.weather import normal_quantiles
from mas2tering.forecast.methods import LoadMethod
from mas2tering.forecast.quantiles import LEVELS, forecast_of
from mas2tering.forecast.yardsticks import EmpiricalQuantiles

FloatArray = NDArray[np.float64]

_DAY = timedelta(days=1)
_LEARNS_AGAIN = timedelta(days=7)
_FIT_DAYS, _DOUBT_DAYS, _FEWEST_DAYS = 45, 30, 5
_FIT_STEP_MINUTES = 60
_LIKE_SKY = 0.15
_DARK_W_PER_M2 = 5.0
_BY_WEATHER = "sun and planes of the roof"
_OWN_DAYS = 14
"""Days of a roof's own that are looked back at without weather: the sun's height changes, and so a few weeks are too many."""


@dataclass(frozen=True)
class Roof:
    """What is known of a roof.

    Attributes:
        peak_kw: peak power, where known.
        plane: where it looks, where known.
        inverter_kw: power at which its inverter cuts off, where known.
    """

    peak_kw: float | None = None
    plane: Plane | None = None
    inverter_kw: float | None = None


@dataclass
class RoofForecaster:
    """Forecasts of a roof's generation, positive, from weather, corrected by its history; keeps the mixture of planes that it
    learned, so calls come with issue times that do not go back.

    Attributes:
        roof: what is known of it.
        sky: over its place.
    """

    roof: Roof
    sky: Sky
    _mixture: FloatArray | None = field(default=None, init=False, repr=False)
    _learned_at: datetime | None = field(default=None, init=False, repr=False)

    def forecast(self, measured: MeasuredSeries, issued_at: datetime, axis: TimeAxis) -> Forecast:
        """What the roof will generate on ``axis``.

        Args:
            measured: its generation; what was known at the issue alone is used.
            issued_at: the instant in UTC at which the forecast is made.
            axis: the steps to forecast.
        """
        known = measured.known_at(issued_at)
        self._learn(known, issued_at)
        if self._mixture is None:
            return self._without_history(issued_at, axis)
        expected_kw, clear = self._expected(issued_at, axis)
        peak_kw = float(np.nanmax(known.mean_kw))
        most_kw = min(self.roof.inverter_kw or np.inf, max(peak_kw, 1e-3) * 1.05)
        misses = self._misses(known, issued_at, axis)
        if misses is None:
            return self._from_doubt(issued_at, axis, np.minimum(expected_kw, most_kw), _BY_WEATHER)
        mean_kw, quantiles_kw = _with_misses(expected_kw, clear, *misses)
        quantiles_kw, mean_kw = np.clip(quantiles_kw, 0.0, most_kw), np.clip(mean_kw, 0.0, most_kw)
        return forecast_of(axis, issued_at, mean_kw, quantiles_kw, f"{_BY_WEATHER}, corrected by its history")

    def _without_history(self, issued_at: datetime, axis: TimeAxis) -> Forecast:
        roof = self.roof
        if roof.peak_kw is None:
            zero = np.zeros(axis.steps)
            return forecast_of(
                axis, issued_at, zero, np.zeros((len(LEVELS), axis.steps)), "nothing known of the roof yet"
            )
        power = self._powers(issued_at, axis)
        middle = power[0] if roof.plane else power.mean(axis=0)
        middle = np.minimum(middle * roof.peak_kw, roof.inverter_kw or np.inf)
        return self._from_doubt(issued_at, axis, middle, _BY_WEATHER)

    def _from_doubt(self, issued_at: datetime, axis: TimeAxis, power_kw: FloatArray, method: str) -> Forecast:
        """Quantiles from the doubt that the weather comes with."""
        doubt = self.sky.weather.weather(issued_at, axis).ghi_doubt
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
        powers = self._powers(issued_at, axis)
        seen = np.isfinite(actual) & np.isfinite(powers).all(axis=0)
        if seen.sum() < _FEWEST_DAYS * 24:
            return
        from scipy.optimize import nnls

        self._mixture = np.asarray(nnls(powers[:, seen].T, np.maximum(actual[seen], 0.0))[0])
        self._learned_at = issued_at

    def _powers(self, issued_at: datetime, axis: TimeAxis) -> FloatArray:
        """Power of a kilowatt peak on each plane that is looked at, the roof's own first where it is known."""
        powers, _ = self.sky.powers(issued_at, axis)
        if self.roof.plane is None:
            return powers
        return np.concatenate([self.sky.powers_on((self.roof.plane,), issued_at, axis), powers])

    def _expected(self, issued_at: datetime, axis: TimeAxis) -> tuple[FloatArray, FloatArray]:
        """Expected power, and irradiance under a clear sky, each of shape (steps,)."""
        powers = self._powers(issued_at, axis)
        mixture = np.zeros(len(powers)) if self._mixture is None else self._mixture
        return mixture @ powers, self.sky.powers(issued_at, axis)[1]

    def _misses(
        self, known: MeasuredSeries, issued_at: datetime, axis: TimeAxis
    ) -> tuple[FloatArray, FloatArray, FloatArray] | None:
        """Expected power, clear sky and what was measured, as if forecast on each of the last days: (days, steps) each."""
        found = []
        for back in range(1, _DOUBT_DAYS + 1):
            past = TimeAxis(axis.start - back * _DAY, axis.step_minutes, axis.steps, axis.zone)
            actual = on_axis(known, past)
            if np.isfinite(actual).mean() > 0.5:
                expected_kw, clear = self._expected(issued_at - back * _DAY, past)
                if np.isfinite(expected_kw).all():
                    found.append((expected_kw, clear, actual))
        if len(found) < _FEWEST_DAYS:
            return None
        expected, clear, actual = (np.stack(part) for part in zip(*found, strict=True))
        return expected, clear, actual


@dataclass
class RoofChain:
    """Always answers for a roof: weather first, its own days where weather fails; a
    :class:`~mas2tering.forecast.methods.LoadMethod` of one home.

    Attributes:
        by_weather: what is asked first.
        by_history: what speaks where that cannot.
    """

    by_weather: RoofForecaster
    by_history: LoadMethod = field(default_factory=lambda: EmpiricalQuantiles(_OWN_DAYS, hours=0.25))

    @property
    def name(self) -> str:
        """Short name, as in tables."""
        return _BY_WEATHER

    def forecasts(
        self, known: Sequence[MeasuredSeries], issued_at: datetime, axis: TimeAxis
    ) -> tuple[Forecast, ...]:
        """The forecast of the one roof; see :class:`~mas2tering.forecast.methods.LoadMethod`.

        Raises:
            ValueError: more than one series is given.
        """
        if len(known) != 1:
            raise ValueError(f"{len(known)} histories of one roof")
        # A weather service that fails, or answers what cannot be, must not leave a home without a forecast.
        try:
            return (self.by_weather.forecast(known[0], issued_at, axis),)
        except Exception as error:
            why = str(error) or type(error).__name__
        (own,) = self.by_history.forecasts(known, issued_at, axis)
        return (replace(own, method=f"like days of the roof (its weather failed: {why})"),)


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
