"""Step by step through a day, each device by its own policy, no look ahead: the engine under both rules."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mas2tering.home.model import (
    Cogeneration,
    CogenerationDecision,
    Decision,
    FloatArray,
    HomeModel,
    LinearStore,
    StoreDecision,
)

# A heat-led machine starts when its tank has fallen to this share, and stops when the tank is full.
_TANK_IS_LOW = 0.2


@dataclass(frozen=True)
class Moment:
    """What a policy sees of a store at step ``k`` of its window: content before the step, surplus of the home
    (kW), what is left.

    ``content_kwh`` is after retention and drain, were nothing to flow in. ``surplus_kw`` is the generation
    that nobody uses yet.
    """

    k: int
    content_kwh: float
    surplus_kw: float


ChargePolicy = Callable[[LinearStore, Moment], float]
"""The charging power in kW that a store asks for (the engine keeps limits, room and fuse)."""

Starts = tuple[tuple[int | None, ...], ...]


def to_setpoint(store: LinearStore, moment: Moment) -> float:
    """An ideal thermostat, or a charger that fills at once: what brings the content to its set-point by the
    end of the step."""
    gain = float(store.gain_in[moment.k])
    return 0.0 if gain <= 0 else (float(store.setpoint_kwh[moment.k]) - moment.content_kwh) / gain


class _StoreState:
    """A store on its way through the day."""

    def __init__(self, store: LinearStore) -> None:
        self.store = store
        self.content = store.initial_kwh
        self.charge_kw = np.zeros(store.steps)
        self.discharge_kw = np.zeros(store.steps)
        self.unserved_kwh = np.zeros(store.steps)

    def _drained(self, k: int) -> float:
        return float(self.store.retention * self.content - self.store.drain_kwh[k])

    def charge(self, k: int, surplus_kw: float, headroom_kw: float, policy: ChargePolicy) -> float:
        """Charge by the policy; returns the power drawn in kW."""
        store, before = self.store, self._drained(k)
        gain = float(store.gain_in[k])
        room_kw = max(0.0, float(store.upper_kwh[k]) - before) / gain if gain > 0 else 0.0
        asked = policy(store, Moment(k, before, surplus_kw))
        power = max(0.0, min(asked, float(store.power_in_kw[k]), room_kw, headroom_kw))
        self._set(k, before + gain * power)
        self.charge_kw[k] = power
        return power

    def follow(self, k: int, net_kw: float) -> float:
        """A battery's self-consumption: takes what is left over, gives what is missing; returns its power in
        kW."""
        store, before = self.store, self._drained(k)
        if net_kw < 0:
            return self.charge(k, -net_kw, np.inf, lambda _, moment: moment.surplus_kw)
        stored = max(0.0, before - float(store.lower_kwh[k]))
        power = min(
            net_kw, float(store.power_out_kw[k]), stored / store.gain_out if store.gain_out > 0 else 0.0
        )
        self._set(k, before - store.gain_out * power)
        self.discharge_kw[k] = power
        return -power

    def _set(self, k: int, content: float) -> None:
        missing = min(max(0.0, float(self.store.lower_kwh[k]) - content), float(self.store.relief_kwh[k]))
        self.unserved_kwh[k] = missing
        self.content = content + missing

    def decision(self) -> StoreDecision:
        return StoreDecision(self.charge_kw, self.discharge_kw, self.unserved_kwh)


class _MachineState:
    """A heat-led cogeneration machine on its way through the day."""

    def __init__(self, machine: Cogeneration, steps: int, hours: float) -> None:
        self.machine, self.hours = machine, hours
        self.content = machine.initial_kwh
        self.running = machine.initially_on
        self.since = max(machine.minimum_up_steps, machine.minimum_down_steps)
        self.on = np.zeros(steps, dtype=bool)
        self.boiler_kw, self.let_off, self.unserved = np.zeros(steps), np.zeros(steps), np.zeros(steps)

    def step(self, k: int) -> float:
        """Run a step; returns electricity generated in kW."""
        machine = self.machine
        before = machine.retention * self.content - float(machine.drain_kwh[k])
        heat_kwh = machine.heat_kw[1] * self.hours
        if (
            self.running
            and self.since >= machine.minimum_up_steps
            and before + heat_kwh > machine.capacity_kwh
        ):
            self.running, self.since = False, 0
        elif (
            not self.running
            and self.since >= machine.minimum_down_steps
            and before < _TANK_IS_LOW * machine.capacity_kwh
        ):
            self.running, self.since = True, 0
        self.since += 1
        self.on[k] = self.running
        content = before + (heat_kwh if self.running else 0.0)
        boiler_kwh = min(max(0.0, -content), machine.boiler_kw * self.hours)
        self.boiler_kw[k] = boiler_kwh / self.hours
        self.unserved[k] = max(0.0, -content - boiler_kwh)
        self.let_off[k] = max(0.0, content - machine.capacity_kwh)
        self.content = min(max(content, 0.0), machine.capacity_kwh)
        return machine.electrical_kw[1] if self.running else 0.0

    def decision(self) -> CogenerationDecision:
        return CogenerationDecision(
            self.on, self.on.astype(float), self.boiler_kw, self.let_off, self.unserved
        )


def run_day(model: HomeModel, starts: Starts, policy: ChargePolicy) -> Decision:
    """Live a day by rules: programmes as given, cogeneration by heat, stores by ``policy``, batteries by what
    is left.

    No store draws beyond the fuse (all phases together); a battery covers load and takes surplus of its own
    home alone.
    """
    steps = model.axis.steps
    net = (model.fixed_kw - sum((g.available_kw for g in model.generation), np.zeros(steps))).astype(float)
    for chain, indices in zip(model.chains, starts, strict=True):
        for link, index in zip(chain.links, indices, strict=True):
            if index is not None:
                first = int(link.starts[index])
                net[first : first + link.length] += link.power_kw
    stores = [_StoreState(store) for store in model.stores]
    machines = [_MachineState(machine, steps, model.axis.step_hours) for machine in model.cogeneration]
    fuse_kw = model.fuse_kw * model.phases
    for t in range(steps):
        level = float(net[t]) - sum(machine.step(t) for machine in machines)
        active = [s for s in stores if s.store.first_step <= t < s.store.first_step + s.store.steps]
        for state in (s for s in active if s.store.kind != "battery"):
            level += state.charge(
                t - state.store.first_step, max(0.0, -level), max(0.0, fuse_kw - level), policy
            )
        for state in (s for s in active if s.store.kind == "battery"):
            level += state.follow(t - state.store.first_step, level)
    return Decision(
        generation_kw=tuple(source.available_kw for source in model.generation),
        stores=tuple(state.decision() for state in stores),
        starts=starts,
        cogeneration=tuple(machine.decision() for machine in machines),
    )


def load_before_rules(model: HomeModel) -> FloatArray:
    """Net load of what no rule decides: fixed loads less all generation, in kW, shape (steps,)."""
    return model.fixed_kw - sum((g.available_kw for g in model.generation), np.zeros(model.axis.steps))
