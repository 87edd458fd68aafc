"""A cogeneration machine's exact answer to prices: on or off with minimum times, load, boiler, tank.

The state is the tank's content and a layer: on or off, and for how many steps it is still bound. Values are
piecewise linear in the content, not convex (running is a whole decision), and go back by the exact operations
of :mod:`~mas2tering.home.answer.piecewise`. Layers 0..u-1 are on (u-1 may stop), u..u+d-1 are off (the last
may start), for minimum times of u and d steps.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mas2tering.home.answer.piecewise import (
    append,
    behind,
    copy,
    evaluate,
    keep,
    lower_envelope,
    minimum,
    rescale_and_clip,
    window_minimum,
)

FloatArray = NDArray[np.float64]
ROOM = 1536
"""Breakpoints for which the value of a step and layer has room."""


@njit(cache=True)
def _without_machine(
    x, v, count, boiler, boiler_cost, unserved, unserved_cost, capacity, work_x, work_v, queue, out_x, out_v
):  # type: ignore[no-untyped-def]
    """Value before boiler, unserved demand and letting off, which do not depend on the machine."""
    count = window_minimum(x, v, count, 0.0, boiler, boiler_cost, work_x[0], work_v[0], queue)
    count = window_minimum(
        work_x[0], work_v[0], count, 0.0, unserved, unserved_cost, work_x[1], work_v[1], queue
    )
    # Letting off is free: the value of more content is never higher than that of less, and reaches beyond the
    # tank.
    return window_minimum(work_x[1], work_v[1], count, -4.0 * capacity - 100.0, 0.0, 0.0, out_x, out_v, queue)


@njit(cache=True)
def answer_cogeneration(
    price, hours, electrical, heat, fuel, start_cost, up, down, initially_on, boiler_kw, boiler_cost, retention, initial, capacity,
    drain, unserved_cost, end_value, on, load, boiler, let_off, unserved,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Cheapest run for ``price`` (shape (n,), per kWh): writes the decision's arrays, returns its cost; NaN
    if a value outgrew its room.

    ``electrical``, ``heat`` and ``fuel`` are (minimum, full) load points in kW, kW and cost per hour.
    """
    n = price.shape[0]
    up, down = max(1, up), max(1, down)
    layers = up + down
    xs, vs = np.empty(24 * n * layers), np.empty(24 * n * layers)
    begins = np.zeros((n, layers), dtype=np.int64)
    counts = np.zeros((n, layers), dtype=np.int64)
    used = 0
    # Values of the step at hand, and of the one before it.
    now_x, now_v = np.empty((layers, ROOM)), np.empty((layers, ROOM))
    free_x, free_v = np.empty((layers, ROOM)), np.empty((layers, ROOM))
    free_count = np.zeros(layers, dtype=np.int64)
    work_x, work_v = np.empty((3, ROOM)), np.empty((3, ROOM))
    queue = np.empty(ROOM, dtype=np.int64)
    load_heat = (heat[1] - heat[0]) * hours
    if _is_simple(heat, boiler_kw * hours, boiler_cost, drain, end_value):
        xs, vs = _simple_backward(
            price, hours, electrical[0], heat[0] * hours, fuel[0], start_cost, up, down, boiler_cost, retention, capacity, drain,
            end_value, begins, counts, xs, vs, now_x, now_v, free_x, free_v,
        )  # fmt: skip
        return _forward(
            price, hours, electrical, heat, fuel, start_cost, up, down, initially_on, boiler_kw, boiler_cost, retention, initial,
            capacity, drain, unserved_cost, end_value, xs, vs, begins, counts, on, load, boiler, let_off, unserved,
        )  # fmt: skip
    for layer in range(layers):
        count = append(now_x[layer], now_v[layer], 0, 0.0, 0.0)
        counts[n - 1, layer] = append(now_x[layer], now_v[layer], count, capacity, -end_value * capacity)
        begins[n - 1, layer] = used
        xs, vs = keep(now_x[layer], now_v[layer], counts[n - 1, layer], used, xs, vs)
        used += counts[n - 1, layer]
    for k in range(n - 1, 0, -1):
        for layer in range(layers):
            free_count[layer] = _without_machine(
                now_x[layer], now_v[layer], counts[k, layer], boiler_kw * hours, boiler_cost, drain[k], unserved_cost, capacity,
                work_x, work_v, queue, free_x[layer], free_v[layer],
            )  # fmt: skip
            if free_count[layer] * 4 > ROOM:
                return math.nan
        on_cost = hours * (fuel[0] - price[k] * electrical[0])
        more_cost = 0.0
        if load_heat > 0.0:
            more_cost = hours * ((fuel[1] - fuel[0]) - price[k] * (electrical[1] - electrical[0])) / load_heat
        for layer in range(layers):
            is_on = layer < up
            stay = _next(layer, up, down, is_on)
            made = _candidate(
                stay,
                is_on,
                0.0,
                on_cost,
                heat[0] * hours,
                load_heat,
                more_cost,
                free_x,
                free_v,
                free_count,
                work_x,
                work_v,
                queue,
            )
            x, v = work_x[2], work_v[2]
            may_change = layer in (up - 1, layers - 1)
            if may_change:
                other = up if is_on else 0
                kept = copy(work_x[2], work_v[2], made, work_x[0], work_v[0])
                extra = 0.0 if is_on else start_cost
                made = _candidate(
                    other,
                    not is_on,
                    extra,
                    on_cost,
                    heat[0] * hours,
                    load_heat,
                    more_cost,
                    free_x,
                    free_v,
                    free_count,
                    work_x,
                    work_v,
                    queue,
                )
                # Both end in work[0] and work[2]; their envelope goes to work[1].
                made = minimum(work_x[0], work_v[0], kept, work_x[2], work_v[2], made, work_x[1], work_v[1])
                x, v = work_x[1], work_v[1]
            counts[k - 1, layer] = rescale_and_clip(
                x, v, made, drain[k], retention, 0.0, capacity, now_x[layer], now_v[layer]
            )
            if counts[k - 1, layer] * 6 > ROOM:
                return math.nan
            begins[k - 1, layer] = used
            xs, vs = keep(now_x[layer], now_v[layer], counts[k - 1, layer], used, xs, vs)
            used += counts[k - 1, layer]
    return _forward(
        price, hours, electrical, heat, fuel, start_cost, up, down, initially_on, boiler_kw, boiler_cost, retention, initial, capacity,
        drain, unserved_cost, end_value, xs, vs, begins, counts, on, load, boiler, let_off, unserved,
    )  # fmt: skip


@njit(cache=True)
def _is_simple(heat, boiler, boiler_cost, drain, end_value):  # type: ignore[no-untyped-def]
    """Whether the machine knows on and off only and the boiler can always serve the demand.

    Then content is never worth more than what the boiler burns for it, nor less than nothing, so that boiler
    and letting off do not change a value's shape: they only carry it on beyond the tank's ends.
    """
    if heat[0] != heat[1] or not 0.0 <= end_value <= boiler_cost:
        return False
    return drain.max() <= boiler


@njit(cache=True)
def _simple_backward(
    price, hours, electrical, heat, fuel, start_cost, up, down, boiler_cost, retention, capacity, drain, end_value, begins, counts,
    xs, vs, now_x, now_v, next_x, next_v,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Values of all steps and layers for a simple machine: shifts, and an envelope where it may change."""
    n, layers, used = price.shape[0], up + down, 0
    spare_x, spare_v = np.empty((2, ROOM)), np.empty((2, ROOM))
    for layer in range(layers):
        next_x[layer, 0], next_v[layer, 0] = 0.0, 0.0
        next_x[layer, 1], next_v[layer, 1] = capacity, -end_value * capacity
        counts[n - 1, layer] = 2
        begins[n - 1, layer] = used
        xs, vs = keep(next_x[layer], next_v[layer], 2, used, xs, vs)
        used += 2
    for k in range(n - 1, 0, -1):
        on_cost = hours * (fuel - price[k] * electrical)
        for layer in range(layers):
            is_on = layer < up
            after = _next(layer, up, down, is_on)
            flow, cost = (heat - drain[k], on_cost) if is_on else (-drain[k], 0.0)
            x, v = now_x[layer], now_v[layer]
            may_change = layer == up - 1 or layer == layers - 1
            if may_change:
                x, v = spare_x[0], spare_v[0]
            made = behind(
                next_x[after],
                next_v[after],
                counts[k, after],
                flow,
                retention,
                capacity,
                -boiler_cost,
                cost,
                x,
                v,
            )
            if may_change:
                other = up if is_on else 0
                flow, cost = (-drain[k], 0.0) if is_on else (heat - drain[k], on_cost + start_cost)
                more = behind(
                    next_x[other],
                    next_v[other],
                    counts[k, other],
                    flow,
                    retention,
                    capacity,
                    -boiler_cost,
                    cost,
                    spare_x[1],
                    spare_v[1],
                )
                made = lower_envelope(x, v, made, spare_x[1], spare_v[1], more, now_x[layer], now_v[layer])
            counts[k - 1, layer] = made
            begins[k - 1, layer] = used
            xs, vs = keep(now_x[layer], now_v[layer], made, used, xs, vs)
            used += made
        for layer in range(layers):
            copy(now_x[layer], now_v[layer], counts[k - 1, layer], next_x[layer], next_v[layer])
    return xs, vs


@njit(cache=True)
def _next(layer, up, down, is_on):  # type: ignore[no-untyped-def]
    """The layer after one more step in the same state."""
    return min(layer + 1, up - 1) if is_on else min(layer + 1, up + down - 1)


@njit(cache=True)
def _candidate(
    layer,
    is_on,
    extra,
    on_cost,
    heat,
    load_heat,
    more_cost,
    free_x,
    free_v,
    free_count,
    work_x,
    work_v,
    queue,
):  # type: ignore[no-untyped-def]
    """Value of spending the step on or off and being in ``layer`` after it; in ``work[2]``."""
    if not is_on:
        count = copy(free_x[layer], free_v[layer], free_count[layer], work_x[2], work_v[2])
        for j in range(count):
            work_v[2, j] += extra
        return count
    count = window_minimum(
        free_x[layer],
        free_v[layer],
        free_count[layer],
        heat,
        heat + load_heat,
        more_cost,
        work_x[2],
        work_v[2],
        queue,
    )
    for j in range(count):
        work_v[2, j] += extra + on_cost - more_cost * heat
    return count


@njit(cache=True)
def _spread(inflow, need_on, heat, load_heat, more_cost, boiler, boiler_cost, unserved, unserved_cost):  # type: ignore[no-untyped-def]
    """The cheapest way to make an inflow: returns (cost, load heat, boiler, unserved, let off); infinite cost
    if it cannot be made."""
    rest = inflow - (heat if need_on else 0.0)
    room = load_heat if need_on else 0.0
    loaded, burnt, unmet = 0.0, 0.0, 0.0
    # More load first if it earns (what is too much is let off), else in order of cost.
    if more_cost < 0.0:
        loaded = room
        rest -= room
    off = max(0.0, -rest)
    rest = max(0.0, rest)
    for turn in range(3):
        if turn == 0 and more_cost >= 0.0 and more_cost <= boiler_cost:
            loaded = min(rest, room)
            rest -= loaded
        if turn == 1:
            burnt = min(rest, boiler)
            rest -= burnt
        if turn == 2 and more_cost > boiler_cost:
            loaded = min(rest, room)
            rest -= loaded
    unmet = min(rest, unserved)
    rest -= unmet
    if rest > 1e-9:
        return math.inf, loaded, burnt, unmet, off
    return more_cost * loaded + boiler_cost * burnt + unserved_cost * unmet, loaded, burnt, unmet, off


@njit(cache=True)
def _forward(
    price, hours, electrical, heat, fuel, start_cost, up, down, initially_on, boiler_kw, boiler_cost, retention, initial, capacity,
    drain, unserved_cost, end_value, xs, vs, begins, counts, on, load, boiler, let_off, unserved,
):  # type: ignore[no-untyped-def]  # fmt: skip
    cost, content = 0.0, initial
    layer = up - 1 if initially_on else up + down - 1
    load_heat = (heat[1] - heat[0]) * hours
    for k in range(price.shape[0]):
        start = retention * content - drain[k]
        on_cost = hours * (fuel[0] - price[k] * electrical[0])
        more_cost = 0.0
        if load_heat > 0.0:
            more_cost = hours * ((fuel[1] - fuel[0]) - price[k] * (electrical[1] - electrical[0])) / load_heat
        best = math.inf
        chosen = (layer, False, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        was_on = layer < up
        for change in range(2):
            if change and layer != up - 1 and layer != up + down - 1:
                continue
            is_on = was_on if change == 0 else not was_on
            after = _next(layer, up, down, is_on) if change == 0 else (0 if is_on else up)
            fixed = (on_cost if is_on else 0.0) + (start_cost if is_on and not was_on else 0.0)
            base = start + (heat[0] * hours if is_on else 0.0)
            more = load_heat if is_on else 0.0
            at, points = begins[k, after], counts[k, after]
            x, v = xs[at : at + points], vs[at : at + points]
            for j in range(points + 9):
                if j < points:
                    end = x[j]
                else:
                    room, burn = more, boiler_kw * hours
                    end = (base, base + room, base + burn, base + room + burn, base + drain[k], base + room + drain[k],
                           base + burn + drain[k], base + room + burn + drain[k], capacity)[j - points]  # fmt: skip
                if end < -1e-9 or end > capacity + 1e-9:
                    continue
                spent, loaded, burnt, unmet, off = _spread(
                    end - start,
                    is_on,
                    heat[0] * hours,
                    more,
                    more_cost,
                    boiler_kw * hours,
                    boiler_cost,
                    drain[k],
                    unserved_cost,
                )
                value = fixed + spent + evaluate(x, v, points, end)
                if value < best - 1e-13:
                    best = value
                    chosen = (after, is_on, loaded, burnt, unmet, off, fixed + spent, end)
        layer, is_on, loaded, burnt, unmet, off, spent, content = chosen
        on[k] = is_on
        load[k] = loaded / load_heat if is_on and load_heat > 0.0 else 0.0
        boiler[k], unserved[k], let_off[k] = burnt / hours, unmet, off
        cost += spent
    return cost - end_value * (content - initial)
