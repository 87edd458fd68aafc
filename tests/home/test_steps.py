"""The same day at other step lengths: results agree but for discretisation."""

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from random_homes import NO_FILES

from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.devices import Battery, Device, ElectricVehicle, FixedLoad, PvPlant, Stay
from mas2tering.domain.profiles import DailyProfile
from mas2tering.domain.tariffs import FlatPrice, Tariff, TwoRatePrice, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.compile import compile_home
from mas2tering.home.optimise import Budget, best_plan

_LOAD = tuple(0.3 + 0.1 * (k % 6) for k in range(24))
_SUN = (0.0,) * 7 + (0.5, 1.2, 1.9, 2.4, 2.6, 2.6, 2.3, 1.8, 1.1, 0.4) + (0.0,) * 7
TARIFF = Tariff(
    id="t",
    supplier="s",
    import_price=TwoRatePrice(
        day_price_per_kwh=0.3,
        night_price_per_kwh=0.15,
        night=(ClockWindow(begin="22:00", end="07:00 next day"),),
    ),
    export_price=FlatPrice(price_per_kwh=0.05),
)
DEVICES: tuple[Device, ...] = (
    FixedLoad(id="base", profile=DailyProfile(daily=_LOAD, unit="kW")),
    PvPlant(id="pv", profile=DailyProfile(daily=_SUN, unit="kW")),
    Battery(
        id="battery",
        capacity_kwh=8.0,
        charge_power_kw=3.0,
        discharge_power_kw=3.0,
        charge_efficiency=0.95,
        discharge_efficiency=0.9,
        initial_energy_kwh=2.0,
    ),
    ElectricVehicle(
        id="ev",
        capacity_kwh=40.0,
        charge_power_kw=4.0,
        charge_efficiency=0.9,
        stays=(
            Stay(
                arrives="18:00", departs="06:00 next day", arrival_energy_kwh=10.0, departure_energy_kwh=22.0
            ),
        ),
    ),
)


def planned(step: int, devices: tuple[Device, ...] = DEVICES):
    home = Home(
        id="h", connection=Connection(fuse_kw=20.0), supply=SupplyContract(tariff="t"), devices=devices
    )
    axis = TimeAxis.of_days(date(2013, 4, 17), "Europe/London", step, day_starts_at="06:00")
    return best_plan(compile_home(home, tariff_on(axis, TARIFF, NO_FILES), NO_FILES), Budget(gap=1e-7))


def test_cost_is_the_same_at_every_step_where_inputs_change_on_the_hour():
    """Nothing here changes within an hour, so that shorter steps give no more freedom: costs agree to rounding."""
    costs = [planned(step).costs.cost for step in (5, 15, 30, 60)]
    assert costs == pytest.approx([costs[0]] * 4, abs=1e-6)


def test_a_battery_loses_the_same_energy_at_every_step():
    losses = []
    for step in (5, 15, 30, 60):
        plan = planned(step)
        battery = next(d for d in plan.devices if d.device == "battery")
        assert battery.content is not None
        taken = float(battery.power_kw.sum()) * plan.axis.step_hours
        losses.append(taken - (float(battery.content[-1]) - 2.0))
    assert losses == pytest.approx([losses[0]] * 4, abs=1e-3)
