"""A store's exact answer to prices by dynamic programming on convex piecewise-linear values, slopes merged.

The value of content after a step is a convex function, held as segments in order of slope. Going back one
step merges in the segments of what can flow in (at its cost per kWh of content) and out (at its worth), and
cuts the range to the store's limits: one insertion each, since the infimal convolution of convex
piecewise-linear functions is their segments sorted by slope (Rockafellar, Convex Analysis, 1970, section 16).
Convex it is as long as a kWh of content costs no less than it brings when taken out again; where a negative
price breaks that, :mod:`~mas2tering.home.answer.exclusive_store` answers.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_EPS = 1e-12


@njit(cache=True)
def is_convex(
    price: FloatArray,
    gain_in: FloatArray,
    gain_out: float,
    power_in: FloatArray,
    power_out: FloatArray,
    wear: float,
) -> bool:
    """Whether content costs at least what it brings at every step at which both directions are open."""
    if gain_out <= 0.0:
        return True
    for k in range(price.shape[0]):
        both = power_in[k] > 0.0 and power_out[k] > 0.0 and gain_in[k] > 0.0
        if both and (price[k] + wear) / gain_in[k] < (price[k] - wear) / gain_out - _EPS:
            return False
    return True


@njit(cache=True)
def _merge(
    slopes: FloatArray, widths: FloatArray, head: int, end: int, slope: float, width: float
) -> tuple[int, float]:
    """Insert a segment in order of slope into ``head:end``. Returns the new end, and the width of the
    segments of lower slope."""
    below = 0.0
    at = head
    while at < end and slopes[at] < slope:
        below += widths[at]
        at += 1
    if at < end and slopes[at] == slope:
        widths[at] += width
        return end, below
    for j in range(end, at, -1):
        slopes[j] = slopes[j - 1]
        widths[j] = widths[j - 1]
    slopes[at] = slope
    widths[at] = width
    return end + 1, below


@njit(cache=True)
def _split(slopes: FloatArray, widths: FloatArray, head: int, end: int, at: float) -> tuple[int, int]:
    """Make ``at`` (a distance from the left) an edge between segments; returns the end and the first segment
    right of it."""
    x = 0.0
    for j in range(head, end):
        if at <= x + _EPS:
            return end, j
        if at < x + widths[j] - _EPS:
            for i in range(end, j, -1):
                slopes[i] = slopes[i - 1]
                widths[i] = widths[i - 1]
            widths[j] = at - x
            widths[j + 1] -= at - x
            return end + 1, j + 1
        x += widths[j]
    return end, end


@njit(cache=True)
def answer_convex_store(
    price: FloatArray,
    hours: float,
    retention: float,
    initial: float,
    gain_in: FloatArray,
    per_gain_in: FloatArray,
    gain_out: float,
    power_in: FloatArray,
    power_out: FloatArray,
    drain: FloatArray,
    relief: FloatArray,
    relief_cost: float,
    lower: FloatArray,
    upper: FloatArray,
    soft_lower: FloatArray,
    soft_lower_price: FloatArray,
    soft_upper: FloatArray,
    soft_upper_price: FloatArray,
    wear: float,
    end_value: float,
    slopes: FloatArray,
    widths: FloatArray,
    levels: FloatArray,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Cheapest plan of a store for ``price`` (shape (n,), per kWh): writes ``power`` (kW) and ``unserved``
    (kWh), returns its cost.

    ``per_gain_in`` is 1 / ``gain_in``, zero where that is. ``slopes`` and ``widths`` (room for 5 n + 16
    segments) and ``levels`` (shape (n, 4)) are scratch. Segments ``head:end`` hold the value in a scale that
    retention stretches from step to step: a segment's slope is ``scale`` times what is stored, its width a
    ``scale``-th of it, so that a leak costs nothing to follow.
    """
    n = price.shape[0]
    head, end, scale, per_scale = 0, 1, 1.0, 1.0
    per_retention = 1.0 / retention
    per_gain_out = hours / gain_out if gain_out > 0.0 else 0.0
    slopes[0] = -end_value
    left, right = lower[n - 1], max(lower[n - 1], upper[n - 1])
    widths[0] = right - left
    for k in range(n - 1, -1, -1):
        # Discomfort of the content after step k.
        if soft_lower_price[k] > 0.0 and soft_lower[k] > left:
            end, edge = _split(slopes, widths, head, end, (soft_lower[k] - left) * scale)
            for j in range(head, edge):
                slopes[j] -= soft_lower_price[k] * per_scale
        if soft_upper_price[k] > 0.0 and soft_upper[k] < right:
            end, edge = _split(slopes, widths, head, end, (soft_upper[k] - left) * scale)
            for j in range(edge, end):
                slopes[j] += soft_upper_price[k] * per_scale
        # Up to which content is it worth charging, or leaving demand unserved; down to which is it worth
        # discharging?
        into = gain_in[k] * power_in[k]
        cost_in = (price[k] + wear) * hours * per_gain_in[k]
        out = gain_out * power_out[k]
        worth = (price[k] - wear) * per_gain_out
        levels[k, 3] = cost_in
        # Back over the flows of step k to the content before it, in order of slope: what a merge finds below
        # its segment are the segments of the value itself, and of flows that went in before, which lie lower
        # and are taken off again.
        start = left
        inserted = 0.0
        relieved = 0.0
        if into > 0.0:
            end, below = _merge(slopes, widths, head, end, -cost_in * per_scale, into * scale)
            levels[k, 0] = start + below * per_scale
            inserted = into
            left -= into
        # Leaving demand unserved is dearest of all, and changes nothing where the range reaches the lower
        # limit without it.
        if (
            relief[k] > 0.0
            and k > 0
            and head < end
            and slopes[head] * scale >= -relief_cost
            and left + drain[k] <= lower[k - 1] * retention
        ):
            levels[k, 2] = start
        elif relief[k] > 0.0:
            end, below = _merge(slopes, widths, head, end, -relief_cost * per_scale, relief[k] * scale)
            levels[k, 2] = start + below * per_scale - (inserted if cost_in > relief_cost else 0.0)
            left -= relief[k]
            relieved = relief[k]
        if out > 0.0:
            end, below = _merge(slopes, widths, head, end, -worth * per_scale, out * scale)
            levels[k, 1] = start + below * per_scale
            levels[k, 1] -= inserted if cost_in > worth else 0.0
            levels[k, 1] -= relieved if relief_cost > worth else 0.0
            right += out
        if k == 0:
            break
        left = (left + drain[k]) * per_retention
        right = (right + drain[k]) * per_retention
        scale *= retention
        per_scale *= per_retention
        # Cut the range to the limits; never leave less than a point.
        while head < end and left + widths[head] * per_scale <= lower[k - 1]:
            left += widths[head] * per_scale
            head += 1
        if head < end and left < lower[k - 1]:
            widths[head] -= (lower[k - 1] - left) * scale
            left = lower[k - 1]
        while end > head and right - widths[end - 1] * per_scale >= upper[k - 1]:
            right -= widths[end - 1] * per_scale
            end -= 1
        if end > head and right > upper[k - 1]:
            widths[end - 1] -= (right - upper[k - 1]) * scale
            right = upper[k - 1]
    return _forward(
        price, hours, retention, initial, gain_in, per_gain_in, gain_out, power_in, power_out, drain, relief, relief_cost, soft_lower, soft_lower_price,
        soft_upper, soft_upper_price, wear, end_value, levels, power, unserved,
    )  # fmt: skip


@njit(cache=True)
def _forward(
    price, hours, retention, initial, gain_in, per_gain_in, gain_out, power_in, power_out, drain, relief, relief_cost, soft_lower, soft_lower_price,
    soft_upper, soft_upper_price, wear, end_value, levels, power, unserved,
):  # type: ignore[no-untyped-def]  # fmt: skip
    """Walk from the initial content towards each step's levels; returns the cost of the walk."""
    cost = 0.0
    content = initial
    for k in range(price.shape[0]):
        content = retention * content - drain[k]
        power[k] = 0.0
        unserved[k] = 0.0
        into = gain_in[k] * power_in[k]
        charge_first = into > 0.0 and levels[k, 3] <= relief_cost
        # The cheaper of charging and leaving demand unserved goes first.
        for turn in range(2):
            if (turn == 0) == charge_first:
                if into > 0.0 and content < levels[k, 0]:
                    step = min(into, levels[k, 0] - content)
                    power[k] = step * per_gain_in[k]
                    content += step
            elif relief[k] > 0.0 and content < levels[k, 2]:
                step = min(relief[k], levels[k, 2] - content)
                unserved[k] = step
                content += step
        if power_out[k] > 0.0 and power[k] == 0.0 and content > levels[k, 1]:
            step = min(gain_out * power_out[k], content - levels[k, 1])
            power[k] = -step / gain_out
            content -= step
        cost += hours * (price[k] * power[k] + wear * abs(power[k])) + relief_cost * unserved[k]
        cost += soft_lower_price[k] * max(0.0, soft_lower[k] - content) + soft_upper_price[k] * max(
            0.0, content - soft_upper[k]
        )
    return cost - end_value * (content - initial)
