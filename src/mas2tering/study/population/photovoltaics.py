"""PV systems on roofs of a community and what they generate under its weather."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration
from mas2tering.study.population.random_streams import Stream, generator
from mas2tering.study.population.sun import plane_irradiance_w_m2
from mas2tering.study.population.weather import Weather

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Roofs:
    """PV systems, one for each home (``[homes]``).

    Attributes:
        peak_kw: rated power of the modules.
        tilt_deg: 0 is flat.
        azimuth_deg: where the roof looks, clockwise from north.
        shading: share of the energy lost to chimneys, trees and neighbours.
    """

    peak_kw: Array
    tilt_deg: Array
    azimuth_deg: Array
    shading: Array


def sample_roofs(homes: int, seed: int) -> Roofs:
    """Draw roofs. Sizes as in the pool of British systems; tilt, azimuth and shading are assumed.

    Assumed: pitched roofs of 35 +/- 8 degrees, facing south +/- 45 degrees (one in eight looks east or west),
    0-15 % shading, 4 % on average.

    Raises:
        ValueError: the seed is negative.
    """
    block = calibration("photovoltaics")
    sizes, shares = array(block, "peak_kw"), array(block, "peak_share")
    rows = []
    for home in range(homes):
        rng = generator(seed, Stream.ROOF, home)
        size = sizes[min(int(np.searchsorted(np.cumsum(shares), rng.random())), len(sizes) - 1)]
        tilt = np.clip(rng.normal(35.0, 8.0), 10.0, 55.0)
        side = rng.random()
        azimuth = 180.0 + np.clip(rng.normal(0.0, 30.0), -60.0, 60.0)
        azimuth = 90.0 if side < 0.0625 else 270.0 if side > 0.9375 else azimuth
        rows.append((size, tilt, azimuth, min(rng.exponential(0.04), 0.15)))
    table = np.reshape(np.array(rows, dtype=float), (homes, 4))
    return Roofs(table[:, 0], table[:, 1], table[:, 2], table[:, 3])


def pv_kw_per_kwp(
    weather: Weather,
    tilt_deg: Array,
    azimuth_deg: Array,
    shading: Array | float = 0.0,
    *,
    system_losses: float = 0.14,
    inverter_kw_per_kwp: float = 0.92,
    temperature_coefficient_per_k: float = -0.004,
    nominal_cell_temperature_c: float = 47.0,
) -> Array:
    """AC generation of roofs per kW of modules, ``[roofs, days, 96]``, positive.

    Irradiance on the plane as in `sun.plane_irradiance_w_m2`; cell temperature by the nominal operating cell
    temperature (Ross 1976); 14 % losses of wiring, soiling, mismatch and inverter (the default of PVGIS);
    clipped at the inverter's rating.

    Args:
        weather: of the community.
        tilt_deg, azimuth_deg: of the roofs, ``[roofs]``.
        shading: share lost, one for all roofs or one each.
        system_losses: share lost between module and meter, cell temperature apart.
        inverter_kw_per_kwp: rating of the inverter over that of the modules.
        temperature_coefficient_per_k: change of power with cell temperature.
        nominal_cell_temperature_c: at 800 W/m2, 20 C.
    """
    plane = plane_irradiance_w_m2(
        weather.ghi_w_m2,
        weather.dhi_w_m2,
        weather.extraterrestrial_w_m2,
        weather.cos_zenith,
        weather.sun_azimuth_deg,
        tilt_deg,
        azimuth_deg,
    )
    plane *= 1.0 - np.reshape(np.broadcast_to(shading, np.shape(tilt_deg)), (-1, 1, 1))
    cell_c = weather.temperature_c + (nominal_cell_temperature_c - 20.0) / 800.0 * plane
    efficiency = np.maximum(1.0 + temperature_coefficient_per_k * (cell_c - 25.0), 0.0)
    return np.asarray(np.minimum(plane / 1000.0 * efficiency * (1.0 - system_losses), inverter_kw_per_kwp))
