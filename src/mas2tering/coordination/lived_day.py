"""A home's day as it turns out: planned on a forecast, then lived by rules, by the plan, by steering, and in hindsight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import steer
from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FixedLoad,
    FloatArray,
    Generation,
    HomeModel,
    StoreDecision,
)
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform

Policy = Literal["idle", "none", "rule", "plan", "steered", "oracle", "oracle_emptied"]
"""How a measured day is lived: without the platform and its battery idle; without the platform; by the rule that knows
no tomorrow; by the plan of the day before, whatever comes; by the plan's prices and the fast rule, valued anew through the
day; and as one would have, had one known (with what batteries hold at the end of the next day worth a refill, or nothing:
hindsight takes what was cheaper)."""
POLICIES: tuple[Policy, ...] = ("idle", "none", "rule", "plan", "steered", "oracle", "oracle_emptied")
_GENERATORS = ("pv", "wind")


@dataclass(frozen=True)
class Day:
    """A home's day as it comes: its model on the day, and on an axis that reaches on beyond it (the same one where
    nothing is known of the morrow), in the state in which the day begins."""

    today: HomeModel
    ahead: HomeModel


def lived(policy: Policy, day: Day, outlook: Outlook, every: int, budget: Budget) -> HomePlan:
    """The day as it was lived by a policy.

    Args:
        policy: who decides.
        day: the day, with load and generation as they came; only the oracle looks at them before they come.
        outlook: what was expected of them before the day, on the longer axis.
        every: steps from one valuation of what stores hold to the next.
        budget: of the plans that are searched for.
    """
    today = day.today
    if policy == "none":
        return plan_of(today, without_platform(today), "none")
    if policy == "rule":
        return plan_of(today, self_consumption(today), "rule")
    if policy == "idle":
        return plan_of(today, _idle(today), "none")
    if policy in ("oracle", "oracle_emptied"):
        ahead = replace(day.ahead, chains=today.chains)
        found = best_decision(ahead if policy == "oracle" else _worth_nothing(ahead), budget)[1]
        return plan_of(today, cut(found, day.ahead, today), "within_gap")
    planned = best_decision(as_expected(today, outlook), budget)[1]
    if policy == "plan":
        return plan_of(today, _as_it_came(today, planned), "within_gap")
    ahead = replace(day.ahead, chains=today.chains)
    steps = today.axis.steps
    return plan_of(
        today, cut(steer(ahead, outlook, planned, steps, every).decision, day.ahead, today), "within_gap"
    )


def _idle(model: HomeModel) -> Decision:
    """The home without the platform, its batteries never used."""
    found = without_platform(model)
    stores = tuple(
        StoreDecision(np.zeros(s.steps), np.zeros(s.steps), np.zeros(s.steps)) if s.kind == "battery" else own
        for s, own in zip(model.stores, found.stores, strict=True)
    )
    return replace(found, stores=stores)


def _worth_nothing(model: HomeModel) -> HomeModel:
    """The home, what its batteries hold at the end of the axis worth nothing."""
    stores = tuple(replace(s, end_value_per_kwh=0.0) if s.kind == "battery" else s for s in model.stores)
    return replace(model, stores=stores)


def as_expected(model: HomeModel, outlook: Outlook) -> HomeModel:
    """The home with load and generation as they are expected, all of either in the first device of its kind."""
    return with_courses(model, *outlook.expected_kw())


def with_courses(model: HomeModel, load_kw: FloatArray, generation_kw: FloatArray) -> HomeModel:
    """The home with other load and generation, both positive, from the first step of its axis on, all of either in the first device
    of its kind."""
    steps = model.axis.steps
    load_kw, generation_kw = load_kw[:steps], generation_kw[:steps]
    nothing = np.zeros(steps)
    left: dict[str, FloatArray] = {"load": load_kw, "generation": generation_kw}
    fixed: list[FixedLoad] = []
    for device in model.fixed:
        if device.kind == "fixed_load":
            fixed.append(replace(device, power_kw=left.pop("load", nothing)))
        elif device.kind in _GENERATORS:
            fixed.append(replace(device, power_kw=-left.pop("generation", nothing)))
        else:
            fixed.append(device)
    generation: list[Generation] = [
        replace(source, available_kw=np.maximum(left.pop("generation", nothing), 0.0))
        for source in model.generation
    ]
    return replace(model, fixed=tuple(fixed), generation=tuple(generation))


def _as_it_came(model: HomeModel, planned: Decision) -> Decision:
    """A plan carried out whatever comes: what it curtails stays curtailed, all else that comes is used."""
    expected_none = [np.maximum(source.available_kw, 0.0) for source in model.generation]
    return replace(planned, generation_kw=tuple(expected_none))


def cut(decision: Decision, ahead: HomeModel, today: HomeModel) -> Decision:
    """The part of a decision on a longer axis that lies on the day's own."""
    steps = today.axis.steps
    flows: Mapping[tuple[str, int], StoreDecision] = {
        (store.device, store.first_step): own
        for store, own in zip(ahead.stores, decision.stores, strict=True)
    }
    stores = []
    for store in today.stores:
        own, n = flows[store.device, store.first_step], store.steps
        stores.append(StoreDecision(own.charge_kw[:n], own.discharge_kw[:n], own.unserved_kwh[:n]))
    return Decision(
        generation_kw=tuple(used[:steps] for used in decision.generation_kw),
        stores=tuple(stores),
        starts=decision.starts,
        cogeneration=tuple(_first_of(run, steps) for run in decision.cogeneration),
    )


def _first_of(run: CogenerationDecision, steps: int) -> CogenerationDecision:
    return CogenerationDecision(
        run.on[:steps],
        run.load[:steps],
        run.boiler_kw[:steps],
        run.let_off_kwh[:steps],
        run.unserved_kwh[:steps],
    )


_CARRIED = ("battery", "heat_pump", "air_conditioning", "hot_water", "micro_chp")
"""Devices that are there every day, so that their content goes on from one to the next; a car's is its driver's."""


def cost_of_days(
    plans: Sequence[HomePlan], worth_per_kwh: Mapping[str, float], begins_kwh: Mapping[str, float]
) -> float:
    """What days in a row cost, stored energy at one worth all along.

    Each day's plan values what it leaves at that day's prices; over days in a row that would count a change of prices as
    a gain. Here only what the last day leaves beyond what the first began with counts, at ``worth_per_kwh``.

    Args:
        plans: the days, in order.
        worth_per_kwh: worth of content, by device whose content goes on.
        begins_kwh: content before the first day, by such device.
    """
    total = sum(plan.costs.cost + plan.costs.stored_value for plan in plans)
    # What is in a car that is still plugged in when the last day ends.
    total -= sum(part.costs.stored_value for part in plans[-1].devices if part.kind not in _CARRIED)
    last = {part.device: part for part in plans[-1].devices}
    for device, worth in worth_per_kwh.items():
        content = last[device].content
        if content is not None:
            total -= worth * (float(content[-1]) - begins_kwh[device])
    return total


def stored(model: HomeModel) -> tuple[dict[str, float], dict[str, float]]:
    """Worth per kWh of what goes on from day to day at the end of a day, and content at its begin, by device."""
    worth, begins = {}, {}
    for store in model.stores:
        if store.kind in _CARRIED:
            worth[store.device], begins[store.device] = store.end_value_per_kwh, store.initial_kwh
    for machine in model.cogeneration:
        worth[machine.device], begins[machine.device] = machine.end_value_per_kwh, machine.initial_kwh
    return worth, begins
