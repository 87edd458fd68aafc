"""The home's problem as a linear programme with integer starts: the algebra of ``model``, written down once.

Columns stand in blocks; :class:`Columns` remembers where, so that a solution can be read back into a
decision.
"""

from dataclasses import dataclass, field

import numpy as np

from mas2tering.home.evaluate import billing_steps, capacity_price
from mas2tering.home.model import (
    Cogeneration,
    CogenerationDecision,
    Decision,
    FloatArray,
    HomeModel,
    IntArray,
    LinearStore,
    ProgrammeChain,
    StoreDecision,
)
from mas2tering.home.optimise.matrix import INFINITY, Matrix


@dataclass(frozen=True)
class StoreColumns:
    """Columns of a store; blocks that it does not need are empty."""

    charge: IntArray
    discharge: IntArray
    unserved: IntArray
    content: IntArray


@dataclass(frozen=True)
class MachineColumns:
    """Columns of a cogeneration machine; ``load`` is on-times-load, so that it is zero when off."""

    on: IntArray
    load: IntArray
    boiler: IntArray
    let_off: IntArray
    unserved: IntArray


@dataclass
class Columns:
    """Where everything stands among the columns."""

    imported: IntArray
    exported: IntArray
    peak: IntArray
    generation: list[IntArray] = field(default_factory=list)
    stores: list[StoreColumns] = field(default_factory=list)
    starts: list[list[IntArray]] = field(default_factory=list)
    skips: list[list[IntArray]] = field(default_factory=list)
    machines: list[MachineColumns] = field(default_factory=list)


@dataclass(frozen=True)
class Slack:
    """Prices at which an elastic problem may break what otherwise holds: the fuse (per kWh), what is due in a
    store (per kWh)."""

    fuse_per_kwh: float
    due_per_kwh: float


@dataclass(frozen=True)
class Exclusive:
    """Steps at which a sign must be chosen by an integer: import or export, and charge or discharge of each
    store."""

    meter: IntArray
    stores: dict[int, IntArray]


_EMPTY = np.empty(0, dtype=np.int64)


class HomeProblem:
    """A home's problem: its matrix, and where its columns stand.

    The objective is the plan's cost less what no decision changes: add ``constant`` to compare.
    """

    def __init__(
        self, model: HomeModel, exclusive: Exclusive | None = None, slack: Slack | None = None
    ) -> None:
        self.model = model
        self.matrix = Matrix()
        self._hours = model.axis.step_hours
        self._exclusive = exclusive or Exclusive(_EMPTY, {})
        self._slack = slack
        self.slack_columns: dict[str, IntArray] = {}
        self.constant = self._constant()
        self.columns = self._meter()
        for source in model.generation:
            used = self.matrix.add_columns(model.axis.steps, upper=source.available_kw)
            self._draw(source.phase, np.arange(model.axis.steps), used, -1.0)
            self.columns.generation.append(used)
        for position, store in enumerate(model.stores):
            self.columns.stores.append(self._store(position, store))
        for chain in model.chains:
            self._chain(chain)
        for machine in model.cogeneration:
            self.columns.machines.append(self._machine(machine))

    def _constant(self) -> float:
        """Standing charge, costs of fixed devices, and the worth of what stores begin with."""
        model = self.model
        constant = model.tariff.standing_charge_per_day * model.tariff.days
        constant += sum(load.costs.cost for load in model.fixed)
        constant += sum(store.end_value_per_kwh * store.initial_kwh for store in model.stores)
        return constant + sum(m.end_value_per_kwh * m.initial_kwh for m in model.cogeneration)

    # --- the meter
    # -------------------------------------------------------------------------------------------------

    def _meter(self) -> Columns:
        model, hours, steps = self.model, self._hours, self.model.axis.steps
        limit = model.fuse_kw * model.phases
        elastic = INFINITY if self._slack else limit
        imported = self.matrix.add_columns(
            steps, cost=hours * model.tariff.import_price_per_kwh, upper=elastic
        )
        exported = self.matrix.add_columns(
            steps, cost=-hours * model.tariff.export_price_per_kwh, upper=elastic
        )
        fixed_kw = model.fixed_kw
        self._balance = self.matrix.add_rows(fixed_kw, fixed_kw)
        self.matrix.add_entries(self._balance, imported, 1.0)
        self.matrix.add_entries(self._balance, exported, -1.0)
        self._phase_rows = self._phases() if model.phases > 1 else _EMPTY
        if self._slack:
            self._fuse_slack(imported, exported, limit)
        if len(self._exclusive.meter):
            at = self._exclusive.meter
            buys = self.matrix.add_columns(len(at), upper=1.0, integer=True)
            rows = self.matrix.add_rows(np.full(len(at), -INFINITY), np.zeros(len(at)))
            self.matrix.add_entries(rows, imported[at], 1.0)
            self.matrix.add_entries(rows, buys, -limit)
            rows = self.matrix.add_rows(np.full(len(at), -INFINITY), np.full(len(at), limit))
            self.matrix.add_entries(rows, exported[at], 1.0)
            self.matrix.add_entries(rows, buys, limit)
        return Columns(imported, exported, self._capacity(imported))

    def _fuse_slack(self, imported: IntArray, exported: IntArray, limit: float) -> None:
        if self._slack is None:
            return
        steps = self.model.axis.steps
        beyond = self.matrix.add_columns(steps, cost=self._slack.fuse_per_kwh * self._hours)
        for power in (imported, exported):
            rows = self.matrix.add_rows(np.full(steps, -INFINITY), np.full(steps, limit))
            self.matrix.add_entries(rows, power, 1.0)
            self.matrix.add_entries(rows, beyond, -1.0)
        if len(self._phase_rows):
            for phase in range(self.model.phases):
                over = self.matrix.add_columns(2 * steps, cost=self._slack.fuse_per_kwh * self._hours)
                self.matrix.add_entries(self._phase_rows[phase], over[:steps], -1.0)
                self.matrix.add_entries(self._phase_rows[phase], over[steps:], 1.0)
        self.slack_columns["fuse"] = beyond

    def _phases(self) -> IntArray:
        """Rows that hold each phase's net power within the fuse, shape (phases, steps)."""
        model, steps = self.model, self.model.axis.steps
        rows = []
        for phase in range(model.phases):
            known = np.zeros(steps)
            for load in model.fixed:
                known += load.power_kw * _share(load.phase, phase, model.phases)
            rows.append(self.matrix.add_rows(-model.fuse_kw - known, model.fuse_kw - known))
        return np.array(rows)

    def _capacity(self, imported: IntArray) -> IntArray:
        price = capacity_price(self.model.tariff)
        charge = self.model.tariff.capacity_charge
        if charge is None or price == 0.0:
            return _EMPTY
        peak = self.matrix.add_columns(1, cost=price)
        width = billing_steps(self.model.tariff)
        periods = imported[: len(imported) // width * width].reshape(-1, width)
        rows = self.matrix.add_rows(-INFINITY, charge.reached_kw, count=len(periods))
        self.matrix.add_entries(rows[:, None], periods, 1.0 / width)
        self.matrix.add_entries(rows, peak, -1.0)
        return peak

    def _draw(self, phase: int | None, steps: IntArray, columns: IntArray, power: FloatArray | float) -> None:
        """Let columns draw ``power`` kW per unit (negative: generate) at steps; all three broadcast."""
        self.matrix.add_entries(self._balance[steps], columns, -np.asarray(power))
        for other in range(len(self._phase_rows)):
            share = _share(phase, other, self.model.phases)
            if share:
                self.matrix.add_entries(self._phase_rows[other][steps], columns, share * np.asarray(power))

    def power_entries(self, phase: int | None, power_kw: FloatArray) -> tuple[IntArray, FloatArray]:
        """Rows and coefficients of one more column that draws ``power_kw`` (shape (steps,)) at its full
        weight."""
        rows, values = [self._balance], [-power_kw]
        for other in range(len(self._phase_rows)):
            rows.append(self._phase_rows[other])
            values.append(_share(phase, other, self.model.phases) * power_kw)
        row, value = np.concatenate(rows), np.concatenate(values)
        used = value != 0.0
        return row[used], value[used]

    @property
    def is_whole_by_starts(self) -> bool:
        """Whether the starts of programmes are all that must be whole."""
        signs = len(self._exclusive.meter) + sum(len(at) for at in self._exclusive.stores.values())
        return not signs and not self.model.cogeneration

    @property
    def balance_rows(self) -> IntArray:
        """Rows that balance the meter; their duals are prices of a kW for a step."""
        return self._balance

    # --- stores
    # ----------------------------------------------------------------------------------------------------

    def _store(self, position: int, store: LinearStore) -> StoreColumns:
        n, matrix = store.steps, self.matrix
        at = np.arange(store.first_step, store.first_step + n)
        wear = store.wear_cost_per_kwh * self._hours
        charge = matrix.add_columns(n, cost=wear, upper=store.power_in_kw)
        self._draw(store.phase, at, charge, 1.0)
        if store.is_plain_energy and not self._slack:
            return self._plain_energy(store, charge)
        content = matrix.add_columns(n, lower=store.lower_kwh, upper=store.upper_kwh)
        self._due_slack(position, store, content)
        rows = matrix.add_rows(-store.drain_kwh, -store.drain_kwh)
        matrix.add_entries(rows, content, 1.0)
        matrix.add_entries(rows[1:], content[:-1], -store.retention)
        matrix.add_entries(rows, charge, -store.gain_in)
        self._shift_row(rows[0], store.retention * store.initial_kwh)
        matrix.add_cost(content[-1:], -store.end_value_per_kwh)
        discharge = unserved = _EMPTY
        if store.discharges:
            discharge = matrix.add_columns(n, cost=wear, upper=store.power_out_kw)
            self._draw(store.phase, at, discharge, -1.0)
            matrix.add_entries(rows, discharge, store.gain_out)
            self._one_direction(store, charge, discharge, self._exclusive.stores.get(position, _EMPTY))
        if np.any(store.relief_kwh):
            unserved = matrix.add_columns(n, cost=store.relief_cost_per_kwh, upper=store.relief_kwh)
            matrix.add_entries(rows, unserved, -1.0)
        self._comfort(store, content)
        return StoreColumns(charge, discharge, unserved, content)

    def _plain_energy(self, store: LinearStore, charge: IntArray) -> StoreColumns:
        """A car that only has to be filled: one row for its energy instead of a content for each step."""
        start = store.initial_kwh
        row = self.matrix.add_rows(store.lower_kwh[-1] - start, store.upper_kwh[-1] - start, count=1)
        self.matrix.add_entries(row, charge, store.gain_in)
        self.matrix.add_cost(charge, -store.end_value_per_kwh * store.gain_in)
        self.constant -= store.end_value_per_kwh * start
        return StoreColumns(charge, _EMPTY, _EMPTY, _EMPTY)

    def _due_slack(self, position: int, store: LinearStore, content: IntArray) -> None:
        """Let an elastic problem fall short of what is due, the less important the cheaper."""
        if self._slack is None or not np.any(store.lower_kwh > 0):
            return
        at = np.flatnonzero(store.lower_kwh > 0)
        self.matrix.set_lower(content[at], 0.0)
        short = self.matrix.add_columns(len(at), cost=self._slack.due_per_kwh * store.priority)
        rows = self.matrix.add_rows(store.lower_kwh[at], np.full(len(at), INFINITY))
        self.matrix.add_entries(rows, content[at], 1.0)
        self.matrix.add_entries(rows, short, 1.0)
        self.slack_columns[f"store {position}"] = short

    def _one_direction(self, store: LinearStore, charge: IntArray, discharge: IntArray, at: IntArray) -> None:
        if not len(at):
            return
        fills = self.matrix.add_columns(len(at), upper=1.0, integer=True)
        rows = self.matrix.add_rows(np.full(len(at), -INFINITY), np.zeros(len(at)))
        self.matrix.add_entries(rows, charge[at], 1.0)
        self.matrix.add_entries(rows, fills, -store.power_in_kw[at])
        rows = self.matrix.add_rows(np.full(len(at), -INFINITY), store.power_out_kw[at])
        self.matrix.add_entries(rows, discharge[at], 1.0)
        self.matrix.add_entries(rows, fills, store.power_out_kw[at])

    def _comfort(self, store: LinearStore, content: IntArray) -> None:
        for sign, bound, price in (
            (1.0, store.soft_lower_kwh, store.soft_lower_price),
            (-1.0, store.soft_upper_kwh, store.soft_upper_price),
        ):
            at = np.flatnonzero(price > 0)
            if not len(at):
                continue
            outside = self.matrix.add_columns(len(at), cost=price[at])
            rows = self.matrix.add_rows(sign * bound[at], np.full(len(at), INFINITY))
            self.matrix.add_entries(rows, content[at], sign)
            self.matrix.add_entries(rows, outside, 1.0)

    def _shift_row(self, row: int, amount: float) -> None:
        self.matrix.shift_row(row, amount)

    # --- programmes
    # ------------------------------------------------------------------------------------------------

    def _chain(self, chain: ProgrammeChain) -> None:
        chosen: list[IntArray] = []
        skipped: list[IntArray] = []
        for position, link in enumerate(chain.links):
            run = self.matrix.add_columns(len(link.starts), cost=link.start_cost, upper=1.0, integer=True)
            at = link.starts[:, None] + np.arange(link.length)[None, :]
            self._draw(link.phase, at, run[:, None], link.power_kw[None, :])
            row = self.matrix.add_rows(1.0, 1.0, count=1)
            self.matrix.add_entries(row, run, 1.0)
            skip = _EMPTY
            if link.skip_cost is not None:
                skip = self.matrix.add_columns(1, cost=link.skip_cost, upper=1.0, integer=True)
                self.matrix.add_entries(row, skip, 1.0)
            if position:
                self._follows(chain, position, chosen[-1], run)
            chosen.append(run)
            skipped.append(skip)
        self.columns.starts.append(chosen)
        self.columns.skips.append(skipped)

    def _follows(self, chain: ProgrammeChain, position: int, first: IntArray, second: IntArray) -> None:
        """The second run starts only when the first is over (and within the longest wait): strong form, one
        row a start."""
        before, link = chain.links[position - 1], chain.links[position]
        ends = before.starts + before.length
        rows = self.matrix.add_rows(-INFINITY, 0.0, count=len(link.starts))
        # Runs of the second up to a start need runs of the first that are over by then.
        later, earlier = np.nonzero(
            np.arange(len(link.starts))[:, None] >= np.arange(len(link.starts))[None, :]
        )
        self.matrix.add_entries(rows[later], second[earlier], 1.0)
        row, done = np.nonzero(ends[None, :] <= link.starts[:, None])
        self.matrix.add_entries(rows[row], first[done], -1.0)
        if link.longest_wait_steps is None:
            return
        # Runs of the second from a start on need runs of the first that ended no longer than the wait before
        # it.
        rows = self.matrix.add_rows(-INFINITY, 0.0, count=len(link.starts))
        earlier, later = np.nonzero(
            np.arange(len(link.starts))[:, None] <= np.arange(len(link.starts))[None, :]
        )
        self.matrix.add_entries(rows[earlier], second[later], 1.0)
        row, fresh = np.nonzero(ends[None, :] + link.longest_wait_steps >= link.starts[:, None])
        self.matrix.add_entries(rows[row], first[fresh], -1.0)

    # --- cogeneration
    # ----------------------------------------------------------------------------------------------

    def _machine(self, machine: Cogeneration) -> MachineColumns:
        steps, hours, matrix = self.model.axis.steps, self._hours, self.matrix
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
        self._draw(machine.phase, at, on, -power_low)
        self._draw(machine.phase, at, load, -(power_high - power_low))
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
        self._shift_row(rows[0], machine.retention * machine.initial_kwh)
        rows = matrix.add_rows(-INFINITY, 0.0, count=steps)
        matrix.add_entries(rows, load, 1.0)
        matrix.add_entries(rows, on, -1.0)
        self._commitment(machine, on)
        return MachineColumns(on, load, boiler, let_off, unserved)

    def _commitment(self, machine: Cogeneration, on: IntArray) -> None:
        """Starts and stops with minimum up and down times, in the tight form of Rajan and Takriti (IBM
        RC23628, 2005)."""
        steps, matrix = len(on), self.matrix
        start = matrix.add_columns(steps, cost=machine.start_cost, upper=1.0)
        stop = matrix.add_columns(steps, upper=1.0)
        initial = 1.0 if machine.initially_on else 0.0
        rows = matrix.add_rows(0.0, 0.0, count=steps)
        matrix.add_entries(rows, on, 1.0)
        matrix.add_entries(rows[1:], on[:-1], -1.0)
        matrix.add_entries(rows, start, -1.0)
        matrix.add_entries(rows, stop, 1.0)
        self._shift_row(rows[0], initial)
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

    # --- reading back
    # ----------------------------------------------------------------------------------------------

    def decision(self, solution: FloatArray) -> Decision:
        """The decision that a solution (shape (columns,)) stands for; programmes take the start with the
        largest weight."""
        model, columns = self.model, self.columns
        return Decision(
            generation_kw=tuple(
                np.clip(solution[used], 0.0, source.available_kw)
                for source, used in zip(model.generation, columns.generation, strict=True)
            ),
            stores=tuple(
                _read_store(s, c, solution) for s, c in zip(model.stores, columns.stores, strict=True)
            ),
            starts=tuple(
                _read_starts(runs, skips, solution)
                for runs, skips in zip(columns.starts, columns.skips, strict=True)
            ),
            cogeneration=tuple(_read_machine(c, solution) for c in columns.machines),
        )


def _read_starts(runs: list[IntArray], skips: list[IntArray], solution: FloatArray) -> tuple[int | None, ...]:
    """For each link the start with the largest weight, None where leaving out weighs more."""
    chosen: list[int | None] = []
    for run, skip in zip(runs, skips, strict=True):
        best = int(np.argmax(solution[run]))
        left_out = len(skip) and solution[skip[0]] > solution[run[best]]
        chosen.append(None if left_out else best)
    return tuple(chosen)


def _read_store(store: LinearStore, columns: StoreColumns, solution: FloatArray) -> StoreDecision:
    zeros = np.zeros(store.steps)
    return StoreDecision(
        charge_kw=np.clip(solution[columns.charge], 0.0, store.power_in_kw),
        discharge_kw=np.clip(solution[columns.discharge], 0.0, store.power_out_kw)
        if len(columns.discharge)
        else zeros,
        unserved_kwh=np.clip(solution[columns.unserved], 0.0, store.relief_kwh)
        if len(columns.unserved)
        else zeros,
    )


def _read_machine(columns: MachineColumns, solution: FloatArray) -> CogenerationDecision:
    on = solution[columns.on] > 0.5
    return CogenerationDecision(
        on=on,
        load=np.where(on, np.clip(solution[columns.load], 0.0, 1.0), 0.0),
        boiler_kw=np.maximum(solution[columns.boiler], 0.0),
        let_off_kwh=np.maximum(solution[columns.let_off], 0.0),
        unserved_kwh=np.maximum(solution[columns.unserved], 0.0),
    )


def _share(phase: int | None, other: int, phases: int) -> float:
    """The share of a device's power on one phase."""
    if phase is None:
        return 1.0 / phases
    return 1.0 if phase == other else 0.0
