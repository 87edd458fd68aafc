"""A home where limits of the grid cannot be kept by what it wished to do: what it would do without, and in which order.

First generation is curtailed, which every home can do anyway; then loads are left out that could run another day; then
comfort is given up. What is neither, the fixed load and whatever the user protects, is never touched.
"""

from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.model import (
    Cogeneration,
    Decision,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
)

_LEFT_OUT, _COMFORT = 0.25, 0.5
"""What a kWh is worth that is done without, as a share of a limit's dearest price: programmes and charging that wait for
another day, and heat that was wished."""
_WAITING = frozenset({"ev"})
_NOTHING_KWH = 1e-6


@dataclass(frozen=True)
class Shed:
    """What a device did without, in kWh of its load or of what it stores."""

    home: str
    device: str
    kind: str
    kwh: float


def in_emergency(model: HomeModel, dearest_per_kwh: float) -> HomeModel:
    """The home with everything that may be shed made optional, at prices that keep the order."""
    chains = tuple(
        ProgrammeChain(
            tuple(_optional(link, _LEFT_OUT * dearest_per_kwh, model.axis.step_hours) for link in chain.links)
        )
        for chain in model.chains
    )
    stores = tuple(_relieved(store, dearest_per_kwh) for store in model.stores)
    return replace(model, chains=chains, stores=stores)


def without_costs(model: HomeModel) -> HomeModel:
    """The home as it is, to which nothing costs anything: what it can do, and no more."""
    tariff = model.tariff
    nothing = np.zeros(model.axis.steps)
    free = TariffOnAxis(tariff.id, tariff.axis, nothing, nothing, None, 0.0)
    return replace(
        model,
        tariff=free,
        stores=tuple(_free_store(store) for store in model.stores),
        chains=tuple(ProgrammeChain(tuple(_free_run(run) for run in chain.links)) for chain in model.chains),
        cogeneration=tuple(_free_machine(machine) for machine in model.cogeneration),
    )


def shed_by(model: HomeModel, emergency: HomeModel, decision: Decision) -> tuple[Shed, ...]:
    """What a decision in an emergency does without that the home itself would not have done without."""
    found = []
    for chain, starts in zip(model.chains, decision.starts, strict=True):
        for link, index in zip(chain.links, starts, strict=True):
            if index is None and link.skip_cost is None:
                energy = float(link.power_kw.sum()) * model.axis.step_hours
                found.append(Shed(model.home, link.device, link.kind, energy))
    for own, store, flows in zip(model.stores, emergency.stores, decision.stores, strict=True):
        beyond = float(np.maximum(flows.unserved_kwh - own.relief_kwh, 0.0).sum())
        if store is not own and beyond > _NOTHING_KWH:
            found.append(Shed(model.home, own.device, own.kind, beyond))
    return tuple(found)


def _optional(link: Programme, worth_per_kwh: float, step_hours: float) -> Programme:
    if link.skip_cost is not None:
        return link
    return replace(link, skip_cost=worth_per_kwh * float(link.power_kw.sum()) * step_hours)


def _relieved(store: LinearStore, dearest_per_kwh: float) -> LinearStore:
    """A store that need not be charged; one that gives energy back only, a battery, is left as it is."""
    needed = bool(np.any(store.lower_kwh > 0.0) or np.any(store.drain_kwh > 0.0))
    if not needed or np.any(store.relief_kwh > 0.0):
        return store
    share = _LEFT_OUT if store.kind in _WAITING else _COMFORT
    return replace(
        store,
        relief_kwh=store.gain_in * store.power_in_kw,
        relief_cost_per_kwh=share * dearest_per_kwh,
    )


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
