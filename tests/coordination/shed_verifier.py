"""A second opinion on proofs of regime orange, from homes in the words of the community file, rows and prices alone: an integer
programme for each home. Nothing of ``community``, ``coordination`` or ``home`` is used."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from priced_home import PricedHome

from mas2tering.domain import devices as words
from mas2tering.domain.community import Home
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import TariffOnAxis


class FreeHome(PricedHome):
    """A home to which nothing costs anything but what limits add to its kWh (steps,) and, with ``counted``, what it does without: that
    for each kWh at the meter. Without it (None) it does without nothing."""

    def __init__(self, home: Home, tariff: TariffOnAxis, reader, added: np.ndarray, counted: float | None):
        self.counted = counted
        self.without: dict[int, float] = {}
        self.waits: float | None = None
        free = replace(tariff, capacity_charge=None, standing_charge_per_day=0.0)
        super().__init__(home, free, reader, added, added)

    def meter(self) -> None:
        program = self.program
        program.cost = [0.0] * len(program.cost)
        for column, kwh in self.without.items():
            program.cost[column] = (self.counted or 0.0) * kwh
        program.offset = 0.0
        super().meter()

    # --- a car or a battery may miss what is due in the end

    def add_battery(self, b) -> None:
        self.waits = b.charge_efficiency
        super().add_battery(b)
        self.waits = None

    def add_stay(self, car, stay, arrives, departs) -> None:
        self.waits = car.charge_efficiency
        super().add_stay(car, stay, arrives, departs)
        self.waits = None

    def levels(self, steps, retention, initial, flows, drains, low, high):
        due = low[-1]
        least = min(low[-2] if len(low) > 1 else initial, due)
        if self.waits is None or self.counted is None or initial >= due or least >= due:
            return super().levels(steps, retention, initial, flows, drains, low, high)
        columns = super().levels(steps, retention, initial, flows, drains, [*low[:-1], least], high)
        short = self.program.column()
        self.program.row(due, {short: 1.0, columns[-1]: 1.0})
        self.without[short] = 1.0 / self.waits
        return columns

    # --- runs may be left out

    def add_chain(self, head, follower, day) -> None:
        program, begin = self.program, len(self.program.cost)
        super().add_chain(head, follower, day)
        if self.counted is None:
            return
        must, device = [], head
        while device is not None:
            if device.worth is None:
                must.append(device)
            device = follower.get(device.id)
        skips = [k for k in range(begin, len(program.cost)) if program.high[k] == 0.0]
        for column, device in zip(skips, must, strict=False):
            program.high[column] = 1.0
            self.without[column] = float(self.shape(device).sum()) * self.hours

    # --- heat and cold: demand that is not served, content outside its band for as long as it is missed

    def add_tank(self, device) -> None:
        program, begin, tank = self.program, len(self.program.cost), device.store
        super().add_tank(device)
        ratio = 1.0
        if not isinstance(device, words.HotWater):
            ratio = float(self.performance(device.coefficient_of_performance).mean())
        leaks = 1.0 - (1 - tank.loss_per_hour) ** self.hours
        prices = {
            False: tank.unserved_heat_cost_per_kwh,
            True: tank.unserved_heat_cost_per_kwh * self.hours,
        }
        for column in range(begin, len(program.cost)):
            is_short = math.isinf(program.high[column])
            if program.cost[column] == prices[is_short] > 0.0:
                self.without[column] = (leaks if is_short else 1.0) / ratio
                last = column
        if tank.minimum_kwh > 0:
            self.without[last] = 1.0 / ratio

    def add_house(self, device) -> None:
        program, begin, house = self.program, len(self.program.cost), device.store
        super().add_house(device)
        cools = isinstance(device, words.AirConditioning)
        ratio = self.performance(
            device.energy_efficiency_ratio if cools else device.coefficient_of_performance
        )
        keeps = math.exp(-house.heat_loss_kw_per_k * self.hours / house.heat_capacity_kwh_per_k)
        # kWh of heat at the meter in steps of one kW: what a kelvin is worth while it leaks away.
        per_kw = ratio * (1 - keeps) * house.heat_capacity_kwh_per_k / house.heat_loss_kw_per_k
        kwh = (1 - keeps) * house.heat_capacity_kwh_per_k * self.hours / float(per_kw.mean())
        price = house.discomfort_cost_per_kelvin_hour * self.hours
        outside = [k for k in range(begin, len(program.cost)) if program.cost[k] == price > 0.0]
        for column in outside[1 if cools else 0 :: 2]:
            self.without[column] = kwh
            last = column
        if outside:
            self.without[last] = kwh / (1 - keeps)


def least_of(
    homes: Sequence[Home],
    tariffs: Sequence[TariffOnAxis],
    reader,
    limits: LoadLimits,
    price: Sequence[float],
    *,
    counted: float | None,
    kept: Sequence[HomePlan | None] | None = None,
    relaxed: bool = False,
) -> float:
    """What prices prove: the least that homes come to at them, less what the limits allow there.

    ``kept`` are plans that homes stay with whatever the prices. ``relaxed`` lets everything whole be mixed, which proves less.
    """
    hours = tariffs[0].axis.step_hours
    price = np.array(price)
    total = -float(price @ (hours * limits.most_kw))
    for row, (home, tariff) in enumerate(zip(homes, tariffs, strict=True)):
        added = np.zeros(tariff.axis.steps)
        np.add.at(added, limits.step, price * limits.weight[:, row])
        stays = None if kept is None else kept[row]
        if stays is not None:
            total += hours * float(added @ stays.net_kw)
            continue
        program = FreeHome(home, tariff, reader, added, counted).program
        if relaxed:
            program.whole = [False] * len(program.whole)
        total += program.solve(1e-6)[1]
    return total
