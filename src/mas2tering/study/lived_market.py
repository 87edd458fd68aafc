"""Days of use cases 2 and 3 as they turn out: agreed on a forecast, then lived, beside the same agreed on in hindsight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.lived_day import Day, as_expected, cost_of_days, stored
from mas2tering.coordination.lived_market import (
    WAYS,
    AtTheMargin,
    LivedLimits,
    LivedMarket,
    Way,
    plan_as_bound,
    plan_steered,
    prices_to_follow,
    settled_as_lived,
)
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.grid import GridDay, congestions
from mas2tering.home.compile import Carry
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.settlement.flexibility import flexibility_figures
from mas2tering.study.gaming.homes import uncontrolled_kw
from mas2tering.study.lived import Course, LivedRun, Told, carried, steps_of_an_hour
from mas2tering.study.outlooks import Outlooks
from mas2tering.study.results import DayResult
from mas2tering.study.season.agreed import AgreedDay, expectation_of

Alone = tuple[HomePlan, Decision]


@dataclass(frozen=True)
class Agreeing:
    """How a run agrees on days: on its market, and with the network operator (None: use case 3 is not run); ``flow`` is the
    power flow of all homes' plans, None where the network cannot carry them."""

    trade: Callable[[Sequence[HomeModel], Sequence[Alone]], MarketDay]
    relieve: Callable[[Sequence[HomeModel], MarketDay, Sequence[Alone]], GridDayOutcome] | None
    flow: Callable[[Sequence[HomePlan]], GridDay | None]


@dataclass(frozen=True)
class _Agreed:
    """A day as it begins in some state, and what was agreed on for it."""

    days: tuple[Day, ...]
    outlooks: tuple[Outlook, ...]
    expected: tuple[HomeModel, ...]
    alone: tuple[Alone, ...]
    market: MarketDay
    grid: GridDayOutcome | None

    def bound(self, home: int) -> HomePlan:
        """The plan of use case 2 that a home is bound to, at its own supplier's prices."""
        if self.market.settlement.worthwhile and home in self.market.members:
            return self.market.agreement.plans[self.market.members.index(home)]
        return self.market.alone[home]


def live_market_days(
    community: Community,
    reader: ProfileReader,
    outlooks: Outlooks,
    planned: Sequence[DayResult],
    step_minutes: int,
    budget: Budget,
    agreeing: Agreeing,
    alone: LivedRun,
    told: Told = lambda *_: None,
    settle: Callable[[AgreedDay], None] = lambda _: None,
) -> LivedMarket:
    """Live the days of use case 2 (and 3) in each way; stores keep what they hold from day to day, in each way their own. A
    day of use case 3 begins where that of use case 2 did.

    Args:
        community: the homes.
        reader: their profiles.
        outlooks: what is expected of them.
        planned: the days with plans of use cases 1 and 2 that know them.
        step_minutes: length of a step.
        budget: of each home's plans.
        agreeing: how days are agreed on.
        alone: the same days of use case 1, lived.
        told: told of days done.
        settle: told of each day of use case 3 as it is lived by plans as they stood.
    """
    notes: list[str] = []
    courses = [
        [
            Course(community, home, k, reader, outlooks, day.day, step_minutes, notes)
            for k, home in enumerate(community.homes)
        ]
        for day in planned
    ]
    first: _Agreed | None = None
    done = {way: _Lived([], [], []) for way in WAYS}
    for n, way in enumerate(WAYS):
        carries = [Carry() for _ in community.homes]
        for number, course in enumerate(courses):
            # Before the first day all ways are in the same state.
            agreed = first if number == 0 and first else _agreed(course, carries, budget, agreeing)
            first = first or agreed
            if way == "bound" and agreed.grid is not None:
                settle(_to_settle(agreed, agreed.grid, steps_of_an_hour(step_minutes)))
            carries = done[way].live(way, agreed, agreeing, steps_of_an_hour(step_minutes))
            told(n * len(courses) + number + 1, len(WAYS) * len(courses))
    if first is None:
        raise AssertionError("a run of no days")
    begins = [stored(day.today) for day in first.days]
    worth = [stored(course.day(Carry()).today)[0] for course in courses[-1]]

    def cost(days: Sequence[Sequence[HomePlan]]) -> float:
        return sum(
            cost_of_days([plans[k] for plans in days], worth[k], begins[k][1])
            for k in range(len(community.homes))
        )

    return LivedMarket(
        alone={"bound": alone.cost("plan"), "steered": alone.cost("steered")},
        lived={way: cost(done[way].days) for way in WAYS},
        alone_hindsight=cost([day.plans["1"] for day in planned]),
        hindsight=cost([day.plans["2"] for day in planned]),
        traded_kwh={way: sum(traded for traded, _ in done[way].kwh) for way in WAYS},
        standing_kwh={way: sum(stands for _, stands in done[way].kwh) for way in WAYS},
        limits=_limits(done),
        notes=tuple(notes),
    )


def _agreed(
    course: Sequence[Course], carries: Sequence[Carry], budget: Budget, agreeing: Agreeing
) -> _Agreed:
    days = tuple(own.day(carry) for own, carry in zip(course, carries, strict=True))
    outlooks = tuple(own.outlook_of(day) for own, day in zip(course, days, strict=True))
    expected = tuple(as_expected(day.today, own) for day, own in zip(days, outlooks, strict=True))
    alone = tuple(best_decision(model, budget) for model in expected)
    market = agreeing.trade(expected, alone)
    grid = None if agreeing.relieve is None else agreeing.relieve(expected, market, alone)
    return _Agreed(days, outlooks, expected, alone, market, grid)


@dataclass(frozen=True)
class _Lived:
    """Days lived in one way: bills of use case 2, kWh agreed on and standing, and of use case 3 limits broken (planned, lived),
    the worst of each, and the payment."""

    days: list[tuple[HomePlan, ...]]
    kwh: list[tuple[float, float]]
    limits: list[tuple[int, int, float, float, float]]

    def live(self, way: Way, agreed: _Agreed, agreeing: Agreeing, every: int) -> list[Carry]:
        """Live one day more; what it hands on to the next."""
        plans = _lived_plans(way, agreed, None, every)
        bills = settled_as_lived(agreed.market, plans)
        self.days.append(bills.plans)
        self.kwh.append((bills.traded_kwh, bills.standing_kwh))
        if agreed.grid is not None:
            settled = agreed.grid.settled
            flow = agreeing.flow(_lived_plans(way, agreed, agreed.grid, every))
            before, lived = _broken(agreed.grid.relief.after), _broken(flow)
            paid = 0.0 if settled is None else float(flexibility_figures(settled).dso_payment)
            self.limits.append((before[0], lived[0], before[1], lived[1], paid))
        return [carried(plan) for plan in plans]


def _to_settle(agreed: _Agreed, grid: GridDayOutcome, every: int) -> AgreedDay:
    """The day as the season's rule is told of it."""
    models = agreed.expected
    return AgreedDay(
        day=models[0].axis.local_starts[0].date(),
        grid=grid,
        models=models,
        alone=tuple(decision for _, decision in agreed.alone),
        expected=tuple(expectation_of(m, own) for m, own in zip(models, agreed.outlooks, strict=True)),
        came_kw=tuple(uncontrolled_kw(day.today) for day in agreed.days),
        lived_bound=tuple(_lived_plans("bound", agreed, None, every)),
        lived_ordered=tuple(_lived_plans("bound", agreed, grid, every)),
        lived_as="as it turned out",
    )


def _broken(flow: GridDay | None) -> tuple[int, float]:
    """How many limits are broken, and how far the worst is beyond its own, as a share; a day that the network cannot carry
    counts none (a note says so)."""
    found = () if flow is None else congestions(flow)
    return len(found), max((own.excess / own.limit for own in found), default=0.0)


def _lived_plans(way: Way, agreed: _Agreed, grid: GridDayOutcome | None, every: int) -> list[HomePlan]:
    """All homes' days at their own suppliers' prices, bound by use case 2, or by what the grid made of it."""
    homes = range(len(agreed.days))
    if way == "bound":
        bound = [agreed.bound(k) if grid is None else grid.plans[k] for k in homes]
        models = zip(bound, agreed.expected, agreed.days, strict=True)
        return [plan_as_bound(plan, expected, day.today) for plan, expected, day in models]
    prices = _prices(agreed, grid)
    return [
        plan_steered(agreed.days[k], agreed.outlooks[k], _begun_with(agreed, grid, k), prices[k], every)
        for k in homes
    ]


def _prices(agreed: _Agreed, grid: GridDayOutcome | None) -> list[AtTheMargin]:
    """What each home steers by, what limits add to it counted in."""
    market, tariffs = agreed.market, [day.today.tariff for day in agreed.days]
    steps = tariffs[0].axis.steps
    found = [
        AtTheMargin(own.import_price_per_kwh, own.export_price_per_kwh, np.zeros(steps)) for own in tariffs
    ]
    settled = None if grid is None else grid.settled
    if market.settlement.worthwhile:
        cleared = market.settlement if settled is None else settled.market
        followed = prices_to_follow(market.settlement, cleared.trades)
        for own, k in zip(followed, market.members, strict=True):
            found[k] = own
    if grid is not None and grid.relief.together is not None and grid.relief.limits is not None:
        prices = grid.relief.together.limit_price_per_kwh
        added = grid.relief.limits.added_per_kwh(prices, steps)
        for row, k in enumerate(market.members):
            own = found[k]
            found[k] = replace(
                own, more_per_kwh=own.more_per_kwh + added[row], less_per_kwh=own.less_per_kwh + added[row]
            )
    return found


def _begun_with(agreed: _Agreed, grid: GridDayOutcome | None, home: int) -> Decision:
    """Schedules and starts that a home's day begins with: as agreed on, or its own where it stays with that, is bound by a
    contract that restricts what may be asked for, or had loads shed."""
    market, own = agreed.market, agreed.alone[home][1]
    agreement = market.agreement if grid is None else grid.agreement
    is_shed = grid is not None and grid.emergency is not None
    if home not in market.members or not market.settlement.worthwhile or is_shed:
        return own
    row = market.members.index(home)
    if row in agreement.standing.stays or market.settlement.members[row].fee is not None:
        return own
    return agreement.standing.decisions[row]


def _limits(done: dict[Way, _Lived]) -> LivedLimits | None:
    """Limits over all days; planned are those of the days agreed on from where bound plans leave stores."""
    if not done["bound"].limits:
        return None
    bound = done["bound"].limits
    return LivedLimits(
        planned=sum(own[0] for own in bound),
        lived={way: sum(own[1] for own in done[way].limits) for way in WAYS},
        worst_planned=max(own[2] for own in bound),
        worst_lived={way: max(own[3] for own in done[way].limits) for way in WAYS},
        dso_payment=sum(own[4] for own in bound),
    )
