"""Days of use cases 2 and 3 that are agreed on by forecast, and how homes live them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.coordination.envelopes import Member, Ordered
from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.lived_day import Day, as_expected
from mas2tering.coordination.lived_limits import GridWay
from mas2tering.coordination.lived_market import AtTheMargin, plan_as_bound, plan_steered, prices_to_follow
from mas2tering.coordination.lived_reopened import Reopened
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import GridDay
from mas2tering.home.compile import Carry
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.study.lived.course import Course
from mas2tering.study.season.agreed import AgreedDay

Alone = tuple[HomePlan, Decision]


@dataclass(frozen=True)
class Openings:
    """A day of use case 2 that is to be lived with its market opened again: homes, what was expected of them, what they begin with,
    their plans alone, what was agreed on, and steps from one valuation of stores to the next."""

    days: tuple[Day, ...]
    outlooks: tuple[Outlook, ...]
    begun_with: tuple[Decision, ...]
    alone: tuple[Alone, ...]
    market: MarketDay
    every: int


@dataclass(frozen=True)
class Agreeing:
    """How a run agrees on days: on its market, and with the network operator (None: use case 3 is not run).

    ``flow`` is the power flow of all homes' plans, None where the network cannot carry them; ``order`` the bands that the operator
    sets around plans. ``reopen`` lives a day of use case 2 with its market opened again through the day.
    ``settle`` is told of each day of use case 3 as it is lived by plans as they stood.
    """

    trade: Callable[[Sequence[HomeModel], Sequence[Alone]], MarketDay]
    relieve: Callable[[Sequence[HomeModel], MarketDay, Sequence[Alone]], GridDayOutcome] | None
    flow: Callable[[Sequence[HomePlan]], GridDay | None]
    order: Callable[[Sequence[Member]], Ordered]
    reopen: Callable[[Openings], Reopened]
    settle: Callable[[AgreedDay], None] = lambda _: None


@dataclass(frozen=True)
class Agreed:
    """A day as it begins in some state, and what was agreed on for it."""

    days: tuple[Day, ...]
    outlooks: tuple[Outlook, ...]
    expected: tuple[HomeModel, ...]
    alone: tuple[Alone, ...]
    market: MarketDay
    grid: GridDayOutcome | None
    ordered: Ordered | None

    def bound(self, home: int) -> HomePlan:
        """The plan of use case 2 that a home is bound to, at its own supplier's prices."""
        if self.market.settlement.worthwhile and home in self.market.members:
            return self.market.agreement.plans[self.market.members.index(home)]
        return self.market.alone[home]


def agreed_on(
    course: Sequence[Course],
    carries: Sequence[Carry],
    budget: Budget,
    agreeing: Agreeing,
    *,
    with_grid: bool = True,
) -> Agreed:
    """Agree by forecast on a day that homes begin with what they carry over, within the network's limits too if wanted."""
    days = tuple(own.day(carry) for own, carry in zip(course, carries, strict=True))
    outlooks = tuple(own.outlook_of(day) for own, day in zip(course, days, strict=True))
    expected = tuple(as_expected(day.today, own) for day, own in zip(days, outlooks, strict=True))
    alone = tuple(best_decision(model, budget) for model in expected)
    market = agreeing.trade(expected, alone)
    grid = None if agreeing.relieve is None or not with_grid else agreeing.relieve(expected, market, alone)
    ordered = None
    if grid is not None:
        members = zip(expected, grid.plans, outlooks, strict=True)
        ordered = agreeing.order(
            [Member(model, plan, own, k in market.members) for k, (model, plan, own) in enumerate(members)]
        )
    return Agreed(days, outlooks, expected, alone, market, grid, ordered)


def lived_plans(way: GridWay, agreed: Agreed, grid: GridDayOutcome | None, every: int) -> list[HomePlan]:
    """All homes' days at their own suppliers' prices, bound by use case 2, or by what the grid made of it.

    Args:
        way: how the day is lived.
        agreed: what was agreed on.
        grid: what the grid made of it; None for use case 2.
        every: steps from one valuation of what stores hold to the next.
    """
    homes = range(len(agreed.days))
    if way == "bound":
        bound = [agreed.bound(k) if grid is None else grid.plans[k] for k in homes]
        models = zip(bound, agreed.expected, agreed.days, strict=True)
        return [plan_as_bound(plan, expected, day.today) for plan, expected, day in models]
    within = agreed.ordered if way == "within_bands" else None
    # Bands hold by themselves; prices of limits beside them would only keep homes from what is left.
    prices = _prices(agreed, grid, with_limits=within is None)
    return [
        plan_steered(
            agreed.days[k],
            agreed.outlooks[k],
            _begun_with(agreed, grid, k),
            prices[k],
            every,
            None if within is None else within.bands[k],
        )
        for k in homes
    ]


def lived_reopened(agreed: Agreed, agreeing: Agreeing, every: int) -> Reopened:
    """The day of use case 2 with its market opened again through the day."""
    begun = tuple(_begun_with(agreed, None, k) for k in range(len(agreed.days)))
    return agreeing.reopen(Openings(agreed.days, agreed.outlooks, begun, agreed.alone, agreed.market, every))


def _prices(agreed: Agreed, grid: GridDayOutcome | None, *, with_limits: bool) -> list[AtTheMargin]:
    """What each home steers by, what limits add to it counted in if wanted."""
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
    if (
        with_limits
        and grid is not None
        and grid.relief.together is not None
        and grid.relief.limits is not None
    ):
        prices = grid.relief.together.limit_price_per_kwh
        added = grid.relief.limits.added_per_kwh(prices, steps)
        for row, k in enumerate(market.members):
            own = found[k]
            found[k] = replace(
                own, more_per_kwh=own.more_per_kwh + added[row], less_per_kwh=own.less_per_kwh + added[row]
            )
    return found


def _begun_with(agreed: Agreed, grid: GridDayOutcome | None, home: int) -> Decision:
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
