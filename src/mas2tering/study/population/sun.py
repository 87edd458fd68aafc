"""Where the sun is, and what reaches a tilted roof: textbook formulas, each with its source."""

import numpy as np
from numpy.typing import NDArray

SOLAR_CONSTANT_W_M2 = 1361.0
Array = NDArray[np.float64]


def sun_position(
    day_of_year: Array, utc_hour: Array, latitude_deg: float, longitude_deg: float
) -> tuple[Array, Array]:
    """Cosine of the zenith angle and azimuth (degrees clockwise from north), each of the shape of the hours.

    Declination and equation of time after Spencer (1971), Search 2(5), 172, good to about 0.01 rad.

    Args:
        day_of_year: 1 to 366, broadcast against ``utc_hour``.
        utc_hour: hour in UTC; may lie before 0 or after 24.
        latitude_deg: north positive.
        longitude_deg: east positive.
    """
    day = 2.0 * np.pi * (day_of_year - 1 + (utc_hour - 12.0) / 24.0) / 365.0
    declination = 0.006918 - 0.399912 * np.cos(day) + 0.070257 * np.sin(day) - 0.006758 * np.cos(2 * day)
    declination += 0.000907 * np.sin(2 * day) - 0.002697 * np.cos(3 * day) + 0.00148 * np.sin(3 * day)
    equation_min = 0.000075 + 0.001868 * np.cos(day) - 0.032077 * np.sin(day) - 0.014615 * np.cos(2 * day)
    equation_min = 229.18 * (equation_min - 0.040849 * np.sin(2 * day))
    hour_angle = np.deg2rad(15.0 * (utc_hour - 12.0) + longitude_deg + equation_min / 4.0)
    latitude = np.deg2rad(latitude_deg)
    cosine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    east = -np.cos(declination) * np.sin(hour_angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(declination) * np.cos(
        hour_angle
    )
    return cosine, np.rad2deg(np.arctan2(east, north)) % 360.0


def clear_sky_w_m2(cos_zenith: Array) -> Array:
    """Global horizontal irradiance of a clear sky after Haurwitz (1945), Journal of Meteorology 2,
    154-166."""
    up = np.maximum(cos_zenith, 1e-3)
    return np.where(cos_zenith > 0.0, 1098.0 * up * np.exp(-0.057 / up), 0.0)


def extraterrestrial_w_m2(cos_zenith: Array, day_of_year: Array) -> Array:
    """Irradiance on a horizontal plane above the atmosphere."""
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi * day_of_year / 365.0)
    return SOLAR_CONSTANT_W_M2 * distance * np.maximum(cos_zenith, 0.0)


def diffuse_w_m2(ghi_w_m2: Array, extraterrestrial: Array) -> Array:
    """Diffuse part of the global irradiance after Erbs, Klein and Duffie (1982),
    doi:10.1016/0038-092X(82)90302-4."""
    clearness = np.clip(ghi_w_m2 / np.maximum(extraterrestrial, 1.0), 0.0, 1.0)
    middle = (
        0.9511 - 0.1604 * clearness + 4.388 * clearness**2 - 16.638 * clearness**3 + 12.336 * clearness**4
    )
    share = np.where(clearness <= 0.22, 1.0 - 0.09 * clearness, np.where(clearness <= 0.8, middle, 0.165))
    return share * ghi_w_m2


def plane_irradiance_w_m2(
    ghi_w_m2: Array,
    dhi_w_m2: Array,
    extraterrestrial: Array,
    cos_zenith: Array,
    sun_azimuth_deg: Array,
    tilt_deg: Array,
    azimuth_deg: Array,
    albedo: float = 0.2,
) -> Array:
    """Irradiance on tilted planes, ``[planes, …]``, after Hay and Davies (1980), with isotropic reflection
    from the ground.

    Args:
        ghi_w_m2, dhi_w_m2, extraterrestrial, cos_zenith, sun_azimuth_deg: of one shape.
        tilt_deg: 0 is flat, ``[planes]``.
        azimuth_deg: where the planes look, clockwise from north, ``[planes]``.
        albedo: share that the ground throws back.
    """
    shape = (-1, *([1] * ghi_w_m2.ndim))
    tilt = np.deg2rad(np.reshape(tilt_deg, shape))
    turn = np.deg2rad(sun_azimuth_deg - np.reshape(azimuth_deg, shape))
    sin_zenith = np.sqrt(np.maximum(1.0 - cos_zenith**2, 0.0))
    incidence = np.maximum(cos_zenith * np.cos(tilt) + sin_zenith * np.sin(tilt) * np.cos(turn), 0.0)
    beam_ratio = incidence / np.maximum(cos_zenith, 0.087)  # as at 5 degrees of height when the sun is lower
    beam = ghi_w_m2 - dhi_w_m2
    around_sun = np.clip(beam / np.maximum(extraterrestrial, 1.0), 0.0, 1.0)
    sky = dhi_w_m2 * (around_sun * beam_ratio + (1.0 - around_sun) * (1.0 + np.cos(tilt)) / 2.0)
    ground = ghi_w_m2 * albedo * (1.0 - np.cos(tilt)) / 2.0
    return np.asarray(np.where(cos_zenith > 0.0, beam * beam_ratio + sky + ground, 0.0))
