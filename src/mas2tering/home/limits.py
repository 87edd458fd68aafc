"""What a decision breaks: fuse, stores, windows, minimum times; an empty answer is a feasible plan."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.home.model import (
    BoolArray,
    Cogeneration,
    Decision,
    HomeModel,
    LinearStore,
    StoreDecision,
    cogeneration_content,
    cogeneration_power,
    store_content,
)

TOLERANCE = 1e-5
"""Below this (kW or kWh) a breach is the solver's rounding."""

Kind = Literal["fuse", "store", "order", "minimum_time"]


@dataclass(frozen=True)
class Breach:
    """One thing that a decision breaks: the step at which it is worst, and by how much (kW, kWh, or
    steps)."""

    kind: Kind
    device: str
    step: int
    amount: float


def breaches(model: HomeModel, decision: Decision) -> tuple[Breach, ...]:
    """Everything that a decision breaks."""
    found: list[Breach] = _fuse(model, decision)
    for store, flows in zip(model.stores, decision.stores, strict=True):
        found.extend(_store(store, flows))
    for chain, starts in zip(model.chains, decision.starts, strict=True):
        over = 0
        for position, (link, index) in enumerate(zip(chain.links, starts, strict=True)):
            if index is None:
                if link.skip_cost is None:
                    found.append(Breach("order", link.device, int(link.starts[0]), 1.0))
                over = model.axis.steps + 1
                continue
            start = int(link.starts[index])
            wait = start - over
            if position and (
                wait < 0 or (link.longest_wait_steps is not None and wait > link.longest_wait_steps)
            ):
                found.append(Breach("order", link.device, start, float(wait)))
            over = start + link.length
    for machine, run in zip(model.cogeneration, decision.cogeneration, strict=True):
        content = cogeneration_content(machine, run, model.axis.step_hours)
        found.extend(
            _range(
                machine.device,
                content,
                np.zeros(len(content)),
                np.full(len(content), machine.capacity_kwh),
                0,
            )
        )
        found.extend(_times(machine, run.on))
    return tuple(found)


def phase_loads_kw(model: HomeModel, decision: Decision) -> FloatArray:
    """Net load of each phase in kW, shape (phases, steps)."""
    total = model.fixed_by_phase_kw

    def draw(phase: int | None, at: slice, power_kw: FloatArray) -> None:
        if phase is None or model.phases == 1:
            total[:, at] += power_kw / model.phases
        else:
            total[phase, at] += power_kw

    always = slice(None)
    for source, used_kw in zip(model.generation, decision.generation_kw, strict=True):
        draw(source.phase, always, -used_kw)
    for store, flows in zip(model.stores, decision.stores, strict=True):
        draw(store.phase, store.window, flows.charge_kw - flows.discharge_kw)
    for chain, starts in zip(model.chains, decision.starts, strict=True):
        for link, index in zip(chain.links, starts, strict=True):
            if index is not None:
                start = int(link.starts[index])
                draw(link.phase, slice(start, start + link.length), link.power_kw)
    for machine, run in zip(model.cogeneration, decision.cogeneration, strict=True):
        draw(machine.phase, always, -cogeneration_power(machine, run)[0])
    return total


def _fuse(model: HomeModel, decision: Decision) -> list[Breach]:
    loads = phase_loads_kw(model, decision)
    beyond = (np.abs(loads) - model.fuse_kw).max(axis=0)
    step = int(np.argmax(beyond))
    return [Breach("fuse", "fuse", step, float(beyond[step]))] if beyond[step] > TOLERANCE else []


def _store(store: LinearStore, flows: StoreDecision) -> list[Breach]:
    content = store_content(store, flows)
    found = _range(store.device, content, store.lower_kwh, store.upper_kwh, store.first_step)
    for power, limit in ((flows.charge_kw, store.power_in_kw), (flows.discharge_kw, store.power_out_kw)):
        found.extend(_range(store.device, power, np.zeros(len(power)), limit, store.first_step))
    both = np.minimum(flows.charge_kw, flows.discharge_kw)
    if both.max(initial=0.0) > TOLERANCE:
        found.append(
            Breach("store", store.device, store.first_step + int(np.argmax(both)), float(both.max()))
        )
    return found


def _range(
    device: str, values: FloatArray, lower: FloatArray, upper: FloatArray, first_step: int
) -> list[Breach]:
    below, above = lower - values, values - upper
    worst = np.maximum(below, above)
    step = int(np.argmax(worst))
    if worst[step] <= TOLERANCE * max(1.0, float(np.abs(values[step]))):
        return []
    amount = -float(below[step]) if below[step] > above[step] else float(above[step])
    return [Breach("store", device, first_step + step, amount)]


def _times(machine: Cogeneration, on: BoolArray) -> list[Breach]:
    """Runs and pauses that are too short, but for those that the axis cuts off."""
    found = []
    changes = np.flatnonzero(np.diff(np.concatenate(([machine.initially_on], on)).astype(int)))
    for first, last in pairwise(changes):
        minimum = machine.minimum_up_steps if on[first] else machine.minimum_down_steps
        if last - first < minimum:
            found.append(Breach("minimum_time", machine.device, int(first), float(minimum - (last - first))))
    return found
