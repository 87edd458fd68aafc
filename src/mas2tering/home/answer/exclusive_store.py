"""A store's exact answer where a negative price makes burning energy pay: charge or discharge, never both.

The value of content is then piecewise linear but not convex; going back a step it is the lower envelope of
"charge by some amount" and "discharge by some amount", both sliding-window minima
(:mod:`~mas2tering.home.answer.piecewise`). No grid, no approximation.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

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

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ROOM = 2048
"""Breakpoints for which a step's value has room; day-long problems use fewer than a tenth of it."""


@njit(cache=True)
def answer_exclusive_store(
    price, hours, retention, initial, gain_in, gain_out, power_in, power_out, drain, relief, relief_cost, lower, upper, soft_lower,
    soft_lower_price, soft_upper, soft_upper_price, wear, end_value, power, unserved,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Like :func:`~mas2tering.home.answer.convex_store.answer_convex_store`, for any prices; NaN where a
    value outgrew its room."""
    n = price.shape[0]
    xs, vs = np.empty(64 * n), np.empty(64 * n)
    begins = np.zeros(n + 1, dtype=np.int64)
    counts = np.empty(n, dtype=np.int64)
    scratch_x, scratch_v = np.empty((4, ROOM)), np.empty((4, ROOM))
    used = 0
    queue = np.empty(ROOM, dtype=np.int64)
    # Value of the content at the end.
    count = append(scratch_x[0], scratch_v[0], 0, lower[n - 1], -end_value * lower[n - 1])
    count = append(scratch_x[0], scratch_v[0], count, upper[n - 1], -end_value * upper[n - 1])
    for k in range(n - 1, -1, -1):
        counts[k] = add_discomfort(
            scratch_x[0], scratch_v[0], count, soft_lower[k], soft_lower_price[k], soft_upper[k], soft_upper_price[k],
            scratch_x[3], scratch_v[3],
        )  # fmt: skip
        if counts[k] * 6 > ROOM:
            return math.nan
        begins[k] = used
        xs, vs = keep(scratch_x[3], scratch_v[3], counts[k], used, xs, vs)
        used += counts[k]
        if k == 0:
            break
        x, v, count = scratch_x[3], scratch_v[3], counts[k]
        if relief[k] > 0.0:
            count = window_minimum(
                x, v, count, 0.0, relief[k], relief_cost, scratch_x[0], scratch_v[0], queue
            )
            x, v = scratch_x[0], scratch_v[0]
        into = gain_in[k] * power_in[k]
        out = gain_out * power_out[k]
        if into > 0.0:
            first = window_minimum(
                x,
                v,
                count,
                0.0,
                into,
                (price[k] + wear) * hours / gain_in[k],
                scratch_x[1],
                scratch_v[1],
                queue,
            )
        else:
            first = copy(x, v, count, scratch_x[1], scratch_v[1])
        if out > 0.0:
            second = window_minimum(
                x,
                v,
                count,
                -out,
                0.0,
                (price[k] - wear) * hours / gain_out,
                scratch_x[2],
                scratch_v[2],
                queue,
            )
            count = minimum(
                scratch_x[1],
                scratch_v[1],
                first,
                scratch_x[2],
                scratch_v[2],
                second,
                scratch_x[0],
                scratch_v[0],
            )
        else:
            count = copy(scratch_x[1], scratch_v[1], first, scratch_x[0], scratch_v[0])
        count = rescale_and_clip(
            scratch_x[0],
            scratch_v[0],
            count,
            drain[k],
            retention,
            lower[k - 1],
            upper[k - 1],
            scratch_x[1],
            scratch_v[1],
        )
        copy(scratch_x[1], scratch_v[1], count, scratch_x[0], scratch_v[0])
    return _forward(
        price, hours, retention, initial, gain_in, gain_out, power_in, power_out, drain, relief, relief_cost, soft_lower,
        soft_lower_price, soft_upper, soft_upper_price, wear, end_value, xs, vs, begins, counts, power, unserved,
    )  # fmt: skip


@njit(cache=True)
def _forward(
    price, hours, retention, initial, gain_in, gain_out, power_in, power_out, drain, relief, relief_cost, soft_lower, soft_lower_price,
    soft_upper, soft_upper_price, wear, end_value, xs, vs, begins, counts, power, unserved,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Walk from the initial content, at each step over all breakpoints within reach."""
    cost = 0.0
    content = initial
    for k in range(price.shape[0]):
        x, v = xs[begins[k] : begins[k] + counts[k]], vs[begins[k] : begins[k] + counts[k]]
        start = retention * content - drain[k]
        into, out = gain_in[k] * power_in[k], gain_out * power_out[k]
        cost_in = (price[k] + wear) * hours / gain_in[k] if into > 0.0 else math.inf
        worth = (price[k] - wear) * hours / gain_out if out > 0.0 else 0.0
        best, best_flow, best_relief = math.inf, 0.0, 0.0
        highest = start + into + relief[k]
        for j in range(counts[k] + 6):
            if j < counts[k]:
                end = x[j]
            else:
                end = (
                    start,
                    start - out,
                    start + into,
                    start + relief[k],
                    highest,
                    min(max(start, x[0]), x[counts[k] - 1]),
                )[j - counts[k]]
            if end < start - out - 1e-9 or end > highest + 1e-9:
                continue
            # The cheaper of charging and leaving demand unserved goes first.
            raised = max(0.0, end - start)
            if cost_in <= relief_cost:
                charged = min(raised, into)
                unmet = min(raised - charged, relief[k])
            else:
                unmet = min(raised, relief[k])
                charged = min(raised - unmet, into)
            lowered = min(max(0.0, start - end), out)
            value = evaluate(x, v, counts[k], end) + relief_cost * unmet - worth * lowered
            if charged > 0.0:
                value += cost_in * charged
            if value < best:
                best, best_flow, best_relief = value, charged - lowered, unmet
        power[k] = (
            best_flow / gain_in[k] if best_flow > 0.0 else (best_flow / gain_out if best_flow < 0.0 else 0.0)
        )
        unserved[k] = best_relief
        content = start + best_flow + best_relief
        cost += hours * (price[k] * power[k] + wear * abs(power[k])) + relief_cost * best_relief
        cost += soft_lower_price[k] * max(0.0, soft_lower[k] - content) + soft_upper_price[k] * max(
            0.0, content - soft_upper[k]
        )
    return cost - end_value * (content - initial)
