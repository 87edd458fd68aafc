"""Days of use cases 2 and 3 as they turn out: agreed on a forecast, then lived, beside the same agreed on in hindsight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mas2tering.coordination.lived_day import cost_of_days, stored
from mas2tering.coordination.lived_market import WAYS, LivedMarket, Traded, Way, settled_as_lived
from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget
from mas2tering.study.lived.agreed import Agreed, Agreeing, agreed_on, lived_plans, lived_reopened
from mas2tering.study.lived.course import Course, carried, steps_of_an_hour
from mas2tering.study.lived.days import Told
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.grid import OF_MARKET, LivedGrid
from mas2tering.study.lived.outlooks import Outlooks
from mas2tering.study.results import DayResult


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
    """
    notes: list[str] = []
    courses = [
        [
            Course(community, home, k, reader, outlooks, day.day, step_minutes, notes)
            for k, home in enumerate(community.homes)
        ]
        for day in planned
    ]
    first: Agreed | None = None
    grid = LivedGrid()
    done = {way: _Lived([], []) for way in WAYS}
    for n, way in enumerate(WAYS):
        carries = [Carry() for _ in community.homes]
        for number, course in enumerate(courses):
            # Before the first day all ways are in the same state.
            agreed = (
                first
                if number == 0 and first
                else agreed_on(course, carries, budget, agreeing, with_grid=bool(OF_MARKET[way]))
            )
            first = first or agreed
            every = steps_of_an_hour(step_minutes)
            carries = done[way].live(way, agreed, agreeing, every)
            grid.live(way, agreed, agreeing, every, done[way].days[-1])
            told(n * len(courses) + number + 1, len(WAYS) * len(courses))
    if first is None:
        raise AssertionError("a run of no days")
    worth = [stored(course.day(Carry()).today)[0] for course in courses[-1]]
    begins = [stored(day.today)[1] for day in first.days]
    return replace(_figures(planned, alone, done, grid, worth, begins), notes=tuple(notes))


def _figures(
    planned: Sequence[DayResult],
    alone: LivedRun,
    done: Mapping[Way, "_Lived"],
    grid: LivedGrid,
    worth: Sequence[Mapping[str, float]],
    begins: Sequence[Mapping[str, float]],
) -> LivedMarket:
    """What all days come to; stored energy counts once, at its ``worth`` by home and device, against what the first day ``begins``
    with."""

    def cost(days: Sequence[Sequence[HomePlan]]) -> float:
        return sum(cost_of_days([plans[k] for plans in days], worth[k], begins[k]) for k in range(len(worth)))

    lived = {way: cost(done[way].days) for way in WAYS}
    limits = grid.figures(lived, cost([day.plans["3"] for day in planned])) if grid.planned else None
    steered = alone.cost("steered")
    return LivedMarket(
        alone={"bound": alone.cost("plan"), "steered": steered, "reopened": steered},
        lived=lived,
        alone_hindsight=cost([day.plans["1"] for day in planned]),
        hindsight=cost([day.plans["2"] for day in planned]),
        traded_kwh={way: sum(traded for traded, _ in done[way].kwh) for way in WAYS},
        standing_kwh={way: sum(stands for _, stands in done[way].kwh) for way in WAYS},
        reopened=done["reopened"].times,
        limits=limits,
    )


@dataclass
class _Lived:
    """Days lived in one way: bills of use case 2, and kWh agreed on and standing."""

    days: list[tuple[HomePlan, ...]]
    kwh: list[tuple[float, float]]

    times: int = 0

    def live(self, way: Way, agreed: Agreed, agreeing: Agreeing, every: int) -> list[Carry]:
        """Live one day more; what it hands on to the next."""
        traded: Traded | None = None
        plans: Sequence[HomePlan]
        if way == "reopened":
            found = lived_reopened(agreed, agreeing, every)
            plans, traded = found.plans, found.traded
            self.times += found.times
        else:
            plans = lived_plans(way, agreed, None, every)
        bills = settled_as_lived(agreed.market, plans, traded)
        self.days.append(bills.plans)
        self.kwh.append((bills.traded_kwh, bills.standing_kwh))
        return [carried(plan) for plan in plans]
