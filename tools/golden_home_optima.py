"""The golden homes' optima, from one mixed-integer programme a home: an oracle apart from the planner.

Writes ``tests/golden/homes/NAME/expected.json`` for every folder (or those named), from ``case.json`` beside it, which holds a home
and its tariff in the words of the community file. The programme below is written from these words and from
docs/decisions/0006 alone: nothing of ``mas2tering.home`` is imported, only what reads words, clocks and prices. HiGHS proves the
optimum to a relative gap of 1e-7.

    python tools/golden_home_optima.py [NAME …]
"""

import json
import math
import sys
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import highspy
import numpy as np

from mas2tering.domain import devices as words
from mas2tering.domain.community import Home
from mas2tering.domain.profiles import SeriesTable, profile_on
from mas2tering.domain.tariffs import Tariff, tariff_on
from mas2tering.domain.time_axis import TimeAxis, clock_minutes, local_instant
from mas2tering.domain.windows import WEEKDAYS, ClockWindow, covered

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "golden" / "homes"
GAP = 1e-7
HOURS_PER_MONTH = 365.25 / 12 * 24
Terms = dict[int, float]
"""A linear expression: coefficient by column."""


@dataclass
class Program:
    """Columns and rows of a mixed-integer programme, gathered one by one."""

    cost: list[float] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[tuple[float, Terms, float]] = field(default_factory=list)
    offset: float = 0.0

    def column(
        self, high: float = math.inf, *, low: float = 0.0, cost: float = 0.0, whole: bool = False
    ) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, low: float, terms: Terms, high: float = math.inf) -> None:
        self.rows.append((low, terms, high))

    def solve(self, gap: float = GAP) -> tuple[float, float]:
        """Cost of the best plan found, which is the optimum to a relative ``gap``, and the bound that is proven."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("mip_abs_gap", gap / 10)
        solver.setOptionValue("threads", 1)
        solver.setOptionValue("time_limit", 900.0)
        for cost, low, high, whole in zip(self.cost, self.low, self.high, self.whole, strict=True):
            solver.addCol(cost, low, high, 0, [], [])
            if whole:
                solver.changeColIntegrality(solver.getNumCol() - 1, highspy.HighsVarType.kInteger)
        for low, terms, high in self.rows:
            solver.addRow(low, high, len(terms), list(terms), list(terms.values()))
        solver.run()
        info = solver.getInfo()
        bound = info.mip_dual_bound if any(self.whole) else info.objective_function_value
        return info.objective_function_value + self.offset, bound + self.offset


class Oracle:
    """One home, one day: ``load[phase][step]`` are linear expressions of power at the meter, in kW."""

    def __init__(self, home: Home, tariff: Tariff, axis: TimeAxis) -> None:
        self.home, self.axis, self.hours = home, axis, axis.step_hours
        self.steps = range(axis.steps)
        self.reader = SeriesTable({})
        self.prices = tariff_on(axis, tariff, self.reader)
        self.program = Program()
        self.phases = len(home.connection.phases)
        self.load: list[list[Terms]] = [[{} for _ in self.steps] for _ in range(self.phases)]
        self.fixed = np.zeros((self.phases, axis.steps))
        self.starts: dict[str, tuple[dict[int, int], int]] = {}
        for device in home.devices:
            self.add(device)
        self.order()
        self.meter()

    def values(self, source) -> np.ndarray:
        return profile_on(self.axis, source, self.reader).values

    def put(self, device, step: int, column: int, kw: float) -> None:
        """A device's power at a step: on its phase, or in equal parts on all."""
        for phase, share in self.shares(device):
            terms = self.load[phase][step]
            terms[column] = terms.get(column, 0.0) + kw * share

    def shares(self, device) -> list[tuple[int, float]]:
        if self.phases > 1 and device.phase is not None:
            return [("ABC".index(device.phase), 1.0)]
        return [(phase, 1.0 / self.phases) for phase in range(self.phases)]

    def add(self, device) -> None:
        match device:
            case words.FixedLoad():
                self.add_fixed(device, self.values(device.profile))
            case words.PvPlant() | words.WindTurbine():
                self.add_generation(device)
            case words.Battery():
                self.add_battery(device)
            case words.ElectricVehicle():
                self.add_car(device)
            case words.HeatPump() | words.HotWater() | words.AirConditioning():
                tank = isinstance(device.store, words.Tank)
                self.add_tank(device) if tank else self.add_house(device)
            case words.MicroChp():
                self.add_machine(device)
            case words.ApplianceProgramme():
                self.add_programme(device)

    def add_fixed(self, device, kw: np.ndarray) -> None:
        for phase, share in self.shares(device):
            self.fixed[phase] += kw * share

    def add_generation(self, device) -> None:
        rating = device.peak_power_kwp if isinstance(device, words.PvPlant) else device.rated_power_kw
        scale = rating if device.profile.unit in ("kW_per_kWp", "factor") else 1.0
        available = self.values(device.profile) * scale
        if not device.curtailable:
            self.add_fixed(device, -available)
            return
        for t in self.steps:
            self.put(device, t, self.program.column(float(available[t])), -1.0)

    # --- stores: content at the end of each step follows from the one before

    def two_ways(
        self, device, steps, charge_kw, discharge_kw, wear: float
    ) -> tuple[dict[int, int], dict[int, int]]:
        """Charging and discharging of which one at most is above zero in a step."""
        p, charge, discharge = self.program, {}, {}
        for t in steps:
            charge[t] = p.column(charge_kw[t], cost=wear * self.hours)
            self.put(device, t, charge[t], 1.0)
            if discharge_kw[t] > 0:
                discharge[t] = p.column(discharge_kw[t], cost=wear * self.hours)
                self.put(device, t, discharge[t], -1.0)
                either = p.column(1.0, whole=True)
                p.row(-math.inf, {charge[t]: 1.0, either: -charge_kw[t]}, 0.0)
                p.row(-math.inf, {discharge[t]: 1.0, either: discharge_kw[t]}, discharge_kw[t])
        return charge, discharge

    def refill_price(self, per_kw: np.ndarray, limit_kw: np.ndarray, size: float, wear: float) -> float:
        """What a unit of content costs on average where ``size`` is filled in the cheapest of the last steps (decision 6)."""
        price = self.prices.import_price_per_kwh[len(self.steps) - len(per_kw) :]
        offers = sorted(
            ((price[k] + wear) * self.hours / per_kw[k], per_kw[k] * limit_kw[k])
            for k in range(len(per_kw))
            if per_kw[k] > 0 and limit_kw[k] > 0
        )
        paid, left = 0.0, size
        for cost, room in offers:
            paid += cost * min(room, left)
            left -= min(room, left)
        return max(0.0, paid / (size - left)) if size > left else 0.0

    def levels(
        self, steps, retention: float, initial: float, flows: list[Terms], drains, low, high
    ) -> list[int]:
        """Columns of content, chained: content = retention * content before + flows - drains."""
        p, columns = self.program, []
        for k, _ in enumerate(steps):
            column = p.column(high[k], low=low[k])
            terms = {column: 1.0, **{c: -v for c, v in flows[k].items()}}
            known = -drains[k]
            if columns:
                terms[columns[-1]] = -retention
            else:
                known += retention * initial
            p.row(known, terms, known)
            columns.append(column)
        return columns

    def add_battery(self, b) -> None:
        n, p = len(self.steps), self.program
        charge, discharge = self.two_ways(
            b, self.steps, [b.charge_power_kw] * n, [b.discharge_power_kw] * n, b.wear_cost_per_kwh
        )
        into, out = b.charge_efficiency * self.hours, self.hours / b.discharge_efficiency
        low = [b.minimum_energy_kwh] * n
        low[-1] = max(low[-1], b.end_energy_minimum_kwh or 0.0)
        retention = (1 - b.standby_loss_per_hour) ** self.hours
        flows = [{charge[t]: into, discharge[t]: -out} for t in self.steps]
        columns = self.levels(
            self.steps, retention, b.initial_energy_kwh, flows, np.zeros(n), low, [b.capacity_kwh] * n
        )
        worth = b.end_value_per_kwh
        if worth is None:
            full = np.full(n, 1.0)
            worth = self.refill_price(
                into * full, b.charge_power_kw * full, b.capacity_kwh, b.wear_cost_per_kwh
            )
        p.cost[columns[-1]] -= worth
        p.offset += worth * b.initial_energy_kwh

    def add_car(self, car) -> None:
        """The stays that begin on the axis; golden homes have no other ones."""
        days = [self.axis.local_dates[0] + timedelta(days=k) for k in range(3)]
        for stay in car.stays:
            for day in days:
                if WEEKDAYS[day.weekday()] not in stay.days:
                    continue
                arrives, departs = self.instant(day, stay.arrives), self.instant(day, stay.departs)
                if self.axis.start <= arrives < self.axis.end:
                    self.add_stay(car, stay, arrives, departs)

    def add_stay(self, car, stay, arrives: datetime, departs: datetime) -> None:
        p = self.program
        inside = self.axis.overlap(arrives, departs)
        steps = [t for t in self.steps if inside[t] > 1e-9]
        wear = car.wear_cost_per_kwh if car.discharge_power_kw > 0 else 0.0
        charge_kw = {t: car.charge_power_kw * inside[t] for t in steps}
        charge, discharge = self.two_ways(
            car, steps, charge_kw, {t: car.discharge_power_kw * inside[t] for t in steps}, wear
        )
        into, out = car.charge_efficiency * self.hours, self.hours / car.discharge_efficiency
        arrival, need = stay.arrival_energy_kwh, stay.departure_energy_kwh
        wished = stay.wished_energy_kwh or need
        ends = departs <= self.axis.end
        # Of a stay that goes on beyond the day, the part that is seen must have its share of the energy.
        due = need if ends else arrival + (need - arrival) * ((self.axis.end - arrives) / (departs - arrives))
        assert arrival < due, "a car that comes with more than it needs is no golden home"
        low = [min(car.minimum_energy_kwh, arrival)] * len(steps)
        low[-1] = max(low[-1], due)
        top = car.capacity_kwh if car.discharge_power_kw > 0 else max(wished, due)
        flows = [{charge[t]: into, **({discharge[t]: -out} if t in discharge else {})} for t in steps]
        columns = self.levels(steps, 1.0, arrival, flows, np.zeros(len(steps)), low, [top] * len(steps))
        if ends:
            short = p.column(cost=stay.wish_value_per_kwh)
            p.row(wished, {short: 1.0, columns[-1]: 1.0})
            return
        worth = car.end_value_per_kwh
        if worth is None:
            limit = np.array([charge_kw[t] for t in steps])
            worth = self.refill_price(np.full(len(steps), into), limit, need - arrival, 0.0)
        p.cost[columns[-1]] -= worth
        p.offset += worth * arrival

    def add_tank(self, device) -> None:
        tank, p, n = device.store, self.program, len(self.steps)
        ratio = (
            np.ones(n)
            if isinstance(device, words.HotWater)
            else self.performance(device.coefficient_of_performance)
        )
        demand = self.values(tank.demand) * self.hours
        flows = []
        for t in self.steps:
            power = p.column(device.electrical_power_kw)
            self.put(device, t, power, 1.0)
            unserved = p.column(float(demand[t]), cost=tank.unserved_heat_cost_per_kwh)
            flows.append({power: float(ratio[t]) * self.hours, unserved: 1.0})
        retention = (1 - tank.loss_per_hour) ** self.hours
        columns = self.levels(
            self.steps, retention, tank.initial_kwh, flows, demand, [0.0] * n, [tank.capacity_kwh] * n
        )
        if tank.minimum_kwh > 0:
            for column in columns:
                short = p.column(cost=tank.unserved_heat_cost_per_kwh * self.hours)
                p.row(tank.minimum_kwh, {column: 1.0, short: 1.0})
        worth = tank.end_value_per_kwh
        if worth is None:
            worth = self.refill_price(
                ratio * self.hours, np.full(n, device.electrical_power_kw), tank.capacity_kwh, 0.0
            )
        p.cost[columns[-1]] -= worth
        p.offset += worth * tank.initial_kwh

    def performance(self, source) -> np.ndarray:
        return (
            np.full(len(self.steps), float(source))
            if isinstance(source, int | float)
            else self.values(source)
        )

    def add_house(self, device) -> None:
        """Temperatures: T' = a T + (1 - a) (outdoors + (heat + gains) / loss), a = exp(-loss * hours / capacity)."""
        house, p, n = device.store, self.program, len(self.steps)
        cools = isinstance(device, words.AirConditioning)
        ratio = self.performance(
            device.energy_efficiency_ratio if cools else device.coefficient_of_performance
        )
        capacity, loss = house.heat_capacity_kwh_per_k, house.heat_loss_kw_per_k
        keeps = math.exp(-loss * self.hours / capacity)
        sign = -1.0 if cools else 1.0
        gains = np.zeros(n) if house.gains is None else self.values(house.gains)
        drift = (1 - keeps) * (self.values(house.outdoor_temperature) + gains / loss)
        flows = []
        for t in self.steps:
            power = p.column(device.electrical_power_kw)
            self.put(device, t, power, 1.0)
            flows.append({power: sign * (1 - keeps) * float(ratio[t]) / loss})
        columns = self.levels(
            self.steps, keeps, house.initial_temperature_c, flows, -drift, [-100.0] * n, [200.0] * n
        )
        lowest, highest = np.full(n, house.lowest_c), np.full(n, house.highest_c)
        for band in house.comfort:
            holds = covered((ClockWindow(begin=band.begin, end=band.end),), self.axis) > 0.5
            lowest[holds], highest[holds] = band.lowest_c, band.highest_c
        price = house.discomfort_cost_per_kelvin_hour * self.hours
        for t, column in enumerate(columns):
            p.row(lowest[t], {column: 1.0, p.column(cost=price): 1.0})
            p.row(-math.inf, {column: 1.0, p.column(cost=price): -1.0}, highest[t])
        worth = house.end_value_per_kwh
        if worth is None:
            per_kw = ratio * (1 - keeps) * capacity / loss
            limit = np.full(n, device.electrical_power_kw)
            worth = self.refill_price(per_kw, limit, capacity * float((highest - lowest).max()), 0.0)
        p.cost[columns[-1]] -= worth * sign * capacity
        p.offset += worth * sign * capacity * house.initial_temperature_c

    def add_machine(self, m) -> None:
        p, tank, n = self.program, m.store, len(self.steps)
        full = (m.electrical_power_kw, m.heat_power_kw, m.fuel_power_kw)
        least = (m.minimum_electrical_power_kw, m.minimum_heat_power_kw, m.minimum_fuel_power_kw)
        least = full if least[0] is None else least
        demand, hours = self.values(tank.demand) * self.hours, self.hours
        burnt = 0.0 if m.boiler is None else m.fuel_price_per_kwh / m.boiler.efficiency
        on = [p.column(1.0, whole=True, cost=least[2] * m.fuel_price_per_kwh * hours) for _ in self.steps]
        starts, flows = [], []
        for t in self.steps:
            more = p.column(1.0, cost=(full[2] - least[2]) * m.fuel_price_per_kwh * hours)
            p.row(-math.inf, {more: 1.0, on[t]: -1.0}, 0.0)
            self.put(m, t, on[t], -least[0])
            self.put(m, t, more, least[0] - full[0])
            boiler = p.column(0.0 if m.boiler is None else m.boiler.heat_power_kw, cost=burnt * hours)
            unserved = p.column(float(demand[t]), cost=tank.unserved_heat_cost_per_kwh)
            let_off = p.column()  # heat that nobody wants leaves through the cooler
            heat = {on[t]: least[1] * hours, more: (full[1] - least[1]) * hours, boiler: hours}
            flows.append({**heat, unserved: 1.0, let_off: -1.0})
            starts.append((p.column(1.0, whole=True, cost=m.start_cost), p.column(1.0, whole=True)))
            change = {on[t]: 1.0, starts[t][0]: -1.0, starts[t][1]: 1.0}
            if t:
                change[on[t - 1]] = -1.0
            before = float(m.initially_on) if t == 0 else 0.0
            p.row(before, change, before)
        ups = math.ceil(m.minimum_up_minutes / self.axis.step_minutes)
        downs = math.ceil(m.minimum_down_minutes / self.axis.step_minutes)
        for t in self.steps:
            p.row(
                -math.inf,
                {on[t]: -1.0, **{starts[k][0]: 1.0 for k in range(max(0, t - ups + 1), t + 1)}},
                0.0,
            )
            p.row(
                -math.inf,
                {on[t]: 1.0, **{starts[k][1]: 1.0 for k in range(max(0, t - downs + 1), t + 1)}},
                1.0,
            )
        retention = (1 - tank.loss_per_hour) ** hours
        columns = self.levels(
            self.steps, retention, tank.initial_kwh, flows, demand, [0.0] * n, [tank.capacity_kwh] * n
        )
        worth = tank.end_value_per_kwh
        if worth is None:
            worth = m.fuel_price_per_kwh * m.fuel_power_kw / m.heat_power_kw if m.boiler is None else burnt
        p.cost[columns[-1]] -= worth
        p.offset += worth * tank.initial_kwh

    # --- programmes

    def instant(self, day: date, clock: str) -> datetime:
        return local_instant(day, clock_minutes(clock), self.axis.zone)

    def add_programme(self, d) -> None:
        """The run of the day whose preferred start lies on the axis; golden homes have one for each device."""
        p, minutes = self.program, self.axis.step_minutes
        by_minute = np.repeat(d.power_kw, d.profile_step_minutes)
        by_minute = np.append(by_minute, np.zeros(-len(by_minute) % minutes))
        profile = by_minute.reshape(-1, minutes).mean(axis=1)
        length = timedelta(minutes=d.duration_minutes)
        choices: dict[int, int] = {}
        for day in self.axis.local_dates:
            wanted = self.instant(day, d.preferred_start or d.earliest_start)
            if WEEKDAYS[day.weekday()] not in d.days or not self.axis.start <= wanted < self.axis.end:
                continue
            begin, end = self.instant(day, d.earliest_start), self.instant(day, d.latest_end)
            for t in self.steps:
                moment = self.axis.start + timedelta(minutes=minutes * t)
                if begin <= moment and moment + length <= end and t + len(profile) <= len(self.steps):
                    late = abs(moment - wanted) / timedelta(hours=1)
                    choices[t] = p.column(1.0, whole=True, cost=d.delay_cost_per_hour * late)
                    for k, kw in enumerate(profile):
                        self.put(d, t + k, choices[t], float(kw))
        assert choices, f"{d.id} has no run"
        left_out = {} if d.worth is None else {p.column(1.0, cost=d.worth): 1.0}
        p.row(1.0, dict.fromkeys(choices.values(), 1.0) | left_out, 1.0)
        self.starts[d.id] = (choices, len(profile))

    def order(self) -> None:
        """What comes after another programme; golden homes leave out no run of a chain."""
        for d in self.home.devices:
            if not isinstance(d, words.ApplianceProgramme) or d.after is None:
                continue
            (own, _), (first, length) = self.starts[d.id], self.starts[d.after]
            gap = {column: float(t) for t, column in own.items()}
            gap |= {column: -float(t) for t, column in first.items()}
            wait = math.inf
            if d.longest_wait_minutes is not None:
                wait = math.ceil(d.longest_wait_minutes / self.axis.step_minutes)
            self.program.row(float(length), gap, length + wait)

    # --- the meter

    def meter(self) -> None:
        p, prices, fuse = self.program, self.prices, self.home.connection.fuse_kw
        bought, sold = prices.import_price_per_kwh, prices.export_price_per_kwh
        imports = []
        for t in self.steps:
            total: Terms = {}
            for phase in range(self.phases):
                terms, known = self.load[phase][t], float(self.fixed[phase][t])
                p.row(-fuse - known, terms, fuse - known)
                for column, kw in terms.items():
                    total[column] = total.get(column, 0.0) + kw
            most = fuse * self.phases
            into = p.column(most, cost=float(bought[t]) * self.hours)
            out = p.column(most, cost=-float(sold[t]) * self.hours)
            known = float(self.fixed[:, t].sum())
            p.row(known, {into: 1.0, out: -1.0, **{c: -kw for c, kw in total.items()}}, known)
            if sold[t] > bought[t]:
                direction = p.column(1.0, whole=True)
                p.row(-math.inf, {into: 1.0, direction: -most}, 0.0)
                p.row(-math.inf, {out: 1.0, direction: most}, most)
            imports.append(into)
        days = len(self.steps) * self.hours / 24
        p.offset += prices.standing_charge_per_day * days
        charge = prices.capacity_charge
        if charge is None:
            return
        width = max(1, charge.billing_minutes // self.axis.step_minutes)
        peak = p.column(cost=charge.price_per_kw_month * days * 24 / HOURS_PER_MONTH)
        for first in range(0, len(imports) - width + 1, width):
            p.row(
                -charge.reached_kw, {peak: 1.0, **dict.fromkeys(imports[first : first + width], -1.0 / width)}
            )


def optimum_of(case: dict) -> tuple[float, float]:
    """Cost of the best plan of a case, and the proven bound below every plan."""
    home, tariff = Home.model_validate(case["home"]), Tariff.model_validate(case["tariff"])
    axis = TimeAxis.of_days(
        date.fromisoformat(case["day"]),
        case["time_zone"],
        case["step_minutes"],
        day_starts_at=case["day_starts_at"],
    )
    return Oracle(home, tariff, axis).program.solve()


def main(names: list[str]) -> None:
    """Write what is expected of the named cases, or of all."""
    for folder in sorted(path for path in FOLDER.iterdir() if path.is_dir()):
        if names and folder.name not in names:
            continue
        cost, bound = optimum_of(json.loads((folder / "case.json").read_text(encoding="utf-8")))
        expected = {
            "cost": round(cost, 7),
            "bound": round(bound, 7),
            "made_by": f"tools/golden_home_optima.py, HiGHS {highspy.Highs().version()}, relative gap {GAP:g}",
        }
        (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
        print(f"{folder.name:32} {cost:10.5f} {bound:10.5f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
