"""What the limits of a network ask of its customers' loads, to first order at an operating point: rows of a negotiation.

A row says: what an element does now, and by how much each customer's load moves it, may come to its limit and no further.
Currents are convex in loads and voltages concave but for terms that cables make small, so that rows at several points cut
off what breaks an upper limit of a current or a lower one of a voltage, and never a plan that keeps it; an upper
limit of a voltage is kept by whatever keeps its row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.network import PHASES, Network
from mas2tering.grid.linear import ComplexArray, LinearGrid, LinearState, unbalance_of
from mas2tering.grid.loads import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Nearness:
    """From where on an element gets a row: loading as a fraction, distance of a voltage from its limit in pu, unbalance as a
    fraction of its limit. ``margin_pu`` and ``margin_loading`` are kept to the limits, for what rows to first order do not
    see."""

    loading: float
    voltage_pu: float
    unbalance: float
    margin_pu: float = 0.0003
    margin_loading: float = 0.0005


@dataclass(frozen=True)
class _Row:
    """``value`` of an element now, in A or pu, and its slope by customer; ``sign`` is -1 for a lower limit."""

    step: int
    value: float
    slope: FloatArray
    limit: float
    sign: float
    element: str


@dataclass(frozen=True)
class _Broken:
    """What breaks a limit at some step: phases of the transformer, feeder and phase of cables, groups of terminals (of a feeder
    and phase) whose voltage is too low or too high."""

    transformer: frozenset[int] = frozenset()
    cables: frozenset[tuple[str, int]] = frozenset()
    low: frozenset[int] = frozenset()
    high: frozenset[int] = frozenset()

    def __or__(self, other: "_Broken") -> "_Broken":
        return _Broken(
            self.transformer | other.transformer,
            self.cables | other.cables,
            self.low | other.low,
            self.high | other.high,
        )

    def __sub__(self, other: "_Broken") -> "_Broken":
        return _Broken(
            self.transformer - other.transformer,
            self.cables - other.cables,
            self.low - other.low,
            self.high - other.high,
        )


class LimitRows:
    """Makes rows at operating points of a network, one after another.

    What breaks a limit for the first time gets rows in all steps, since load that leaves a step goes to another one; what
    has them, or comes near to a limit only, in the steps where it is near.

    Args:
        network: what is guarded.
        dearest_per_kwh: what a kWh beyond a limit costs where no plan keeps it.
    """

    def __init__(self, network: Network, dearest_per_kwh: float) -> None:
        self._network, self._dearest = network, dearest_per_kwh
        self._linear = LinearGrid(network)
        self._rated = [k for k, cable in enumerate(network.cables) if cable.rating_a is not None]
        self._ratings = np.array([network.cables[k].rating_a for k in self._rated], dtype=np.float64)
        self._group = 3 * _feeders(self._linear) + self._linear.phase
        self._guarded = _Broken()

    def at(self, load_kw: FloatArray, near: Nearness) -> LoadLimits:
        """Rows of all elements near their limits at loads of shape (customers, steps), consumption positive.

        Of voltages the worst of each feeder and phase, of cables the most loaded of each feeder and phase.

        Raises:
            PowerFlowError: more load at some step than the network can carry at all.
        """
        state = self._linear.solve(load_kw)
        found: list[_Row] = []
        currents = np.abs(self._linear.currents(state, self._rated)) if self._rated else None
        substation = np.abs(self._linear.substation_currents(state))
        buses = self._linear.bus_voltages(state)
        broken = self._broken(state, currents, substation)
        new, self._guarded = broken - self._guarded, broken | self._guarded
        for step in range(load_kw.shape[1]):
            found += self._transformer(state, substation[:, step], step, near, new)
            if currents is not None:
                found += self._cables(state, currents[:, :, step], step, near, new)
            found += self._voltages(state, step, near, new)
            found += self._unbalances(state, buses, step, near)
        return self._as_limits(found, load_kw)

    def _broken(self, state: LinearState, currents_a: FloatArray | None, substation_a: FloatArray) -> _Broken:
        transformer, limits, voltage = (
            self._network.transformer,
            self._network.voltage_limits,
            state.voltage_pu,
        )
        phases = (
            ()
            if transformer is None
            else np.flatnonzero((substation_a > transformer.rated_current_a).any(axis=1))
        )
        over = (
            np.zeros((0, 2), dtype=np.int64)
            if currents_a is None
            else np.argwhere((currents_a > self._ratings[:, None, None]).any(axis=2))
        )
        return _Broken(
            frozenset(int(phase) for phase in phases),
            frozenset((self._feeder_of(int(row)), int(phase)) for row, phase in over),
            frozenset(self._group[(voltage < limits.low_pu).any(axis=1)].tolist()),
            frozenset(self._group[(voltage > limits.high_pu).any(axis=1)].tolist()),
        )

    def _feeder_of(self, row: int) -> str:
        return self._network.cables[self._rated[row]].feeder or ""

    def _transformer(
        self, state: LinearState, current_a: FloatArray, step: int, near: Nearness, new: _Broken
    ) -> Iterable[_Row]:
        transformer = self._network.transformer
        if transformer is None:
            return
        rated = transformer.rated_current_a
        close = [k for k in range(3) if k in new.transformer or current_a[k] >= near.loading * rated]
        if not close:
            return
        slopes = self._linear.substation_sensitivities(state, step)
        for phase in close:
            name = f"transformer {transformer.id}, phase {PHASES[phase]}"
            limit = rated * (1.0 - near.margin_loading)
            yield _Row(step, float(current_a[phase]), slopes[phase], limit, 1.0, name)

    def _cables(
        self, state: LinearState, current_a: FloatArray, step: int, near: Nearness, new: _Broken
    ) -> Iterable[_Row]:
        """The most loaded cable of each feeder and phase; a cable behind another one of the same loading adds little."""
        loading = current_a / self._ratings[:, None]
        chosen = set[tuple[int, int]]()
        for phase in range(3):
            taken, wanted = set[str](), {feeder for feeder, on in new.cables if on == phase}
            for row in np.argsort(-loading[:, phase], kind="stable"):
                is_near = loading[row, phase] >= near.loading
                if not is_near and wanted <= taken:
                    break
                feeder = self._feeder_of(int(row))
                if feeder not in taken and (is_near or feeder in wanted):
                    taken.add(feeder)
                    chosen.add((int(row), phase))
        if not chosen:
            return
        rows = sorted({row for row, _ in chosen})
        slopes = self._linear.current_sensitivities(state, step, [self._rated[row] for row in rows])
        for row, phase in sorted(chosen):
            cable = self._network.cables[self._rated[row]]
            name = f"cable {cable.id}, phase {PHASES[phase]}"
            limit = float(self._ratings[row]) * (1.0 - near.margin_loading)
            yield _Row(step, float(current_a[row, phase]), slopes[rows.index(row), phase], limit, 1.0, name)

    def _voltages(self, state: LinearState, step: int, near: Nearness, new: _Broken) -> Iterable[_Row]:
        """The lowest and the highest voltage of each feeder and phase."""
        voltage, limits = state.voltage_pu[:, step], self._network.voltage_limits
        wanted: list[tuple[int, float, float]] = []
        for group in np.unique(self._group).tolist():
            own = np.flatnonzero(self._group == group)
            lowest, highest = own[np.argmin(voltage[own])], own[np.argmax(voltage[own])]
            if group in new.low or voltage[lowest] < limits.low_pu + near.voltage_pu:
                wanted.append((int(lowest), limits.low_pu + near.margin_pu, -1.0))
            if group in new.high or voltage[highest] > limits.high_pu - near.voltage_pu:
                wanted.append((int(highest), limits.high_pu - near.margin_pu, 1.0))
        if not wanted:
            return
        slopes = self._linear.sensitivities(state, step, [terminal for terminal, _, _ in wanted])
        for slope, (terminal, limit, sign) in zip(slopes, wanted, strict=True):
            at = self._network.terminals[terminal]
            name = f"voltage at {self._network.customers[at.customer].id}, phase {at.phase}"
            yield _Row(step, float(voltage[terminal]), slope, limit, sign, name)

    def _unbalances(
        self, state: LinearState, bus_voltage_v: ComplexArray, step: int, near: Nearness
    ) -> Iterable[_Row]:
        """The most unbalanced bus of each feeder."""
        limit = self._network.voltage_limits.unbalance
        value = unbalance_of(bus_voltage_v[:, :, step])
        feeder = self._group[np.searchsorted(self._linear.customer, np.arange(len(value)))] // 3
        worst = [
            own[np.argmax(value[own])] for k in np.unique(feeder) for own in [np.flatnonzero(feeder == k)]
        ]
        wanted = [int(k) for k in worst if value[k] >= near.unbalance * limit]
        if not wanted:
            return
        slopes = self._linear.unbalance_sensitivities(state, bus_voltage_v, step, wanted)
        for slope, k in zip(slopes, wanted, strict=True):
            name = f"unbalance at {self._network.customers[k].id}"
            yield _Row(step, float(value[k]), slope, limit, 1.0, name)

    def _as_limits(self, rows: list[_Row], load_kw: FloatArray) -> LoadLimits:
        """Rows in kW of whichever customer moves the element most."""
        steps = np.array([row.step for row in rows], dtype=np.int64)
        weight = np.zeros((len(rows), load_kw.shape[0]))
        most = np.zeros(len(rows))
        for k, row in enumerate(rows):
            largest = max(float(np.abs(row.slope).max()), 1e-12)
            weight[k] = row.sign * row.slope / largest
            most[k] = row.sign * (row.limit - row.value) / largest + weight[k] @ load_kw[:, row.step]
        return LoadLimits(steps, weight, most, self._dearest, tuple(row.element for row in rows))


def _feeders(linear: LinearGrid) -> IntArray:
    """The number of each terminal's feeder: the cable at the substation that it hangs on."""
    fed = linear.behind.sum(axis=1)
    # Of the cables in a terminal's way, the first carries most terminals.
    first = np.argmax(np.where(linear.behind, fed[:, None], -1), axis=0)
    return np.asarray(np.unique(first, return_inverse=True)[1], dtype=np.int64)
