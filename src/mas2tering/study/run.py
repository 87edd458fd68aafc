"""Planning the days of a community, home by home, in every use case asked for."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import GridDay
from mas2tering.home.compile import Carry
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_decision, best_plan
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform
from mas2tering.study.agreed_days import Alone, planned_alone, relieved_day, traded
from mas2tering.study.compiled_homes import models_on, tariffs_on
from mas2tering.study.connected import connected, flows_of
from mas2tering.study.lived.course import carried
from mas2tering.study.lived.run import lived_run
from mas2tering.study.results import DayResult, RunResult, UseCase
from mas2tering.study.run_options import Progress, RunOptions
from mas2tering.study.run_warnings import warnings_of
from mas2tering.study.season.account import RunSeason, run_season
from mas2tering.study.season.agreed import AgreedDay, lived_as_planned


def run_community(
    community: Community, reader: ProfileReader, options: RunOptions, progress: Progress = lambda *_: None
) -> RunResult:
    """Plan each day of each home; from one day to the next, stores keep what they hold, in each use case
    their own.

    Raises:
        InputError: a profile or a price is missing for these days (every such problem, not just the first).
    """
    carries: dict[UseCase, list[Carry]] = {
        name: [Carry() for _ in community.homes] for name in options.use_cases
    }
    seconds: dict[UseCase, float] = dict.fromkeys(options.use_cases, 0.0)
    cpu_seconds: dict[UseCase, float] = dict.fromkeys(options.use_cases, 0.0)
    days: list[DayResult] = []
    overloads: list[str] = []
    agreed: list[AgreedDay] = []
    for number in range(options.days):
        day = options.first_day + timedelta(days=number)
        axis = TimeAxis.of_days(
            day, community.time_zone, options.step_minutes, day_starts_at=community.day_starts_at
        )
        tariffs = tariffs_on(community, axis, reader)
        plans: dict[UseCase, tuple[HomePlan, ...]] = {}
        begins = dict(carries)
        found_alone: tuple[Alone, ...] = ()
        market: MarketDay | None = None
        grid: GridDayOutcome | None = None
        for use_case in options.use_cases:
            label = f"{day}: {DESCRIPTIONS[use_case]}"
            models = models_on(community, tariffs, reader, carries[use_case])
            if use_case == "1" and number == 0:
                progress("loading compiled code (made at first use, which takes half a minute)", 0, 1)
                _load_compiled_code(models, options.budget)
                progress("loading compiled code (made at first use, which takes half a minute)", 1, 1)
            if use_case in ("2", "3"):
                found_alone = planned_alone(
                    models, found_alone, carries[use_case], options.budget, progress, str(day)
                )
            # What homes are bound to before the grid is asked: the same day of use case 2, where homes begin it alike.
            bound = market if use_case == "3" and begins.get("2") == begins["3"] else None
            began, began_cpu = time.perf_counter(), time.process_time()
            if use_case == "2":
                market = traded(community, models, found_alone, options, progress, label)
                plans[use_case] = market.plans
            elif use_case == "3":
                bound = bound or traded(community, models, found_alone, options, progress, label)
                grid = relieved_day(community, models, bound, found_alone, options, progress, label)
                plans[use_case] = grid.plans
                agreed.append(lived_as_planned(grid, models, [own for _, own in found_alone]))
            else:
                made = []
                for k, model in enumerate(models):
                    made.append(_plan(model, use_case, options.budget))
                    progress(label, k + 1, len(models))
                plans[use_case] = tuple(plan for plan, _ in made)
                if use_case == "1":
                    found_alone = tuple(made)
            seconds[use_case] += time.perf_counter() - began
            cpu_seconds[use_case] += time.process_time() - began_cpu
            carries[use_case] = [carried(plan) for plan in plans[use_case]]
        flows: Mapping[UseCase, GridDay] = {}
        if options.network is not None:
            flows, beyond = flows_of(connected(community, options.network, axis.steps), plans)
            overloads.extend(f"{day}: {what}" for what in beyond)
        days.append(DayResult(day, axis, plans, tariffs, market, grid, flows))
    turned_out: list[AgreedDay] = []
    lived = lived_run(community, reader, options, days, progress, turned_out.append)
    season = _season(community, options, turned_out or agreed, progress)
    return RunResult(
        community=community,
        days=tuple(days),
        seed=options.seed,
        scenario=options.scenario,
        warnings=(*options.notes, *warnings_of(days, community), *overloads, *(lived.notes if lived else ())),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        lived=lived,
        season=season,
    )


def _season(
    community: Community, options: RunOptions, agreed: Sequence[AgreedDay], progress: Progress
) -> RunSeason | None:
    """The days by the season's rule, as they turned out where they were lived, else as they were planned."""
    if options.network is None or not agreed:
        return None
    network, last_day = options.network, options.first_day + timedelta(days=options.days - 1)
    progress("settling congested days by the season's rule", 0, 1)

    def flow(plans: Sequence[HomePlan]) -> GridDay | None:
        return flows_of(connected(community, network, plans[0].axis.steps), {"3": plans})[0].get("3")

    found = run_season(agreed, community, last_day, options.seed, flow)
    progress("settling congested days by the season's rule", 1, 1)
    return found


DESCRIPTIONS: dict[UseCase, str] = {
    "none": "without the platform",
    "rule": "by the self-consumption rule",
    "1": "use case 1, the best plan of each home",
    "2": "use case 2, the local market",
    "3": "use case 3, within the limits of the grid",
}


def _load_compiled_code(models: Sequence[HomeModel], budget: Budget) -> None:
    """Plan one home of each sort that needs compiled code, so that the times of planning do not hold its loading."""
    for sort in ([m for m in models if m.stores], [m for m in models if m.cogeneration]):
        for model in sort[:1]:
            best_plan(model, budget)


def _plan(model: HomeModel, use_case: UseCase, budget: Budget) -> Alone:
    return best_decision(model, budget) if use_case == "1" else _by_rule(model, use_case)


def _by_rule(model: HomeModel, use_case: UseCase) -> Alone:
    decision = without_platform(model) if use_case == "none" else self_consumption(model)
    notes = tuple(
        f"goes beyond its fuse of {model.fuse_kw:g} kW by {breach.amount:.1f} kW at {model.axis.label(breach.step)}"
        for breach in breaches(model, decision)
        if breach.kind == "fuse"
    )
    return plan_of(model, decision, "none" if use_case == "none" else "rule", notes=notes), decision
