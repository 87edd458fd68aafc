"""A store's exact answer where a negative price makes burning energy pay: charge or discharge, never both.

The value of content is then piecewise linear but not convex; going back a step it is the lower envelope of
"charge by some amount" and "discharge by some amount", both sliding-window minima
(:mod:`~mas2tering.home.answer.piecewise`). No grid, no approximation.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.answer.piecewise import (
    add_discomfort,
    append,
    copy,
    evaluate,
    keep,
    minimum,
    rescale_and_clip,
    window_minimum,
)
from mas2tering.home.answer.pools import Store
from mas2tering.home.model import FloatArray, IntArray

_ROOM = 8192
"""Breakpoints for which a step's value has room at first; where that is not enough, four times as much is
tried."""
SPARE = 24
"""How many times its breakpoints an operation on a value may need while it works."""


class Values(NamedTuple):
    """Values of the content after each step, end to end: that of step k from ``begins[k]`` on, ``counts[k]``
    breakpoints."""

    x: FloatArray
    v: FloatArray
    begins: IntArray
    counts: IntArray


@compiled
def answer_exclusive_store(
    price: FloatArray, hours: float, store: Store, power: FloatArray, unserved: FloatArray
) -> float:
    """Like :func:`~mas2tering.home.answer.convex_store.answer_convex_store`, for any prices."""
    room, has_room = _ROOM, False
    while not has_room:
        values, has_room = _backward(price, hours, store, room)
        room *= 4
    return _forward(price, hours, store, values, power, unserved)


@compiled
def _backward(price: FloatArray, hours: float, store: Store, room: int) -> tuple[Values, bool]:
    """Values after all steps, and whether they had room."""
    n = price.shape[0]
    xs, vs = np.empty(64 * n), np.empty(64 * n)
    begin = np.zeros(n + 1, dtype=np.int64)
    counts = np.empty(n, dtype=np.int64)
    # Row 0 takes the value before discomfort, row 3 with it; the others are for the flows.
    x, v = np.empty((4, room)), np.empty((4, room))
    queue = np.empty(room, dtype=np.int64)
    used = 0
    # Value of the content at the end.
    lower, upper, end_value = store.lower_kwh[n - 1], store.upper_kwh[n - 1], store.end_value_per_kwh
    count = append(x[0], v[0], 0, lower, -end_value * lower)
    count = append(x[0], v[0], count, upper, -end_value * upper)
    for k in range(n - 1, -1, -1):
        counts[k] = add_discomfort(
            x[0],
            v[0],
            count,
            store.soft_lower_kwh[k],
            store.soft_lower_price[k],
            store.soft_upper_kwh[k],
            store.soft_upper_price[k],
            x[3],
            v[3],
        )
        if counts[k] * SPARE > room:
            return Values(xs, vs, begin, counts), False
        begin[k] = used
        xs, vs = keep(x[3], v[3], counts[k], used, xs, vs)
        used += counts[k]
        if k > 0:
            count = _before(price[k], hours, store, k, counts[k], x, v, queue)
    return Values(xs, vs, begin, counts), True


@borrowing
def _before(
    price: float,
    hours: float,
    store: Store,
    k: int,
    count: int,
    x: FloatArray,
    v: FloatArray,
    queue: IntArray,
) -> int:
    """Back over step k: from row 3, the value after it, to row 0, the value before it; returns its count."""
    row = 3
    wear, gain_out = store.wear_cost_per_kwh, store.gain_out
    if store.relief_kwh[k] > 0.0:
        count = window_minimum(
            x[3], v[3], count, 0.0, store.relief_kwh[k], store.relief_cost_per_kwh, x[0], v[0], queue
        )
        row = 0
    into, out = store.into_kwh[k], store.out_kwh[k]
    if into > 0.0:
        cost_in = (price + wear) * hours / store.gain_in[k]
        first = window_minimum(x[row], v[row], count, 0.0, into, cost_in, x[1], v[1], queue)
    else:
        first = copy(x[row], v[row], count, x[1], v[1])
    if out > 0.0:
        worth = (price - wear) * hours / gain_out
        second = window_minimum(x[row], v[row], count, -out, 0.0, worth, x[2], v[2], queue)
        count = minimum(x[1], v[1], first, x[2], v[2], second, x[0], v[0])
    else:
        count = copy(x[1], v[1], first, x[0], v[0])
    lower, upper = store.lower_kwh[k - 1], store.upper_kwh[k - 1]
    count = rescale_and_clip(x[0], v[0], count, store.drain_kwh[k], store.retention, lower, upper, x[1], v[1])
    return copy(x[1], v[1], count, x[0], v[0])


@borrowing
def _forward(
    price: FloatArray,
    hours: float,
    store: Store,
    values: Values,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Walk from the initial content, at each step to the best content within reach; returns the cost."""
    wear, relief_cost = store.wear_cost_per_kwh, store.relief_cost_per_kwh
    cost = 0.0
    content = store.initial_kwh
    for k in range(price.shape[0]):
        begin, end = values.begins[k], values.begins[k] + values.counts[k]
        start = store.retention * content - store.drain_kwh[k]
        flow, unserved[k] = _best_flow(
            price[k], hours, store, k, start, values.x[begin:end], values.v[begin:end]
        )
        if flow > 0.0:
            power[k] = flow / store.gain_in[k]
        elif flow < 0.0:
            power[k] = flow / store.gain_out
        else:
            power[k] = 0.0
        content = start + flow + unserved[k]
        cost += hours * (price[k] * power[k] + wear * abs(power[k])) + relief_cost * unserved[k]
        cost += store.soft_lower_price[k] * max(0.0, store.soft_lower_kwh[k] - content)
        cost += store.soft_upper_price[k] * max(0.0, content - store.soft_upper_kwh[k])
    return cost - store.end_value_per_kwh * (content - store.initial_kwh)


@borrowing
def _best_flow(
    price: float, hours: float, store: Store, k: int, start: float, x: FloatArray, v: FloatArray
) -> tuple[float, float]:
    """Flow through the meter and demand not served (kWh of content) in step k, by trying all breakpoints
    within reach."""
    count, gain_in, gain_out = x.shape[0], store.gain_in[k], store.gain_out
    into, out = store.into_kwh[k], store.out_kwh[k]
    relief, relief_cost = store.relief_kwh[k], store.relief_cost_per_kwh
    cost_in = (price + store.wear_cost_per_kwh) * hours / gain_in if into > 0.0 else math.inf
    worth = (price - store.wear_cost_per_kwh) * hours / gain_out if out > 0.0 else 0.0
    best, best_flow, best_relief = math.inf, 0.0, 0.0
    highest = start + into + relief
    clipped = min(max(start, x[0]), x[count - 1])
    corners = (start, start - out, start + into, start + relief, highest, clipped)
    for j in range(count + 6):
        end = x[j] if j < count else corners[j - count]
        if end < start - out - 1e-9 or end > highest + 1e-9:
            continue
        # The cheaper of charging and leaving demand unserved goes first.
        raised = max(0.0, end - start)
        if cost_in <= relief_cost:
            charged = min(raised, into)
            unmet = min(raised - charged, relief)
        else:
            unmet = min(raised, relief)
            charged = min(raised - unmet, into)
        lowered = min(max(0.0, start - end), out)
        value = evaluate(x, v, count, end) + relief_cost * unmet - worth * lowered
        if charged > 0.0:
            value += cost_in * charged
        if value < best:
            best, best_flow, best_relief = value, charged - lowered, unmet
    return best_flow, best_relief
