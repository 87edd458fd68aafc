"""The sky over a community, from the weather that its file names: measured until now, and with stated errors from then on."""

from datetime import date, timedelta

import numpy as np

from mas2tering.domain.community import Community, SiteWeather
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.profiles import ProfileError, ProfileReader, ProfileSource, profile_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.generation import MeasuredWeather, Sky, WeatherErrors

_CALM_M_PER_S = 1.0
"""Wind on panels where nobody says how it blows: what pvlib's cell temperature takes too."""


def sky_of(
    community: Community,
    reader: ProfileReader,
    past: ProfileReader,
    days: tuple[date, int, int],
    step_minutes: int,
    seed: int,
    errors: WeatherErrors | None = None,
) -> Sky | None:
    """The sky as a weather service would tell it; None where the community names no weather.

    Args:
        community: whose weather it is.
        reader: profiles on the days of the run.
        past: profiles on the days before.
        days: the first day of the run, how many days lie before it, and how many from it on.
        step_minutes: length of a step.
        seed: of the errors of forecasts.
        errors: how wrong forecasts are; as usual unless told.
    """
    weather = community.weather
    if weather is None:
        return None
    first_day, before, after = days
    axes = [
        TimeAxis.of_days(
            first_day + timedelta(days=number),
            community.time_zone,
            step_minutes,
            day_starts_at=community.day_starts_at,
        )
        for number in range(-before, after)
    ]
    parts = [
        _on(weather, axis, past if number < before else reader, reader) for number, axis in enumerate(axes)
    ]
    irradiance, temperature = (np.concatenate(values) for values in zip(*parts, strict=True))
    service = MeasuredWeather(
        axes[0].start + timedelta(minutes=step_minutes / 2),
        step_minutes,
        irradiance,
        temperature,
        np.full(len(irradiance), _CALM_M_PER_S),
        errors or WeatherErrors(),
        seed,
    )
    return Sky(weather.latitude_deg, weather.longitude_deg, service)


def _on(
    weather: SiteWeather, axis: TimeAxis, reader: ProfileReader, other: ProfileReader
) -> tuple[FloatArray, FloatArray]:
    """Irradiance and temperature of a day, not a number where nothing is known of it."""
    return _values(weather.irradiance, axis, reader, other), _values(weather.temperature, axis, reader, other)


def _values(source: ProfileSource, axis: TimeAxis, *readers: ProfileReader) -> FloatArray:
    # The last day before a run ends in its first morning, of which either reader may know.
    for reader in readers:
        try:
            return profile_on(axis, source, reader).values
        except ProfileError:
            continue
    return np.full(axis.steps, np.nan)
