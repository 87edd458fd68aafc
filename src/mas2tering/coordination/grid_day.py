"""A day with the distribution system operator: the plans to which homes are bound are put through a power flow, what is
congested is negotiated away, homes are paid what that costs them, and the local market is settled afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mas2tering.coordination.congestion import Connected, Relief, relieved
from mas2tering.coordination.emergency import Emergency, emergency
from mas2tering.coordination.local_market import Agreement, MarketBudget, Party, Told
from mas2tering.coordination.market_day import MarketDay
from mas2tering.coordination.shedding import Infeasible, proof_of_infeasibility
from mas2tering.domain.load_limits import FloatArray, LoadLimits
from mas2tering.domain.plans import Costs, HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond import UnderContract, fitting
from mas2tering.settlement.flexibility import (
    PlannedHome,
    SettlementAfterOrders,
    payments,
    settle_after_orders,
)

Regime = Literal["green", "yellow", "orange"]
"""As in USEF: green, nothing is congested; yellow, flexibility is asked for; orange, it is not enough, and load is shed."""

DEAREST_PER_KWH = 10.0
"""What a kWh beyond a limit may cost at most before load is shed instead, in the community's currency: of the order of what
households say that a lost kWh is worth to them (assumed)."""


@dataclass(frozen=True)
class GridDayOutcome:
    """What became of a day's congestion.

    ``market`` is use case 2, to whose plans homes were bound. ``plans`` are of all homes, each with what it costs after
    settlement and payment. ``settled`` is None where nothing was ordered. ``emergency`` is what was done without in regime
    orange, with the proof that it had to be.
    """

    market: MarketDay
    relief: Relief
    plans: tuple[HomePlan, ...]
    settled: SettlementAfterOrders | None
    regime: Regime
    emergency: Emergency | None = None

    @property
    def agreement(self) -> Agreement:
        """What members agreed on in the end."""
        together = self.relief.together
        return self.market.agreement if together is None else together.agreements[0]


def grid_day(
    models: Sequence[HomeModel],
    market: MarketDay,
    charges: LocalCharges,
    connected: Connected,
    budget: MarketBudget,
    *,
    dso: str,
    aggregator: str,
    currency: str,
    contracts: Sequence[UnderContract | None] | None = None,
    told: Told = lambda *_: None,
) -> GridDayOutcome:
    """Find congestion in the plans of use case 2, negotiate it away, pay for it.

    Args:
        models: all homes.
        market: the day of use case 2.
        charges: what the regulator puts on each kWh traded.
        connected: the network, where each of all homes is, and what else is on it.
        budget: of each negotiation.
        dso: who pays.
        aggregator: through whom homes without a contract that names one are paid.
        currency: of all amounts.
        contracts: of all homes, None for one without.
        told: told of each round.
    """
    members = market.members
    bound = _bound_plans(market)
    party = Party(
        [models[k] for k in members],
        [market.alone[k] for k in members],
        charges,
        market.agreement.standing if market.settlement.worthwhile else None,
        None if contracts is None else [contracts[k] for k in members],
        market.requests.requested if market.requests.deliveries else None,
    )
    here = _among_others(connected, members, market)
    proof = _Proof([party], budget)
    relief = relieved(
        [party],
        [bound],
        here,
        budget,
        dearest_per_kwh=DEAREST_PER_KWH,
        told=told,
        is_hopeless=proof.is_there,
    )
    as_bound, orange = party, None
    if not relief.is_clean and relief.limits is not None:
        if proof.found is None:
            proof.is_there(relief.limits, budget.rounds)
        orange = emergency(party, relief, bound, here, budget, proof.found, told)
        party, relief = orange.party, orange.relief
    if relief.together is None:
        return GridDayOutcome(market, relief, market.plans, None, "green")
    agreement = relief.together.agreements[0]
    ordered = agreement.plans
    declared = _Declared.of(as_bound, party, agreement, market, bound)
    names = [_aggregator_of(contracts, k, aggregator) for k in members]
    paid = payments(
        [
            PlannedHome(own, order, model.tariff, name)
            for own, order, model, name in zip(bound, ordered, party.models, names, strict=True)
        ],
        declared,
        dso,
        currency,
    )
    settled = settle_after_orders(market.settlement, paid, agreement.local_price_per_kwh)
    plans, cost = list(market.plans), settled.cost
    for row, k in enumerate(members):
        plans[k] = _settled(settled.rows[row].plan, settled, row, float(cost[row]))
    is_orange = orange is not None and (orange.shed or orange.infeasible or not relief.is_clean)
    regime: Regime = "orange" if is_orange else "yellow"
    return GridDayOutcome(market, relief, tuple(plans), settled, regime, orange)


class _Proof:
    """Proves limits infeasible for homes as they are bound, once; ``found`` is what was proven."""

    def __init__(self, parties: Sequence[Party], budget: MarketBudget) -> None:
        self._parties, self._budget = parties, budget
        self.found: Infeasible | None = None

    def is_there(self, limits: LoadLimits, rounds: int, price: FloatArray | None = None) -> bool:
        """Whether limits are proven infeasible after so many rounds from these prices on."""
        budget = replace(self._budget, rounds=rounds)
        self.found = proof_of_infeasibility(self._parties, limits, budget, price)
        return self.found is not None


def _bound_plans(market: MarketDay) -> tuple[HomePlan, ...]:
    """The plans to which members are bound at the gate, at their own suppliers' tariffs."""
    return market.agreement.plans if market.settlement.worthwhile else market.alone_of_members


def _among_others(connected: Connected, members: Sequence[int], market: MarketDay) -> Connected:
    """The network as members see it: homes that take no part are loads as they are."""
    other = connected.other_kw.copy()
    for k, plan in enumerate(market.alone):
        if k not in members:
            other[connected.customer_of_home[k]] += plan.net_kw
    return Connected(connected.network, connected.customer_of_home[list(members)], other)


def _aggregator_of(contracts: Sequence[UnderContract | None] | None, home: int, aggregator: str) -> str:
    under = None if contracts is None else contracts[home]
    return aggregator if under is None else under.contract.aggregator


@dataclass(frozen=True)
class _Declared:
    """What lies beside the bill of plans, recomputed from the decisions that homes committed to."""

    costs: Mapping[tuple[str, bytes], Costs]

    def beside_bill(self, plan: HomePlan) -> Costs:
        return self.costs[plan.home, plan.net_kw.tobytes()]

    @staticmethod
    def of(
        as_bound: Party, as_ordered: Party, agreement: Agreement, market: MarketDay, bound: Sequence[HomePlan]
    ) -> "_Declared":
        """Each decision as its own model tells it: under contract where homes were bound, in an emergency perhaps without."""
        first = market.agreement.standing
        costs: dict[tuple[str, bytes], Costs] = {}
        models = zip(as_bound.contracted, as_ordered.contracted, as_ordered.alone, strict=True)
        for k, (model, ordered, alone) in enumerate(models):
            before = first.decisions[k] if market.settlement.worthwhile and k not in first.stays else None
            after = agreement.standing.decisions[k] if k not in agreement.standing.stays else None
            costs[agreement.plans[k].home, agreement.plans[k].net_kw.tobytes()] = _recomputed(
                ordered, alone, after
            )
            costs[bound[k].home, bound[k].net_kw.tobytes()] = _recomputed(model, alone, before)
        return _Declared(costs)


def _recomputed(model: HomeModel, alone: HomePlan, decision: Decision | None) -> Costs:
    """Costs of a decision; of none, those of use case 1, which were computed from the same."""
    own = fitting(model, alone)
    return alone.costs if decision is None or own is not model else plan_of(own, decision, "within_gap").costs


def _settled(plan: HomePlan, settled: SettlementAfterOrders, row: int, cost: float) -> HomePlan:
    """A plan with what its home pays supplier and community, and what the DSO pays it; its ``cost`` before that."""
    bills, received = settled.market.bills, settled.rows[row].due
    supply, feed_in = float(bills.supply[row]), float(bills.feed_in[row])
    with_supplier = supply - feed_in + plan.costs.capacity + plan.costs.standing
    paid = cost + received - plan.costs.beside_bill
    costs = replace(
        plan.costs,
        energy_bought=supply,
        energy_sold=feed_in,
        local=paid - with_supplier,
        dso_payment=received,
    )
    return replace(plan, costs=costs, lower_bound=None)
