"""In the middle of a day the sun fails: what is over stays, the rest is planned again from what stands, and the limits of the
network hold in its full power flow."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from golden_homes import load_golden
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import TRANSFORMER, cable

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.intraday import replanned, underway
from mas2tering.coordination.local_market import MarketBudget, Party, agree_together
from mas2tering.domain.network import Bus, Customer, Network, Source
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.grid import PowerFlow, congestions
from mas2tering.home.limits import breaches
from mas2tering.home.optimise.planner import best_decision
from mas2tering.home.respond import from_step_on

HOMES = 12
NOON = 24
"""Days of the golden communities begin at 06:00."""
BUDGET = MarketBudget(gap=2e-3, rounds=100)


def street(rating_kva: float) -> Network:
    """Customers one behind another, phase by phase, behind a transformer."""
    buses = [Bus("LV"), *(Bus(f"b{k}") for k in range(HOMES // 3))]
    cables = [cable(f"c{k}", buses[k].id, buses[k + 1].id, 20.0) for k in range(len(buses) - 1)]
    customers = [Customer(f"home_{k}", f"b{k // 3}", ("ABC"[k % 3],)) for k in range(HOMES)]
    network = Network("street", tuple(buses), tuple(cables), tuple(customers), Source("LV", 0.416))
    losses = {"load_loss_kw": 0.01 * rating_kva, "no_load_loss_kw": 0.002 * rating_kva}
    return network.behind(replace(TRANSFORMER, rating_kva=rating_kva, **losses), Source("HV", 11.0))


def sun_fails(model, share=0.5):
    """From noon on a share of what was expected."""
    sources = tuple(
        replace(s, available_kw=np.where(np.arange(model.axis.steps) < NOON, 1.0, share) * s.available_kw)
        for s in model.generation
    )
    return replace(model, generation=sources)


@dataclass
class Day:
    before: Party
    plans: tuple
    now: Party
    alone: list


@pytest.fixture(scope="module")
def day() -> Day:
    models = load_golden("one_tariff_20_hard")[0][:HOMES]
    planned = [best_decision(model) for model in models]
    party = Party(models, [plan for plan, _ in planned], LocalCharges())
    (agreement,) = agree_together([party], BUDGET).agreements
    before = replace(party, standing=agreement.standing)
    now = replace(before, models=[sun_fails(model) for model in models])
    return Day(before, agreement.plans, now, [decision for _, decision in planned])


def test_what_is_over_stays_and_the_limits_hold_in_the_full_power_flow(day):
    stands = underway(day.now, day.alone, NOON)
    rest_kw = np.array([plan.net_kw for plan in stands.plans])[:, NOON:].sum(axis=0)
    here = Connected(street(1.0), np.arange(HOMES), np.zeros((HOMES, 96)))
    # As strong as the phase that is loaded most would have needed it by less than it is loaded now.
    by_phase_kw = np.array([[plan.net_kw[NOON:] for plan in stands.plans[k::3]] for k in range(3)]).sum(
        axis=1
    )
    here = replace(here, network=street(3 * 0.85 * float(by_phase_kw.max())))
    assert rest_kw.max() > 0.0
    found = replanned([stands], here, NOON, BUDGET, dearest_per_kwh=10.0)
    assert found.relief.rounds
    assert found.relief.rounds[0].broken > 0
    assert found.relief.is_clean
    (plans,) = found.plans
    flow = PowerFlow(here.network).day(here.load_kw([plans]))
    assert not [one for one in congestions(flow) if one.step >= NOON]
    for plan, first in zip(plans, day.plans, strict=True):
        assert np.abs(plan.net_kw[:NOON] - first.net_kw[:NOON]).max() < 1e-9
        begun = {d.device: [s for s in d.starts if s < NOON] for d in first.devices}
        assert {d.device: [s for s in d.starts if s < NOON] for d in plan.devices} == begun


def test_the_rest_of_a_day_takes_a_fraction_of_the_rounds(day):
    """Where the network holds what is planned, only the markets agree again."""
    wide = Connected(street(1000.0), np.arange(HOMES), np.zeros((HOMES, 96)))
    found = replanned([underway(day.now, day.alone, NOON)], wide, NOON, BUDGET, dearest_per_kwh=10.0)
    (agreement,) = found.market.agreements
    fresh = agree_together([replace(day.now, standing=None)], BUDGET).agreements[0]
    assert found.relief.together is None
    assert len(agreement.rounds) <= len(fresh.rounds) / 2
    stands = underway(day.now, day.alone, NOON)
    assert agreement.cost <= sum(plan.costs.cost for plan in stands.plans) + 1e-6


@settings(max_examples=20, deadline=None)
@given(step=st.integers(0, 96), number=st.integers(0, HOMES - 1))
def test_what_is_held_is_a_plan_of_the_home_that_can_be_kept_to(day, step, number):
    """Whatever the step, the decision that stands is one of the model that is left, with the same load."""
    model, own = day.before.models[number], day.alone[number]
    held = from_step_on(model, own, step)
    assert not breaches(held.model, held.alone)
    for chain, starts in zip(held.model.chains, held.alone.starts, strict=True):
        for link, index in zip(chain.links, starts, strict=True):
            begun = index is not None and link.starts[index] < step
            assert (link.starts >= step).all() or (begun and len(link.starts) == 1)
    assert all(
        (store.power_in_kw[: max(0, step - store.first_step)] == 0).all() for store in held.model.stores
    )


def test_a_community_without_an_agreement_is_not_under_way(day):
    with pytest.raises(ValueError, match="without an agreement"):
        underway(replace(day.now, standing=None), day.alone, NOON)
