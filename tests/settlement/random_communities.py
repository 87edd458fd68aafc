"""Random communities for the settlement: suppliers, prices below zero, net metering, capacity charges, plans."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import CapacityCharge, LocalCharges, TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.settlement.bills import Member

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


def tariff(name: str, bought, sold, *, standing: float = 0.0, capacity: CapacityCharge | None = None):
    return TariffOnAxis(
        name,
        AXIS,
        np.broadcast_to(np.asarray(bought, float), STEPS).copy(),
        np.broadcast_to(np.asarray(sold, float), STEPS).copy(),
        capacity,
        standing,
    )


def bill_alone(member: Member, net_kw: np.ndarray) -> float:
    """By its own supplier, written out step by step."""
    found = member.tariff.standing_charge_per_day * STEPS * 0.25 / 24
    for t, power in enumerate(net_kw):
        price = member.tariff.import_price_per_kwh if power > 0 else member.tariff.export_price_per_kwh
        found += power * 0.25 * price[t]
    charge = member.tariff.capacity_charge
    if charge is not None:
        peak = max(max(0.0, *net_kw) - charge.reached_kw, 0.0)
        found += charge.price_per_kw_month * peak * STEPS * 0.25 / 24 / (365.25 / 12)
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
        member = Member(f"home {k}", f"supplier {chosen % 2}", tariffs[chosen], net_kw, costs)
        shift = float(rng.choice([0.0, 0.0, 0.0004, 0.02, -0.05])) if worse_plans else 0.0
        alone[member.id] = replace(costs, energy_bought=bill_alone(member, net_kw) + shift)
        members.append(member)
    charges = LocalCharges(
        buyer_per_kwh=float(rng.choice([0.0, 0.03])), seller_per_kwh=float(rng.choice([0.0, 0.01]))
    )
    price = np.round(rng.uniform(-0.2, 0.6, STEPS), 4)
    return Case(tuple(members), price, charges, Alone(alone))
