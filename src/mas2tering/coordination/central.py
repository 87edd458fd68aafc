"""The same community as one integer programme, in the hands of one solver that knows everything: what a negotiation is
measured by. No part of a negotiation."""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from mas2tering.community.terms import Terms
from mas2tering.coordination.classes import Classes
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.matrix import INFINITY, Matrix

_SMALLEST_GAP = 1e-7
"""As a share of the cost: below it a solver's own tolerances are what it looks for."""


@dataclass(frozen=True)
class Central:
    """What HiGHS found: cost (inf: no plan), the best bound, and whether their gap is the wanted one."""

    cost: float
    lower_bound: float
    reached: bool

    @property
    def gap(self) -> float:
        """Cost above the bound."""
        return self.cost - self.lower_bound


class CentralProblem:
    """All homes at once.

    The problem is the one whose bound an agreement states: traded energy bears what the rule against resale keeps
    at the bound's price. That a home does not draw and feed in at once is left to prices, as in that bound; it makes the
    problem easier, never harder. Buyers outside, with what they have ``requested``, gain what they would pay. What exceeds
    ``limits`` costs their dearest price.
    """

    def __init__(
        self,
        models: Sequence[HomeModel],
        charges: LocalCharges,
        price_per_kwh: FloatArray,
        requested: Requested | None = None,
        limits: LoadLimits | None = None,
    ) -> None:
        requested = requested or Requested.nothing(models[0].axis.steps)
        self._matrix = Matrix()
        homes = [HomeProblem(model, matrix=self._matrix) for model in models]
        self._constant = sum(home.constant for home in homes)
        _trade(self._matrix, homes, models, charges, price_per_kwh, requested)
        if limits is not None:
            _limit(self._matrix, homes, limits, models[0].axis.step_hours)
        self._highs = highspy.Highs()
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("mip_rel_gap", 0.0)):
            self._highs.setOptionValue(name, value)
        self._highs.passModel(self._matrix.to_highs())

    def solve(self, gap: float, seconds: float) -> Central:
        """Search on one thread until cost and bound are within a gap (in currency), or until the time is over."""
        highs = self._highs
        highs.setOptionValue("mip_abs_gap", gap)
        highs.setOptionValue("time_limit", seconds)
        highs.run()
        info = highs.getInfo()
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        cost = float(info.objective_function_value) + self._constant if found else np.inf
        solved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if len(self._matrix.integers):
            bound = float(info.mip_dual_bound) + self._constant
        else:
            bound = cost if solved else -np.inf
        # A solver stops within its own tolerance of what it was asked for.
        within = gap + _SMALLEST_GAP * (1.0 + abs(cost))
        return Central(cost, bound, found and cost - bound <= within)


def _trade(
    matrix: Matrix,
    homes: list[HomeProblem],
    models: Sequence[HomeModel],
    charges: LocalCharges,
    price_per_kwh: FloatArray,
    requested: Requested,
) -> None:
    """Local trades between classes of members with one tariff, and with buyers outside."""
    classes = Classes.of(models)
    terms = Terms.at(price_per_kwh, classes.suppliers, charges)
    steps, hours = models[0].axis.steps, models[0].axis.step_hours
    balance = matrix.add_rows(np.zeros(steps), np.zeros(steps))
    for asked, price in zip(requested.asked_kwh, requested.after(charges).price_per_kwh, strict=True):
        delivered = matrix.add_columns(steps, cost=-price, upper=asked)
        matrix.add_entries(balance, delivered, 1.0)
    for position in range(len(classes.suppliers.import_price_per_kwh)):
        members = [homes[k].columns for k in np.flatnonzero(classes.of_home == position).tolist()]
        bought = matrix.add_columns(steps, cost=-terms.buy_up_to_per_kwh[position])
        sold = matrix.add_columns(steps, cost=terms.sell_from_per_kwh[position])
        matrix.add_entries(balance, bought, 1.0)
        matrix.add_entries(balance, sold, -1.0)
        for traded, metered in (
            (bought, np.array([columns.imported for columns in members])),
            (sold, np.array([columns.exported for columns in members])),
        ):
            rows = matrix.add_rows(np.full(steps, -INFINITY), np.zeros(steps))
            matrix.add_entries(rows, traded, 1.0)
            matrix.add_entries(rows, metered, -hours)


def _limit(matrix: Matrix, homes: Sequence[HomeProblem], limits: LoadLimits, step_hours: float) -> None:
    """What homes come to in each limit, less what exceeds it, is at most what it allows."""
    most = step_hours * limits.most_kw
    rows = matrix.add_rows(np.full(limits.rows, -INFINITY), most)
    matrix.add_entries(rows, matrix.add_columns(limits.rows, cost=limits.dearest_per_kwh), -1.0)
    for home, weight in zip(homes, limits.weight.T, strict=True):
        for columns, sign in ((home.columns.imported, 1.0), (home.columns.exported, -1.0)):
            matrix.add_entries(rows, np.asarray(columns)[limits.step], sign * step_hours * weight)
