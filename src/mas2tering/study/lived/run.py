"""The days of a run as they turn out, where they are planned on a forecast."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from mas2tering.coordination.envelopes import Member, Ordered, ordered_bands
from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.lived_day import POLICIES
from mas2tering.coordination.lived_reopened import Reopened, live_reopened
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import PoolRecord
from mas2tering.grid import GridDay
from mas2tering.home.model import HomeModel
from mas2tering.study.agreed_days import Alone, contracts_of, market_budget, relieved_day, traded
from mas2tering.study.connected import connected, flows_of
from mas2tering.study.lived.agreed import Agreeing, Openings
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.market import live_market_days
from mas2tering.study.lived.outlooks import outlooks_of
from mas2tering.study.lived.stored_models import ModelsError, read_models
from mas2tering.study.registered import Registration, through_history
from mas2tering.study.results import DayResult
from mas2tering.study.run_options import Progress, RunOptions
from mas2tering.study.season.agreed import AgreedDay


def lived_run(
    community: Community,
    reader: ProfileReader,
    options: RunOptions,
    planned: Sequence[DayResult],
    progress: Progress,
    settle: Callable[[AgreedDay], None] = lambda _: None,
) -> LivedRun | None:
    """The days as they turn out, where they are planned on a forecast; ``settle`` is told of those of use case 3."""
    if options.forecast == "perfect":
        return None
    days, step = options.days, options.step_minutes
    past = reader if options.past is None else options.past
    stored, refused = _stored(community, options)
    seed = options.seed or 0
    outlooks = outlooks_of(
        options.forecast, community, reader, past, options.first_day, days, step, seed, stored
    )
    outlooks.failed.extend(refused)
    registration: Registration | None = None
    if options.history is not None:
        progress("readings on their way into the history", 0, 1)
        begin, last = (
            TimeAxis.of_days(day, community.time_zone, step, day_starts_at=community.day_starts_at).start
            for day in (options.first_day, options.first_day + timedelta(days=days - 1))
        )
        outlooks, registration = through_history(outlooks, community, options.history, begin, last, seed)
        progress("readings on their way into the history", 1, 1)
    lived = live_days(
        community,
        reader,
        outlooks,
        options.first_day,
        days,
        step,
        options.budget,
        policies=(*POLICIES, "replanned") if options.replan else POLICIES,
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
        _agreeing(community, options, beyond, progress, settle),
        lived,
        lambda done, total: progress("living the days of the local market", done, total),
    )
    notes = tuple(dict.fromkeys((*lived.notes, *outlooks.failed, *market.notes, *beyond)))
    return replace(lived, market=market, notes=notes)


def _stored(community: Community, options: RunOptions) -> tuple[Mapping[str, PoolRecord], Sequence[str]]:
    """What homes' models learned before, and why it cannot be used where it cannot."""
    if options.models is None or options.forecast != "model":
        return {}, ()
    try:
        found = read_models(options.models, community.name, options.step_minutes, options.first_day)
    except ModelsError as error:
        return {}, (f"stored models are not used: {error}; homes' models learned anew",)
    return found.records, ()


def _agreeing(
    community: Community,
    options: RunOptions,
    beyond: list[str],
    progress: Progress,
    settle: Callable[[AgreedDay], None],
) -> Agreeing:
    """How days are agreed on by forecast; ``beyond`` gathers days that the network cannot carry."""
    label = "a day by forecast"

    def trade(models: Sequence[HomeModel], alone: Sequence[Alone]) -> MarketDay:
        return traded(community, models, alone, options, progress, label)

    def relieve(models: Sequence[HomeModel], market: MarketDay, alone: Sequence[Alone]) -> GridDayOutcome:
        return relieved_day(community, models, market, alone, options, progress, label)

    def flow(plans: Sequence[HomePlan]) -> GridDay | None:
        if options.network is None:
            return None
        here = connected(community, options.network, plans[0].axis.steps)
        found, cannot = flows_of(here, {"3": plans})
        beyond.extend(f"a day as it turned out: {words}" for words in cannot)
        return found.get("3")

    def order(members: Sequence[Member]) -> Ordered:
        if options.network is None:
            raise AssertionError("orders without a network; expected one where use case 3 is run")
        here = connected(community, options.network, members[0].model.axis.steps)
        return ordered_bands(here, members)

    def reopen(day: Openings) -> Reopened:
        return live_reopened(
            day.days,
            day.outlooks,
            day.begun_with,
            day.market,
            contracts_of(community, day.alone),
            # Masks would change no result.
            replace(market_budget(options), private=False),
            every=day.every,
            reopen=max(1, options.reopen_minutes // options.step_minutes),
        )

    return Agreeing(trade, relieve if "3" in options.use_cases else None, flow, order, reopen, settle)
