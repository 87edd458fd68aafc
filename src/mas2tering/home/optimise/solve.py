"""Driving HiGHS: the relaxation, its rounding, and the integer search where rounding is not good enough."""

from dataclasses import dataclass

import highspy
import numpy as np

from mas2tering.home.model import Decision, FloatArray, IntArray
from mas2tering.home.optimise.algebra import HomeProblem

_LOST = (highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kSolveError)


@dataclass(frozen=True)
class Solution:
    """Columns of a feasible point, its objective with the problem's constant, and the best bound known."""

    columns: FloatArray
    objective: float
    bound: float
    hit_limit: bool = False


class Infeasible(Exception):  # noqa: N818 (a finding about the home, not a fault)
    """No point satisfies the problem."""


class NothingFound(Exception):  # noqa: N818 (a finding, not a fault)
    """A limit bound before any point was found, although there may be one."""


class HomeSolver:
    """One problem in one instance of HiGHS: one thread, no randomness, so that the same problem gives the
    same plan.

    Presolve is off: on these problems (a day, a few programmes) it costs three times what it saves.
    """

    def __init__(self, problem: HomeProblem) -> None:
        self.problem = problem
        self._integers = problem.matrix.integers.astype(np.int32)
        self._highs = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("random_seed", 0)):
            self._highs.setOptionValue(name, value)
        self._highs.passModel(problem.matrix.to_highs())

    @property
    def has_integers(self) -> bool:
        """Whether anything must be whole."""
        return len(self._integers) > 0

    @property
    def seconds(self) -> float:
        """What the solver has taken so far, by its own clock."""
        return float(self._highs.getRunTime())

    def relax(self, cutoff: float = np.inf) -> Solution:
        """The relaxation: integers may be fractions; its objective is a lower bound. It is always solved to the end,
        whatever the ``cutoff``.

        Raises:
            Infeasible: even so nothing fits.
        """
        self._highs.setOptionValue("solve_relaxation", True)
        return self._run()

    def with_starts(self, decision: Decision) -> Solution:
        """The best point with the programmes' starts of a decision; everything else is free (but for other
        integers).

        Raises:
            Infeasible: these starts leave no point.
        """
        chosen = np.zeros(self.problem.matrix.columns)
        for runs, skips, starts in zip(
            self.problem.columns.starts, self.problem.columns.skips, decision.starts, strict=True
        ):
            for run, skip, index in zip(runs, skips, starts, strict=True):
                if index is not None:
                    chosen[run[index]] = 1.0
                elif len(skip):
                    chosen[skip[0]] = 1.0
        held = np.concatenate([np.concatenate([*runs, *skips]) for runs, skips in self._start_columns()])
        self.bound_columns(held, chosen[held], chosen[held])
        self._highs.setOptionValue("solve_relaxation", True)
        try:
            return self._run()
        finally:
            self.bound_columns(held, np.zeros(len(held)), np.ones(len(held)))

    def search(self, incumbent: FloatArray | None, tolerance: float, seconds: float, nodes: int) -> Solution:
        """Branch and cut until cost and bound are within ``tolerance`` (in currency), or a limit binds.

        Raises:
            Infeasible: there is no point with whole integers.
            NothingFound: a limit bound before one was found.
        """
        highs = self._highs
        for name, value in (
            ("solve_relaxation", False),
            # The solver's own relative gap knows nothing of the problem's constant.
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", tolerance),
            ("time_limit", highs.getRunTime() + max(0.01, seconds)),
            ("mip_max_nodes", nodes),
        ):
            highs.setOptionValue(name, value)
        if incumbent is not None:
            highs.setSolution(len(incumbent), np.arange(len(incumbent), dtype=np.int32), incumbent)
        return self._run()

    def price_meter(self, import_price_per_kwh: FloatArray, export_price_per_kwh: FloatArray) -> None:
        """Other prices for what is drawn and fed in, both of shape (steps,)."""
        columns, hours = self.problem.columns, self.problem.model.axis.step_hours
        at = np.concatenate([columns.imported, columns.exported]).astype(np.int32)
        cost = hours * np.concatenate([import_price_per_kwh, -export_price_per_kwh])
        self._highs.changeColsCost(len(at), at, cost)

    def add_row_of_weights(self) -> int:
        """A new row "weights sum to one"; returns its index."""
        self._highs.addRow(1.0, 1.0, 0, np.empty(0, dtype=np.int32), np.empty(0))
        return int(self._highs.getNumRow()) - 1

    def add_column(self, cost: float, rows: IntArray, values: FloatArray) -> int:
        """A new continuous column of zero or more; returns its index."""
        self._highs.addCol(cost, 0.0, highspy.kHighsInf, len(rows), rows.astype(np.int32), values)
        return int(self._highs.getNumCol()) - 1

    @property
    def row_prices(self) -> FloatArray:
        """Duals of all rows in the last relaxation: what one more unit on the right side costs."""
        return np.asarray(self._highs.getSolution().row_dual)

    def _start_columns(self) -> list[tuple[list[IntArray], list[IntArray]]]:
        return list(zip(self.problem.columns.starts, self.problem.columns.skips, strict=True))

    def bound_columns(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Other limits for columns, each of shape (columns,)."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def _run(self) -> Solution:
        highs = self._highs
        highs.run()
        if highs.getModelStatus() in _LOST:
            # From the basis at hand it found no way; from none it does.
            highs.clearSolver()
            highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        stopped = status in (
            highspy.HighsModelStatus.kTimeLimit,
            highspy.HighsModelStatus.kSolutionLimit,
            highspy.HighsModelStatus.kIterationLimit,
        )
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            if status == highspy.HighsModelStatus.kInfeasible:
                raise Infeasible
            raise NothingFound(highs.modelStatusToString(status))
        objective = float(info.objective_function_value) + self.problem.constant
        bound = objective
        if (
            self.has_integers
            and info.mip_dual_bound > -highspy.kHighsInf
            and not highs.getOptionValue("solve_relaxation")[1]
        ):
            bound = float(info.mip_dual_bound) + self.problem.constant
        return Solution(np.array(highs.getSolution().col_value), objective, bound, hit_limit=stopped)
