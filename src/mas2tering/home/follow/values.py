"""What content of a store is worth at each step: dynamic programming over scenarios of the home's net load.

A store's content is the state, on a grid; in each step the net load of the rest of the home takes one of a few
equally likely values, which the store sees before it acts. The price at the meter rises at
edges (zero, a peak that costs, the ends of a band); costs to go are convex in content, so that the best flow follows from
thresholds of content instead of a search.
"""

import numpy as np

from mas2tering.home.answer.compiled import compiled
from mas2tering.home.follow.storage import Meter, Stores
from mas2tering.home.model import FloatArray


@compiled
def costs_to_go(
    stores: Stores,
    j: int,
    meter: Meter,
    net_kw: FloatArray,
    first: int,
    at_the_end: FloatArray,
    until: int,
) -> FloatArray:
    """Expected cost of store ``j`` from the end of each step on, by content at the end of that step.

    Args:
        stores: the home's stores.
        j: the store.
        meter: prices on the axis.
        net_kw: net load of all but this store in each scenario, shape (scenarios, steps).
        first: the first step that is still to come.
        at_the_end: cost to go by content at the end of the store's window or of step ``until`` - 1, shape (points,).
        until: the step before which to stop.

    Returns:
        shape (steps, points); what being short or out of comfort at the end of the step costs is counted in.
        Rows in which the store is not there, or that are over, are zero.
    """
    found = np.zeros((net_kw.shape[1], len(at_the_end)))
    value = at_the_end
    begin = max(first, stores.first[j])
    for k in range(min(stores.end[j], until) - 1, begin - 1, -1):
        _with_penalties(stores, j, k, value, found[k])
        if k == begin:
            break
        value = one_step_back(stores, j, k, meter, net_kw[:, k], found[k])
    return found


@compiled
def cost_of_going_on(
    stores: Stores, j: int, meter: Meter, net_kw: FloatArray, first: int, after: FloatArray
) -> FloatArray:
    """Cost to go by content at the end of the axis, if what is expected from ``first`` on came once more and content were
    worth ``after`` then. Shape (points,), for a store that is there all the while; nothing for an empty one.
    """
    found = costs_to_go(stores, j, meter, net_kw, first, after, stores.end[j])[first]
    value = one_step_back(stores, j, first, meter, net_kw[:, first], found)
    value -= value[0]
    return value


@compiled
def one_step_back(
    stores: Stores, j: int, k: int, meter: Meter, net_kw: FloatArray, after: FloatArray
) -> FloatArray:
    """Expected cost by content before step ``k``, from that after it."""
    grid = stores.grid_kwh[j]
    edges_kw, prices = meter.edges_kw[:, k], meter.price_per_kwh[:, k] * meter.hours
    many = len(prices)
    charge_to, discharge_to, at_price = np.empty(many), np.empty(many), np.empty(many)
    for p in range(many):
        charge_to[p], discharge_to[p] = levels(stores, j, k, after, prices[p])
    value = np.zeros(len(grid))
    for i in range(len(grid)):
        before = stores.retention[j] * grid[i] - stores.drain_kwh[j, k]
        for p in range(many):
            at_price[p] = flow(stores, j, k, before, charge_to[p], discharge_to[p])
        total = 0.0
        for rest in net_kw:
            power = at_price[many - 1]
            for p in range(many - 1):
                if rest + at_price[p] <= edges_kw[p]:
                    power = at_price[p]
                    break
                if rest + at_price[p + 1] <= edges_kw[p]:
                    power = edges_kw[p] - rest
                    break
            level = rest + power
            cost = prices[0] * (level - edges_kw[0])
            for p in range(many - 1):
                cost += (prices[p + 1] - prices[p]) * max(0.0, level - edges_kw[p])
            gain = stores.gain_in[j, k] if power > 0.0 else stores.gain_out[j]
            content = before + gain * power
            total += cost + stores.wear_per_kw[j] * abs(power) + _cost_at(stores, j, after, content)
        value[i] = total / len(net_kw)
    return value


@compiled
def _with_penalties(stores: Stores, j: int, k: int, value: FloatArray, out: FloatArray) -> None:
    """A cost by content, with what content at the end of step ``k`` costs by itself."""
    for i, content in enumerate(stores.grid_kwh[j]):
        out[i] = (
            value[i]
            + stores.short_per_kwh[j] * max(0.0, stores.lower_kwh[j, k] - content)
            + stores.soft_lower_price[j, k] * max(0.0, stores.soft_lower_kwh[j, k] - content)
            + stores.soft_upper_price[j, k] * max(0.0, content - stores.soft_upper_kwh[j, k])
        )


@compiled
def _cost_at(stores: Stores, j: int, cost: FloatArray, content: float) -> float:
    """A cost by content, between the points of the grid and beyond its ends."""
    grid = stores.grid_kwh[j]
    if content <= grid[0]:
        return float(cost[0] + stores.short_per_kwh[j] * (grid[0] - content))
    place = (content - grid[0]) / (grid[1] - grid[0])
    i = min(int(place), len(grid) - 2)
    return float(cost[i] + (cost[i + 1] - cost[i]) * (place - i))


@compiled
def levels(stores: Stores, j: int, k: int, cost: FloatArray, price_per_kw: float) -> tuple[float, float]:
    """The content up to which charging pays in step ``k``, and that down to which discharging does, at a price
    for a kW over the step."""
    grid = stores.grid_kwh[j]
    width = grid[1] - grid[0]
    charge_to, discharge_to = grid[0], grid[-1]
    if stores.gain_in[j, k] > 0.0:
        pays = (price_per_kw + stores.wear_per_kw[j]) / stores.gain_in[j, k]
        charge_to = grid[_first_worth_less(cost, width, pays, True)]
    if stores.gain_out[j] > 0.0:
        pays = (price_per_kw - stores.wear_per_kw[j]) / stores.gain_out[j]
        discharge_to = grid[_first_worth_less(cost, width, pays, False)]
    return float(charge_to), float(discharge_to)


@compiled
def _first_worth_less(cost: FloatArray, width: float, worth: float, strictly: bool) -> int:
    """The first point above which a kWh is worth less than so much; costs to go are convex."""
    low, high = 0, len(cost) - 1
    while low < high:
        middle = (low + high) // 2
        own = (cost[middle] - cost[middle + 1]) / width
        less = own < worth - 1e-9 if strictly else own <= worth + 1e-9
        if less:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def flow(stores: Stores, j: int, k: int, before_kwh: float, charge_to: float, discharge_to: float) -> float:
    """The power in kW (out of the store negative) that brings content to where it pays, within limits."""
    charge_to = max(charge_to, stores.lower_kwh[j, k])
    if before_kwh < charge_to:
        if stores.gain_in[j, k] <= 0.0:
            return 0.0
        wanted = (min(charge_to, stores.upper_kwh[j, k]) - before_kwh) / stores.gain_in[j, k]
        return float(max(0.0, min(wanted, stores.power_in_kw[j, k])))
    if before_kwh > discharge_to and stores.gain_out[j] > 0.0:
        wanted = (before_kwh - max(discharge_to, stores.lower_kwh[j, k])) / stores.gain_out[j]
        return float(-max(0.0, min(wanted, stores.power_out_kw[j, k])))
    return 0.0
