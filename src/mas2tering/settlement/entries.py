"""A settled day as entries of the ledger, in whole cents.

A supplier's bill is rounded for each member, as it would be alone; the network gets the nearest cent of all charges. Then
every member's total is rounded so that all totals add up to these, downwards where it would otherwise be worse off than
alone; an entry for rounding makes up the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from operator import add, gt

from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.settlement.bills import Bills, Member, Meters
from mas2tering.settlement.deliveries import Deliveries
from mas2tering.settlement.ledger import (
    CENT,
    NETWORK,
    POT,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    apportioned,
    exactly,
    to_cents,
    transfer,
)
from mas2tering.settlement.sharing import Sharing
from mas2tering.settlement.wording import amount as amount_in_words
from mas2tering.settlement.wording import energy

TOLERANCE = Decimal("0.001")
"""A member that pays no more than this above its costs alone is not worse off (a tenth of a cent)."""


@dataclass(frozen=True)
class Cents:
    """Each member's amounts of a day in whole cents, members in order.

    ``supply`` holds the fixed charges too. ``shares`` is what a member gets from the pot (negative: what it gives to it), so
    that ``paid``, all in all, is near what is due. ``fees`` go to the aggregators, and are part of ``paid``; so is, negative,
    what members ``received`` from the distribution system operator.
    """

    supply: tuple[Decimal, ...]
    feed_in: tuple[Decimal, ...]
    purchases: tuple[Decimal, ...]
    sales: tuple[Decimal, ...]
    deliveries: tuple[Decimal, ...]
    charges: tuple[Decimal, ...]
    shares: tuple[Decimal, ...]
    received: tuple[Decimal, ...]
    fees: tuple[Decimal, ...]
    paid: tuple[Decimal, ...]

    def rounding(self, row: int) -> Decimal:
        """What a member pays to the pot so that its amounts sum to what it pays in all."""
        outside = self.supply[row] - self.feed_in[row] + self.charges[row] - self.received[row]
        inside = self.purchases[row] - self.sales[row] - self.deliveries[row] - self.shares[row]
        return self.paid[row] - self.fees[row] - outside - inside


def most_in_cents(limit: Decimal) -> Decimal:
    """What a member may pay in cents before it is worse off: alone, its supplier's bill would be rounded too."""
    return max(to_cents(limit), limit + TOLERANCE)


def in_cents(
    names: Sequence[str],
    bills: Bills,
    deliveries: Deliveries,
    sharing: Sharing,
    limit: FloatArray,
    fees: FloatArray,
) -> Cents | None:
    """Round a day's amounts of members with these ``names``; ``limit`` (members,) is the bill at which a member is as well off as alone, ``fees``
    (members,) what their aggregators would take.

    None where the gain is less than what rounding moves, so that somebody would pay a cent more than alone.
    """
    nothing = (Decimal(0),) * len(limit)
    shares = sharing.gain - sharing.at_local_price
    cents = rounded(names, bills, deliveries, limit, sharing.gain, shares, nothing)
    if any(map(gt, cents.paid, (most_in_cents(exactly(amount)) for amount in limit))):
        return None
    return with_fees(cents, fees, limit, sharing.gain)


def rounded(
    names: Sequence[str],
    bills: Bills,
    deliveries: Deliveries,
    limit: FloatArray,
    gain: FloatArray,
    shares: FloatArray,
    received: tuple[Decimal, ...],
) -> Cents:
    """Amounts of a day in whole cents, without fees.

    Args:
        names: the members, by which cents are handed out among those who are alike.
        bills: the members' bills.
        deliveries: what buyers outside pay.
        limit: what each may pay before it is worse off than what it is compared with, shape (members,); a cent too much
            goes to others first.
        gain: what is due is the limit less this, shape (members,).
        shares: what each gets from the pot, shape (members,).
        received: what each gets from the distribution system operator, in whole cents.
    """
    exact_limit = [exactly(amount) for amount in limit]
    feed_in = tuple(to_cents(exactly(amount)) for amount in bills.feed_in)
    billed = tuple(to_cents(exactly(amount)) for amount in bills.supply + bills.fixed - bills.feed_in)
    exact_charges = [exactly(amount) for amount in bills.charges]
    charges = apportioned(exact_charges, to_cents(sum(exact_charges, Decimal(0))), names=names)
    paid = apportioned(
        [exactly(amount) for amount in limit - gain],
        sum(billed, Decimal(0)) + sum(charges, Decimal(0)) - deliveries.energy - sum(received, Decimal(0)),
        [amount + TOLERANCE for amount in exact_limit],
        [most_in_cents(amount) for amount in exact_limit],
        names=names,
    )
    purchases, sales, delivered, from_pot = (
        tuple(to_cents(exactly(amount)) for amount in amounts)
        for amounts in (bills.purchases, bills.sales, bills.deliveries, shares)
    )
    supply, no_fees = tuple(map(add, billed, feed_in)), (Decimal(0),) * len(limit)
    return Cents(supply, feed_in, purchases, sales, delivered, charges, from_pot, received, no_fees, paid)


def with_fees(cents: Cents, fees: FloatArray, limit: FloatArray, gain: FloatArray) -> Cents:
    """Fees (members,) as far as each member's gain goes; ``limit`` is the bill at which it has none."""
    capped = tuple(map(_capped, fees, map(exactly, limit), cents.paid, gain))
    return replace(cents, fees=capped, paid=tuple(map(add, cents.paid, capped)))


def _capped(fee: float, limit: Decimal, paid: Decimal, gain: float) -> Decimal:
    """A fee in whole cents, as far as the member's gain goes: before and after cents are rounded."""
    left = min(limit - paid, exactly(gain))
    return min(to_cents(exactly(fee)), max(Decimal(0), left).quantize(CENT, rounding=ROUND_FLOOR))


def entries_of(
    members: Sequence[Member],
    meters: Meters,
    trades: Cleared,
    deliveries: Deliveries,
    cents: Cents,
    reasons: Sequence[str],
    day: date,
    currency: str,
) -> tuple[Entry, ...]:
    """The day's entries, member by member, and then buyer by buyer; ``reasons`` say why each has its share in the gain."""
    days = meters.axis.steps * meters.axis.step_hours / 24
    drawn = (meters.drawn_kwh - trades.bought_kwh).sum(axis=1)
    fed_in = (meters.fed_in_kwh - trades.sold_kwh - deliveries.to_buyers_kwh).sum(axis=1)
    bought, sold = trades.bought_kwh.sum(axis=1), trades.sold_kwh.sum(axis=1)
    delivered = deliveries.to_buyers_kwh.sum(axis=1)
    entries: list[Entry] = []
    for k, member in enumerate(members):
        account = Account(AccountKind.MEMBER, member.id)
        supplier = Account(AccountKind.SUPPLIER, member.supplier)
        supplied = f"{energy(drawn[k])} from the supplier, with standing and capacity charges of {days:.3g} d"
        traded = f"charges on {energy(bought[k] + sold[k] + delivered[k])} traded in the community"
        to_buyers = f"{energy(delivered[k])} sold to {' and '.join(deliveries.buyers_of(k))}"
        rows = (
            (EntryKind.SUPPLY, supplier, cents.supply[k], supplied),
            (EntryKind.FEED_IN, supplier, -cents.feed_in[k], f"{energy(fed_in[k])} fed in to the supplier"),
            (
                EntryKind.LOCAL_PURCHASE,
                POT,
                cents.purchases[k],
                f"{energy(bought[k])} bought in the community",
            ),
            (EntryKind.LOCAL_SALE, POT, -cents.sales[k], f"{energy(sold[k])} sold in the community"),
            (EntryKind.DELIVERY, POT, -cents.deliveries[k], to_buyers),
            (EntryKind.LOCAL_CHARGES, NETWORK, cents.charges[k], traded),
            (EntryKind.GAIN_SHARE, POT, -cents.shares[k], reasons[k]),
            (EntryKind.ROUNDING, POT, cents.rounding(k), "rounding to whole cents"),
        )
        for kind, payee, amount, reason in rows:
            entries += transfer(day, kind, account, payee, amount, currency, reason)
        if member.fee is not None:
            aggregator = Account(AccountKind.AGGREGATOR, member.fee.aggregator)
            reason = _fee_in_words(member, cents.fees[k], currency)
            entries += transfer(day, EntryKind.FEE, account, aggregator, cents.fees[k], currency, reason)
    for found in deliveries.requests:
        buyer, what = Account(AccountKind.BUYER, found.buyer), energy(float(found.delivered_kwh.sum()))
        entries += transfer(
            day, EntryKind.DELIVERY, buyer, POT, found.energy, currency, f"{what} delivered by the community"
        )
        reason = f"charges on {what} bought from the community"
        entries += transfer(day, EntryKind.LOCAL_CHARGES, buyer, NETWORK, found.charges, currency, reason)
    return tuple(entries)


def _fee_in_words(member: Member, taken: Decimal, currency: str) -> str:
    due = to_cents(exactly(member.fee_due))
    asked = f"the aggregator's fee of {amount_in_words(due, currency)}"
    return asked if taken == due else f"{asked}, as far as this member's gain goes"


def gain_in_words(share: Decimal, sharing: Sharing, row: int) -> str:
    """Why a member has its share in the gain, or gives."""
    if share < 0:
        return "from the gain, so that others are not worse off than alone"
    reasons = []
    if to_cents(exactly(sharing.at_local_price[row])) < 0:
        reasons.append("so that this member is not worse off than alone")
    if not reasons or to_cents(exactly(sharing.gain[row])) > 0:
        reasons.append("from what the pot has left, by kWh traded at the local price")
    return ", and ".join(reasons)
