"""From weather to the power of a panel: pvlib's chain of sun, sky, plane, cell and inverter."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast.generation.weather import Weather

FloatArray = NDArray[np.float64]

_LOSS_PER_K = -0.004
_INVERTER = 0.96
_LEAST_ELEVATION_DEG = 1.0


@dataclass(frozen=True)
class Plane:
    """Where a panel looks: tilt from the horizontal and azimuth from north over east, in degrees."""

    tilt_deg: float
    azimuth_deg: float


@dataclass(frozen=True)
class _Sun:
    """The sun in the middle of each step, each array of shape (steps,): angles in degrees, irradiance beyond the air."""

    zenith: FloatArray
    apparent_zenith: FloatArray
    azimuth: FloatArray
    extra_w_per_m2: FloatArray


@lru_cache(maxsize=256)
def _sun(latitude: float, longitude: float, axis: TimeAxis) -> _Sun:
    import pandas as pd
    from pvlib import irradiance, solarposition

    middle = axis.instants.astype("datetime64[s]") + np.timedelta64(axis.step_minutes * 30, "s")
    times = pd.DatetimeIndex(middle, tz="UTC")
    place = solarposition.get_solarposition(times, latitude, longitude)
    extra = np.asarray(irradiance.get_extra_radiation(times), dtype=np.float64)
    zenith, apparent, azimuth = (
        place[name].to_numpy(dtype=np.float64) for name in ("zenith", "apparent_zenith", "azimuth")
    )
    return _Sun(zenith, apparent, azimuth, extra)


def clear_sky_w_per_m2(latitude: float, longitude: float, axis: TimeAxis) -> FloatArray:
    """Global irradiance under a clear sky in the middle of each step, shape (steps,), by Haurwitz's formula."""
    height = np.maximum(np.cos(np.radians(_sun(latitude, longitude, axis).apparent_zenith)), 1e-6)
    return np.asarray(1098.0 * height * np.exp(-0.059 / height))


def power_per_kwp(
    latitude: float, longitude: float, planes: Sequence[Plane], weather: Weather, axis: TimeAxis
) -> FloatArray:
    """AC power of one kilowatt peak on each plane.

    Decomposition by Erbs, sky diffuse by Hay and Davies, cell temperature by Faiman, module and inverter by PVWatts.

    Args:
        latitude: degrees north.
        longitude: degrees east.
        planes: where panels look.
        weather: on the axis.
        axis: the steps.

    Returns:
        shape (planes, steps), in kW.
    """
    from pvlib import inverter, irradiance, pvsystem, temperature

    sun = _sun(latitude, longitude, axis)
    ghi = np.where(sun.apparent_zenith < 90.0 - _LEAST_ELEVATION_DEG, weather.ghi_w_per_m2, 0.0)
    day_of_year = (axis.instants - axis.instants.astype("datetime64[Y]")).astype("timedelta64[D]").astype(
        int
    ) + 1
    parts = irradiance.erbs(ghi, sun.zenith, day_of_year)
    onto = irradiance.get_total_irradiance(
        np.array([[plane.tilt_deg] for plane in planes]),
        np.array([[plane.azimuth_deg] for plane in planes]),
        sun.apparent_zenith,
        sun.azimuth,
        parts["dni"],
        ghi,
        parts["dhi"],
        dni_extra=sun.extra_w_per_m2,
        model="haydavies",
    )["poa_global"]
    # No number comes of a sun below the horizon; weather that nobody knows stays unknown.
    onto = np.where(np.isfinite(ghi), np.nan_to_num(onto), np.nan)
    cell = temperature.faiman(onto, weather.temperature_degc, weather.wind_m_per_s)
    direct = pvsystem.pvwatts_dc(onto, cell, 1.0, _LOSS_PER_K)
    return np.asarray(np.maximum(inverter.pvwatts(direct, 1.0 / _INVERTER, _INVERTER), 0.0), dtype=np.float64)
