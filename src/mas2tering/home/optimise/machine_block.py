"""A cogeneration machine's block of the problem: on or off with minimum times, load, boiler, tank."""

import numpy as np

from mas2tering.home.model import Cogeneration, IntArray
from mas2tering.home.optimise.columns import MachineColumns
from mas2tering.home.optimise.matrix import INFINITY, Matrix
from mas2tering.home.optimise.meter import Meter


def add_machine(matrix: Matrix, meter: Meter, machine: Cogeneration, hours: float) -> MachineColumns:
    """A machine's columns and rows, with its boiler and tank."""
    steps = len(machine.drain_kwh)
    (power_low, power_high), (heat_low, heat_high) = machine.electrical_kw, machine.heat_kw
    fuel_low, fuel_high = machine.fuel_cost_per_hour
    on = matrix.add_columns(steps, cost=hours * fuel_low, upper=1.0, integer=True)
    load = matrix.add_columns(steps, cost=hours * (fuel_high - fuel_low), upper=1.0)
    boiler = matrix.add_columns(steps, cost=hours * machine.boiler_cost_per_kwh, upper=machine.boiler_kw)
    let_off = matrix.add_columns(steps)
    unserved = matrix.add_columns(steps, cost=machine.unserved_cost_per_kwh, upper=machine.drain_kwh)
    content = matrix.add_columns(steps, upper=machine.capacity_kwh)
    matrix.add_cost(content[-1:], -machine.end_value_per_kwh)
    at = np.arange(steps)
    meter.draw(machine.phase, at, on, -power_low)
    meter.draw(machine.phase, at, load, -(power_high - power_low))
    rows = matrix.add_rows(-machine.drain_kwh, -machine.drain_kwh)
    matrix.add_entries(rows, content, 1.0)
    matrix.add_entries(rows[1:], content[:-1], -machine.retention)
    for columns, inflow in (
        (on, hours * heat_low),
        (load, hours * (heat_high - heat_low)),
        (boiler, hours),
        (unserved, 1.0),
        (let_off, -1.0),
    ):
        matrix.add_entries(rows, columns, -inflow)
    matrix.shift_row(rows[0], machine.retention * machine.initial_kwh)
    rows = matrix.add_rows(-INFINITY, 0.0, count=steps)
    matrix.add_entries(rows, load, 1.0)
    matrix.add_entries(rows, on, -1.0)
    _commitment(matrix, machine, on)
    return MachineColumns(on, load, boiler, let_off, unserved)


def _commitment(matrix: Matrix, machine: Cogeneration, on: IntArray) -> None:
    """Starts and stops with minimum up and down times, in the tight form of Rajan and Takriti (IBM
    RC23628, 2005)."""
    steps = len(on)
    start = matrix.add_columns(steps, cost=machine.start_cost, upper=1.0)
    stop = matrix.add_columns(steps, upper=1.0)
    initial = 1.0 if machine.initially_on else 0.0
    rows = matrix.add_rows(0.0, 0.0, count=steps)
    matrix.add_entries(rows, on, 1.0)
    matrix.add_entries(rows[1:], on[:-1], -1.0)
    matrix.add_entries(rows, start, -1.0)
    matrix.add_entries(rows, stop, 1.0)
    matrix.shift_row(rows[0], initial)
    for change, minimum, sign, limit in (
        (start, machine.minimum_up_steps, -1.0, 0.0),
        (stop, machine.minimum_down_steps, 1.0, 1.0),
    ):
        rows = matrix.add_rows(-INFINITY, limit, count=steps)
        row, at = np.nonzero(
            (np.arange(steps)[None, :] <= np.arange(steps)[:, None])
            & (np.arange(steps)[None, :] > np.arange(steps)[:, None] - max(1, minimum))
        )
        matrix.add_entries(rows[row], change[at], 1.0)
        matrix.add_entries(rows, on, sign)
