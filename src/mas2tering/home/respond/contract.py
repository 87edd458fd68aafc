"""A home of which a part stays as it is decided: under its contract with the aggregator what is not contracted, as in its own
plan of use case 1; later in the day what is over, as in the plan that stands.

A contracted device may deviate from that plan in the contract's hours alone. What stays is load that is as it is, under
the device's own name, so that a plan still shows one course for each device.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.plans import Costs
from mas2tering.home.evaluate import judged_devices
from mas2tering.home.model import (
    BoolArray,
    Cogeneration,
    CogenerationDecision,
    Decision,
    FixedLoad,
    FloatArray,
    Generation,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
    StoreDecision,
    store_content,
)


@dataclass(frozen=True)
class UnderContract:
    """What a home has agreed to, and what it does alone, in use case 1, from which it deviates as far as that goes."""

    contract: AggregationContract
    alone: Decision


@dataclass(frozen=True)
class Contracted:
    """A home that can do no more than is left to it, and what it does alone, or does so far, in terms of that model."""

    model: HomeModel
    alone: Decision


def within(model: HomeModel, under: UnderContract) -> Contracted:
    """The home restricted to its contract.

    What it does alone is always feasible in it, as far as it is in ``model``: use case 2 cannot make it dearer.
    """
    contract, alone = under.contract, under.alone
    if not contract.assets and not contract.hours:
        return Contracted(model, alone)
    return _restricted(_Parts(model, contract.allowed(model.axis), contract.covers), model, alone)


def from_step_on(model: HomeModel, stands: Decision, first_step: int) -> Contracted:
    """The home in the middle of a day: before ``first_step`` everything stays as decided, and so does a programme that has
    begun and the schedule of a machine, which is one thing."""
    free = np.arange(model.axis.steps) >= first_step
    return _restricted(_Parts(model, free, lambda _: True, first_step), model, stands)


def _restricted(parts: "_Parts", model: HomeModel, alone: Decision) -> Contracted:
    for source, used_kw in zip(model.generation, alone.generation_kw, strict=True):
        parts.take_generation(source, used_kw)
    for store, flows in zip(model.stores, alone.stores, strict=True):
        parts.take_store(store, flows)
    for chain, starts in zip(model.chains, alone.starts, strict=True):
        parts.take_chain(chain, starts)
    for machine, run in zip(model.cogeneration, alone.cogeneration, strict=True):
        parts.take_machine(machine, run)
    return parts.together()


class _Parts:
    """What of a home may deviate, device by device, and the load of all that stays."""

    def __init__(
        self, model: HomeModel, allowed: BoolArray, covers: Callable[[str], bool], first_step: int = 0
    ) -> None:
        self._model, self._first_step = model, first_step
        self._allowed, self._covers = allowed, covers
        self._fixed: list[FixedLoad] = []
        self._generation: list[tuple[Generation, FloatArray]] = []
        self._stores: list[tuple[LinearStore, StoreDecision]] = []
        self._chains: list[tuple[ProgrammeChain, tuple[int | None, ...]]] = []
        self._cogeneration: list[tuple[Cogeneration, CogenerationDecision]] = []

    def together(self) -> Contracted:
        """All parts as a home again."""
        model = replace(
            self._model,
            fixed=self._model.fixed + tuple(self._fixed),
            generation=tuple(source for source, _ in self._generation),
            stores=tuple(store for store, _ in self._stores),
            chains=tuple(chain for chain, _ in self._chains),
            cogeneration=tuple(machine for machine, _ in self._cogeneration),
        )
        alone = Decision(
            tuple(used_kw for _, used_kw in self._generation),
            tuple(flows for _, flows in self._stores),
            tuple(starts for _, starts in self._chains),
            tuple(run for _, run in self._cogeneration),
        )
        return Contracted(model, alone)

    def take_generation(self, source: Generation, used_kw: FloatArray) -> None:
        """Curtailed as alone outside of what may deviate."""
        free = self._free(source.device)
        if not free.all():
            stays_kw = np.where(free, 0.0, -used_kw)
            self._fixed.append(FixedLoad(source.device, source.kind, source.phase, stays_kw))
        if free.any():
            available_kw = np.where(free, source.available_kw, 0.0)
            self._generation.append(
                (replace(source, available_kw=available_kw), np.where(free, used_kw, 0.0))
            )

    def take_store(self, store: LinearStore, flows: StoreDecision) -> None:
        """Flows that stay are load at the meter, and come or go with what drains the content."""
        free = self._free(store.device)[store.window]
        if not np.any(free & ((store.power_in_kw > 0.0) | (store.power_out_kw > 0.0))):
            self._stay(store.phase, replace(self._nothing(), stores=(store,)), Decision((), (flows,), (), ()))
            return
        if free.all():
            self._stores.append((store, flows))
            return
        charge_kw, discharge_kw = (
            np.where(free, 0.0, power_kw) for power_kw in (flows.charge_kw, flows.discharge_kw)
        )
        stays_kw = np.zeros(self._model.axis.steps)
        stays_kw[store.window] = charge_kw - discharge_kw
        moved_kwh = self._model.axis.step_hours * float((charge_kw + discharge_kw).sum())
        wear = Costs(wear=store.wear_cost_per_kwh * moved_kwh)
        self._fixed.append(FixedLoad(store.device, store.kind, store.phase, stays_kw, wear))
        content = store_content(store, flows)
        left = replace(
            store,
            power_in_kw=np.where(free, store.power_in_kw, 0.0),
            power_out_kw=np.where(free, store.power_out_kw, 0.0),
            drain_kwh=store.drain_kwh - store.gain_in * charge_kw + store.gain_out * discharge_kw,
            # A plan may break a limit by a solver's rounding, which where flows stay nothing could make good.
            lower_kwh=np.minimum(store.lower_kwh, content),
            upper_kwh=np.maximum(store.upper_kwh, content),
        )
        own = StoreDecision(
            np.where(free, flows.charge_kw, 0.0),
            np.where(free, flows.discharge_kw, 0.0),
            flows.unserved_kwh,
        )
        self._stores.append((left, own))

    def take_chain(self, chain: ProgrammeChain, starts: tuple[int | None, ...]) -> None:
        """Runs keep their own start or take one whose whole run may be asked for; left out is a run only where it is
        alone, or where that might be asked for."""
        links: list[Programme] = []
        chosen: list[int | None] = []
        for link, index in zip(chain.links, starts, strict=True):
            free = self._free(link.device)
            inside = [k for k, start in enumerate(link.starts) if free[start : start + link.length].all()]
            if index is not None and link.starts[index] < self._first_step:
                inside = []
            if index is None and (not inside or link.skip_cost is None):
                # Nothing after it runs either.
                break
            options = sorted({*inside, *([] if index is None else [index])})
            may_be_left_out = index is None or index in inside
            links.append(_with_starts(link, options, index, link.skip_cost if may_be_left_out else None))
            chosen.append(None if index is None else options.index(index))
        if any(len(link.starts) > 1 or link.skip_cost is not None for link in links):
            self._chains.append((ProgrammeChain(tuple(links)), tuple(chosen)))
        else:
            links = []
        for link, index in list(zip(chain.links, starts, strict=True))[len(links) :]:
            one = replace(self._nothing(), chains=(ProgrammeChain((link,)),))
            self._stay(link.phase, one, Decision((), (), ((index,),), ()))

    def take_machine(self, machine: Cogeneration, run: CogenerationDecision) -> None:
        """A schedule is one thing: where hours are limited, it stays."""
        if self._free(machine.device).all():
            self._cogeneration.append((machine, run))
        else:
            one = replace(self._nothing(), cogeneration=(machine,))
            self._stay(machine.phase, one, Decision((), (), (), (run,)))

    def _free(self, device: str) -> BoolArray:
        """Steps at which a device may deviate, shape (steps,)."""
        return self._allowed if self._covers(device) else np.zeros_like(self._allowed)

    def _nothing(self) -> HomeModel:
        return replace(self._model, fixed=(), generation=(), stores=(), chains=(), cogeneration=())

    def _stay(self, phase: int | None, one: HomeModel, decision: Decision) -> None:
        """A device does what it does alone."""
        self._fixed += [
            FixedLoad(part.device, part.kind, phase, part.power_kw, part.costs, part.content, part.starts)
            for part in judged_devices(one, decision)
        ]


def _with_starts(
    link: Programme, options: list[int], index: int | None, skip_cost: float | None
) -> Programme:
    """A run with some of its starts; without the platform it takes the preferred one, or that of use case 1."""
    wanted = link.preferred if link.preferred in options else index
    return replace(
        link,
        starts=link.starts[options],
        start_cost=link.start_cost[options],
        preferred=0 if wanted is None else options.index(wanted),
        skip_cost=skip_cost,
    )
