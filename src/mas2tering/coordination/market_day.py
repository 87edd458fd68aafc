"""A day of the local market, from homes to money: plans agreed on, trades settled, every home's costs in the end.

Contracts come first: who may be called, what each home may be asked for, and what its aggregator takes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.calls import Calls
from mas2tering.coordination.local_market import Agreement, MarketBudget, Told, agree
from mas2tering.domain.contract_breaches import contract_breaches
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import UnderContract
from mas2tering.settlement.bills import Fee, Member
from mas2tering.settlement.deliveries import Delivery
from mas2tering.settlement.settle import Settlement, settle
from mas2tering.settlement.wording import amount

_WORTH_DELIVERING_KWH = 0.005
"""Less than this over the day reads as 0.00 kWh, and is no delivery."""


@dataclass(frozen=True)
class RequestsMet:
    """What buyers outside have ``requested``, how far it is met, and what that brings the members.

    ``gain`` is what the members gain together by it, against the same day without any request. ``refusal`` says in words why
    nothing is delivered, and is empty where something is. ``rounds_beside`` counts the rounds of the negotiation that was held
    to compare with, and is none where there was only one.
    """

    requested: Requested
    delivered_kwh: FloatArray
    deliveries: tuple[Delivery, ...] = ()
    gain: float = 0.0
    refusal: str = ""
    rounds_beside: int = 0


@dataclass(frozen=True)
class MarketDay:
    """What was agreed on, how it was settled, and each home's plan with what it costs after settlement.

    ``plans`` and ``alone``, the homes' plans of use case 1 on the same day from the same contents of stores, are of all
    homes. ``agreement`` and ``settlement`` are of the ``members`` alone, numbers of homes in order; the others keep their
    plan of use case 1 and their supplier, and ``left_out`` says why, by home. ``calls`` are those of the day so far.
    ``wanted_gap`` is the gap, in currency, at which the negotiation was to stop. ``requests`` says what buyers outside get.
    """

    agreement: Agreement
    settlement: Settlement
    plans: tuple[HomePlan, ...]
    alone: tuple[HomePlan, ...]
    wanted_gap: float
    members: tuple[int, ...]
    left_out: Mapping[str, str]
    calls: Calls
    requests: RequestsMet

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
    requested: Requested | None = None,
) -> MarketDay:
    """Negotiate and settle a day.

    Where buyers outside have requested something that a member could deliver, the day is negotiated with them and without
    them, and they are served where the members together are better off for it.

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
        requested: what buyers outside the community ask for; nothing unless told otherwise.

    Raises:
        ValueError: the contracts let nobody take part.
    """
    budget = budget or MarketBudget()
    bound = tuple(contracts or [None] * len(models))
    named = {model.home: under.contract for model, under in zip(models, bound, strict=True) if under}
    calls = Calls.of(named) if calls is None else calls
    refused = {model.home: calls.refusal(model.home) for model in models}
    left_out = {home: str(breach) for home, breach in refused.items() if breach is not None}
    day = _Day(models, alone, suppliers, charges, currency, budget, told, bound)
    found, met = day.with_buyers(left_out, requested or Requested.nothing(models[0].axis.steps))
    plans = list(alone)
    if found.settlement.worthwhile:
        for row, (k, plan) in enumerate(zip(found.members, found.agreement.plans, strict=True)):
            plans[k] = _settled(plan, found.settlement, row)
    called = calls.after(models[k].home for k in found.members)
    return MarketDay(
        agreement=found.agreement,
        settlement=found.settlement,
        plans=tuple(plans),
        alone=tuple(alone),
        wanted_gap=budget.gap * abs(sum(alone[k].costs.cost for k in found.members)),
        members=found.members,
        left_out=found.left_out,
        calls=called,
        requests=met,
    )


@dataclass(frozen=True)
class _Outcome:
    """Who took part and who did not, what was agreed on, and the money of it."""

    members: tuple[int, ...]
    left_out: Mapping[str, str]
    agreement: Agreement
    settlement: Settlement

    @property
    def gain(self) -> float:
        """What the members gain together against use case 1."""
        return self.settlement.sharing.total if self.settlement.worthwhile else 0.0


@dataclass(frozen=True)
class _Day:
    """What :func:`market_day` is given, in its words."""

    models: Sequence[HomeModel]
    alone: Sequence[HomePlan]
    suppliers: Sequence[str]
    charges: LocalCharges
    currency: str
    budget: MarketBudget
    told: Told
    bound: Sequence[UnderContract | None]

    def with_buyers(self, left_out: Mapping[str, str], requested: Requested) -> tuple[_Outcome, RequestsMet]:
        """The day with buyers outside if the members together are better off for it, else without.

        Raises:
            ValueError: the contracts let nobody take part.
        """
        nothing = Requested.nothing(self.models[0].axis.steps)
        without = self._outcome(left_out, nothing, nothing)
        none_delivered = np.zeros_like(requested.asked_kwh)
        if requested.is_nothing:
            return without, RequestsMet(requested, none_delivered)
        wanted = self._within_reach(requested, without.members)
        if wanted.is_nothing:
            refusal = "no member that can feed in then would get more from the buyer than from its supplier"
            return without, RequestsMet(requested, none_delivered, refusal=refusal)
        found = self._outcome(left_out, wanted, requested)
        deliveries = found.settlement.deliveries.requests
        delivered = np.array([delivery.delivered_kwh for delivery in deliveries])
        gain = found.gain - without.gain
        refusal = ""
        if delivered.sum() < _WORTH_DELIVERING_KWH:
            refusal = "at this price members have a better use for all that they could feed in"
        elif gain <= 0.0:
            less = amount(-gain, self.currency)
            refusal = f"members together would gain {less} less with the buyer than without it"
        if refusal:
            beside = len(found.agreement.rounds)
            return without, RequestsMet(requested, none_delivered, refusal=refusal, rounds_beside=beside)
        beside = len(without.agreement.rounds)
        return found, RequestsMet(requested, delivered, deliveries, gain, rounds_beside=beside)

    def _within_reach(self, requested: Requested, members: Sequence[int]) -> Requested:
        """What there is any use in negotiating about with these members."""
        taking_part = [self.models[k] for k in members]
        hours = taking_part[0].axis.step_hours
        prices = SupplierPrices(
            np.array([model.tariff.import_price_per_kwh for model in taking_part]),
            np.array([model.tariff.export_price_per_kwh for model in taking_part]),
        )
        most_kwh = hours * np.sum([np.maximum(model.reach_kw[1], 0.0) for model in taking_part], axis=0)
        return requested.within_reach(prices, self.charges, most_kwh)

    def _outcome(self, left_out: Mapping[str, str], wanted: Requested, requested: Requested) -> _Outcome:
        """Agree about what is ``wanted`` of what is ``requested``, and settle.

        Raises:
            ValueError: the contracts let nobody take part.
        """
        members, left_out, agreement = self._agreed(dict(left_out), wanted)
        settlement = settle(
            [self._member(k, plan) for k, plan in zip(members, agreement.plans, strict=True)],
            agreement.local_price_per_kwh,
            self.charges,
            self.currency,
            _Recomputed({plan.home: plan.costs for plan in self.alone}),
            requested,
        )
        return _Outcome(members, left_out, agreement, settlement)

    def _agreed(
        self, left_out: dict[str, str], requested: Requested
    ) -> tuple[tuple[int, ...], Mapping[str, str], Agreement]:
        """Who takes part, who does not and why, and what is agreed on. A plan that breaks its home's contract is refused with
        the clause: the home is left out, and the others agree again.

        Raises:
            ValueError: the contracts let nobody take part.
        """
        while True:
            members = tuple(k for k, model in enumerate(self.models) if model.home not in left_out)
            if not members:
                raise ValueError("the contracts let nobody take part in the local market")
            own, contracts = [self.alone[k] for k in members], [self.bound[k] for k in members]
            models = [self.models[k] for k in members]
            agreement = agree(
                models, own, self.charges, self.budget, self.told, contracts=contracts, requested=requested
            )
            broken = _broken(agreement, contracts, own)
            if not broken:
                return members, left_out, agreement
            left_out |= broken

    def _member(self, k: int, plan: HomePlan) -> Member:
        """A home as the settlement sees it."""
        model, under = self.models[k], self.bound[k]
        fee = None if under is None else Fee(under.contract.aggregator, under.contract.fee_per_day)
        return Member(model.home, self.suppliers[k], model.tariff, plan.net_kw, plan.costs, fee)


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


def _settled(plan: HomePlan, settlement: Settlement, row: int) -> HomePlan:
    """A plan with what its home pays supplier and community."""
    bills = settlement.bills
    supply, feed_in = float(bills.supply[row]), float(bills.feed_in[row])
    with_supplier = supply - feed_in + plan.costs.capacity + plan.costs.standing
    paid = float(settlement.cost[row]) - plan.costs.beside_bill
    costs = replace(plan.costs, energy_bought=supply, energy_sold=feed_in, local=paid - with_supplier)
    return replace(plan, costs=costs, lower_bound=None)
