"""Electric vehicles of homes: charger, battery, when they leave and come home, and what energy they then
need.

Energy of a day and the time of coming home are fitted to a pool of one-day profiles of uncontrolled charging;
charger ratings, battery sizes, leaving times, weekends and the share of days driven are assumed, for the pool
is silent on them (see `docs/generated-homes.md`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.calibration import array, calibration
from mas2tering.study.population.random_streams import (
    Stream,
    day_numbers,
    generator,
    normals_of_days,
    uniforms_of_days,
)
from mas2tering.study.population.steps import QUARTERS

CHARGER_KW = (3.7, 7.4, 11.0)
CHARGER_SHARE_SINGLE_PHASE = (0.35, 0.65, 0.0)
CHARGER_SHARE_THREE_PHASE = (0.2, 0.4, 0.4)
BATTERY_KWH = (30.0, 40.0, 52.0, 64.0, 77.0)
BATTERY_SHARE = (0.1, 0.25, 0.3, 0.2, 0.15)
DRIVES_ON_WORKDAY, DRIVES_ON_WEEKEND = 0.8, 0.65
LEAVE_HOUR = ((8.0, 0.9), (10.5, 1.3))  # workday, weekend: mean of habits and their spread over homes
RETURN_HOUR_WEEKEND = (17.0, 1.8)
DAY_TO_DAY_HOURS = (0.6, 1.5)
HOME_SHARE_OF_ENERGY = 0.4
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Vehicles:
    """Vehicles, one for each home (``[homes]``), and their habits.

    Attributes:
        seed: with which they were drawn; their days are drawn with it too.
        home_index: number of each home among those of the seed.
        charger_kw: rating of the home's charger.
        battery_kwh: usable capacity.
        leave_hour, return_hour: habit on workdays and weekends, ``[homes, 2]``, hours of local clock.
        distance_score: standing of the home's daily energy among all homes, standard normal.
    """

    seed: int
    home_index: NDArray[np.int64]
    charger_kw: Array
    battery_kwh: Array
    leave_hour: Array
    return_hour: Array
    distance_score: Array


@dataclass(frozen=True)
class VehicleDays:
    """What vehicles do on days, ``[homes, days]``: on a day it drives it leaves, comes home, and then needs
    energy.

    Attributes:
        drives: whether it leaves at all.
        leave_hour, return_hour: hours of local clock, the return at least an hour after the leaving.
        energy_kwh: to be charged afterwards, at the plug; 0 on a day at home. At most 85 % of the battery.
    """

    drives: NDArray[np.bool_]
    leave_hour: Array
    return_hour: Array
    energy_kwh: Array


def sample_vehicles(homes: int, seed: int, *, three_phase: bool = False) -> Vehicles:
    """Draw vehicles. Home ``i`` depends on the seed and ``i``.

    Args:
        homes: how many.
        seed: a whole number from 0 up.
        three_phase: whether chargers of 11 kW are to be had.

    Raises:
        ValueError: the seed is negative.
    """
    shares = CHARGER_SHARE_THREE_PHASE if three_phase else CHARGER_SHARE_SINGLE_PHASE
    block = calibration("electric_vehicles")
    levels_z, returning = array(block, "levels_z"), array(block, "return_hour_quantiles")
    rows = []
    for home in range(homes):
        rng = generator(seed, Stream.VEHICLE, home)
        pick, size = rng.random(2)
        z = rng.standard_normal(5)
        charger = CHARGER_KW[int(np.searchsorted(np.cumsum(shares)[:-1], pick, side="right"))]
        battery = BATTERY_KWH[int(np.searchsorted(np.cumsum(BATTERY_SHARE)[:-1], size, side="right"))]
        leave = [mean + spread * value for (mean, spread), value in zip(LEAVE_HOUR, z[:2], strict=True)]
        back = [
            float(np.interp(0.8 * z[2], levels_z, returning)),
            RETURN_HOUR_WEEKEND[0] + RETURN_HOUR_WEEKEND[1] * z[3],
        ]
        rows.append((charger, battery, *leave, *back, z[4]))
    table = np.reshape(np.array(rows, dtype=float), (homes, 7))
    return Vehicles(
        seed, np.arange(homes), table[:, 0], table[:, 1], table[:, 2:4], table[:, 4:6], table[:, 6]
    )


def vehicle_days(vehicles: Vehicles, dates: Sequence[date]) -> VehicleDays:
    """What the vehicles do on these days of the local calendar; a date is the same whatever else is asked
    for."""
    return _vehicle_days(vehicles, day_numbers(dates))


def _vehicle_days(vehicles: Vehicles, days: NDArray[np.int64]) -> VehicleDays:
    block = calibration("electric_vehicles")
    homes = [int(index) for index in vehicles.home_index]
    weekend = ((days - 1) % 7 >= 5).astype(int)
    z = normals_of_days(vehicles.seed, Stream.VEHICLE_DAYS, homes, days, (3,))
    chance = uniforms_of_days(vehicles.seed, Stream.VEHICLE_CHANCE, homes, days, ())
    jitter = np.array(DAY_TO_DAY_HOURS)[weekend]
    leave = np.clip(vehicles.leave_hour[:, weekend] + jitter * z[..., 0], 5.0, 14.0)
    back = np.clip(vehicles.return_hour[:, weekend] + jitter * z[..., 1], leave + 1.0, 23.5)
    score = (
        np.sqrt(HOME_SHARE_OF_ENERGY) * vehicles.distance_score[:, None]
        + np.sqrt(1 - HOME_SHARE_OF_ENERGY) * z[..., 2]
    )
    energy = np.interp(score, array(block, "levels_z"), array(block, "energy_kwh_quantiles"))
    drives = chance < np.array([DRIVES_ON_WORKDAY, DRIVES_ON_WEEKEND])[weekend]
    return VehicleDays(
        drives, leave, back, np.where(drives, np.minimum(energy, 0.85 * vehicles.battery_kwh[:, None]), 0.0)
    )


def uncontrolled_charging_kw(vehicles: Vehicles, dates: Sequence[date]) -> Array:
    """Load of charging at full power from coming home until done, ``[homes, days, 96]``; what runs past
    midnight falls on the next day."""
    days = day_numbers(dates)
    total = np.zeros((len(vehicles.home_index), len(days), QUARTERS))
    edges = np.arange(QUARTERS + 1) / 4.0
    for back in (0, 1):
        told = _vehicle_days(vehicles, days - back)
        start = told.return_hour - 24.0 * back
        end = start + told.energy_kwh / vehicles.charger_kw[:, None]
        covered = np.clip(end[..., None], edges[:-1], edges[1:]) - np.clip(
            start[..., None], edges[:-1], edges[1:]
        )
        total += covered * 4.0 * vehicles.charger_kw[:, None, None]
    return total
