"""Homes packed for the batch: arrays of all devices end to end, sorted by home, so that a home is a range of
each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mas2tering.home.model import Cogeneration, HomeModel, LinearStore, Programme

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STORE_VECTORS = (
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
    "per_gain_in",
)
STORE_NUMBERS = (
    "retention",
    "initial_kwh",
    "gain_out",
    "relief_cost_per_kwh",
    "wear_cost_per_kwh",
    "end_value_per_kwh",
)


@dataclass(frozen=True)
class StorePool:
    """Stores of all homes: vectors end to end (``vectors`` shape (12, total steps), rows as in
    ``STORE_VECTORS``).

    Store i covers ``begin[i]:begin[i + 1]`` of the vectors and starts at ``first_step[i]`` of the axis;
    ``numbers`` has shape (stores, 6), columns as in ``STORE_NUMBERS``; home h owns stores
    ``of_home[h]:of_home[h + 1]``.
    """

    of_home: IntArray
    begin: IntArray
    first_step: IntArray
    vectors: FloatArray
    numbers: FloatArray


@dataclass(frozen=True)
class ChainPool:
    """Programmes of all homes; see :func:`~mas2tering.home.answer.programmes.answer_chain` for the pools."""

    of_home: IntArray
    links: IntArray
    start_begin: IntArray
    starts: IntArray
    start_cost: FloatArray
    profile_begin: IntArray
    profiles: FloatArray
    skip_cost: FloatArray
    wait: IntArray


@dataclass(frozen=True)
class MachinePool:
    """Cogeneration of all homes; ``numbers`` shape (machines, 14), ``drain_kwh`` shape (machines, steps)."""

    of_home: IntArray
    numbers: FloatArray
    drain_kwh: FloatArray


@dataclass(frozen=True)
class GenerationPool:
    """Curtailable generation of all homes, ``available_kw`` shape (sources, steps)."""

    of_home: IntArray
    available_kw: FloatArray


def pack_stores(models: Sequence[HomeModel]) -> StorePool:
    """The stores of all homes."""
    stores = [store for model in models for store in model.stores]
    begin = _ranges([store.steps for store in stores])
    vectors = np.stack([_end_to_end([_vector(s, name) for s in stores]) for name in STORE_VECTORS])
    numbers = np.array([[getattr(s, name) for name in STORE_NUMBERS] for s in stores], dtype=float).reshape(
        -1, len(STORE_NUMBERS)
    )
    _keep_to_reachable(begin, vectors, numbers)
    return StorePool(
        of_home=_ranges([len(model.stores) for model in models]),
        begin=begin,
        first_step=np.array([store.first_step for store in stores], dtype=np.int64),
        vectors=vectors,
        numbers=numbers,
    )


@njit(cache=True)
def _keep_to_reachable(begin: IntArray, vectors: FloatArray, numbers: FloatArray) -> None:
    """Narrow each store's limits to what it can reach from its initial content.

    The fewer segments a value has, the faster its answer.
    """
    gain_in, power_in, power_out, drain = vectors[0], vectors[1], vectors[2], vectors[3]
    relief, lower, upper = vectors[4], vectors[5], vectors[6]
    for k in range(len(begin) - 1):
        retention, low, high, gain_out = numbers[k, 0], numbers[k, 1], numbers[k, 1], numbers[k, 2]
        for t in range(begin[k], begin[k + 1]):
            low = retention * low - drain[t] - gain_out * power_out[t]
            high = retention * high - drain[t] + gain_in[t] * power_in[t] + relief[t]
            # What is reachable only up to rounding stays within the limits.
            low, high = max(low, lower[t]), min(high, upper[t])
            if low <= high:
                lower[t], upper[t] = low, high


def _vector(store: LinearStore, name: str) -> FloatArray:
    if name == "per_gain_in":
        # Divisions are what the kernels would spend their time on.
        return np.divide(1.0, store.gain_in, out=np.zeros(store.steps), where=store.gain_in > 0)
    return np.asarray(getattr(store, name), dtype=float)


def pack_chains(models: Sequence[HomeModel]) -> ChainPool:
    """The programmes of all homes."""
    chains = [chain for model in models for chain in model.chains]
    links: list[Programme] = [link for chain in chains for link in chain.links]
    return ChainPool(
        of_home=_ranges([len(model.chains) for model in models]),
        links=_ranges([len(chain.links) for chain in chains]),
        start_begin=_ranges([len(link.starts) for link in links]),
        starts=_end_to_end([link.starts for link in links]).astype(np.int64),
        start_cost=_end_to_end([link.start_cost for link in links]),
        profile_begin=_ranges([link.length for link in links]),
        profiles=_end_to_end([link.power_kw for link in links]),
        skip_cost=np.array(
            [math.inf if link.skip_cost is None else link.skip_cost for link in links], dtype=float
        ),
        wait=np.array(
            [-1 if link.longest_wait_steps is None else link.longest_wait_steps for link in links],
            dtype=np.int64,
        ),
    )


def pack_machines(models: Sequence[HomeModel]) -> MachinePool:
    """The cogeneration machines of all homes."""
    machines = [machine for model in models for machine in model.cogeneration]
    steps = models[0].axis.steps
    return MachinePool(
        of_home=_ranges([len(model.cogeneration) for model in models]),
        numbers=np.array([_machine_numbers(m) for m in machines], dtype=float).reshape(-1, 17),
        drain_kwh=np.array([m.drain_kwh for m in machines], dtype=float).reshape(-1, steps),
    )


def _machine_numbers(machine: Cogeneration) -> list[float]:
    return [
        *machine.electrical_kw,
        *machine.heat_kw,
        *machine.fuel_cost_per_hour,
        machine.start_cost,
        machine.minimum_up_steps,
        machine.minimum_down_steps,
        machine.initially_on,
        machine.boiler_kw,
        machine.boiler_cost_per_kwh,
        machine.retention,
        machine.initial_kwh,
        machine.capacity_kwh,
        machine.unserved_cost_per_kwh,
        machine.end_value_per_kwh,
    ]


def pack_generation(models: Sequence[HomeModel]) -> GenerationPool:
    """The curtailable generation of all homes."""
    sources = [source.available_kw for model in models for source in model.generation]
    return GenerationPool(
        of_home=_ranges([len(model.generation) for model in models]),
        available_kw=np.array(sources, dtype=float).reshape(-1, models[0].axis.steps),
    )


def _ranges(lengths: Sequence[int]) -> IntArray:
    return np.concatenate(([0], np.cumsum(np.asarray(lengths, dtype=np.int64)))).astype(np.int64)


def _end_to_end(parts: Sequence[NDArray[np.float64] | IntArray]) -> FloatArray:
    return np.concatenate(parts).astype(float) if parts else np.empty(0)
