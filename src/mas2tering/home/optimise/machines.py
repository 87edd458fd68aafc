"""Homes with cogeneration: whole schedules of the machine as columns, priced by its exact answer.

As one integer programme, on and off of 96 steps with minimum times leaves a weak relaxation and a search of
many seconds. Over whole schedules the relaxation is tight (Dantzig and Wolfe, doi:10.1287/opre.8.1.101): the
master mixes schedules, the machine answers the master's prices with its best schedule by dynamic programming,
and master cost plus what the best schedule would still save is a lower bound. A plan comes from single
schedules: the heaviest of the mix, each improved in turns with the rest of the home.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.evaluate import judged_devices, plan_of
from mas2tering.home.model import Cogeneration, CogenerationDecision, Decision, FixedLoad, HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.solve import HomeSolver
from mas2tering.home.rules.without_platform import without_platform

Rest = Callable[[HomeModel], tuple[HomePlan, Decision]]
"""Plans a home whose machines are fixed loads."""

_ROUNDS = 40
_TURNS = 4
_TRIED = 3


@dataclass(frozen=True)
class _Schedule:
    """One run of one machine: its decision, power at the meter (kW), and costs beside the bill."""

    run: CogenerationDecision
    power_kw: FloatArray
    costs: Costs


def plan_with_machines(
    model: HomeModel, rest: Rest, tolerance: Callable[[float], float]
) -> tuple[HomePlan, Decision]:
    """The best plan found for a home with cogeneration, with a lower bound.

    Raises:
        Infeasible: the rest of the home cannot be planned beside any schedule.
    """
    machines = [_Answerer(model, machine) for machine in model.cogeneration]
    if _is_alone(model):
        return _exact_answer(model, machines[0], rest)
    bound, mixes = _master(model, machines, tolerance)
    best: tuple[HomePlan, Decision] | None = None
    for choice in _choices(mixes):
        found = _in_turns(model, machines, list(choice), rest)
        if best is None or found[0].costs.cost < best[0].costs.cost:
            best = found
        if best[0].costs.cost - bound <= tolerance(best[0].costs.cost):
            break
    if best is None:
        raise AssertionError("a master without schedules")
    return replace(best[0], lower_bound=min(bound, best[0].costs.cost)), best[1]


def _is_alone(model: HomeModel) -> bool:
    """Whether one machine that knows on and off only is all that the home has to decide."""
    machine = model.cogeneration[0]
    curtails = bool(model.generation) and bool(np.any(model.tariff.export_price_per_kwh < 0))
    return (
        len(model.cogeneration) == 1
        and not (model.stores or model.chains or curtails)
        and machine.electrical_kw[0] == machine.electrical_kw[1]
        and model.tariff.capacity_charge is None
    )


def _exact_answer(model: HomeModel, machine: "_Answerer", rest: Rest) -> tuple[HomePlan, Decision]:
    """The best plan where nothing else moves: what running is worth in a step is then known, meter and
    all."""
    _, decision = rest(replace(model, cogeneration=()))
    idle = plan_of(replace(model, cogeneration=()), decision, "optimal")
    power_kw = machine.machine.electrical_kw[1]
    _, schedule = machine.answer(_price_beside(model.tariff, idle.net_kw, power_kw))
    whole = replace(decision, cogeneration=(schedule.run,))
    plan = plan_of(model, whole, "optimal")
    return replace(plan, lower_bound=plan.costs.cost), whole


class _Answerer:
    """A machine that answers prices with its best schedule."""

    def __init__(self, model: HomeModel, machine: Cogeneration) -> None:
        # Imported here: compiled code is loaded only in homes that have such a machine.
        from mas2tering.home.answer import HomeBatch

        self.machine = machine
        self.alone = replace(model, fixed=(), generation=(), stores=(), chains=(), cogeneration=(machine,))
        self._batch = HomeBatch([self.alone])

    def answer(self, price_per_kwh: FloatArray) -> tuple[float, _Schedule]:
        """Cost at the price, and the schedule."""
        cost = float(self._batch.answer(price_per_kwh).cost[0])
        return cost, self.schedule(self._batch.decision(0).cogeneration[0])

    def schedule(self, run: CogenerationDecision) -> _Schedule:
        judged = judged_devices(self.alone, Decision((), (), (), (run,)))[0]
        return _Schedule(run, judged.plan.power_kw, judged.costs)


def _master(
    model: HomeModel, machines: list[_Answerer], tolerance: Callable[[float], float]
) -> tuple[float, list[list[tuple[float, _Schedule]]]]:
    """Mix schedules until no machine can better the mix; the bound, and for each machine its schedules by
    weight."""
    most_kw = sum(machine.machine.electrical_kw[1] for machine in machines)
    problem = HomeProblem(replace(model, cogeneration=()), later_feed_kw=most_kw)
    solver = HomeSolver(problem)
    rows = [solver.add_row_of_weights() for _ in machines]
    usual = without_platform(model).cogeneration
    columns: list[list[tuple[int, _Schedule]]] = [[] for _ in machines]

    def add(k: int, schedule: _Schedule) -> None:
        at, values = problem.power_entries(machines[k].machine.phase, schedule.power_kw)
        column = solver.add_column(schedule.costs.cost, np.append(at, rows[k]), np.append(values, 1.0))
        columns[k].append((column, schedule))

    for k, machine in enumerate(machines):
        add(k, machine.schedule(usual[k]))
        for price in (model.tariff.import_price_per_kwh, model.tariff.export_price_per_kwh):
            add(k, machine.answer(price)[1])
    bound = -np.inf
    weights = np.zeros(0)
    for _ in range(_ROUNDS):
        solution = solver.relax()
        weights = solution.columns
        price = solver.row_prices(problem.balance_rows) / model.axis.step_hours
        worth = solver.row_prices(np.array(rows))
        saved = 0.0
        for k, machine in enumerate(machines):
            cost, schedule = machine.answer(price)
            saved += min(0.0, cost - float(worth[k]))
            add(k, schedule)
        bound = max(bound, solution.objective + saved)
        if solution.objective - bound <= 0.1 * tolerance(bound):
            break
    by_weight = [
        sorted(
            ((float(weights[c]) if c < len(weights) else 0.0, s) for c, s in schedules),
            key=lambda pair: -pair[0],
        )
        for schedules in columns
    ]
    return float(bound), by_weight


def _choices(mixes: list[list[tuple[float, _Schedule]]]) -> list[list[_Schedule]]:
    """Schedules to try, heaviest first; machines of one home (there is hardly ever more than one) change
    together."""
    tried = min(_TRIED, *(len(mix) for mix in mixes))
    return [[mix[position][1] for mix in mixes] for position in range(tried)]


def _in_turns(
    model: HomeModel, machines: list[_Answerer], schedules: list[_Schedule], rest: Rest
) -> tuple[HomePlan, Decision]:
    """Plan the rest beside the schedules, then each machine beside the rest, as long as that helps."""
    best: tuple[HomePlan, Decision] | None = None
    for _ in range(_TURNS):
        beside = replace(
            model,
            cogeneration=(),
            fixed=model.fixed + tuple(_as_load(m, s) for m, s in zip(machines, schedules, strict=True)),
        )
        _, decision = rest(beside)
        whole = replace(decision, cogeneration=tuple(s.run for s in schedules))
        plan = plan_of(model, whole, "within_gap")
        if best is not None and plan.costs.cost >= best[0].costs.cost - 1e-9:
            break
        best = (plan, whole)
        others = plan.net_kw.copy()
        for k, machine in enumerate(machines):
            others -= schedules[k].power_kw
            schedules[k] = machine.answer(
                _price_beside(model.tariff, others, machine.machine.electrical_kw[1])
            )[1]
            others += schedules[k].power_kw
    if best is None:
        raise AssertionError("at least one turn is taken")
    return best


def _as_load(answerer: _Answerer, schedule: _Schedule) -> FixedLoad:
    machine = answerer.machine
    return FixedLoad(machine.device, machine.kind, machine.phase, schedule.power_kw, schedule.costs)


def _price_beside(tariff: TariffOnAxis, others_kw: FloatArray, power_kw: float) -> FloatArray:
    """What a kWh of generation at ``power_kw`` is worth beside the load of the others: part of it saves
    import, part is fed in."""
    saved = np.clip(others_kw / power_kw, 0.0, 1.0)
    return np.asarray(saved * tariff.import_price_per_kwh + (1 - saved) * tariff.export_price_per_kwh)
