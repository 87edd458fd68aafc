"""Relaxations of a home with cogeneration over whole schedules of its machines, made as they are needed.

The master problem mixes schedules; each machine answers the master's prices with its best schedule by dynamic
programming; and the master's cost plus what the best schedules would still save is a lower bound (Dantzig and
Wolfe, doi:10.1287/opre.8.1.101).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import Costs, FloatArray
from mas2tering.home.evaluate import judged_devices
from mas2tering.home.model import Cogeneration, CogenerationDecision, Decision, HomeModel, IntArray
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, NothingFound, Solution
from mas2tering.home.rules.without_platform import without_platform

_ROUNDS = 60
_SOLVES = 400
"""Mixes that are solved in a search for one home's plan; what is not looked at by then stays unproven."""
_WHOLE = 1e-6


@dataclass(frozen=True)
class Schedule:
    """One run of one machine: its decision, power at the meter (kW), and costs beside the bill."""

    run: CogenerationDecision
    power_kw: FloatArray
    costs: Costs


class Answerer:
    """A machine that answers prices with its best schedule."""

    def __init__(self, model: HomeModel, machine: Cogeneration) -> None:
        # Imported here: compiled code is loaded only in homes that have such a machine.
        from mas2tering.home.answer import HomeBatch

        self.machine = machine
        self.alone = replace(model, fixed=(), generation=(), stores=(), chains=(), cogeneration=(machine,))
        self._batch = HomeBatch([self.alone])

    def answer(
        self, price_per_kwh: FloatArray, least_price_per_kwh: FloatArray | None = None
    ) -> tuple[float, Schedule]:
        """Cost at the price (shape (steps,)), and the schedule; the least that the machine generates while it runs
        may have a price of its own."""
        cost = float(self._batch.answer(price_per_kwh, least_price_per_kwh).cost[0])
        return cost, self.schedule(self._batch.decision(0).cogeneration[0])

    def schedule(self, run: CogenerationDecision) -> Schedule:
        """A decision with its power and costs."""
        judged = judged_devices(self.alone, Decision((), (), (), (run,)))[0]
        return Schedule(run, judged.power_kw, judged.costs)


class ScheduleMaster:
    """The relaxation of a home over mixes of whole schedules; columns grow from call to call.

    A relaxation stops when no schedule can better it by more than a tenth of ``tolerance`` of its cost. ``solves`` is
    how many mixes may be solved in all (None: as many as are asked for).
    """

    def __init__(
        self,
        model: HomeModel,
        machines: list[Answerer],
        tolerance: Callable[[float], float],
        solves: int | None = _SOLVES,
    ) -> None:
        self._most_solves = solves
        self._machines, self._tolerance = machines, tolerance
        self._hours = model.axis.step_hours
        scheduled = tuple(answerer.machine for answerer in machines)
        self.problem = HomeProblem(replace(model, cogeneration=()), scheduled=scheduled)
        self._solver = HomeSolver(self.problem)
        self._weight_rows = [self._solver.add_row_of_weights() for _ in machines]
        self._columns: list[list[int]] = [[] for _ in machines]
        self._schedules: list[list[Schedule]] = [[] for _ in machines]
        self._solves = 0
        usual = without_platform(model).cogeneration
        for k, answerer in enumerate(machines):
            self._add(k, answerer.schedule(usual[k]))
            for price in (model.tariff.import_price_per_kwh, model.tariff.export_price_per_kwh):
                self._add(k, answerer.answer(price)[1])

    def bound_columns(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Other limits for columns of the problem, each of shape (columns,)."""
        self._solver.bound_columns(columns, lower, upper)

    def price_meter(self, import_price_per_kwh: FloatArray, export_price_per_kwh: FloatArray) -> None:
        """Other prices for what is drawn and fed in, both of shape (steps,)."""
        self._solver.price_meter(import_price_per_kwh, export_price_per_kwh)

    @property
    def row_prices(self) -> FloatArray:
        """Duals of all rows of the last mix: what one more unit on the right side costs."""
        return self._solver.row_prices

    def relax(self, cutoff: float = np.inf, rounds: int = _ROUNDS) -> Solution:
        """Mix schedules until no machine can better the mix by much, or the bound is beyond ``cutoff``; or so many ``rounds``,
        after which cost and bound may be further apart.

        Raises:
            NothingFound: the schedules made so far fit in no mix (another might), or all that may be spent is.
        """
        bound = -np.inf
        for _ in range(rounds):
            self._solves += 1
            if self._most_solves is not None and self._solves > self._most_solves:
                raise NothingFound("the budget of mixes is spent")
            try:
                mixed = self._solver.relax()
            except Infeasible:
                raise NothingFound("no mix of schedules fits") from None
            row_price = self._solver.row_prices
            saved = 0.0
            for k, answerer in enumerate(self._machines):
                price, least = self.problem.schedule_price(answerer.machine, row_price)
                cost, schedule = answerer.answer(price / self._hours, least / self._hours)
                better = cost - float(row_price[self._weight_rows[k]])
                if better < 0.0:
                    saved += better
                    self._add(k, schedule)
            bound = max(bound, mixed.objective + saved)
            if bound >= cutoff or mixed.objective - bound <= 0.1 * self._tolerance(bound):
                break
        return Solution(mixed.columns, mixed.objective, bound)

    def is_whole(self, columns: FloatArray) -> bool:
        """Whether each machine runs by a single schedule, or by some that are on at the same steps."""
        if len(self.problem.columns.states):
            on = self._mixed_states(columns)
            return bool(np.all(np.minimum(on, 1.0 - on) <= _WHOLE))
        return all(self._weights(columns, k).max() >= 1.0 - _WHOLE for k in range(len(self._machines)))

    def _mixed_states(self, columns: FloatArray) -> FloatArray:
        """The share of schedules in the mix that run at each step, shape (steps,)."""
        runs = np.array([schedule.run.on for schedule in self._schedules[0]], dtype=float)
        return np.asarray(self._weights(columns, 0) @ runs)

    def schedules(self, columns: FloatArray) -> list[list[Schedule]]:
        """Each machine's schedules, the heaviest of the mix first."""
        return [
            [made[position] for position in np.argsort(-self._weights(columns, k), kind="stable")]
            for k, made in enumerate(self._schedules)
        ]

    def weighted(self, columns: FloatArray) -> list[tuple[float, Schedule]]:
        """Schedules of a home's only machine that have weight in the mix, with their weights."""
        weights = self._weights(columns, 0)
        return [(float(w), s) for w, s in zip(weights, self._schedules[0], strict=True) if w > _WHOLE]

    def _weights(self, columns: FloatArray, k: int) -> FloatArray:
        """Weights of all schedules of a machine; of those made after the mix, none."""
        weights = np.zeros(len(self._columns[k]))
        for position, column in enumerate(self._columns[k]):
            if column < len(columns):
                weights[position] = columns[column]
        return weights

    def _add(self, k: int, schedule: Schedule) -> None:
        rows, values = self.problem.schedule_entries(
            self._machines[k].machine.phase, schedule.run.on, schedule.power_kw
        )
        column = self._solver.add_column(
            schedule.costs.cost, np.append(rows, self._weight_rows[k]), np.append(values, 1.0)
        )
        self._columns[k].append(column)
        self._schedules[k].append(schedule)
