"""Homes with cogeneration: whole schedules of the machine as columns, priced by its exact answer.

As one integer programme, on and off of 96 steps with minimum times leaves a weak relaxation and a search of
many seconds. Over whole schedules, with the rest of the home split by whether the machine runs, the relaxation is
nearly always a plan already; where programmes' starts are still mixed, they are branched on.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, FixedLoad, HomeModel
from mas2tering.home.optimise.branching import StartSearch
from mas2tering.home.optimise.loads import LoadSearch
from mas2tering.home.optimise.repair import one_direction
from mas2tering.home.optimise.schedules import Answerer, Schedule, ScheduleMaster

Found = tuple[HomePlan, Decision]
Rest = Callable[[HomeModel], Found]
"""Plans a home whose machines are fixed loads."""

_NODES = 150
_TURNS = 4
_MODULATED = 6
_TRIED = 3


def plan_with_machines(model: HomeModel, rest: Rest, tolerance: Callable[[float], float]) -> Found:
    """The best plan found for a home with cogeneration, with a lower bound.

    Raises:
        Infeasible: the rest of the home cannot be planned beside any schedule.
        NothingFound: no mix of the schedules that were tried fits.
    """
    machines = [Answerer(model, machine) for machine in model.cogeneration]
    if _is_alone(model):
        return _exact_answer(model, machines[0], rest)
    master = ScheduleMaster(model, machines, tolerance)
    mixed = master.relax()
    bound = mixed.bound
    best = _beside_the_heaviest(model, machines, master.schedules(mixed.columns), rest, tolerance, bound)
    cost = best[0].costs.cost
    if cost - bound > tolerance(cost):
        searched = StartSearch(master.problem, master, master.is_whole).run(
            None, cost, 0.9 * tolerance(cost), _NODES
        )
        bound = max(bound, searched.bound)
        if searched.columns is not None:
            best = _cheaper(best, _found(model, master, searched.columns))
    cost = best[0].costs.cost
    if cost - bound > tolerance(cost):
        tried = [
            replace(best[1], cogeneration=(made.run,))
            for made in master.schedules(mixed.columns)[0][:_MODULATED]
        ]
        best = _cheaper(best, _cheapest(model, _modulated(model, [best[1], *tried])))
    return replace(best[0], lower_bound=min(bound, best[0].costs.cost)), best[1]


def _found(model: HomeModel, master: ScheduleMaster, columns: FloatArray) -> Found | None:
    """The plan that a whole point of the master stands for, None where its repair breaks a limit."""
    runs = tuple(made[0].run for made in master.schedules(columns))
    decision = one_direction(model, replace(master.problem.decision(columns), cogeneration=runs))
    return _cheapest(model, [decision, *_modulated(model, [decision])])


def _modulated(model: HomeModel, decisions: list[Decision]) -> list[Decision]:
    """The best that can be made of decisions' states and starts with everything else planned anew, loads too; none
    where no machine modulates, or several are there."""
    if len(model.cogeneration) > 1 or model.cogeneration[0].knows_on_and_off_only:
        return []
    return LoadSearch(model).run(decisions)


def _cheapest(model: HomeModel, decisions: list[Decision]) -> Found | None:
    """The plan of the cheapest decision that keeps all limits."""
    kept = [decision for decision in decisions if not breaches(model, decision)]
    plans = [(plan_of(model, decision, "within_gap"), decision) for decision in kept]
    return min(plans, key=lambda found: found[0].costs.cost, default=None)


def _cheaper(first: Found, second: Found | None) -> Found:
    return first if second is None or first[0].costs.cost <= second[0].costs.cost else second


def _is_alone(model: HomeModel) -> bool:
    """Whether one machine that knows on and off only is all that the home has to decide."""
    curtails = bool(model.generation) and bool(np.any(model.tariff.export_price_per_kwh < 0))
    return (
        len(model.cogeneration) == 1
        and not (model.stores or model.chains or curtails)
        and model.cogeneration[0].knows_on_and_off_only
        and model.tariff.capacity_charge is None
    )


def _exact_answer(model: HomeModel, machine: Answerer, rest: Rest) -> Found:
    """The best plan where nothing else moves: what running is worth in a step is then known, meter and
    all."""
    _, decision = rest(replace(model, cogeneration=()))
    idle = plan_of(replace(model, cogeneration=()), decision, "optimal")
    power_kw = machine.machine.electrical_kw[1]
    _, schedule = machine.answer(_price_beside(model.tariff, idle.net_kw, power_kw))
    whole = replace(decision, cogeneration=(schedule.run,))
    plan = plan_of(model, whole, "optimal")
    return replace(plan, lower_bound=plan.costs.cost), whole


def _beside_the_heaviest(
    model: HomeModel,
    machines: list[Answerer],
    mixes: list[list[Schedule]],
    rest: Rest,
    tolerance: Callable[[float], float],
    bound: float,
) -> Found:
    """The best plan beside one of the heaviest schedules; machines of one home (there is hardly ever more than
    one) change together."""
    best: Found | None = None
    for position in range(min(_TRIED, *(len(mix) for mix in mixes))):
        found = _in_turns(model, machines, [mix[position] for mix in mixes], rest)
        best = found if best is None else _cheaper(best, found)
        if best[0].costs.cost - bound <= tolerance(best[0].costs.cost):
            break
    if best is None:
        raise AssertionError("a master without schedules")
    return best


def _in_turns(model: HomeModel, machines: list[Answerer], schedules: list[Schedule], rest: Rest) -> Found:
    """Plan the rest beside the schedules, then each machine beside the rest, as long as that helps."""
    best: Found | None = None
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


def _as_load(answerer: Answerer, schedule: Schedule) -> FixedLoad:
    machine = answerer.machine
    return FixedLoad(machine.device, machine.kind, machine.phase, schedule.power_kw, schedule.costs)


def _price_beside(tariff: TariffOnAxis, others_kw: FloatArray, power_kw: float) -> FloatArray:
    """What a kWh of generation at ``power_kw`` is worth beside the load of the others: part of it saves
    import, part is fed in."""
    saved = np.clip(others_kw / power_kw, 0.0, 1.0)
    return np.asarray(saved * tariff.import_price_per_kwh + (1 - saved) * tariff.export_price_per_kwh)
