"""The best plan, good enough and in time: bound, rounding, search, and what to fall back on."""

from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import HomePlan, Method
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, FloatArray, HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.branching import StartSearch
from mas2tering.home.optimise.elastic import clashes_of
from mas2tering.home.optimise.gathering import gathered
from mas2tering.home.optimise.machines import plan_with_machines
from mas2tering.home.optimise.repair import one_direction
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, NothingFound, Solution
from mas2tering.home.optimise.store_alone import plan_store_alone
from mas2tering.home.optimise.variants import Exclusive, Slack
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform

_SIMULTANEOUS_KW = 1e-6
# Beyond so many relaxations the solver's general search is the better bet.
_START_NODES = 600
# How often a search goes on with a tolerance that fits what it found.
_SEARCHES = 4
# Up to so many steps the solver's search proves a home with cogeneration in about a second; a day of
# quarter-hours takes it ten and more, for a bound and hardly ever a better plan.
_SEARCHED_STEPS = 48
# Far above any price of energy, so that an elastic plan breaks a limit only where nothing else is left; the
# fuse last of all.
_ELASTIC = Slack(fuse_per_kwh=1000.0, due_per_kwh=20.0)


@dataclass(frozen=True)
class Budget:
    """What a plan may take, and how good it must be.

    The search stops when (cost - bound) <= max(gap |cost|, absolute_gap), after ``nodes`` nodes, or at the
    latest when all searches of the home have taken ``seconds`` together (a limit that binds is said in the
    plan's notes, since the result then depends on the machine).
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


@dataclass
class _Allowance:
    """Seconds that the searches of one home have left together."""

    seconds: float

    def search(
        self, solver: HomeSolver, incumbent: FloatArray | None, tolerance: float, nodes: int
    ) -> Solution:
        """The solver's search, within what is left."""
        before = solver.seconds
        try:
            return solver.search(incumbent, tolerance, self.seconds, nodes)
        finally:
            self.seconds -= solver.seconds - before


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
    left = _Allowance(budget.seconds)
    rules: list[tuple[Method, Decision]] = [
        ("none", without_platform(model)),
        ("rule", self_consumption(model)),
    ]
    kept = [(method, decision) for method, decision in rules if not breaches(model, decision)]
    if not model.is_flexible:
        plan, decision = plan_of(model, rules[0][1], "optimal"), rules[0][1]
        plan = replace(plan, lower_bound=plan.costs.cost)
    else:
        try:
            plan, decision = (_with_machines if model.cogeneration else _exact)(model, budget, left)
        except Infeasible:
            plan, decision = _elastic(model, budget)
        except NothingFound:
            plan, decision = _by_rule(model, kept) if kept else _elastic(model, budget)
        plan, decision = gathered(model, *_cheapest(model, plan, decision, kept))
    # Whoever made it: a plan that breaks something says so.
    return replace(plan, clashes=plan.clashes + clashes_of(model, breaches(model, decision))), decision


def _by_rule(model: HomeModel, kept: list[tuple[Method, Decision]]) -> tuple[HomePlan, Decision]:
    """The cheaper rule's plan, where the search found nothing in its limits."""
    note = "the limit bound before any better plan than the rule's was found"
    plans = [(plan_of(model, decision, method, notes=(note,)), decision) for method, decision in kept]
    return min(plans, key=lambda pair: pair[0].costs.cost)


def _cheapest(
    model: HomeModel, plan: HomePlan, decision: Decision, kept: list[tuple[Method, Decision]]
) -> tuple[HomePlan, Decision]:
    """The plan, unless a rule's plan that keeps all limits is cheaper (it can be, within the gap)."""
    best, chosen = plan, decision
    own_notes = plan.notes[len(model.notes) :]
    for method, candidate in kept:
        rival = plan_of(model, candidate, method, plan.lower_bound, own_notes)
        if rival.costs.cost < best.costs.cost - 1e-12:
            proven = plan.method if plan.method in ("optimal", "within_gap") else rival.method
            best, chosen = replace(rival, method=proven), candidate
    return best, chosen


def _with_machines(model: HomeModel, budget: Budget, left: _Allowance) -> tuple[HomePlan, Decision]:
    """Whole schedules of the machines; the plain search goes on where they break a limit, or where their gap is
    too wide and the day has few enough steps for it."""
    bound = -np.inf
    found: tuple[HomePlan, Decision] | None = None
    try:
        plan, decision = plan_with_machines(model, lambda rest: _rest(rest, budget, left), budget.tolerance)
    except (Infeasible, NothingFound):
        pass
    else:
        bound = -np.inf if plan.lower_bound is None else plan.lower_bound
        if not breaches(model, decision):
            found = (plan, decision)
            if budget.is_met(plan.costs.cost, bound) or model.axis.steps > _SEARCHED_STEPS:
                return _graded(plan, bound, budget), decision
    try:
        plan, decision = _exact(model, budget, left)
    except NothingFound:
        if found is None:
            raise
        return _graded(found[0], bound, budget), found[1]
    bound = max(bound, -np.inf if plan.lower_bound is None else plan.lower_bound)
    if found is not None and found[0].costs.cost < plan.costs.cost:
        plan, decision = replace(found[0], notes=plan.notes), found[1]
    return _graded(plan, bound, budget), decision


def _graded(plan: HomePlan, bound: float, budget: Budget) -> HomePlan:
    """The plan with what its bound proves of it; where that is less than was wanted, a note says how much."""
    cost = plan.costs.cost
    # A bound cannot lie above a plan that exists: what is left is the solver's tolerance.
    bound = min(bound, cost)
    notes = plan.notes
    if cost - bound <= 1e-6 * max(1.0, abs(bound)):
        method: Method = "optimal"
    elif budget.is_met(cost, bound):
        method = "within_gap"
    else:
        method = "incumbent"
        share = 100 * (cost - bound) / max(abs(cost), 1e-9)
        notes = (*notes, f"not proven to {100 * budget.gap:g} %: at most {share:.2f} % above the best plan")
    return replace(plan, method=method, lower_bound=bound, notes=notes)


def _rest(model: HomeModel, budget: Budget, left: _Allowance) -> tuple[HomePlan, Decision]:
    """The plan of a home without machines, which may have nothing left to decide."""
    if model.is_flexible:
        return _exact(model, budget, left)
    decision = without_platform(model)
    return plan_of(model, decision, "optimal"), decision


def _exact(model: HomeModel, budget: Budget, left: _Allowance) -> tuple[HomePlan, Decision]:
    exclusive = _meter_signs(model)
    alone = plan_store_alone(model) if len(exclusive.meter) else None
    if alone is not None and not breaches(model, alone):
        plan = plan_of(model, alone, "optimal")
        return replace(plan, lower_bound=plan.costs.cost), alone
    plan, decision, simultaneous = _solve(model, budget, left, exclusive)
    if simultaneous and plan.lower_bound is not None and not budget.is_met(plan.costs.cost, plan.lower_bound):
        # Burning energy pays somewhere (a negative price): there the sign of each store must be chosen by an
        # integer.
        exclusive = Exclusive(
            exclusive.meter, {k: np.arange(s.steps) for k, s in enumerate(model.stores) if s.discharges}
        )
        plan, decision, _ = _solve(model, budget, left, exclusive)
    return plan, decision


def _solve(
    model: HomeModel, budget: Budget, left: _Allowance, exclusive: Exclusive
) -> tuple[HomePlan, Decision, bool]:
    """Relax, round, and search where rounding is not good enough; whether stores charged and discharged at
    once comes third."""
    problem = HomeProblem(model, exclusive)
    solver = HomeSolver(problem)
    relaxed = solver.relax()
    bound, columns = relaxed.bound, relaxed.columns
    simultaneous = _simultaneous(problem, columns)
    whole = not solver.has_integers
    decision = one_direction(model, problem.decision(columns))
    if not whole and problem.columns.starts:
        try:
            columns = solver.with_starts(decision).columns
            decision = one_direction(model, problem.decision(columns))
            whole = not breaches(model, decision)
        except (Infeasible, NothingFound):
            whole = False
    plan = plan_of(model, decision, "optimal")
    limited = False
    # What a tenth of a per cent is, the plan's cost says: a relaxation can lie far below it.
    scale = min(abs(bound), abs(plan.costs.cost)) if whole else abs(bound)
    for _ in range(_SEARCHES):
        if not solver.has_integers or limited or (whole and budget.is_met(plan.costs.cost, bound)):
            break
        tolerance = 0.9 * budget.tolerance(scale)
        found = _search(problem, solver, columns if whole else None, budget, left, tolerance)
        bound, limited, columns, whole = max(bound, found.bound), found.hit_limit, found.columns, True
        simultaneous = simultaneous or _simultaneous(problem, columns)
        decision = one_direction(model, problem.decision(columns))
        plan = plan_of(model, decision, "optimal")
        if abs(plan.costs.cost) >= scale:
            break
        scale = abs(plan.costs.cost)
    if limited and not budget.is_met(plan.costs.cost, bound):
        note = f"the limit of {budget.seconds:g} s or {budget.nodes} nodes bound"
        plan = replace(plan, notes=(*plan.notes, note))
    return _graded(plan, bound, budget), decision, simultaneous


def _search(
    problem: HomeProblem,
    solver: HomeSolver,
    incumbent: FloatArray | None,
    budget: Budget,
    left: _Allowance,
    tolerance: float,
) -> Solution:
    """Branch on starts where they are all that must be whole; the solver's own search does the rest, and what
    is left over."""
    if problem.is_whole_by_starts and problem.columns.starts:
        objective = np.inf if incumbent is None else float(problem.matrix.cost @ incumbent) + problem.constant
        found = StartSearch(problem, solver).run(
            incumbent, objective, tolerance, min(budget.nodes, _START_NODES)
        )
        if found.columns is not None and not found.exhausted:
            return Solution(found.columns, found.objective, found.bound)
        incumbent = incumbent if found.columns is None else found.columns
    return left.search(solver, incumbent, tolerance, budget.nodes)


def _simultaneous(problem: HomeProblem, columns: FloatArray) -> bool:
    decision = problem.decision(columns)
    return any(
        bool(np.any(np.minimum(s.charge_kw, s.discharge_kw) > _SIMULTANEOUS_KW)) for s in decision.stores
    )


def _elastic(model: HomeModel, budget: Budget) -> tuple[HomePlan, Decision]:
    """Not all wishes fit: the plan that breaks the least; nothing is proven of its cost."""
    try:
        problem = HomeProblem(model, _meter_signs(model), slack=_ELASTIC)
        found = HomeSolver(problem).search(None, budget.absolute_gap, budget.seconds, budget.nodes)
    except (Infeasible, NothingFound):
        decision = without_platform(model)
        note = "no plan could be computed: the home runs as it would without the platform"
        return plan_of(model, decision, "none", notes=(note,)), decision
    decision = one_direction(model, problem.decision(found.columns))
    note = "not all wishes can be met together: the plan gives way where it hurts least"
    return plan_of(model, decision, "incumbent", notes=(note,)), decision


def _meter_signs(model: HomeModel) -> Exclusive:
    """Where feeding in is dearer than drawing, an integer keeps the meter from doing both if it could."""
    tariff = model.tariff
    draw, feed = model.reach_kw
    pays = tariff.export_price_per_kwh > tariff.import_price_per_kwh
    return Exclusive(np.flatnonzero(pays & (draw > 0.0) & (feed > 0.0)), {})
