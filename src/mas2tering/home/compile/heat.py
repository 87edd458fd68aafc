"""Tanks and houses as linear stores; heat pumps, air conditioning and hot water fill them; micro-CHP as
cogeneration.

The house is one heat capacity C (kWh/K) with one loss L (kW/K). Its equation C dT/dt = L (T_out - T) + heat +
gains is solved exactly for inputs that are constant over a step, so that the plan does not depend on the
step's length: T' = a T + (1 - a) (T_out + (heat + gains) / L) with a = exp(-L D / C).
"""

import math

import numpy as np

from mas2tering.domain.devices import AirConditioning, HeatPump, HotWater, House, MicroChp, Tank
from mas2tering.domain.windows import ClockWindow, covered
from mas2tering.home.compile.context import Context, FloatArray, refill_price
from mas2tering.home.model import Cogeneration, LinearStore

# Beyond this distance from the comfort band no plan goes: it only keeps numbers finite.
_WIDEST_KELVIN = 40.0


def heating_store(device: HeatPump, phase: int | None, context: Context) -> LinearStore:
    """A heat pump with its tank or house."""
    performance = context.values_or_constant(device.coefficient_of_performance)
    if isinstance(device.store, Tank):
        return _tank_store(device, device.store, phase, device.electrical_power_kw, performance, context)
    return _house_store(device, device.store, phase, device.electrical_power_kw, performance, 1.0, context)


def cooling_store(device: AirConditioning, phase: int | None, context: Context) -> LinearStore:
    """An air conditioning with its house; content is the cold in it, so that more content is a cooler
    house."""
    performance = context.values_or_constant(device.energy_efficiency_ratio)
    return _house_store(device, device.store, phase, device.electrical_power_kw, performance, -1.0, context)


def water_store(device: HotWater, phase: int | None, context: Context) -> LinearStore:
    """A hot-water boiler: a tank with a heating element of performance one."""
    return _tank_store(
        device, device.store, phase, device.electrical_power_kw, np.ones(context.axis.steps), context
    )


def _tank_store(
    device: HeatPump | HotWater,
    tank: Tank,
    phase: int | None,
    power_kw: float,
    performance: FloatArray,
    context: Context,
) -> LinearStore:
    n, hours = context.axis.steps, context.axis.step_hours
    gain_in, power_in = performance * hours, np.full(n, power_kw)
    drain = context.values(tank.demand).clip(min=0.0) * hours
    end_value = tank.end_value_per_kwh
    if end_value is None:
        end_value = refill_price(context, gain_in, power_in, tank.capacity_kwh, 0.0)
    return LinearStore(
        device=device.id,
        kind=device.kind,
        phase=phase,
        first_step=0,
        retention=(1 - tank.loss_per_hour) ** hours,
        initial_kwh=context.contents_kwh.get(device.id, tank.initial_kwh),
        gain_in=gain_in,
        gain_out=0.0,
        power_in_kw=power_in,
        power_out_kw=np.zeros(n),
        drain_kwh=drain,
        relief_kwh=drain,
        relief_cost_per_kwh=tank.unserved_heat_cost_per_kwh,
        lower_kwh=np.zeros(n),
        upper_kwh=np.full(n, tank.capacity_kwh),
        soft_lower_kwh=np.full(n, tank.minimum_kwh),
        soft_lower_price=np.full(n, tank.unserved_heat_cost_per_kwh * hours if tank.minimum_kwh > 0 else 0.0),
        soft_upper_kwh=np.zeros(n),
        soft_upper_price=np.zeros(n),
        wear_cost_per_kwh=0.0,
        end_value_per_kwh=end_value,
        setpoint_kwh=np.full(n, tank.capacity_kwh),
        priority=device.priority,
    )


def _house_store(
    device: HeatPump | AirConditioning,
    house: House,
    phase: int | None,
    power_kw: float,
    performance: FloatArray,
    sign: float,
    context: Context,
) -> LinearStore:
    """``sign`` is 1 where the device heats and -1 where it cools; content is sign C (T - reference)."""
    n, hours = context.axis.steps, context.axis.step_hours
    capacity, loss = house.heat_capacity_kwh_per_k, house.heat_loss_kw_per_k
    retention = math.exp(-loss * hours / capacity)
    per_kw = (1 - retention) * capacity / loss
    lowest, highest = _comfort(house, context)
    reference = float(lowest.min()) if sign > 0 else float(highest.max())
    outdoor = context.values(house.outdoor_temperature)
    gains = np.zeros(n) if house.gains is None else context.values(house.gains)
    bands = sign * capacity * (np.stack([lowest, highest]) - reference)
    soft_lower, soft_upper = bands.min(axis=0), bands.max(axis=0)
    price = np.full(n, house.discomfort_cost_per_kelvin_hour * hours / capacity)
    gain_in, power_in = performance * per_kw, np.full(n, power_kw)
    start_c = context.contents_kwh.get(device.id, sign * capacity * (house.initial_temperature_c - reference))
    end_value = house.end_value_per_kwh
    if end_value is None:
        end_value = refill_price(context, gain_in, power_in, float((soft_upper - soft_lower).max()), 0.0)
    return LinearStore(
        device=device.id,
        kind=device.kind,
        phase=phase,
        first_step=0,
        retention=retention,
        initial_kwh=start_c,
        gain_in=gain_in,
        gain_out=0.0,
        power_in_kw=power_in,
        power_out_kw=np.zeros(n),
        drain_kwh=-sign * ((1 - retention) * capacity * (outdoor - reference) + per_kw * gains),
        relief_kwh=np.zeros(n),
        relief_cost_per_kwh=0.0,
        lower_kwh=soft_lower - _WIDEST_KELVIN * capacity,
        upper_kwh=soft_upper + _WIDEST_KELVIN * capacity,
        soft_lower_kwh=soft_lower,
        soft_lower_price=price,
        soft_upper_kwh=soft_upper,
        soft_upper_price=price,
        wear_cost_per_kwh=0.0,
        end_value_per_kwh=end_value,
        setpoint_kwh=soft_lower,
        priority=device.priority,
    )


def _comfort(house: House, context: Context) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest wanted temperature at the end of each step, shape (steps,)."""
    n = context.axis.steps
    lowest, highest = np.full(n, house.lowest_c), np.full(n, house.highest_c)
    for band in house.comfort:
        inside = covered((ClockWindow(begin=band.begin, end=band.end),), context.axis) > 0.5
        lowest[inside], highest[inside] = band.lowest_c, band.highest_c
    return lowest, highest


def cogeneration_of(device: MicroChp, phase: int | None, context: Context) -> Cogeneration:
    """A micro-CHP with its tank and boiler."""
    axis, tank = context.axis, device.store
    price = device.fuel_price_per_kwh
    low_electrical = device.minimum_electrical_power_kw
    low_heat, low_fuel = device.minimum_heat_power_kw, device.minimum_fuel_power_kw
    boiler_cost = 0.0 if device.boiler is None else price / device.boiler.efficiency
    # Heat left in the tank is worth what the boiler, or without one the machine itself, would burn for it.
    heat_cost = (
        boiler_cost if device.boiler is not None else price * device.fuel_power_kw / device.heat_power_kw
    )
    return Cogeneration(
        device=device.id,
        kind=device.kind,
        phase=phase,
        electrical_kw=(
            device.electrical_power_kw if low_electrical is None else low_electrical,
            device.electrical_power_kw,
        ),
        heat_kw=(device.heat_power_kw if low_heat is None else low_heat, device.heat_power_kw),
        fuel_cost_per_hour=(
            price * (device.fuel_power_kw if low_fuel is None else low_fuel),
            price * device.fuel_power_kw,
        ),
        start_cost=device.start_cost,
        minimum_up_steps=math.ceil(device.minimum_up_minutes / axis.step_minutes),
        minimum_down_steps=math.ceil(device.minimum_down_minutes / axis.step_minutes),
        initially_on=context.running.get(device.id, device.initially_on),
        boiler_kw=0.0 if device.boiler is None else device.boiler.heat_power_kw,
        boiler_cost_per_kwh=boiler_cost,
        retention=(1 - tank.loss_per_hour) ** axis.step_hours,
        initial_kwh=context.contents_kwh.get(device.id, tank.initial_kwh),
        capacity_kwh=tank.capacity_kwh,
        drain_kwh=context.values(tank.demand).clip(min=0.0) * axis.step_hours,
        unserved_cost_per_kwh=tank.unserved_heat_cost_per_kwh,
        end_value_per_kwh=heat_cost if tank.end_value_per_kwh is None else tank.end_value_per_kwh,
    )
