"""Random homes over every kind of device, as hypothesis strategies.

Profiles are three-hour blocks on the local clock and prices free numbers for each step of a day of 24 hours: small
enough to shrink to something that a person can read, rough enough to make every decision matter.
"""

from datetime import date

import numpy as np
from hypothesis import strategies as st

from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    Boiler,
    ComfortBand,
    Device,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Stay,
    Tank,
    WindTurbine,
)
from mas2tering.domain.profiles import DailyProfile, SeriesTable
from mas2tering.domain.tariffs import CapacityCharge, TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import compile_home
from mas2tering.home.model import HomeModel

NO_FILES = SeriesTable({})
DAY = date(2013, 4, 17)


def axis_of(step_minutes: int) -> TimeAxis:
    """The ordinary day of most tests, from 06:00."""
    return TimeAxis.of_days(DAY, "Europe/London", step_minutes, day_starts_at="06:00")


AXIS = axis_of(60)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with three decimals: rounding errors are the code's, not the input's."""
    return st.floats(low, high).map(lambda v: round(v, 3))


def blocks(low: float, high: float, unit: str = "kW") -> st.SearchStrategy[DailyProfile]:
    """Eight values a day."""
    return st.lists(numbers(low, high), min_size=8, max_size=8).map(
        lambda v: DailyProfile(daily=tuple(float(x) for x in np.repeat(v, 3)), unit=unit)
    )


def _optional(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


@st.composite
def _tank(draw, demand_kw: float = 1.5, *, with_minimum: bool = True) -> Tank:
    capacity = draw(numbers(3, 10))
    lowest = draw(st.sampled_from([0.0, 0.0, 0.2])) if with_minimum else 0.0
    return Tank(
        capacity_kwh=capacity,
        initial_kwh=round(capacity * draw(st.sampled_from([0.0, 0.3, 1.0])), 3),
        minimum_kwh=round(capacity * lowest, 3),
        loss_per_hour=draw(st.sampled_from([0.0, 0.01, 0.05])),
        demand=draw(blocks(0, demand_kw)),
        unserved_heat_cost_per_kwh=draw(st.sampled_from([2.0, 0.5, 0.05])),
        end_value_per_kwh=draw(_optional(numbers(0, 0.3))),
    )


@st.composite
def _house(draw, outdoor_c: tuple[float, float], start_c: float, low_c: float, high_c: float) -> House:
    bands = (
        (),
        (ComfortBand(begin="23:00", end="06:00 next day", lowest_c=low_c - 3, highest_c=high_c + 1),),
    )
    return House(
        heat_capacity_kwh_per_k=draw(numbers(2, 8)),
        heat_loss_kw_per_k=draw(numbers(0.05, 0.3)),
        initial_temperature_c=start_c + draw(numbers(-1.5, 1.5)),
        lowest_c=low_c,
        highest_c=high_c,
        comfort=draw(st.sampled_from(bands)),
        outdoor_temperature=draw(blocks(*outdoor_c, unit="degC")),
        gains=draw(_optional(blocks(0, 0.5))),
        discomfort_cost_per_kelvin_hour=draw(numbers(0.01, 0.5)),
        end_value_per_kwh=draw(_optional(numbers(0, 0.1))),
    )


@st.composite
def _battery(draw) -> Battery:
    capacity = draw(numbers(2, 12))
    initial = round(capacity * draw(st.sampled_from([0.0, 0.4, 1.0])), 3)
    return Battery(
        id="battery",
        capacity_kwh=capacity,
        charge_power_kw=draw(numbers(1, 5)),
        discharge_power_kw=draw(numbers(1, 5)),
        charge_efficiency=draw(st.sampled_from([1.0, 0.95, 0.8])),
        discharge_efficiency=draw(st.sampled_from([1.0, 0.9])),
        initial_energy_kwh=initial,
        minimum_energy_kwh=round(min(initial, 0.1 * capacity), 3),
        standby_loss_per_hour=draw(st.sampled_from([0.0, 0.01])),
        wear_cost_per_kwh=draw(st.sampled_from([0.0, 0.01, 0.05])),
        end_energy_minimum_kwh=draw(st.sampled_from([None, 0.0, round(0.5 * capacity, 3)])),
        end_value_per_kwh=draw(_optional(numbers(-0.05, 0.3))),
    )


_STAYS = st.sampled_from(
    [
        [("18:00", "06:00 next day")],
        [("17:20", "07:30 next day")],
        [("08:10", "12:00"), ("21:45", "05:10 next day")],
        [("00:30", "05:00"), ("13:00", "15:30")],
    ]
)


@st.composite
def _vehicle(draw) -> ElectricVehicle:
    stays = []
    for arrives, departs in draw(_STAYS):
        due = draw(numbers(5, 30))
        stays.append(
            Stay(
                arrives=arrives,
                departs=departs,
                arrival_energy_kwh=draw(numbers(3, 30)),
                departure_energy_kwh=due,
                wished_energy_kwh=draw(st.sampled_from([None, due + 5])),
                wish_value_per_kwh=draw(numbers(0, 0.3)),
            )
        )
    return ElectricVehicle(
        id="ev",
        capacity_kwh=40.0,
        charge_power_kw=draw(numbers(2, 11)),
        charge_efficiency=draw(st.sampled_from([1.0, 0.9])),
        discharge_power_kw=draw(st.sampled_from([0.0, 3.0])),
        discharge_efficiency=draw(st.sampled_from([1.0, 0.9])),
        minimum_energy_kwh=draw(st.sampled_from([0.0, 4.0])),
        wear_cost_per_kwh=draw(st.sampled_from([0.0, 0.02])),
        end_value_per_kwh=draw(_optional(numbers(0, 0.3))),
        stays=tuple(stays),
    )


_WINDOWS = st.sampled_from([("08:00", "18:00"), ("06:30", "23:10"), ("20:00", "05:00 next day")])
_RUN = st.lists(numbers(0, 2), min_size=1, max_size=8).map(tuple)


@st.composite
def _programme(draw, name: str = "dishes") -> ApplianceProgramme:
    begin, end = draw(_WINDOWS)
    return ApplianceProgramme(
        id=name,
        power_kw=draw(_RUN),
        profile_step_minutes=draw(st.sampled_from([15, 20, 30])),
        earliest_start=begin,
        latest_end=end,
        preferred_start=draw(st.sampled_from([None, begin])),
        delay_cost_per_hour=draw(st.sampled_from([0.0, 0.01, 0.1])),
        worth=draw(st.sampled_from([None, None, 0.1])),
    )


def _follower(draw, name: str, after: str) -> ApplianceProgramme:
    return ApplianceProgramme(
        id=name,
        power_kw=draw(_RUN),
        profile_step_minutes=30,
        earliest_start="08:00",
        latest_end=draw(st.sampled_from(["23:30", "05:30 next day"])),
        delay_cost_per_hour=draw(st.sampled_from([0.0, 0.02])),
        worth=draw(st.sampled_from([None, 0.15])),
        after=after,
        longest_wait_minutes=draw(st.sampled_from([None, 60, 180])),
    )


@st.composite
def _chain(draw) -> tuple[Device, ...]:
    wash = draw(_programme("wash"))
    dry = _follower(draw, "dry", "wash")
    return (wash, dry, _follower(draw, "iron", "dry")) if draw(st.booleans()) else (wash, dry)


@st.composite
def _machine(draw) -> MicroChp:
    modulates = draw(st.booleans())
    heat, fuel = draw(numbers(2, 6)), draw(numbers(5, 8))
    return MicroChp(
        id="chp",
        electrical_power_kw=1.0,
        heat_power_kw=heat,
        fuel_power_kw=fuel,
        minimum_electrical_power_kw=0.4 if modulates else None,
        minimum_heat_power_kw=round(0.5 * heat, 3) if modulates else None,
        minimum_fuel_power_kw=round(0.45 * fuel, 3) if modulates else None,
        fuel_price_per_kwh=draw(numbers(0.02, 0.08)),
        start_cost=draw(st.sampled_from([0.0, 0.05])),
        minimum_up_minutes=draw(st.sampled_from([0, 120, 180])),
        minimum_down_minutes=draw(st.sampled_from([0, 60, 120])),
        initially_on=draw(st.booleans()),
        boiler=draw(
            st.sampled_from(
                [None, Boiler(heat_power_kw=1.0, efficiency=0.9), Boiler(heat_power_kw=9.0, efficiency=0.9)]
            )
        ),
        store=draw(_tank(2.5, with_minimum=False)),
    )


def _one(strategy: st.SearchStrategy[Device]) -> st.SearchStrategy[tuple[Device, ...]]:
    return strategy.map(lambda device: (device,))


DEVICES: dict[str, st.SearchStrategy[tuple[Device, ...]]] = {
    "base": _one(st.builds(FixedLoad, id=st.just("base"), profile=blocks(0, 2))),
    "pv": _one(
        st.builds(
            PvPlant,
            id=st.just("pv"),
            profile=blocks(0, 0.9, "kW_per_kWp"),
            peak_power_kwp=numbers(1, 4),
            curtailable=st.booleans(),
        )
    ),
    "wind": _one(
        st.builds(
            WindTurbine,
            id=st.just("wind"),
            profile=blocks(0, 1, "factor"),
            rated_power_kw=numbers(0.5, 2),
            curtailable=st.booleans(),
        )
    ),
    "battery": _one(_battery()),
    "ev": _one(_vehicle()),
    "programme": _one(_programme()),
    "chain": _chain(),
    "heat pump and tank": _one(
        st.builds(
            HeatPump,
            id=st.just("heat_pump"),
            electrical_power_kw=numbers(0.5, 3),
            coefficient_of_performance=numbers(2, 4.5) | blocks(1.5, 5, "factor"),
            store=_tank(),
        )
    ),
    "heat pump and house": _one(
        st.builds(
            HeatPump,
            id=st.just("warmth"),
            electrical_power_kw=numbers(0.5, 3),
            coefficient_of_performance=numbers(2, 4.5) | blocks(1.5, 5, "factor"),
            store=_house((-5, 12), 19.5, 19.0, 22.0),
        )
    ),
    "air conditioning": _one(
        st.builds(
            AirConditioning,
            id=st.just("cold"),
            electrical_power_kw=numbers(0.5, 2),
            energy_efficiency_ratio=numbers(2, 4),
            store=_house((20, 36), 24.0, 20.0, 25.0),
        )
    ),
    "hot water": _one(
        st.builds(HotWater, id=st.just("water"), electrical_power_kw=numbers(1, 3), store=_tank())
    ),
    "cogeneration": _one(_machine()),
}
"""A strategy for each kind of device; each gives a tuple, since a chain is several."""

FLEXIBLE = tuple(name for name in DEVICES if name != "base")


@st.composite
def random_homes(
    draw, *names: str, fuse_kw: float | st.SearchStrategy[float] = 1000.0, phases: str = "A"
) -> Home:
    """A home with the named devices; at a three-phase connection each is on one phase or on all."""
    devices = tuple(device for name in names for device in draw(DEVICES[name]))
    if phases == "ABC":
        devices = tuple(
            device.model_copy(update={"phase": draw(st.sampled_from([None, "A", "B", "C"]))})
            for device in devices
        )
    fuse = fuse_kw if isinstance(fuse_kw, float) else draw(fuse_kw)
    return Home(
        id="home",
        connection=Connection(fuse_kw=fuse, phases=phases),
        supply=SupplyContract(tariff="t"),
        devices=devices,
    )


def some_devices(least: int = 1, most: int = 4) -> st.SearchStrategy[tuple[str, ...]]:
    """Names of a few kinds of device, base load always among them."""
    return st.lists(st.sampled_from(FLEXIBLE), min_size=least, max_size=most, unique=True).map(
        lambda names: ("base", *sorted(names))
    )


PRICES = st.lists(numbers(-0.15, 0.5), min_size=AXIS.steps, max_size=AXIS.steps).map(np.array)
"""A price for each step, negative ones too; shape (24,)."""

POSITIVE_PRICES = st.lists(numbers(0.01, 0.5), min_size=AXIS.steps, max_size=AXIS.steps).map(np.array)


def linear(price: np.ndarray, axis: TimeAxis = AXIS) -> TariffOnAxis:
    """One price for drawing and feeding in: what a home answers to."""
    return TariffOnAxis("t", axis, price, price, None, 0.0)


@st.composite
def random_tariffs(draw, *, dearer_export: bool = True) -> TariffOnAxis:
    """Two-rate, flat or dynamic import; export flat, a share of import, or dearer at some steps; perhaps with a capacity charge."""
    hours = np.arange(AXIS.steps)
    kind = draw(st.sampled_from(["flat", "two-rate", "dynamic"]))
    if kind == "flat":
        bought = np.full(AXIS.steps, draw(numbers(0.1, 0.5)))
    elif kind == "two-rate":
        bought = np.where(hours % 24 >= 15, draw(numbers(0.05, 0.2)), draw(numbers(0.2, 0.5)))
    else:
        bought = draw(PRICES)
    shapes = ["flat", "share", "dearer"] if dearer_export else ["flat", "share"]
    shape = draw(st.sampled_from(shapes))
    if shape == "flat":
        sold = np.minimum(bought, draw(numbers(0, 0.1)))
    elif shape == "share":
        sold = np.where(bought > 0, draw(st.sampled_from([0.0, 0.5, 1.0])), 1.0) * bought
    else:
        sold = bought + np.where(hours % draw(st.integers(2, 6)) == 0, 0.08, -0.05)
    capacity = draw(
        st.sampled_from(
            [
                None,
                None,
                CapacityCharge(price_per_kw_month=4.0, reached_kw=2.5),
                CapacityCharge(price_per_kw_month=9.0, billing_minutes=60),
            ]
        )
    )
    return TariffOnAxis("t", AXIS, bought, sold, capacity, draw(st.sampled_from([0.0, 0.3])))


def compiled(home: Home, tariff: TariffOnAxis) -> HomeModel:
    """The home's model on the tariff's axis."""
    return compile_home(home, tariff, NO_FILES)
