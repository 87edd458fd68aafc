"""A home's day as it turns out: planned on a forecast, then lived by rules, by the plan, by steering, and in hindsight."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mas2tering.domain.plans import HomePlan, Method
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.replanning import replanned
from mas2tering.home.follow.stays import same_stay, there
from mas2tering.home.follow.steering import steer
from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FixedLoad,
    FloatArray,
    Generation,
    HomeModel,
    LinearStore,
    StoreDecision,
)
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform

Policy = Literal["idle", "none", "rule", "plan", "replanned", "steered", "oracle", "oracle_emptied"]
"""How a measured day is lived: without the platform and its battery idle; without the platform; by the rule that knows
no tomorrow; by the plan of the day before, whatever comes; by plans made anew through the day, each carried out as it stands;
by the plan's prices and the fast rule, valued anew through the day; and as one would have, had one known (with what batteries
hold at the end of the next day worth a refill, or nothing: hindsight takes what was cheaper)."""
POLICIES: tuple[Policy, ...] = ("idle", "none", "rule", "plan", "steered", "oracle", "oracle_emptied")
"""Those that every run lives by; plans made anew through the day take as long as all of these together, and more."""
_GENERATORS = ("pv", "wind")
_A_WATT_HOUR = 1e-3


@dataclass(frozen=True)
class Day:
    """A home's day as it comes: its model on the day, and on an axis that reaches on beyond it (the same one where
    nothing is known of the morrow), in the state in which the day begins. ``expected`` and ``expected_ahead`` are the same
    with cars that come and go as expected; load and generation are in an outlook."""

    today: HomeModel
    ahead: HomeModel
    expected: HomeModel
    expected_ahead: HomeModel


@dataclass(frozen=True)
class Lived:
    """A day as it was lived, and the plan of the evening before, on what was expected, where there was one."""

    plan: HomePlan
    planned: HomePlan | None = None


def lived(policy: Policy, day: Day, outlook: Outlook, every: int, budget: Budget) -> Lived:
    """The day as it was lived by a policy.

    Args:
        policy: who decides.
        day: the day, with load and generation as they came; only the oracle looks at them before they come.
        outlook: what was expected of them before the day, on the longer axis.
        every: steps from one valuation of what stores hold to the next.
        budget: of the plans that are searched for.
    """
    today = day.today
    if policy in _WITHOUT_PLANS:
        method, decide = _WITHOUT_PLANS[policy]
        return Lived(plan_of(today, decide(day), method))
    if policy in ("oracle", "oracle_emptied"):
        ahead = replace(day.ahead, chains=today.chains)
        found = best_decision(ahead if policy == "oracle" else _worth_nothing(ahead), budget)[1]
        return Lived(plan_of(today, cut(found, day.ahead, today), "within_gap"))
    planned, decision = best_decision(as_expected(day.expected, outlook), budget)
    if policy == "plan":
        return Lived(plan_of(today, _as_it_came(day, decision), "within_gap"), planned)
    ahead = replace(day.ahead, chains=today.chains)
    if policy == "replanned":
        made = replanned(ahead, outlook, decision, today.axis.steps, every, budget, day.expected_ahead.stores)
        return Lived(plan_of(today, cut(made, day.ahead, today), "within_gap"), planned)
    found = steer(
        ahead, outlook, decision, today.axis.steps, every, expected=day.expected_ahead.stores
    ).decision
    return Lived(plan_of(today, cut(found, day.ahead, today), "within_gap"), planned)


def _by_rule(day: Day) -> Decision:
    """The rule's day; what it knows of a car's departure is what was expected."""
    awaited = {(store.device, store.visit): store for store in day.expected.stores if store.visit}
    stores = tuple(
        _as_the_rule_sees(store, awaited[store.device, store.visit])
        if (store.device, store.visit) in awaited
        else store
        for store in day.today.stores
    )
    found = self_consumption(replace(day.today, stores=stores))
    flows = tuple(
        own if store is seen else _cut_to(own, store)
        for own, seen, store in zip(found.stores, stores, day.today.stores, strict=True)
    )
    return replace(found, stores=flows)


def _as_the_rule_sees(came: LinearStore, expected: LinearStore) -> LinearStore:
    """A car that is there until it was expected to leave, into which nothing goes once it has left."""
    if same_stay(expected, came) or came.first_step >= expected.first_step + expected.steps:
        return came
    seen = there(expected, came, came.first_step)
    gone = np.arange(seen.steps) >= came.steps
    return replace(seen, upper_kwh=np.where(gone, 0.0, seen.upper_kwh))


def _cut_to(flows: StoreDecision, store: LinearStore) -> StoreDecision:
    """Flows of a longer or shorter stay on a store's own window."""

    def fitted(values: FloatArray) -> FloatArray:
        kept = np.zeros(store.steps)
        n = min(store.steps, len(values))
        kept[:n] = values[:n]
        return kept

    return StoreDecision(fitted(flows.charge_kw), fitted(flows.discharge_kw), fitted(flows.unserved_kwh))


def _idle(day: Day) -> Decision:
    """The home without the platform, its batteries never used."""
    model = day.today
    found = without_platform(model)
    stores = tuple(
        StoreDecision(np.zeros(s.steps), np.zeros(s.steps), np.zeros(s.steps)) if s.kind == "battery" else own
        for s, own in zip(model.stores, found.stores, strict=True)
    )
    return replace(found, stores=stores)


_WITHOUT_PLANS: Mapping[Policy, tuple[Method, Callable[[Day], Decision]]] = {
    "idle": ("none", _idle),
    "none": ("none", lambda day: without_platform(day.today)),
    "rule": ("rule", _by_rule),
}


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


def _as_it_came(day: Day, planned: Decision) -> Decision:
    """A plan carried out whatever comes: what it curtails stays curtailed, all else that comes is used; a car is charged when
    that was planned, if it is there."""
    awaited = {
        (store.device, store.visit): (store, own)
        for store, own in zip(day.expected.stores, planned.stores, strict=True)
    }
    nothing = np.zeros(day.today.axis.steps)
    stores = []
    for store in day.today.stores:
        expected, own = awaited.get((store.device, store.visit), (None, None))
        if expected is None or own is None:
            flat = nothing[: store.steps]
            stores.append(StoreDecision(flat, flat, flat))
        elif not store.visit or same_stay(expected, store):
            stores.append(own)
        else:
            powers = nothing.copy(), nothing.copy()
            powers[0][expected.window], powers[1][expected.window] = own.charge_kw, own.discharge_kw
            stores.append(_what_fits(store, powers[0][store.window], powers[1][store.window]))
    expected_none = [np.maximum(source.available_kw, 0.0) for source in day.today.generation]
    return replace(planned, generation_kw=tuple(expected_none), stores=tuple(stores))


def _what_fits(store: LinearStore, charge_kw: FloatArray, discharge_kw: FloatArray) -> StoreDecision:
    """Powers that were planned for another stay of a car, as far as this one has room and content for them."""
    charged, discharged = np.zeros(store.steps), np.zeros(store.steps)
    content, floor = store.initial_kwh, min(store.initial_kwh, float(store.lower_kwh[:-1].max(initial=0.0)))
    for k in range(store.steps):
        room_kw = max(0.0, float(store.upper_kwh[k]) - content) / float(store.gain_in[k])
        left_kw = max(0.0, content - floor) / store.gain_out
        charged[k] = min(float(charge_kw[k]), float(store.power_in_kw[k]), room_kw)
        discharged[k] = min(float(discharge_kw[k]), float(store.power_out_kw[k]), left_kw)
        content += float(store.gain_in[k]) * charged[k] - store.gain_out * discharged[k]
    return StoreDecision(charged, discharged, np.zeros(store.steps))


def short_kwh(day: Day, plan: HomePlan) -> dict[str, float]:
    """What cars that came or left otherwise than expected left without of what was due in them, in kWh by car."""
    awaited = {(store.device, store.visit): store for store in day.expected.stores if store.visit}
    contents = {part.device: part.content for part in plan.devices}
    short: dict[str, float] = {}
    for store in day.today.stores:
        expected, last = awaited.get((store.device, store.visit)), store.first_step + store.steps - 1
        content = contents.get(store.device)
        if expected is None or content is None or same_stay(expected, store):
            continue
        if last + 1 == day.today.axis.steps:
            # It may be there still; the next day has the rest of its time.
            continue
        due = max(float(expected.lower_kwh[-1]), float(store.lower_kwh[-1]))
        lacking = due - float(content[last])
        if lacking > _A_WATT_HOUR:
            short[store.device] = short.get(store.device, 0.0) + lacking
    return short


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
