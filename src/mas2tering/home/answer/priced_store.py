"""A store's exact plan where what a flow costs is any piecewise-linear function of it, convex or not.

Going back a step, the value of content is the lower envelope of one sliding-window minimum for each piece
(:mod:`~mas2tering.home.answer.piecewise`). No grid, no approximation.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.answer.exclusive_store import SPARE, Values
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


class FlowCosts(NamedTuple):
    """What flows into a store cost (negative: out of it), all of shape (n, pieces).

    In step k a flow f from ``begin_kwh[k, j]`` to ``end_kwh[k, j]`` (kWh of content) costs ``offset[k, j] +
    price_per_kwh[k, j] f``. The pieces of a step join; where they overlap the cheaper holds; one whose end
    lies before its begin is not there.
    """

    begin_kwh: FloatArray
    end_kwh: FloatArray
    price_per_kwh: FloatArray
    offset: FloatArray


@compiled
def plan_priced_store(costs: FlowCosts, store: Store, most_room: int, flow_kwh: FloatArray) -> bool:
    """Put the cheapest flow of each step into ``flow_kwh``, shape (n,); all demand of the store is served.

    False if values of content need room for more than ``most_room`` breakpoints while they are worked on, or
    nothing fits the store's limits.
    """
    room, has_room = 8192, False
    while not has_room:
        if room > most_room:
            return False
        values, has_room = _backward(costs, store, room)
        room *= 4
    return _forward(costs, store, values, flow_kwh)


@compiled
def _backward(costs: FlowCosts, store: Store, room: int) -> tuple[Values, bool]:
    """Values after all steps, and whether they had room."""
    n = store.lower_kwh.shape[0]
    xs, vs = np.empty(64 * n), np.empty(64 * n)
    begin = np.zeros(n + 1, dtype=np.int64)
    counts = np.empty(n, dtype=np.int64)
    # Row 0 takes the value before discomfort, row 3 with it; the others are for the flows.
    x, v = np.empty((4, room)), np.empty((4, room))
    queue = np.empty(room, dtype=np.int64)
    used = 0
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
            count = _before(costs, store, k, counts[k], x, v, queue)
    return Values(xs, vs, begin, counts), True


@borrowing
def _before(
    costs: FlowCosts, store: Store, k: int, count: int, x: FloatArray, v: FloatArray, queue: IntArray
) -> int:
    """Back over step k: from row 3, the value after it, to row 0, the value before it; returns its count."""
    made = 0
    for j in range(costs.begin_kwh.shape[1]):
        begin, end = costs.begin_kwh[k, j], costs.end_kwh[k, j]
        if end < begin:
            continue
        one = window_minimum(x[3], v[3], count, begin, end, costs.price_per_kwh[k, j], x[1], v[1], queue)
        for i in range(one):
            v[1, i] += costs.offset[k, j]
        if made == 0:
            made = copy(x[1], v[1], one, x[0], v[0])
        else:
            made = minimum(x[0], v[0], made, x[1], v[1], one, x[2], v[2])
            made = copy(x[2], v[2], made, x[0], v[0])
    lower, upper = store.lower_kwh[k - 1], store.upper_kwh[k - 1]
    made = rescale_and_clip(x[0], v[0], made, store.drain_kwh[k], store.retention, lower, upper, x[1], v[1])
    return copy(x[1], v[1], made, x[0], v[0])


@borrowing
def _forward(costs: FlowCosts, store: Store, values: Values, flow_kwh: FloatArray) -> bool:
    """Walk from the initial content, at each step to the best content within reach; whether there always was
    one."""
    content = store.initial_kwh
    for k in range(flow_kwh.shape[0]):
        first, last = values.begins[k], values.begins[k] + values.counts[k]
        start = store.retention * content - store.drain_kwh[k]
        x, v = values.x[first:last], values.v[first:last]
        best = math.inf
        for j in range(costs.begin_kwh.shape[1]):
            begin, end = costs.begin_kwh[k, j], costs.end_kwh[k, j]
            if end < begin:
                continue
            # Between breakpoints all is linear: the best flow ends at one, or at the end of a piece.
            for i in range(-2, last - first):
                flow = begin if i == -2 else end if i == -1 else x[i] - start
                if begin - 1e-9 <= flow <= end + 1e-9:
                    flow = min(max(flow, begin), end)
                    cost = costs.offset[k, j] + costs.price_per_kwh[k, j] * flow
                    value = cost + evaluate(x, v, last - first, start + flow)
                    if value < best:
                        best, flow_kwh[k] = value, flow
        if best == math.inf:
            return False
        content = start + flow_kwh[k]
    return True
