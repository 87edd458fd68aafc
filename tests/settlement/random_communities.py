"""Random communities for the settlement: suppliers, prices below zero, net metering, capacity charges, plans."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from mas2tering.domain.flexibility import Requested
from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import CapacityCharge, LocalCharges, TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.settlement.bills import Fee, Member

STEPS = 6
AXIS = TimeAxis(TimeAxis.of_days(date(2013, 4, 17), "Europe/London", 15).start, 15, STEPS, "Europe/London")


class Alone:
    """Costs alone from a table, as the coordination will give them after planning again."""

    def __init__(self, costs: dict[str, Costs]) -> None:
        self.costs = costs

    def costs_alone(self, member: str) -> Costs:
        return self.costs[member]


@dataclass(frozen=True)
class Case:
    members: tuple[Member, ...]
    price: np.ndarray
    charges: LocalCharges
    alone: Alone
    requested: Requested | None = None


def tariff(name: str, bought, sold, *, standing: float = 0.0, capacity=None, axis: TimeAxis = AXIS):
    return TariffOnAxis(
        name,
        axis,
        np.broadcast_to(np.asarray(bought, float), axis.steps).copy(),
        np.broadcast_to(np.asarray(sold, float), axis.steps).copy(),
        capacity,
        standing,
    )


def bill_alone(member: Member, net_kw: np.ndarray) -> float:
    """By its own supplier, written out step by step."""
    days = len(net_kw) * 0.25 / 24
    found = member.tariff.standing_charge_per_day * days
    for t, power in enumerate(net_kw):
        price = member.tariff.import_price_per_kwh if power > 0 else member.tariff.export_price_per_kwh
        found += power * 0.25 * price[t]
    charge = member.tariff.capacity_charge
    if charge is not None:
        peak = max(max(0.0, *net_kw) - charge.reached_kw, 0.0)
        found += charge.price_per_kw_month * peak * days / (365.25 / 12)
    return found


@st.composite
def communities(draw, *, worse_plans: bool = True) -> Case:
    """Tariffs of two to three suppliers, one to eight members with any net load, and what each would pay alone: the same
    plan without trades, or (``worse_plans``) something a little dearer or cheaper, as after mixing and rounding."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tariffs = []
    for k in range(draw(st.integers(1, 3))):
        bought = (
            np.round(rng.uniform(-0.1, 0.5, STEPS), 3) if rng.random() < 0.5 else 0.1 * rng.integers(1, 5)
        )
        sold = bought if rng.random() < 0.25 else np.round(bought - rng.uniform(-0.02, 0.3), 3)
        charge = CapacityCharge(price_per_kw_month=5.0, reached_kw=1.0) if rng.random() < 0.4 else None
        tariffs.append(
            tariff(f"t{k}", bought, sold, standing=float(rng.choice([0.0, 0.37])), capacity=charge)
        )
    members, alone = [], {}
    for k in range(draw(st.integers(1, 8))):
        chosen = int(rng.integers(len(tariffs)))
        net_kw = np.round(
            rng.normal(0.0, 3.0, STEPS) * (rng.random(STEPS) < 0.8), draw(st.sampled_from([0, 3]))
        )
        costs = Costs(wear=0.01 * float(rng.integers(0, 9)), discomfort=0.07 * float(rng.integers(0, 3)))
        fee = Fee(f"aggregator {k % 2}", float(rng.choice([0.0, 0.004, 0.1, 9.0])))
        fee = fee if rng.random() < 0.5 else None
        member = Member(f"home {k}", f"supplier {chosen % 2}", tariffs[chosen], net_kw, costs, fee)
        shift = float(rng.choice([0.0, 0.0, 0.0004, 0.02, -0.05])) if worse_plans else 0.0
        alone[member.id] = replace(costs, energy_bought=bill_alone(member, net_kw) + shift)
        members.append(member)
    charges = LocalCharges(
        buyer_per_kwh=float(rng.choice([0.0, 0.03])), seller_per_kwh=float(rng.choice([0.0, 0.01]))
    )
    price = np.round(rng.uniform(-0.2, 0.6, STEPS), 4)
    return Case(tuple(members), price, charges, Alone(alone))


@st.composite
def communities_with_buyers(draw) -> Case:
    """With one to three requests of two buyers, at prices from below what any supplier pays to above what any asks."""
    case = draw(communities())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 3))
    asked = np.round(rng.exponential(1.0, (count, STEPS)) * (rng.random((count, STEPS)) < 0.7), 3)
    price = np.round(rng.uniform(-0.2, 0.9, (count, 1)), 3) * np.ones((1, STEPS))
    requested = Requested(tuple(f"buyer {k % 2}" for k in range(count)), asked, price)
    return replace(case, requested=requested)


def a_day_of_homes(homes: int, seed: int) -> Case:
    """A day of many homes of four suppliers, sun on a third of them, and plans a little off as after mixing."""
    rng = np.random.default_rng(seed)
    axis = TimeAxis(AXIS.start, 15, 96, AXIS.zone)
    hour = np.arange(96) / 4
    dynamic = np.round(0.2 + 0.15 * np.sin((hour - 9) * np.pi / 6) - 0.28 * np.exp(-((hour - 13) ** 2)), 4)
    charge = CapacityCharge(price_per_kw_month=4.0, reached_kw=2.5)
    tariffs = [
        tariff("flat", 0.28, 0.04, standing=0.3, axis=axis),
        tariff(
            "two rates", np.where((hour < 7) | (hour >= 22), 0.18, 0.31), 0.05, capacity=charge, axis=axis
        ),
        tariff("dynamic", dynamic, dynamic - 0.06, standing=0.1, axis=axis),
        tariff("net metering", 0.25, 0.25, axis=axis),
    ]
    sun = np.maximum(0.0, np.sin((hour - 6) / 14 * np.pi))
    members, alone = [], {}
    for k in range(homes):
        load = rng.gamma(1.0, 0.4, 96) + (rng.random(96) < 0.03) * rng.uniform(1, 7)
        net_kw = load - (rng.random() < 0.35) * rng.uniform(1, 5) * sun
        costs = Costs(wear=float(rng.uniform(0, 0.1)))
        member = Member(f"home {k}", f"supplier {k % 4}", tariffs[k % 4], net_kw, costs)
        shift = float(rng.choice([0.0, 0.0, -0.0007, -0.02, 0.01]))
        alone[member.id] = replace(costs, energy_bought=bill_alone(member, net_kw) + shift)
        members.append(member)
    charges = LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01)
    return Case(tuple(members), np.full(96, 0.15), charges, Alone(alone))
