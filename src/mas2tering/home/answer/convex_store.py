"""A store's exact answer to prices by dynamic programming on convex piecewise-linear values, slopes merged.

The value of content after a step is a convex function, held as segments in order of slope. Going back one
step merges in the segments of what can flow in (at its cost per kWh of content) and out (at its worth), and
cuts the range to the store's limits: one insertion each, since the infimal convolution of convex
piecewise-linear functions is their segments sorted by slope (Rockafellar, Convex Analysis, 1970, section 16).
Convex it is as long as a kWh of content costs no less than it brings when taken out again; where a negative
price breaks that, :mod:`~mas2tering.home.answer.exclusive_store` answers.
"""

from typing import NamedTuple

from mas2tering.home.answer.compiled import compiled, inlined
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


@compiled
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


@compiled
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


@compiled
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


@compiled
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

    Segments ``head:end`` hold the value in a scale that retention stretches from step to step: a segment's
    slope is ``scale`` times what is stored, its width a ``scale``-th of it, so that a leak costs nothing to
    follow.
    """
    n = price.shape[0]
    slopes, widths, levels = scratch.slopes, scratch.widths, scratch.levels
    # Fields are taken once, and the loop is one piece on purpose: taking a field, or handing arrays to a part
    # of it, would count references at every step, which costs as much as the step.
    into, per_gain_in, out, relief = store.into_kwh, store.per_gain_in, store.out_kwh, store.relief_kwh
    drain, lower, upper = store.drain_kwh, store.lower_kwh, store.upper_kwh
    soft_lower, soft_lower_price = store.soft_lower_kwh, store.soft_lower_price
    soft_upper, soft_upper_price = store.soft_upper_kwh, store.soft_upper_price
    retention, wear, relief_cost = store.retention, store.wear_cost_per_kwh, store.relief_cost_per_kwh
    head, end, scale, per_scale = 0, 1, 1.0, 1.0
    per_retention = 1.0 / retention
    per_gain_out = hours / store.gain_out if store.gain_out > 0.0 else 0.0
    slopes[0] = -store.end_value_per_kwh
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
        cost_in, worth = (price[k] + wear) * hours * per_gain_in[k], (price[k] - wear) * per_gain_out
        levels[k, 3] = cost_in
        # Back over the flows of step k to the content before it, in order of slope: what a merge finds below
        # its segment are the segments of the value itself, and of flows that went in before, which lie lower
        # and are taken off again.
        start, inserted, relieved = left, 0.0, 0.0
        if into[k] > 0.0:
            end, below = _merge(slopes, widths, head, end, -cost_in * per_scale, into[k] * scale)
            levels[k, 0] = start + below * per_scale
            inserted = into[k]
            left -= into[k]
        if relief[k] > 0.0:
            # Leaving demand unserved is dearest of all, and changes nothing where the range reaches the lower
            # limit without it.
            enough = k > 0 and left + drain[k] <= lower[k - 1] * retention
            if enough and head < end and slopes[head] * scale >= -relief_cost:
                levels[k, 2] = start
            else:
                end, below = _merge(slopes, widths, head, end, -relief_cost * per_scale, relief[k] * scale)
                levels[k, 2] = start + below * per_scale - (inserted if cost_in > relief_cost else 0.0)
                left -= relief[k]
                relieved = relief[k]
        if out[k] > 0.0:
            end, below = _merge(slopes, widths, head, end, -worth * per_scale, out[k] * scale)
            levels[k, 1] = start + below * per_scale
            levels[k, 1] -= inserted if cost_in > worth else 0.0
            levels[k, 1] -= relieved if relief_cost > worth else 0.0
            right += out[k]
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
    return _forward(price, hours, store, levels, power, unserved)


@inlined
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
        power[k] = 0.0
        unserved[k] = 0.0
        charge_first = into[k] > 0.0 and levels[k, 3] <= relief_cost
        # The cheaper of charging and leaving demand unserved goes first.
        for turn in range(2):
            if (turn == 0) == charge_first:
                if into[k] > 0.0 and content < levels[k, 0]:
                    step = min(into[k], levels[k, 0] - content)
                    power[k] = step * per_gain_in[k]
                    content += step
            elif relief[k] > 0.0 and content < levels[k, 2]:
                step = min(relief[k], levels[k, 2] - content)
                unserved[k] = step
                content += step
        if out[k] > 0.0 and power[k] == 0.0 and content > levels[k, 1]:
            step = min(out[k], content - levels[k, 1])
            power[k] = -step / gain_out
            content -= step
        cost += hours * (price[k] * power[k] + wear * abs(power[k])) + relief_cost * unserved[k]
        cost += soft_lower_price[k] * max(0.0, soft_lower[k] - content) + soft_upper_price[k] * max(
            0.0, content - soft_upper[k]
        )
    return cost - store.end_value_per_kwh * (content - store.initial_kwh)
