"""The result of planning a home: what each device does, what it costs, how good it is known to be."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import Clash
from mas2tering.domain.tariffs import TariffOnAxis, capacity_charged
from mas2tering.domain.time_axis import TimeAxis

FloatArray = NDArray[np.float64]
Method = Literal["optimal", "within_gap", "incumbent", "rule", "none"]


@dataclass(frozen=True)
class Costs:
    """What a plan costs over its axis, in the community's currency, and the parts of which it consists.

    ``bill`` = energy bought less energy sold, with standing and capacity charges pro rata, and ``local``: what
    the community bills for local trades, charges on them and the share in its gain counted in. ``stored_value``
    is the worth of what stores hold at the end beyond what they held at the beginning; ``dso_payment`` is what the
    distribution system operator pays for the plan.
    """

    energy_bought: float = 0.0
    energy_sold: float = 0.0
    capacity: float = 0.0
    standing: float = 0.0
    local: float = 0.0
    fuel: float = 0.0
    wear: float = 0.0
    discomfort: float = 0.0
    stored_value: float = 0.0
    dso_payment: float = 0.0

    @property
    def bill(self) -> float:
        """What supplier and community bill."""
        return self.energy_bought - self.energy_sold + self.capacity + self.standing + self.local

    @property
    def cost(self) -> float:
        """Bill, fuel, wear and discomfort, less the value of the gain in stored energy and what the DSO pays: what plans
        are compared by."""
        return self.bill + self.beside_bill - self.dso_payment

    @property
    def beside_bill(self) -> float:
        """What the plan costs that nobody bills: fuel, wear and discomfort, less the gain in stored energy."""
        return self.fuel + self.wear + self.discomfort - self.stored_value

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(
            self.energy_bought + other.energy_bought,
            self.energy_sold + other.energy_sold,
            self.capacity + other.capacity,
            self.standing + other.standing,
            self.local + other.local,
            self.fuel + other.fuel,
            self.wear + other.wear,
            self.discomfort + other.discomfort,
            self.stored_value + other.stored_value,
            self.dso_payment + other.dso_payment,
        )


class CostsAlone(Protocol):
    """Who knows what a member's day costs in use case 1, recomputed from what the member committed to."""

    def costs_alone(self, member: str) -> Costs:
        """The costs of the member's best plan without the community; never those that it claims."""
        ...


def bill_of(tariff: TariffOnAxis, net_kw: FloatArray) -> Costs:
    """What the supplier bills for a net load (shape (steps,), import positive), standing and capacity charges
    pro rata."""
    hours = tariff.axis.step_hours
    bought = float(np.maximum(net_kw, 0.0) @ tariff.import_price_per_kwh) * hours
    sold = float(np.maximum(-net_kw, 0.0) @ tariff.export_price_per_kwh) * hours
    return Costs(
        energy_bought=bought,
        energy_sold=sold,
        capacity=capacity_charged(tariff, net_kw),
        standing=tariff.standing_charge_per_day * tariff.days,
    )


@dataclass(frozen=True)
class DevicePlan:
    """What one device does: ``power_kw`` at the meter, shape (steps,), consumption positive.

    ``content`` is what its store holds at the end of each step, in kWh (shape (steps,)), where it has one.
    ``starts`` are the steps at which a programme starts, empty where it is left out. ``costs`` are the
    device's own: fuel, wear, discomfort and the value of the gain in what it stores. The bill is the home's.
    """

    device: str
    kind: str
    power_kw: FloatArray
    content: FloatArray | None = None
    starts: tuple[int, ...] = ()
    costs: Costs = field(default_factory=Costs)


@dataclass(frozen=True)
class HomePlan:
    """A home's plan over an axis; ``net_kw`` has shape (steps,), import positive.

    ``lower_bound`` is a cost below which no plan of this home can be, where one is known. ``method`` names
    what made the plan, and so a fall-back; ``notes`` say in words what a reader should know (a time limit
    that bound, a rule that stepped in). ``costs`` are the bill and the sum of the devices' own costs.
    """

    home: str
    axis: TimeAxis
    net_kw: FloatArray
    devices: tuple[DevicePlan, ...]
    costs: Costs
    method: Method
    lower_bound: float | None = None
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def import_kwh(self) -> float:
        """Energy drawn from the grid, in kWh."""
        return float(np.maximum(self.net_kw, 0.0).sum() * self.axis.step_hours)

    @property
    def export_kwh(self) -> float:
        """Energy fed into the grid, in kWh."""
        return float(np.maximum(-self.net_kw, 0.0).sum() * self.axis.step_hours)

    @property
    def gap(self) -> float | None:
        """(cost - lower bound) / |cost|, where a bound is known and the cost is not zero."""
        if self.lower_bound is None or self.costs.cost == 0.0:
            return None
        return max(0.0, self.costs.cost - self.lower_bound) / abs(self.costs.cost)


class DeclaredCosts(Protocol):
    """Who can work out what a plan costs its home beside the bill, from the devices, and the prices of fuel, wear, discomfort
    and stored energy, that the home declared before the season."""

    def beside_bill(self, plan: HomePlan) -> Costs:
        """Fuel, wear, discomfort and stored value of the plan, recomputed; never ``plan.costs``, which is a claim."""
        ...
