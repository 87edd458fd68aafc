"""Random homes over every kind of device, as hypothesis strategies."""

from datetime import date

from hypothesis import strategies as st

from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    Boiler,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Stay,
    Tank,
)
from mas2tering.domain.profiles import ConstantProfile, DailyProfile, SeriesTable
from mas2tering.domain.time_axis import TimeAxis

NO_FILES = SeriesTable({})
AXIS = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", 60, day_starts_at="06:00")


def _kw(low: float, high: float):
    return st.floats(low, high).map(lambda v: round(v, 3))


def _daily(low: float, high: float, unit: str = "kW"):
    return st.lists(_kw(low, high), min_size=24, max_size=24).map(
        lambda v: DailyProfile(daily=tuple(v), unit=unit)
    )


_TANK = st.builds(
    Tank, capacity_kwh=_kw(3, 10), initial_kwh=_kw(0, 3), loss_per_hour=_kw(0, 0.03), demand=_daily(0, 1.5)
)


def _house(outdoor: float, start: float, low: float, high: float):
    return st.builds(
        House,
        heat_capacity_kwh_per_k=_kw(2, 8),
        heat_loss_kw_per_k=_kw(0.05, 0.3),
        initial_temperature_c=st.just(start),
        lowest_c=st.just(low),
        highest_c=st.just(high),
        outdoor_temperature=st.just(ConstantProfile(constant=outdoor, unit="degC")),
        discomfort_cost_per_kelvin_hour=_kw(0.01, 0.5),
    )


_CHP_DEMAND = _daily(0, 2.5)
DEVICES = {
    "base": st.builds(FixedLoad, id=st.just("base"), profile=_daily(0, 2)),
    "pv": st.builds(PvPlant, id=st.just("pv"), profile=_daily(0, 3), curtailable=st.booleans()),
    "battery": st.builds(
        Battery,
        id=st.just("battery"),
        capacity_kwh=_kw(4, 12),
        charge_power_kw=_kw(1, 5),
        discharge_power_kw=_kw(1, 5),
        charge_efficiency=_kw(0.8, 1),
        discharge_efficiency=_kw(0.8, 1),
        initial_energy_kwh=_kw(0, 4),
        standby_loss_per_hour=st.sampled_from([0.0, 0.01]),
        wear_cost_per_kwh=_kw(0, 0.03),
    ),
    "ev": st.builds(
        ElectricVehicle,
        id=st.just("ev"),
        capacity_kwh=st.just(40.0),
        charge_power_kw=_kw(2, 7),
        charge_efficiency=_kw(0.85, 1),
        discharge_power_kw=st.sampled_from([0.0, 3.0]),
        discharge_efficiency=st.just(0.9),
        stays=st.tuples(
            st.builds(
                Stay,
                arrives=st.sampled_from(["17:00", "18:30", "21:10"]),
                departs=st.sampled_from(["05:00 next day", "07:30 next day"]),
                arrival_energy_kwh=_kw(5, 20),
                departure_energy_kwh=_kw(15, 30),
                wish_value_per_kwh=_kw(0, 0.3),
            )
        ),
    ),
    "wash": st.builds(
        ApplianceProgramme,
        id=st.just("wash"),
        power_kw=st.lists(_kw(0.1, 2), min_size=2, max_size=8).map(tuple),
        profile_step_minutes=st.just(30),
        earliest_start=st.just("08:00"),
        latest_end=st.just("18:00"),
        preferred_start=st.sampled_from(["08:00", "12:00"]),
        delay_cost_per_hour=_kw(0, 0.05),
        worth=st.sampled_from([None, 0.1]),
    ),
    "heat": st.builds(
        HeatPump,
        id=st.just("heat"),
        electrical_power_kw=_kw(0.5, 3),
        coefficient_of_performance=_kw(2, 4.5),
        store=_TANK | _house(4.0, 19.5, 19.0, 22.0),
    ),
    "cold": st.builds(
        AirConditioning,
        id=st.just("cold"),
        electrical_power_kw=_kw(0.5, 2),
        energy_efficiency_ratio=_kw(2, 4),
        store=_house(32.0, 24.0, 20.0, 25.0),
    ),
    "water": st.builds(HotWater, id=st.just("water"), electrical_power_kw=_kw(1, 3), store=_TANK),
    "chp": st.builds(
        MicroChp,
        id=st.just("chp"),
        electrical_power_kw=st.just(1.0),
        heat_power_kw=_kw(2, 6),
        fuel_power_kw=_kw(4, 8),
        fuel_price_per_kwh=_kw(0.02, 0.08),
        start_cost=_kw(0, 0.1),
        minimum_up_minutes=st.sampled_from([0, 120, 180]),
        minimum_down_minutes=st.sampled_from([0, 60, 120]),
        initially_on=st.booleans(),
        boiler=st.sampled_from(
            [None, Boiler(heat_power_kw=1.0, efficiency=0.9), Boiler(heat_power_kw=9.0, efficiency=0.9)]
        ),
        store=st.builds(Tank, capacity_kwh=_kw(4, 12), initial_kwh=_kw(0, 4), demand=_CHP_DEMAND),
    ),
}


def homes(*names: str, fuse_kw: float = 1000.0):
    """Homes with the named devices."""
    return st.tuples(*(DEVICES[name] for name in names)).map(
        lambda devices: Home(
            id="home",
            connection=Connection(fuse_kw=fuse_kw),
            supply=SupplyContract(tariff="t"),
            devices=devices,
        )
    )


PRICES = st.lists(_kw(-0.15, 0.5), min_size=AXIS.steps, max_size=AXIS.steps)
"""Prices of each step, negative ones too."""
