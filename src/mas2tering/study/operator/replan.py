"""A day that was planned is planned again from some time on, because forecasts have moved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.grid_day import DEAREST_PER_KWH, GridDayOutcome
from mas2tering.coordination.intraday import Replanned, replanned, underway
from mas2tering.coordination.local_market import MarketBudget, Party
from mas2tering.coordination.members import Standing
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import GridDay, PowerFlow, congestions
from mas2tering.home.compile import Carry
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import Decision, FixedLoad, Generation, HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.respond import HomeStanding, UnderContract, committed, still_possible
from mas2tering.study.compiled_homes import models_on
from mas2tering.study.connected import connected
from mas2tering.study.results import RunResult
from mas2tering.study.run_options import Progress

GENERATORS = frozenset({"pv", "wind"})


@dataclass(frozen=True)
class Moved:
    """What is expected now: ``courses`` in kW (steps,), both load and generation positive, by home and device; of all other
    devices that are forecast a share of what was expected."""

    courses: Mapping[tuple[str, str], FloatArray]
    generation: float = 1.0
    load: float = 1.0


@dataclass(frozen=True)
class ReplannedDay:
    """A day before and after it was planned again from ``first_step`` on. ``planned`` are the plans of the day before, ``idle`` what
    becomes of them if nobody does anything, ``after`` the new ones, all of the members; flows are those of the whole network."""

    axis: TimeAxis
    first_step: int
    planned: tuple[HomePlan, ...]
    idle: tuple[HomePlan, ...]
    after: tuple[HomePlan, ...]
    flows: tuple[GridDay, GridDay, GridDay]
    agreed_cost: tuple[float, float]
    outcome: Replanned

    def broken(self, which: int) -> int:
        """Broken limits from the first step on: of the plans (0), if nobody does anything (1), planned again (2)."""
        return sum(own.step >= self.first_step for own in congestions(self.flows[which]))


def replanned_day(
    run: RunResult,
    reader: ProfileReader,
    network: Network,
    first_step: int,
    moved: Moved,
    progress: Progress = lambda *_: None,
) -> ReplannedDay:
    """Plan the rest of a run's day again; the run has one day, with use case 3.

    Raises:
        InputError: load was shed on that day: what stands then are no plans that homes can keep to in full.
        PowerFlowError: the network cannot carry what stands.
    """
    (day,) = run.days
    grid = day.grid
    if grid is None:
        raise ValueError("a run without use case 3; expected one with it")
    if grid.regime == "orange":
        found = "regime orange: load had to be shed"
        raise InputError([InputProblem(run.community.name, "", found, "a day whose plans can be kept to")])
    models = models_on(run.community, day.tariffs, reader, [Carry() for _ in run.community.homes])
    changed = [moved_model(model, moved, first_step) for model in models]
    alone = []
    for k, model in enumerate(models):
        alone.append(best_decision(model, Budget()))
        progress("each home as it was planned", k + 1, len(models))
    members = list(grid.market.members)
    party = _party(run.community, grid, models, changed, alone)
    stands = underway(party, [alone[k][1] for k in members], first_step)
    here = connected(run.community, network, day.axis.steps)
    before_kw, now_kw = here.other_kw.copy(), here.other_kw.copy()
    for k, place in enumerate(here.customer_of_home):
        if k not in members:
            before_kw[place] += alone[k][0].net_kw
            now_kw[place] += plan_of(changed[k], still_possible(changed[k], alone[k][1]), "rule").net_kw
    place_of = here.customer_of_home[members]
    now = Connected(network, place_of, now_kw)
    budget = MarketBudget(seed=0 if run.seed is None else run.seed)
    total = 2 * budget.rounds
    outcome = replanned(
        [stands],
        now,
        first_step,
        budget,
        dearest_per_kwh=DEAREST_PER_KWH,
        told=lambda _, number: progress("the rest of the day, rounds", min(number, total - 1), total),
    )
    planned, flow = _planned(grid), PowerFlow(network)
    flows = (
        flow.day(Connected(network, place_of, before_kw).load_kw([planned])),
        flow.day(now.load_kw([stands.plans])),
        flow.day(now.load_kw(outcome.plans)),
    )
    together = outcome.relief.together or outcome.market
    costs = grid.agreement.cost, together.agreements[0].cost
    return ReplannedDay(day.axis, first_step, planned, stands.plans, outcome.plans[0], flows, costs, outcome)


def moved_model(model: HomeModel, moved: Moved, first_step: int) -> HomeModel:
    """The home with what is expected now from a step on; what is over is as it was expected."""
    left = np.arange(model.axis.steps) >= first_step

    def course(device: str, kind: str, expected_kw: FloatArray) -> FloatArray:
        share = moved.generation if kind in GENERATORS else moved.load
        now_kw = moved.courses.get((model.home, device), share * expected_kw)
        return np.where(left, now_kw, expected_kw)

    def fixed(own: FixedLoad) -> FixedLoad:
        if own.kind in GENERATORS:
            return replace(own, power_kw=-course(own.device, own.kind, -own.power_kw))
        return (
            replace(own, power_kw=course(own.device, own.kind, own.power_kw))
            if own.kind == "fixed_load"
            else own
        )

    def source(own: Generation) -> Generation:
        return replace(own, available_kw=course(own.device, own.kind, own.available_kw))

    return replace(
        model, fixed=tuple(map(fixed, model.fixed)), generation=tuple(map(source, model.generation))
    )


def _planned(grid: GridDayOutcome) -> tuple[HomePlan, ...]:
    """The plans of members that stand: those ordered, else those of the market, where it was worth while."""
    market = grid.market
    if grid.relief.together is not None or market.settlement.worthwhile:
        return grid.agreement.plans
    return market.alone_of_members


def _party(
    community: Community,
    grid: GridDayOutcome,
    models: Sequence[HomeModel],
    changed: Sequence[HomeModel],
    alone: Sequence[tuple[HomePlan, Decision]],
) -> Party:
    """The members with what is expected now, and what stands of them."""
    members = grid.market.members
    standing = grid.agreement.standing
    if grid.relief.together is None and not grid.market.settlement.worthwhile:
        homes = [
            HomeStanding(committed(models[k], alone[k][0], alone[k][1].cogeneration), alone[k][1], stays=True)
            for k in members
        ]
        standing = Standing.of(standing.price_per_kwh, homes, standing.limit_price_per_kwh[:0])
    contracts = [
        None if home.aggregation is None else UnderContract(home.aggregation, alone[k][1])
        for k, home in enumerate(community.homes)
    ]
    return Party(
        [changed[k] for k in members],
        [alone[k][0] for k in members],
        community.local_charges,
        standing,
        [contracts[k] for k in members],
        grid.market.requests.requested if grid.market.requests.deliveries else None,
    )
