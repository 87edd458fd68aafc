"""Random days with orders, on top of random communities: bound plans that were made for trades, orders that save, cost, or stop
trades, meters that are off, and claims that are not true."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from random_communities import AXIS, STEPS, Alone, Case, bill_alone, communities, tariff

from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Member
from mas2tering.settlement.flexibility import (
    Payments,
    PlannedHome,
    SettlementAfterOrders,
    payments,
    settle_after_orders,
)
from mas2tering.settlement.settle import settle

NOTHING = Costs()
CLAIM = Costs(discomfort=1e6, energy_bought=-7.0)
"""What a home says its plan costs: no more than words."""


class Declared:
    """Costs by device, as a verifier finds them with the declared models; the plan's own costs are not looked at."""

    def beside_bill(self, plan: HomePlan) -> Costs:
        return sum((device.costs for device in plan.devices), Costs())


def plan(home: str, net_kw: np.ndarray, costs: Costs = NOTHING) -> HomePlan:
    device = DevicePlan("all", "battery", net_kw, costs=costs)
    return HomePlan(home, AXIS, net_kw, (device,), CLAIM, "optimal")


def net(*energies_kwh: float) -> np.ndarray:
    """A net load from energies by step, zero after them."""
    found = np.zeros(STEPS)
    found[: len(energies_kwh)] = np.array(energies_kwh) / AXIS.step_hours
    return found


@dataclass(frozen=True)
class OrderedDay:
    case: Case
    homes: tuple[PlannedHome, ...]
    price: np.ndarray

    @property
    def payments(self) -> Payments:
        return payments(self.homes, Declared(), "Grid Co", "EUR")

    @property
    def settled(self) -> SettlementAfterOrders:
        case = self.case
        use_case_2 = settle(case.members, case.price, case.charges, "EUR", case.alone)
        return settle_after_orders(use_case_2, self.payments, self.price)


def planned(member: Member, ordered_kw, ordered_costs: Costs | None = None, **more) -> PlannedHome:
    return PlannedHome(
        plan(member.id, member.net_kw, member.costs),
        plan(member.id, ordered_kw, member.costs if ordered_costs is None else ordered_costs),
        member.tariff,
        "Grid Friends",
        **more,
    )


@st.composite
def ordered_days(draw, *, metered: bool = False) -> OrderedDay:
    case = draw(communities(worse_plans=False))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # What the bound plans cost more than alone, in fractions of what the members' trades gain together.
    unshared = settle(case.members, case.price, case.charges, "EUR", case.alone)
    dearer = rng.dirichlet(np.ones(len(case.members))) * rng.choice([0.0, 0.3, 0.95, 1.2])
    alone = {
        m.id: replace(
            case.alone.costs[m.id],
            energy_bought=case.alone.costs[m.id].energy_bought - d * unshared.sharing.total,
        )
        for m, d in zip(case.members, dearer, strict=True)
    }
    case = replace(case, alone=Alone(alone))
    found = settle(case.members, case.price, case.charges, "EUR", case.alone)
    if not found.worthwhile:
        # Then homes are bound to what they do alone: the same net load here, without what it costs more.
        case = replace(case, alone=Alone({m.id: _alone(m) for m in case.members}))
    kind = draw(st.sampled_from(["a few", "all", "no export", "none"]))
    homes = []
    for member in case.members:
        called = kind != "none" and (kind != "a few" or rng.random() < 0.3)
        ordered_kw, costs = member.net_kw, member.costs
        if called:
            moved = member.net_kw + np.round(rng.normal(0.0, 1.0, STEPS) * (rng.random(STEPS) < 0.5), 3)
            ordered_kw = np.maximum(member.net_kw, 0.0) if kind == "no export" else moved
            costs = replace(costs, discomfort=costs.discomfort + float(rng.choice([0.0, 0.02, -0.01])))
        off = rng.normal(0.0, 0.6, STEPS) * rng.choice([0.0, 1.0, 3.0])
        lived = {"metered_kw": np.asarray(ordered_kw + off)} if metered and rng.random() < 0.8 else {}
        homes.append(planned(member, ordered_kw, costs, **lived))
    return OrderedDay(case, tuple(homes), np.round(rng.uniform(-0.2, 0.6, STEPS), 4))


def _alone(member: Member) -> Costs:
    return replace(member.costs, energy_bought=bill_alone(member, member.net_kw))


def sun_and_cars(*, buyer_alone: float, order_kwh: float) -> OrderedDay:
    """A roof that feeds 4 kWh in at the first step, and a car that charges 4 kWh then, at 0.10 and 0.30, for the roof's sake:
    alone it would have paid ``buyer_alone``. The DSO lets the roof feed in ``order_kwh`` only."""
    one = tariff("one", 0.3, 0.1)
    members = (
        Member("roof", "Sun", one, net(-4.0), Costs()),
        Member("car", "Sun", one, net(4.0), Costs()),
    )
    alone = Alone({"roof": Costs(energy_sold=0.4), "car": Costs(energy_bought=buyer_alone)})
    case = Case(members, np.full(STEPS, 0.2), LocalCharges(), alone)
    homes = (planned(members[0], net(-order_kwh)), planned(members[1], members[1].net_kw))
    return OrderedDay(case, homes, case.price)
