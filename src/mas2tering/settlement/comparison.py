"""What other ways to share would have made of the same day: whom they leave worse off, what of the gain they keep."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray
from mas2tering.settlement.allocation import (
    Allocation,
    Rule,
    by_shares,
    mid_market_rate,
    supply_demand_ratio,
)
from mas2tering.settlement.bills import Bills, bills_of
from mas2tering.settlement.settle import Settlement

WORSE_OFF = 0.001
"""A member is worse off where it loses more than this, in the community's currency."""


@dataclass(frozen=True)
class Outcome:
    """What a rule makes of a day.

    ``gain`` (members,) is against use case 1; ``share_of_market_gain`` is the community's gain in fractions of what the market
    gains, and ``None`` where the market gains nothing; ``worst_loss`` is zero where nobody loses.
    """

    rule: Rule
    gain: FloatArray
    local_trade_kwh: float
    share_of_market_gain: float | None

    @property
    def worse_off(self) -> int:
        """How many members are worse off than alone."""
        return int((self.gain < -WORSE_OFF).sum())

    @property
    def worst_loss(self) -> float:
        """The loss of the member that loses most."""
        return max(0.0, -float(self.gain.min()))


def allocations(
    settlement: Settlement, fixed_shares: Mapping[str, float] | None = None
) -> dict[Rule, Allocation]:
    """How each key and price rule shares the day; keys are paid at the market's local price.

    Args:
        settlement: the day.
        fixed_shares: shares by member for the fixed key, zero or more, of any sum; by default each member's part of what
            all draw over the day.

    Raises:
        ValueError: shares are missing, negative, or all zero.
    """
    meters, price = settlement.meters, settlement.price_per_kwh
    trades = settlement.trades
    return {
        Rule.DYNAMIC_KEY: Allocation(trades.bought_kwh, trades.sold_kwh, price),
        Rule.EQUAL_KEY: by_shares(meters, np.ones(len(settlement.members)), price),
        Rule.FIXED_KEY: by_shares(meters, _fixed_shares(settlement, fixed_shares), price),
        Rule.CONSUMPTION_KEY: by_shares(meters, meters.drawn_kwh, price),
        Rule.MID_MARKET_RATE: mid_market_rate(meters, settlement.charges),
        Rule.SUPPLY_DEMAND_RATIO: supply_demand_ratio(meters, settlement.charges),
    }


def compared(settlement: Settlement, fixed_shares: Mapping[str, float] | None = None) -> tuple[Outcome, ...]:
    """Each rule's outcome, the settlement's own first. Arguments and errors as for :func:`allocations`."""
    limit = np.array(
        [
            costs.cost - member.costs.beside_bill
            for costs, member in zip(settlement.alone, settlement.members, strict=True)
        ]
    )
    alone = np.array([costs.cost for costs in settlement.alone])
    # Before fees, which no rule shares.
    gains = settlement.sharing.gain if settlement.worthwhile else np.zeros(len(alone))
    found = [_outcome(settlement, Rule.SETTLED, gains, settlement.trades.bought_kwh)]
    for rule, allocation in allocations(settlement, fixed_shares).items():
        # Keys are about members; only the market's own trades serve buyers outside.
        to_buyers = settlement.deliveries.to_buyers_kwh if rule is Rule.DYNAMIC_KEY else None
        bills = _bills(settlement, allocation, to_buyers)
        found.append(_outcome(settlement, rule, limit - bills.total, allocation.bought_kwh))
    return tuple(found)


def _bills(settlement: Settlement, allocation: Allocation, to_buyers_kwh: FloatArray | None) -> Bills:
    charges = settlement.charges
    return bills_of(
        settlement.meters,
        allocation.bought_kwh,
        allocation.sold_kwh,
        allocation.prices(charges),
        charges,
        to_buyers_kwh,
    )


def _outcome(settlement: Settlement, rule: Rule, gain: FloatArray, bought_kwh: FloatArray) -> Outcome:
    market = settlement.sharing.total
    kept = float(gain.sum()) / market if market > WORSE_OFF else None
    return Outcome(rule, gain, float(bought_kwh.sum()), kept)


def _fixed_shares(settlement: Settlement, given: Mapping[str, float] | None) -> FloatArray:
    if given is None:
        return np.asarray(settlement.meters.drawn_kwh.sum(axis=1))
    ids = [member.id for member in settlement.members]
    missing = [name for name in ids if name not in given]
    if missing:
        raise ValueError(f"fixed shares: found none for {missing}; expected one for each member")
    shares = np.array([given[name] for name in ids])
    if not (shares >= 0.0).all() or not np.isfinite(shares).all() or shares.sum() <= 0.0:
        raise ValueError(
            f"fixed shares: found {shares.tolist()}; expected numbers of zero or more, not all zero"
        )
    return shares
