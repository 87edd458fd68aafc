"""A home that draws at one price and feeds in at another, both new in every round: its relaxation, kept warm."""

from dataclasses import dataclass, replace

import numpy as np

from mas2tering.home.answer import HomeBatch
from mas2tering.home.model import Decision, FloatArray, HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.schedules import Answerer, Schedule, ScheduleMaster
from mas2tering.home.optimise.solve import HomeSolver
from mas2tering.home.respond.wholes import Wholes, drawn_starts

_ROUNDS = 2
"""How many mixes are made of a machine's schedules in every answer but the first: schedules are kept for the next one, so
that plan and bound stay near from answer to answer, and few homes have a machine."""
_GAP = 1e-3
"""How near a mix must be to stop before, as ten times a share of the home's cost."""


@dataclass(frozen=True)
class KeptAnswer:
    """What is kept of an answer: a decision about all that can be mixed, for each link of each chain the weights of
    its starts (the last is leaving it out), and the machine's schedules by weight."""

    decision: Decision
    starts: tuple[tuple[FloatArray, ...], ...]
    schedules: tuple[tuple[float, Schedule], ...]


@dataclass(frozen=True)
class HomeAnswer:
    """``net_kw`` (steps,) of the relaxed plan, its cost beside energy, and the least that any plan could cost;
    ``worth_per_kwh`` (steps,) is what one more kWh would cost the home."""

    net_kw: FloatArray
    beside_cost: float
    bound: float
    worth_per_kwh: FloatArray
    kept: KeptAnswer


class TwoPriceHome:
    """Answers prices for drawing and feeding in; programmes and machines may be mixed in an answer."""

    def __init__(self, model: HomeModel) -> None:
        self.model = model
        self._solver: HomeSolver | ScheduleMaster
        self._by_device: HomeBatch | None = None
        self._has_answered = False
        self._constant = model.tariff.standing_charge_per_day * model.tariff.days
        if model.cogeneration:
            machines = [Answerer(model, machine) for machine in model.cogeneration]
            self._solver = ScheduleMaster(model, machines, lambda cost: max(_GAP, _GAP * abs(cost)), None)
        else:
            self._solver = HomeSolver(HomeProblem(model))
            if model.chains:
                self._by_device = HomeBatch([model])

    def answer(self, buying_per_kwh: FloatArray, selling_per_kwh: FloatArray) -> HomeAnswer:
        """The relaxed best plan at two prices, both of shape (steps,).

        Raises:
            Infeasible: the home's wishes do not fit together.
        """
        self._solver.price_meter(buying_per_kwh, selling_per_kwh)
        if isinstance(self._solver, ScheduleMaster) and self._has_answered:
            solution = self._solver.relax(rounds=_ROUNDS)
        else:
            solution = self._solver.relax()
        self._has_answered = True
        columns, problem = solution.columns, self._solver.problem
        net_kw = columns[problem.columns.imported] - columns[problem.columns.exported]
        energy = problem.model.axis.step_hours * (
            columns[problem.columns.imported] @ buying_per_kwh
            - columns[problem.columns.exported] @ selling_per_kwh
        )
        worth = problem.meter_price(self._solver.row_prices)
        worth = np.clip(worth, np.minimum(buying_per_kwh, selling_per_kwh), buying_per_kwh)
        bound = max(solution.bound, self._bound_by_device(buying_per_kwh, selling_per_kwh, worth))
        return HomeAnswer(net_kw, solution.objective - float(energy), bound, worth, self._kept(columns))

    def _bound_by_device(
        self, buying_per_kwh: FloatArray, selling_per_kwh: FloatArray, worth_per_kwh: FloatArray
    ) -> float:
        """What the home costs at least if each device pays what a kWh is worth to the home: programmes are whole in
        it, which they need not be in the relaxation. Any price between the two makes it a bound; where feeding in
        is dearer, no price does."""
        if self._by_device is None:
            return -np.inf
        if np.any(selling_per_kwh > buying_per_kwh + 1e-12):
            return -np.inf
        return float(self._by_device.answer(worth_per_kwh).cost[0]) + self._constant

    def _kept(self, columns: FloatArray) -> KeptAnswer:
        problem = self._solver.problem
        starts = tuple(
            tuple(
                np.append(columns[run], columns[skip[0]] if len(skip) else 0.0)
                for run, skip in zip(runs, skips, strict=True)
            )
            for runs, skips in zip(problem.columns.starts, problem.columns.skips, strict=True)
        )
        schedules: tuple[tuple[float, Schedule], ...] = ()
        if isinstance(self._solver, ScheduleMaster):
            schedules = tuple(self._solver.weighted(columns))
        decision = replace(problem.decision(columns), starts=(), cogeneration=())
        return KeptAnswer(decision, starts, schedules)

    def draw(self, parts: list[tuple[float, KeptAnswer]], luck: list[float]) -> Wholes:
        """What is whole, drawn from a mix of answers; ``luck`` holds a number in [0, 1) for each link and
        machine."""
        numbers = iter(luck)
        starts = []
        for position, chain in enumerate(self.model.chains):
            weights = [
                np.sum([weight * kept.starts[position][k] for weight, kept in parts], axis=0)
                for k in range(len(chain.links))
            ]
            starts.append(drawn_starts(chain, weights, [next(numbers) for _ in chain.links]))
        runs = []
        if self.model.cogeneration:
            options = [(w * share, schedule) for w, kept in parts for share, schedule in kept.schedules]
            cumulated = np.cumsum([weight for weight, _ in options])
            pick = int(np.searchsorted(cumulated / cumulated[-1], next(numbers), side="right"))
            runs.append(options[min(pick, len(options) - 1)][1].run)
        return Wholes(tuple(starts), tuple(runs))
