"""What a home can do, as arrays: the one model that plans, answers, rules and their judge share.

Five kinds of device are enough for all that stands in a home: load that is as it is, generation that may be
curtailed, linear stores, programmes with a choice of start, and cogeneration. Every array is on the home's
axis; a store's arrays cover its own ``window`` of steps alone (an electric vehicle's stay).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import Clash
from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class FixedLoad:
    """Power that is as it is, shape (steps,); generation that cannot be curtailed is negative.

    ``costs`` are what a device that nobody may touch costs beside the bill, ``starts`` the steps at which
    its programme starts.
    """

    device: str
    kind: str
    phase: int | None
    power_kw: FloatArray
    costs: Costs = field(default_factory=Costs)
    content_kwh: FloatArray | None = None
    starts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Generation:
    """Generation that may be curtailed to anything between zero and ``available_kw``, shape (steps,)."""

    device: str
    kind: str
    phase: int | None
    available_kw: FloatArray


@dataclass(frozen=True)
class LinearStore:
    """Battery, stay of an electric vehicle, tank, or house: a store that is linear in power.

    With n steps in the window [first_step, first_step + n), and content s_0 = ``initial_kwh``::

        s_{k+1} = retention s_k + gain_in_k c_k - gain_out d_k + r_k - drain_k
        0 <= c_k <= power_in_kw_k,  0 <= d_k <= power_out_kw_k,  0 <= r_k <= relief_kwh_k
        lower_k <= s_{k+1} <= upper_k

    where c and d are powers at the meter (kW) and r is demand that is not served (kWh), at
    ``relief_cost_per_kwh``. Content below ``soft_lower`` or above ``soft_upper`` at the end of step k costs
    the given price per kWh. Not both c and d at once. The gains hold the length of the step: kWh of content
    per kW. ``end_value_per_kwh`` is the worth of content at the end of the window.
    """

    device: str
    kind: str
    phase: int | None
    first_step: int
    retention: float
    initial_kwh: float
    gain_in: FloatArray
    gain_out: float
    power_in_kw: FloatArray
    power_out_kw: FloatArray
    drain_kwh: FloatArray
    relief_kwh: FloatArray
    relief_cost_per_kwh: float
    lower_kwh: FloatArray
    upper_kwh: FloatArray
    soft_lower_kwh: FloatArray
    soft_lower_price: FloatArray
    soft_upper_kwh: FloatArray
    soft_upper_price: FloatArray
    wear_cost_per_kwh: float
    end_value_per_kwh: float
    setpoint_kwh: FloatArray
    """Where a thermostat (or a charger that knows no better) would keep the content."""
    priority: int = 3
    visit: str = ""
    """Which of a car's stays it is: the date on which it was expected, and its place among the car's stays."""

    @property
    def steps(self) -> int:
        """Number of steps in the window."""
        return len(self.gain_in)

    @property
    def window(self) -> slice:
        """The window as a slice of the axis."""
        return slice(self.first_step, self.first_step + self.steps)

    @property
    def discharges(self) -> bool:
        """Whether energy can come back out."""
        return bool(np.any(self.power_out_kw > 0))

    @property
    def is_plain_energy(self) -> bool:
        """Whether the store is nothing but an amount of energy to take until the end of its window."""
        return bool(
            self.retention == 1.0
            and not self.discharges
            and not np.any(self.drain_kwh)
            and not np.any(self.relief_kwh)
            and not np.any(self.soft_upper_price)
            and not np.any(self.soft_lower_price)
            and np.all(self.lower_kwh[:-1] <= self.initial_kwh)
            and np.all(self.upper_kwh == self.upper_kwh[-1])
        )


STORE_PROFILES = (
    "gain_in",
    "power_in_kw",
    "power_out_kw",
    "drain_kwh",
    "relief_kwh",
    "lower_kwh",
    "upper_kwh",
    "soft_lower_kwh",
    "soft_lower_price",
    "soft_upper_kwh",
    "soft_upper_price",
    "setpoint_kwh",
)
"""What of a store has a value for each step of its window."""


@dataclass(frozen=True)
class Programme:
    """One run with a choice of start: ``starts`` shape (k,), ``power_kw`` shape (length,), ``start_cost``
    shape (k,).

    ``skip_cost`` is what leaving the run out costs, None where it must run. ``preferred`` is the index into
    ``starts`` at which it runs without the platform.
    """

    device: str
    kind: str
    phase: int | None
    starts: IntArray
    power_kw: FloatArray
    start_cost: FloatArray
    preferred: int
    skip_cost: float | None = None
    longest_wait_steps: int | None = None
    priority: int = 3

    @property
    def length(self) -> int:
        """Length of the run in steps."""
        return len(self.power_kw)


@dataclass(frozen=True)
class ProgrammeChain:
    """Programmes that follow one another; most chains have one link.

    A link starts when the one before is over, or at most its ``longest_wait_steps`` later. A link is left out
    exactly if the one before is left out or it is itself optional; a link that must run makes all before it
    run.
    """

    links: tuple[Programme, ...]


@dataclass(frozen=True)
class Cogeneration:
    """Combined heat and power with a tank, and perhaps a boiler.

    On, it runs at load m in [0, 1] between two points: electricity ``electrical_kw[0] + m (electrical_kw[1] -
    electrical_kw[0])``, heat and fuel cost per hour likewise. Heat that finds no room is let off. Content: s'
    = retention s + hours (heat + boiler) + unserved - let off - drain.
    """

    device: str
    kind: str
    phase: int | None
    electrical_kw: tuple[float, float]
    heat_kw: tuple[float, float]
    fuel_cost_per_hour: tuple[float, float]
    start_cost: float
    minimum_up_steps: int
    minimum_down_steps: int
    initially_on: bool
    boiler_kw: float
    boiler_cost_per_kwh: float
    retention: float
    initial_kwh: float
    capacity_kwh: float
    drain_kwh: FloatArray
    unserved_cost_per_kwh: float
    end_value_per_kwh: float

    @property
    def knows_on_and_off_only(self) -> bool:
        """Whether it cannot modulate: while it runs, it generates always the same."""
        return self.electrical_kw[0] == self.electrical_kw[1]


@dataclass(frozen=True)
class HomeModel:
    """A home on an axis: its devices as arrays, its tariff, its fuse.

    ``phases`` is 1 or 3; a device without a phase at a three-phase connection draws a third from each.
    ``fuse_kw`` holds for each phase. ``clashes`` are wishes that could not be met and how they were relaxed;
    ``notes`` what was assumed, in words.
    """

    home: str
    axis: TimeAxis
    tariff: TariffOnAxis
    fuse_kw: float
    phases: int
    fixed: tuple[FixedLoad, ...]
    generation: tuple[Generation, ...]
    stores: tuple[LinearStore, ...]
    chains: tuple[ProgrammeChain, ...]
    cogeneration: tuple[Cogeneration, ...]
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def fixed_kw(self) -> FloatArray:
        """Sum of the fixed loads, shape (steps,)."""
        total = np.zeros(self.axis.steps)
        for load in self.fixed:
            total += load.power_kw
        return total

    @property
    def fixed_by_phase_kw(self) -> FloatArray:
        """Sum of the fixed loads on each phase, shape (phases, steps)."""
        total = np.zeros((self.phases, self.axis.steps))
        for load in self.fixed:
            if load.phase is None or self.phases == 1:
                total += load.power_kw / self.phases
            else:
                total[load.phase] += load.power_kw
        return total

    @property
    def phase_of_devices(self) -> dict[str, int | None]:
        """The phase of each device, None for one that is on all of them."""
        phases = {load.device: load.phase for load in self.fixed}
        phases |= {source.device: source.phase for source in self.generation}
        phases |= {store.device: store.phase for store in self.stores}
        phases |= {machine.device: machine.phase for machine in self.cogeneration}
        return phases | {link.device: link.phase for chain in self.chains for link in chain.links}

    @property
    def reach_kw(self) -> tuple[FloatArray, FloatArray]:
        """The most that the meter can see drawn and fed in at each step, both of shape (steps,)."""
        draw, feed = self.fixed_kw, -self.fixed_kw
        for source in self.generation:
            feed = feed + source.available_kw
        for store in self.stores:
            draw[store.window] += store.power_in_kw
            feed[store.window] += store.power_out_kw
        for chain in self.chains:
            for link in chain.links:
                draw[int(link.starts[0]) : int(link.starts[-1]) + link.length] += link.power_kw.max()
        for machine in self.cogeneration:
            feed = feed + machine.electrical_kw[1]
        return np.maximum(draw, 0.0), np.maximum(feed, 0.0)

    @property
    def is_flexible(self) -> bool:
        """Whether there is anything to decide."""
        return bool(self.generation or self.stores or self.chains or self.cogeneration)


@dataclass(frozen=True)
class StoreDecision:
    """Powers of a store over its window: charge, discharge (kW at the meter), demand not served (kWh), each
    shape (n,)."""

    charge_kw: FloatArray
    discharge_kw: FloatArray
    unserved_kwh: FloatArray


@dataclass(frozen=True)
class CogenerationDecision:
    """On or off, load in [0, 1], boiler heat (kW), heat let off and demand not served (kWh), each shape
    (steps,)."""

    on: BoolArray
    load: FloatArray
    boiler_kw: FloatArray
    let_off_kwh: FloatArray
    unserved_kwh: FloatArray


@dataclass(frozen=True)
class Decision:
    """What a planner decides, in the order of the model's devices.

    ``generation_kw`` is the generation used; ``starts`` holds for each chain and link the index into the
    link's ``starts``, or None where the run is left out.
    """

    generation_kw: tuple[FloatArray, ...]
    stores: tuple[StoreDecision, ...]
    starts: tuple[tuple[int | None, ...], ...]
    cogeneration: tuple[CogenerationDecision, ...]


def store_content(store: LinearStore, decision: StoreDecision) -> FloatArray:
    """Content at the end of each step of the window, in kWh, shape (n,)."""
    flow = (
        store.gain_in * decision.charge_kw
        - store.gain_out * decision.discharge_kw
        + decision.unserved_kwh
        - store.drain_kwh
    )
    return _leaky_sum(store.retention, store.initial_kwh, flow)


def cogeneration_power(
    device: Cogeneration, decision: CogenerationDecision
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Electricity (kW, generation positive), heat (kW) and fuel cost per hour of the machine without its
    boiler."""
    return (
        _between(device.electrical_kw, decision),
        _between(device.heat_kw, decision),
        _between(device.fuel_cost_per_hour, decision),
    )


def _between(points: tuple[float, float], decision: CogenerationDecision) -> FloatArray:
    """What runs between two points at the decided load, nothing where the machine is off."""
    low, high = points
    return np.where(decision.on, low + decision.load * (high - low), 0.0)


def cogeneration_content(
    device: Cogeneration, decision: CogenerationDecision, step_hours: float
) -> FloatArray:
    """Content of the tank at the end of each step, in kWh, shape (steps,)."""
    _, heat_kw, _ = cogeneration_power(device, decision)
    flow = (
        step_hours * (heat_kw + decision.boiler_kw)
        + decision.unserved_kwh
        - decision.let_off_kwh
        - device.drain_kwh
    )
    return _leaky_sum(device.retention, device.initial_kwh, flow)


def _leaky_sum(retention: float, initial: float, flow: FloatArray) -> FloatArray:
    if retention == 1.0:
        return np.asarray(initial + np.cumsum(flow))
    content, level = [], initial
    # Python's own numbers: twice as fast as taking them from an array one by one.
    for change in flow.tolist():
        level = retention * level + change
        content.append(level)
    return np.array(content, dtype=float)
