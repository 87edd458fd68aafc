"""From weather to the power of a panel: pvlib's chain of sun, sky, plane, cell and inverter."""

from collections.abc import Sequence
from dataclasses import dataclass

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


def clear_sky_w_per_m2(latitude: float, longitude: float, axis: TimeAxis) -> FloatArray:
    """Global irradiance under a clear sky in the middle of each step, shape (steps,), by Haurwitz's formula."""
    from pvlib import clearsky

    zenith = _sun(latitude, longitude, axis)["apparent_zenith"]
    return np.asarray(clearsky.haurwitz(zenith)["ghi"], dtype=np.float64)


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
    ghi = np.where(sun["apparent_elevation"] > _LEAST_ELEVATION_DEG, weather.ghi_w_per_m2, 0.0)
    parts = irradiance.erbs(ghi, sun["zenith"], sun.index)
    extra = irradiance.get_extra_radiation(sun.index)
    powers = np.empty((len(planes), axis.steps))
    for k, plane in enumerate(planes):
        onto = irradiance.get_total_irradiance(
            plane.tilt_deg,
            plane.azimuth_deg,
            sun["apparent_zenith"],
            sun["azimuth"],
            parts["dni"],
            ghi,
            parts["dhi"],
            dni_extra=extra,
            model="haydavies",
        )["poa_global"].fillna(0.0)
        cell = temperature.faiman(onto, weather.temperature_degc, weather.wind_m_per_s)
        direct = pvsystem.pvwatts_dc(onto, cell, 1.0, _LOSS_PER_K)
        powers[k] = np.maximum(inverter.pvwatts(direct, 1.0 / _INVERTER, _INVERTER), 0.0)
    return powers


def _sun(latitude: float, longitude: float, axis: TimeAxis):  # type: ignore[no-untyped-def]
    """The sun's place in the middle of each step, as pvlib gives it (a table of pandas)."""
    import pandas as pd
    from pvlib import solarposition

    middle = axis.instants.astype("datetime64[s]") + np.timedelta64(axis.step_minutes * 30, "s")
    return solarposition.get_solarposition(pd.DatetimeIndex(middle, tz="UTC"), latitude, longitude)
