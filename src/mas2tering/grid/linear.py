"""The impedance matrix of the customers' own phases: a day in milliseconds, and what changes what.

Only the phases at which customers are connected are kept (terminals). In a radial network the impedance that
two terminals share is that of the cables that both of their ways have in common: Zs of each where they are on
the same phase, Zm where they are not, and the transformer's. With v0 the voltage without load, the voltages v
under powers s solve v = v0 - Z conj(s/v), which a fixed-point iteration finds (Bolognani & Zampieri 2016, doi
10.1109/TPWRS.2015.2395452). Capacitances of cables are left out: on a low-voltage network they move a voltage by
some 1e-5 pu. The power flow of ``power_flow`` stays the judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import NOMINAL_V, PHASES, Network
from mas2tering.grid.errors import PowerFlowError
from mas2tering.grid.loads import FloatArray, checked_loads, phase_shares, reactive_per_active
from mas2tering.grid.thevenin import supply_of

ComplexArray = NDArray[np.complex128]
_TOLERANCE = 1e-10
_ITERATIONS = 200
_TURN = np.exp(2j * np.pi / 3.0)
_POSITIVE, _NEGATIVE = np.array([1.0, _TURN, _TURN**2]), np.array([1.0, _TURN**2, _TURN])
"""Sums over phases that are three times the positive and the negative sequence."""


@dataclass(frozen=True)
class LinearState:
    """Voltages (complex volts) and powers drawn (complex VA) at the terminals, shape (terminals, steps)."""

    voltage_v: ComplexArray
    power_va: ComplexArray

    @property
    def voltage_pu(self) -> FloatArray:
        """Magnitudes in pu of 230 V, shape (terminals, steps)."""
        return np.abs(self.voltage_v) / NOMINAL_V


class LinearGrid:
    """A network reduced to the terminals of its customers.

    ``behind`` (cables, terminals) says which terminals are fed through which cable, ``phase`` (terminals,) is
    0, 1, 2 for A, B, C, and ``customer`` (terminals,) whose terminal it is.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.customer = np.array([terminal.customer for terminal in network.terminals])
        self.phase = np.array([PHASES.index(terminal.phase) for terminal in network.terminals])
        self.behind = _behind(network, self.customer)
        supply = supply_of(network)
        self.impedance_ohm = _shared_impedance(network, self.behind, self.phase)
        self.impedance_ohm += supply.impedance_ohm[np.ix_(self.phase, self.phase)]
        self._no_load_v = supply.voltage_v[self.phase]
        self._no_load_of_phases_v = supply.voltage_v
        self._bus_impedance_ohm = _bus_impedance(network, self.behind, self.phase, self._first_of(network))
        self._bus_impedance_ohm += supply.impedance_ohm[:, self.phase]
        self._share = phase_shares(network)[self.customer, self.phase]
        self._first_terminal = self._first_of(network)
        # VA that one more kW of a terminal's customer draws there, reactive power along with it.
        self._va_per_kw = 1e3 * self._share * (1.0 + 1j * reactive_per_active(network)[self.customer])

    def _first_of(self, network: Network) -> NDArray[np.int64]:
        """The first terminal of each customer, from which its way through the network can be read."""
        return np.searchsorted(self.customer, np.arange(len(network.customers)))

    def solve(self, load_kw: FloatArray, load_kvar: FloatArray | None = None) -> LinearState:
        """Voltages for loads of shape (customers, steps), consumption positive, as in ``PowerFlow.day``.

        Raises:
            ValueError: loads of another shape, or not finite.
            PowerFlowError: the iteration does not converge at some step.
        """
        load_kw, load_kvar = checked_loads(self.network, load_kw, load_kvar)
        power_va = 1e3 * self._share[:, None] * (load_kw + 1j * load_kvar)[self.customer]
        rest = self._no_load_v[:, None]
        voltage = np.broadcast_to(rest, power_va.shape)
        change = np.full(power_va.shape[1], np.inf)
        with np.errstate(all="ignore"):  # a collapse shows as a change that is no number
            for _ in range(_ITERATIONS):
                following = rest - self.impedance_ohm @ np.conj(power_va / voltage)
                change = np.abs(following - voltage).max(axis=0) / NOMINAL_V
                voltage = following
                if not (change > _TOLERANCE).any():
                    break
        lost = np.flatnonzero(~(change <= _TOLERANCE))
        if lost.size:
            raise PowerFlowError(self.network.name, lost.tolist())
        return LinearState(voltage, power_va)

    def sensitivities(
        self, state: LinearState, step: int, terminals: Sequence[int] | None = None
    ) -> FloatArray:
        """Change of each terminal's voltage per kW of each customer, in pu/kW, shape (terminals, customers).

        At the operating point of a step, reactive power moving along at the customer's power factor; of all terminals unless
        some are named.
        """
        wanted = np.arange(len(self.phase)) if terminals is None else np.asarray(terminals, dtype=np.int64)
        voltage = state.voltage_v[wanted, step]
        rows = np.zeros((len(wanted), len(self.phase)), dtype=np.complex128)
        rows[np.arange(len(wanted)), wanted] = np.conj(voltage) / np.abs(voltage) / NOMINAL_V
        return self._response(state, step, rows)

    def bus_voltages(self, state: LinearState) -> ComplexArray:
        """Voltages of all three phases at each customer's bus, in V, shape (customers, 3, steps)."""
        drop = self._bus_impedance_ohm.reshape(-1, len(self.phase)) @ np.conj(
            state.power_va / state.voltage_v
        )
        return np.asarray(self._no_load_of_phases_v[:, None] - drop.reshape(-1, 3, drop.shape[1]))

    def unbalance_sensitivities(
        self, state: LinearState, bus_voltage_v: ComplexArray, step: int, customers: Sequence[int]
    ) -> FloatArray:
        """Change of negative over positive sequence voltage at some customers' buses per kW of each customer.

        ``bus_voltage_v`` are :meth:`bus_voltages`; shape (named customers, customers), in 1/kW.
        """
        voltage = bus_voltage_v[list(customers), :, step]
        negative, positive = voltage @ _NEGATIVE, voltage @ _POSITIVE
        size, base = np.abs(negative), np.abs(positive)
        by_negative = np.conj(negative) / np.maximum(size, 1e-9) / base
        by_positive = size / base**2 * np.conj(positive) / base
        weight = by_negative[:, None] * _NEGATIVE - by_positive[:, None] * _POSITIVE
        through = np.einsum("kp,kpt->kt", weight, self._bus_impedance_ohm[list(customers)])
        own, power = np.conj(state.voltage_v[:, step]), np.conj(state.power_va[:, step])
        direct = -np.real(through * (np.conj(self._va_per_kw) / own))
        back = self._response(state, step, np.conj(through * (power / own**2)))
        return np.asarray(np.add.reduceat(direct, self._first_terminal, axis=1) + back)

    def currents(self, state: LinearState, cables: Sequence[int] | None = None) -> ComplexArray:
        """Current in each phase of the cables, all unless some are named, in A, shape (cables, 3, steps)."""
        behind = self.behind if cables is None else self.behind[list(cables)]
        return self._sums(behind, np.conj(state.power_va / state.voltage_v))

    def current_sensitivities(self, state: LinearState, step: int, cables: Sequence[int]) -> FloatArray:
        """Change of the current's magnitude in each phase of some cables per kW of each customer.

        In A/kW, shape (cables, 3, customers); where no current flows, in no direction either: zero.
        """
        return self._magnitude_change(self.behind[list(cables)], state, step)

    def substation_currents(self, state: LinearState) -> ComplexArray:
        """Current in each phase of the low-voltage winding (or busbar), in A, shape (3, steps)."""
        everything = np.ones((1, len(self.phase)), dtype=np.bool_)
        return np.asarray(self._sums(everything, np.conj(state.power_va / state.voltage_v))[0])

    def substation_sensitivities(self, state: LinearState, step: int) -> FloatArray:
        """Change of the substation's currents per kW of each customer, in A/kW, shape (3, customers)."""
        everything = np.ones((1, len(self.phase)), dtype=np.bool_)
        return np.asarray(self._magnitude_change(everything, state, step)[0])

    def _response(self, state: LinearState, step: int, rows: ComplexArray) -> FloatArray:
        """By how much Re(rows dv) changes per kW of each customer, shape (rows, customers), dv being the change of the
        complex voltages.

        dv = drive + back conj(dv), drive = -Z conj(ds)/conj(v), back = Z conj(s)/conj(v)²: what comes back is small, so that
        the series rows drive + conj(rows back) drive + … ends soon. It is taken on the side of the rows, which are few.
        """
        voltage, power = np.conj(state.voltage_v[:, step]), np.conj(state.power_va[:, step])
        back = self.impedance_ohm * (power / voltage**2)
        total, term = rows.copy(), rows
        smallest = _TOLERANCE * float(np.abs(rows).max(initial=0.0))
        for _ in range(_ITERATIONS):
            term = np.conj(term @ back)
            total += term
            if float(np.abs(term).max(initial=0.0)) <= smallest:
                break
        drive = -(total @ self.impedance_ohm) * (np.conj(self._va_per_kw) / voltage)
        return np.asarray(np.add.reduceat(drive.real, self._first_terminal, axis=1))

    def _magnitude_change(self, behind: NDArray[np.bool_], state: LinearState, step: int) -> FloatArray:
        voltage, power = state.voltage_v[:, step], state.power_va[:, step]
        on_phase = behind[:, None, :] & (self.phase == np.arange(3)[:, None])
        groups = on_phase.reshape(-1, len(self.phase)).astype(np.float64)
        flows = groups @ np.conj(power / voltage)
        size = np.abs(flows)
        direction = np.divide(np.conj(flows), size, out=np.zeros_like(flows), where=size > 1e-9)
        along = direction[:, None] * groups
        # Of a terminal's current conj(s/v): by its own power, and by its voltage.
        own = np.real(along * np.conj(self._va_per_kw / voltage))
        through_voltage = self._response(
            state, step, np.conj(-along * (np.conj(power) / np.conj(voltage) ** 2))
        )
        change = np.add.reduceat(own, self._first_terminal, axis=1) + through_voltage
        return np.asarray(change.reshape(len(behind), 3, -1))

    def _sums(self, behind: NDArray[np.bool_], currents_a: ComplexArray) -> ComplexArray:
        """Currents of terminals, shape (terminals, n), summed by group and phase: shape (groups, 3, n)."""
        on_phase = behind[:, None, :] & (self.phase == np.arange(3)[:, None])
        groups = on_phase.reshape(-1, len(self.phase)).astype(np.float64)
        sums = groups @ currents_a.real + 1j * (groups @ currents_a.imag)
        return np.asarray(sums.reshape(len(behind), 3, -1))


def _behind(network: Network, customer: NDArray[np.int64]) -> NDArray[np.bool_]:
    behind = np.zeros((len(network.cables), len(network.customers)), dtype=np.bool_)
    for k, connected in enumerate(network.customers):
        behind[network.tree.path(network.bus_at[connected.bus]), k] = True
    return behind[:, customer]


def _shared_impedance(network: Network, behind: NDArray[np.bool_], phase: NDArray[np.int64]) -> ComplexArray:
    """Impedance of the cables that two terminals share, in ohm, shape (terminals, terminals)."""
    own, mutual = _common(network, behind, behind)
    return np.asarray(np.where(phase[:, None] == phase, own, mutual))


def _bus_impedance(
    network: Network, behind: NDArray[np.bool_], phase: NDArray[np.int64], first: NDArray[np.int64]
) -> ComplexArray:
    """Impedance of the cables that each phase of a customer's bus shares with a terminal, in ohm, shape (customers, 3,
    terminals); ``first`` is a terminal of each customer."""
    own, mutual = _common(network, behind[:, first], behind)
    same = np.arange(3)[:, None] == phase
    return np.asarray(np.where(same[None], own[:, None], mutual[:, None]))


def _common(
    network: Network, ways: NDArray[np.bool_], others: NDArray[np.bool_]
) -> tuple[ComplexArray, ComplexArray]:
    """Impedance of the cables that are in two ways (cables, n) and (cables, m), in ohm, both (n, m): on the same phase, and
    between two phases."""
    z1 = np.array([complex(cable.r1_ohm, cable.x1_ohm) for cable in network.cables])
    z0 = np.array([complex(cable.r0_ohm, cable.x0_ohm) for cable in network.cables])
    used = others.any(axis=1)
    here, there = ways[used].astype(np.float64), others[used].astype(np.float64)
    own, mutual = (
        (here.T * z.real) @ there + 1j * ((here.T * z.imag) @ there)
        for z in ((2.0 * z1 + z0)[used] / 3.0, (z0 - z1)[used] / 3.0)
    )
    return own, mutual


def unbalance_of(voltage_v: ComplexArray) -> FloatArray:
    """Negative over positive sequence of voltages, phases along the last axis."""
    return np.asarray(np.abs(voltage_v @ _NEGATIVE) / np.abs(voltage_v @ _POSITIVE))
