"""Passes over homes that draw at one price and feed in at another: each store in turn makes the best of what the others
leave it."""

from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import compiled
from mas2tering.home.answer.metered_store import (
    Meter,
    MeteredScratch,
    answer_metered_store,
    meter_cost,
)
from mas2tering.home.answer.pools import StorePool, store_at
from mas2tering.home.answer.supporting_prices import narrow_prices
from mas2tering.home.model import BoolArray, FloatArray, IntArray

_BETTER = 1e-9
_ROUNDS_OF_NARROWING = 3


class Meters(NamedTuple):
    """Meters of all homes, as in :class:`~mas2tering.home.answer.metered_store.Meter`, all of shape (homes, steps)."""

    buying_per_kwh: FloatArray
    between_per_kwh: FloatArray
    selling_per_kwh: FloatArray
    first_kw: FloatArray
    second_kw: FloatArray


class Plans(NamedTuple):
    """What homes do: ``beside_kw`` (homes, steps) is all but their stores, generation as it is available; ``power`` (kW) and
    ``unserved`` (kWh) of stores stand end to end, and ``own_cost`` (stores,) is what they cost beside energy."""

    beside_kw: FloatArray
    power: FloatArray
    unserved: FloatArray
    own_cost: FloatArray


@compiled
def meter_of(meters: Meters, home: int) -> Meter:
    """The meter of a home."""
    return Meter(
        meters.buying_per_kwh[home],
        meters.between_per_kwh[home],
        meters.selling_per_kwh[home],
        meters.first_kw[home],
        meters.second_kw[home],
    )


@compiled
def window_of(meter: Meter, first: int, last: int) -> Meter:
    """The meter at steps ``first`` to ``last`` - 1."""
    return Meter(
        meter.buying_per_kwh[first:last],
        meter.between_per_kwh[first:last],
        meter.selling_per_kwh[first:last],
        meter.first_kw[first:last],
        meter.second_kw[first:last],
    )


@compiled
def sweep_pass(
    asked: BoolArray,
    sweeps: int,
    meters: Meters,
    hours: float,
    pool: StorePool,
    order: IntArray,
    plans: Plans,
    net_kw: FloatArray,
    cost: FloatArray,
    scratch: MeteredScratch,
) -> None:
    """Let the stores of homes that are ``asked`` answer in ``order``, each beside the others, so many times; puts the net
    power of these homes (generation as available) and what their stores and meter cost into ``net_kw`` and ``cost``."""
    for home in range(len(asked)):
        if not asked[home]:
            continue
        first, last = pool.of_home[home], pool.of_home[home + 1]
        begin, end = pool.begin[first], pool.begin[last]
        net, power, own = net_kw[home], plans.power[begin:end], plans.own_cost[first:last]
        _net_of(pool, home, plans.beside_kw[home], power, net)
        meter = meter_of(meters, home)
        for _ in range(sweeps):
            _sweep(meter, hours, pool, order, home, net, power, plans.unserved[begin:end], own, scratch)
        cost[home] = _cost(meter, hours, net, own)


@compiled
def _net_of(pool: StorePool, home: int, beside_kw: FloatArray, power: FloatArray, net: FloatArray) -> None:
    """Add up the power of a home; ``power`` is that of its stores alone."""
    net[:] = beside_kw
    begin = pool.begin[pool.of_home[home]]
    for k in range(pool.of_home[home], pool.of_home[home + 1]):
        for j in range(pool.begin[k + 1] - pool.begin[k]):
            net[pool.first_step[k] + j] += power[pool.begin[k] - begin + j]


@compiled
def _cost(meter: Meter, hours: float, net: FloatArray, own: FloatArray) -> float:
    total = 0.0
    for t in range(len(net)):
        total += meter_cost(meter, t, net[t])
    return float(hours * total + own.sum())


@compiled
def _sweep(
    meter: Meter,
    hours: float,
    pool: StorePool,
    order: IntArray,
    home: int,
    net: FloatArray,
    power: FloatArray,
    unserved: FloatArray,
    own: FloatArray,
    scratch: MeteredScratch,
) -> None:
    """Each store of a home answers beside the others; arrays are of this home alone."""
    first = pool.of_home[home]
    for place in range(first, pool.of_home[home + 1]):
        k = order[place]
        low, high = pool.begin[k] - pool.begin[first], pool.begin[k + 1] - pool.begin[first]
        start = pool.first_step[k]
        beside, own_power = net[start : start + high - low], power[low:high]
        for j in range(high - low):
            beside[j] -= own_power[j]
        seen = window_of(meter, start, start + high - low)
        cost = answer_metered_store(
            seen, beside, hours, store_at(pool, k), scratch, own_power, unserved[low:high]
        )
        energy = 0.0
        for j in range(high - low):
            beside[j] += own_power[j]
            energy += meter_cost(seen, j, beside[j])
        own[k - first] = cost - hours * energy


@compiled
def narrow_pass(
    asked: BoolArray,
    meters: Meters,
    hours: float,
    pool: StorePool,
    order: IntArray,
    plans: Plans,
    net_kw: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
) -> None:
    """Prices (homes, steps) between which the meter and the stores of homes that are ``asked`` would do what they do."""
    steps = net_kw.shape[1]
    worth = np.empty((4, steps))
    for home in range(len(asked)):
        if not asked[home]:
            continue
        meter = meter_of(meters, home)
        for t in range(steps):
            lower[home, t], upper[home, t] = _slopes(meter, t, net_kw[home, t])
        first, last = pool.of_home[home], pool.of_home[home + 1]
        for _ in range(_ROUNDS_OF_NARROWING if last > first + 1 else 1):
            # The last one has most room to answer what the others do: it is asked first what it would do that for.
            for place in range(last - 1, first - 1, -1):
                k = order[place]
                begin, end, start = pool.begin[k], pool.begin[k + 1], pool.first_step[k]
                window = slice(start, start + end - begin)
                narrow_prices(
                    store_at(pool, k),
                    hours,
                    plans.power[begin:end],
                    plans.unserved[begin:end],
                    lower[home, window],
                    upper[home, window],
                    worth,
                )


@compiled
def _slopes(meter: Meter, t: int, net_kw: float) -> tuple[float, float]:
    """Between what one kWh less would save and one more would cost."""
    near, between = 1e-7, meter.between_per_kwh[t]
    lower = upper = between
    if net_kw > meter.second_kw[t] + near:
        lower = upper = meter.buying_per_kwh[t]
    elif net_kw < meter.first_kw[t] - near:
        lower = upper = meter.selling_per_kwh[t]
    else:
        if net_kw > meter.second_kw[t] - near:
            upper = meter.buying_per_kwh[t]
        if net_kw < meter.first_kw[t] + near:
            lower = meter.selling_per_kwh[t]
    return lower, upper


@compiled
def improve_pass(
    asked: BoolArray,
    shares: FloatArray,
    meters: Meters,
    hours: float,
    pool: StorePool,
    order: IntArray,
    plans: Plans,
    towards_kw: FloatArray,
    net_kw: FloatArray,
    cost: FloatArray,
    scratch: MeteredScratch,
) -> None:
    """Try for each home that is ``asked`` to let its stores go some ``shares`` of the way ``towards_kw`` (end to end) and to
    answer there; the best of these plans is kept if it costs less."""
    net = np.empty(net_kw.shape[1])
    for home in range(len(asked)):
        if not asked[home]:
            continue
        first, last = pool.of_home[home], pool.of_home[home + 1]
        begin, end = pool.begin[first], pool.begin[last]
        meter, now_kw = meter_of(meters, home), plans.power[begin:end].copy()
        power, unserved, own = np.empty(end - begin), np.zeros(end - begin), np.empty(last - first)
        for share in shares:
            power[:] = (1.0 - share) * now_kw + share * towards_kw[begin:end]
            _net_of(pool, home, plans.beside_kw[home], power, net)
            _sweep_leader_first(meter, hours, pool, order, home, net, power, unserved, own, scratch)
            found = _cost(meter, hours, net, own)
            if found < cost[home] - _BETTER:
                cost[home], net_kw[home] = found, net
                plans.power[begin:end], plans.unserved[begin:end] = power, unserved
                plans.own_cost[first:last] = own


@compiled
def _sweep_leader_first(
    meter: Meter,
    hours: float,
    pool: StorePool,
    order: IntArray,
    home: int,
    net: FloatArray,
    power: FloatArray,
    unserved: FloatArray,
    own: FloatArray,
    scratch: MeteredScratch,
) -> None:
    """A sweep that begins, and ends, with the store that has most room to answer what the others do."""
    first, last = pool.of_home[home], pool.of_home[home + 1]
    if last > first + 1:
        k = order[last - 1]
        low, high = pool.begin[k] - pool.begin[first], pool.begin[k + 1] - pool.begin[first]
        start = pool.first_step[k]
        beside, own_power = net[start : start + high - low], power[low:high]
        for j in range(high - low):
            beside[j] -= own_power[j]
        seen = window_of(meter, start, start + high - low)
        answer_metered_store(seen, beside, hours, store_at(pool, k), scratch, own_power, unserved[low:high])
        for j in range(high - low):
            beside[j] += own_power[j]
    _sweep(meter, hours, pool, order, home, net, power, unserved, own, scratch)
