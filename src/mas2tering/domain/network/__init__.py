"""The words for a low-voltage network, its limits, and where plans break them."""

from mas2tering.domain.network.checking import NetworkError, NetworkProblem, Parts, network_problems
from mas2tering.domain.network.congestion import Congestion, CongestionKind
from mas2tering.domain.network.connections import Unconnected, connections
from mas2tering.domain.network.limits import (
    EN_50160,
    LOADING_TOLERANCE,
    UK_STATUTORY,
    UNBALANCE_TOLERANCE,
    VOLTAGE_TOLERANCE_PU,
    VoltageLimits,
)
from mas2tering.domain.network.network import Network
from mas2tering.domain.network.parts import (
    FOUR_EQUAL_CORES,
    NOMINAL_V,
    PHASES,
    Bus,
    Cable,
    Customer,
    Phase,
    Source,
    Terminal,
    Transformer,
    ZeroSequence,
)
from mas2tering.domain.network.topology import Tree

__all__ = [
    "EN_50160",
    "FOUR_EQUAL_CORES",
    "LOADING_TOLERANCE",
    "NOMINAL_V",
    "PHASES",
    "UK_STATUTORY",
    "UNBALANCE_TOLERANCE",
    "VOLTAGE_TOLERANCE_PU",
    "Bus",
    "Cable",
    "Congestion",
    "CongestionKind",
    "Customer",
    "Network",
    "NetworkError",
    "NetworkProblem",
    "Parts",
    "Phase",
    "Source",
    "Terminal",
    "Transformer",
    "Tree",
    "Unconnected",
    "VoltageLimits",
    "ZeroSequence",
    "connections",
    "network_problems",
]
