"""Prices at which a plan of a store is its best one, narrowed step by step.

What a kWh of content is worth after each step must fit what the plan does: a store that is charged at part of its power
pays exactly what content is worth, and content that is at no limit is worth the same before and after, but for what
leaks. Prices that fit all stores of a home and its meter prove the home's plan to be the best (complementary slackness);
all these conditions are between two numbers each, so that lower and upper ends can be narrowed apart, and what is
left of both, and any mix of the two, fits as well.
"""

import math

from mas2tering.home.answer.compiled import borrowing
from mas2tering.home.answer.pools import Store
from mas2tering.home.model import FloatArray

_NOTHING = 1e-7
_SAME = 1e-6


@borrowing
def narrow_prices(
    store: Store,
    hours: float,
    power: FloatArray,
    unserved: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    worth: FloatArray,
) -> None:
    """Narrow ``lower`` and ``upper`` (n,), per kWh, to prices at which the store would do what it does; a step at which
    none is left stays as it is. ``worth`` (4, n) is scratch."""
    n = power.shape[0]
    least, most, least_jump, most_jump = worth[0], worth[1], worth[2], worth[3]
    content = store.initial_kwh
    for k in range(n):
        charged, emptied = max(power[k], 0.0), max(-power[k], 0.0)
        content = store.retention * content - store.drain_kwh[k] + unserved[k]
        content += store.gain_in[k] * charged - store.gain_out * emptied
        least[k], most[k] = _worth(store, k, hours, charged, emptied, unserved[k], lower[k], upper[k])
        least_jump[k], most_jump[k] = _jump(store, k, content)
    for k in range(n - 1, -1, -1):
        after_least, after_most = store.end_value_per_kwh, store.end_value_per_kwh
        if k < n - 1:
            after_least, after_most = store.retention * least[k + 1], store.retention * most[k + 1]
        least[k] = max(least[k], after_least + least_jump[k])
        most[k] = min(most[k], after_most + most_jump[k])
        if least[k] > most[k]:
            least[k] = most[k] = 0.5 * (least[k] + most[k])
    for k in range(n):
        if k > 0:
            least[k] = max(least[k], (least[k - 1] - most_jump[k - 1]) / store.retention)
            most[k] = min(most[k], (most[k - 1] - least_jump[k - 1]) / store.retention)
            if least[k] > most[k]:
                least[k] = most[k] = 0.5 * (least[k] + most[k])
        _narrow(store, k, hours, power[k], least[k], most[k], lower, upper)


@borrowing
def _worth(
    store: Store,
    k: int,
    hours: float,
    charged: float,
    emptied: float,
    unmet: float,
    lower: float,
    upper: float,
) -> tuple[float, float]:
    """Between what content is worth after a step, by what flows in it at prices between two."""
    least, most, wear = -math.inf, math.inf, store.wear_cost_per_kwh
    if store.into_kwh[k] > 0.0:
        per_kwh = hours * store.per_gain_in[k]
        if charged > _NOTHING:
            least = max(least, per_kwh * (lower + wear))
        if charged < store.into_kwh[k] * store.per_gain_in[k] - _NOTHING:
            most = min(most, per_kwh * (upper + wear))
    if store.out_kwh[k] > 0.0:
        per_kwh = hours / store.gain_out
        if emptied < store.out_kwh[k] / store.gain_out - _NOTHING:
            least = max(least, per_kwh * (lower - wear))
        if emptied > _NOTHING:
            most = min(most, per_kwh * (upper - wear))
    if store.relief_kwh[k] > 0.0:
        if unmet > _NOTHING:
            least = max(least, store.relief_cost_per_kwh)
        if unmet < store.relief_kwh[k] - _NOTHING:
            most = min(most, store.relief_cost_per_kwh)
    return least, most


@borrowing
def _jump(store: Store, k: int, content: float) -> tuple[float, float]:
    """By how much content may be worth more before it counts at the end of a step than after it."""
    least, most = 0.0, 0.0
    if store.soft_lower_price[k] > 0.0:
        most += store.soft_lower_price[k] if content < store.soft_lower_kwh[k] + _NOTHING else 0.0
        least += store.soft_lower_price[k] if content < store.soft_lower_kwh[k] - _NOTHING else 0.0
    if store.soft_upper_price[k] > 0.0:
        least -= store.soft_upper_price[k] if content > store.soft_upper_kwh[k] - _NOTHING else 0.0
        most -= store.soft_upper_price[k] if content > store.soft_upper_kwh[k] + _NOTHING else 0.0
    if content < store.lower_kwh[k] + _NOTHING:
        most = math.inf
    if content > store.upper_kwh[k] - _NOTHING:
        least = -math.inf
    return least, most


@borrowing
def _narrow(
    store: Store,
    k: int,
    hours: float,
    power: float,
    least: float,
    most: float,
    lower: FloatArray,
    upper: FloatArray,
) -> None:
    """Narrow the price of a step by what content is worth after it."""
    low, high, wear = lower[k], upper[k], store.wear_cost_per_kwh
    if store.into_kwh[k] > 0.0:
        gain = store.gain_in[k] / hours
        if power > _NOTHING:
            high = min(high, most * gain - wear)
        if power < store.into_kwh[k] * store.per_gain_in[k] - _NOTHING:
            low = max(low, least * gain - wear)
    if store.out_kwh[k] > 0.0:
        gain = store.gain_out / hours
        if -power < store.out_kwh[k] / store.gain_out - _NOTHING:
            high = min(high, most * gain + wear)
        if power < -_NOTHING:
            low = max(low, least * gain + wear)
    if low <= high:
        lower[k], upper[k] = low, high
    elif low <= high + _SAME:
        lower[k] = upper[k] = min(max(0.5 * (low + high), lower[k]), upper[k])
