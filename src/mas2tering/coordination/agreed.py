"""What becomes of a negotiation that is over: plans, trades, and what is proven of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.price_search import Prices
from mas2tering.community.terms import Terms
from mas2tering.community.turns import Done, Turns
from mas2tering.coordination.agreement import Agreement, Together
from mas2tering.coordination.seating import Seated
from mas2tering.coordination.summing import MaskedSums
from mas2tering.domain.flexibility import sold
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.plans import HomePlan


def together(table: Seated, turns: Turns, done: Done) -> Together:
    """Everything of plans that settlement and report need."""
    parties, members = table.parties, table.members
    rows = done.prices.limit_per_kwh
    plans = [
        tuple(party.alone) if done.keeps_alone else own.plans(done.draw)
        for own, party in zip(members, parties, strict=True)
    ]
    in_limits = [_in_limits(own, of) for own, of in zip(plans, table.rows, strict=True)]
    certificates = _certificates(plans, table, turns, in_limits)
    agreements = []
    for k, (own, party, of) in enumerate(zip(plans, parties, table.classes, strict=True)):
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
                traffic=table.summing[k].traffic,
                is_masked=isinstance(table.summing[k], MaskedSums),
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
    table: Seated,
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
        common = float(limit_price @ unused) / len(table.parties)
        own = []
        for k, (party, of) in enumerate(zip(table.parties, table.classes, strict=True)):
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
