"""Heat that dwellings need, and the heat pumps and micro-CHP units that supply it.

Space heat is a home's heat loss times the degrees below its base temperature, spread over the day as heating
is run there. Sources are given beside each figure; what is assumed is said to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration, number
from mas2tering.study.population.random_streams import (
    Stream,
    day_numbers,
    generator,
    normals_of_days,
    uniforms_of_days,
)
from mas2tering.study.population.steps import QUARTERS, hours_to_steps

BASE_TEMPERATURE_C = (
    15.5  # British degree days: below it a dwelling needs heat beyond people, sun and appliances
)
INDOOR_TEMPERATURE_C = 20.0
HOUSEHOLD_SIZE_SHARE = (
    0.30,
    0.34,
    0.16,
    0.13,
    0.07,
)  # 1 to 5 people, England and Wales, census of 2021, rounded
FLOOR_AREA_M2 = (88.0, 0.30)  # median and logarithmic spread, assumed (mean 92)
HEAT_CAPACITY_KWH_PER_K_M2 = (
    165.0 / 3600.0,
    0.35,
)  # medium class of ISO 13790, 165 kJ/(K m2); spread assumed
INTERMITTENT_SHARE = (
    0.5  # homes that heat in the morning and the evening; the others around the clock (assumed)
)
HOT_WATER_LITRES = (
    36.0,
    25.0,
)  # a day: constant and per person, SAP 2012 (Building Research Establishment), table 1b
HOT_WATER_RISE_K = 37.0  # yearly mean, SAP 2012
WATER_KWH_PER_LITRE_K = 1.163e-3
FIELD_FACTOR = 0.85  # of laboratory COP in a home: defrosting, cycling, pumps (assumed)
MICRO_CHP_HEAT_TO_POWER = 6.0  # Stirling unit of 1 kW electric and 6 kW heat (assumed)
MICRO_CHP_ELECTRIC_EFFICIENCY = (
    0.13  # of gas, lower calorific value, with the heat above: 91 % in all (assumed)
)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Dwellings:
    """Dwellings (``[homes]``).

    Attributes:
        seed, home_index: with which they were drawn, and their numbers among those of the seed.
        people: who live there.
        floor_area_m2: of the dwelling.
        heat_loss_kw_per_k: of the whole dwelling, ventilation in.
        heat_capacity_kwh_per_k: of the heated mass; with the loss it gives `time_constant_h`.
        intermittent: whether heating runs in the morning and the evening only.
        hot_water_litres_per_day: expected, at the tap's temperature.
        heat_pump_kw: thermal rating at the design temperature, in steps of 0.5 kW.
        flow_design_c: temperature of the heating water at the design temperature (35 floor, 45, 55
            radiators).
        micro_chp_electric_kw: rating of a micro-CHP unit.
    """

    seed: int
    home_index: NDArray[np.int64]
    people: NDArray[np.int64]
    floor_area_m2: Array
    heat_loss_kw_per_k: Array
    heat_capacity_kwh_per_k: Array
    intermittent: NDArray[np.bool_]
    hot_water_litres_per_day: Array
    heat_pump_kw: Array
    flow_design_c: Array
    micro_chp_electric_kw: Array
    design_temperature_c: float

    @property
    def time_constant_h(self) -> Array:
        """Hours in which a dwelling without heat loses 63 % of its excess over the outdoor temperature."""
        return self.heat_capacity_kwh_per_k / self.heat_loss_kw_per_k

    @property
    def hot_water_kwh_per_day(self) -> Array:
        """Expected heat in the water drawn, without losses of a tank."""
        return self.hot_water_litres_per_day * HOT_WATER_RISE_K * WATER_KWH_PER_LITRE_K


def sample_dwellings(homes: int, seed: int, design_temperature_c: float = -2.0) -> Dwellings:
    """Draw dwellings. Home ``i`` depends on the seed and ``i``.

    Args:
        homes: how many.
        seed: a whole number from 0 up.
        design_temperature_c: outdoor temperature for which heating is sized (`weather.design_temperature_c`
            gives a site's).

    Raises:
        ValueError: the seed is negative.
    """
    block = calibration("heating")
    loss_median, loss_spread = (
        number(block, "heat_loss_median_kw_per_k"),
        number(block, "heat_loss_log_spread"),
    )
    ratings = array(block, "micro_chp_kw_quantiles")
    rows = []
    for home in range(homes):
        rng = generator(seed, Stream.DWELLING, home)
        z, u = rng.standard_normal(3), rng.random(4)
        people = int(np.searchsorted(np.cumsum(HOUSEHOLD_SIZE_SHARE)[:-1], u[0], side="right")) + 1
        # Larger dwellings lose more: half of the variance of the loss is the floor area's.
        area = FLOOR_AREA_M2[0] * np.exp(FLOOR_AREA_M2[1] * z[0])
        loss = loss_median * np.exp(loss_spread * np.sqrt(0.5) * (z[0] + z[1]))
        capacity = area * HEAT_CAPACITY_KWH_PER_K_M2[0] * np.exp(HEAT_CAPACITY_KWH_PER_K_M2[1] * z[2])
        flow = (35.0, 45.0, 55.0)[int(np.searchsorted([0.2, 0.65], u[2], side="right"))]
        chp = float(np.interp(u[3], np.linspace(0.0, 1.0, len(ratings)), ratings))
        rows.append((people, area, loss, capacity, u[1] < INTERMITTENT_SHARE, flow, chp))
    table = np.reshape(np.array(rows, dtype=float), (homes, 7))
    need = table[:, 2] * (INDOOR_TEMPERATURE_C - design_temperature_c)
    return Dwellings(
        seed=seed,
        home_index=np.arange(homes),
        people=table[:, 0].astype(np.int64),
        floor_area_m2=table[:, 1],
        heat_loss_kw_per_k=table[:, 2],
        heat_capacity_kwh_per_k=table[:, 3],
        intermittent=table[:, 4] > 0.5,
        hot_water_litres_per_day=HOT_WATER_LITRES[0] + HOT_WATER_LITRES[1] * table[:, 0],
        heat_pump_kw=np.clip(np.ceil(need * 2.0) / 2.0, 4.0, 16.0),
        flow_design_c=table[:, 5],
        micro_chp_electric_kw=table[:, 6],
        design_temperature_c=design_temperature_c,
    )


def space_heat_kw(dwellings: Dwellings, temperature_c: Array) -> Array:
    """Heat that rooms need, ``[homes, days, 96]``, at outdoor temperatures ``[days, 96]`` of those days.

    The need of a day follows its mean temperature (walls keep the hours from mattering); it is spread over
    the day evenly in homes heated around the clock, and as the pool of heat pumps runs in the others.
    """
    block = calibration("heating")
    degrees = np.maximum(BASE_TEMPERATURE_C - temperature_c.mean(axis=-1), 0.0)
    profiles = np.stack([array(block, "continuous_profile"), array(block, "intermittent_profile")])
    profile = hours_to_steps(profiles, QUARTERS)
    profile /= profile.mean(axis=-1, keepdims=True)
    need = dwellings.heat_loss_kw_per_k[:, None] * degrees[None, :]
    return np.asarray(need[:, :, None] * profile[dwellings.intermittent.astype(int)][:, None, :])


def hot_water_kw(dwellings: Dwellings, dates: Sequence[date]) -> Array:
    """Heat in the hot water drawn, ``[homes, days, 96]``: expected profile of the day, drawn in few and
    unequal draws.

    A day's volume scatters by a third (assumed); its season is that of SAP 2012 (10 % above the mean in
    winter, below it in summer).
    """
    days = day_numbers(dates)
    homes = [int(index) for index in dwellings.home_index]
    profile = hours_to_steps(array(calibration("heating"), "hot_water_profile"), QUARTERS)
    z = normals_of_days(dwellings.seed, Stream.HOT_WATER_DAYS, homes, days, ())
    draws = uniforms_of_days(dwellings.seed, Stream.HOT_WATER_DRAWS, homes, days, (QUARTERS,))
    # A draw in about one quarter-hour of four (more where the profile is high), of exponential size, at most
    # 2.3 times the mean.
    chance = np.clip(profile / profile.mean() * 0.25, 0.0, 0.9)
    drawn = (
        np.where(draws < chance, -np.log1p(-np.minimum(draws / chance, 0.9)), 0.0)
        + 1e-3 * profile / profile.mean()
    )
    season = 1.0 + 0.1 * np.cos(2.0 * np.pi * ((days - 735599) / 365.2425 - 20.0 / 365.0))
    energy = dwellings.hot_water_kwh_per_day[:, None] * season * np.exp(0.32 * z - 0.32**2 / 2.0)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True) * energy[..., None] * 4.0)


def flow_temperature_c(dwellings: Dwellings, outdoor_c: Array) -> Array:
    """Temperature of the heating water on a straight weather curve, ``[homes, *outdoor_c.shape]``."""
    shape = (-1, *([1] * outdoor_c.ndim))
    share = (BASE_TEMPERATURE_C - outdoor_c) / (BASE_TEMPERATURE_C - dwellings.design_temperature_c)
    return np.asarray(25.0 + (dwellings.flow_design_c.reshape(shape) - 25.0) * np.clip(share, 0.0, 1.2)[None])


def heat_pump_cop(outdoor_c: Array, flow_c: Array, field_factor: float = FIELD_FACTOR) -> Array:
    """Coefficient of performance of an air-to-water heat pump, never below 1.

    A quadratic in the lift (flow less outdoor temperature), the form of Staffell et al. (2012),
    doi:10.1039/C2EE22653G, fitted to the median of the regulated air-to-water units of the hplib database.

    Args:
        outdoor_c: outdoor air.
        flow_c: water leaving the heat pump: that of the heating, or 50-55 C for hot water.
        field_factor: of the laboratory's COP that a home sees.
    """
    a, b, c = array(calibration("heating"), "cop_of_lift")
    lift = np.clip(flow_c - outdoor_c, 15.0, 75.0)
    return np.asarray(np.maximum(field_factor * (a + b * lift + c * lift**2), 1.0))
