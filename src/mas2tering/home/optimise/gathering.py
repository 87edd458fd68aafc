"""Where prices tie, a store may charge in scattered steps at no gain: here its flow is gathered into fewer runs.

A run is taken up and laid beside or into the other runs, kWh by kWh of content at the same marginal price, as far
as fuse, phases, peak, meter sign and content allow; the smallest run first, to where room is nearest to the home's
anchor. What a plan costs and keeps does not change, it only reads better. The anchor is the step at which a share
of the flow has passed that each home has of its own: were all to begin at the first of the cheap steps, every car
of a tariff would charge at once.
"""

import zlib
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import capacity_price, peak_beyond_reached
from mas2tering.home.answer.compiled import compiled
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import phase_loads_kw
from mas2tering.home.model import (
    Decision,
    FloatArray,
    HomeModel,
    LinearStore,
    StoreDecision,
    store_content,
)

ON_KW = 1e-6
"""Below this a store is idle: the solver's rounding."""
_WORSE = 1e-9
_TIE = 1e-12
_DUST = 1e-12
_LEAST_KW = 1e-9


class _Place(NamedTuple):
    """What stands around a store, over its window: prices, limits of the net load and of the content."""

    wear_per_kwh: float
    bought: FloatArray
    sold: FloatArray
    floor_kw: FloatArray
    ceiling_kw: FloatArray
    lower_kwh: FloatArray
    upper_kwh: FloatArray


class _Flow(NamedTuple):
    """One direction of a store: ``sign`` 1 charges, -1 discharges; ``gain`` is kWh of content that a kW moves in a
    step; ``turn``, from 0 to 1, is the share of the flow that comes before the anchor."""

    sign: float
    gain: FloatArray
    most_kw: FloatArray
    turn: float


def gathered(model: HomeModel, plan: HomePlan, decision: Decision) -> tuple[HomePlan, Decision]:
    """The plan with its stores' charging and discharging gathered into as few runs as ties of price allow.

    Never dearer by more than 1e-9, no run more than before; the plan itself where nothing can be gathered.
    """
    at = [k for k, store in enumerate(model.stores) if _may_gather(store, decision.stores[k])]
    if not at:
        return plan, decision
    loads_kw = phase_loads_kw(model, decision) if model.phases > 1 else plan.net_kw[None, :].copy()
    peak_kw = _billed_peak_kw(model, plan.net_kw)
    stores = list(decision.stores)
    for k in at:
        stores[k] = _gathered_store(model, model.stores[k], stores[k], loads_kw, peak_kw)
    if all(new is old for new, old in zip(stores, decision.stores, strict=True)):
        return plan, decision
    changed = replace(decision, stores=tuple(stores))
    found = plan_of(model, changed, plan.method)
    if found.costs.cost > plan.costs.cost + _WORSE:
        return plan, decision
    # A bound cannot lie above a plan that exists, by rounding either.
    bound = None if plan.lower_bound is None else min(plan.lower_bound, found.costs.cost)
    new = replace(plan, net_kw=found.net_kw, devices=found.devices, costs=found.costs, lower_bound=bound)
    return new, changed


def runs(flow_kw: FloatArray) -> int:
    """How many runs of steps with flow there are, shape (n,)."""
    on = flow_kw > ON_KW
    return int(np.count_nonzero(on[1:] > on[:-1])) + bool(on[0])


def _may_gather(store: LinearStore, flows: StoreDecision) -> bool:
    """Only content that does not leak is worth the same at any time."""
    return store.retention == 1.0 and (runs(flows.charge_kw) > 1 or runs(flows.discharge_kw) > 1)


def _billed_peak_kw(model: HomeModel, net_kw: FloatArray) -> float:
    """Import up to which no step can raise the capacity charge; infinite without one."""
    charge = model.tariff.capacity_charge
    if charge is None or capacity_price(model.tariff) == 0.0:
        return np.inf
    return charge.reached_kw + peak_beyond_reached(model.tariff, net_kw)


def _gathered_store(
    model: HomeModel, store: LinearStore, flows: StoreDecision, loads_kw: FloatArray, peak_kw: float
) -> StoreDecision:
    """One store's flows gathered, the same object if nothing moved; ``loads_kw``, shape (phases, steps), follow."""
    at = store.window
    net_kw = loads_kw[:, at].sum(axis=0)
    room_up, room_down = _fuse_room_kw(model, store, loads_kw[:, at])
    content = store_content(store, flows)
    charge, discharge = flows.charge_kw.copy(), flows.discharge_kw.copy()
    place = _Place(
        store.wear_cost_per_kwh,
        model.tariff.import_price_per_kwh[at],
        model.tariff.export_price_per_kwh[at],
        net_kw - room_down,
        np.minimum(net_kw + room_up, np.maximum(peak_kw, net_kw)),
        # Beyond these a limit breaks, or discomfort begins or grows.
        np.minimum(
            content, _with_soft(np.maximum, store.lower_kwh, store.soft_lower_kwh, store.soft_lower_price)
        ),
        np.maximum(
            content, _with_soft(np.minimum, store.upper_kwh, store.soft_upper_kwh, store.soft_upper_price)
        ),
    )
    turn, moved = zlib.crc32(model.home.encode()) / 2**32, False
    if runs(charge) > 1:
        most = np.where(discharge > ON_KW, 0.0, store.power_in_kw)
        moved = _gather(charge, net_kw, content, place, _Flow(1.0, store.gain_in, most, turn))
    if runs(discharge) > 1:
        most = np.where(charge > ON_KW, 0.0, store.power_out_kw)
        gain = np.full(store.steps, store.gain_out)
        moved = _gather(discharge, net_kw, content, place, _Flow(-1.0, gain, most, turn)) or moved
    if not moved:
        return flows
    change = charge - flows.charge_kw - discharge + flows.discharge_kw
    if store.phase is None or model.phases == 1:
        loads_kw[:, at] += change / model.phases
    else:
        loads_kw[store.phase, at] += change
    return StoreDecision(charge, discharge, flows.unserved_kwh)


def _with_soft(nearer: np.ufunc, hard: FloatArray, soft: FloatArray, price: FloatArray) -> FloatArray:
    """The nearer of a hard bound and of a soft one where that has a price."""
    priced = price > 0
    return np.where(priced, nearer(hard, soft), hard) if priced.any() else hard


def _fuse_room_kw(
    model: HomeModel, store: LinearStore, loads_kw: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """How far the store may raise and lower the net load within the fuse of each phase that it is on."""
    if store.phase is not None and model.phases > 1:
        loads_kw, share = loads_kw[store.phase : store.phase + 1], 1.0
    else:
        share = 1.0 / model.phases
    up, down = model.fuse_kw - loads_kw.max(axis=0), model.fuse_kw + loads_kw.min(axis=0)
    return np.maximum(up, 0.0) / share, np.maximum(down, 0.0) / share


@compiled
def _gather(flow: FloatArray, net: FloatArray, content: FloatArray, place: _Place, way: _Flow) -> bool:
    """Move whole runs of ``flow`` into the rest of it until none can be; all three arrays follow (steps,)."""
    n = flow.shape[0]
    anchor, left = 0, way.turn * np.sum(flow * way.gain)
    while anchor < n - 1 and left >= flow[anchor] * way.gain[anchor]:
        left -= flow[anchor] * way.gain[anchor]
        anchor += 1
    moved = False
    found = True
    while found:
        found = False
        # Runs by energy, the smallest first, the anchor's last: each has its begin in `first`, its end in `last`.
        first, last, energy = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
        count = 0
        for k in range(n):
            if flow[k] > ON_KW and (k == 0 or flow[k - 1] <= ON_KW):
                first[count], energy[count] = k, 0.0
                count += 1
            if flow[k] > ON_KW:
                last[count - 1] = k + 1
                energy[count - 1] += np.inf if k == anchor else flow[k] * way.gain[k]
        if count < 2:
            break
        for run in np.argsort(energy[:count], kind="mergesort"):
            kept_flow, kept_net, kept_content = flow.copy(), net.copy(), content.copy()
            if _dissolve(first[run], last[run], anchor, flow, net, content, place, way):
                moved = found = True
                break
            flow[:], net[:], content[:] = kept_flow, kept_net, kept_content
    return moved


@compiled
def _dissolve(
    first: int,
    last: int,
    anchor: int,
    flow: FloatArray,
    net: FloatArray,
    content: FloatArray,
    place: _Place,
    way: _Flow,
) -> bool:
    """Move all flow of the run [first, last) to steps outside it that have some, or that adjoin such."""
    for source in range(first, last):
        while flow[source] > _LEAST_KW:
            price, room = _margin(source, -way.sign, net, place)
            amount = min(flow[source], room) * way.gain[source]
            value = (way.sign * price + place.wear_per_kwh) / way.gain[source]
            target, amount = _target(
                source, first, last, anchor, value, amount, flow, net, content, place, way
            )
            if amount <= _DUST:
                return False
            for step, much in ((source, -amount), (target, amount)):
                change = much / way.gain[step]
                flow[step] = max(0.0, flow[step] + change)
                net[step] += way.sign * change
            if target < source:
                content[target:source] += way.sign * amount
            else:
                content[source:target] -= way.sign * amount
    return True


@compiled
def _margin(step: int, up: float, net: FloatArray, place: _Place) -> tuple[float, float]:
    """Price of the next kW that the net load rises (``up`` 1) or falls (-1), and up to how many kW it holds."""
    if up > 0:
        room = max(0.0, place.ceiling_kw[step] - net[step])
        if net[step] < -_DUST and place.sold[step] != place.bought[step]:
            return place.sold[step], min(room, -net[step])
        return place.bought[step], room
    room = max(0.0, net[step] - place.floor_kw[step])
    if net[step] > _DUST and place.sold[step] != place.bought[step]:
        return place.bought[step], min(room, net[step])
    return place.sold[step], room


@compiled
def _target(
    source: int,
    first: int,
    last: int,
    anchor: int,
    value: float,
    amount: float,
    flow: FloatArray,
    net: FloatArray,
    content: FloatArray,
    place: _Place,
    way: _Flow,
) -> tuple[int, float]:
    """The step that takes some of ``amount`` (kWh of content) at the same value, and how much: one with flow already
    or else beside such a one, the nearest to the anchor."""
    n = flow.shape[0]
    best, most, rank = source, 0.0, 4 * n
    for side in (-1, 1):
        room = amount
        step = source
        while True:
            # What is stored earlier and not yet used lies in the store in between, and the other way round.
            between = step - 1 if side < 0 else step
            if between < 0 or between >= n or step + side < 0 or step + side >= n:
                break
            if side * way.sign < 0:
                room = min(room, place.upper_kwh[between] - content[between])
            else:
                room = min(room, content[between] - place.lower_kwh[between])
            if room <= _DUST:
                break
            step += side
            beside = (step > 0 and not first <= step - 1 < last and flow[step - 1] > ON_KW) or (
                step < n - 1 and not first <= step + 1 < last and flow[step + 1] > ON_KW
            )
            on = flow[step] > ON_KW
            here = abs(step - anchor) + (0 if on else 2 * n)
            if first <= step < last or here >= rank or not (on or beside):
                continue
            price, kw = _margin(step, way.sign, net, place)
            value_here = (way.sign * price + place.wear_per_kwh) / way.gain[step]
            kw = min(kw, way.most_kw[step] - flow[step])
            if abs(value_here - value) > _TIE or kw <= _LEAST_KW:
                continue
            best, most, rank = step, min(room, kw * way.gain[step]), here
    return best, most
