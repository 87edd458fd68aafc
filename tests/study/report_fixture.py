"""A small community with one of each device, planned: what the report's tests look at."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from mas2tering.coordination.market_day import market_day
from mas2tering.domain.community import Community, Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
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
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ConstantProfile, DailyProfile, FileProfile, Series
from mas2tering.domain.tariffs import (
    CapacityCharge,
    DynamicPrice,
    FlatPrice,
    PriceBand,
    Tariff,
    TimeOfUsePrice,
    tariff_on,
)
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.compile import compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.optimise import best_plan
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform
from mas2tering.study.results import DayResult, RunResult, UseCase

HOSTILE = "</script><script>alert(\"1\")</script> & \u2028 %{x} <!--slot:title--> 'é'"

_HOURS = np.arange(24)


class NoFiles:
    """A reader where every profile is given inline."""

    def series(self, source: FileProfile) -> Series:
        raise AssertionError(source)


def _daily(values: Sequence[float] | np.ndarray, unit: str = "kW") -> DailyProfile:
    return DailyProfile(daily=tuple(round(float(v), 4) for v in values), unit=unit)  # type: ignore[arg-type]


def _base(scale: float) -> FixedLoad:
    shape = 0.2 + 0.5 * np.exp(-((_HOURS - 19) ** 2) / 8) + 0.25 * np.exp(-((_HOURS - 7.5) ** 2) / 3)
    return FixedLoad(id="base", profile=_daily(scale * shape))


def _pv(peak_power_kwp: float, *, curtailable: bool = False) -> PvPlant:
    shape = np.maximum(0.0, np.sin((_HOURS - 6) / 13 * np.pi)) * ((_HOURS >= 6) & (_HOURS <= 19)) * 0.75
    return PvPlant(
        id="roof", profile=_daily(shape, "kW_per_kWp"), peak_power_kwp=peak_power_kwp, curtailable=curtailable
    )


def _battery(capacity_kwh: float) -> Battery:
    return Battery(
        id="battery",
        capacity_kwh=capacity_kwh,
        charge_power_kw=3.0,
        discharge_power_kw=3.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        initial_energy_kwh=1.0,
        wear_cost_per_kwh=0.01,
    )


def _ev(arrives: str, needed_kwh: float, discharge_power_kw: float = 0.0) -> ElectricVehicle:
    return ElectricVehicle(
        id="car",
        capacity_kwh=60.0,
        charge_power_kw=7.2,
        charge_efficiency=0.9,
        discharge_power_kw=discharge_power_kw,
        discharge_efficiency=0.9 if discharge_power_kw else 1.0,
        minimum_energy_kwh=10.0,
        wear_cost_per_kwh=0.02 if discharge_power_kw else 0.0,
        stays=(
            Stay(
                arrives=arrives,
                departs="06:00 next day",
                arrival_energy_kwh=30.0,
                departure_energy_kwh=30.0 + needed_kwh,
            ),
        ),
    )


def _programme(name: str, begin: str, end: str, preferred: str, **more: object) -> ApplianceProgramme:
    return ApplianceProgramme(
        id=name,
        power_kw=(2.0, 0.4, 0.2, 0.2, 0.2, 1.2),
        profile_step_minutes=15,
        earliest_start=begin,
        latest_end=end,
        preferred_start=preferred,
        **more,  # type: ignore[arg-type]
    )


def _tank(capacity_kwh: float, daily_kwh: float) -> Tank:
    shape = np.exp(-((_HOURS - 7) ** 2) / 2) + np.exp(-((_HOURS - 19) ** 2) / 4) + 0.05
    return Tank(
        capacity_kwh=capacity_kwh,
        initial_kwh=capacity_kwh / 2,
        loss_per_hour=0.01,
        demand=_daily(shape * daily_kwh / shape.sum()),
    )


def _house() -> House:
    return House(
        heat_capacity_kwh_per_k=8.0,
        heat_loss_kw_per_k=0.15,
        initial_temperature_c=24.0,
        lowest_c=18.0,
        highest_c=25.0,
        outdoor_temperature=_daily(26 + 6 * np.sin((_HOURS - 9) / 12 * np.pi), "degC"),
    )


def _tariffs() -> tuple[Tariff, ...]:
    market = (
        80
        + 60 * np.exp(-((_HOURS - 19) ** 2) / 6)
        + 30 * np.exp(-((_HOURS - 8) ** 2) / 3)
        - 70 * np.exp(-((_HOURS - 13) ** 2) / 6)
    )
    feed_in = FlatPrice(price_per_kwh=0.05)
    cheap_night = PriceBand(price_per_kwh=0.12, windows=(ClockWindow(begin="00:30", end="05:30"),))
    dear = PriceBand(price_per_kwh=0.38, windows=(ClockWindow(begin="16:00", end="20:00"),))
    return (
        Tariff(
            id="flat", supplier="Steady", import_price=FlatPrice(price_per_kwh=0.25), export_price=feed_in
        ),
        Tariff(
            id="three_rates",
            supplier="Clockwise",
            import_price=TimeOfUsePrice(base_price_per_kwh=0.24, bands=(cheap_night, dear)),
            export_price=feed_in,
            standing_charge_per_day=0.4,
            source="an example, not a real tariff",
        ),
        Tariff(
            id="market",
            supplier="Spot",
            import_price=DynamicPrice(market=_daily(market, "per_MWh"), adder_per_kwh=0.1, vat=0.06),
            export_price=DynamicPrice(market=_daily(market, "per_MWh"), multiplier=0.9),
            capacity_charge=CapacityCharge(price_per_kw_month=4.0, reached_kw=2.5),
        ),
    )


def _homes() -> tuple[Home, ...]:
    def home(name: str, tariff: str, *devices: Device) -> Home:
        return Home(
            id=name,
            connection=Connection(fuse_kw=13.8),
            supply=SupplyContract(tariff=tariff),
            devices=tuple(devices),
        )

    washing = _programme("washing_machine", "08:00", "22:30", "18:30")
    dryer = _programme("dryer", "08:00", "23:59", "20:00", after="washing_machine", longest_wait_minutes=240)
    hurried = _programme("dishwasher", "21:00", "22:00", "21:00")
    optional = _programme("second_wash", "10:00", "20:00", "17:00", worth=0.05)
    return (
        home("house_001", "flat", _base(1.0)),
        home("house_002", "three_rates", _base(1.2), _pv(4.0), _battery(8.0)),
        home("house_003", "market", _base(0.9), _pv(3.0), _ev("18:00", 14.0), washing, dryer),
        home(
            "house_004",
            "three_rates",
            _base(1.1),
            HeatPump(
                id="heat_pump",
                electrical_power_kw=3.0,
                coefficient_of_performance=3.0,
                store=_tank(12.0, 30.0),
            ),
            hurried,
        ),
        home(
            "house_005",
            "market",
            _base(1.4),
            _battery(5.0),
            _ev("17:30", 10.0, 5.0),
            HotWater(id="boiler", electrical_power_kw=2.4, store=_tank(6.0, 7.0)),
        ),
        home(
            HOSTILE,
            "market",
            _base(1.0),
            WindTurbine(id="turbine", profile=ConstantProfile(constant=0.3, unit="kW")),
            MicroChp(
                id="chp",
                electrical_power_kw=1.0,
                heat_power_kw=4.0,
                fuel_power_kw=5.8,
                fuel_price_per_kwh=0.06,
                minimum_up_minutes=60,
                minimum_down_minutes=60,
                store=_tank(10.0, 16.0),
            ),
            AirConditioning(
                id="cooling", electrical_power_kw=2.0, energy_efficiency_ratio=3.0, store=_house()
            ),
            optional,
            _programme("old_washer", "08:00", "22:00", "18:00", control="never"),
        ),
    )


def example_community() -> Community:
    return Community(
        name="Try-out & <b>Lane</b>",
        currency="EUR",
        time_zone="Europe/Brussels",
        sources=("Loads, weather and prices: made up for this test.",),
        tariffs=_tariffs(),
        homes=_homes(),
    )


def example_run(
    first_day: date = date(2024, 6, 12),
    days: int = 1,
    use_cases: tuple[UseCase, ...] = ("none", "rule", "1"),
    step: int = 15,
) -> RunResult:
    """The community planned in the use cases; each day stands for itself."""
    community = example_community()
    results = tuple(_day(community, first_day + timedelta(days=k), use_cases, step) for k in range(days))
    return RunResult(
        community,
        results,
        seed=7,
        scenario=None,
        warnings=("made up data",),
        seconds=dict.fromkeys(use_cases, 1.5),
        cpu_seconds=dict.fromkeys(use_cases, 1.25),
    )


def _day(community: Community, day: date, use_cases: tuple[UseCase, ...], step: int) -> DayResult:
    axis = TimeAxis.of_days(day, community.time_zone, step, day_starts_at=community.day_starts_at)
    by_id = {tariff.id: tariff_on(axis, tariff, NoFiles()) for tariff in community.tariffs}
    tariffs = tuple(by_id[home.supply.tariff] for home in community.homes)
    models = [
        compile_home(home, tariff, NoFiles()) for home, tariff in zip(community.homes, tariffs, strict=True)
    ]
    planners = {
        "none": lambda model: plan_of(model, without_platform(model), "none"),
        "rule": lambda model: plan_of(model, self_consumption(model), "rule"),
        "1": best_plan,
    }
    plans: dict[UseCase, tuple[HomePlan, ...]] = {
        use_case: tuple(planners[use_case](model) for model in models)
        for use_case in use_cases
        if use_case != "2"
    }
    if "2" not in use_cases:
        return DayResult(day, axis, plans, tariffs)
    suppliers = [community.tariff_of(home).supplier for home in community.homes]
    market = market_day(models, plans["1"], suppliers, community.local_charges, community.currency)
    return DayResult(day, axis, {**plans, "2": market.plans}, tariffs, market)
