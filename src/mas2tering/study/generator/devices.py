"""Samples of the population models become devices of the community file.

Times of the clock are rounded to five minutes, as people would write them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.devices import (
    ApplianceProgramme,
    Battery,
    Boiler,
    Device,
    ElectricVehicle,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Stay,
    Tank,
)
from mas2tering.domain.devices.heat import ComfortBand
from mas2tering.domain.profiles import FileProfile, Unit
from mas2tering.domain.windows import WEEKDAYS, Weekday
from mas2tering.study import population

PROFILES_FILE = "profiles.parquet"
_BATTERY_SIZES_KWH = (5.0, 7.0, 10.0, 13.5)
_BATTERY_SHARES = (0.25, 0.30, 0.25, 0.20)
_CHARGE_EFFICIENCY = 0.9
_KWH_PER_LITRE_KELVIN = 4.186 / 3600


def file_profile(column: str, unit: Unit) -> FileProfile:
    """A profile in the file beside the community."""
    return FileProfile(file=PROFILES_FILE, column=column, unit=unit, clock="local")


def clock(hour: float, *, latest_minutes: int = 2 * 1440) -> str:
    """Hours after midnight as a time of the clock, to five minutes; from 24 on, of the next day."""
    minutes = min(max(0, 5 * round(hour * 12)), latest_minutes - 5)
    text = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
    return f"{text} next day" if minutes >= 1440 else text


def battery(random: np.random.Generator, pv_kwp: float | None) -> Battery:
    """A battery; beside a roof it is sized with it. Sizes, efficiencies and wear are typical of products,
    assumed."""
    size = float(random.choice(_BATTERY_SIZES_KWH, p=_BATTERY_SHARES))
    if pv_kwp is not None:
        size = min(_BATTERY_SIZES_KWH, key=lambda kwh: abs(kwh - 2.0 * pv_kwp))
    power = round(min(5.0, 0.5 * size), 2)
    return Battery(
        id="battery",
        capacity_kwh=size,
        charge_power_kw=power,
        discharge_power_kw=power,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        initial_energy_kwh=round(0.3 * size, 2),
        minimum_energy_kwh=round(0.05 * size, 2),
        wear_cost_per_kwh=0.005,
    )


def vehicle(
    vehicles: population.Vehicles,
    days: population.VehicleDays,
    home: int,
    dates: Sequence[date],
    *,
    discharges: bool,
) -> ElectricVehicle | None:
    """A car with a stay for each weekday among the first seven dates on which it drives; None if it never
    does."""
    capacity = round(float(vehicles.battery_kwh[home]), 1)
    power = float(vehicles.charger_kw[home])
    departure = round(0.8 * capacity, 1)
    stays: list[Stay] = []
    for k, day in enumerate(dates[:7]):
        if not days.drives[home, k]:
            continue
        comes = float(days.return_hour[home, k])
        follows = k + 1 < len(dates) and days.drives[home, k + 1]
        leaves = 24.0 + (float(days.leave_hour[home, k + 1]) if follows else 23.5)
        if leaves < comes + 0.5:
            continue
        # What it needs, as far as the stay allows (a late guest leaves with less, as it would without the
        # platform).
        energy = min(float(days.energy_kwh[home, k]), 0.95 * power * (leaves - comes)) * _CHARGE_EFFICIENCY
        target = max(departure, round(energy + 0.05, 1))
        stays.append(
            Stay(
                arrives=clock(comes),
                departs=clock(leaves),
                days=(weekday(day),),
                arrival_energy_kwh=round(max(0.0, target - energy), 2),
                departure_energy_kwh=target,
            )
        )
    if not stays:
        return None
    return ElectricVehicle(
        id="ev",
        capacity_kwh=capacity,
        charge_power_kw=power,
        charge_efficiency=_CHARGE_EFFICIENCY,
        discharge_power_kw=power if discharges else 0.0,
        discharge_efficiency=_CHARGE_EFFICIENCY if discharges else 1.0,
        minimum_energy_kwh=round(0.2 * capacity, 1) if discharges else 0.0,
        wear_cost_per_kwh=0.02 if discharges else 0.0,
        stays=tuple(stays),
    )


@dataclass(frozen=True)
class Habits:
    """How flexible a home is with its appliances: hours it waits, what an hour's delay is worth to it."""

    hours_before: float
    hours_after: float
    delay_cost_per_hour: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> "Habits":
        """Assumed: one to four hours earlier, three to twelve later, up to 2.5 hundredths an hour."""
        return cls(
            float(random.uniform(1, 4)),
            float(random.uniform(3, 12)),
            round(float(random.uniform(0.002, 0.025)), 4),
        )


def programmes(
    appliances: population.Appliances,
    starts: dict[str, NDArray[np.float64]],
    home: int,
    dates: Sequence[date],
    owned: dict[str, bool],
    habits: Habits,
) -> list[Device]:
    """The runs of each of the first seven dates; a dryer that runs on a washing day follows the washing
    machine."""
    devices: list[Device] = []
    for k, day in enumerate(dates[:7]):
        name_of_day = weekday(day)
        washing: ApplianceProgramme | None = None
        for appliance in population.APPLIANCES:
            start = float(starts[appliance][home, k])
            if not owned.get(appliance, False) or not np.isfinite(start):
                continue
            kind = population.programmes(appliance, 15)[int(appliances.programme[appliance][home])]
            run = _programme(appliance, kind.power_kw, start, name_of_day, habits)
            if appliance == "washing_machine":
                washing = run
            elif appliance == "tumble_dryer" and washing is not None:
                run = run.model_copy(update=_after(washing, run))
            devices.append(run)
    return devices


def _programme(
    appliance: str, power_kw: tuple[float, ...], start_hour: float, day: Weekday, habits: Habits
) -> ApplianceProgramme:
    duration = len(power_kw) / 4
    # Nobody is up before six to load a machine; the run is over by six the next morning.
    earliest = max(6.0, start_hour - habits.hours_before)
    preferred = max(earliest, min(start_hour, 29.75 - duration))
    latest = min(30.0, preferred + duration + habits.hours_after)
    return ApplianceProgramme(
        id=f"{appliance}_{day}",
        power_kw=tuple(round(float(p), 3) for p in power_kw),
        profile_step_minutes=15,
        earliest_start=clock(earliest),
        latest_end=clock(max(latest, preferred + duration + 0.25)),
        preferred_start=clock(preferred),
        days=(day,),
        delay_cost_per_hour=habits.delay_cost_per_hour,
    )


def _after(washing: ApplianceProgramme, dryer: ApplianceProgramme) -> dict[str, object]:
    """The dryer's window right after the washing machine's: as early as that is over, until as much later."""
    from mas2tering.domain.time_axis import clock_minutes

    washed = clock_minutes(washing.preferred_start or washing.earliest_start) + washing.duration_minutes
    earliest = clock_minutes(washing.earliest_start) + washing.duration_minutes
    latest = min(1800, clock_minutes(washing.latest_end) + dryer.duration_minutes + 60)
    return {
        "after": washing.id,
        "longest_wait_minutes": 240,
        "earliest_start": clock(earliest / 60),
        "preferred_start": clock(min(washed, latest - dryer.duration_minutes - 15) / 60),
        "latest_end": clock(latest / 60),
    }


def heat_pump_with_house(
    dwellings: population.Dwellings, home: int, column: str, outdoor: str, gains: str
) -> HeatPump:
    """A heat pump that heats the house itself; people want it warm by day, cooler at night."""
    electrical = _electrical_kw(dwellings, home)
    return HeatPump(
        id="heat_pump",
        electrical_power_kw=electrical,
        coefficient_of_performance=file_profile(column, "factor"),
        store=House(
            heat_capacity_kwh_per_k=round(float(dwellings.heat_capacity_kwh_per_k[home]), 2),
            heat_loss_kw_per_k=round(float(dwellings.heat_loss_kw_per_k[home]), 4),
            initial_temperature_c=19.0,
            lowest_c=17.5,
            highest_c=22.5,
            comfort=(ComfortBand(begin="06:30", end="22:30", lowest_c=19.5, highest_c=22.5),),
            outdoor_temperature=file_profile(outdoor, "degC"),
            gains=file_profile(gains, "kW"),
            discomfort_cost_per_kelvin_hour=0.1,
        ),
    )


def heat_pump_with_tank(dwellings: population.Dwellings, home: int, column: str, demand: str) -> HeatPump:
    """A heat pump with a buffer tank for heating and hot water: 30 litres per kW of heat and 200 litres, over
    15 kelvin."""
    thermal = float(dwellings.heat_pump_kw[home])
    capacity = round((200 + 30 * thermal) * 15 * _KWH_PER_LITRE_KELVIN, 1)
    return HeatPump(
        id="heat_pump",
        electrical_power_kw=_electrical_kw(dwellings, home),
        coefficient_of_performance=file_profile(column, "factor"),
        store=Tank(
            capacity_kwh=capacity,
            initial_kwh=round(0.7 * capacity, 1),
            loss_per_hour=0.005,
            demand=file_profile(demand, "kW"),
        ),
    )


def _electrical_kw(dwellings: population.Dwellings, home: int) -> float:
    """Electrical rating at the design point, where the coefficient of performance is about 2.4."""
    return round(float(dwellings.heat_pump_kw[home]) / 2.4, 2)


def hot_water(dwellings: population.Dwellings, home: int, demand: str) -> HotWater:
    """A cylinder of about 45 litres a person with an immersion heater of 3 kW, over 40 kelvin."""
    litres = 90 + 30 * float(dwellings.people[home])
    capacity = round(litres * 40 * _KWH_PER_LITRE_KELVIN, 1)
    return HotWater(
        id="hot_water",
        electrical_power_kw=3.0,
        store=Tank(
            capacity_kwh=capacity,
            initial_kwh=round(0.7 * capacity, 1),
            loss_per_hour=0.008,
            demand=file_profile(demand, "kW"),
        ),
    )


def micro_chp(dwellings: population.Dwellings, home: int, demand: str, fuel_price_per_kwh: float) -> MicroChp:
    """A Stirling or fuel-cell unit: 15 % electrical and 75 % thermal efficiency, a 300-litre tank, a boiler
    beside it; assumed."""
    electrical = round(float(dwellings.micro_chp_electric_kw[home]), 2)
    fuel = electrical / 0.15
    capacity = round(300 * 30 * _KWH_PER_LITRE_KELVIN, 1)
    return MicroChp(
        id="micro_chp",
        electrical_power_kw=electrical,
        heat_power_kw=round(0.75 * fuel, 2),
        fuel_power_kw=round(fuel, 2),
        fuel_price_per_kwh=fuel_price_per_kwh,
        start_cost=0.01,
        minimum_up_minutes=60,
        minimum_down_minutes=30,
        boiler=Boiler(heat_power_kw=18.0, efficiency=0.9),
        store=Tank(
            capacity_kwh=capacity,
            initial_kwh=round(0.5 * capacity, 1),
            loss_per_hour=0.005,
            demand=file_profile(demand, "kW"),
        ),
    )


def roof(peak_kwp: float, column: str) -> PvPlant:
    """A roof, whose inverter can be told to curtail."""
    return PvPlant(
        id="pv",
        profile=file_profile(column, "kW_per_kWp"),
        peak_power_kwp=round(peak_kwp, 2),
        curtailable=True,
    )


def weekday(day: date) -> Weekday:
    """The name of a date's weekday."""
    return WEEKDAYS[day.weekday()]
