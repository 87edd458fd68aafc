"""A home where limits of the grid cannot be kept by what it wished to do: what it would do without, and in which order.

First generation is curtailed, which every home can do anyway; then loads are left out that could run another day; then
comfort is given up. What is neither, the fixed load and whatever the user protects, is never touched.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mas2tering.domain.plans import Costs, DevicePlan, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.model import (
    Cogeneration,
    Decision,
    FloatArray,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
    StoreDecision,
    store_content,
)

Tier = Literal["generation", "load", "comfort"]
"""What is done without, in the order in which it is."""

_NOTHING_KWH = 1e-3


@dataclass(frozen=True)
class Worth:
    """What a kWh at the meter is worth that is done without, in currency: of loads that wait for another day, and of
    comfort at least (what the user says of it, where that is more). For each step of a device's priority a load is worth this
    share more, so that of loads alike in everything else the lowest go first."""

    load_per_kwh: float
    comfort_per_kwh: float
    more_by_priority: float = 0.0

    def of_load(self, priority: int) -> float:
        """What a kWh of a load is worth."""
        return self.load_per_kwh * (1.0 + self.more_by_priority * priority)


@dataclass(frozen=True)
class Shed:
    """What a device did without against the plan that its home was bound to, in kWh at the meter: generation curtailed, a load
    left out or a charge that is missing, heat or cold not delivered."""

    home: str
    device: str
    kind: str
    tier: Tier
    kwh: float


def in_emergency(model: HomeModel, worth: Worth) -> HomeModel:
    """The home with everything that may be shed made optional, at prices that keep the order."""
    hours = model.axis.step_hours
    chains = tuple(
        ProgrammeChain(tuple(_optional(link, worth, hours) for link in chain.links)) for chain in model.chains
    )
    stores = tuple(
        _dearer(store, worth.comfort_per_kwh, hours) if _is_heat(store) else _waiting(store, worth, hours)
        for store in model.stores
    )
    return replace(model, chains=chains, stores=stores)


def counting_shed(model: HomeModel) -> HomeModel:
    """The home to which nothing costs anything but what it does without, which costs 1 for each kWh at the meter."""
    hours = model.axis.step_hours
    free = without_costs(model)
    stores = tuple(
        _counted(own, store, hours) if _is_heat(store) else _waiting(store, Worth(1.0, 1.0), hours)
        for own, store in zip(model.stores, free.stores, strict=True)
    )
    return replace(in_emergency(free, Worth(1.0, 1.0)), stores=stores)


def without_costs(model: HomeModel) -> HomeModel:
    """The home as it is, to which nothing costs anything: what it can do, and no more."""
    tariff = model.tariff
    nothing = np.zeros(model.axis.steps)
    free = TariffOnAxis(tariff.id, tariff.axis, nothing, nothing, None, 0.0)
    return replace(
        model,
        tariff=free,
        fixed=tuple(replace(load, costs=Costs()) for load in model.fixed),
        stores=tuple(_free_store(store) for store in model.stores),
        chains=tuple(ProgrammeChain(tuple(_free_run(run) for run in chain.links)) for chain in model.chains),
        cogeneration=tuple(_free_machine(machine) for machine in model.cogeneration),
    )


def shed_between(model: HomeModel, bound: HomePlan, ordered: Decision) -> tuple[Shed, ...]:
    """What a home does without by a decision in an emergency, against the plan that it was bound to."""
    hours = model.axis.step_hours
    devices = {device.device: device for device in bound.devices}
    found: dict[tuple[str, str, Tier], float] = {}

    def add(device: str, kind: str, tier: Tier, kwh: float) -> None:
        found[device, kind, tier] = found.get((device, kind, tier), 0.0) + kwh

    for source, used_kw in zip(model.generation, ordered.generation_kw, strict=True):
        less_kw = -devices[source.device].power_kw - used_kw
        add(source.device, source.kind, "generation", hours * float(less_kw.sum()))
    for store, flows in zip(model.stores, ordered.stores, strict=True):
        if _is_heat(store):
            missing = _missing_heat(store, flows, hours) - _missing_in(store, devices[store.device], hours)
            add(store.device, store.kind, "comfort", missing)
        else:
            due = float(store.lower_kwh[-1]) - float(store_content(store, flows)[-1])
            missing = max(0.0, due) + float(flows.unserved_kwh.sum())
            add(store.device, store.kind, "load", missing / _per_kwh(store, hours))
    for chain, starts in zip(model.chains, ordered.starts, strict=True):
        for link, index in zip(chain.links, starts, strict=True):
            if index is None and link.skip_cost is None:
                add(link.device, link.kind, "load", hours * float(link.power_kw.sum()))
    return tuple(Shed(model.home, *what, kwh) for what, kwh in found.items() if kwh > _NOTHING_KWH)


def missing_comfort_kwh(model: HomeModel, plan: HomePlan) -> float:
    """What of heat and cold a plan does without by itself, in kWh at the meter."""
    devices = {device.device: device for device in plan.devices}
    return sum(
        _missing_in(store, devices[store.device], model.axis.step_hours)
        for store in model.stores
        if _is_heat(store)
    )


def _missing_in(store: LinearStore, plan: DevicePlan, hours: float) -> float:
    """What a plan does without, as it shows: demand that is not served is content that does not come of its power."""
    if plan.content is None:
        return 0.0
    content, power_kw = plan.content[store.window], plan.power_kw[store.window]
    before = np.concatenate([[store.initial_kwh], content[:-1]])
    unserved = content - (store.retention * before + store.gain_in * power_kw - store.drain_kwh)
    nothing = np.zeros_like(power_kw)
    flows = StoreDecision(power_kw, nothing, np.where(store.relief_kwh > 0.0, unserved.clip(min=0.0), 0.0))
    return _missing_heat(store, flows, hours)


def _missing_heat(store: LinearStore, flows: StoreDecision, hours: float) -> float:
    """Demand that is not served, and content below its band, in kWh at the meter."""
    below = np.maximum(store.soft_lower_kwh - store_content(store, flows), 0.0)
    missed = float(flows.unserved_kwh.sum() + (_missed(store) * below).sum())
    return missed / _per_kwh(store, hours)


def _missed(store: LinearStore) -> FloatArray:
    """How much of a kWh below the band counts in each step, so that one that is never delivered counts as one, those that are
    missed after the last step included."""
    last = np.arange(store.steps) == store.steps - 1
    return np.where(store.soft_lower_price > 0.0, np.where(last, 1.0, 1.0 - store.retention), 0.0)


def _per_kwh(store: LinearStore, hours: float) -> float:
    """What a kWh at the meter brings into a store on average, in kWh."""
    return float(store.gain_in.mean()) / hours


def _is_heat(store: LinearStore) -> bool:
    """Whether heat or cold is stored, which never comes back as electricity."""
    return store.gain_out == 0.0


def _optional(link: Programme, worth: Worth, step_hours: float) -> Programme:
    if link.skip_cost is not None:
        return link
    return replace(link, skip_cost=worth.of_load(link.priority) * float(link.power_kw.sum()) * step_hours)


def _waiting(store: LinearStore, worth: Worth, hours: float) -> LinearStore:
    """A car or a battery that need not be as full in the end; what must be in it before stays.

    What is missing is a wish that is not met; where there is a wish beyond what is due, it is energy made up for in
    the last step, which could otherwise be given back.
    """
    due = float(store.lower_kwh[-1])
    least = min(store.initial_kwh, due) if store.steps == 1 else min(float(store.lower_kwh[-2]), due)
    if store.initial_kwh >= due or due - least <= 0.0:
        return store
    price = worth.of_load(store.priority) / _per_kwh(store, hours)
    last = np.arange(store.steps) == store.steps - 1
    lower = np.where(last, least, store.lower_kwh)
    wished = float(store.soft_lower_kwh[-1]) if store.soft_lower_price[-1] > 0.0 else due
    if wished > due + _NOTHING_KWH:
        price = max(price, float(store.soft_lower_price[-1]))
        return replace(store, relief_kwh=np.where(last, due - least, 0.0), relief_cost_per_kwh=price)
    return replace(
        store,
        lower_kwh=lower,
        soft_lower_kwh=np.where(last, due, store.soft_lower_kwh),
        soft_lower_price=np.where(last, price, store.soft_lower_price),
    )


def _dearer(store: LinearStore, least_per_kwh: float, hours: float) -> LinearStore:
    """Heat at its own price, or at a least one: of demand that is not served, and of content below its band for as long as a kWh
    that is missing there is missed."""
    per_kwh = least_per_kwh / _per_kwh(store, hours)
    return replace(
        store,
        relief_cost_per_kwh=max(store.relief_cost_per_kwh, per_kwh),
        soft_lower_price=np.maximum(store.soft_lower_price, per_kwh * _missed(store)),
    )


def _counted(own: LinearStore, free: LinearStore, hours: float) -> LinearStore:
    per_kwh = 1.0 / _per_kwh(own, hours)
    return replace(free, relief_cost_per_kwh=per_kwh, soft_lower_price=per_kwh * _missed(own))


def _free_store(store: LinearStore) -> LinearStore:
    nothing = np.zeros(store.steps)
    return replace(
        store,
        relief_cost_per_kwh=0.0,
        soft_lower_price=nothing,
        soft_upper_price=nothing,
        wear_cost_per_kwh=0.0,
        end_value_per_kwh=0.0,
    )


def _free_run(link: Programme) -> Programme:
    skip = None if link.skip_cost is None else 0.0
    return replace(link, start_cost=np.zeros(len(link.starts)), skip_cost=skip)


def _free_machine(machine: Cogeneration) -> Cogeneration:
    return replace(
        machine,
        fuel_cost_per_hour=(0.0, 0.0),
        start_cost=0.0,
        boiler_cost_per_kwh=0.0,
        unserved_cost_per_kwh=0.0,
        end_value_per_kwh=0.0,
    )
