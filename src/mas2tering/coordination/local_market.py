"""A community's day-ahead round, all homes in one process: prices go out, answers come back, until every home has a plan
and the local price stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.sums import RoundSums
from mas2tering.community.terms import Terms
from mas2tering.community.turns import (
    Ask,
    Bound,
    Budget,
    Close,
    Done,
    RoundRecord,
    Settle,
    Turns,
    is_one_price,
)
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.summing import MaskedSums, PlainSums, Summing, Traffic
from mas2tering.domain.flexibility import Requested, sold
from mas2tering.domain.local_market import Cleared, FloatArray, TwoPrices, prices_at
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond import (
    Crowd,
    UnderContract,
    Unfit,
    Wholes,
    as_planned,
    fitting,
    with_wholes,
    within,
    without_wholes,
)
from mas2tering.home.respond.reply import replies

Told = Callable[[str, int], None]
"""Told after a round what is under way, and how many rounds were taken."""


@dataclass(frozen=True)
class MarketBudget:
    """When to stop: at a gap (a share of the cost of use case 1), or after so many rounds of a search; and whether
    answers are summed under masks (``private``), which changes no result."""

    gap: float = 1e-3
    rounds: int = 200
    seed: int = 0
    private: bool = True


@dataclass(frozen=True)
class Standing:
    """What an agreement leaves for the next one on the same steps: the local price (steps,), and what is whole in each
    home's plan (starts of programmes, schedules of machines)."""

    price_per_kwh: FloatArray
    wholes: tuple[Wholes, ...]


@dataclass(frozen=True)
class Agreement:
    """What a community agreed on.

    ``plans`` and rows of ``trades`` are in the order of the homes. ``cost`` is what the plans cost all members
    together, less what buyers outside gain where there are any: what they would pay less what they pay; ``lower_bound``
    is a bound of ``cost_under_the_rule``, in which traded energy bears what the rule against resale keeps at
    ``bound_price_per_kwh`` (nothing, in most communities). ``local_price_per_kwh`` has shape (steps,), ``delivered_kwh``
    what goes to buyers outside (requests, steps).
    """

    plans: tuple[HomePlan, ...]
    local_price_per_kwh: FloatArray
    trades: Cleared
    delivered_kwh: FloatArray
    cost: float
    cost_under_the_rule: float
    lower_bound: float
    bound_price_per_kwh: FloatArray
    rounds: tuple[RoundRecord, ...]
    traffic: Traffic
    is_masked: bool
    standing: "Standing"
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """What the plans may cost above the best ones, at most."""
        return max(0.0, self.cost_under_the_rule - self.lower_bound)


def agree(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    charges: LocalCharges,
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    standing: Standing | None = None,
    contracts: Sequence[UnderContract | None] | None = None,
    requested: Requested | None = None,
) -> Agreement:
    """Negotiate a day: the members' models and their plans of use case 1, in the same order.

    With a ``standing`` agreement the day is planned again, because forecasts or homes have changed: what is whole stays
    as it is, and the rest is negotiated from the standing price on. ``contracts`` bind homes, in their order; one
    without offers all it can do. What buyers outside have ``requested`` is negotiated about like members' own demand.
    """
    if contracts is not None:
        pairs = zip(models, contracts, strict=True)
        models = [model if under is None else within(model, under).model for model, under in pairs]
    budget = budget or MarketBudget()
    classes = Classes.of(models, requested)
    wanted = budget.gap * abs(sum(plan.costs.cost for plan in alone))
    summing = _summing(classes, charges, models, budget)
    turns = Turns(
        classes.row_prices,
        charges,
        Budget(wanted, budget.rounds),
        None if standing is None else standing.price_per_kwh,
        settled=standing is not None,
        requested=classes.requested,
    )
    members = _Members(models, alone, classes, charges, budget.seed, summing, standing)
    while not isinstance(turns.request, Done):
        request = turns.request
        if isinstance(request, Ask):
            turns.heard(members.answer(request))
        elif isinstance(request, Settle):
            members.settle(request)
            turns.settled()
        else:
            turns.closed(refused=members.close(request))
        told(request.stage if isinstance(request, Ask) else "settling", len(turns.records))
    plans = _better(members.plans(turns.request.draw), alone, classes, charges)
    left = Standing(turns.request.price_per_kwh, members.wholes(turns.request.draw))
    return _agreement(plans, classes, charges, turns, summing, left)


def _summing(
    classes: Classes, charges: LocalCharges, models: Sequence[HomeModel], budget: MarketBudget
) -> Summing:
    """Under masks, if that is wanted and there are enough members for a sum to hide them."""
    rows = len(classes.row_prices.import_price_per_kwh)
    one_price = is_one_price(classes.row_prices, charges, classes.requested)
    steps = models[0].axis.steps
    # Whole kWh, so that the range tells little of the home that sets it.
    reach_kw = max(float(max(side.max(initial=0.0) for side in model.reach_kw)) for model in models)
    largest_kwh = float(np.ceil(1.0 + reach_kw * models[0].axis.step_hours))
    fewest = np.bincount(classes.row_of_home, minlength=rows).min()
    if not budget.private or fewest < FEWEST:
        return PlainSums(classes.row_of_home, rows, steps, largest_kwh, one_price=one_price)
    # Keys of a study need not be secret, but its course must not depend on chance.
    random = np.random.default_rng([budget.seed, 5])
    return MaskedSums(classes.row_of_home, rows, steps, largest_kwh, random.bytes, one_price=one_price)


class _Members:
    """All members of a community, as one crowd."""

    def __init__(
        self,
        models: Sequence[HomeModel],
        alone: Sequence[HomePlan],
        classes: Classes,
        charges: LocalCharges,
        seed: int,
        summing: Summing,
        standing: Standing | None,
    ) -> None:
        self._alone, self._classes, self._charges, self._seed = alone, classes, charges, seed
        self._models = [fitting(model, plan) for model, plan in zip(models, alone, strict=True)]
        # Homes that stay with their plan of use case 1, since nothing else fits.
        self._cannot_move = {k for k, model in enumerate(models) if self._models[k] is not model}
        self._stays = set(self._cannot_move)
        self._summing = summing
        self._hours = models[0].axis.step_hours
        self._one_price = is_one_price(classes.suppliers, charges)
        self._mixing = Crowd(self._models, classes.of_home, one_price=self._one_price)
        self._rest = self._mixing
        self._wholes: list[Wholes] = []
        self._at_the_fuse: frozenset[int] = frozenset()
        self._draw = 0
        self._closed: dict[int, tuple[list[Decision], set[int]]] = {}
        if standing is not None:
            self._wholes = list(standing.wholes)
            # Whoever stayed with its plan then has settled nothing, and stays with that of now.
            self._stays |= {
                k
                for k, (model, whole) in enumerate(zip(self._models, self._wholes, strict=True))
                if (len(model.chains), len(model.cogeneration))
                != (len(whole.starts), len(whole.cogeneration))
            }
            self._rest = self._crowd_of_rests()

    def answer(self, asked: Ask) -> RoundSums:
        """Sums of all answers to a local price."""
        settling = asked.stage == "settling"
        crowd = self._rest if settling else self._mixing
        prices = prices_at(asked.price_per_kwh, self._classes.suppliers, self._charges)
        try:
            answers = crowd.answer(prices, asked.number)
        except Unfit as unfit:
            if not settling:
                raise
            # What was drawn leaves these homes no plan within their fuse.
            self._stays |= unfit.homes
            crowd = self._rest = self._crowd_of_rests()
            answers = crowd.answer(prices, asked.number)
        crowd.keep_only([*asked.kept, asked.number])
        own = TwoPrices(
            prices.buying_per_kwh[self._classes.of_home], prices.selling_per_kwh[self._classes.of_home]
        )
        said = replies(answers, self._hours, asked.price_per_kwh, own, self._charges, self._classes.is_merged)
        return self._summing.sums(said)

    def settle(self, mix: Settle) -> None:
        """Draw what is whole in each home."""
        self._draw, self._stays = mix.draw, set(self._cannot_move)
        self._wholes = self._mixing.draw(mix.numbers, mix.weights, self._seed + mix.draw)
        self._rest = self._crowd_of_rests()

    def close(self, mix: Close) -> bool:
        """Mix each home's plan; whether a home refuses its own, which it has not done before."""
        decisions = [
            with_wholes(decision, whole)
            for decision, whole in zip(self._rest.mixed(mix.numbers, mix.weights), self._wholes, strict=True)
        ]
        broken = {
            k
            for k, (model, decision) in enumerate(zip(self._models, decisions, strict=True))
            if k in self._stays or breaches(model, decision)
        }
        self._closed[self._draw] = decisions, broken
        refused = bool(broken - self._at_the_fuse - self._stays)
        if refused:
            self._at_the_fuse |= broken - self._stays
            self._rest = self._crowd_of_rests()
        return refused

    def plans(self, draw: int) -> list[HomePlan]:
        """Each home's plan of a draw; where its mix breaks its limits, that of use case 1."""
        decisions, broken = self._closed[draw]
        return [
            fall_back if k in broken else plan_of(model, decision, "within_gap")
            for k, (model, decision, fall_back) in enumerate(
                zip(self._models, decisions, self._alone, strict=True)
            )
        ]

    def wholes(self, draw: int) -> tuple[Wholes, ...]:
        """What is whole in each home's plan of a draw."""
        return tuple(Wholes(d.starts, d.cogeneration) for d in self._closed[draw][0])

    def _crowd_of_rests(self) -> Crowd:
        rests = [
            as_planned(model, plan) if k in self._stays else without_wholes(model, whole)
            for k, (model, whole, plan) in enumerate(
                zip(self._models, self._wholes, self._alone, strict=True)
            )
        ]
        return Crowd(
            rests,
            self._classes.of_home,
            one_price=self._one_price,
            at_the_fuse=self._at_the_fuse,
            packed=self._mixing,
        )


def _agreement(
    plans: tuple[HomePlan, ...],
    classes: Classes,
    charges: LocalCharges,
    turns: Turns,
    summing: Summing,
    standing: Standing,
) -> Agreement:
    """Everything of plans that settlement and report need."""
    if not isinstance(turns.request, Done):
        raise AssertionError("a negotiation that is not over")
    cost, bound = _tightest(turns.bounds, plans, classes, charges)
    net_kwh = plans[0].axis.step_hours * np.array([plan.net_kw for plan in plans])
    drawn, fed_in = np.maximum(net_kwh, 0.0), np.maximum(-net_kwh, 0.0)
    trades = sold(drawn, fed_in, classes.of_homes, charges, classes.requested)
    return Agreement(
        plans=plans,
        local_price_per_kwh=trades.inside.supported(turns.request.price_per_kwh),
        trades=trades.inside,
        delivered_kwh=trades.delivered_kwh,
        cost=sum(plan.costs.cost for plan in plans) - trades.gain,
        cost_under_the_rule=cost,
        lower_bound=bound.cost,
        bound_price_per_kwh=bound.price_per_kwh,
        rounds=tuple(turns.records),
        traffic=summing.traffic,
        is_masked=isinstance(summing, MaskedSums),
        standing=standing,
        notes=classes.words,
    )


def _tightest(
    bounds: Sequence[Bound], plans: Sequence[HomePlan], classes: Classes, charges: LocalCharges
) -> tuple[float, Bound]:
    """The bound that proves most of plans, and what they cost under its terms."""
    costs = [
        classes.cost(plans, Terms.at(bound.price_per_kwh, classes.suppliers, charges), charges)
        for bound in bounds
    ]
    return min(zip(costs, bounds, strict=True), key=lambda pair: pair[0] - pair[1].cost)


def _better(
    plans: Sequence[HomePlan], alone: Sequence[HomePlan], classes: Classes, charges: LocalCharges
) -> tuple[HomePlan, ...]:
    """The plans that were agreed on, unless those of use case 1, traded among, cost less."""
    terms = Terms.charged(classes.suppliers, charges)
    return tuple(
        plans if classes.cost(plans, terms, charges) <= classes.cost(alone, terms, charges) else alone
    )
