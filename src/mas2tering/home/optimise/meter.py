"""The meter's block of the problem: import and export, their balance, the fuse on each phase, the peak."""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.tariffs import billing_steps, capacity_price
from mas2tering.home.model import FloatArray, HomeModel, IntArray
from mas2tering.home.optimise.columns import NONE
from mas2tering.home.optimise.matrix import INFINITY, Matrix
from mas2tering.home.optimise.variants import Slack


@dataclass(frozen=True)
class Draw:
    """Columns that draw ``power_kw`` a unit (negative: generate) at steps; the three broadcast."""

    steps: IntArray
    columns: IntArray
    power_kw: FloatArray | float


class Meter:
    """Columns ``imported`` and ``exported`` (steps,), and ``peak`` (one, or none without a capacity charge).

    Rows ``balance`` hold at each step what the fixed loads draw and what columns are said to :meth:`draw`
    against import and export. At the steps ``one_direction`` an integer chooses import or export.
    """

    def __init__(
        self,
        matrix: Matrix,
        model: HomeModel,
        one_direction: IntArray,
        slack: Slack | None,
        later_feed_kw: float,
    ) -> None:
        self.matrix, self.model = matrix, model
        self.draws: list[Draw] = []
        hours, steps, limit = model.axis.step_hours, model.axis.steps, model.fuse_kw * model.phases
        # What the devices can draw and feed in bounds the meter more closely than the fuse, or instead of it.
        draw, feed = model.reach_kw
        feed = feed + later_feed_kw
        most_in = np.minimum(draw, limit) if slack is None else draw
        most_out = np.minimum(feed, limit) if slack is None else feed
        self.imported = matrix.add_columns(
            steps, cost=hours * model.tariff.import_price_per_kwh, upper=most_in
        )
        self.exported = matrix.add_columns(
            steps, cost=-hours * model.tariff.export_price_per_kwh, upper=most_out
        )
        self.balance = matrix.add_rows(model.fixed_kw, model.fixed_kw)
        matrix.add_entries(self.balance, self.imported, 1.0)
        matrix.add_entries(self.balance, self.exported, -1.0)
        self._phase_rows = self._phases() if model.phases > 1 else NONE
        if slack is not None:
            self._fuse_slack(limit, slack.fuse_per_kwh * hours)
        if len(one_direction):
            self._one_direction(one_direction, most_in[one_direction], most_out[one_direction])
        self.peak = self._capacity()

    def _one_direction(self, at: IntArray, most_in: FloatArray, most_out: FloatArray) -> None:
        buys = self.matrix.add_columns(len(at), upper=1.0, integer=True)
        rows = self.matrix.add_rows(np.full(len(at), -INFINITY), np.zeros(len(at)))
        self.matrix.add_entries(rows, self.imported[at], 1.0)
        self.matrix.add_entries(rows, buys, -most_in)
        rows = self.matrix.add_rows(np.full(len(at), -INFINITY), most_out)
        self.matrix.add_entries(rows, self.exported[at], 1.0)
        self.matrix.add_entries(rows, buys, most_out)

    def _fuse_slack(self, limit: float, price: float) -> None:
        """Let an elastic problem go beyond the fuse, at a price for each kW and step."""
        steps = self.model.axis.steps
        beyond = self.matrix.add_columns(steps, cost=price)
        for power in (self.imported, self.exported):
            rows = self.matrix.add_rows(np.full(steps, -INFINITY), np.full(steps, limit))
            self.matrix.add_entries(rows, power, 1.0)
            self.matrix.add_entries(rows, beyond, -1.0)
        if len(self._phase_rows):
            for phase in range(self.model.phases):
                over = self.matrix.add_columns(2 * steps, cost=price)
                self.matrix.add_entries(self._phase_rows[phase], over[:steps], -1.0)
                self.matrix.add_entries(self._phase_rows[phase], over[steps:], 1.0)

    def _phases(self) -> IntArray:
        """Rows that hold each phase's net power within the fuse, shape (phases, steps)."""
        fuse_kw = self.model.fuse_kw
        rows = [
            self.matrix.add_rows(-fuse_kw - known, fuse_kw - known) for known in self.model.fixed_by_phase_kw
        ]
        return np.array(rows)

    def _capacity(self) -> IntArray:
        price = capacity_price(self.model.tariff)
        charge = self.model.tariff.capacity_charge
        if charge is None or price == 0.0:
            return NONE
        peak = self.matrix.add_columns(1, cost=price)
        width = billing_steps(self.model.tariff)
        periods = self.imported[: len(self.imported) // width * width].reshape(-1, width)
        rows = self.matrix.add_rows(-INFINITY, charge.reached_kw, count=len(periods))
        self.matrix.add_entries(rows[:, None], periods, 1.0 / width)
        self.matrix.add_entries(rows, peak, -1.0)
        return peak

    def draw(self, phase: int | None, steps: IntArray, columns: IntArray, power: FloatArray | float) -> None:
        """Let columns draw ``power`` kW per unit (negative: generate) at steps; all three broadcast."""
        self.draws.append(Draw(steps, columns, power))
        self.matrix.add_entries(self.balance[steps], columns, -np.asarray(power))
        for other in range(len(self._phase_rows)):
            share = _share(phase, other, self.model.phases)
            if share:
                self.matrix.add_entries(self._phase_rows[other][steps], columns, share * np.asarray(power))

    def power_price(self, phase: int | None, row_price: FloatArray) -> FloatArray:
        """What a column pays for each kW that it draws at each step, shape (steps,), from the duals of all rows:
        the transpose of :meth:`power_entries`."""
        price = row_price[self.balance]
        for other in range(len(self._phase_rows)):
            price = price - _share(phase, other, self.model.phases) * row_price[self._phase_rows[other]]
        return price

    def power_entries(self, phase: int | None, power_kw: FloatArray) -> tuple[IntArray, FloatArray]:
        """Rows and coefficients of one more column that draws ``power_kw`` (shape (steps,)) at its full
        weight."""
        rows, values = [self.balance], [-power_kw]
        for other in range(len(self._phase_rows)):
            rows.append(self._phase_rows[other])
            values.append(_share(phase, other, self.model.phases) * power_kw)
        row, value = np.concatenate(rows), np.concatenate(values)
        used = value != 0.0
        return row[used], value[used]


def _share(phase: int | None, other: int, phases: int) -> float:
    """The share of a device's power on one phase."""
    if phase is None:
        return 1.0 / phases
    return 1.0 if phase == other else 0.0
