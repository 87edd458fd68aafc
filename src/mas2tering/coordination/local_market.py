"""A community's day-ahead round, all homes in one process: prices go out, answers come back, until every home has a plan
and the local price stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.answers import AnswerForm
from mas2tering.community.limits import Limits
from mas2tering.community.market import Market
from mas2tering.community.price_search import Bound, Prices
from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.terms import Terms
from mas2tering.community.turns import (
    Ask,
    Budget,
    Done,
    Recall,
    RoundRecord,
    Settle,
    Turns,
    Weigh,
    is_one_price,
)
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.members import Members, Standing
from mas2tering.coordination.summing import MaskedSums, PlainSums, Summing, Traffic
from mas2tering.domain.flexibility import Requested, sold
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import UnderContract, within

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
class Agreement:
    """What a community agreed on.

    ``plans`` and rows of ``trades`` are in the order of the homes. ``cost`` is what the plans cost all members
    together, less what buyers outside gain where there are any: what they would pay less what they pay; ``lower_bound``
    is a bound of ``cost_under_the_rule``, in which traded energy bears what the rule against resale keeps at
    ``bound_price_per_kwh`` (nothing, in most communities). Of several communities together it is this one's part of their
    bound. ``local_price_per_kwh`` has shape (steps,), ``delivered_kwh`` what goes to buyers outside (requests, steps).
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


@dataclass(frozen=True)
class Party:
    """A community that negotiates: its members' models and their plans of use case 1, in the same order.

    With a ``standing`` agreement the day is planned again, because forecasts, homes or limits have changed: what is whole
    stays as it is, and the rest is negotiated from the standing price on. A home that can no longer keep to what stands has
    its plan of use case 1, and a note says so. ``contracts`` bind homes, in their order; one without offers all it can do. What
    buyers outside have ``requested`` is negotiated about like members' own demand.
    """

    models: Sequence[HomeModel]
    alone: Sequence[HomePlan]
    charges: LocalCharges
    standing: Standing | None = None
    contracts: Sequence[UnderContract | None] | None = None
    requested: Requested | None = None

    @property
    def contracted(self) -> Sequence[HomeModel]:
        """The members' models, each within its contract."""
        if self.contracts is None:
            return self.models
        pairs = zip(self.models, self.contracts, strict=True)
        return [model if under is None else within(model, under).model for model, under in pairs]


def agree(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    charges: LocalCharges,
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    standing: Standing | None = None,
    contracts: Sequence[UnderContract | None] | None = None,
    limits: LoadLimits | None = None,
    requested: Requested | None = None,
) -> Agreement:
    """Negotiate a day of one community, within limits where there are some."""
    party = Party(models, alone, charges, standing, contracts, requested)
    return agree_together([party], budget, told, limits).agreements[0]


@dataclass(frozen=True)
class Together:
    """What communities that share limits agreed on, each in a local market of its own.

    ``limit_price_per_kwh`` (rows,) is what a kWh in each limit costs; ``excess_kwh`` (rows,) by how much plans exceed it;
    ``bound`` the best lower bound of them all, what exceeds limits at its dearest price.
    """

    agreements: tuple[Agreement, ...]
    limit_price_per_kwh: FloatArray
    excess_kwh: FloatArray
    bound: Bound

    @property
    def gap(self) -> float:
        """What the plans may cost above the best ones, at most, all communities together."""
        return sum(agreement.gap for agreement in self.agreements)


def agree_together(
    parties: Sequence[Party],
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    limits: LoadLimits | None = None,
    *,
    anew: bool = False,
) -> Together:
    """Negotiate a day of several communities that share limits, whose weights are of all members in the order of the
    parties.

    All start from their standing agreements, or none does: where one has none, all begin from nothing. ``anew`` takes
    standing prices as a beginning, and nothing that is whole.
    """
    budget = budget or MarketBudget()
    models = [party.contracted for party in parties]
    classes = [Classes.of(own, party.requested) for own, party in zip(models, parties, strict=True)]
    wanted = budget.gap * abs(sum(plan.costs.cost for party in parties for plan in party.alone))
    own_limits = _shared_out(limits, [len(own) for own in models])
    summing = [
        _summing(of, party, own, budget, limits)
        for of, party, own in zip(classes, parties, models, strict=True)
    ]
    hours = models[0][0].axis.step_hours
    standing = [party.standing for party in parties if party.standing is not None]
    again = len(standing) == len(parties)
    members = [
        Members(
            own,
            party.alone,
            of,
            party.charges,
            budget.seed,
            sums,
            market=k,
            limits=rows,
            standing=party.standing if again else None,
            settled=again and not anew,
        )
        for k, (own, party, of, sums, rows) in enumerate(
            zip(models, parties, classes, summing, own_limits, strict=True)
        )
    ]
    turns = Turns(
        [
            Market(of.row_prices, party.charges, of.trading_rows)
            for of, party in zip(classes, parties, strict=True)
        ],
        Budget(wanted, budget.rounds),
        _as_negotiated(limits, hours),
        _standing_prices(standing, limits) if again else None,
        settled=again and not anew,
        recalls=all(own.can_recall for own in members),
    )
    while not isinstance(turns.request, Done):
        request = turns.request
        if isinstance(request, Ask):
            turns.heard([own.answer(request) for own in members])
        elif isinstance(request, Recall):
            turns.recalled([own.recall(request) for own in members])
        elif isinstance(request, Settle):
            for own, weights in zip(members, request.weights, strict=True):
                own.settle(request.draw, request.numbers, weights)
            turns.settled()
        elif isinstance(request, Weigh):
            turns.weighed([own.weigh(request) for own in members])
        else:
            refusals = [
                own.close(request.numbers, weights)
                for own, weights in zip(members, request.weights, strict=True)
            ]
            turns.closed(refused=any(refusals))
        told(request.stage if isinstance(request, Ask) else "settling", len(turns.records))
    return _together(parties, classes, members, turns, turns.request, summing, own_limits)


def _shared_out(limits: LoadLimits | None, sizes: Sequence[int]) -> list[LoadLimits | None]:
    """The limits as each community's members know them."""
    if limits is None:
        return [None] * len(sizes)
    ends = np.cumsum(sizes)
    return [limits.of_homes(np.arange(end - size, end)) for size, end in zip(sizes, ends, strict=True)]


def _as_negotiated(limits: LoadLimits | None, step_hours: float) -> Limits:
    if limits is None:
        return Limits.none()
    return Limits(step_hours * limits.most_kw, limits.dearest_per_kwh)


def _standing_prices(standing: Sequence[Standing], limits: LoadLimits | None) -> Prices:
    """The prices that stand; limits that are new begin at no price."""
    local = np.array([own.price_per_kwh for own in standing])
    rows = 0 if limits is None else limits.rows
    before = standing[0].limit_price_per_kwh[:rows]
    return Prices(local, np.concatenate([before, np.zeros(rows - len(before))]))


def _summing(
    classes: Classes,
    party: Party,
    models: Sequence[HomeModel],
    budget: MarketBudget,
    limits: LoadLimits | None,
) -> Summing:
    """Under masks, if that is wanted and there are enough members for a sum to hide them."""
    rows = len(classes.row_prices.import_price_per_kwh)
    # Whole kWh, so that the range tells little of the home that sets it.
    reach_kw = max(float(max(side.max(initial=0.0) for side in model.reach_kw)) for model in models)
    largest_kwh = float(np.ceil(1.0 + reach_kw * models[0].axis.step_hours))
    form = AnswerForm(
        models[0].axis.steps,
        largest_kwh,
        is_one_price(classes.row_prices, party.charges, classes.requested),
        0 if limits is None else limits.rows,
    )
    fewest = np.bincount(classes.row_of_home, minlength=rows).min()
    if not budget.private or fewest < FEWEST:
        return PlainSums(classes.row_of_home, rows, form)
    before = None if party.standing is None else party.standing.masks
    if before is not None and before.fits(classes.row_of_home, form):
        return before.again()
    # Keys of a study need not be secret, but its course must not depend on chance.
    random = np.random.default_rng([budget.seed, 5])
    return MaskedSums(classes.row_of_home, rows, form, random.bytes)


def _together(
    parties: Sequence[Party],
    classes: Sequence[Classes],
    members: Sequence[Members],
    turns: Turns,
    done: Done,
    summing: Sequence[Summing],
    limits: Sequence[LoadLimits | None],
) -> Together:
    """Everything of plans that settlement and report need."""
    rows = done.prices.limit_per_kwh
    plans = [
        tuple(party.alone) if done.keeps_alone else own.plans(done.draw)
        for own, party in zip(members, parties, strict=True)
    ]
    in_limits = [_in_limits(own, of) for own, of in zip(plans, limits, strict=True)]
    certificates = _certificates(plans, parties, classes, turns, in_limits)
    agreements = []
    for k, (own, party, of) in enumerate(zip(plans, parties, classes, strict=True)):
        net_kwh = own[0].axis.step_hours * np.array([plan.net_kw for plan in own])
        drawn, fed_in = np.maximum(net_kwh, 0.0), np.maximum(-net_kwh, 0.0)
        trades = sold(drawn, fed_in, of.of_homes, party.charges, of.requested)
        certificate, price = certificates[k], done.prices.local_per_kwh[k]
        agreements.append(
            Agreement(
                plans=own,
                local_price_per_kwh=trades.inside.supported(price),
                trades=trades.inside,
                delivered_kwh=trades.delivered_kwh,
                cost=sum(plan.costs.cost for plan in own) - trades.gain,
                cost_under_the_rule=certificate.cost,
                lower_bound=certificate.lower_bound,
                bound_price_per_kwh=certificate.prices.local_per_kwh[k],
                rounds=tuple(turns.records),
                traffic=summing[k].traffic,
                is_masked=isinstance(summing[k], MaskedSums),
                standing=members[k].standing(done.draw, done.prices, own),
                notes=(*of.words, *members[k].notes),
            )
        )
    excess = turns.limits.excess_kwh(np.sum(in_limits, axis=0))
    best = max(turns.bounds, key=lambda bound: bound.cost)
    return Together(tuple(agreements), rows, excess, best)


@dataclass(frozen=True)
class _Certificate:
    """What a community's plans cost under the terms of prices, and its part of the bound there."""

    cost: float
    lower_bound: float
    prices: Prices


def _certificates(
    plans: Sequence[Sequence[HomePlan]],
    parties: Sequence[Party],
    classes: Sequence[Classes],
    turns: Turns,
    in_limits: Sequence[FloatArray],
) -> list[_Certificate]:
    """The bound that proves most of all plans together, shared out among the communities.

    A community's own part says how good its plans are at the prices; what limits leave unused at their price is no
    community's, and is shared equally.
    """
    found: list[list[_Certificate]] = []
    unused = turns.limits.most_kwh - np.sum(in_limits, axis=0)
    for bound in turns.bounds:
        limit_price = bound.prices.limit_per_kwh
        common = float(limit_price @ unused) / len(parties)
        own = []
        for k, (party, of) in enumerate(zip(parties, classes, strict=True)):
            terms = Terms.at(bound.prices.local_per_kwh[k], of.suppliers, party.charges)
            part = bound.by_market[k] - float(limit_price @ in_limits[k]) - common
            own.append(_Certificate(of.cost(plans[k], terms, party.charges), part, bound.prices))
        found.append(own)
    return min(found, key=lambda own: sum(part.cost - part.lower_bound for part in own))


def _in_limits(plans: Sequence[HomePlan], limits: LoadLimits | None) -> FloatArray:
    """What plans come to in each limit, in kWh, shape (rows,)."""
    if limits is None:
        return np.zeros(0)
    net_kwh = plans[0].axis.step_hours * np.array([plan.net_kw for plan in plans])
    return np.asarray(limits.shares(net_kwh).sum(axis=0))
