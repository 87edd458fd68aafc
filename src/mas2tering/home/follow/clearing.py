"""The fast rule: at each step the home's stores take and give until their worth and the meter's price agree.

Each store knows what content is worth (:mod:`~mas2tering.home.follow.values`). At a price inside the home it takes
what pays; that price is the one that holds at the meter (of import where the home draws, of export where it feeds in, far
dearer beyond a band), and where none holds the one between two at which the meter stands at the edge.
"""

import numpy as np

from mas2tering.home.answer.compiled import compiled
from mas2tering.home.follow.storage import Meter, Stores
from mas2tering.home.follow.values import flow, levels
from mas2tering.home.model import FloatArray

_HALVINGS = 24
_DEAREST_PER_KWH = 50.0
"""Above what any store pays for what can wait; only what is due at once goes on at this price."""


@compiled
def cleared(
    stores: Stores,
    cost_to_go: FloatArray,
    meter: Meter,
    k: int,
    net_kw: float,
    content_kwh: FloatArray,
    powers_kw: FloatArray,
) -> float:
    """Put what each store takes at step ``k`` into ``powers_kw``; returns the price inside the home, for a kWh.

    Args:
        stores: the home's stores.
        cost_to_go: costs to go at the end of this step, shape (stores, points).
        meter: prices on the axis.
        k: the step.
        net_kw: net load of the rest of the home, as measured.
        content_kwh: what stores hold before the step, shape (stores,).
        powers_kw: shape (stores,), written.
    """
    prices, edges_kw = meter.price_per_kwh[:, k] * meter.hours, meter.edges_kw[:, k]
    price, drawn = prices[0], net_kw
    for p in range(len(prices)):
        price = prices[p]
        drawn = net_kw + _at(stores, cost_to_go, k, content_kwh, price, powers_kw)
        if p > 0 and drawn <= edges_kw[p - 1]:
            wanted = edges_kw[p - 1] - net_kw
            found = _between(stores, cost_to_go, k, content_kwh, prices[p - 1], price, wanted, powers_kw)
            return float(found / meter.hours)
        if p < len(edges_kw) and drawn <= edges_kw[p]:
            break
    if drawn <= meter.fuse_kw:
        return float(price / meter.hours)
    dearest = _DEAREST_PER_KWH * meter.hours
    wanted = meter.fuse_kw - net_kw
    return float(
        _between(stores, cost_to_go, k, content_kwh, price, dearest, wanted, powers_kw) / meter.hours
    )


@compiled
def _at(
    stores: Stores,
    cost_to_go: FloatArray,
    k: int,
    content_kwh: FloatArray,
    price_per_kw: float,
    powers_kw: FloatArray,
) -> float:
    """What each store takes at a price, and the sum of it."""
    total = 0.0
    for j in range(len(powers_kw)):
        powers_kw[j] = 0.0
        if stores.first[j] <= k < stores.end[j]:
            before = stores.retention[j] * content_kwh[j] - stores.drain_kwh[j, k]
            charge_to, discharge_to = levels(stores, j, k, cost_to_go[j], price_per_kw)
            powers_kw[j] = flow(stores, j, k, before, charge_to, discharge_to)
        total += powers_kw[j]
    return total


@compiled
def _between(
    stores: Stores,
    cost_to_go: FloatArray,
    k: int,
    content_kwh: FloatArray,
    low: float,
    high: float,
    wanted_kw: float,
    powers_kw: FloatArray,
) -> float:
    """Powers that come to a sum, at the price between two at which stores are indifferent."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if _at(stores, cost_to_go, k, content_kwh, middle, powers_kw) > wanted_kw:
            low = middle
        else:
            high = middle
    more_kw = np.empty(len(powers_kw))
    more = _at(stores, cost_to_go, k, content_kwh, low, more_kw)
    less = _at(stores, cost_to_go, k, content_kwh, high, powers_kw)
    share = 0.0 if more - less < 1e-12 else min(max((wanted_kw - less) / (more - less), 0.0), 1.0)
    for j in range(len(powers_kw)):
        powers_kw[j] += share * (more_kw[j] - powers_kw[j])
    return high


@compiled
def next_content(stores: Stores, k: int, content_kwh: FloatArray, powers_kw: FloatArray) -> None:
    """Move contents on by a step; a store that arrives next is not touched."""
    for j in range(len(powers_kw)):
        if stores.first[j] <= k < stores.end[j]:
            gain = stores.gain_in[j, k] if powers_kw[j] > 0.0 else stores.gain_out[j]
            content = stores.retention[j] * content_kwh[j] - stores.drain_kwh[j, k] + gain * powers_kw[j]
            if content < stores.lower_kwh[j, k] and stores.short_per_kwh[j] < 100.0:
                # Heat that is lacking is not served.
                content = stores.lower_kwh[j, k]
            content_kwh[j] = content


@compiled
def expected_course(
    stores: Stores,
    cost_to_go: FloatArray,
    meter: Meter,
    net_kw: FloatArray,
    first: int,
    content_kwh: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """What stores take, and the price inside the home, in each scenario of net load if the fast rule follows it.

    Args:
        stores: the home's stores.
        cost_to_go: costs to go, shape (stores, steps, points).
        meter: prices on the axis.
        net_kw: shape (scenarios, steps).
        first: the first step that is still to come.
        content_kwh: what stores hold before it, shape (stores,).

    Returns:
        powers in kW, shape (scenarios, stores, steps), and prices per kWh, shape (scenarios, steps).
    """
    scenarios, steps = net_kw.shape
    powers_kw = np.zeros((scenarios, len(content_kwh), steps))
    price_per_kwh = np.zeros((scenarios, steps))
    taken = np.zeros(len(content_kwh))
    for q in range(scenarios):
        content = content_kwh.copy()
        for k in range(first, steps):
            after = np.ascontiguousarray(cost_to_go[:, k])
            price_per_kwh[q, k] = cleared(stores, after, meter, k, net_kw[q, k], content, taken)
            powers_kw[q, :, k] = taken
            next_content(stores, k, content, taken)
    return powers_kw, price_per_kwh
