"""The home as a whole: what stands in the plan, the fuse, the bill and the sum of costs."""

import numpy as np

from mas2tering.domain.plans import Costs
from verifier.inspection import HOURS_PER_MONTH, TIGHT, Inspection, Money


class WholeHome(Inspection):
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
