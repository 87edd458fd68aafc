"""Homes put together by hand: what the tests of single devices start from."""

from datetime import date

import numpy as np

from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import (
    ApplianceProgramme,
    Battery,
    Device,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    House,
    Stay,
    Tank,
)
from mas2tering.domain.profiles import ConstantProfile, SeriesTable
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.model import HomeModel

NO_FILES = SeriesTable({})
WEDNESDAY = date(2013, 4, 17)


def day(step_minutes: int = 15, *, on: date = WEDNESDAY, begins: str = "06:00") -> TimeAxis:
    return TimeAxis.of_days(on, "Europe/London", step_minutes, day_starts_at=begins)


def tariff(axis: TimeAxis, bought=0.3, sold=0.05) -> TariffOnAxis:
    """Prices as numbers, or arrays of shape (steps,)."""
    return TariffOnAxis(
        "t",
        axis,
        np.broadcast_to(bought, axis.steps) * 1.0,
        np.broadcast_to(sold, axis.steps) * 1.0,
        None,
        0.0,
    )


def home(*devices: Device, fuse_kw: float = 20.0, phases: str = "A") -> Home:
    return Home(
        id="h",
        connection=Connection(fuse_kw=fuse_kw, phases=phases),
        supply=SupplyContract(tariff="t"),
        devices=devices,
    )


def model(
    *devices: Device,
    axis: TimeAxis | None = None,
    bought=0.3,
    sold=0.05,
    carry: Carry | None = None,
    fuse_kw: float = 20.0,
    phases: str = "A",
) -> HomeModel:
    axis = axis or day()
    return compile_home(
        home(*devices, fuse_kw=fuse_kw, phases=phases), tariff(axis, bought, sold), NO_FILES, carry
    )


def constant(value: float, unit: str = "kW") -> ConstantProfile:
    return ConstantProfile(constant=float(value), unit=unit)


def load(kw: float = 0.5, **more) -> FixedLoad:
    return FixedLoad(id="base", profile=constant(kw), **more)


def programme(name: str = "dishwasher", minutes: int = 105, **changed) -> ApplianceProgramme:
    """A run of 1 kW that takes ``minutes``, by default the dishwasher of the evening."""
    values = {
        "power_kw": (1.0,) * (minutes // 15),
        "profile_step_minutes": 15,
        "earliest_start": "21:00",
        "latest_end": "23:30",
    }
    return ApplianceProgramme(id=name, **(values | changed))


def battery(**changed) -> Battery:
    values = {
        "capacity_kwh": 8.0,
        "charge_power_kw": 3.0,
        "discharge_power_kw": 3.0,
        "charge_efficiency": 0.95,
        "discharge_efficiency": 0.9,
        "initial_energy_kwh": 2.0,
    }
    return Battery(id="battery", **(values | changed))


def car(
    arrives="18:00", departs="07:00 next day", arrival=10.0, departure=30.0, **changed
) -> ElectricVehicle:
    stay = Stay(arrives=arrives, departs=departs, arrival_energy_kwh=arrival, departure_energy_kwh=departure)
    values = {"capacity_kwh": 50.0, "charge_power_kw": 7.0, "charge_efficiency": 0.9, "stays": (stay,)}
    return ElectricVehicle(id="car", **(values | changed))


def tank(**changed) -> Tank:
    values = {"capacity_kwh": 8.0, "initial_kwh": 4.0, "loss_per_hour": 0.02, "demand": constant(0.3)}
    return Tank(**(values | changed))


def house(**changed) -> House:
    values = {
        "heat_capacity_kwh_per_k": 5.0,
        "heat_loss_kw_per_k": 0.2,
        "initial_temperature_c": 20.0,
        "lowest_c": 19.0,
        "highest_c": 22.0,
        "outdoor_temperature": constant(5.0, "degC"),
    }
    return House(**(values | changed))


def heat_pump(store: House | Tank | None = None, **changed) -> HeatPump:
    values = {"electrical_power_kw": 2.5, "coefficient_of_performance": 3.0}
    return HeatPump(id="heat_pump", store=store or house(), **(values | changed))
