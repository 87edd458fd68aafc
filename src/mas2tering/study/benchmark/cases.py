"""Benchmark homes from their neutral descriptions (``homes/*.json``), which peers and the exact reference
read as well.

Switched loads (electric vehicle, hot water) are planned here as power that may take any value up to the
rating, with the same energy in the same window; the reference optimum is of the same kind.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Literal, TypedDict

from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import (
    ApplianceProgramme,
    Battery,
    Device,
    ElectricVehicle,
    FixedLoad,
    HotWater,
    PvPlant,
    Stay,
    Tank,
)
from mas2tering.domain.profiles import DailyProfile, SeriesTable
from mas2tering.domain.tariffs import DynamicPrice, FlatPrice, Tariff, TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.study.generator.devices import clock

CaseName = Literal["emhass", "battery", "battery_ev"]
CASES: tuple[CaseName, ...] = ("emhass", "battery", "battery_ev")
NO_FILES = SeriesTable({})
_FIRST_DAY = date(2024, 1, 1)


class _Battery(TypedDict):
    capacity_kwh: float
    energy_min_kwh: float
    energy_start_kwh: float
    energy_end_kwh: float
    charge_power_max_kw: float
    discharge_power_max_kw: float
    charge_efficiency: float
    discharge_efficiency: float


class _Load(TypedDict, total=False):
    id: str
    kind: str
    power_kw: float
    power_max_kw: float
    energy_kwh: float
    duration_steps: int
    on_steps: int
    window_start_step: int
    window_end_step: int


class _Day(TypedDict):
    base_load_kw: list[float]
    pv_kw: list[float]
    import_price_per_kwh: list[float]
    export_price_per_kwh: list[float]


class _Case(TypedDict):
    grid: dict[str, float]
    battery: _Battery
    loads: list[_Load]
    days: list[_Day]


@dataclass(frozen=True)
class CaseDay:
    """A home on a day, ready to be compiled and planned."""

    home: Home
    tariff: TariffOnAxis


def case_days(name: CaseName, days: int) -> list[CaseDay]:
    """The first days of a case.

    Raises:
        ValueError: more days than the case has.
    """
    text = files("mas2tering.study.benchmark").joinpath(f"homes/{name}.json").read_text(encoding="utf-8")
    case: _Case = json.loads(text)
    if days > len(case["days"]):
        raise ValueError(f"at most {len(case['days'])}, which the case has")
    return [_case_day(case, day, _FIRST_DAY + timedelta(days=k)) for k, day in enumerate(case["days"][:days])]


def _case_day(case: _Case, profiles: _Day, day: date) -> CaseDay:
    axis = TimeAxis.of_days(day, "UTC", 15)
    tariff = Tariff(
        id="prices",
        supplier="benchmark",
        import_price=DynamicPrice(
            market=DailyProfile(daily=tuple(profiles["import_price_per_kwh"]), unit="per_kWh")
        ),
        export_price=FlatPrice(price_per_kwh=profiles["export_price_per_kwh"][0]),
    )
    devices: list[Device] = [
        FixedLoad(id="base_load", profile=DailyProfile(daily=tuple(profiles["base_load_kw"]), unit="kW")),
        PvPlant(id="pv", profile=DailyProfile(daily=tuple(profiles["pv_kw"]), unit="kW")),
        _battery(case["battery"]),
        *(_load(load) for load in case["loads"]),
    ]
    home = Home(
        id="benchmark",
        connection=Connection(fuse_kw=case["grid"]["import_power_max_kw"]),
        supply=SupplyContract(tariff="prices"),
        devices=tuple(devices),
    )
    return CaseDay(home, tariff_on(axis, tariff, NO_FILES))


def _battery(battery: _Battery) -> Battery:
    return Battery(
        id="battery",
        capacity_kwh=battery["capacity_kwh"],
        charge_power_kw=battery["charge_power_max_kw"],
        discharge_power_kw=battery["discharge_power_max_kw"],
        charge_efficiency=battery["charge_efficiency"],
        discharge_efficiency=battery["discharge_efficiency"],
        initial_energy_kwh=battery["energy_start_kwh"],
        minimum_energy_kwh=battery["energy_min_kwh"],
        end_energy_minimum_kwh=battery["energy_end_kwh"],
        end_value_per_kwh=0.0,
    )


def _load(load: _Load) -> Device:
    begins, ends = clock(load["window_start_step"] / 4), clock(load["window_end_step"] / 4)
    if load["kind"] == "programme":
        return ApplianceProgramme(
            id=load["id"],
            power_kw=(load["power_kw"],) * load["duration_steps"],
            profile_step_minutes=15,
            earliest_start=begins,
            latest_end=ends,
        )
    if load["kind"] == "continuous":
        energy, power = load["energy_kwh"], load["power_max_kw"]
    else:
        energy, power = load["power_kw"] * load["on_steps"] / 4, load["power_kw"]
    if load["id"] == "hot_water":
        # All of its energy is drawn at the end of the window: the same as "so much energy by then".
        drawn = [0.0] * 96
        drawn[load["window_end_step"] - 1] = 4 * energy
        tank = Tank(
            capacity_kwh=energy,
            initial_kwh=0.0,
            demand=DailyProfile(daily=tuple(drawn), unit="kW"),
            unserved_heat_cost_per_kwh=100.0,
            end_value_per_kwh=0.0,
        )
        return HotWater(id=load["id"], electrical_power_kw=power, store=tank)
    stay = Stay(arrives=begins, departs=ends, arrival_energy_kwh=0.0, departure_energy_kwh=energy)
    return ElectricVehicle(
        id=load["id"], capacity_kwh=energy, charge_power_kw=power, charge_efficiency=1.0, stays=(stay,)
    )
