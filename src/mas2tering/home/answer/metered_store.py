"""A store's exact answer behind a meter that draws and feeds in at two prices, beside load and generation that are as they are.

What a flow costs is then convex and piecewise linear in the flow: charging takes what would be fed in first, and
discharging replaces what would be drawn first. The dynamic programme is that of
:mod:`~mas2tering.home.answer.convex_store`, with several segments a step for each direction instead of one.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing
from mas2tering.home.answer.convex_store import _add, _merge, _split
from mas2tering.home.answer.pools import Store
from mas2tering.home.model import FloatArray

_EPS = 1e-12
_PIECES = 3


class Meter(NamedTuple):
    """What net power at the meter costs per hour, all of shape (n,): ``selling_per_kwh`` for what lies below
    ``first_kw``, ``buying_per_kwh`` for what lies above ``second_kw``, ``between_per_kwh`` between. It costs nothing at
    ``first_kw``.
    """

    buying_per_kwh: FloatArray
    between_per_kwh: FloatArray
    selling_per_kwh: FloatArray
    first_kw: FloatArray
    second_kw: FloatArray


class MeteredScratch(NamedTuple):
    """Room for n steps: ``slopes`` and ``widths`` for 9 n + 16 segments; ``levels`` (n, 7), up to (down to) which
    content each piece of charging, leaving unserved, and discharging is worth while; ``flows`` (n, 6), widths of pieces in
    kWh of content."""

    slopes: FloatArray
    widths: FloatArray
    levels: FloatArray
    flows: FloatArray


def metered_scratch_for(steps: int) -> MeteredScratch:
    """Scratch for stores of up to ``steps``, used by one thread at a time."""
    return MeteredScratch(
        np.empty(9 * steps + 16), np.empty(9 * steps + 16), np.empty((steps, 7)), np.empty((steps, 6))
    )


@borrowing
def meter_cost(meter: Meter, t: int, net_kw: float) -> float:
    """What a net power costs per hour at a step."""
    first, second = meter.first_kw[t], meter.second_kw[t]
    above = meter.buying_per_kwh[t] * max(0.0, net_kw - second)
    between = meter.between_per_kwh[t] * (min(max(net_kw, first), second) - first)
    return float(above + between + meter.selling_per_kwh[t] * min(0.0, net_kw - first))


@borrowing
def is_convex_behind(meter: Meter, beside_kw: FloatArray, store: Store) -> bool:
    """Whether content costs at least what it brings at every step at which both directions are open."""
    if store.gain_out <= 0.0:
        return True
    wear = store.wear_cost_per_kwh
    for k in range(beside_kw.shape[0]):
        if store.into_kwh[k] > 0.0 and store.out_kwh[k] > 0.0:
            beside = beside_kw[k]
            charging = meter.buying_per_kwh[k] if beside >= meter.second_kw[k] else meter.between_per_kwh[k]
            if beside < meter.first_kw[k]:
                charging = meter.selling_per_kwh[k]
            discharging = (
                meter.selling_per_kwh[k] if beside <= meter.first_kw[k] else meter.between_per_kwh[k]
            )
            if beside > meter.second_kw[k]:
                discharging = meter.buying_per_kwh[k]
            if (charging + wear) / store.gain_in[k] < (discharging - wear) / store.gain_out - _EPS:
                return False
    return True


@borrowing
def _widths(meter: Meter, k: int, beside: float, store: Store, flows: FloatArray) -> None:
    """Widths in kWh of content of charging (three pieces, cheapest first) and discharging (dearest first)."""
    gap_1, gap_2 = meter.first_kw[k] - beside, meter.second_kw[k] - beside
    into, out = store.into_kwh[k], store.out_kwh[k]
    if into > 0.0:
        gain = store.gain_in[k]
        first = min(into, max(0.0, gap_1) * gain)
        second = min(into, max(0.0, gap_2) * gain)
        flows[k, 0], flows[k, 1], flows[k, 2] = first, second - first, into - second
    if out > 0.0:
        gain = store.gain_out
        first = min(out, max(0.0, -gap_2) * gain)
        second = min(out, max(0.0, -gap_1) * gain)
        flows[k, 3], flows[k, 4], flows[k, 5] = first, second - first, out - second


@borrowing
def answer_metered_store(
    meter: Meter,
    beside_kw: FloatArray,
    hours: float,
    store: Store,
    scratch: MeteredScratch,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Cheapest plan of a store beside a net load (n,): writes ``power`` (kW) and ``unserved`` (kWh), returns the cost of
    all that the meter sees, wear and discomfort with it.

    Segments are held as in :func:`~mas2tering.home.answer.convex_store.answer_convex_store`. Each level is where the
    value has the slope of a piece before any flow of its step is put in.
    """
    n = beside_kw.shape[0]
    slopes, widths, levels, flows = scratch.slopes, scratch.widths, scratch.levels, scratch.flows
    relief, wear, relief_cost = store.relief_kwh, store.wear_cost_per_kwh, store.relief_cost_per_kwh
    soft_lower, soft_lower_price = store.soft_lower_kwh, store.soft_lower_price
    soft_upper, soft_upper_price = store.soft_upper_kwh, store.soft_upper_price
    scale, per_scale, drained, per_retention = 1.0, 1.0, 0.0, 1.0 / store.retention
    per_gain_out = hours / store.gain_out if store.gain_out > 0.0 else 0.0
    head = at = 9 * n + 8
    end = head + 1
    left = y = store.lower_kwh[n - 1]
    right = max(left, store.upper_kwh[n - 1])
    slopes[head], widths[head] = -store.end_value_per_kwh, right - left
    for k in range(n - 1, -1, -1):
        if soft_upper_price[k] > 0.0:
            head, at, y = _split(slopes, widths, head, end, at, y, soft_upper[k] * scale - drained)
            _add(slopes[at:end], soft_upper_price[k] * per_scale)
        if soft_lower_price[k] > 0.0:
            head, at, y = _split(slopes, widths, head, end, at, y, soft_lower[k] * scale - drained)
            _add(slopes[head:at], -soft_lower_price[k] * per_scale)
        before = scale * store.retention if k > 0 else scale
        drained_before = drained + store.drain_kwh[k] * scale
        lowest = store.lower_kwh[k - 1] * before - drained_before if k > 0 else -math.inf
        highest = store.upper_kwh[k - 1] * before - drained_before if k > 0 else math.inf
        _widths(meter, k, beside_kw[k], store, flows)
        inserted, below_relief = 0.0, 0.0
        for j in range(_PIECES):
            if store.into_kwh[k] > 0.0 and flows[k, j] > 0.0:
                price = (
                    meter.selling_per_kwh[k]
                    if j == 0
                    else meter.between_per_kwh[k]
                    if j == 1
                    else meter.buying_per_kwh[k]
                )
                cost_in = (price + wear) * hours * store.per_gain_in[k]
                width = flows[k, j] * scale
                head, at, y = _merge(slopes, widths, head, end, at, y, -cost_in * per_scale, width)
                # Cheaper pieces stand to its right, and have moved it to the left.
                levels[k, j] = (y + inserted + drained) * per_scale
                inserted, left, y = inserted + width, left - width, y - width
                if cost_in <= relief_cost:
                    below_relief += width
        relieved = 0.0
        if relief[k] > 0.0:
            if left <= lowest and head < end and slopes[head] * scale >= -relief_cost:
                levels[k, 6] = (left + inserted + drained) * per_scale
            else:
                relieved = relief[k] * scale
                head, at, y = _merge(slopes, widths, head, end, at, y, -relief_cost * per_scale, relieved)
                levels[k, 6] = (y + below_relief + drained) * per_scale
                left, y = left - relieved, y - relieved
        for j in range(_PIECES - 1, -1, -1):
            if store.out_kwh[k] > 0.0 and flows[k, 3 + j] > 0.0:
                price = (
                    meter.buying_per_kwh[k]
                    if j == 0
                    else meter.between_per_kwh[k]
                    if j == 1
                    else meter.selling_per_kwh[k]
                )
                worth = (price - wear) * per_gain_out
                width = flows[k, 3 + j] * scale
                head, at, y = _merge(slopes, widths, head, end, at, y, -worth * per_scale, width)
                level = y + _moved(meter, k, hours, store, flows, scale, worth)
                level += 0.0 if relief_cost > worth else relieved
                levels[k, 3 + j] = (level + drained) * per_scale
                right += width
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
    return _forward(meter, beside_kw, hours, store, scratch, power, unserved)


@borrowing
def _moved(
    meter: Meter, k: int, hours: float, store: Store, flows: FloatArray, scale: float, worth: float
) -> float:
    """By how much charging has moved what lies at a worth to the left: by pieces that cost no more."""
    moved = 0.0
    if store.into_kwh[k] > 0.0:
        for j in range(_PIECES):
            price = (
                meter.selling_per_kwh[k]
                if j == 0
                else meter.between_per_kwh[k]
                if j == 1
                else meter.buying_per_kwh[k]
            )
            if (price + store.wear_cost_per_kwh) * hours * store.per_gain_in[k] <= worth:
                moved += flows[k, j] * scale
    return moved


@borrowing
def _forward(
    meter: Meter,
    beside_kw: FloatArray,
    hours: float,
    store: Store,
    scratch: MeteredScratch,
    power: FloatArray,
    unserved: FloatArray,
) -> float:
    """Walk from the initial content towards each step's levels; returns the cost of the walk."""
    levels, flows, relief = scratch.levels, scratch.flows, store.relief_kwh
    relief_cost, wear = store.relief_cost_per_kwh, store.wear_cost_per_kwh
    soft_lower, soft_lower_price = store.soft_lower_kwh, store.soft_lower_price
    soft_upper, soft_upper_price = store.soft_upper_kwh, store.soft_upper_price
    cost = 0.0
    content = store.initial_kwh
    for k in range(beside_kw.shape[0]):
        content = store.retention * content - store.drain_kwh[k]
        charged, emptied, unmet = 0.0, 0.0, 0.0
        relief_left = relief[k] > 0.0
        if store.into_kwh[k] > 0.0:
            for j in range(_PIECES):
                price = (
                    meter.selling_per_kwh[k]
                    if j == 0
                    else meter.between_per_kwh[k]
                    if j == 1
                    else meter.buying_per_kwh[k]
                )
                if relief_left and (price + wear) * hours * store.per_gain_in[k] > relief_cost:
                    # The cheaper of charging and leaving demand unserved goes first.
                    relief_left = False
                    if content < levels[k, 6]:
                        unmet = min(relief[k], levels[k, 6] - content)
                        content += unmet
                if flows[k, j] > 0.0 and content < levels[k, j]:
                    step = min(flows[k, j], levels[k, j] - content)
                    charged += step
                    content += step
        if relief_left and content < levels[k, 6]:
            unmet = min(relief[k], levels[k, 6] - content)
            content += unmet
        if store.out_kwh[k] > 0.0 and charged == 0.0:
            for j in range(_PIECES):
                if flows[k, 3 + j] > 0.0 and content > levels[k, 3 + j]:
                    step = min(flows[k, 3 + j], content - levels[k, 3 + j])
                    emptied += step
                    content -= step
        drawn = charged * store.per_gain_in[k] if charged > 0.0 else 0.0
        if emptied > 0.0:
            drawn = -emptied / store.gain_out
        power[k] = drawn
        if relief[k] > 0.0:
            unserved[k] = unmet
        cost += hours * (meter_cost(meter, k, beside_kw[k] + drawn) + wear * abs(drawn)) + relief_cost * unmet
        if soft_lower_price[k] > 0.0:
            cost += soft_lower_price[k] * max(0.0, soft_lower[k] - content)
        if soft_upper_price[k] > 0.0:
            cost += soft_upper_price[k] * max(0.0, content - soft_upper[k])
    return cost - store.end_value_per_kwh * (content - store.initial_kwh)
