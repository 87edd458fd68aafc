"""A second opinion on plans, written from the words of `domain` alone.

Nothing here is imported from `mas2tering.home`: from a home, its tariff, and what a plan says of power and content of each
device, it works out physics, wishes and money anew, device by device, and says in words what does not agree.
"""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from mas2tering.domain.community import Home
from mas2tering.domain.devices import (
    AirConditioning,
    ApplianceProgramme,
    Battery,
    ElectricVehicle,
    FixedLoad,
    HeatPump,
    HotWater,
    House,
    MicroChp,
    PvPlant,
    Tank,
    WindTurbine,
)
from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.profiles import profile_on
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import clock_minutes, local_instant
from mas2tering.domain.windows import WEEKDAYS, ClockWindow, covered

TIGHT = 1e-6
"""Physics and money are recomputed, so they agree to rounding."""
SLACK = 2e-5
"""Limits hold up to a solver's tolerance."""
HOURS_PER_MONTH = 365.25 / 12 * 24


@dataclass
class Money:
    """What a device costs beside the bill.

    Of cogeneration a plan shows neither boiler nor unserved heat, only what they sum to: fuel and discomfort together lie
    between ``discomfort`` (the cheaper of the two taken first) and that plus ``waste`` (the boiler always first).
    """

    wear: float = 0.0
    discomfort: float = 0.0
    waste: float = 0.0
    stored: float = 0.0

    def __add__(self, other: "Money") -> "Money":
        return Money(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Verifier:
    """Looks through one plan; ``problems`` are sentences, none for a sound plan."""

    home: Home
    tariff: TariffOnAxis
    reader: object
    plan: HomePlan
    problems: list[str] = field(default_factory=list)
    monies: dict[str, Money] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.axis = self.plan.axis
        self.hours = self.axis.step_hours
        self.price = self.tariff.import_price_per_kwh
        self.plans = {p.device: p for p in self.plan.devices}
        self.clashing = {clash.device for clash in self.plan.clashes}

    def run(self) -> list[str]:
        self._whole()
        for device in self.home.devices:
            if isinstance(device, ApplianceProgramme):
                continue
            self._turn_to(device)
            found = self.plans.get(device.id)
            if found is None:
                self._say(not isinstance(device, ElectricVehicle), f"{device.id} is missing")
                continue
            self._device(device, found)
        self._programmes()
        self._fuse()
        self._costs()
        return self.problems

    def _turn_to(self, device) -> None:
        """What follows is this device's: its money is counted on its own."""
        self.money = self.monies.setdefault(device.id, Money())

    # --- helpers

    def _say(self, wrong: bool, words: str) -> None:
        if wrong:
            self.problems.append(words)

    def _near(self, found, expected, words: str, tolerance: float = TIGHT) -> None:
        apart = np.max(np.abs(np.asarray(found, dtype=float) - expected), initial=0.0)
        scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
        self._say(bool(not apart <= tolerance * scale), f"{words}: off by {apart:.3g}")

    def _between(self, low, values, high, words: str) -> None:
        beyond = max(np.max(low - values, initial=0.0), np.max(values - high, initial=0.0))
        scale = max(1.0, float(np.max(np.abs(values), initial=0.0)))
        self._say(bool(not beyond <= SLACK * scale), f"{words}: beyond by {beyond:.3g}")

    def _values(self, source) -> np.ndarray:
        if isinstance(source, int | float):
            return np.full(self.axis.steps, float(source))
        return profile_on(self.axis, source, self.reader).values

    def _refill(self, per_kw: np.ndarray, power: np.ndarray, size: float, wear: float = 0.0) -> float:
        """Cost of a kWh of content, filled from empty where it is cheapest; ``per_kw`` kWh of content per kW and step."""
        price = self.price[self.axis.steps - len(per_kw) :]
        slots = sorted(
            ((p + wear) * self.hours / g, g * kw)
            for p, g, kw in zip(price, per_kw, power, strict=True)
            if g * kw > 0
        )
        left, paid = size, 0.0
        for cost, room in slots:
            paid += cost * min(room, left)
            left -= min(room, left)
        return max(0.0, paid / (size - left)) if size > left else 0.0

    def _leaky(self, start: float, retention: float, content: np.ndarray, inflow: np.ndarray) -> np.ndarray:
        """What each step's content holds beyond what came from the content before and the inflow."""
        before = np.concatenate(([start], content[:-1]))
        return content - retention * before - inflow

    # --- the whole home

    def _whole(self) -> None:
        plan = self.plan
        known = {device.id for device in self.home.devices}
        self._say(not set(self.plans) <= known, f"devices that the home has not: {set(self.plans) - known}")
        self._say(len(self.plans) != len(plan.devices), "a device is there twice")
        total = np.zeros(self.axis.steps)
        for device in plan.devices:
            self._say(not np.all(np.isfinite(device.power_kw)), f"{device.device}: power is not finite")
            total = total + device.power_kw
        self._near(plan.net_kw, total, "net load is not the sum of the devices")

    def _fuse(self) -> None:
        phases = self.home.connection.phases
        load = {phase: np.zeros(self.axis.steps) for phase in phases}
        for device in self.home.devices:
            on = device.phase if len(phases) > 1 and device.phase else phases
            for phase in on:
                power = self.plans[device.id].power_kw if device.id in self.plans else 0.0
                load[phase] = load[phase] + power / len(on)
        for phase, power in load.items():
            fuse = self.home.connection.fuse_kw
            if "fuse" not in self.clashing:
                self._between(-fuse, power, fuse, f"fuse of phase {phase}")

    def _costs(self) -> None:
        found, net = self.plan.costs, self.plan.net_kw
        bought = sum(p * max(kw, 0.0) for p, kw in zip(self.price, net, strict=True)) * self.hours
        sold = (
            sum(p * max(-kw, 0.0) for p, kw in zip(self.tariff.export_price_per_kwh, net, strict=True))
            * self.hours
        )
        days = self.axis.steps * self.hours / 24
        self._near(found.energy_bought, bought, "energy bought")
        self._near(found.energy_sold, sold, "energy sold")
        self._near(found.standing, self.tariff.standing_charge_per_day * days, "standing charge")
        self._near(found.capacity, self._capacity(), "capacity charge")
        total = Money()
        for device, money in self.monies.items():
            total += money
            plan = self.plans.get(device)
            own = Costs() if plan is None else plan.costs
            self._beside_the_bill(own, money, f"{device}: ")
            self._near(own.bill, 0.0, f"{device}: has a bill of its own")
        self._beside_the_bill(found, total, "")
        for part in ("wear", "fuel", "discomfort", "stored_value"):
            together = sum(getattr(device.costs, part) for device in self.plan.devices)
            self._near(getattr(found, part), together, f"{part} is not the sum of the devices", 1e-12)
        parts = bought - sold + found.standing + found.capacity + found.wear + found.discomfort + found.fuel
        self._near(found.cost, parts - found.stored_value, "cost")

    def _beside_the_bill(self, costs: Costs, money: Money, whose: str) -> None:
        self._near(costs.wear, money.wear, f"{whose}wear")
        beside = money.discomfort + money.waste / 2
        apart = TIGHT + money.waste / 2
        self._near(costs.discomfort + costs.fuel, beside, f"{whose}discomfort and fuel", apart)
        self._near(costs.stored_value, money.stored, f"{whose}value of what is stored")

    def _capacity(self) -> float:
        charge = self.tariff.capacity_charge
        if charge is None:
            return 0.0
        width = max(1, charge.billing_minutes // self.axis.step_minutes)
        means = [
            sum(max(kw, 0.0) for kw in self.plan.net_kw[k : k + width]) / width
            for k in range(0, self.axis.steps - width + 1, width)
        ]
        share_of_month = self.axis.steps * self.hours / HOURS_PER_MONTH
        return charge.price_per_kw_month * share_of_month * max(0.0, max(means) - charge.reached_kw)

    # --- devices

    def _device(self, device, plan: DevicePlan) -> None:
        if isinstance(device, FixedLoad):
            self._near(plan.power_kw, self._values(device.profile), f"{device.id}: its profile")
        elif isinstance(device, PvPlant | WindTurbine):
            self._generation(device, plan)
        elif isinstance(device, Battery):
            self._battery(device, plan)
        elif isinstance(device, ElectricVehicle):
            self._vehicle(device, plan)
        elif isinstance(device, HotWater):
            self._tank(device, device.store, np.ones(self.axis.steps), plan)
        elif isinstance(device, AirConditioning):
            self._house(device, device.store, self._values(device.energy_efficiency_ratio), plan, -1)
        elif isinstance(device, HeatPump):
            performance = self._values(device.coefficient_of_performance)
            if isinstance(device.store, Tank):
                self._tank(device, device.store, performance, plan)
            else:
                self._house(device, device.store, performance, plan, 1)
        elif isinstance(device, MicroChp):
            self._machine(device, plan)

    def _generation(self, device: PvPlant | WindTurbine, plan: DevicePlan) -> None:
        scale = device.peak_power_kwp if isinstance(device, PvPlant) else device.rated_power_kw
        available = np.maximum(self._values(device.profile), 0.0)
        if device.profile.unit in ("kW_per_kWp", "factor"):
            available = available * (scale or 1.0)
        if device.curtailable and device.control == "platform":
            self._between(-available, plan.power_kw, 0.0, f"{device.id}: generation within what there is")
        else:
            self._near(plan.power_kw, -available, f"{device.id}: all that there is")

    def _battery(self, device: Battery, plan: DevicePlan) -> None:
        name, content = device.id, plan.content
        into, out = np.maximum(plan.power_kw, 0.0), np.maximum(-plan.power_kw, 0.0)
        self._between(0.0, into, device.charge_power_kw, f"{name}: charging power")
        self._between(0.0, out, device.discharge_power_kw, f"{name}: discharging power")
        retention = (1 - device.standby_loss_per_hour) ** self.hours
        flow = self.hours * (into * device.charge_efficiency - out / device.discharge_efficiency)
        self._near(
            self._leaky(device.initial_energy_kwh, retention, content, flow), 0.0, f"{name}: energy balance"
        )
        idle = device.initial_energy_kwh * retention ** np.arange(1, self.axis.steps + 1)
        floor = device.minimum_energy_kwh
        if device.standby_loss_per_hour > 0:
            floor = np.minimum(floor, idle)  # its own losses may carry it below
        self._between(floor, content, device.capacity_kwh, f"{name}: content")
        if device.end_energy_minimum_kwh is not None and name not in self.clashing:
            self._between(device.end_energy_minimum_kwh, content[-1:], math.inf, f"{name}: energy at the end")
        self.money.wear += device.wear_cost_per_kwh * self.hours * float((into + out).sum())
        worth = device.end_value_per_kwh
        if worth is None:
            per_kw = np.full(self.axis.steps, device.charge_efficiency * self.hours)
            power = np.full(self.axis.steps, device.charge_power_kw)
            worth = self._refill(per_kw, power, device.capacity_kwh, device.wear_cost_per_kwh)
        self.money.stored += worth * float(content[-1] - device.initial_energy_kwh)

    def _days(self, device) -> list:
        return [day for day in self.axis.local_dates if WEEKDAYS[day.weekday()] in device.days]

    def _instant(self, day, clock: str) -> datetime:
        return local_instant(day, clock_minutes(clock), self.axis.zone)

    def _vehicle(self, device: ElectricVehicle, plan: DevicePlan) -> None:
        plugged_in = np.zeros(self.axis.steps, dtype=bool)
        for stay in device.stays:
            for day in self._days(stay):
                arrives, departs = self._instant(day, stay.arrives), self._instant(day, stay.departs)
                share = self.axis.overlap(arrives, departs)
                if share.any():
                    plugged_in |= share > 0
                    self._stay(device, stay, arrives, departs, share, plan)
        self._near(plan.power_kw[~plugged_in], 0.0, f"{device.id}: power while it is away")

    def _stay(self, device, stay, arrives, departs, share, plan: DevicePlan) -> None:
        name, at = device.id, np.flatnonzero(share > 0)
        power, content, share = plan.power_kw[at], plan.content[at], share[at]
        into, out = np.maximum(power, 0.0), np.maximum(-power, 0.0)
        self._between(0.0, into, device.charge_power_kw * share, f"{name}: charging power")
        self._between(0.0, out, device.discharge_power_kw * share, f"{name}: discharging power")
        begins_here, ends_here = arrives >= self.axis.start, departs <= self.axis.end
        start = stay.arrival_energy_kwh
        if not begins_here:
            start = max(start, stay.departure_energy_kwh)
        per_kw = device.charge_efficiency * self.hours
        flow = per_kw * into - self.hours * out / device.discharge_efficiency
        self._near(self._leaky(start, 1.0, content, flow), 0.0, f"{name}: energy balance")
        due = stay.departure_energy_kwh
        if not ends_here:
            seen = (self.axis.end - max(arrives, self.axis.start)) / (departs - max(arrives, self.axis.start))
            due = start + max(0.0, due - start) * seen
        full = start + per_kw * device.charge_power_kw * float(share.sum())
        self._say(due > full + SLACK and name not in self.clashing, f"{name}: too short a stay is not said")
        # Another clash of the same car says by how much it falls short.
        if name not in self.clashing:
            self._between(min(due, full), content[-1:], math.inf, f"{name}: energy at departure")
        wished = due if stay.wished_energy_kwh is None else stay.wished_energy_kwh
        wished = max(wished, stay.departure_energy_kwh)
        gives_back = device.discharge_power_kw > 0
        top = device.capacity_kwh if gives_back else max(wished, start)
        self._between(min(device.minimum_energy_kwh, start), content, top, f"{name}: content")
        if gives_back:
            self.money.wear += device.wear_cost_per_kwh * self.hours * float((into + out).sum())
        if ends_here:
            level, worth = wished, stay.wish_value_per_kwh
            whole_day = np.ones(self.axis.steps)
            if gives_back and start > min(due, full):
                # What it brought beyond its need must be refilled elsewhere if it is taken.
                refill = self._refill(
                    per_kw * whole_day, device.charge_power_kw * whole_day, device.capacity_kwh
                )
                level, worth = (start, refill) if refill > worth else (level, worth)
            self.money.discomfort += worth * max(0.0, level - float(content[-1]))
            return
        worth = device.end_value_per_kwh
        if worth is None:
            missing = stay.departure_energy_kwh - stay.arrival_energy_kwh
            worth = self._refill(np.full(len(at), per_kw), device.charge_power_kw * share, missing)
        self.money.stored += worth * float(content[-1] - start)

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

    # --- programmes (one day: a device has one run at most)

    def _programmes(self) -> None:
        programmes = [d for d in self.home.devices if isinstance(d, ApplianceProgramme)]
        starts: dict[str, tuple[int, ...]] = {}
        self.day_of_run: dict[str, date] = {}
        for device in programmes:
            plan = self.plans.get(device.id)
            starts[device.id] = self._starts(device, plan) if plan is not None else ()
        for device in programmes:
            self._turn_to(device)
            if device.after is None:
                self._days_of_runs(device, starts[device.id])
            else:
                self._order(device, starts)

    def _shape(self, device: ApplianceProgramme) -> np.ndarray:
        """Mean power of a run in each step, from its power in each minute."""
        minutes = np.repeat(device.power_kw, device.profile_step_minutes)
        missing = -len(minutes) % self.axis.step_minutes
        return np.append(minutes, np.zeros(missing)).reshape(-1, self.axis.step_minutes).mean(axis=1)

    def _starts(self, device: ApplianceProgramme, plan: DevicePlan) -> tuple[int, ...]:
        shape = self._shape(device)
        starts = plan.starts
        drawn = np.zeros(self.axis.steps)
        for start in starts:
            drawn[start : start + len(shape)] += shape
        self._near(plan.power_kw, drawn, f"{device.id}: its profile, unbroken, at its start")
        return starts

    def _days_of_runs(self, device: ApplianceProgramme, starts: tuple[int, ...]) -> None:
        """One run for each day whose preferred start lies on the axis; money for its delay, or for leaving it out."""
        name, minutes = device.id, self.axis.step_minutes
        left = list(starts)
        length = timedelta(minutes=device.duration_minutes)
        for day in self._days(device):
            wanted = self._instant(day, device.preferred_start or device.earliest_start)
            if not self.axis.start <= wanted < self.axis.end:
                continue
            begin, end = self._instant(day, device.earliest_start), self._instant(day, device.latest_end)
            moments = {k: self.axis.start + timedelta(minutes=minutes * k) for k in left}
            fits = [k for k in left if begin <= moments[k] and moments[k] + length <= end]
            if not fits and name not in self.clashing:
                # No step lies inside the window: the nearest one is as good as the step is long.
                near = timedelta(minutes=minutes)
                fits = [k for k in left if abs(moments[k] - begin) < near and end - begin < length + near]
            if not fits and name in self.clashing:
                fits = left[:1]
            if not fits:
                noted = any(note.startswith(f"{name}: its run of {day}") for note in self.plan.notes)
                self._say(device.worth is None and not noted, f"{name}: does not run on {day} in its window")
                self.money.discomfort += 0.0 if noted or device.worth is None else device.worth
                continue
            left.remove(fits[0])
            self.day_of_run[name] = day
            late = abs(moments[fits[0]] - wanted) / timedelta(hours=1)
            self.money.discomfort += device.delay_cost_per_hour * late
        self._say(bool(left), f"{name}: runs too often or outside its window ({left})")

    def _order(self, device: ApplianceProgramme, starts: dict[str, tuple[int, ...]]) -> None:
        name, first = device.id, next(d for d in self.home.devices if d.id == device.after)
        own, before = starts[name], starts[first.id]
        self._say(len(own) > len(before), f"{name}: runs although {first.id} does not")
        if name not in self.plans:
            return  # left to the next day, or its day has no run
        self._say(
            len(own) < len(before) and device.worth is None, f"{name}: does not run although {first.id} does"
        )
        if not own or not before:
            self.money.discomfort += 0.0 if own else device.worth or 0.0
            return
        over = before[0] + len(self._shape(first))
        self._say(own[0] < over, f"{name}: starts before {first.id} is over")
        if device.longest_wait_minutes is not None:
            wait = math.ceil(device.longest_wait_minutes / self.axis.step_minutes)
            self._say(own[0] > over + wait, f"{name}: waits too long after {first.id}")
        head = first
        while head.after is not None:
            head = next(d for d in self.home.devices if d.id == head.after)
        if head.id not in self.day_of_run:
            return  # the head's own problem has been said
        wanted = self._instant(self.day_of_run[head.id], device.preferred_start or device.earliest_start)
        started = self.axis.start + timedelta(minutes=self.axis.step_minutes * own[0])
        self.money.discomfort += device.delay_cost_per_hour * (abs(started - wanted) / timedelta(hours=1))


def _in_order(missing: np.ndarray, *sources: tuple[float, np.ndarray]) -> float:
    """Cost of what is missing in each step, each source (cost per kWh, room in kWh) used up before the next."""
    total = 0.0
    for cost, room in sources:
        used = np.minimum(missing, room)
        missing = missing - used
        total += cost * float(used.sum())
    return total


def problems_of(home: Home, tariff: TariffOnAxis, reader: object, plan: HomePlan) -> list[str]:
    """What is wrong with a plan, in words; empty for a sound one."""
    return Verifier(home, tariff, reader, plan).run()
