"""Bands that the network operator orders for the day as it turns out: plans lie within the limits, and whatever homes then do
within their bands does too, but for loads that nobody shifts, for which a margin is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.coordination.congestion import Connected, rows_at
from mas2tering.domain.load_bands import LoadBand
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid.envelopes import Envelopes, Room, shared_out
from mas2tering.grid.limit_rows import LimitRows, Nearness
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import HomeModel

_NEAR = Nearness(loading=0.7, voltage_pu=0.02, unbalance=0.7)
_PASSES = 2
"""So often rows are made anew where homes would stand at the ends of their bands."""
BEYOND_PER_KWH = 1.0
"""What a kWh beyond a band counts to a home that plans its devices, in the community's currency: several times what energy costs,
so that nobody leaves a band for a price, and not so much that stores are kept ready for every spike of a load that nobody shifts."""
SPREADS = 1.0
"""The margin for loads that no band holds, in standard deviations of their sum: bands already count every home at its worse end."""


@dataclass(frozen=True)
class Member:
    """A home as it tells what room it has: what is expected of it, what it is bound to, and whether it takes orders."""

    model: HomeModel
    plan: HomePlan
    outlook: Outlook
    takes_orders: bool


@dataclass(frozen=True)
class Ordered:
    """The bands of all homes (None: nothing binds, or it takes no orders), the rows that they keep, and what of these no band
    could make room for, in kW by row."""

    bands: tuple[LoadBand | None, ...]
    limits: LoadLimits
    short_kw: FloatArray


def ordered_bands(
    connected: Connected, members: Sequence[Member], beyond_per_kwh: float = BEYOND_PER_KWH
) -> Ordered:
    """Bands around the plans that homes are bound to.

    Args:
        connected: the network, where each home is, and what else is on it.
        members: all homes.
        beyond_per_kwh: what a kWh beyond a band counts to a home that plans its devices.
    """
    planned_kw = np.array([member.plan.net_kw for member in members])
    room = _room_of_all(members)
    make = LimitRows(connected.network, beyond_per_kwh)
    points = _corners(connected, planned_kw - room.less_kw, planned_kw + room.more_kw)
    limits = rows_at(make, connected, connected.at_customers(planned_kw), _NEAR)
    found = Envelopes(planned_kw, planned_kw, np.zeros(0))
    for turn in range(_PASSES + 1):
        for load_kw in points:
            limits = limits + rows_at(make, connected, connected.at_customers(load_kw), _NEAR)
        found = shared_out(limits, planned_kw, room, SPREADS * _deviation_kw(limits, members, room))
        if turn < _PASSES:
            lower = np.maximum(found.lower_kw, planned_kw - room.less_kw)
            upper = np.minimum(found.upper_kw, planned_kw + room.more_kw)
            points = _corners(connected, lower, upper)
    bands = tuple(
        LoadBand(low, high, beyond_per_kwh) if np.isfinite(low).any() or np.isfinite(high).any() else None
        for low, high in zip(found.lower_kw, found.upper_kw, strict=True)
    )
    return Ordered(bands, limits, found.short_kw)


def room_of(member: Member) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """What a home may come to draw more and less than planned, and could draw less and more if it had to, in kW, each of
    shape (steps,)."""
    model, steps = member.model, member.model.axis.steps
    planned = {part.device: part.power_kw for part in member.plan.devices}
    spread_kw = SPREADS * _spread_kw(member)
    more, less, can_less, can_more = spread_kw.copy(), spread_kw.copy(), np.zeros(steps), np.zeros(steps)
    for store in model.stores:
        at = store.window
        power_kw = planned[store.device][at]
        more[at] += np.maximum(store.power_in_kw - power_kw, 0.0)
        less[at] += np.maximum(power_kw + store.power_out_kw, 0.0)
        can_less[at] += np.maximum(power_kw, 0.0)
        can_more[at] += np.maximum(-power_kw, 0.0)
    for chain in model.chains:
        for link in chain.links:
            at = slice(int(link.starts[0]), int(link.starts[-1]) + link.length)
            runs_kw = planned[link.device][at] if link.device in planned else np.zeros(steps)[at]
            more[at] += np.maximum(link.power_kw.max() - runs_kw, 0.0)
            less[at] += np.maximum(runs_kw, 0.0)
    for source in model.generation:
        used_kw = -planned[source.device]
        less += np.maximum(source.available_kw - used_kw, 0.0)
        can_more += np.maximum(used_kw, 0.0)
    # A home with nothing to move at a step has nothing that a band could hold.
    moves = more + less > 2.0 * spread_kw
    return more * moves, less * moves, can_less, can_more


def _room_of_all(members: Sequence[Member]) -> Room:
    nothing = np.zeros((4, members[0].model.axis.steps))
    found = np.array([room_of(member) if member.takes_orders else nothing for member in members])
    return Room(*np.moveaxis(found, 1, 0))


def _deviation_kw(limits: LoadLimits, members: Sequence[Member], room: Room) -> FloatArray:
    """The standard deviation of what load that nobody shifts adds to each row, shape (rows,), where homes have no device that could
    make up for it at once; homes deviate each by itself."""
    spread_kw = np.array([_spread_kw(member) for member in members])
    up = np.where(room.can_less_kw >= spread_kw, 0.0, spread_kw)[:, limits.step].T
    down = np.where(room.can_more_kw >= spread_kw, 0.0, spread_kw)[:, limits.step].T
    counts = np.where(limits.weight > 0.0, up, down) * limits.weight
    return np.asarray(np.sqrt((counts**2).sum(axis=1)))


def _spread_kw(member: Member) -> FloatArray:
    """The standard deviation of what is not decided, load and generation together, from their quantiles, shape (steps,)."""
    steps, variance = member.model.axis.steps, np.zeros(member.model.axis.steps)
    for forecast in (member.outlook.load, member.outlook.generation):
        if forecast is not None:
            apart = forecast.quantiles_kw[:, :steps] - forecast.mean_kw[:steps]
            variance += (apart**2).mean(axis=0)
    return np.sqrt(variance)


def _corners(connected: Connected, lower_kw: FloatArray, upper_kw: FloatArray) -> list[FloatArray]:
    """Loads with all homes at one end of their bands, and with those of one phase at the upper, all others at the lower."""
    customers = connected.network.customers
    phases = np.array([customers[place].phases[0] for place in connected.customer_of_home])
    alone = np.array([len(customers[place].phases) == 1 for place in connected.customer_of_home])
    found = [upper_kw, lower_kw]
    for phase in np.unique(phases[alone]):
        on = (alone & (phases == phase))[:, None]
        found.append(np.where(on, upper_kw, lower_kw))
    return found
