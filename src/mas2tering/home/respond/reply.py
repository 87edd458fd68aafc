"""What a member says of its answer: whole units, and of a class too small to be told apart less than of others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.load_limits import LimitWeights
from mas2tering.domain.local_market import FloatArray, TwoPrices
from mas2tering.domain.negotiation import UNIT_KWH, UNIT_MONEY
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import IntArray
from mas2tering.home.respond.crowd import CrowdAnswer


@dataclass(frozen=True)
class Replies:
    """Net energy (homes, steps) in units of ``UNIT_KWH``, import positive; cost beside energy and bound (homes,) in units
    of ``UNIT_MONEY``; what the loads come to in each limit (homes, rows), in units of ``UNIT_KWH``."""

    net_units: IntArray
    beside_units: IntArray
    bound_units: IntArray
    limit_units: IntArray


def replies(
    answer: CrowdAnswer,
    step_hours: float,
    price_per_kwh: FloatArray,
    prices: TwoPrices,
    charges: LocalCharges,
    is_merged: NDArray[np.bool_],
    limits: LimitWeights | None = None,
) -> Replies:
    """Answers to a local price (steps,), at which each home has its own ``prices`` (homes, steps), and to ``limits``, of
    which each home knows its own weights.

    A member of a merged class tells energy only where its price follows the local one; what it pays at its own
    supplier's prices becomes part of its cost. To first order in the price that is the same.
    """
    net_kwh, beside = step_hours * answer.net_kw, answer.beside_cost
    in_limits = np.zeros((len(net_kwh), 0)) if limits is None else limits.shares(net_kwh)
    if is_merged.any():
        drawn, fed_in = np.maximum(net_kwh, 0.0), np.maximum(-net_kwh, 0.0)
        buys_at, sells_at = price_per_kwh + charges.buyer_per_kwh, price_per_kwh - charges.seller_per_kwh
        # Traded inside the community, cut by the rule against resale or not: what is cut does not move.
        follows = np.where(
            net_kwh > 0.0, prices.buying_per_kwh >= buys_at, prices.selling_per_kwh <= sells_at
        )
        paid = (drawn * prices.buying_per_kwh - fed_in * prices.selling_per_kwh).sum(axis=1)
        moving = np.where(follows, net_kwh, 0.0)
        paid_on_moving = np.where(moving > 0.0, moving * buys_at, moving * sells_at).sum(axis=1)
        net_kwh = np.where(is_merged[:, None], moving, net_kwh)
        beside = np.where(is_merged, beside + paid - paid_on_moving, beside)
    return Replies(
        _whole(net_kwh, UNIT_KWH),
        _whole(beside, UNIT_MONEY),
        _whole(answer.bound, UNIT_MONEY),
        _whole(in_limits, UNIT_KWH),
    )


def replies_of_plans(plans: Sequence[HomePlan], is_merged: NDArray[np.bool_]) -> Replies:
    """What plans come to, whatever the local price: all their energy, and what they cost beside it, to which a member of
    a merged class adds what it would pay its own supplier alone."""
    net_kwh = plans[0].axis.step_hours * np.array([plan.net_kw for plan in plans])
    cost = np.array([plan.costs.cost for plan in plans])
    energy = np.array([plan.costs.energy_bought - plan.costs.energy_sold for plan in plans])
    beside = np.where(is_merged, cost, cost - energy)
    nothing = np.zeros((len(plans), 0), np.int64)
    return Replies(_whole(net_kwh, UNIT_KWH), _whole(beside, UNIT_MONEY), nothing.sum(axis=1), nothing)


def _whole(values: FloatArray, unit: float) -> IntArray:
    return np.rint(values / unit).astype(np.int64)
