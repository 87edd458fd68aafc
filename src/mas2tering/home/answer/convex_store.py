"""A store's exact answer to prices by dynamic programming on convex piecewise-linear values, slopes merged.

The value of content after a step is a convex function, held as segments in order of slope. Going back one
step merges in the segments of what can flow in (at its cost per kWh of content) and out (at its worth), and
cuts the range to the store's limits: one insertion each, since the infimal convolution of convex
piecewise-linear functions is their segments sorted by slope (Rockafellar, Convex Analysis, 1970, section 16).
Convex it is as long as a kWh of content costs no less than it brings when taken out again; where a negative
price breaks that, :mod:`~mas2tering.home.answer.exclusive_store` answers.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing
from mas2tering.home.answer.pools import Store
from mas2tering.home.model import FloatArray

_EPS = 1e-12


class Scratch(NamedTuple):
    """Room for n steps: ``slopes`` and ``widths`` for 5 n + 16 segments, ``levels`` of shape (n, 4).

    Columns of ``levels``: up to which content it is worth charging, down to which discharging, up to which
    leaving demand unserved, and what charging costs per kWh of content.
    """

    slopes: FloatArray
    widths: FloatArray
    levels: FloatArray


def scratch_for(steps: int) -> Scratch:
    """Scratch for stores of up to ``steps``, used by one thread at a time."""
    return Scratch(np.empty(5 * steps + 16), np.empty(5 * steps + 16), np.empty((steps, 4)))


@borrowing
def is_convex(price: FloatArray, store: Store) -> bool:
    """Whether content costs at least what it brings at every step at which both directions are open."""
    gain_in, into, out = store.gain_in, store.into_kwh, store.out_kwh
    gain_out, wear = store.gain_out, store.wear_cost_per_kwh
    if gain_out <= 0.0:
        return True
    for k in range(price.shape[0]):
        both = into[k] > 0.0 and out[k] > 0.0
        if both and (price[k] + wear) / gain_in[k] < (price[k] - wear) / gain_out - _EPS:
            return False
    return True


@borrowing
def _seek(widths: FloatArray, head: int, end: int, at: int, y: float, target: float) -> tuple[int, float]:
    """Move from an edge (the left one of segment ``at``, which lies at ``y``) to the last edge that is not
    beyond ``target``."""
    while at < end and y + widths[at] <= target + _EPS:
        y += widths[at]
        at += 1
    while at > head and y > target + _EPS:
        at -= 1
        y -= widths[at]
    return at, y


@borrowing
def _open(slopes: FloatArray, widths: FloatArray, head: int, at: int) -> int:
    """Make room for a segment before ``at``, by moving those to its left; returns the new head.

    What lies to the left (content that is too little) are few segments, what lies to the right are many.
    """
    _move_left(slopes[head - 1 : at])
    _move_left(widths[head - 1 : at])
    return head - 1


@borrowing
def _move_left(part: FloatArray) -> None:
    for j in range(part.shape[0] - 1):
        part[j] = part[j + 1]


@borrowing
def _add(part: FloatArray, amount: float) -> None:
    # Over a slice, counted from zero: only then does the compiler take several at once.
    for j in range(part.shape[0]):
        part[j] += amount


@borrowing
def _split(
    slopes: FloatArray, widths: FloatArray, head: int, end: int, at: int, y: float, target: float
) -> tuple[int, int, float]:
    """Make ``target`` an edge, if it lies inside; returns the head and the edge there."""
    at, y = _seek(widths, head, end, at, y, target)
    if at == end or target <= y + _EPS:
        return head, at, y
    head = _open(slopes, widths, head, at)
    slopes[at - 1], widths[at - 1] = slopes[at], target - y
    widths[at] -= target - y
    return head, at, target


@borrowing
def _merge(
    slopes: FloatArray, widths: FloatArray, head: int, end: int, at: int, y: float, slope: float, width: float
) -> tuple[int, int, float]:
    """Put in a segment in order of slope, from the edge ``at`` on; returns the head, the segment it is in,
    and where its left edge was."""
    while at < end and slopes[at] < slope:
        y += widths[at]
        at += 1
    while at > head and slopes[at - 1] >= slope:
        at -= 1
        y -= widths[at]
    if at < end and slopes[at] == slope:
        widths[at] += width
        return head, at, y
    head = _open(slopes, widths, head, at)
    slopes[at - 1], widths[at - 1] = slope, width
    return head, at - 1, y


@borrowing
def answer_convex_store(
    price: FloatArray,
    hours: float,
    store: Store,
    scratch: Scratch,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Cheapest plan of a store for ``price`` (shape (n,), per kWh): writes ``power`` (kW) and ``unserved``
    (kWh), returns its cost.

    Segments ``head:end`` hold the value over y = ``scale`` content - ``drained``, on which neither a leak nor
    a drain moves anything: a segment's slope is ``scale`` times what is stored. The edge ``at``, which lies
    at ``y``, is where the last operation was, and the next one is near.
    """
    n = price.shape[0]
    slopes, widths, levels = scratch.slopes, scratch.widths, scratch.levels
    into, per_gain_in, out, relief = store.into_kwh, store.per_gain_in, store.out_kwh, store.relief_kwh
    soft_lower, soft_lower_price = store.soft_lower_kwh, store.soft_lower_price
    soft_upper, soft_upper_price = store.soft_upper_kwh, store.soft_upper_price
    wear, relief_cost = store.wear_cost_per_kwh, store.relief_cost_per_kwh
    scale, per_scale, drained, per_retention = 1.0, 1.0, 0.0, 1.0 / store.retention
    per_gain_out = hours / store.gain_out if store.gain_out > 0.0 else 0.0
    head = at = 5 * n + 8
    end = head + 1
    left = y = store.lower_kwh[n - 1]
    right = max(left, store.upper_kwh[n - 1])
    slopes[head], widths[head] = -store.end_value_per_kwh, right - left
    for k in range(n - 1, -1, -1):
        # Discomfort of the content after step k.
        if soft_upper_price[k] > 0.0:
            head, at, y = _split(slopes, widths, head, end, at, y, soft_upper[k] * scale - drained)
            _add(slopes[at:end], soft_upper_price[k] * per_scale)
        if soft_lower_price[k] > 0.0:
            head, at, y = _split(slopes, widths, head, end, at, y, soft_lower[k] * scale - drained)
            _add(slopes[head:at], -soft_lower_price[k] * per_scale)
        # Where the range begins and ends before step k, on the same y.
        before = scale * store.retention if k > 0 else scale
        drained_before = drained + store.drain_kwh[k] * scale
        lowest = store.lower_kwh[k - 1] * before - drained_before if k > 0 else -math.inf
        highest = store.upper_kwh[k - 1] * before - drained_before if k > 0 else math.inf
        # Up to which content is it worth charging, or leaving demand unserved; down to which is it worth
        # discharging? Flows in move what lies to their left, and the levels are those without them.
        cost_in, worth = (price[k] + wear) * hours * per_gain_in[k], (price[k] - wear) * per_gain_out
        levels[k, 3] = cost_in
        inserted, relieved = 0.0, 0.0
        if into[k] > 0.0:
            inserted = into[k] * scale
            head, at, y = _merge(slopes, widths, head, end, at, y, -cost_in * per_scale, inserted)
            levels[k, 0] = (y + drained) * per_scale
            left, y = left - inserted, y - inserted
        if relief[k] > 0.0:
            # Leaving demand unserved is dearest of all, and changes nothing where the range reaches the lower
            # limit without it.
            if left <= lowest and head < end and slopes[head] * scale >= -relief_cost:
                levels[k, 2] = (left + inserted + drained) * per_scale
            else:
                relieved = relief[k] * scale
                head, at, y = _merge(slopes, widths, head, end, at, y, -relief_cost * per_scale, relieved)
                levels[k, 2] = (y + (0.0 if cost_in > relief_cost else inserted) + drained) * per_scale
                left, y = left - relieved, y - relieved
        if out[k] > 0.0:
            drawn = out[k] * scale
            head, at, y = _merge(slopes, widths, head, end, at, y, -worth * per_scale, drawn)
            level = y + (0.0 if cost_in > worth else inserted) + (0.0 if relief_cost > worth else relieved)
            levels[k, 1] = (level + drained) * per_scale
            right += drawn
        # Cut the range to the limits; never leave less than a point.
        while head < end and left + widths[head] <= lowest:
            left += widths[head]
            head += 1
        if head < end and left < lowest:
            widths[head] -= lowest - left
            left = lowest
        while end > head and right - widths[end - 1] >= highest:
            right -= widths[end - 1]
            end -= 1
        if end > head and right > highest:
            widths[end - 1] -= right - highest
            right = highest
        if at <= head:
            at, y = head, left
        elif at >= end:
            at, y = end, right
        scale, per_scale, drained = before, per_scale * per_retention, drained_before
    return _forward(price, hours, store, levels, power, unserved)


@borrowing
def _forward(
    price: FloatArray,
    hours: float,
    store: Store,
    levels: FloatArray,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Walk from the initial content towards each step's levels; returns the cost of the walk."""
    into, per_gain_in, out, relief = store.into_kwh, store.per_gain_in, store.out_kwh, store.relief_kwh
    drain, gain_out = store.drain_kwh, store.gain_out
    soft_lower, soft_lower_price = store.soft_lower_kwh, store.soft_lower_price
    soft_upper, soft_upper_price = store.soft_upper_kwh, store.soft_upper_price
    relief_cost, wear = store.relief_cost_per_kwh, store.wear_cost_per_kwh
    cost = 0.0
    content = store.initial_kwh
    for k in range(price.shape[0]):
        content = store.retention * content - drain[k]
        drawn, unmet = 0.0, 0.0
        charge_first = into[k] > 0.0 and levels[k, 3] <= relief_cost
        # The cheaper of charging and leaving demand unserved goes first.
        for turn in range(2):
            if (turn == 0) == charge_first:
                if into[k] > 0.0 and content < levels[k, 0]:
                    step = min(into[k], levels[k, 0] - content)
                    drawn = step * per_gain_in[k]
                    content += step
            elif relief[k] > 0.0 and content < levels[k, 2]:
                unmet = min(relief[k], levels[k, 2] - content)
                content += unmet
        if out[k] > 0.0 and drawn == 0.0 and content > levels[k, 1]:
            step = min(out[k], content - levels[k, 1])
            drawn = -step / gain_out
            content -= step
        power[k] = drawn
        if relief[k] > 0.0:
            # Where all demand is served anyhow, it stays zero: memory that is not touched takes no time.
            unserved[k] = unmet
        cost += hours * (price[k] * drawn + wear * abs(drawn)) + relief_cost * unmet
        if soft_lower_price[k] > 0.0:
            cost += soft_lower_price[k] * max(0.0, soft_lower[k] - content)
        if soft_upper_price[k] > 0.0:
            cost += soft_upper_price[k] * max(0.0, content - soft_upper[k])
    return cost - store.end_value_per_kwh * (content - store.initial_kwh)
