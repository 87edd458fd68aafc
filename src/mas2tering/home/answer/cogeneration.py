"""A cogeneration machine's exact answer to prices: on or off with minimum times, load, boiler, tank.

The state is the tank's content and a layer: on or off, and for how many steps it is still bound. Values are
piecewise linear in the content, not convex (running is a whole decision), and go back by the exact operations
of :mod:`~mas2tering.home.answer.piecewise`. Layers 0..u-1 are on (u-1 may stop), u..u+d-1 are off (the last
may start), for minimum times of u and d steps.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.answer.piecewise import (
    append,
    copy,
    evaluate,
    keep,
    minimum,
    rescale_and_clip,
    window_minimum,
)
from mas2tering.home.answer.pools import Machine, Run
from mas2tering.home.model import FloatArray, IntArray

_ROOM = 2048
"""Breakpoints for which the value of a step and layer has room at first; where that is not enough, four times
as much is tried."""
_SPARE = 24
"""How many times its breakpoints an operation on a value may need while it works."""


class Functions(NamedTuple):
    """Piecewise-linear functions, one a row: ``x`` and ``v`` have shape (rows, room), ``counts``
    (rows,)."""

    x: FloatArray
    v: FloatArray
    counts: IntArray


class Values(NamedTuple):
    """Values after each step in each layer, end to end: from ``begins[k, layer]`` on, ``counts[k, layer]``
    breakpoints."""

    x: FloatArray
    v: FloatArray
    begins: IntArray
    counts: IntArray


class Running(NamedTuple):
    """Running in a step: what it costs at least, the heat it then makes, what load adds to that and at which
    cost (kWh, and money a kWh)."""

    cost: float
    heat: float
    load_heat: float
    more_cost: float


@compiled
def answer_cogeneration(
    price: FloatArray, least_price: FloatArray, hours: float, machine: Machine, run: Run
) -> float:
    """Cheapest run for ``price`` (shape (n,), per kWh): writes ``run``, returns its cost.

    ``least_price`` is paid for what the machine generates at least while it runs, ``price`` for what goes beyond.
    """
    room, has_room = _ROOM, False
    while not has_room:
        values, has_room = _backward(price, least_price, hours, machine, room)
        room *= 4
    return _forward(price, least_price, hours, machine, values, run)


@compiled
def _functions(rows: int, room: int) -> Functions:
    return Functions(np.empty((rows, room)), np.empty((rows, room)), np.zeros(rows, dtype=np.int64))


@compiled
def _room_for_values(steps: int, layers: int) -> Values:
    return Values(
        np.empty(24 * steps * layers),
        np.empty(24 * steps * layers),
        np.zeros((steps, layers), dtype=np.int64),
        np.zeros((steps, layers), dtype=np.int64),
    )


@borrowing
def _running(price: float, least_price: float, hours: float, machine: Machine) -> Running:
    power, heat, fuel = machine.electrical_kw, machine.heat_kw, machine.fuel_cost_per_hour
    load_heat = (heat[1] - heat[0]) * hours
    more_cost = 0.0
    if load_heat > 0.0:
        more_cost = hours * ((fuel[1] - fuel[0]) - price * (power[1] - power[0])) / load_heat
    return Running(hours * (fuel[0] - least_price * power[0]), heat[0] * hours, load_heat, more_cost)


@compiled
def _backward(
    price: FloatArray, least_price: FloatArray, hours: float, machine: Machine, room: int
) -> tuple[Values, bool]:
    """Values of all steps and layers, and whether they had room."""
    n, layers, used = price.shape[0], machine.up_steps + machine.down_steps, 0
    capacity, end_value = machine.capacity_kwh, machine.end_value_per_kwh
    xs, vs, begins, counts = _room_for_values(n, layers)
    # Values of the step at hand, and of the one after it before its heat is spread.
    now, free, work = _functions(layers, room), _functions(layers, room), _functions(3, room)
    queue = np.empty(room, dtype=np.int64)
    for layer in range(layers):
        made = append(now.x[layer], now.v[layer], 0, 0.0, 0.0)
        made = append(now.x[layer], now.v[layer], made, capacity, -end_value * capacity)
        now.counts[layer], counts[n - 1, layer], begins[n - 1, layer] = made, made, used
        xs, vs = keep(now.x[layer], now.v[layer], made, used, xs, vs)
        used += made
    for k in range(n - 1, 0, -1):
        for layer in range(layers):
            _without_machine(now, free, layer, machine, k, hours, work, queue)
            if free.counts[layer] * _SPARE > room:
                return Values(xs, vs, begins, counts), False
        running = _running(price[k], least_price[k], hours, machine)
        for layer in range(layers):
            row = _spend_step(layer, machine, running, free, work, queue)
            made = rescale_and_clip(
                work.x[row],
                work.v[row],
                work.counts[row],
                machine.drain_kwh[k],
                machine.retention,
                0.0,
                capacity,
                now.x[layer],
                now.v[layer],
            )
            if made * _SPARE > room:
                return Values(xs, vs, begins, counts), False
            now.counts[layer], counts[k - 1, layer], begins[k - 1, layer] = made, made, used
            xs, vs = keep(now.x[layer], now.v[layer], made, used, xs, vs)
            used += made
    return Values(xs, vs, begins, counts), True


@borrowing
def _without_machine(
    now: Functions,
    free: Functions,
    layer: int,
    machine: Machine,
    k: int,
    hours: float,
    work: Functions,
    queue: IntArray,
) -> None:
    """Value before boiler, unserved demand and letting off, which do not depend on the machine; in
    ``free``."""
    x, v = work.x, work.v
    count = window_minimum(
        now.x[layer],
        now.v[layer],
        now.counts[layer],
        0.0,
        machine.boiler_kw * hours,
        machine.boiler_cost_per_kwh,
        x[0],
        v[0],
        queue,
    )
    count = window_minimum(
        x[0], v[0], count, 0.0, machine.drain_kwh[k], machine.unserved_cost_per_kwh, x[1], v[1], queue
    )
    # Letting off is free: the value of more content is never higher than that of less, and reaches beyond the
    # tank.
    beyond = -4.0 * machine.capacity_kwh - 100.0
    free.counts[layer] = window_minimum(
        x[1], v[1], count, beyond, 0.0, 0.0, free.x[layer], free.v[layer], queue
    )


@borrowing
def _spend_step(
    layer: int, machine: Machine, running: Running, free: Functions, work: Functions, queue: IntArray
) -> int:
    """Value of the best way to spend the step, from a layer before it; returns its row of ``work``."""
    up, layers = machine.up_steps, machine.up_steps + machine.down_steps
    is_on = layer < up
    stay = _next(layer, machine, is_on)
    made = _candidate(stay, is_on, 0.0, running, free, work, queue)
    work.counts[2] = made
    if layer not in (up - 1, layers - 1):
        return 2
    kept = copy(work.x[2], work.v[2], made, work.x[0], work.v[0])
    other, extra = (up, 0.0) if is_on else (0, machine.start_cost)
    made = _candidate(other, not is_on, extra, running, free, work, queue)
    work.counts[1] = minimum(work.x[0], work.v[0], kept, work.x[2], work.v[2], made, work.x[1], work.v[1])
    return 1


@borrowing
def _next(layer: int, machine: Machine, is_on: bool) -> int:
    """The layer after one more step in the same state."""
    up, down = machine.up_steps, machine.down_steps
    return min(layer + 1, up - 1) if is_on else min(layer + 1, up + down - 1)


@borrowing
def _candidate(
    layer: int,
    is_on: bool,
    extra: float,
    running: Running,
    free: Functions,
    work: Functions,
    queue: IntArray,
) -> int:
    """Value of spending the step on or off and being in ``layer`` after it; in row 2 of ``work``."""
    x, v = free.x[layer], free.v[layer]
    if not is_on:
        count = copy(x, v, free.counts[layer], work.x[2], work.v[2])
        for j in range(count):
            work.v[2, j] += extra
        return count
    heat, more_cost = running.heat, running.more_cost
    most = heat + running.load_heat
    count = window_minimum(x, v, free.counts[layer], heat, most, more_cost, work.x[2], work.v[2], queue)
    for j in range(count):
        work.v[2, j] += extra + running.cost - more_cost * heat
    return count


@borrowing
def _spread(
    inflow: float, is_on: bool, running: Running, machine: Machine, boiler: float, unserved: float
) -> tuple[float, float, float, float, float]:
    """The cheapest way to make an inflow: returns (cost, load heat, boiler, unserved, let off); infinite cost
    if it cannot be made."""
    rest = inflow - (running.heat if is_on else 0.0)
    room = running.load_heat if is_on else 0.0
    loaded, burnt, unmet = 0.0, 0.0, 0.0
    more_cost, boiler_cost = running.more_cost, machine.boiler_cost_per_kwh
    # More load first if it earns (what is too much is let off), else in order of cost.
    if more_cost < 0.0:
        loaded = room
        rest -= room
    off = max(0.0, -rest)
    rest = max(0.0, rest)
    # Three ways in order of cost; a way that comes as its turn is over is passed by.
    unserved_cost = machine.unserved_cost_per_kwh
    is_loaded, is_burnt, is_unmet = more_cost < 0.0, False, False
    for _ in range(3):
        load_first = not is_loaded and (is_burnt or more_cost <= boiler_cost)
        if load_first and (is_unmet or more_cost <= unserved_cost):
            loaded, is_loaded = min(rest, room), True
            rest -= loaded
        elif not is_burnt and (is_unmet or boiler_cost <= unserved_cost):
            burnt, is_burnt = min(rest, boiler), True
            rest -= burnt
        elif not is_unmet:
            unmet, is_unmet = min(rest, unserved), True
            rest -= unmet
    if rest > 1e-9:
        return math.inf, loaded, burnt, unmet, off
    return (
        more_cost * loaded + boiler_cost * burnt + machine.unserved_cost_per_kwh * unmet,
        loaded,
        burnt,
        unmet,
        off,
    )


@borrowing
def _forward(
    price: FloatArray, least_price: FloatArray, hours: float, machine: Machine, values: Values, run: Run
) -> float:
    """Walk from the initial content and layer, at each step over all breakpoints within reach; returns the
    cost."""
    cost, content, up = 0.0, machine.initial_kwh, machine.up_steps
    last, capacity, burn = up + machine.down_steps - 1, machine.capacity_kwh, machine.boiler_kw * hours
    layer = up - 1 if machine.initially_on else last
    for k in range(price.shape[0]):
        drain = machine.drain_kwh[k]
        start = machine.retention * content - drain
        running = _running(price[k], least_price[k], hours, machine)
        best = math.inf
        chosen = (layer, False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        was_on = layer < up
        for change in range(2):
            if change and layer not in (up - 1, last):
                continue
            is_on = was_on if change == 0 else not was_on
            after = _next(layer, machine, is_on) if change == 0 else (0 if is_on else up)
            fixed = (running.cost if is_on else 0.0) + (machine.start_cost if is_on and not was_on else 0.0)
            at, points = values.begins[k, after], values.counts[k, after]
            x, v = values.x[at : at + points], values.v[at : at + points]
            base = start + (running.heat if is_on else 0.0)
            room = running.load_heat if is_on else 0.0
            corners = (
                *(base, base + room, base + burn, base + room + burn, base + drain, base + room + drain),
                *(base + burn + drain, base + room + burn + drain, capacity),
            )
            for j in range(points + len(corners)):
                end = x[j] if j < points else corners[j - points]
                if end < -1e-9 or end > capacity + 1e-9:
                    continue
                spent, loaded, burnt, unmet, off = _spread(end - start, is_on, running, machine, burn, drain)
                value = fixed + spent + evaluate(x, v, points, end)
                if value < best - 1e-13:
                    best = value
                    chosen = (after, is_on, loaded, burnt, unmet, off, fixed + spent, end)
        layer, is_on, loaded, burnt, unmet, off, spent, content = chosen
        run.on[k] = is_on
        run.load[k] = loaded / running.load_heat if is_on and running.load_heat > 0.0 else 0.0
        run.boiler_kw[k], run.unserved_kwh[k], run.let_off_kwh[k] = burnt / hours, unmet, off
        cost += spent
    return cost - machine.end_value_per_kwh * (content - machine.initial_kwh)
