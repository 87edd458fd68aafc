"""A day's settlement: trades, bills, gains shared, and the ledger of who pays whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.domain.plans import Costs, CostsAlone
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Bills, Member, Meters
from mas2tering.settlement.deliveries import Deliveries
from mas2tering.settlement.entries import entries_of, gain_in_words, in_cents, most_in_cents
from mas2tering.settlement.ledger import Ledger, exactly
from mas2tering.settlement.market import local_market
from mas2tering.settlement.sharing import Sharing, shared
from mas2tering.settlement.wording import amount, count


@dataclass(frozen=True)
class Settlement:
    """What a day of the local market comes to, for all members in the order in which they were given.

    ``price_per_kwh`` (steps,) is the local price: the negotiated one, moved to where the trades are everybody's own choice.
    ``trades`` are those among members; ``deliveries`` what they sell to buyers outside, where there are any.
    ``alone`` is each member's costs in use case 1. ``paid`` is what each member pays in whole cents, all in all; like
    ``ledger`` and ``fees``, what of it goes to the member's aggregator, it is empty where the market is not worthwhile.
    """

    day: date
    currency: str
    members: tuple[Member, ...]
    charges: LocalCharges
    price_per_kwh: FloatArray
    meters: Meters
    trades: Cleared
    deliveries: Deliveries
    alone: tuple[Costs, ...]
    bills: Bills
    sharing: Sharing
    paid: tuple[Decimal, ...]
    fees: tuple[Decimal, ...]
    ledger: Ledger

    @property
    def worthwhile(self) -> bool:
        """Whether the day is settled as traded; otherwise use case 1 is proposed for everybody."""
        return len(self.paid) > 0

    @property
    def traded_kwh(self) -> FloatArray:
        """What members sell to one another and to buyers outside, shape (steps,)."""
        return np.asarray((self.trades.sold_kwh + self.deliveries.to_buyers_kwh).sum(axis=0))

    @property
    def verdict(self) -> str:
        """In words: what the market saved, or why everybody stays with the plan of use case 1."""
        members = count(len(self.members), "member")
        money = amount(abs(self.sharing.total), self.currency)
        if self.worthwhile:
            return f"Together {members} pay {money} less than alone, and nobody pays more."
        if self.sharing.worthwhile:
            why = f"What {members} could save together is less than what rounding to whole cents moves"
        else:
            why = f"Together {members} would pay {money} more than alone"
        return f"{why}: nothing is traded, and the use-case-1 plan is proposed for everybody."

    @property
    def cost(self) -> FloatArray:
        """What the day costs each member before cents are rounded, shape (members,): bill, share of the gain, fee, and
        what lies beside the bill. The costs alone where the market is not worthwhile."""
        alone = np.array([costs.cost for costs in self.alone])
        if not self.worthwhile:
            return alone
        return np.asarray(alone - self.sharing.gain + np.array([float(fee) for fee in self.fees]))

    @property
    def worse_off(self) -> int:
        """Members that pay more in whole cents than alone, where their supplier's bill is in whole cents too; a tenth of a cent
        is none."""
        pairs = zip(self.paid, self.members, self.alone, strict=False)
        limits = (exactly(alone.cost - member.costs.beside_bill) for _, member, alone in pairs)
        return sum(paid > most_in_cents(limit) for paid, limit in zip(self.paid, limits, strict=True))


def settle(
    members: Sequence[Member],
    local_price_per_kwh: FloatArray,
    charges: LocalCharges,
    currency: str,
    costs_alone: CostsAlone,
    requested: Requested | None = None,
) -> Settlement:
    """Settle a planning day.

    Args:
        members: who takes part, each with the plan to which it is bound.
        local_price_per_kwh: the negotiated price, shape (steps,).
        charges: what the regulator puts on each kWh traded.
        currency: of all amounts.
        costs_alone: recomputes what a member's day costs in use case 1.
        requested: what buyers outside the community ask for; nothing unless told otherwise.

    Raises:
        ValueError: members are missing, or do not fit together.
    """
    market = local_market(members, local_price_per_kwh, charges, requested)
    meters, trades, deliveries, bills = market.meters, market.trades, market.deliveries, market.bills
    alone = tuple(costs_alone.costs_alone(member.id) for member in members)
    limit = np.array(
        [costs.cost - member.costs.beside_bill for costs, member in zip(alone, members, strict=True)]
    )
    turnover = float(np.abs(limit).sum() + np.abs(bills.total).sum())
    sharing = shared(limit - bills.total, bills.kept + deliveries.due, market.uncapped_kwh, turnover)
    day = meters.axis.local_starts[0].date()
    fees = np.array([member.fee_due for member in members])
    names = [member.id for member in members]
    cents = in_cents(names, bills, deliveries, sharing, limit, fees) if sharing.worthwhile else None
    ledger = Ledger()
    if cents is not None:
        reasons = [gain_in_words(share, sharing, row) for row, share in enumerate(cents.shares)]
        ledger = Ledger(entries_of(members, meters, trades, deliveries, cents, reasons, day, currency))
    return Settlement(
        day=day,
        currency=currency,
        members=tuple(members),
        charges=charges,
        price_per_kwh=market.price_per_kwh,
        meters=meters,
        trades=trades,
        deliveries=deliveries,
        alone=alone,
        bills=bills,
        sharing=sharing,
        paid=() if cents is None else cents.paid,
        fees=() if cents is None else cents.fees,
        ledger=ledger,
    )
