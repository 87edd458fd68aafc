"""Models that are not true: what a home declares that it has not, or leaves out, or makes dearer."""

from dataclasses import replace

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.home.model import (
    STORE_PROFILES,
    FixedLoad,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
)
from mas2tering.home.rules.without_platform import without_platform
from mas2tering.study.gaming.homes import Planned, hidden_power


def with_phantom_programme(model: HomeModel, power_kw: float) -> HomeModel:
    """A programme of an hour that is not there, with any start that suits it."""
    steps, length = model.axis.steps, 2
    starts = np.arange(steps - length + 1)
    phantom = Programme(
        "phantom",
        "programme",
        None,
        starts,
        np.full(length, power_kw),
        np.zeros(len(starts)),
        0,
    )
    return replace(model, chains=(*model.chains, ProgrammeChain((phantom,))))


def with_phantom_store(model: HomeModel, store: LinearStore) -> HomeModel:
    """Somebody else's car or battery."""
    return replace(model, stores=(*model.stores, replace(store, device="phantom", phase=None)))


def with_battery_scaled(model: HomeModel, factor: float) -> HomeModel:
    """Batteries of other sizes than they have."""
    scaled = tuple(
        replace(
            store,
            upper_kwh=store.upper_kwh * factor,
            soft_upper_kwh=store.soft_upper_kwh * factor,
            power_in_kw=store.power_in_kw * factor,
            power_out_kw=store.power_out_kw * factor,
        )
        if store.kind == "battery"
        else store
        for store in model.stores
    )
    return replace(model, stores=scaled)


def with_discomfort_times(model: HomeModel, factor: float) -> HomeModel:
    """Discomfort at other prices than it has: of starts, of leaving out, of bands that are left."""
    chains = tuple(
        ProgrammeChain(
            tuple(
                replace(
                    link,
                    start_cost=link.start_cost * factor,
                    skip_cost=None if link.skip_cost is None else link.skip_cost * factor,
                )
                for link in chain.links
            )
        )
        for chain in model.chains
    )
    stores = tuple(
        replace(
            store,
            soft_lower_price=store.soft_lower_price * factor,
            soft_upper_price=store.soft_upper_price * factor,
        )
        for store in model.stores
    )
    machines = tuple(
        replace(machine, unserved_cost_per_kwh=machine.unserved_cost_per_kwh * factor)
        for machine in model.cogeneration
    )
    return replace(model, chains=chains, stores=stores, cogeneration=machines)


def with_departure_earlier(model: HomeModel, steps: int) -> HomeModel:
    """Cars that leave earlier than they do, where they can be charged by then."""
    return replace(model, stores=tuple(_left_earlier(store, steps) for store in model.stores))


def _left_earlier(store: LinearStore, steps: int) -> LinearStore:
    kept = store.steps - steps
    if store.kind != "ev" or kept < 1:
        return store
    reachable = store.initial_kwh + float((store.gain_in * store.power_in_kw)[:kept].sum())
    if reachable < store.lower_kwh[-1]:
        return store
    cut = {name: getattr(store, name)[:kept].copy() for name in STORE_PROFILES}
    cut["lower_kwh"][-1] = store.lower_kwh[-1]
    return replace(store, **cut)


def without_devices(model: HomeModel, devices: frozenset[str]) -> HomeModel:
    """Devices left out, as if they were not there."""
    return replace(
        model,
        stores=tuple(store for store in model.stores if store.device not in devices),
        chains=tuple(
            chain for chain in model.chains if not any(link.device in devices for link in chain.links)
        ),
        cogeneration=tuple(machine for machine in model.cogeneration if machine.device not in devices),
    )


def relabelled(model: HomeModel, devices: frozenset[str]) -> HomeModel:
    """Devices left out, and what they would draw without the platform taken for base load."""
    from mas2tering.home.evaluate import plan_of

    usual = Planned(plan_of(model, without_platform(model), "none"), np.zeros(model.axis.steps))
    return with_more_base(without_devices(model, devices), hidden_power(usual, devices))


def with_more_base(model: HomeModel, more_kw: FloatArray) -> HomeModel:
    """More load that is as it is, by the forecast (steps,)."""
    return replace(model, fixed=(*model.fixed, FixedLoad("more", "fixed_load", None, more_kw)))
