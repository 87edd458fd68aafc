"""One judge for all plans: what a decision costs, device by device and at the meter."""

from dataclasses import replace

import numpy as np

from mas2tering.domain.errors import Clash
from mas2tering.domain.plans import Costs, DevicePlan, HomePlan, Method, bill_of
from mas2tering.home.model import (
    Cogeneration,
    CogenerationDecision,
    Decision,
    HomeModel,
    LinearStore,
    ProgrammeChain,
    StoreDecision,
    cogeneration_content,
    cogeneration_power,
    store_content,
)


def plan_of(
    model: HomeModel,
    decision: Decision,
    method: Method,
    lower_bound: float | None = None,
    notes: tuple[str, ...] = (),
    clashes: tuple[Clash, ...] = (),
) -> HomePlan:
    """The plan that a decision makes: net power, cost by part, each device's power and content."""
    judged = judged_devices(model, decision)
    net_kw = np.zeros(model.axis.steps)
    costs = Costs()
    for part in judged:
        net_kw += part.power_kw
        costs = costs + part.costs
    costs = costs + bill_of(model.tariff, net_kw)
    return HomePlan(
        home=model.home,
        axis=model.axis,
        net_kw=net_kw,
        devices=_merged(judged),
        costs=costs,
        method=method,
        lower_bound=lower_bound,
        clashes=model.clashes + clashes,
        notes=model.notes + notes,
    )


def judged_devices(model: HomeModel, decision: Decision) -> list[DevicePlan]:
    """Each device's plan with its own costs, in the order of the model: fixed, generation, stores, chains,
    cogeneration."""
    steps = model.axis.steps
    judged = [
        DevicePlan(load.device, load.kind, load.power_kw, load.content_kwh, load.starts, load.costs)
        for load in model.fixed
    ]
    for source, used_kw in zip(model.generation, decision.generation_kw, strict=True):
        judged.append(DevicePlan(source.device, source.kind, -used_kw))
    for store, flows in zip(model.stores, decision.stores, strict=True):
        judged.append(_judged_store(store, flows, steps, model.axis.step_hours))
    for chain, starts in zip(model.chains, decision.starts, strict=True):
        judged.extend(_judged_chain(chain, starts, steps))
    for machine, run in zip(model.cogeneration, decision.cogeneration, strict=True):
        judged.append(_judged_cogeneration(machine, run, model.axis.step_hours))
    return judged


def _merged(plans: list[DevicePlan]) -> tuple[DevicePlan, ...]:
    """One plan a device: the stays of an electric vehicle are planned one by one, and so are what of a device its
    contract holds fast and what it leaves free; they are shown together."""
    by_device: dict[str, DevicePlan] = {}
    for plan in plans:
        first = by_device.get(plan.device)
        if first is None:
            by_device[plan.device] = plan
            continue
        content = plan.content if first.content is None else first.content
        if first.content is not None and plan.content is not None:
            content = np.where(np.isnan(first.content), plan.content, first.content)
        by_device[plan.device] = replace(
            first,
            power_kw=first.power_kw + plan.power_kw,
            content=content,
            starts=first.starts + plan.starts,
            costs=first.costs + plan.costs,
        )
    return tuple(by_device.values())


def _judged_store(store: LinearStore, flows: StoreDecision, steps: int, hours: float) -> DevicePlan:
    content = store_content(store, flows)
    power_kw = np.zeros(steps)
    power_kw[store.window] = flows.charge_kw - flows.discharge_kw
    shown = np.full(steps, np.nan)
    shown[store.window] = content
    discomfort = float(
        store.soft_lower_price @ np.maximum(store.soft_lower_kwh - content, 0.0)
        + store.soft_upper_price @ np.maximum(content - store.soft_upper_kwh, 0.0)
        + store.relief_cost_per_kwh * flows.unserved_kwh.sum()
    )
    wear = store.wear_cost_per_kwh * hours * float(flows.charge_kw.sum() + flows.discharge_kw.sum())
    stored = store.end_value_per_kwh * float(content[-1] - store.initial_kwh)
    costs = Costs(wear=wear, discomfort=discomfort, stored_value=stored)
    return DevicePlan(store.device, store.kind, power_kw, content=shown, costs=costs)


def _judged_chain(chain: ProgrammeChain, starts: tuple[int | None, ...], steps: int) -> list[DevicePlan]:
    judged = []
    for link, index in zip(chain.links, starts, strict=True):
        power_kw = np.zeros(steps)
        if index is None:
            skipped = Costs(discomfort=0.0 if link.skip_cost is None else link.skip_cost)
            judged.append(DevicePlan(link.device, link.kind, power_kw, costs=skipped))
            continue
        start = int(link.starts[index])
        power_kw[start : start + link.length] = link.power_kw
        costs = Costs(discomfort=float(link.start_cost[index]))
        judged.append(DevicePlan(link.device, link.kind, power_kw, starts=(start,), costs=costs))
    return judged


def _judged_cogeneration(machine: Cogeneration, run: CogenerationDecision, hours: float) -> DevicePlan:
    electrical_kw, _, fuel_per_hour = cogeneration_power(machine, run)
    content = cogeneration_content(machine, run, hours)
    before = np.concatenate(([machine.initially_on], run.on[:-1]))
    started = int(np.sum(run.on & ~before))
    fuel = hours * float(fuel_per_hour.sum() + machine.boiler_cost_per_kwh * run.boiler_kw.sum())
    discomfort = machine.unserved_cost_per_kwh * float(run.unserved_kwh.sum())
    stored = machine.end_value_per_kwh * float(content[-1] - machine.initial_kwh)
    costs = Costs(fuel=fuel + machine.start_cost * started, discomfort=discomfort, stored_value=stored)
    return DevicePlan(machine.device, machine.kind, -electrical_kw, content=content, costs=costs)
