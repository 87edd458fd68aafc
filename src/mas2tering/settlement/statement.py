"""A member's statement: what it pays, what it would have paid alone, and why."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.settlement.bills import Meters
from mas2tering.settlement.deliveries import Deliveries
from mas2tering.settlement.ledger import Account, AccountKind, EntryKind, Ledger
from mas2tering.settlement.settle import Settlement
from mas2tering.settlement.wording import (
    amount,
    count,
    energy,
    less_or_more,
    long_date,
    pays,
    percent,
    steps_in_words,
)

_LABELS = {
    EntryKind.SUPPLY: "From your supplier, with standing and capacity charges",
    EntryKind.FEED_IN: "Fed in to your supplier",
    EntryKind.LOCAL_PURCHASE: "Bought in the community",
    EntryKind.LOCAL_SALE: "Sold in the community",
    EntryKind.DELIVERY: "Sold to a buyer outside the community",
    EntryKind.LOCAL_CHARGES: "Local charges",
    EntryKind.GAIN_SHARE: "Share in the gain",
    EntryKind.ROUNDING: "Rounding to whole cents",
    EntryKind.FEE: "Fee of your aggregator",
    EntryKind.FLEXIBILITY: "Paid by the network operator for your order",
}
_TRADED_KWH = 1e-9
"""Less than this in a step is no trade."""
_NO_MONEY = 1e-6
"""A gain or a loss below this is rounding of sums."""
_WORTH_SAYING_KWH = 0.005
"""Less than this over the day reads as 0.00 kWh, and is told as nothing."""


@dataclass(frozen=True)
class StatementLine:
    """One line: what for, how much energy (where it is about energy), what it costs (negative: what it brings)."""

    kind: EntryKind
    label: str
    energy_kwh: float | None
    amount: Decimal


@dataclass(frozen=True)
class Statement:
    """A member's day in money. ``paid`` is the sum of the lines; ``bill_alone`` what use case 1 would have billed;
    ``gain`` is what the day saves, with fuel, wear, discomfort and stored energy of both plans counted in, before the
    aggregator's fee."""

    member: str
    day: date
    currency: str
    paid: Decimal
    bill_alone: float
    gain: float
    lines: tuple[StatementLine, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class _Traded:
    """What a member bought, or sold, in the community, and the money, local charges counted in."""

    energy_kwh: float
    steps: int
    money: float
    at_supplier: float


def statement_of(settlement: Settlement, member: str) -> Statement:
    """The statement of one member.

    Raises:
        ValueError: the settlement has no such member.
    """
    rows = {found.id: row for row, found in enumerate(settlement.members)}
    if member not in rows:
        raise ValueError(f"no member {member!r} in this settlement")
    row = rows[member]
    alone = settlement.alone[row]
    if not settlement.worthwhile:
        return Statement(
            member,
            settlement.day,
            settlement.currency,
            Decimal(0),
            alone.bill,
            0.0,
            (),
            (settlement.verdict, f"With your own plan you {pays(alone.bill, settlement.currency)}."),
        )
    return Statement(
        member=member,
        day=settlement.day,
        currency=settlement.currency,
        paid=settlement.paid[row],
        bill_alone=alone.bill,
        gain=float(settlement.sharing.gain[row]),
        lines=lines_of(
            settlement.ledger, member, settlement.meters, settlement.trades, settlement.deliveries, row
        ),
        sentences=(
            _paid(settlement, row),
            *_beside(settlement, row),
            _bought(settlement, row),
            _sold(settlement, row),
            *_delivered(settlement, row),
            *_share(settlement, row),
            _part(settlement, row),
            *_fee(settlement, row),
        ),
    )


def lines_of(
    ledger: Ledger, member: str, meters: Meters, trades: Cleared, deliveries: Deliveries, row: int
) -> tuple[StatementLine, ...]:
    """A member's entries in the ledger as lines that sum to what it pays; ``row`` is its row in meters and trades."""
    account = Account(AccountKind.MEMBER, member)
    bought, sold = float(trades.bought_kwh[row].sum()), float(trades.sold_kwh[row].sum())
    delivered = float(deliveries.to_buyers_kwh[row].sum())
    energies = {
        EntryKind.SUPPLY: float(meters.drawn_kwh[row].sum()) - bought,
        EntryKind.FEED_IN: float(meters.fed_in_kwh[row].sum()) - sold - delivered,
        EntryKind.LOCAL_PURCHASE: bought,
        EntryKind.LOCAL_SALE: sold,
        EntryKind.DELIVERY: delivered,
        EntryKind.LOCAL_CHARGES: bought + sold + delivered,
    }
    return tuple(
        StatementLine(
            entry.kind,
            _LABELS[entry.kind],
            energies.get(entry.kind),
            entry.amount if entry.debit == account else -entry.amount,
        )
        for entry in ledger.entries
        if account in (entry.debit, entry.credit)
    )


def _paid(settlement: Settlement, row: int) -> str:
    currency, paid, alone = settlement.currency, settlement.paid[row], settlement.alone[row].bill
    difference = alone - float(paid)
    now = f"On {long_date(settlement.day)} you {pays(paid, currency)}"
    if less_or_more(difference, currency) == "the same":
        return f"{now}, the same as alone."
    whose = "in your favour" if difference > 0 else "against you"
    return f"{now}; alone you would {pays(alone, currency)}: {amount(abs(difference), currency)} {whose}."


def _beside(settlement: Settlement, row: int) -> tuple[str, ...]:
    """What the bill does not show, where it is another than alone."""
    currency = settlement.currency
    now, alone = settlement.members[row].costs.beside_bill, settlement.alone[row].beside_bill
    difference = less_or_more(alone - now, currency)
    if difference == "the same":
        return ()
    return (
        f"Fuel, wear, discomfort and what your stores hold at the end come to {difference} than alone "
        f"({amount(now, currency)} instead of {amount(alone, currency)}).",
    )


def _bought(settlement: Settlement, row: int) -> str:
    trades, bills = settlement.trades, settlement.bills
    found = _traded(
        trades.bought_kwh[row],
        float(bills.purchases[row]) + settlement.charges.buyer_per_kwh * float(trades.bought_kwh[row].sum()),
        settlement.meters.suppliers.import_price_per_kwh[row],
    )
    if found.energy_kwh < _WORTH_SAYING_KWH:
        return "You bought nothing in the community."
    return f"You bought {_words(settlement, found, ', local charges included')}; your supplier asks {_mean(settlement, found.at_supplier, found)}."


def _sold(settlement: Settlement, row: int) -> str:
    trades, bills = settlement.trades, settlement.bills
    found = _traded(
        trades.sold_kwh[row],
        float(bills.sales[row]) - settlement.charges.seller_per_kwh * float(trades.sold_kwh[row].sum()),
        settlement.meters.suppliers.export_price_per_kwh[row],
    )
    if found.energy_kwh < _WORTH_SAYING_KWH:
        return "You sold nothing in the community."
    return f"You sold {_words(settlement, found, ' after local charges')}; your supplier gives {_mean(settlement, found.at_supplier, found)}."


def _delivered(settlement: Settlement, row: int) -> tuple[str, ...]:
    """What left the community for buyers outside, where anything did."""
    to_buyers = settlement.deliveries.to_buyers_kwh[row]
    found = _traded(
        to_buyers,
        float(settlement.bills.deliveries[row]) - settlement.charges.seller_per_kwh * float(to_buyers.sum()),
        settlement.meters.suppliers.export_price_per_kwh[row],
    )
    if found.energy_kwh < _WORTH_SAYING_KWH:
        return ()
    buyers = " and ".join(settlement.deliveries.buyers_of(row))
    words = _words(settlement, found, " after local charges", f"to {buyers}, outside the community")
    return (f"You sold {words}; your supplier gives {_mean(settlement, found.at_supplier, found)}.",)


def _traded(
    traded_kwh: FloatArray,
    money: float,
    supplier_price_per_kwh: FloatArray,
) -> _Traded:
    steps = int((traded_kwh > _TRADED_KWH).sum())
    return _Traded(float(traded_kwh.sum()), steps, money, float(traded_kwh @ supplier_price_per_kwh))


def _words(settlement: Settlement, found: _Traded, charges: str, where: str = "in the community") -> str:
    steps = steps_in_words(found.steps, settlement.meters.axis.step_minutes)
    price = _mean(settlement, found.money, found)
    return f"{energy(found.energy_kwh)} {where}, in {steps}, at {price}{charges}"


def _mean(settlement: Settlement, money: float, found: _Traded) -> str:
    return f"{amount(money / found.energy_kwh, settlement.currency, 3)} per kWh"


def _share(settlement: Settlement, row: int) -> tuple[str, ...]:
    """What the sharing of gains changes for this member."""
    sharing, currency = settlement.sharing, settlement.currency
    raw, gain = float(sharing.at_local_price[row]), float(sharing.gain[row])
    nothing = amount(0, currency)
    lost, from_pot, given = (
        amount(value, currency) for value in (max(0.0, -raw), gain - max(raw, 0.0), max(raw, 0.0) - gain)
    )
    found = []
    if lost != nothing:
        found.append(f"At the local price alone you would have lost {lost}; the community makes that good.")
    if gain < raw and given != nothing:
        losers = count(int((sharing.at_local_price < -_NO_MONEY).sum()), "other member")
        found.append(f"{given} of what you gained makes good what {losers} would have lost.")
    elif gain > raw and from_pot != nothing:
        found.append(
            f"{from_pot} comes to you from what the community's pot has left, by kWh traded at the local price."
        )
    return tuple(found)


def _fee(settlement: Settlement, row: int) -> tuple[str, ...]:
    """What of the gain the aggregator takes, and whether that is all it would take."""
    member, currency, taken = settlement.members[row], settlement.currency, settlement.fees[row]
    if member.fee is None or amount(member.fee_due, currency) == amount(0, currency):
        return ()
    due, name = amount(member.fee_due, currency), member.fee.aggregator
    if amount(taken, currency) == due:
        return (f"{due} of your gain goes to {name}, as your contract says.",)
    now = amount(taken, currency) if taken else "nothing"
    return (
        f"{name} would take {due} by your contract; your gain is less, so that it takes {now} and you are no worse off.",
    )


def _part(settlement: Settlement, row: int) -> str:
    currency, total = settlement.currency, settlement.sharing.total
    members, nothing = count(len(settlement.members), "member"), amount(0, settlement.currency)
    gain = float(settlement.sharing.gain[row])
    if amount(total, currency) == nothing:
        return f"The community of {members} gains nothing on this day."
    together = (
        f"Of the {amount(total, currency)} that {members} gain{'s' if len(settlement.members) == 1 else ''},"
    )
    if amount(gain, currency) == nothing:
        return f"{together} {'less than a cent' if gain > _NO_MONEY else 'nothing'} is yours."
    return f"{together} {amount(gain, currency)} is yours, {percent(gain / total)}."
