"""Passes over packed homes, one for each kind of device: each adds its devices' net power and cost to those
of their homes that are asked."""

from mas2tering.home.answer.cogeneration import answer_cogeneration
from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.answer.convex_store import Scratch, answer_convex_store, is_convex
from mas2tering.home.answer.exclusive_store import answer_exclusive_store
from mas2tering.home.answer.on_off import answer_on_off, knows_on_and_off_only, room_for
from mas2tering.home.answer.pools import (
    ChainPool,
    GenerationPool,
    MachinePool,
    Run,
    StorePool,
    machine_at,
    store_at,
)
from mas2tering.home.answer.programmes import answer_chain, draw_chain
from mas2tering.home.model import BoolArray, FloatArray, IntArray


@borrowing
def fixed_pass(
    first: int,
    last: int,
    asked: BoolArray,
    prices: FloatArray,
    hours: float,
    net: FloatArray,
    cost: FloatArray,
    pool: GenerationPool,
    curtailed: FloatArray,
) -> None:
    """What the load that is as it is costs, and generation, curtailed where its price is negative."""
    steps = net.shape[1]
    for home in range(first, last):
        if not asked[home]:
            continue
        price = prices[home if prices.shape[0] > 1 else 0]
        total = 0.0
        for t in range(steps):
            total += price[t] * net[home, t]
        for k in range(pool.of_home[home], pool.of_home[home + 1]):
            for t in range(steps):
                used = 0.0 if price[t] < 0.0 else pool.available_kw[k, t]
                curtailed[k, t] = pool.available_kw[k, t] - used
                net[home, t] -= used
                total -= price[t] * used
        cost[home] += hours * total


@compiled
def store_pass(
    first: int,
    last: int,
    asked: BoolArray,
    prices: FloatArray,
    hours: float,
    net: FloatArray,
    cost: FloatArray,
    pool: StorePool,
    power: FloatArray,
    unserved: FloatArray,
    burns: BoolArray,
    scratch: Scratch,
) -> None:
    """Stores; those for which burning energy would pay at these prices are marked in ``burns`` and left to
    the exclusive pass."""
    for home in range(first, last):
        if not asked[home]:
            continue
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(pool.of_home[home], pool.of_home[home + 1]):
            low, high, start = pool.begin[k], pool.begin[k + 1], pool.first_step[k]
            own, store = price[start : start + high - low], store_at(pool, k)
            burns[k] = not is_convex(own, store)
            if burns[k]:
                continue
            cost[home] += answer_convex_store(own, hours, store, scratch, power[low:high], unserved[low:high])
            for j in range(high - low):
                net[home, start + j] += power[low + j]


@compiled
def exclusive_pass(
    first: int,
    last: int,
    asked: BoolArray,
    prices: FloatArray,
    hours: float,
    net: FloatArray,
    cost: FloatArray,
    pool: StorePool,
    power: FloatArray,
    unserved: FloatArray,
    burns: BoolArray,
) -> None:
    """The stores that the store pass has marked."""
    for home in range(first, last):
        if not asked[home]:
            continue
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(pool.of_home[home], pool.of_home[home + 1]):
            if not burns[k]:
                continue
            low, high, start = pool.begin[k], pool.begin[k + 1], pool.first_step[k]
            own, store = price[start : start + high - low], store_at(pool, k)
            cost[home] += answer_exclusive_store(own, hours, store, power[low:high], unserved[low:high])
            for j in range(high - low):
                net[home, start + j] += power[low + j]


@borrowing
def chain_pass(
    first: int,
    last: int,
    asked: BoolArray,
    prices: FloatArray,
    hours: float,
    net: FloatArray,
    cost: FloatArray,
    pool: ChainPool,
    best: FloatArray,
    chosen: IntArray,
) -> None:
    """Programmes."""
    for home in range(first, last):
        if not asked[home]:
            continue
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(pool.of_home[home], pool.of_home[home + 1]):
            begin, end = pool.links[k], pool.links[k + 1]
            cost[home] += answer_chain(price, hours, pool, begin, end, best, chosen)
            draw_chain(pool, begin, end, chosen, net[home])


@compiled
def machine_pass(
    first: int,
    last: int,
    asked: BoolArray,
    prices: FloatArray,
    least_prices: FloatArray,
    hours: float,
    net: FloatArray,
    cost: FloatArray,
    pool: MachinePool,
    on: BoolArray,
    runs: FloatArray,
) -> None:
    """Cogeneration, paid ``least_prices`` for what it generates at least; rows of ``runs`` load, boiler, let off,
    unserved."""
    room = room_for(net.shape[1])
    for home in range(first, last):
        if not asked[home]:
            continue
        price = prices[home if prices.shape[0] > 1 else 0]
        least_price = least_prices[home if least_prices.shape[0] > 1 else 0]
        for k in range(pool.of_home[home], pool.of_home[home + 1]):
            machine, run = machine_at(pool, k), Run(on[k], runs[k, 0], runs[k, 1], runs[k, 2], runs[k, 3])
            if knows_on_and_off_only(machine, hours):
                cost[home] += answer_on_off(least_price, hours, machine, room, run)
            else:
                cost[home] += answer_cogeneration(price, least_price, hours, machine, run)
            low, full = machine.electrical_kw
            for t in range(price.shape[0]):
                if on[k, t]:
                    net[home, t] -= low + run.load[t] * (full - low)
