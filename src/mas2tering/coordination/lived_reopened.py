"""The local market opened again within a lived day: with what was measured so far and what is expected now, members agree anew
on the rest of the day, from the price that stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.coordination.lived_day import Day, cut, with_courses
from mas2tering.coordination.lived_market import Traded
from mas2tering.coordination.local_market import Agreement, MarketBudget, Party, agree_together
from mas2tering.coordination.market_day import MarketDay
from mas2tering.coordination.members import Standing
from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import Steering
from mas2tering.home.model import Decision
from mas2tering.home.respond import (
    Contracted,
    HomeStanding,
    UnderContract,
    committed,
    from_step_on,
    still_possible,
    within,
)


@dataclass(frozen=True)
class Reopened:
    """A day that was lived with its market opened again: all homes' days at their own suppliers' prices, what stood agreed in each
    step when it came, and how many times members agreed anew, in how many rounds."""

    plans: tuple[HomePlan, ...]
    traded: Traded
    times: int
    rounds: int


def live_reopened(
    days: Sequence[Day],
    outlooks: Sequence[Outlook],
    begun_with: Sequence[Decision],
    market: MarketDay,
    contracts: Sequence[UnderContract | None],
    budget: MarketBudget,
    *,
    every: int,
    reopen: int,
) -> Reopened:
    """Live a day of use case 2; all homes steer around what their trades come to, and every so often the market opens again.

    Args:
        days: all homes' days as they come.
        outlooks: what was expected of them before the day.
        begun_with: schedules and starts to begin with.
        market: what was agreed on before the day.
        contracts: of all homes, None for one without.
        budget: of each negotiation.
        every: steps from one valuation of what stores hold to the next.
        reopen: steps from one opening of the market to the next; trades of the step in progress stand.
    """
    steps = days[0].today.axis.steps
    boxes = [_box(*own) for own in zip(days, outlooks, begun_with, strict=True)]
    traded = Traded(market.settlement.trades, market.settlement.price_per_kwh)
    price, rounds, times = market.agreement.standing.price_per_kwh, 0, 0
    for now in range(0, steps, reopen):
        if now and now + 1 < steps and market.settlement.worthwhile:
            members = [_underway(days[k], boxes[k], contracts[k], now + 1) for k in market.members]
            found = _agreed_again(members, price, market, budget)
            traded, price = (
                _replaced(traded, found.trades, found.local_price_per_kwh, now + 1),
                found.standing.price_per_kwh,
            )
            rounds, times = rounds + len(found.rounds), times + 1
        _tell(boxes, days, market, traded)
        for box in boxes:
            box.live(min(now + reopen, steps), every)
    plans = tuple(
        plan_of(day.today, cut(box.steered.decision, day.ahead, day.today), "within_gap")
        for day, box in zip(days, boxes, strict=True)
    )
    return Reopened(plans, traded, times, rounds)


def _box(day: Day, outlook: Outlook, planned: Decision) -> Steering:
    return Steering(replace(day.ahead, chains=day.today.chains), outlook, planned, day.today.axis.steps)


def _underway(day: Day, box: Steering, under: UnderContract | None, first_step: int) -> Contracted:
    """A home as far as it can still decide, with what is expected now, from what it would do by itself."""
    intends = cut(box.intention(), day.ahead, day.today)
    model = with_courses(day.today, *box.expected_now_kw())
    own = Contracted(model, still_possible(model, intends))
    if under is not None:
        own = within(model, UnderContract(under.contract, own.alone))
    return from_step_on(own.model, own.alone, first_step)


def _agreed_again(
    members: Sequence[Contracted], price_per_kwh: FloatArray, market: MarketDay, budget: MarketBudget
) -> Agreement:
    """Members agree on the rest of the day, from the price that stands and what each would do by itself."""
    plans = [plan_of(home.model, home.alone, "within_gap") for home in members]
    stand = [
        HomeStanding(committed(home.model, plan, home.alone.cogeneration), home.alone, stays=False)
        for home, plan in zip(members, plans, strict=True)
    ]
    standing = Standing.of(price_per_kwh, stand, np.zeros(0))
    party = Party([home.model for home in members], plans, market.settlement.charges, standing)
    return agree_together([party], budget).agreements[0]


def _replaced(before: Traded, found: Cleared, price_per_kwh: FloatArray, first_step: int) -> Traded:
    """What is agreed now from a step on, and what was agreed before it up to there."""
    old = before.trades
    later = np.arange(len(price_per_kwh)) >= first_step

    def joined(now: FloatArray, then: FloatArray) -> FloatArray:
        return np.where(later, now, then)

    trades = Cleared(
        joined(found.bought_kwh, old.bought_kwh),
        joined(found.sold_kwh, old.sold_kwh),
        joined(found.gain, old.gain),
        joined(found.lowest_price_per_kwh, old.lowest_price_per_kwh),
        joined(found.highest_price_per_kwh, old.highest_price_per_kwh),
    )
    return Traded(trades, joined(found.supported(price_per_kwh), before.price_per_kwh))


def _tell(boxes: Sequence[Steering], days: Sequence[Day], market: MarketDay, traded: Traded) -> None:
    """Tell members' boxes what their trades come to; the morrow is taken to be like today."""
    if not market.settlement.worthwhile:
        return
    bound_kw = traded.bound_kw(days[0].today.axis.step_hours)
    for row, k in enumerate(market.members):
        boxes[k].follow(np.resize(bound_kw[row], days[k].ahead.axis.steps))
