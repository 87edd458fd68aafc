"""Homes packed for the batch: arrays of all devices end to end, sorted by home, so that a home is a range of
each."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mas2tering.home.answer.compiled import compiled
from mas2tering.home.model import (
    BoolArray,
    Cogeneration,
    FloatArray,
    HomeModel,
    IntArray,
    LinearStore,
    Programme,
)


class Store(NamedTuple):
    """A store as the kernels take it: fields as in :class:`~mas2tering.home.model.LinearStore`, vectors of
    shape (n,).

    ``per_gain_in`` is 1 / ``gain_in``, zero where that is; ``into_kwh`` and ``out_kwh`` are what full power
    brings in and takes out in a step.
    """

    retention: float
    initial_kwh: float
    gain_out: float
    relief_cost_per_kwh: float
    wear_cost_per_kwh: float
    end_value_per_kwh: float
    gain_in: FloatArray
    per_gain_in: FloatArray
    into_kwh: FloatArray
    out_kwh: FloatArray
    drain_kwh: FloatArray
    relief_kwh: FloatArray
    lower_kwh: FloatArray
    upper_kwh: FloatArray
    soft_lower_kwh: FloatArray
    soft_lower_price: FloatArray
    soft_upper_kwh: FloatArray
    soft_upper_price: FloatArray


STORE_NUMBERS = Store._fields[: Store._fields.index("gain_in")]
STORE_VECTORS = Store._fields[len(STORE_NUMBERS) :]


class StorePool(NamedTuple):
    """Stores of all homes: vectors end to end in ``vectors``, shape (numbers,), the one in row r of
    ``STORE_VECTORS`` of store i from ``rows[i, r]`` on.

    Vectors of one value are one for all stores, and equal vectors of a store are one: reading memory is a
    good part of the answers of many homes.
    Store i has ``begin[i + 1] - begin[i]`` steps and starts at ``first_step[i]`` of the axis; its power and
    unserved demand stand in ``begin[i]:begin[i + 1]`` of theirs. ``numbers`` has shape (stores, 6), columns
    as in ``STORE_NUMBERS``; home h owns stores ``of_home[h]:of_home[h + 1]``.
    """

    of_home: IntArray
    begin: IntArray
    first_step: IntArray
    vectors: FloatArray
    rows: IntArray
    numbers: FloatArray


class ChainPool(NamedTuple):
    """Programmes of all homes: links of chain i are ``links[i]:links[i + 1]``.

    Starts of link i stand at ``start_begin[i]:start_begin[i + 1]`` of ``starts`` and ``start_cost``, its
    power at ``profile_begin[i]:profile_begin[i + 1]`` of ``profiles``. ``skip_cost`` is infinite where a run
    must be; ``wait`` is the longest wait in steps, negative if there is none.
    """

    of_home: IntArray
    links: IntArray
    start_begin: IntArray
    starts: IntArray
    start_cost: FloatArray
    profile_begin: IntArray
    profiles: FloatArray
    skip_cost: FloatArray
    wait: IntArray


class Machine(NamedTuple):
    """A cogeneration machine as the kernels take it: fields as in
    :class:`~mas2tering.home.model.Cogeneration`, minimum times of at least a step."""

    electrical_kw: tuple[float, float]
    heat_kw: tuple[float, float]
    fuel_cost_per_hour: tuple[float, float]
    start_cost: float
    up_steps: int
    down_steps: int
    initially_on: bool
    boiler_kw: float
    boiler_cost_per_kwh: float
    retention: float
    initial_kwh: float
    capacity_kwh: float
    unserved_cost_per_kwh: float
    end_value_per_kwh: float
    drain_kwh: FloatArray


class Run(NamedTuple):
    """What a machine does, as in :class:`~mas2tering.home.model.CogenerationDecision`, each shape (n,)."""

    on: BoolArray
    load: FloatArray
    boiler_kw: FloatArray
    let_off_kwh: FloatArray
    unserved_kwh: FloatArray


class MachinePool(NamedTuple):
    """Cogeneration of all homes; ``numbers`` shape (machines, 17), ``drain_kwh`` shape (machines, steps)."""

    of_home: IntArray
    numbers: FloatArray
    drain_kwh: FloatArray


class GenerationPool(NamedTuple):
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
    flat, rows = _share_equal(begin, vectors)
    return StorePool(
        of_home=_ranges([len(model.stores) for model in models]),
        begin=begin,
        first_step=np.array([store.first_step for store in stores], dtype=np.int64),
        vectors=flat,
        rows=rows,
        numbers=numbers,
    )


def _share_equal(begin: IntArray, vectors: FloatArray) -> tuple[FloatArray, IntArray]:
    """Vectors end to end, and where each begins, shape (stores, rows): one for all stores of each constant,
    and of those that are equal within a store."""
    longest = int(np.diff(begin).max(initial=0))
    parts: list[FloatArray] = []
    rows = np.zeros((len(begin) - 1, len(vectors)), dtype=np.int64)
    constants: dict[bytes, int] = {}
    used = 0
    for k in range(len(begin) - 1):
        own: dict[bytes, int] = {}
        for row, vector in enumerate(vectors[:, begin[k] : begin[k + 1]]):
            is_constant = bool((vector == vector[0]).all())
            known, key = (constants, vector[:1].tobytes()) if is_constant else (own, vector.tobytes())
            if key not in known:
                known[key] = used
                parts.append(np.full(longest, vector[0]) if is_constant else vector)
                used += len(parts[-1])
            rows[k, row] = known[key]
    return np.concatenate(parts) if parts else np.empty(0), rows


@compiled
def _keep_to_reachable(begin: IntArray, vectors: FloatArray, numbers: FloatArray) -> None:
    """Narrow each store's limits to what it can reach from its initial content.

    The fewer segments a value has, the faster its answer.
    """
    into, out, drain, relief = vectors[2], vectors[3], vectors[4], vectors[5]
    lower, upper = vectors[6], vectors[7]
    for k in range(len(begin) - 1):
        retention, low, high = numbers[k, 0], numbers[k, 1], numbers[k, 1]
        for t in range(begin[k], begin[k + 1]):
            low = retention * low - drain[t] - out[t]
            high = retention * high - drain[t] + into[t] + relief[t]
            # What is reachable only up to rounding stays within the limits.
            low, high = max(low, lower[t]), min(high, upper[t])
            if low <= high:
                lower[t], upper[t] = low, high


@compiled
def store_at(pool: StorePool, k: int) -> Store:
    """A store of the pool."""
    a, v, r, n = pool.numbers[k], pool.vectors, pool.rows[k], pool.begin[k + 1] - pool.begin[k]
    return Store(
        *(a[0], a[1], a[2], a[3], a[4], a[5]),
        *(v[r[0] : r[0] + n], v[r[1] : r[1] + n], v[r[2] : r[2] + n], v[r[3] : r[3] + n]),
        *(v[r[4] : r[4] + n], v[r[5] : r[5] + n], v[r[6] : r[6] + n], v[r[7] : r[7] + n]),
        *(v[r[8] : r[8] + n], v[r[9] : r[9] + n], v[r[10] : r[10] + n], v[r[11] : r[11] + n]),
    )


def _vector(store: LinearStore, name: str) -> FloatArray:
    if name == "per_gain_in":
        # Divisions are what the kernels would spend their time on.
        return np.divide(1.0, store.gain_in, out=np.zeros(store.steps), where=store.gain_in > 0)
    if name in {"soft_lower_kwh", "soft_upper_kwh"}:
        # A limit that costs nothing to leave is none.
        price = getattr(store, name.replace("kwh", "price"))
        return np.where(price > 0.0, getattr(store, name), 0.0)
    if name == "into_kwh":
        return store.gain_in * store.power_in_kw
    if name == "out_kwh":
        return store.gain_out * store.power_out_kw
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
        max(1, machine.minimum_up_steps),
        max(1, machine.minimum_down_steps),
        machine.initially_on,
        machine.boiler_kw,
        machine.boiler_cost_per_kwh,
        machine.retention,
        machine.initial_kwh,
        machine.capacity_kwh,
        machine.unserved_cost_per_kwh,
        machine.end_value_per_kwh,
    ]


@compiled
def machine_at(pool: MachinePool, k: int) -> Machine:
    """A machine of the pool."""
    a = pool.numbers[k]
    return Machine(
        (a[0], a[1]),
        (a[2], a[3]),
        (a[4], a[5]),
        a[6],
        int(a[7]),
        int(a[8]),
        a[9] > 0.0,
        *(a[10], a[11], a[12], a[13], a[14], a[15], a[16]),
        pool.drain_kwh[k],
    )


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
