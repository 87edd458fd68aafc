"""A day of the local market, from homes to money: plans agreed on, trades settled, every home's costs in the end.

Contracts come first: who may be called, what each home may be asked for, and what its aggregator takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.calls import Calls
from mas2tering.coordination.local_market import Agreement, MarketBudget, Told, agree
from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import UnderContract
from mas2tering.settlement.bills import Fee, Member
from mas2tering.settlement.settle import Settlement, settle


@dataclass(frozen=True)
class MarketDay:
    """What was agreed on, how it was settled, and each home's plan with what it costs after settlement.

    ``plans`` and ``alone``, the homes' plans of use case 1 on the same day from the same contents of stores, are of all
    homes. ``agreement`` and ``settlement`` are of the ``members`` alone, numbers of homes in order; the others keep their
    plan of use case 1 and their supplier, and ``left_out`` says why, by home. ``calls`` are those of the day so far.
    ``wanted_gap`` is the gap, in currency, at which the negotiation was to stop.
    """

    agreement: Agreement
    settlement: Settlement
    plans: tuple[HomePlan, ...]
    alone: tuple[HomePlan, ...]
    wanted_gap: float
    members: tuple[int, ...]
    left_out: Mapping[str, str]
    calls: Calls

    def of_all(self, of_members: FloatArray) -> FloatArray:
        """Amounts of members, the leading axis, among all homes: nothing for those who do not take part."""
        spread = np.zeros((len(self.plans), *of_members.shape[1:]))
        spread[list(self.members)] = of_members
        return spread

    @property
    def alone_of_members(self) -> tuple[HomePlan, ...]:
        """Plans of use case 1 of those who take part."""
        return tuple(self.alone[k] for k in self.members)


@dataclass(frozen=True)
class _Recomputed:
    """Costs in use case 1, from plans that were computed from what the members committed to."""

    costs: Mapping[str, Costs]

    def costs_alone(self, member: str) -> Costs:
        return self.costs[member]


def market_day(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    suppliers: Sequence[str],
    charges: LocalCharges,
    currency: str,
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    contracts: Sequence[UnderContract | None] | None = None,
    calls: Calls | None = None,
) -> MarketDay:
    """Negotiate and settle a day.

    Args:
        models: the members' homes.
        alone: their plans of use case 1, in the same order.
        suppliers: who supplies each.
        charges: what the regulator puts on each kWh traded.
        currency: of all amounts.
        budget: when the negotiation stops.
        told: told of each round.
        contracts: what each home has agreed to, in the same order; one without takes part with all it can do.
        calls: those made before on the day; none unless told otherwise.

    Raises:
        ValueError: the contracts let nobody take part.
    """
    budget = budget or MarketBudget()
    bound = tuple(contracts or [None] * len(models))
    named = {model.home: under.contract for model, under in zip(models, bound, strict=True) if under}
    calls = Calls.of(named) if calls is None else calls
    refused = {model.home: calls.refusal(model.home) for model in models}
    left_out = {home: str(breach) for home, breach in refused.items() if breach is not None}
    members, agreement = _agreed(models, alone, charges, budget, told, bound, left_out)
    settlement = settle(
        [
            _member(models[k], suppliers[k], bound[k], plan)
            for k, plan in zip(members, agreement.plans, strict=True)
        ],
        agreement.local_price_per_kwh,
        charges,
        currency,
        _Recomputed({plan.home: plan.costs for plan in alone}),
    )
    plans = list(alone)
    if settlement.worthwhile:
        for row, (k, plan) in enumerate(zip(members, agreement.plans, strict=True)):
            plans[k] = _settled(plan, settlement, row)
    called = calls.after(models[k].home for k in members)
    wanted_gap = budget.gap * abs(sum(alone[k].costs.cost for k in members))
    return MarketDay(agreement, settlement, tuple(plans), tuple(alone), wanted_gap, members, left_out, called)


def _agreed(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    charges: LocalCharges,
    budget: MarketBudget,
    told: Told,
    bound: Sequence[UnderContract | None],
    left_out: dict[str, str],
) -> tuple[tuple[int, ...], Agreement]:
    """Who takes part, and what they agree on. A plan that breaks its home's contract is refused with the clause: the home
    is ``left_out``, and the others agree again.

    Raises:
        ValueError: the contracts let nobody take part.
    """
    while True:
        members = tuple(k for k, model in enumerate(models) if model.home not in left_out)
        if not members:
            raise ValueError("the contracts let nobody take part in the local market")
        own, contracts = [alone[k] for k in members], [bound[k] for k in members]
        agreement = agree([models[k] for k in members], own, charges, budget, told, contracts=contracts)
        broken = _broken(agreement, contracts, own)
        if not broken:
            return members, agreement
        left_out |= broken


def _broken(
    agreement: Agreement, contracts: Sequence[UnderContract | None], alone: Sequence[HomePlan]
) -> dict[str, str]:
    """The clause that each plan breaks, by home: a second look, which knows nothing of how homes were restricted."""
    found = {}
    for plan, under, own in zip(agreement.plans, contracts, alone, strict=True):
        breaches = () if under is None else contract_breaches(under.contract, own, plan)
        if breaches:
            found[plan.home] = str(breaches[0])
    return found


def _member(model: HomeModel, supplier: str, under: UnderContract | None, plan: HomePlan) -> Member:
    """A home as the settlement sees it."""
    fee = None if under is None else Fee(under.contract.aggregator, under.contract.fee_per_day)
    return Member(model.home, supplier, model.tariff, plan.net_kw, plan.costs, fee)


def _settled(plan: HomePlan, settlement: Settlement, row: int) -> HomePlan:
    """A plan with what its home pays supplier and community."""
    bills = settlement.bills
    supply, feed_in = float(bills.supply[row]), float(bills.feed_in[row])
    with_supplier = supply - feed_in + plan.costs.capacity + plan.costs.standing
    paid = float(settlement.cost[row]) - plan.costs.beside_bill
    costs = replace(plan.costs, energy_bought=supply, energy_sold=feed_in, local=paid - with_supplier)
    return replace(plan, costs=costs, lower_bound=None)
