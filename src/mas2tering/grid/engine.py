"""A network as `power-grid-model` takes it: arrays of components with numbers for ids."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from power_grid_model import (
    ComponentType,
    DatasetType,
    LoadGenType,
    PowerGridModel,
    WindingType,
    initialize_array,
)
from power_grid_model.data_types import SingleDataset

from mas2tering.domain.network import Network, Transformer

_STIFF_VA = 1e15
"""Short-circuit power of a source whose voltage does not move: it sags by less than 1e-9 pu."""
_LV_RATED_V = 400.0
"""Only scales what the engine calls pu; voltages are read in volts."""

_Array = NDArray[np.void]


@dataclass(frozen=True)
class Engine:
    """The model and where things are in it: ``load_ids`` in the order of customers."""

    model: PowerGridModel
    load_ids: NDArray[np.int32]


def engine_of(network: Network) -> Engine:
    """The engine's model of a network; ids count buses, cables, customers, source, transformer, in this order."""
    buses, cables = len(network.buses), len(network.cables)
    first_load = buses + cables
    source_id = first_load + len(network.customers)
    loads = _loads(network, first_load)
    components: SingleDataset = {
        ComponentType.node: _nodes(network),
        ComponentType.line: _lines(network, buses),
        ComponentType.asym_load: loads,
        ComponentType.source: _source(network, source_id),
    }
    if network.transformer is not None:
        components[ComponentType.transformer] = _transformer(network, network.transformer, source_id + 1)
    return Engine(PowerGridModel(components, system_frequency=network.frequency_hz), loads["id"])


def _nodes(network: Network) -> _Array:
    nodes = initialize_array(DatasetType.input, ComponentType.node, len(network.buses))
    nodes["id"] = np.arange(len(network.buses))
    nodes["u_rated"] = _LV_RATED_V
    if network.transformer is not None:
        nodes["u_rated"][network.bus_at[network.transformer.hv_bus]] = 1e3 * network.transformer.hv_kv
    return nodes


def _lines(network: Network, first_id: int) -> _Array:
    lines = initialize_array(DatasetType.input, ComponentType.line, len(network.cables))
    lines["id"] = first_id + np.arange(len(network.cables))
    lines["from_node"] = [network.bus_at[cable.from_bus] for cable in network.cables]
    lines["to_node"] = [network.bus_at[cable.to_bus] for cable in network.cables]
    lines["from_status"] = lines["to_status"] = 1
    for sequence in ("1", "0"):
        for part in ("r", "x"):
            lines[part + sequence] = [getattr(cable, f"{part}{sequence}_ohm") for cable in network.cables]
        lines["c" + sequence] = [1e-9 * getattr(cable, f"c{sequence}_nf") for cable in network.cables]
        lines["tan" + sequence] = 0.0
    return lines


def _loads(network: Network, first_id: int) -> _Array:
    loads = initialize_array(DatasetType.input, ComponentType.asym_load, len(network.customers))
    loads["id"] = first_id + np.arange(len(network.customers))
    loads["node"] = [network.bus_at[customer.bus] for customer in network.customers]
    loads["status"] = 1
    loads["type"] = LoadGenType.const_power
    loads["p_specified"] = loads["q_specified"] = 0.0
    return loads


def _source(network: Network, own_id: int) -> _Array:
    source = initialize_array(DatasetType.input, ComponentType.source, 1)
    given = network.source
    rated_v = _LV_RATED_V if network.transformer is None else 1e3 * network.transformer.hv_kv
    source["id"] = own_id
    source["node"] = network.bus_at[given.bus]
    source["status"] = 1
    source["u_ref"] = 1e3 * given.voltage_kv / rated_v
    if given.short_circuit_mva is None:
        source["sk"] = _STIFF_VA
    else:
        # The engine's short-circuit power is at its rated voltage, ours at the voltage of the source.
        source["sk"] = 1e6 * given.short_circuit_mva * (rated_v / (1e3 * given.voltage_kv)) ** 2
    source["rx_ratio"] = given.r_per_x
    return source


def _transformer(network: Network, given: Transformer, own_id: int) -> _Array:
    transformer = initialize_array(DatasetType.input, ComponentType.transformer, 1)
    transformer["id"] = own_id
    transformer["from_node"] = network.bus_at[given.hv_bus]
    transformer["to_node"] = network.bus_at[given.lv_bus]
    transformer["from_status"] = transformer["to_status"] = 1
    # The tap is in the turns, so that impedances stay those of the low-voltage side.
    transformer["u1"] = 1e3 * given.hv_kv * (1.0 + given.tap)
    transformer["u2"] = 1e3 * given.lv_kv
    transformer["sn"] = 1e3 * given.rating_kva
    transformer["uk"] = given.impedance
    transformer["pk"] = 1e3 * given.load_loss_kw
    transformer["i0"] = max(given.no_load_current, given.no_load_loss_kw / given.rating_kva)
    transformer["p0"] = 1e3 * given.no_load_loss_kw
    transformer["winding_from"] = WindingType.delta
    transformer["winding_to"] = WindingType.wye_n
    transformer["clock"] = given.clock
    transformer["tap_side"] = 0
    transformer["tap_pos"] = transformer["tap_nom"] = 0
    transformer["tap_min"] = transformer["tap_max"] = 0
    transformer["tap_size"] = 0.0
    return transformer
