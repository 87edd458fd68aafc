"""A home's best cost where a kWh drawn and a kWh fed in have prices of their own: the oracle of the golden homes, whose integer
programme imports nothing of ``mas2tering.home``, for any home instead of golden ones."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from golden_home_optima import Oracle, Program, Terms

from mas2tering.domain import devices as words
from mas2tering.domain.community import Home
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.windows import WEEKDAYS


class PricedHome(Oracle):
    """Stored energy is worth what the home's own tariff says, whatever the meter's prices are."""

    def __init__(self, home: Home, tariff: TariffOnAxis, reader, buying: np.ndarray, selling: np.ndarray):
        self.home, self.axis, self.hours = home, tariff.axis, tariff.axis.step_hours
        self.steps, self.reader, self.prices = range(self.axis.steps), reader, tariff
        self.program = Program()
        self.phases = len(home.connection.phases)
        self.load: list[list[Terms]] = [[{} for _ in self.steps] for _ in range(self.phases)]
        self.fixed = np.zeros((self.phases, self.axis.steps))
        for device in home.devices:
            if not isinstance(device, words.ApplianceProgramme):
                self.add(device)
        self.add_runs([d for d in home.devices if isinstance(d, words.ApplianceProgramme)])
        # A fuse that nothing can blow would make for a poor programme, since the meter's direction is priced by its size.
        fuse = min(home.connection.fuse_kw, self.most_kw() + 1.0)
        self.home = home.model_copy(
            update={"connection": home.connection.model_copy(update={"fuse_kw": fuse})}
        )
        self.prices = replace(tariff, import_price_per_kwh=buying, export_price_per_kwh=selling)
        self.meter()

    def most_kw(self) -> float:
        """No load of the home is beyond this, in either direction."""
        high = self.program.high
        return max(
            sum(abs(kw) * high[column] for load in self.load for column, kw in load[t].items())
            + float(np.abs(self.fixed[:, t]).sum())
            for t in self.steps
        )

    def add_generation(self, device) -> None:
        rating = device.peak_power_kwp if isinstance(device, words.PvPlant) else device.rated_power_kw
        scale = rating if device.profile.unit in ("kW_per_kWp", "factor") else 1.0
        available = np.maximum(self.values(device.profile), 0.0) * scale
        if not device.curtailable:
            self.add_fixed(device, -available)
            return
        for t in self.steps:
            self.put(device, t, self.program.column(float(available[t])), -1.0)

    def add_battery(self, b) -> None:
        """As for golden homes; but losses may carry it below its minimum, and an end out of reach is missed by the least."""
        n, p = len(self.steps), self.program
        charge, discharge = self.two_ways(
            b, self.steps, [b.charge_power_kw] * n, [b.discharge_power_kw] * n, b.wear_cost_per_kwh
        )
        into, out = b.charge_efficiency * self.hours, self.hours / b.discharge_efficiency
        retention = (1 - b.standby_loss_per_hour) ** self.hours
        left = [b.initial_energy_kwh * retention ** (t + 1) for t in self.steps]
        low = [min(b.minimum_energy_kwh, x) if retention < 1 else b.minimum_energy_kwh for x in left]
        full = b.initial_energy_kwh
        for _ in self.steps:
            full = retention * full + into * b.charge_power_kw
        low[-1] = max(low[-1], min(b.end_energy_minimum_kwh or 0.0, full))
        flows = [{charge[t]: into, discharge[t]: -out} for t in self.steps]
        columns = self.levels(
            self.steps, retention, b.initial_energy_kwh, flows, np.zeros(n), low, [b.capacity_kwh] * n
        )
        worth = b.end_value_per_kwh
        if worth is None:
            worth = self.refill_price(
                np.full(n, into), np.full(n, b.charge_power_kw), b.capacity_kwh, b.wear_cost_per_kwh
            )
        p.cost[columns[-1]] -= worth
        p.offset += worth * b.initial_energy_kwh

    def add_car(self, car) -> None:
        for stay in car.stays:
            for day in self.axis.local_dates:
                if WEEKDAYS[day.weekday()] in stay.days:
                    arrives, departs = self.instant(day, stay.arrives), self.instant(day, stay.departs)
                    if self.axis.overlap(arrives, departs).max() > 1e-9:
                        self.add_stay(car, stay, arrives, departs)

    def add_stay(self, car, stay, arrives: datetime, departs: datetime) -> None:
        """A stay, which may have begun before the axis (with what the car must leave with) or end after it."""
        p, inside = self.program, self.axis.overlap(arrives, departs)
        steps = [t for t in self.steps if inside[t] > 1e-9]
        gives_back = car.discharge_power_kw > 0
        charge_kw = {t: car.charge_power_kw * inside[t] for t in steps}
        charge, discharge = self.two_ways(
            car,
            steps,
            charge_kw,
            {t: car.discharge_power_kw * inside[t] for t in steps},
            car.wear_cost_per_kwh if gives_back else 0.0,
        )
        into, out = car.charge_efficiency * self.hours, self.hours / car.discharge_efficiency
        start = stay.arrival_energy_kwh
        if arrives < self.axis.start:
            start = max(start, stay.departure_energy_kwh)
        ends, due = departs <= self.axis.end, stay.departure_energy_kwh
        if not ends:
            begun = max(arrives, self.axis.start)
            due = start + max(0.0, due - start) * ((self.axis.end - begun) / (departs - begun))
        due = min(due, start + into * sum(charge_kw.values()))
        wished = max(stay.departure_energy_kwh, stay.wished_energy_kwh or 0.0) if ends else due
        low = [min(car.minimum_energy_kwh, start)] * len(steps)
        low[-1] = max(low[-1], due)
        wish = max(stay.departure_energy_kwh, stay.wished_energy_kwh or 0.0)
        top = car.capacity_kwh if gives_back else max(wish, start, due)
        flows = [{charge[t]: into, **({discharge[t]: -out} if t in discharge else {})} for t in steps]
        columns = self.levels(steps, 1.0, start, flows, np.zeros(len(steps)), low, [top] * len(steps))
        if ends:
            level, worth = wished, stay.wish_value_per_kwh
            if gives_back and start > due:
                n = len(self.steps)
                refill = self.refill_price(
                    np.full(n, into), np.full(n, car.charge_power_kw), car.capacity_kwh, 0.0
                )
                level, worth = (start, refill) if refill > worth else (level, worth)
            short = p.column(cost=worth)
            p.row(level, {short: 1.0, columns[-1]: 1.0})
            return
        worth = car.end_value_per_kwh
        if worth is None:
            limit = np.array([charge_kw[t] for t in steps])
            missing = stay.departure_energy_kwh - stay.arrival_energy_kwh
            worth = self.refill_price(np.full(len(steps), into), limit, missing, 0.0)
        p.cost[columns[-1]] -= worth
        p.offset += worth * start

    # --- programmes: each run of each day, those that follow one another in order

    def add_runs(self, programmes) -> None:
        follower = {d.after: d for d in programmes if d.after is not None}
        for head in (d for d in programmes if d.after is None):
            for day in self.axis.local_dates:
                wanted = self.instant(day, head.preferred_start or head.earliest_start)
                if WEEKDAYS[day.weekday()] in head.days and self.axis.start <= wanted < self.axis.end:
                    self.add_chain(head, follower, day)

    def add_chain(self, head, follower, day) -> None:
        p, before, device = self.program, None, head
        while device is not None:
            if WEEKDAYS[day.weekday()] not in device.days:
                return
            profile = self.shape(device)
            costs = self.starts_of(device, day, profile, before)
            if not costs:
                return  # left to the next day
            choices = {t: p.column(1.0, whole=True, cost=cost) for t, cost in costs.items()}
            for t, column in choices.items():
                for k, kw in enumerate(profile):
                    self.put(device, t + k, column, float(kw))
            skip = p.column(0.0 if device.worth is None else 1.0, cost=device.worth or 0.0)
            p.row(1.0, dict.fromkeys([*choices.values(), skip], 1.0), 1.0)
            if before is not None:
                self.follow(device, choices, skip, before)
            before, device = (choices, len(profile), skip), follower.get(device.id)

    def follow(self, device, choices, skip: int, before) -> None:
        """After the one before, and only if that runs; what must run makes all before it run."""
        p, (first, length, first_skip) = self.program, before
        p.row(0.0, {skip: 1.0, first_skip: -1.0})
        gap = {c: float(t) for t, c in choices.items()}
        gap |= {c: -float(t) for t, c in first.items()}
        p.row(float(length), {**gap, skip: float(len(self.steps) + length)})
        if device.longest_wait_minutes is not None:
            wait = math.ceil(device.longest_wait_minutes / self.axis.step_minutes)
            p.row(-math.inf, gap, float(length + wait))

    def shape(self, d) -> np.ndarray:
        """Mean power of a run in each step, from its power in each minute."""
        minutes = self.axis.step_minutes
        by_minute = np.repeat(np.array(d.power_kw, dtype=float), d.profile_step_minutes)
        return np.append(by_minute, np.zeros(-len(by_minute) % minutes)).reshape(-1, minutes).mean(axis=1)

    def starts_of(self, d, day, profile: np.ndarray, before) -> dict[int, float]:
        """Steps at which a run may start, with the cost of waiting."""
        minutes, length = self.axis.step_minutes, timedelta(minutes=d.duration_minutes)
        wanted = self.instant(day, d.preferred_start or d.earliest_start)
        begin, end = self.instant(day, d.earliest_start), self.instant(day, d.latest_end)
        moments = {t: self.axis.start + timedelta(minutes=minutes * t) for t in self.steps}
        starts = [t for t, moment in moments.items() if begin <= moment and moment + length <= end]
        if not starts:
            # No step lies inside its window: the nearest one, or where that is too short, its first.
            at = (begin - self.axis.start) / timedelta(minutes=minutes)
            near = math.ceil(at) if length > end - begin else math.floor(at)
            starts = [max(0, min(near, len(self.steps) - len(profile)))]
        if before is not None:
            first, span, _ = before
            soonest, latest = min(first) + span, math.inf
            if d.longest_wait_minutes is not None:
                latest = max(first) + span + math.ceil(d.longest_wait_minutes / minutes)
            starts = [t for t in starts if soonest <= t <= latest] or [soonest]
        return {
            t: d.delay_cost_per_hour * (abs(moments[t] - wanted) / timedelta(hours=1))
            for t in starts
            if t in moments and t + len(profile) <= len(self.steps)
        }


def best_cost(
    home: Home, tariff: TariffOnAxis, reader, buying: np.ndarray, selling: np.ndarray, gap: float = 1e-6
) -> tuple[float, float]:
    """Cost of a home's best plan at prices (steps,) for drawing and feeding in, and the bound proven below it."""
    return PricedHome(home, tariff, reader, buying, selling).program.solve(gap)
