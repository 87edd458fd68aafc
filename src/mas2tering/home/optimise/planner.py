"""The best plan, good enough and in time: bound, rounding, search, and what to fall back on."""

from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import HomePlan, Method
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, FloatArray, HomeModel, StoreDecision
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.branching import StartSearch
from mas2tering.home.optimise.elastic import clashes_of
from mas2tering.home.optimise.machines import plan_with_machines
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, Solution
from mas2tering.home.optimise.variants import Exclusive, Slack
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform

_SIMULTANEOUS_KW = 1e-6
# Beyond so many relaxations the solver's general search is the better bet.
_START_NODES = 600
# Far above any price of energy, so that an elastic plan breaks a limit only where nothing else is left; the
# fuse last of all.
_ELASTIC = Slack(fuse_per_kwh=1000.0, due_per_kwh=20.0)


@dataclass(frozen=True)
class Budget:
    """What a plan may take, and how good it must be.

    The search stops when (cost - bound) <= max(gap |cost|, absolute_gap), after ``nodes`` nodes, or at the
    latest after ``seconds`` (a limit that binds is said in the plan's notes, since the result then depends on
    the machine).
    """

    gap: float = 1e-3
    absolute_gap: float = 1e-4
    seconds: float = 20.0
    nodes: int = 20_000

    def is_met(self, cost: float, bound: float) -> bool:
        """Whether a cost is near enough to a bound."""
        return cost - bound <= self.tolerance(cost)

    def tolerance(self, cost: float) -> float:
        """How far above its bound a plan of about this cost may be, in currency."""
        return max(self.gap * abs(cost), self.absolute_gap)


def best_plan(model: HomeModel, budget: Budget | None = None) -> HomePlan:
    """The best plan of a home for its tariff; there is always one.

    The plan's ``method`` says what made it: ``optimal`` or ``within_gap`` (the bound proves it),
    ``incumbent`` (a limit bound before the gap was reached), ``rule`` or ``none`` (the rules' plans were the
    best that was found). It never costs more than the home without the platform, if that keeps its limits.
    """
    return best_decision(model, budget)[0]


def best_decision(model: HomeModel, budget: Budget | None = None) -> tuple[HomePlan, Decision]:
    """Like :func:`best_plan`, with the decision behind the plan."""
    budget = budget or Budget()
    yardsticks = [("none", without_platform(model)), ("rule", self_consumption(model))]
    if not model.is_flexible:
        decision = yardsticks[0][1]
        plan = plan_of(model, decision, "optimal")
        return replace(
            plan,
            lower_bound=plan.costs.cost,
            clashes=plan.clashes + clashes_of(model, breaches(model, decision)),
        ), decision
    try:
        plan, decision = _with_machines(model, budget) if model.cogeneration else _exact(model, budget)
    except Infeasible:
        return _elastic(model, budget)
    return _cheapest(model, plan, decision, yardsticks)


def _cheapest(
    model: HomeModel, plan: HomePlan, decision: Decision, yardsticks: list[tuple[str, Decision]]
) -> tuple[HomePlan, Decision]:
    """The plan, unless a rule's plan keeps all limits and is cheaper (it can be, within the gap)."""
    best, chosen = plan, decision
    for name, candidate in yardsticks:
        rival = plan_of(
            model,
            candidate,
            "rule" if name == "rule" else "none",
            plan.lower_bound,
            plan.notes[len(model.notes) :],
        )
        if rival.costs.cost < best.costs.cost - 1e-12 and not breaches(model, candidate):
            proven = plan.method if plan.method in ("optimal", "within_gap") else rival.method
            best, chosen = replace(rival, method=proven), candidate
    return best, chosen


def _with_machines(model: HomeModel, budget: Budget) -> tuple[HomePlan, Decision]:
    """Whole schedules of the machines first; the plain search goes on from there where their gap is still too
    wide."""
    plan, decision = plan_with_machines(model, lambda rest: _rest(rest, budget), budget.tolerance)
    if (
        plan.lower_bound is not None
        and budget.is_met(plan.costs.cost, plan.lower_bound)
        and not breaches(model, decision)
    ):
        return plan, decision
    return replace(plan, method="incumbent"), decision


def _rest(model: HomeModel, budget: Budget) -> tuple[HomePlan, Decision]:
    """The plan of a home without machines, which may have nothing left to decide."""
    if model.is_flexible:
        return _exact(model, budget)
    decision = without_platform(model)
    return plan_of(model, decision, "optimal"), decision


def _exact(model: HomeModel, budget: Budget) -> tuple[HomePlan, Decision]:
    exclusive = Exclusive(
        np.flatnonzero(model.tariff.export_price_per_kwh > model.tariff.import_price_per_kwh), {}
    )
    plan, decision, simultaneous = _solve(model, budget, exclusive)
    if simultaneous and plan.lower_bound is not None and not budget.is_met(plan.costs.cost, plan.lower_bound):
        # Burning energy pays somewhere (a negative price): there the sign of each store must be chosen by an
        # integer.
        exclusive = Exclusive(
            exclusive.meter, {k: np.arange(s.steps) for k, s in enumerate(model.stores) if s.discharges}
        )
        plan, decision, _ = _solve(model, budget, exclusive)
    return plan, decision


def _solve(model: HomeModel, budget: Budget, exclusive: Exclusive) -> tuple[HomePlan, Decision, bool]:
    """Relax, round, and search where rounding is not good enough; whether stores charged and discharged at
    once comes third."""
    problem = HomeProblem(model, exclusive)
    solver = HomeSolver(problem)
    relaxed = solver.relax()
    bound, columns = relaxed.bound, relaxed.columns
    notes: list[str] = []
    simultaneous = _simultaneous(problem, columns)
    whole = not solver.has_integers
    decision = one_direction(model, problem.decision(columns))
    if not whole and problem.columns.starts:
        try:
            columns = solver.with_starts(decision).columns
            decision = one_direction(model, problem.decision(columns))
            whole = not breaches(model, decision)
        except Infeasible:
            whole = False
    plan = plan_of(model, decision, "optimal")
    limited = False
    if solver.has_integers and not (whole and budget.is_met(plan.costs.cost, bound)):
        found = _search(problem, solver, columns if whole else None, budget, bound)
        bound, limited = max(bound, found.bound), found.hit_limit
        simultaneous = simultaneous or _simultaneous(problem, found.columns)
        decision = one_direction(model, problem.decision(found.columns))
        plan = plan_of(model, decision, "optimal")
    met = budget.is_met(plan.costs.cost, bound)
    if limited and not met:
        notes.append(
            f"the limit of {budget.seconds:g} s or {budget.nodes} nodes bound before the plan was proven: "
            f"at most {100 * (plan.costs.cost - bound) / max(abs(plan.costs.cost), 1e-9):.2f} % above the "
            "best one"
        )
    method: Method = (
        "optimal"
        if plan.costs.cost - bound <= 1e-6 * max(1.0, abs(bound))
        else "within_gap"
        if met
        else "incumbent"
    )
    # A bound cannot lie above a plan that exists: what is left is the solver's tolerance.
    bound = min(bound, plan.costs.cost)
    return (
        replace(plan, method=method, lower_bound=bound, notes=plan.notes + tuple(notes)),
        decision,
        simultaneous,
    )


def _search(
    problem: HomeProblem, solver: HomeSolver, incumbent: FloatArray | None, budget: Budget, bound: float
) -> Solution:
    """Branch on starts where they are all that must be whole; the solver's own search does the rest, and what
    is left over.

    A tenth of the tolerance is left to what repairing the point may cost.
    """
    tolerance = 0.9 * budget.tolerance(bound)
    if problem.is_whole_by_starts and problem.columns.starts:
        objective = np.inf if incumbent is None else float(problem.matrix.cost @ incumbent) + problem.constant
        found = StartSearch(problem, solver).run(
            incumbent, objective, tolerance, min(budget.nodes, _START_NODES)
        )
        if found.columns is not None and not found.exhausted:
            return Solution(found.columns, found.objective, found.bound)
        incumbent = incumbent if found.columns is None else found.columns
    return solver.search(incumbent, tolerance, budget.seconds, budget.nodes)


def one_direction(model: HomeModel, decision: Decision) -> Decision:
    """The decision with no store charging and discharging at once: the same content with less drawn from the
    meter."""
    stores = []
    for store, flows in zip(model.stores, decision.stores, strict=True):
        both = np.minimum(flows.charge_kw, flows.discharge_kw) > 0
        if not both.any():
            stores.append(flows)
            continue
        flow = store.gain_in * flows.charge_kw - store.gain_out * flows.discharge_kw
        charge = np.where(both, np.maximum(flow, 0.0) / store.gain_in, flows.charge_kw)
        discharge = np.where(both, np.maximum(-flow, 0.0) / store.gain_out, flows.discharge_kw)
        stores.append(StoreDecision(charge, discharge, flows.unserved_kwh))
    return replace(decision, stores=tuple(stores))


def _simultaneous(problem: HomeProblem, columns: FloatArray) -> bool:
    decision = problem.decision(columns)
    return any(
        bool(np.any(np.minimum(s.charge_kw, s.discharge_kw) > _SIMULTANEOUS_KW)) for s in decision.stores
    )


def _elastic(model: HomeModel, budget: Budget) -> tuple[HomePlan, Decision]:
    """Not all wishes fit: the plan that breaks the least, with what it breaks in words."""
    try:
        problem = HomeProblem(model, slack=_ELASTIC)
        found = HomeSolver(problem).search(None, budget.absolute_gap, budget.seconds, budget.nodes)
    except Infeasible:
        decision = without_platform(model)
        note = "no plan could be computed: the home runs as it would without the platform"
        return plan_of(
            model, decision, "none", notes=(note,), clashes=clashes_of(model, breaches(model, decision))
        ), decision
    decision = one_direction(model, problem.decision(found.columns))
    plan = plan_of(model, decision, "within_gap", clashes=clashes_of(model, breaches(model, decision)))
    note = "not all wishes can be met together: the plan gives way where it hurts least"
    return replace(plan, notes=(*plan.notes, note)), decision
