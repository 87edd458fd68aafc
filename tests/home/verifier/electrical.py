"""Generation, batteries and vehicles."""

import math

import numpy as np

from mas2tering.domain.devices import (
    Battery,
    ElectricVehicle,
    PvPlant,
    WindTurbine,
)
from mas2tering.domain.plans import DevicePlan
from verifier.inspection import SLACK, Inspection


class Electrical(Inspection):
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
