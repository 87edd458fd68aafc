"""The exact answer to prices of a cogeneration machine that knows on and off only: labels that lead somewhere.

Where whatever the tank lacks can always be filled up at one price (by the boiler, or by leaving demand
unserved), content is never worth more than that price, nor less than nothing: heat that finds no room is let
off, and filling up ahead does not pay. A pattern of on and off then decides all, and a way to a moment is
told by a label: content and cost so far. Of two labels in the same state, the one with more content and no
higher cost is at least as good, and so is the one with less content if its cost is lower by what filling up
the difference costs. What is left is short (ten to thirty labels at a moment, where the value of all contents
has hundreds of breakpoints over its layers), and each moment's comes from those before it in order of
content. It is the label-correcting method for shortest paths with resources (Desrochers and Soumis, INFOR 26,
1988, doi:10.1080/03155986.1988.11732063).

States are "on and free to stop" and "off and free to start" alone: a minimum time is spent in one go.
"""

import math
from typing import NamedTuple

import numpy as np

from mas2tering.home.answer.compiled import borrowing, compiled
from mas2tering.home.answer.pools import Machine, Run
from mas2tering.home.model import FloatArray, IntArray

_ON, _OFF = 0, 1
_LABELS = 64
"""Labels a moment for which there is room at first; where that is not enough, four times as much is taken."""


class Labels(NamedTuple):
    """Labels of all moments, end to end: of moment t (after t steps) and state s from ``begins[2 t + s]`` on,
    ascending in content (kWh).

    ``origin`` is the label's predecessor one step earlier in the same state, or, as its complement (``~``),
    the one in the other state before the minimum time.
    """

    content: FloatArray
    cost: FloatArray
    origin: IntArray
    begins: IntArray


class Front(NamedTuple):
    """Labels on their way to a moment, ascending in content."""

    content: FloatArray
    cost: FloatArray


class Room(NamedTuple):
    """Room for the labels of all moments and for two fronts, made once for many machines: fresh memory is
    dear."""

    labels: Labels
    stay: Front
    change: Front


class Steps(NamedTuple):
    """Steps spent on (row 0) and off (row 1), shape (2, n): what flows into the tank (kWh, less drain) and
    what that costs; and the tank, with the price at which it can always be filled up."""

    flow: FloatArray
    cost: FloatArray
    retention: float
    capacity_kwh: float
    fill_cost: float


@compiled
def knows_on_and_off_only(machine: Machine, hours: float) -> bool:
    """Whether labels answer for the machine: no load between two points, and filling up possible at any time
    and at one price, which is no less than what content is worth at the end."""
    if machine.heat_kw[0] != machine.heat_kw[1]:
        return False
    if _fills_by_boiler(machine) and machine.drain_kwh.max() > machine.boiler_kw * hours:
        return False
    return bool(0.0 <= machine.end_value_per_kwh <= _fill_cost(machine))


@borrowing
def _fills_by_boiler(machine: Machine) -> bool:
    """Whether the boiler fills up; if not, demand is left unserved (no more than there is, which is always
    enough)."""
    return bool(machine.boiler_kw > 0.0 and machine.boiler_cost_per_kwh <= machine.unserved_cost_per_kwh)


@borrowing
def _fill_cost(machine: Machine) -> float:
    return machine.boiler_cost_per_kwh if _fills_by_boiler(machine) else machine.unserved_cost_per_kwh


@compiled
def room_for(steps: int, labels: int = _LABELS) -> Room:
    """Room for machines on an axis of ``steps``, with so many labels a moment."""
    count = labels * (steps + 1)
    # Any moment's labels have room in as much as there is for those of all.
    return Room(
        Labels(
            np.empty(count),
            np.empty(count),
            np.empty(count, dtype=np.int64),
            np.zeros(2 * steps + 3, dtype=np.int64),
        ),
        Front(np.empty(count), np.empty(count)),
        Front(np.empty(count), np.empty(count)),
    )


@compiled
def answer_on_off(price: FloatArray, hours: float, machine: Machine, room: Room, run: Run) -> float:
    """Cheapest run for ``price`` (shape (n,), per kWh): writes ``run``, returns its cost."""
    steps = _steps(price, hours, machine)
    labels = _LABELS
    while not _find_labels(steps, machine, room):
        labels *= 4
        room = room_for(price.shape[0], labels)
    _trace(room.labels, _best_end(room, steps, machine), machine, run)
    return _follow(hours, machine, steps, run)


@compiled
def _steps(price: FloatArray, hours: float, machine: Machine) -> Steps:
    n = price.shape[0]
    flow, cost = np.empty((2, n)), np.zeros((2, n))
    for k in range(n):
        flow[_OFF, k] = -machine.drain_kwh[k]
        flow[_ON, k] = hours * machine.heat_kw[0] - machine.drain_kwh[k]
        cost[_ON, k] = hours * (machine.fuel_cost_per_hour[0] - price[k] * machine.electrical_kw[0])
    return Steps(flow, cost, machine.retention, machine.capacity_kwh, _fill_cost(machine))


@borrowing
def _change_to(state: int, machine: Machine) -> tuple[int, float]:
    """How many steps a change to a state takes at least, and what it costs."""
    return (machine.up_steps, machine.start_cost) if state == _ON else (machine.down_steps, 0.0)


@borrowing
def _range(labels: Labels, moment: int, state: int) -> tuple[int, int]:
    """Where the labels of a moment and state begin and end; none before the first moment."""
    if moment < 0:
        return 0, 0
    return labels.begins[2 * moment + state], labels.begins[2 * moment + state + 1]


@borrowing
def _find_labels(steps: Steps, machine: Machine, room: Room) -> bool:
    """Labels of all moments, or False where there is not enough room for them."""
    labels, stay, change = room
    labels.content[0], labels.cost[0] = machine.initial_kwh, 0.0
    labels.begins[0], labels.begins[1], labels.begins[2] = 0, 1 if machine.initially_on else 0, 1
    for t in range(1, steps.flow.shape[1] + 1):
        for state in range(2):
            least, extra = _change_to(state, machine)
            stayed = _spend(labels, t - 1, state, t, state, 0.0, steps, stay)
            changed = _spend(labels, t - least, 1 - state, t, state, extra, steps, change)
            begin = labels.begins[2 * t + state]
            if begin + stayed + changed > labels.content.shape[0]:
                return False
            first, other = _range(labels, t - 1, state)[0], _range(labels, t - least, 1 - state)[0]
            labels.begins[2 * t + state + 1] = _merge(
                stay, stayed, first, change, changed, other, steps.fill_cost, labels, begin
            )
    return True


@borrowing
def _spend(
    labels: Labels, since: int, before: int, until: int, state: int, extra: float, steps: Steps, out: Front
) -> int:
    """Labels of moment ``since`` in state ``before`` when the steps until ``until`` are spent in ``state``:
    what the tank lacks is filled up, what finds no room is let off. Returns how many."""
    begin, end = _range(labels, since, before)
    count = end - begin
    content, cost = out.content, out.cost
    for i in range(count):
        content[i] = labels.content[begin + i]
        cost[i] = labels.cost[begin + i] + extra
    for k in range(max(since, 0), until):
        _spend_step(
            *(content, cost, count, steps.flow[state, k], steps.cost[state, k]),
            *(steps.retention, steps.capacity_kwh, steps.fill_cost),
        )
    return count


@borrowing
def _spend_step(
    content: FloatArray,
    cost: FloatArray,
    count: int,
    flow: float,
    step_cost: float,
    retention: float,
    capacity: float,
    fill_cost: float,
) -> None:
    """One step. A function of its own, because the compiler then takes four labels at once."""
    for i in range(count):
        level = retention * content[i] + flow
        missing = max(0.0, -level)
        cost[i] += step_cost + fill_cost * missing
        content[i] = min(level + missing, capacity)


@borrowing
def _merge(
    stay: Front,
    stayed: int,
    first_stay: int,
    change: Front,
    changed: int,
    first_change: int,
    fill_cost: float,
    labels: Labels,
    begin: int,
) -> int:
    """Both fronts in order of content, without labels to which another is at least as good; to ``labels``
    from ``begin`` on. Returns their end.

    What is kept ascends in cost, by less than filling up would cost: so the last one tells for all before it.
    """
    i, j, end = 0, 0, begin
    content, cost, origin = labels.content, labels.cost, labels.origin
    while i < stayed or j < changed:
        if j >= changed or (i < stayed and stay.content[i] <= change.content[j]):
            level, total, source = stay.content[i], stay.cost[i], first_stay + i
            i += 1
        else:
            level, total, source = change.content[j], change.cost[j], ~(first_change + j)
            j += 1
        if end > begin and total >= cost[end - 1] + fill_cost * (level - content[end - 1]):
            continue
        while end > begin and cost[end - 1] >= total:
            end -= 1
        content[end], cost[end], origin[end] = level, total, source
        end += 1
    return end


@borrowing
def _best_end(room: Room, steps: Steps, machine: Machine) -> tuple[int, int, int]:
    """The best way to the end: moment, state and label from which on the state stays as it is, or, before the
    end, is the other one to the end (whose minimum time reaches beyond it)."""
    n = steps.flow.shape[1]
    labels, out = room.labels, room.stay
    best, found = math.inf, (n, _OFF, 0)
    for state in range(2):
        least, extra = _change_to(state, machine)
        for since in range(max(0, n - least + 1), n + 1):
            before = state if since == n else 1 - state
            count = _spend(labels, since, before, n, state, 0.0 if since == n else extra, steps, out)
            for i in range(count):
                value = out.cost[i] - machine.end_value_per_kwh * out.content[i]
                if value < best:
                    best, found = value, (since, before, _range(labels, since, before)[0] + i)
    return found


@borrowing
def _trace(labels: Labels, end: tuple[int, int, int], machine: Machine, run: Run) -> None:
    """Write when it is on, from the end back."""
    moment, state, label = end
    run.on[moment:] = state == _OFF
    while moment > 0:
        origin = labels.origin[label]
        since = moment - 1 if origin >= 0 else moment - _change_to(state, machine)[0]
        run.on[since:moment] = state == _ON
        if origin >= 0:
            label = origin
        else:
            label, state = ~origin, 1 - state
        moment = since


@borrowing
def _follow(hours: float, machine: Machine, steps: Steps, run: Run) -> float:
    """Fill the tank up and let heat off as the run needs it; returns what the run costs."""
    cost, content, was_on, by_boiler = (
        0.0,
        machine.initial_kwh,
        machine.initially_on,
        _fills_by_boiler(machine),
    )
    for k in range(run.on.shape[0]):
        row = _ON if run.on[k] else _OFF
        level = steps.retention * content + steps.flow[row, k]
        filled, content = max(0.0, -level), min(max(0.0, level), steps.capacity_kwh)
        run.load[k] = 0.0
        run.boiler_kw[k] = filled / hours if by_boiler else 0.0
        run.unserved_kwh[k] = 0.0 if by_boiler else filled
        run.let_off_kwh[k] = max(0.0, level - steps.capacity_kwh)
        cost += steps.cost[row, k] + steps.fill_cost * filled
        cost += machine.start_cost if run.on[k] and not was_on else 0.0
        was_on = run.on[k]
    return cost - machine.end_value_per_kwh * (content - machine.initial_kwh)
