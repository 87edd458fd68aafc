"""Planning the days of a community, home by home, in every use case asked for."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis
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
    planning = _Planning(community, reader, options, progress)
    for number in range(options.days):
        planning.plan_day(options.first_day + timedelta(days=number))
    turned_out: list[AgreedDay] = []
    days = planning.days
    lived = lived_run(community, reader, options, days, progress, turned_out.append)
    season = _season(community, options, turned_out or planning.agreed, progress)
    said = (*options.notes, *warnings_of(days, community), *planning.overloads)
    return RunResult(
        community=community,
        days=tuple(days),
        seed=options.seed,
        scenario=options.scenario,
        warnings=(*said, *(lived.notes if lived else ())),
        seconds=planning.seconds,
        cpu_seconds=planning.cpu_seconds,
        lived=lived,
        season=season,
    )


class _Planning:
    """Days planned one after another: what stores hold goes over to the next day in each use case by itself."""

    def __init__(
        self, community: Community, reader: ProfileReader, options: RunOptions, progress: Progress
    ) -> None:
        self._community, self._reader, self._options, self._progress = community, reader, options, progress
        self._carries: dict[UseCase, list[Carry]] = {
            name: [Carry() for _ in community.homes] for name in options.use_cases
        }
        self._loaded = False
        self.seconds: dict[UseCase, float] = dict.fromkeys(options.use_cases, 0.0)
        self.cpu_seconds: dict[UseCase, float] = dict.fromkeys(options.use_cases, 0.0)
        self.days: list[DayResult] = []
        self.overloads: list[str] = []
        self.agreed: list[AgreedDay] = []

    def plan_day(self, day: date) -> None:
        """Plan one day more in every use case."""
        community, options = self._community, self._options
        axis = TimeAxis.of_days(
            day, community.time_zone, options.step_minutes, day_starts_at=community.day_starts_at
        )
        own = _PlannedDay(day, tariffs_on(community, axis, self._reader), dict(self._carries))
        for use_case in options.use_cases:
            models = models_on(community, own.tariffs, self._reader, self._carries[use_case])
            if use_case == "1":
                self._load_compiled_code(models)
            if use_case in ("2", "3"):
                own.alone = planned_alone(
                    models, own.alone, self._carries[use_case], options.budget, self._progress, str(day)
                )
            began, began_cpu = time.perf_counter(), time.process_time()
            own.plans[use_case] = self._planned(own, use_case, models)
            self.seconds[use_case] += time.perf_counter() - began
            self.cpu_seconds[use_case] += time.process_time() - began_cpu
            self._carries[use_case] = [carried(plan) for plan in own.plans[use_case]]
        flows: Mapping[UseCase, GridDay] = {}
        if options.network is not None:
            flows, beyond = flows_of(connected(community, options.network, axis.steps), own.plans)
            self.overloads.extend(f"{day}: {what}" for what in beyond)
        self.days.append(DayResult(day, axis, own.plans, own.tariffs, own.market, own.grid, flows))

    def _planned(
        self, own: "_PlannedDay", use_case: UseCase, models: Sequence[HomeModel]
    ) -> tuple[HomePlan, ...]:
        """The plans of all homes in a use case."""
        community, options, progress = self._community, self._options, self._progress
        label = f"{own.day}: {DESCRIPTIONS[use_case]}"
        if use_case == "2":
            own.market = traded(community, models, own.alone, options, progress, label)
            return own.market.plans
        if use_case == "3":
            # What homes are bound to before the grid is asked: the same day of use case 2, where homes begin it alike.
            bound = own.market if own.begins.get("2") == own.begins["3"] else None
            bound = bound or traded(community, models, own.alone, options, progress, label)
            own.grid = relieved_day(community, models, bound, own.alone, options, progress, label)
            self.agreed.append(lived_as_planned(own.grid, models, [decision for _, decision in own.alone]))
            return own.grid.plans
        made = []
        for k, model in enumerate(models):
            made.append(_plan(model, use_case, options.budget))
            progress(label, k + 1, len(models))
        if use_case == "1":
            own.alone = tuple(made)
        return tuple(plan for plan, _ in made)

    def _load_compiled_code(self, models: Sequence[HomeModel]) -> None:
        """Plan one home of each sort that needs compiled code, once, so that the times of planning do not hold its loading."""
        if self._loaded:
            return
        self._loaded = True
        what = "loading compiled code (made at first use, which takes half a minute)"
        self._progress(what, 0, 1)
        for sort in ([m for m in models if m.stores], [m for m in models if m.cogeneration]):
            for model in sort[:1]:
                best_plan(model, self._options.budget)
        self._progress(what, 1, 1)


@dataclass
class _PlannedDay:
    """A day under way: what each use case begins it with, and what is planned so far."""

    day: date
    tariffs: tuple[TariffOnAxis, ...]
    begins: Mapping[UseCase, Sequence[Carry]]
    alone: tuple[Alone, ...] = ()
    market: MarketDay | None = None
    grid: GridDayOutcome | None = None
    plans: dict[UseCase, tuple[HomePlan, ...]] = field(default_factory=dict)


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
