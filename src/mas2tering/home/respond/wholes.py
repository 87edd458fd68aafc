"""What of a plan is whole: starts of programmes and schedules of machines. The rest can be mixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import judged_devices
from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FixedLoad,
    FloatArray,
    HomeModel,
    ProgrammeChain,
)

Starts = tuple[int | None, ...]


@dataclass(frozen=True)
class Wholes:
    """For each chain the index of each link's start (None: left out), for each machine its run."""

    starts: tuple[Starts, ...]
    cogeneration: tuple[CogenerationDecision, ...]


@dataclass(frozen=True)
class Committed:
    """What is whole in a home's plan, whatever it could choose from: the steps at which each programme starts, and each
    machine's run, by device. Another model of the home, with other starts to choose from, can keep to it."""

    starts: Mapping[str, tuple[int, ...]]
    runs: Mapping[str, CogenerationDecision]


def committed(model: HomeModel, plan: HomePlan, cogeneration: Sequence[CogenerationDecision]) -> Committed:
    """What a home's plan commits it to; ``cogeneration`` are the runs of its machines, none where they are not known."""
    runs = zip((machine.device for machine in model.cogeneration), cogeneration, strict=False)
    return Committed({device.device: device.starts for device in plan.devices}, dict(runs))


def as_committed(model: HomeModel, to: Committed) -> Wholes | None:
    """The same in terms of a model; None where that does not allow it, or nothing is known of a machine."""
    left = {device: list(steps) for device, steps in to.starts.items()}
    starts = []
    for chain in model.chains:
        chosen: list[int | None] = []
        for link in chain.links:
            steps = left.get(link.device, [])
            index = next((k for k, start in enumerate(link.starts) if int(start) in steps), None)
            if index is None and link.skip_cost is None and None not in chosen:
                return None
            if index is not None:
                steps.remove(int(link.starts[index]))
            chosen.append(index)
        if None in chosen and any(index is not None for index in chosen[chosen.index(None) :]):
            return None
        starts.append(tuple(chosen))
    if any(machine.device not in to.runs for machine in model.cogeneration):
        return None
    return Wholes(tuple(starts), tuple(to.runs[machine.device] for machine in model.cogeneration))


def without_wholes(model: HomeModel, wholes: Wholes) -> HomeModel:
    """The home with what is whole settled: loads that are as they are."""
    if not (model.chains or model.cogeneration):
        return model
    alone = replace(model, fixed=(), generation=(), stores=())
    phases = [link.phase for chain in model.chains for link in chain.links]
    phases += [machine.phase for machine in model.cogeneration]
    judged = judged_devices(alone, Decision((), (), wholes.starts, wholes.cogeneration))
    settled = tuple(
        FixedLoad(item.device, item.kind, phase, item.power_kw, item.costs)
        for item, phase in zip(judged, phases, strict=True)
    )
    return replace(model, fixed=model.fixed + settled, chains=(), cogeneration=())


def as_planned(model: HomeModel, plan: HomePlan) -> HomeModel:
    """The home with all of it settled as a plan has it, a fuse that the plan breaks left aside."""
    beside = replace(plan.costs, energy_bought=0.0, energy_sold=0.0, capacity=0.0, standing=0.0)
    load = FixedLoad("plan", "plan", None, plan.net_kw, beside)
    fuse_kw = max(model.fuse_kw, float(np.abs(plan.net_kw).max(initial=0.0)))
    return replace(
        model, fuse_kw=fuse_kw, fixed=(load,), generation=(), stores=(), chains=(), cogeneration=()
    )


def fitting(model: HomeModel, alone: HomePlan) -> HomeModel:
    """The home as it negotiates: where not even its best plan alone keeps what was wished and its limits, that
    plan is what it stays with."""
    return as_planned(model, alone) if len(alone.clashes) > len(model.clashes) else model


def with_wholes(decision: Decision, wholes: Wholes) -> Decision:
    """A decision about the rest of a home together with what is whole."""
    return replace(decision, starts=wholes.starts, cogeneration=wholes.cogeneration)


def still_possible(model: HomeModel, decision: Decision) -> Decision:
    """A decision of the same home with what it can generate now."""
    generation_kw = tuple(
        np.minimum(used_kw, source.available_kw)
        for source, used_kw in zip(model.generation, decision.generation_kw, strict=True)
    )
    return replace(decision, generation_kw=generation_kw)


def drawn_starts(chain: ProgrammeChain, weights: Sequence[FloatArray], luck: Sequence[float]) -> Starts:
    """Starts drawn with given weights: for each link an array over its starts, one more for leaving it out.

    The order of the chain is kept. ``luck`` is a number in [0, 1) for each link.
    """
    chosen: list[int | None] = []
    over = 0
    for position, (link, weight, number) in enumerate(zip(chain.links, weights, luck, strict=True)):
        if position and chosen[-1] is None:
            chosen.append(None)
            continue
        allowed = np.append(np.ones(len(link.starts), dtype=bool), link.skip_cost is not None)
        if position:
            allowed[:-1] = link.starts >= over
            if link.longest_wait_steps is not None:
                allowed[:-1] &= link.starts <= over + link.longest_wait_steps
        # Where the mix says nothing of what is left, all of it is as good.
        share = np.where(allowed, np.maximum(weight, 0.0), 0.0)
        share = share if share.sum() > 1e-9 else allowed.astype(float)
        pick = int(np.searchsorted(np.cumsum(share) / share.sum(), number, side="right"))
        chosen.append(pick if pick < len(link.starts) else None)
        if pick < len(link.starts):
            over = int(link.starts[pick]) + link.length
    return tuple(chosen)
