"""Weather of a community: one sky and one temperature for all its homes, drawn from a model fitted to a site.

Irradiance is that of a clear sky times a clearness index: its law by season is measured, its standing in that
law is a Gaussian process with a part that lasts for days and a part that changes within the day. Temperature
is the site's yearly course, an anomaly from day to day that knows whether the day is clear, and a daily swing
that is wider under a clear sky.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration, number, numbers
from mas2tering.study.population.latent import LatentParameters, latent
from mas2tering.study.population.random_streams import Stream, day_numbers, normals_of_days
from mas2tering.study.population.steps import QUARTERS
from mas2tering.study.population.sun import (
    clear_sky_w_m2,
    diffuse_w_m2,
    extraterrestrial_w_m2,
    sun_position,
)

SITES = ("cardiff", "belgium")
_MEMORY_DAYS = 24
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Weather:
    """Weather of the days asked for; arrays ``[days, 96]``, means over the quarter-hours of local clock.

    Attributes:
        site: one of `SITES`.
        temperature_c: outdoor air.
        ghi_w_m2, dhi_w_m2, dni_w_m2: global and diffuse on the horizontal, direct on a plane facing the sun.
        cos_zenith, sun_azimuth_deg: the sun at the middle of the quarter-hour; azimuth clockwise from north.
        extraterrestrial_w_m2: on the horizontal, above the atmosphere.
    """

    site: str
    temperature_c: Array
    ghi_w_m2: Array
    dhi_w_m2: Array
    dni_w_m2: Array
    cos_zenith: Array
    sun_azimuth_deg: Array
    extraterrestrial_w_m2: Array


def sample_weather(
    site: str, dates: Sequence[date], seed: int, utc_offset_hours: float | Sequence[float] = 0.0
) -> Weather:
    """Draw the weather of days. A date has the same sky whatever other dates are asked for.

    Args:
        site: ``cardiff`` or ``belgium``.
        dates: days of the local calendar.
        seed: a whole number from 0 up.
        utc_offset_hours: how far the local clock is ahead of UTC, for all days or one for each.

    Raises:
        ValueError: unknown site, or offsets that do not match the dates.
    """
    if site not in SITES:
        raise ValueError(f"no site {site!r}: there are {', '.join(SITES)}")
    block = calibration("weather_" + site)
    days = day_numbers(dates)
    offset = np.broadcast_to(np.asarray(utc_offset_hours, dtype=float), days.shape)
    utc_hour = (np.arange(QUARTERS) + 0.5) / 4.0 - offset[:, None]
    day_of_year = np.array([day.timetuple().tm_yday for day in dates], dtype=float)[:, None]
    cosine, azimuth = sun_position(
        day_of_year, utc_hour, number(block, "latitude_deg"), number(block, "longitude_deg")
    )
    lasting, standing = _sky_standing(block, seed, days)
    clear_index = _clear_index(block, day_of_year, standing)
    above = extraterrestrial_w_m2(cosine, day_of_year)
    ghi = np.minimum(clear_sky_w_m2(cosine) * clear_index, 0.9 * above)
    dhi = diffuse_w_m2(ghi, above)
    dni = np.where(cosine > 0.02, (ghi - dhi) / np.maximum(cosine, 0.02), 0.0)
    return Weather(
        site=site,
        temperature_c=_temperature_c(block, seed, days, day_of_year, utc_hour, lasting),
        ghi_w_m2=ghi,
        dhi_w_m2=dhi,
        dni_w_m2=dni,
        cos_zenith=cosine,
        sun_azimuth_deg=azimuth,
        extraterrestrial_w_m2=above,
    )


def place_deg(site: str) -> tuple[float, float]:
    """Latitude north and longitude east of a site."""
    block = calibration("weather_" + site)
    return number(block, "latitude_deg"), number(block, "longitude_deg")


def mean_temperature_c(site: str, day_of_year: Array) -> Array:
    """The site's mean temperature of a day in a usual year, of the shape of ``day_of_year``."""
    return _harmonics(array(calibration("weather_" + site), "temperature_mean"), day_of_year)


def design_temperature_c(site: str) -> float:
    """Daily mean that a site falls below on 1 % of days of a year: what heating is sized for."""
    return number(calibration("weather_" + site), "design_temperature_c")


def _harmonics(coefficients: Array, day_of_year: Array) -> Array:
    """Constant, then pairs of cosine and sine of the year."""
    angle = 2.0 * np.pi * (np.asarray(day_of_year, dtype=float) - 0.5) / 365.2425
    value = np.full_like(angle, coefficients[0])
    for k in range(1, (len(coefficients) + 1) // 2):
        value += coefficients[2 * k - 1] * np.cos(k * angle) + coefficients[2 * k] * np.sin(k * angle)
    return value


def _sky_standing(block: dict[str, object], seed: int, days: NDArray[np.int64]) -> tuple[Array, Array]:
    """Standing of each day ``[days + its yesterdays]`` and of each quarter-hour ``[days, 96]`` in the law of
    clearness."""
    process = cast(dict[str, object], block["sky"])
    between = LatentParameters((), (), numbers(process, "slow_share"), numbers(process, "slow_days"))
    within = LatentParameters(numbers(process, "within_share"), numbers(process, "within_hours"), (), ())
    streams = (Stream.WEATHER_NOISE, Stream.WEATHER_DAYS)
    lasting = latent(between, streams, seed, [0], days, QUARTERS)[0]
    quick = latent(within, streams, seed, [1], days, QUARTERS)[0]
    return lasting.mean(axis=-1) / np.sqrt(between.variance), lasting + quick


def _clear_index(block: dict[str, object], day_of_year: Array, standing: Array) -> Array:
    """Global irradiance over that of a clear sky, from the measured law of the month (drawn out between
    months)."""
    levels_z, by_month = array(block, "clear_index_levels_z"), array(block, "clear_index_quantiles")
    place = (day_of_year[:, 0] - 15.5) / 30.437
    low = np.floor(place).astype(int)
    late = (place - low)[:, None]
    laws = by_month[low % 12] * (1.0 - late) + by_month[(low + 1) % 12] * late
    return np.stack([np.interp(row, levels_z, law) for row, law in zip(standing, laws, strict=True)])


def _temperature_c(
    block: dict[str, object],
    seed: int,
    days: NDArray[np.int64],
    day_of_year: Array,
    utc_hour: Array,
    sky: Array,
) -> Array:
    """Air temperature ``[days, 96]``: daily means joined at the noons, and a swing over the day."""
    memory = number(block, "temperature_memory")
    weight = memory ** np.arange(_MEMORY_DAYS) * np.sqrt(1.0 - memory**2)
    needed = np.unique((days[:, None] + 1 - np.arange(_MEMORY_DAYS + 2)[None, :]).ravel())
    noise = normals_of_days(seed, Stream.WEATHER_DAYS, [2], needed, ())[0]
    position = np.searchsorted(needed, days)
    anomaly = [sum(w * noise[position + shift - lag] for lag, w in enumerate(weight)) for shift in (-1, 0, 1)]
    season = day_of_year[:, 0]
    mean = [
        _harmonics(array(block, "temperature_mean"), season + shift)
        + _harmonics(array(block, "temperature_spread"), season + shift) * value
        for shift, value in zip((-1, 0, 1), anomaly, strict=True)
    ]
    share = np.abs(utc_hour - 12.0) / 24.0
    neighbour = np.where(utc_hour < 12.0, mean[0][:, None], mean[2][:, None])
    level = mean[1][:, None] * (1.0 - share) + neighbour * share
    level += (_harmonics(array(block, "sky_on_temperature"), season) * sky)[:, None]
    swing = np.maximum(
        _harmonics(array(block, "swing_mean"), season)
        + _harmonics(array(block, "sky_on_swing"), season) * sky,
        0.5,
    )
    shape = array(block, "swing_shape")  # [12, 24] by month and hour of UTC, of mean 0 and range 1
    month = np.minimum((season / 30.5).astype(int), 11)
    hours = np.arange(24) + 0.5
    course = np.stack(
        [np.interp(hour, hours, shape[m], period=24.0) for hour, m in zip(utc_hour, month, strict=True)]
    )
    noise = LatentParameters((number(block, "noise_variance"),), (number(block, "noise_hours"),), (), ())
    wander = latent(noise, (Stream.WEATHER_NOISE, Stream.WEATHER_DAYS), seed, [3], days, QUARTERS)[0]
    return np.asarray(level + swing[:, None] * course + wander)
