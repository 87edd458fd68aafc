"""The day after orders: the local market of the plans that homes carry out, settled against what use case 2 would have cost."""

from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import FloatArray
from mas2tering.settlement.bills import Member
from mas2tering.settlement.entries import Cents, entries_of, rounded, with_fees
from mas2tering.settlement.flexibility.payment import WORSE_OFF, Payment, Payments
from mas2tering.settlement.flexibility.sharing import (
    Before,
    Guarantee,
    SharingAfterOrders,
    shared_after_orders,
)
from mas2tering.settlement.ledger import Ledger
from mas2tering.settlement.market import LocalMarket, local_market
from mas2tering.settlement.settle import Settlement
from mas2tering.settlement.wording import amount, count

_SAME_LOAD_KW = 1e-6
_SAME_MONEY = 1e-6


@dataclass(frozen=True)
class SettlementAfterOrders:
    """What a day with orders comes to; members in the order of ``use_case_2``, whose settlement it starts from.

    ``members`` hold the plans that are carried out: ordered ones where a home was called, bound ones elsewhere. ``ledger`` has
    the day's entries and those of the DSO's payments to all homes. ``paid`` is what each member pays in whole cents, all in
    all: payment received, share of the gain and fee counted in; ``fees`` what of it goes to its aggregator.
    """

    use_case_2: Settlement
    payments: Payments
    members: tuple[Member, ...]
    rows: tuple[Payment, ...]
    market: LocalMarket
    before: Before
    sharing: SharingAfterOrders
    paid: tuple[Decimal, ...]
    fees: tuple[Decimal, ...]
    ledger: Ledger

    @property
    def withheld(self) -> FloatArray:
        """What each member's loss exceeds its payment by, because it did not deliver, shape (members,)."""
        return np.array([row.withheld for row in self.rows])

    @property
    def cost(self) -> FloatArray:
        """What the day costs each member before cents are rounded, shape (members,): bill, share of the gain, fee and what
        lies beside the bill, less the DSO's payment."""
        fees = np.array([float(fee) for fee in self.fees])
        without = self.before.traded + self.withheld + self.sharing.short - self.sharing.gain
        return np.asarray(without + fees)

    @property
    def cost_in_use_case_2(self) -> FloatArray:
        """What use case 2 would have cost each member, shape (members,), its fee counted in."""
        return self.use_case_2.cost

    @property
    def worse_off(self) -> int:
        """Members that delivered all and pay more than in use case 2, local trades counted in."""
        return int((self.cost - self.withheld - self.cost_in_use_case_2 > WORSE_OFF).sum())

    @property
    def verdict(self) -> str:
        """In words: what every member is sure of on this day, and why no more."""
        members, currency = count(len(self.members), "member"), self.use_case_2.currency
        total = amount(abs(self.sharing.total), currency)
        if self.sharing.guarantee is Guarantee.USE_CASE_2:
            return f"With the orders and their payment {members} pay {total} less than in use case 2, and nobody pays more."
        lost = (
            f"The orders cost {members} local trades that the network operator does not pay: together they pay "
            f"{total} more than in use case 2"
        )
        if self.sharing.guarantee is Guarantee.USE_CASE_1:
            return f"{lost}. Each gives up the same part of its gain; nobody pays more than alone."
        return (
            f"{lost}, which is more than they gained. The rest falls on plans that were made for these trades; nobody pays "
            "more than its bound plan costs at its own supplier, or than alone."
        )


def settle_after_orders(
    use_case_2: Settlement, payments: Payments, local_price_per_kwh: FloatArray
) -> SettlementAfterOrders:
    """Settle the local market of a day with orders.

    Args:
        use_case_2: the day as it was settled before the orders. Where it was not worthwhile, homes are bound to their plans
            of use case 1, and that is what they are compared with.
        payments: of all members, and of others if there are any.
        local_price_per_kwh: the price negotiated with the orders, shape (steps,).

    Raises:
        ValueError: payments are missing, or start from other plans than use case 2 ended with.
    """
    rows = _rows(use_case_2, payments)
    members = tuple(_carried_out(m, row) for m, row in zip(use_case_2.members, rows, strict=True))
    requested = _requested(use_case_2)
    market = local_market(members, local_price_per_kwh, use_case_2.charges, requested)
    before = _before(use_case_2, rows)
    due = np.array([row.due for row in rows])
    withheld = np.array([row.withheld for row in rows])
    beside = np.array([member.costs.beside_bill for member in members])
    bills = market.bills
    gain = before.traded + withheld - beside - bills.total + due
    turnover = float(np.abs(before.traded).sum() + np.abs(bills.total).sum() + due.sum())
    sharing = shared_after_orders(
        before, gain, bills.kept + market.deliveries.due, market.uncapped_kwh, turnover
    )
    limit = before.traded + withheld + sharing.short - beside
    from_pot = sharing.gain - sharing.short - sharing.at_local_price
    received = tuple(row.amount for row in rows)
    names = [member.id for member in members]
    cents = rounded(names, bills, market.deliveries, limit, sharing.gain, from_pot, received)
    # An order brings an aggregator nothing: the fees of use case 2, as far as what is left of the gain against alone goes.
    fees = np.array([float(fee) for fee in use_case_2.fees or [Decimal(0)] * len(members)])
    alone = before.alone - beside
    cents = with_fees(cents, fees, alone, alone - (limit - sharing.gain))
    return SettlementAfterOrders(
        use_case_2=use_case_2,
        payments=payments,
        members=members,
        rows=rows,
        market=market,
        before=before,
        sharing=sharing,
        paid=cents.paid,
        fees=cents.fees,
        ledger=_ledger(use_case_2, payments, members, market, cents, sharing),
    )


def _requested(use_case_2: Settlement) -> Requested:
    """What buyers outside asked for, as use case 2 was settled with it."""
    asked = use_case_2.deliveries.requests
    if not asked:
        return Requested.nothing(use_case_2.meters.axis.steps)
    return Requested(
        tuple(request.buyer for request in asked),
        np.array([request.asked_kwh for request in asked]),
        np.array([request.most_per_kwh for request in asked]),
    )


def _rows(use_case_2: Settlement, payments: Payments) -> tuple[Payment, ...]:
    """The members' payments, in their order."""
    by_home = {row.home.id: row for row in payments.rows}
    missing = [member.id for member in use_case_2.members if member.id not in by_home]
    if missing:
        raise ValueError(f"no payment worked out for members {missing}; expected one for each, called or not")
    if payments.currency != use_case_2.currency:
        raise ValueError(f"payments in {payments.currency}; expected {use_case_2.currency}")
    rows = tuple(by_home[member.id] for member in use_case_2.members)
    wrong = [
        member.id
        for member, row, alone in zip(use_case_2.members, rows, use_case_2.alone, strict=True)
        if (
            np.abs(member.net_kw - row.home.bound.net_kw).max() > _SAME_LOAD_KW
            or abs(member.costs.beside_bill - row.loss.bound.beside_bill) > _SAME_MONEY
            if use_case_2.worthwhile
            else abs(alone.cost - row.loss.bound.cost) > _SAME_MONEY
        )
    ]
    if wrong:
        what = "use case 2 was settled with" if use_case_2.worthwhile else "use case 1 proposes"
        raise ValueError(f"members {wrong}: the bound plan is not the one that {what}")
    return rows


def _carried_out(member: Member, row: Payment) -> Member:
    costs = row.loss.bound if row.order is None else row.loss.ordered
    return replace(member, net_kw=row.plan.net_kw, costs=costs)


def _before(use_case_2: Settlement, rows: tuple[Payment, ...]) -> Before:
    alone = np.array([costs.cost for costs in use_case_2.alone])
    traded = alone - use_case_2.sharing.gain if use_case_2.worthwhile else alone
    return Before(alone, traded, np.array([row.loss.bound.cost for row in rows]))


def _ledger(
    use_case_2: Settlement,
    payments: Payments,
    members: tuple[Member, ...],
    market: LocalMarket,
    cents: Cents,
    sharing: SharingAfterOrders,
) -> Ledger:
    reasons = [_share_in_words(sharing, row) for row in range(len(members))]
    entries = entries_of(
        members,
        market.meters,
        market.trades,
        market.deliveries,
        cents,
        reasons,
        use_case_2.day,
        use_case_2.currency,
    )
    return Ledger(payments.ledger.entries + entries)


def _share_in_words(sharing: SharingAfterOrders, row: int) -> str:
    if sharing.guarantee is not Guarantee.USE_CASE_2:
        return "so that what the orders cost in local trades is shared as the rule says"
    if sharing.gain[row] < sharing.at_local_price[row]:
        return "from the gain, so that others are not worse off than in use case 2"
    if sharing.at_local_price[row] < 0:
        return "so that this member is not worse off than in use case 2"
    return "from what the pot has left, by kWh traded at the local price"
