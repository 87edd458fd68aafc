"""Tanks, houses and cogeneration."""

import math

import numpy as np

from mas2tering.domain.devices import (
    AirConditioning,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    Tank,
)
from mas2tering.domain.plans import DevicePlan
from mas2tering.domain.windows import ClockWindow, covered
from verifier.inspection import Inspection


class Heat(Inspection):
    def _tank(self, device: HeatPump | HotWater, tank: Tank, performance, plan: DevicePlan) -> None:
        name = device.id
        self._between(0.0, plan.power_kw, device.electrical_power_kw, f"{name}: power")
        per_kw = performance * self.hours
        drain = np.maximum(self._values(tank.demand), 0.0) * self.hours
        retention = (1 - tank.loss_per_hour) ** self.hours
        unserved = self._leaky(tank.initial_kwh, retention, plan.content, per_kw * plan.power_kw - drain)
        self._between(0.0, unserved, drain, f"{name}: energy balance of its tank")
        self._between(0.0, plan.content, tank.capacity_kwh, f"{name}: content")
        below = np.maximum(tank.minimum_kwh - plan.content, 0.0)
        self.money.discomfort += tank.unserved_heat_cost_per_kwh * float(
            unserved.sum() + self.hours * below.sum()
        )
        worth = tank.end_value_per_kwh
        if worth is None:
            power = np.full(self.axis.steps, device.electrical_power_kw)
            worth = self._refill(per_kw, power, tank.capacity_kwh)
        self.money.stored += worth * float(plan.content[-1] - tank.initial_kwh)

    def _house(
        self, device: HeatPump | AirConditioning, house: House, performance, plan: DevicePlan, sign: int
    ) -> None:
        name, n = device.id, self.axis.steps
        self._between(0.0, plan.power_kw, device.electrical_power_kw, f"{name}: power")
        low, high = np.full(n, house.lowest_c), np.full(n, house.highest_c)
        for band in house.comfort:
            inside = covered((ClockWindow(begin=band.begin, end=band.end),), self.axis) > 0.5
            low[inside], high[inside] = band.lowest_c, band.highest_c
        capacity, loss = house.heat_capacity_kwh_per_k, house.heat_loss_kw_per_k
        reference = low.min() if sign > 0 else high.max()
        warmth = reference + sign * plan.content / capacity
        outdoor = self._values(house.outdoor_temperature)
        gains = 0.0 if house.gains is None else self._values(house.gains)
        # Towards the temperature at which losses balance what comes in, with the time constant C / L.
        aim = outdoor + (gains + sign * performance * plan.power_kw) / loss
        decay = math.exp(-self.hours * loss / capacity)
        before = np.concatenate(([house.initial_temperature_c], warmth[:-1]))
        self._near(warmth, aim + (before - aim) * decay, f"{name}: heat balance of the house")
        outside = np.maximum(low - warmth, 0.0) + np.maximum(warmth - high, 0.0)
        self.money.discomfort += house.discomfort_cost_per_kelvin_hour * self.hours * float(outside.sum())
        worth = house.end_value_per_kwh
        if worth is None:
            per_kw = performance * (1 - decay) * capacity / loss
            edges = sign * capacity * (np.stack([low, high]) - reference)
            size = float((edges.max(axis=0) - edges.min(axis=0)).max())
            worth = self._refill(per_kw, np.full(n, device.electrical_power_kw), size)
        self.money.stored += worth * sign * capacity * float(warmth[-1] - house.initial_temperature_c)

    def _machine(self, device: MicroChp, plan: DevicePlan) -> None:
        name, tank = device.id, device.store
        power = -plan.power_kw
        on = power > 1e-9
        pairs = (
            (device.minimum_electrical_power_kw, device.electrical_power_kw),
            (device.minimum_heat_power_kw, device.heat_power_kw),
            (device.minimum_fuel_power_kw, device.fuel_power_kw),
        )
        (least, most), (least_heat, most_heat), (least_fuel, most_fuel) = (
            (high if low is None else low, high) for low, high in pairs
        )
        self._between(least, power[on], most, f"{name}: electricity while it runs")
        self._between(0.0, power[~on], 0.0, f"{name}: electricity while it stands")
        load = (power - least) / (most - least) if most > least else np.ones(self.axis.steps)
        heat = np.where(on, least_heat + load * (most_heat - least_heat), 0.0)
        fuel = np.where(on, least_fuel + load * (most_fuel - least_fuel), 0.0)
        self._runs(device, on)
        drain = np.maximum(self._values(tank.demand), 0.0) * self.hours
        retention = (1 - tank.loss_per_hour) ** self.hours
        rest = self._leaky(tank.initial_kwh, retention, plan.content, heat * self.hours - drain)
        boiler_kw = 0.0 if device.boiler is None else device.boiler.heat_power_kw
        self._between(0.0, plan.content, tank.capacity_kwh, f"{name}: content")
        self._between(-math.inf, rest, boiler_kw * self.hours + drain, f"{name}: heat balance of its tank")
        missing = np.maximum(rest, 0.0)
        unserved = (tank.unserved_heat_cost_per_kwh, drain)
        burning = 0.0 if device.boiler is None else device.fuel_price_per_kwh / device.boiler.efficiency
        boiler = (burning, np.full(self.axis.steps, boiler_kw * self.hours))
        usual = _in_order(missing, boiler, unserved)
        cheapest = usual if burning <= unserved[0] else _in_order(missing, unserved, boiler)
        self.money.discomfort += cheapest
        self.money.waste += usual - cheapest
        self.money.discomfort += device.fuel_price_per_kwh * self.hours * float(fuel.sum())
        started = on & ~np.concatenate(([device.initially_on], on[:-1]))
        self.money.discomfort += device.start_cost * int(started.sum())
        worth = tank.end_value_per_kwh
        if worth is None:
            share = most_fuel / most_heat if device.boiler is None else 1 / device.boiler.efficiency
            worth = device.fuel_price_per_kwh * share
        self.money.stored += worth * float(plan.content[-1] - tank.initial_kwh)

    def _runs(self, device: MicroChp, on: np.ndarray) -> None:
        """Runs and pauses between two changes that the axis shows are long enough."""
        state, since = device.initially_on, None
        for step, running in enumerate(on):
            if running == state:
                continue
            minimum = device.minimum_up_minutes if state else device.minimum_down_minutes
            if since is not None:
                lasted = (step - since) * self.axis.step_minutes
                self._say(lasted < minimum, f"{device.id}: {'runs' if state else 'stands'} {lasted} min")
            state, since = bool(running), step


def _in_order(missing: np.ndarray, *sources: tuple[float, np.ndarray]) -> float:
    """Cost of what is missing in each step, each source (cost per kWh, room in kWh) used up before the next."""
    total = 0.0
    for cost, room in sources:
        used = np.minimum(missing, room)
        missing = missing - used
        total += cost * float(used.sum())
    return total
