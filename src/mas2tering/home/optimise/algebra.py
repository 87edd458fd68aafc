"""The home's problem as a linear programme with integer starts: the algebra of ``model``, written down once.

The meter and each kind of device have their block of columns and rows.
"""

import numpy as np

from mas2tering.home.model import BoolArray, Cogeneration, Decision, FloatArray, HomeModel, IntArray
from mas2tering.home.optimise.columns import NONE, Columns, read_decision
from mas2tering.home.optimise.machine_block import add_machine
from mas2tering.home.optimise.matrix import Matrix
from mas2tering.home.optimise.meter import Meter
from mas2tering.home.optimise.programme_block import add_chain
from mas2tering.home.optimise.running_block import add_running
from mas2tering.home.optimise.store_block import add_store, is_one_row
from mas2tering.home.optimise.variants import Exclusive, Slack

_WITHOUT_SIGNS = Exclusive(NONE, {})


class HomeProblem:
    """A home's problem: its matrix, and where its columns stand.

    The objective is the plan's cost less what no decision changes: add ``constant`` to compare. The machines
    ``scheduled`` are none of the model's: whole schedules of theirs are columns to come
    (:meth:`schedule_entries`). With a ``matrix`` the home's blocks are added to those of others.
    """

    def __init__(
        self,
        model: HomeModel,
        exclusive: Exclusive = _WITHOUT_SIGNS,
        slack: Slack | None = None,
        scheduled: tuple[Cogeneration, ...] = (),
        matrix: Matrix | None = None,
    ) -> None:
        self.model, self._exclusive = model, exclusive
        self.constant = _constant(model, slack)
        hours, steps = model.axis.step_hours, model.axis.steps
        self.matrix = matrix = Matrix() if matrix is None else matrix
        most_kw = sum(machine.electrical_kw[1] for machine in scheduled)
        self._meter = meter = Meter(matrix, model, exclusive.meter, slack, most_kw)
        self.columns = columns = Columns(meter.imported, meter.exported, meter.peak)
        for source in model.generation:
            used = matrix.add_columns(steps, upper=source.available_kw)
            meter.draw(source.phase, np.arange(steps), used, -1.0)
            columns.generation.append(used)
        for position, store in enumerate(model.stores):
            signs = exclusive.stores.get(position, NONE)
            columns.stores.append(add_store(matrix, meter, store, hours, signs, slack))
        for chain in model.chains:
            starts, skips = add_chain(matrix, meter, chain)
            columns.starts.append(starts)
            columns.skips.append(skips)
        for machine in model.cogeneration:
            columns.machines.append(add_machine(matrix, meter, machine, hours))
        # One machine: the rest of the home is split by what it does.
        by_state = len(scheduled) == 1 and scheduled[0].electrical_kw[0] > 0.0
        self._running = add_running(matrix, meter, model) if by_state else None
        if self._running is not None:
            columns.states = self._running.on

    def schedule_entries(
        self, phase: int | None, on: BoolArray, power_kw: FloatArray
    ) -> tuple[IntArray, FloatArray]:
        """Rows and coefficients of a column that stands for a schedule: on or off, and the power that it draws
        (negative: generates), both of shape (steps,)."""
        rows, values = self._meter.power_entries(phase, power_kw)
        if self._running is None:
            return rows, values
        return (
            np.concatenate([rows, self._running.balance[on], self._running.state[on]]),
            np.concatenate([values, -power_kw[on], np.full(int(on.sum()), -1.0)]),
        )

    def schedule_price(self, machine: Cogeneration, row_price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What a machine's schedule pays for each kW that it draws at each step, shape (steps,), from the duals of
        all rows; and the same for its least generation while it runs, over which is spread what running in a step
        costs in itself."""
        price = self._meter.power_price(machine.phase, row_price)
        if self._running is None:
            return price, price
        price = price + row_price[self._running.balance]
        return price, price - row_price[self._running.state] / machine.electrical_kw[0]

    def meter_price(self, row_price: FloatArray) -> FloatArray:
        """What a kWh is worth to the home at each step, shape (steps,), from the duals of all rows."""
        return row_price[self._meter.balance] / self.model.axis.step_hours

    @property
    def is_whole_by_starts(self) -> bool:
        """Whether the starts of programmes are all that must be whole."""
        signs = len(self._exclusive.meter) + sum(len(at) for at in self._exclusive.stores.values())
        return not signs and not self.model.cogeneration

    def decision(self, solution: FloatArray) -> Decision:
        """The decision that a solution (shape (columns,)) stands for; programmes take the start with the
        largest weight."""
        return read_decision(self.model, self.columns, solution)


def _constant(model: HomeModel, slack: Slack | None) -> float:
    """Standing charge, costs of fixed devices, and the worth of what stores begin with."""
    constant = model.tariff.standing_charge_per_day * model.tariff.days
    constant += sum(load.costs.cost for load in model.fixed)
    constant += sum(store.end_value_per_kwh * store.initial_kwh for store in model.stores)
    constant += sum(m.end_value_per_kwh * m.initial_kwh for m in model.cogeneration)
    for store in model.stores:
        if is_one_row(store, slack):
            constant -= store.end_value_per_kwh * store.initial_kwh
    return constant
