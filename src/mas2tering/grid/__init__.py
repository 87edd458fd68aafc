"""The low-voltage network: three-phase power flow, congestion, what changes what, how much more fits."""

from mas2tering.grid.congestion import Violations, congestions, customers_outside, violations
from mas2tering.grid.day import GridDay, PowerFlowMethod
from mas2tering.grid.errors import PowerFlowError
from mas2tering.grid.hosting import HostingCapacity, hosting_capacity
from mas2tering.grid.linear import LinearGrid, LinearState
from mas2tering.grid.power_flow import PowerFlow

__all__ = [
    "GridDay",
    "HostingCapacity",
    "LinearGrid",
    "LinearState",
    "PowerFlow",
    "PowerFlowError",
    "PowerFlowMethod",
    "Violations",
    "congestions",
    "customers_outside",
    "hosting_capacity",
    "violations",
]
