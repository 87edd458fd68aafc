"""Loads of customers on the phases of their connections."""

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import PHASES, Network

FloatArray = NDArray[np.float64]


def phase_shares(network: Network) -> FloatArray:
    """What part of each customer's load each phase carries, shape (customers, 3); rows sum to 1."""
    shares = np.zeros((len(network.customers), 3))
    for k, customer in enumerate(network.customers):
        for phase in customer.phases:
            shares[k, PHASES.index(phase)] = 1.0 / len(customer.phases)
    return shares


def reactive_per_active(network: Network) -> FloatArray:
    """kvar per kW of each customer's load at its power factor, shape (customers,); lagging when it draws."""
    factors = np.array([customer.power_factor for customer in network.customers])
    return np.asarray(np.sqrt(1.0 - factors**2) / factors)


def checked_loads(
    network: Network, load_kw: FloatArray, load_kvar: FloatArray | None
) -> tuple[FloatArray, FloatArray]:
    """Active and reactive loads in kW and kvar, shape (customers, steps); reactive ones by power factor if None.

    Raises:
        ValueError: another shape than (customers, steps), or a value that is not finite.
    """
    load_kw = np.asarray(load_kw, dtype=np.float64)
    if load_kvar is None:
        if load_kw.ndim == 2 and len(load_kw) == len(network.customers):
            load_kvar = load_kw * reactive_per_active(network)[:, None]
        else:
            load_kvar = load_kw
    load_kvar = np.asarray(load_kvar, dtype=np.float64)
    customers = len(network.customers)
    if load_kw.ndim != 2 or len(load_kw) != customers or load_kvar.shape != load_kw.shape:
        raise ValueError(
            f"loads of shape {load_kw.shape} (kW) and {load_kvar.shape} (kvar); expected ({customers}, steps)"
        )
    if not (np.isfinite(load_kw).all() and np.isfinite(load_kvar).all()):
        raise ValueError("loads that are not finite; expected numbers for every customer and step")
    return load_kw, load_kvar
