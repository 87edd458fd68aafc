"""Planning the days of a community, home by home, in every use case asked for."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from mas2tering.coordination.grid_day import GridDayOutcome, grid_day
from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import MarketDay, market_day
from mas2tering.domain.community import Community, Home
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.network import Network
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileError, ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import GridDay
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.optimise import Budget, best_decision, best_plan
from mas2tering.home.respond import UnderContract
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform
from mas2tering.study.connected import connected, flows_of
from mas2tering.study.lived import LivedRun, carried, live_days
from mas2tering.study.lived_market import Agreeing, live_market_days
from mas2tering.study.outlooks import ForecastKind, outlooks_of
from mas2tering.study.proof import unproven_words
from mas2tering.study.registered import Registration, through_history
from mas2tering.study.results import DayResult, RunResult, UseCase

Progress = Callable[[str, int, int], None]
"""Told what is under way, how many homes are done, and of how many."""


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked for; ``notes`` on how its community was made stand first among its warnings. Without a
    ``network`` there is no use case 3. With another ``forecast`` than ``perfect`` days are lived too, from forecasts of what
    was measured before the first day, which ``past`` reads (the days' own reader where it is None); on the
    way to the forecasts what was measured goes through the database at ``history``, where one is named."""

    first_day: date
    days: int = 1
    step_minutes: int = 15
    use_cases: tuple[UseCase, ...] = ("none", "rule", "1")
    budget: Budget = field(default_factory=Budget)
    seed: int | None = None
    scenario: str | None = None
    notes: tuple[str, ...] = ()
    network: Network | None = None
    forecast: ForecastKind = "perfect"
    past: ProfileReader | None = None
    history: str | None = None


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
    for number in range(options.days):
        day = options.first_day + timedelta(days=number)
        axis = TimeAxis.of_days(
            day, community.time_zone, options.step_minutes, day_starts_at=community.day_starts_at
        )
        tariffs = tariffs_on(community, axis, reader)
        plans: dict[UseCase, tuple[HomePlan, ...]] = {}
        begins = dict(carries)
        found_alone: tuple[_Alone, ...] = ()
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
                found_alone = _alone(
                    models, found_alone, carries[use_case], options.budget, progress, str(day)
                )
            # What homes are bound to before the grid is asked: the same day of use case 2, where homes begin it alike.
            bound = market if use_case == "3" and begins.get("2") == begins["3"] else None
            began, began_cpu = time.perf_counter(), time.process_time()
            if use_case == "2":
                market = _traded(community, models, found_alone, options, progress, label)
                plans[use_case] = market.plans
            elif use_case == "3":
                bound = bound or _traded(community, models, found_alone, options, progress, label)
                grid = _relieved(community, models, bound, found_alone, options, progress, label)
                plans[use_case] = grid.plans
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
    lived = _lived(community, reader, options, days, progress)
    return RunResult(
        community=community,
        days=tuple(days),
        seed=options.seed,
        scenario=options.scenario,
        warnings=(*options.notes, *_warnings(days, community), *overloads, *(lived.notes if lived else ())),
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        lived=lived,
    )


def _lived(
    community: Community,
    reader: ProfileReader,
    options: RunOptions,
    planned: Sequence[DayResult],
    progress: Progress,
) -> LivedRun | None:
    """The days as they turn out, where they are planned on a forecast."""
    if options.forecast == "perfect":
        return None
    days, step = options.days, options.step_minutes
    past = reader if options.past is None else options.past
    outlooks = outlooks_of(options.forecast, community, reader, past, options.first_day, days, step)
    registration: Registration | None = None
    if options.history is not None:
        progress("readings on their way into the history", 0, 1)
        begin, last = (
            TimeAxis.of_days(day, community.time_zone, step, day_starts_at=community.day_starts_at).start
            for day in (options.first_day, options.first_day + timedelta(days=days - 1))
        )
        outlooks, registration = through_history(
            outlooks, community, options.history, begin, last, options.seed or 0
        )
        progress("readings on their way into the history", 1, 1)
    lived = live_days(
        community,
        reader,
        outlooks,
        options.first_day,
        days,
        step,
        options.budget,
        told=lambda done, total: progress("living the days as they turn out", done, total),
    )
    lived = replace(lived, registration=registration)
    if not {"1", "2"} <= set(options.use_cases):
        return lived
    if community.flexibility_requests:
        note = (
            "what use cases 2 and 3 keep on lived days is not said where buyers outside request flexibility"
        )
        return replace(lived, notes=(*lived.notes, note))
    beyond: list[str] = []
    market = live_market_days(
        community,
        reader,
        outlooks,
        planned,
        step,
        options.budget,
        _agreeing(community, options, beyond, progress),
        lived,
        lambda done, total: progress("living the days of the local market", done, total),
    )
    notes = tuple(dict.fromkeys((*lived.notes, *outlooks.failed, *market.notes, *beyond)))
    return replace(lived, market=market, notes=notes)


def _agreeing(community: Community, options: RunOptions, beyond: list[str], progress: Progress) -> Agreeing:
    """How days are agreed on by forecast; ``beyond`` gathers days that the network cannot carry."""
    label = "a day by forecast"

    def trade(models: Sequence[HomeModel], alone: Sequence[_Alone]) -> MarketDay:
        return _traded(community, models, alone, options, progress, label)

    def relieve(models: Sequence[HomeModel], market: MarketDay, alone: Sequence[_Alone]) -> GridDayOutcome:
        return _relieved(community, models, market, alone, options, progress, label)

    def flow(plans: Sequence[HomePlan]) -> GridDay | None:
        if options.network is None:
            return None
        here = connected(community, options.network, plans[0].axis.steps)
        found, cannot = flows_of(here, {"3": plans})
        beyond.extend(f"a day as it turned out: {words}" for words in cannot)
        return found.get("3")

    return Agreeing(trade, relieve if "3" in options.use_cases else None, flow)


DESCRIPTIONS: dict[UseCase, str] = {
    "none": "without the platform",
    "rule": "by the self-consumption rule",
    "1": "use case 1, the best plan of each home",
    "2": "use case 2, the local market",
    "3": "use case 3, within the limits of the grid",
}


_Alone = tuple[HomePlan, Decision]
"""A home's plan by itself, and the decision behind it."""


def _alone(
    models: Sequence[HomeModel],
    at_hand: tuple[_Alone, ...],
    carries: Sequence[Carry],
    budget: Budget,
    progress: Progress,
    day: str,
) -> tuple[_Alone, ...]:
    """Plans of use case 1 for homes in the state in which a use case has left them: those at hand on a first day."""
    if at_hand and list(carries) == [Carry() for _ in models]:
        return at_hand
    made = []
    for k, model in enumerate(models):
        made.append(best_decision(model, budget))
        progress(f"{day}: each home alone, in the state that the market left it in", k + 1, len(models))
    return tuple(made)


def _traded(
    community: Community,
    models: Sequence[HomeModel],
    alone: Sequence[_Alone],
    options: RunOptions,
    progress: Progress,
    label: str,
) -> MarketDay:
    """A day of the local market.

    Raises:
        InputError: no home's contract lets it be called.
    """
    contracts = _contracts(community, alone)
    if not any(under is None or under.contract.calls_per_day for under in contracts):
        found, expected = "0 in every home", "a home at least that may be called, for use case 2"
        raise InputError([InputProblem(community.name, "homes.aggregation.calls_per_day", found, expected)])
    budget = _market_budget(options)
    suppliers = [community.tariff_of(home).supplier for home in community.homes]
    total = 2 * budget.rounds
    return market_day(
        models,
        [plan for plan, _ in alone],
        suppliers,
        community.local_charges,
        community.currency,
        budget,
        lambda stage, number: progress(f"{label}: {_STAGES[stage]}", min(number, total - 1), total),
        contracts,
        requested=Requested.on(models[0].axis, community.flexibility_requests),
    )


def _relieved(
    community: Community,
    models: Sequence[HomeModel],
    market: MarketDay,
    alone: Sequence[_Alone],
    options: RunOptions,
    progress: Progress,
    label: str,
) -> GridDayOutcome:
    """The day with the distribution system operator.

    Raises:
        InputError: there is no network, or homes are no customers of it.
    """
    if options.network is None:
        found, expected = (
            "none",
            "a network, for use case 3: `network` in the community file, a folder or a file of one",
        )
        raise InputError([InputProblem(community.name, "network", found, expected)])
    budget = _market_budget(options)
    total = 2 * budget.rounds
    return grid_day(
        models,
        market,
        community.local_charges,
        connected(community, options.network, models[0].axis.steps),
        budget,
        dso="the distribution system operator",
        aggregator="the aggregator",
        currency=community.currency,
        contracts=_contracts(community, alone),
        told=lambda stage, number: progress(f"{label}: {_STAGES[stage]}", min(number, total - 1), total),
    )


def _market_budget(options: RunOptions) -> MarketBudget:
    return MarketBudget(seed=0 if options.seed is None else options.seed)


def _contracts(community: Community, alone: Sequence[_Alone]) -> list[UnderContract | None]:
    return [
        None if home.aggregation is None else UnderContract(home.aggregation, decision)
        for home, (_, decision) in zip(community.homes, alone, strict=True)
    ]


_STAGES = {
    "agreeing": "agreeing on the price, rounds",
    "settling": "agreeing around what is settled, rounds",
    "proving": "proving how good it is",
}


def _load_compiled_code(models: Sequence[HomeModel], budget: Budget) -> None:
    """Plan one home of each sort that needs compiled code, so that the times of planning do not hold its loading."""
    for sort in ([m for m in models if m.stores], [m for m in models if m.cogeneration]):
        for model in sort[:1]:
            best_plan(model, budget)


def _plan(model: HomeModel, use_case: UseCase, budget: Budget) -> _Alone:
    return best_decision(model, budget) if use_case == "1" else _by_rule(model, use_case)


def _by_rule(model: HomeModel, use_case: UseCase) -> _Alone:
    decision = without_platform(model) if use_case == "none" else self_consumption(model)
    notes = tuple(
        f"goes beyond its fuse of {model.fuse_kw:g} kW by {breach.amount:.1f} kW at {model.axis.label(breach.step)}"
        for breach in breaches(model, decision)
        if breach.kind == "fuse"
    )
    return plan_of(model, decision, "none" if use_case == "none" else "rule", notes=notes), decision


def tariffs_on(community: Community, axis: TimeAxis, reader: ProfileReader) -> tuple[TariffOnAxis, ...]:
    """Each home's tariff on an axis, in the order of the homes.

    Raises:
        InputError: market prices are missing; every such tariff is named.
    """
    used = {home.supply.tariff for home in community.homes}
    found: dict[str, TariffOnAxis] = {}
    problems = []
    for k, tariff in enumerate(community.tariffs):
        if tariff.id not in used:
            continue
        try:
            found[tariff.id] = tariff_on(axis, tariff, reader)
        except ProfileError as error:
            problems.append(
                InputProblem(community.name, f"tariffs[{k}] ({tariff.id})", error.found, error.expected)
            )
    if problems:
        raise InputError(problems)
    return tuple(found[home.supply.tariff] for home in community.homes)


def models_on(
    community: Community, tariffs: Sequence[TariffOnAxis], reader: ProfileReader, carries: Sequence[Carry]
) -> list[HomeModel]:
    """The models of all homes, in order, each in the state that a day before has left it in.

    Raises:
        InputError: profiles are missing; every one is named with its device.
    """
    models, problems = [], []
    for k, (home, tariff, carry) in enumerate(zip(community.homes, tariffs, carries, strict=True)):
        try:
            models.append(compile_home(home, tariff, reader, carry))
        except ProfileError:
            problems.extend(_profile_problems(community, k, home, tariff, reader))
    if problems:
        raise InputError(problems)
    return models


def _profile_problems(
    community: Community, index: int, home: Home, tariff: TariffOnAxis, reader: ProfileReader
) -> list[InputProblem]:
    """Each device of a home by itself, so that all its problems are found and each is named with its
    device."""
    problems = []
    for position, device in enumerate(home.devices):
        alone = home.model_copy(update={"devices": (device,)})
        try:
            compile_home(alone, tariff, reader)
        except ProfileError as error:
            path = f"homes[{index}] ({home.id}).devices[{position}] ({device.id})"
            problems.append(InputProblem(community.name, path, error.found, error.expected))
        except KeyError:
            # A dryer without its washing machine; it needs no profile.
            continue
    return problems


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}"


def _with_it(over: set[str], still: set[str], *, known: bool) -> str:
    """What becomes of homes beyond their fuse with the platform."""
    if not known:
        return ""
    if not still:
        return "; with it they do not"
    kept = len(over - still)
    return f"; with it {kept} of them do not, and {_some(sorted(still))} cannot but do"


def _warnings(days: Sequence[DayResult], community: Community) -> tuple[str, ...]:
    found: list[str] = []
    if community.flexibility_requests and "1" in days[0].plans and "2" not in days[0].plans:
        found.append("flexibility_requests are met in the local market, use case 2, which was not run")
    for day in days:
        for tariff in day.tariffs:
            found.extend(tariff.filled)
        if (day.axis.steps * day.axis.step_minutes) != 24 * 60:
            found.append(f"{day.day} has {day.axis.steps * day.axis.step_hours:g} hours: the clocks change")
        if "none" in day.plans:
            over = {plan.home for plan in day.plans["none"] if any("fuse" in note for note in plan.notes)}
            still = {
                plan.home for plan in day.plans.get("1", ()) if any(c.device == "fuse" for c in plan.clashes)
            }
            if over:
                found.append(
                    f"{day.day}: without the platform {len(over)} of {len(community.homes)} homes go beyond their fuse "
                    f"({_some(sorted(over))})" + _with_it(over, still, known="1" in day.plans)
                )
        if "1" in day.plans:
            unproven = [p.home for p in day.plans["1"] if p.method == "incumbent"]
            if unproven:
                found.append(
                    f"{day.day}: {len(unproven)} of {len(community.homes)} plans are not proven to 0.1 % (homes with a micro-CHP, or "
                    "a limit that bound); each states its gap"
                )
        if day.market is not None:
            found.extend(
                f"{day.day}: {home} takes no part in the local market: {reason}"
                for home, reason in day.market.left_out.items()
            )
            unproven_market = unproven_words(day.market)
            if unproven_market is not None:
                found.append(f"{day.day}: {unproven_market}")
    return tuple(dict.fromkeys(found))
