"""What the network does in each step of a day: voltages, currents, losses."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import NOMINAL_V, PHASES, Network
from mas2tering.grid.linear import unbalance_of
from mas2tering.grid.loads import FloatArray

PowerFlowMethod = Literal["iterative_current", "newton_raphson"]


@dataclass(frozen=True)
class GridDay:
    """The three-phase power flow of a network for all steps.

    Last axes are steps, an axis of 3 is phases A, B, C.

    ``bus_voltage_v`` (complex, volts against neutral, shape (customers, 3, steps)) is at the bus of each
    customer, whether or not it is on that phase. ``cable_current_a`` has shape (cables, 3, steps), and is that
    of the cable's beginning; ``transformer_current_a`` (3, steps) that of the low-voltage winding.
    ``substation_kw`` and ``substation_kvar`` (steps,) are what the network draws from its source, losses
    included; import positive. ``cable_loss_kw`` and ``transformer_loss_kw`` have shape (steps,).
    ``method`` is the engine's, and names the fall-back where the faster one did not converge.
    """

    network: Network
    bus_voltage_v: NDArray[np.complex128]
    cable_current_a: FloatArray
    transformer_current_a: FloatArray | None
    substation_kw: FloatArray
    substation_kvar: FloatArray
    cable_loss_kw: FloatArray
    transformer_loss_kw: FloatArray
    method: PowerFlowMethod

    @property
    def steps(self) -> int:
        """How many steps."""
        return len(self.substation_kw)

    @cached_property
    def voltage_pu(self) -> FloatArray:
        """Voltage at each terminal of the network, in pu of 230 V, shape (terminals, steps)."""
        at = [terminal.customer for terminal in self.network.terminals]
        on = [PHASES.index(terminal.phase) for terminal in self.network.terminals]
        return np.abs(self.bus_voltage_v[at, on]) / NOMINAL_V

    @cached_property
    def rated_cables(self) -> NDArray[np.int64]:
        """The cables whose rating is known."""
        return np.array(
            [k for k, cable in enumerate(self.network.cables) if cable.rating_a is not None], dtype=np.int64
        )

    @cached_property
    def cable_loading(self) -> FloatArray:
        """Current over rating of each rated cable and phase, shape (rated cables, 3, steps)."""
        ratings = [cable.rating_a for cable in self.network.cables if cable.rating_a is not None]
        return self.cable_current_a[self.rated_cables] / np.array(ratings, dtype=np.float64)[:, None, None]

    @property
    def transformer_loading(self) -> FloatArray | None:
        """Current of each phase of the low-voltage winding over the rated one, shape (3, steps)."""
        if self.transformer_current_a is None or self.network.transformer is None:
            return None
        return self.transformer_current_a / self.network.transformer.rated_current_a

    @property
    def transformer_power_loading(self) -> FloatArray | None:
        """Apparent power that the transformer draws, all phases together, over its rating, shape (steps,)."""
        if self.network.transformer is None:
            return None
        return np.hypot(self.substation_kw, self.substation_kvar) / self.network.transformer.rating_kva

    @cached_property
    def voltage_unbalance(self) -> FloatArray:
        """Negative over positive sequence voltage at each customer's bus, shape (customers, steps).

        IEC 61000-4-30, 5.7: u2 = |V2| / |V1|, with the fundamental's phasors.
        """
        return unbalance_of(np.moveaxis(self.bus_voltage_v, 1, -1))

    def losses_kwh(self, step_hours: float) -> tuple[float, float]:
        """Energy lost in cables, and in the transformer, over all steps of this length."""
        return (
            float(self.cable_loss_kw.sum() * step_hours),
            float(self.transformer_loss_kw.sum() * step_hours),
        )
