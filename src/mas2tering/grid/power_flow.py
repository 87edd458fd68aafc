"""The three-phase power flow of a day, by `power-grid-model`, all steps in one batch.

The engine is the judge of every plan: C++, sparse, open (https://github.com/PowerGridModel). Its current
iteration factorises the network once and is several times as fast as Newton's method on low-voltage networks
with the same result; where it does not converge, Newton's method is asked, and the result says so.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from power_grid_model import CalculationMethod, ComponentType
from power_grid_model.data_types import BatchDataset
from power_grid_model.errors import PowerGridBatchError, PowerGridError  # type: ignore[attr-defined]
from power_grid_model.typing import ComponentAttributeMapping

from mas2tering.domain.network import Network
from mas2tering.grid.day import GridDay, PowerFlowMethod
from mas2tering.grid.engine import engine_of
from mas2tering.grid.errors import PowerFlowError
from mas2tering.grid.loads import FloatArray, checked_loads, phase_shares

_TOLERANCE_PU = 1e-9
_OUTPUTS = {
    ComponentType.node: ["u", "u_angle"],
    ComponentType.line: ["i_from", "p_from", "p_to"],
    ComponentType.transformer: ["i_to", "p_from", "p_to"],
    ComponentType.source: ["p", "q"],
}
_METHODS: dict[PowerFlowMethod, CalculationMethod] = {
    "iterative_current": CalculationMethod.iterative_current,
    "newton_raphson": CalculationMethod.newton_raphson,
}

Columns = dict[str, NDArray[np.float64]]
"""The engine's output of one kind of component: each attribute of shape (steps, components, 3)."""
Output = dict[ComponentType, Columns]


class PowerFlow:
    """The power flow of one network; keeps the engine's model, so that many days cost no set-up."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._engine = engine_of(network)
        self._shares_va = 1e3 * phase_shares(network)
        self._customer_bus = np.array([network.bus_at[customer.bus] for customer in network.customers])
        self._outputs: ComponentAttributeMapping = {
            kind: names
            for kind, names in _OUTPUTS.items()
            if kind is not ComponentType.transformer or network.transformer is not None
        }

    def day(self, load_kw: FloatArray, load_kvar: FloatArray | None = None) -> GridDay:
        """Voltages, currents and losses for loads of shape (customers, steps), consumption positive.

        Reactive loads are those of each customer's power factor unless they are given.

        Raises:
            ValueError: loads of another shape, or not finite.
            PowerFlowError: more load at some step than the network can carry at all.
        """
        load_kw, load_kvar = checked_loads(self.network, load_kw, load_kvar)
        active_w, reactive_var = self.engine_loads(load_kw, load_kvar)
        method: PowerFlowMethod = "iterative_current"
        try:
            output = self.run_engine(active_w, reactive_var, method)
        except PowerGridError:
            method = "newton_raphson"
            try:
                output = self.run_engine(active_w, reactive_var, method)
            except PowerGridBatchError as error:
                raise PowerFlowError(self.network.name, error.failed_scenarios.tolist()) from None
            except PowerGridError:
                raise PowerFlowError(self.network.name, range(load_kw.shape[1])) from None
        return self._read(output, method)

    def engine_loads(self, load_kw: FloatArray, load_kvar: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Loads as the engine takes them, in W and var, shape (steps, customers, 3)."""
        return load_kw.T[:, :, None] * self._shares_va, load_kvar.T[:, :, None] * self._shares_va

    def run_engine(self, active_w: FloatArray, reactive_var: FloatArray, method: PowerFlowMethod) -> Output:
        """The bare engine on prepared loads, as a benchmark of the overhead needs it.

        Raises:
            PowerGridError: it does not converge.
        """
        ids = np.broadcast_to(self._engine.load_ids, active_w.shape[:2])
        update: BatchDataset = {
            ComponentType.asym_load: {
                "id": np.ascontiguousarray(ids),
                "p_specified": active_w,
                "q_specified": reactive_var,
            }
        }
        output = self._engine.model.calculate_power_flow(
            symmetric=False,
            error_tolerance=_TOLERANCE_PU,
            max_iterations=50,
            calculation_method=_METHODS[method],
            update_data=update,
            output_component_types=self._outputs,
        )
        return cast("Output", output)

    def _read(self, output: Output, method: PowerFlowMethod) -> GridDay:
        nodes, lines, source = (
            output[kind] for kind in (ComponentType.node, ComponentType.line, ComponentType.source)
        )
        magnitude, angle = nodes["u"][:, self._customer_bus], nodes["u_angle"][:, self._customer_bus]
        transformer = output.get(ComponentType.transformer)
        steps = len(magnitude)
        return GridDay(
            network=self.network,
            bus_voltage_v=np.moveaxis(magnitude * np.exp(1j * angle), 0, -1),
            cable_current_a=np.moveaxis(lines["i_from"], 0, -1),
            transformer_current_a=None if transformer is None else transformer["i_to"][:, 0].T,
            substation_kw=source["p"].sum(axis=(1, 2)) / 1e3,
            substation_kvar=source["q"].sum(axis=(1, 2)) / 1e3,
            cable_loss_kw=_loss_kw(lines),
            transformer_loss_kw=np.zeros(steps) if transformer is None else _loss_kw(transformer),
            method=method,
        )


def _loss_kw(branches: Columns) -> FloatArray:
    """What goes in at both ends of all branches together, shape (steps,)."""
    return np.asarray((branches["p_from"] + branches["p_to"]).sum(axis=(1, 2)) / 1e3)
