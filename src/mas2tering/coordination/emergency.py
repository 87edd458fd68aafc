"""Regime orange, whole: proof that limits cannot be kept, the negotiation of what homes do without, and proof of how little would
have done."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mas2tering.community.price_search import Prices
from mas2tering.coordination.agreement import Agreement, MarketBudget, Party, Told
from mas2tering.coordination.congestion import Connected, Relief, relieved
from mas2tering.coordination.shedding import (
    DEAREST_SHED_PER_KWH,
    Infeasible,
    LeastShed,
    WithinReach,
    emergency_party,
    least_shed,
    proof_of_infeasibility,
)
from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import plan_of
from mas2tering.home.respond import fitting
from mas2tering.home.respond.emergency import Shed, Worth, missing_comfort_kwh, shed_between

LOAD_PER_KWH, COMFORT_PER_KWH = 2.5, 10.0
"""What a kWh at the meter is worth, in the community's currency, that waits for another day; and comfort at least, so that it comes
after that (assumed: a quarter of, and as much as, what households say that a lost kWh is worth to them)."""
_IN_ORDER = Worth(LOAD_PER_KWH, COMFORT_PER_KWH, more_by_priority=0.01)
_DECLARED = Worth(LOAD_PER_KWH, 0.0)
"""For what is lost homes are paid by their own prices, and by the one of waiting where they have none."""
_NEAR = 0.02
"""How near to the least what is shed is negotiated, as a share of it."""


@dataclass(frozen=True)
class Emergency:
    """What became of a day on which no plans keep the limits.

    ``party`` are the homes as they were ordered, at the prices at which losses are paid. ``infeasible`` proves that something
    had to be shed (None: that is not proven), ``least`` how much at least, ``remainder`` that some limits are out of reach whatever
    is shed (None: none are).
    """

    party: Party
    relief: Relief
    infeasible: Infeasible | None
    shed: tuple[Shed, ...]
    least: LeastShed
    remainder: Infeasible | None


def emergency(
    party: Party,
    vain: Relief,
    bound: Sequence[HomePlan],
    connected: Connected,
    budget: MarketBudget,
    infeasible: Infeasible | None,
    told: Told,
) -> Emergency:
    """Shed what must be, in order, from a negotiation on that was in ``vain``.

    Args:
        party: the members, as they are bound.
        vain: what was tried with what contracts and wishes allow.
        bound: the plans to which members are bound.
        connected: where they are.
        budget: of each negotiation.
        infeasible: what is proven already.
        told: told of each round.
    """
    if vain.limits is None:
        raise AssertionError("what was negotiated in vain has limits")
    optional = emergency_party(party, _IN_ORDER)
    reach = WithinReach([optional], budget)
    first = least_shed([party], reach(vain.limits), budget)
    prices = first.bound.prices
    start = Prices(prices.local_per_kwh, LOAD_PER_KWH * prices.limit_per_kwh)
    alone = abs(sum(plan.costs.cost for plan in party.alone))
    near = _NEAR * LOAD_PER_KWH * max(first.bound.cost, 0.0)
    relief = relieved(
        [optional],
        [bound],
        connected,
        replace(budget, gap=max(budget.gap, near / alone if alone else 0.0)),
        dearest_per_kwh=LOAD_PER_KWH * DEAREST_SHED_PER_KWH,
        told=told,
        after=vain,
        within_reach=reach,
        start=start,
    )
    if relief.together is None or relief.limits is None or reach.asked is None:
        raise AssertionError("plans that are congested are negotiated about")
    rows = relief.limits.latest()
    least = least_shed([party], rows, budget)
    remainder = proof_of_infeasibility([optional], reach.asked, budget) if reach.is_short else None
    declared = emergency_party(party, _DECLARED)
    agreement = _as_declared(declared, relief.together.agreements[0])
    relief = replace(
        relief,
        rounds=vain.rounds + relief.rounds,
        together=replace(relief.together, agreements=(agreement,)),
    )
    shed = tuple(
        own
        for k, (model, before) in enumerate(zip(party.models, bound, strict=True))
        if _may_move(declared, agreement, k)
        for own in shed_between(model, before, agreement.standing.decisions[k])
    )
    proven = LeastShed(
        max(0.0, least.bound.cost - _missing_before(party, bound)),
        tuple(least.bound.prices.limit_per_kwh.tolist()),
        rows,
    )
    return Emergency(declared, relief, infeasible, shed, proven, remainder)


def _missing_before(party: Party, bound: Sequence[HomePlan]) -> float:
    """What comfort bound plans miss by themselves, which nobody sheds."""
    return sum(missing_comfort_kwh(model, plan) for model, plan in zip(party.models, bound, strict=True))


def _as_declared(declared: Party, agreement: Agreement) -> Agreement:
    """The same plans, at what homes lose by them rather than at the prices that kept the order."""
    plans = list(agreement.plans)
    for k, model in enumerate(declared.models):
        if _may_move(declared, agreement, k):
            plans[k] = plan_of(model, agreement.standing.decisions[k], "within_gap")
    more = sum(own.costs.cost - was.costs.cost for own, was in zip(plans, agreement.plans, strict=True))
    return replace(agreement, plans=tuple(plans), cost=agreement.cost + more)


def _may_move(party: Party, agreement: Agreement, home: int) -> bool:
    """Whether a home's plan is a decision of its own, and not its plan of use case 1."""
    model = party.models[home]
    return home not in agreement.standing.stays and fitting(model, party.alone[home]) is model
