"""A day of the local market, from homes to money: plans agreed on, trades settled, every home's costs in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mas2tering.coordination.local_market import Agreement, MarketBudget, Told, agree
from mas2tering.domain.plans import Costs, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.settlement.bills import Member
from mas2tering.settlement.settle import Settlement, settle


@dataclass(frozen=True)
class MarketDay:
    """What was agreed on, how it was settled, and each home's plan with what it costs after settlement.

    ``alone`` are the homes' plans of use case 1 on the same day, from the same contents of stores. ``wanted_gap`` is the gap,
    in currency, at which the negotiation was to stop.
    """

    agreement: Agreement
    settlement: Settlement
    plans: tuple[HomePlan, ...]
    alone: tuple[HomePlan, ...]
    wanted_gap: float


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
    """
    budget = budget or MarketBudget()
    agreement = agree(models, alone, charges, budget, told)
    wanted_gap = budget.gap * abs(sum(plan.costs.cost for plan in alone))
    members = [
        Member(model.home, supplier, model.tariff, plan.net_kw, plan.costs)
        for model, supplier, plan in zip(models, suppliers, agreement.plans, strict=True)
    ]
    recomputed = _Recomputed({plan.home: plan.costs for plan in alone})
    settlement = settle(members, agreement.local_price_per_kwh, charges, currency, recomputed)
    if not settlement.worthwhile:
        return MarketDay(agreement, settlement, tuple(alone), tuple(alone), wanted_gap)
    plans = tuple(_settled(plan, settlement, row) for row, plan in enumerate(agreement.plans))
    return MarketDay(agreement, settlement, plans, tuple(alone), wanted_gap)


def _settled(plan: HomePlan, settlement: Settlement, row: int) -> HomePlan:
    """A plan with what its home pays supplier and community."""
    bills = settlement.bills
    supply, feed_in = float(bills.supply[row]), float(bills.feed_in[row])
    with_supplier = supply - feed_in + plan.costs.capacity + plan.costs.standing
    paid = float(settlement.cost[row]) - plan.costs.beside_bill
    costs = replace(plan.costs, energy_bought=supply, energy_sold=feed_in, local=paid - with_supplier)
    return replace(plan, costs=costs, lower_bound=None)
