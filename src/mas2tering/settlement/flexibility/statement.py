"""Statements for a day with orders: what the order was, what it cost, what is paid for it, and what the day comes to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from mas2tering.domain.plans import Costs
from mas2tering.settlement.flexibility.after_orders import SettlementAfterOrders
from mas2tering.settlement.flexibility.order import Direction, FlexOrder
from mas2tering.settlement.flexibility.payment import Payment, Payments
from mas2tering.settlement.flexibility.sharing import Guarantee
from mas2tering.settlement.statement import StatementLine, lines_of
from mas2tering.settlement.wording import (
    amount,
    energy,
    less_or_more,
    long_date,
    pays,
    percent,
    steps_in_words,
)


@dataclass(frozen=True)
class CostLine:
    """A part of a home's cost, with the bound and with the ordered plan; what it brings is negative."""

    label: str
    bound: float
    ordered: float

    @property
    def dearer(self) -> float:
        """How much more the part costs with the order."""
        return self.ordered - self.bound


@dataclass(frozen=True)
class PaymentStatement:
    """Why a home gets what it gets. ``lines`` sum to its cost with the bound and with the ordered plan, at its public tariff;
    ``loss`` is the difference, or zero."""

    home: str
    day: date
    currency: str
    lines: tuple[CostLine, ...]
    loss: float
    delivered_share: float
    amount: Decimal
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class StatementAfterOrders:
    """A member's day with orders: the payment, then all that is paid, whose ``lines`` sum to ``paid``."""

    member: str
    payment: PaymentStatement
    paid: Decimal
    lines: tuple[StatementLine, ...]
    sentences: tuple[str, ...]


def payment_statement_of(payments: Payments, home: str) -> PaymentStatement:
    """The statement of one home, called or not.

    Raises:
        ValueError: the payments have no such home.
    """
    found = [row for row in payments.rows if row.home.id == home]
    if not found:
        raise ValueError(f"no home {home!r} in these payments")
    row = found[0]
    return PaymentStatement(
        home=home,
        day=payments.day,
        currency=payments.currency,
        lines=_cost_lines(row.loss.bound, row.loss.ordered),
        loss=row.loss.amount,
        delivered_share=row.delivered_share,
        amount=row.amount,
        sentences=_payment_in_words(payments, row),
    )


def statement_after_orders(settlement: SettlementAfterOrders, member: str) -> StatementAfterOrders:
    """The statement of one member of the community.

    Raises:
        ValueError: the settlement has no such member.
    """
    ids = [found.id for found in settlement.members]
    if member not in ids:
        raise ValueError(f"no member {member!r} in this settlement")
    row, market = ids.index(member), settlement.market
    return StatementAfterOrders(
        member=member,
        payment=payment_statement_of(settlement.payments, member),
        paid=settlement.paid[row],
        lines=lines_of(settlement.ledger, member, market.meters, market.trades, market.deliveries, row),
        sentences=(_day(settlement, row), *_short(settlement, row), *_undelivered(settlement, row)),
    )


def _cost_lines(bound: Costs, ordered: Costs) -> tuple[CostLine, ...]:
    """The parts that are not nothing with both plans."""
    lines = (
        CostLine("Energy bought", bound.energy_bought, ordered.energy_bought),
        CostLine("Energy fed in", -bound.energy_sold, -ordered.energy_sold),
        CostLine("Capacity charge", bound.capacity, ordered.capacity),
        CostLine("Standing charge", bound.standing, ordered.standing),
        CostLine("Fuel", bound.fuel, ordered.fuel),
        CostLine("Wear", bound.wear, ordered.wear),
        CostLine("Discomfort", bound.discomfort, ordered.discomfort),
        CostLine("Energy left in stores", -bound.stored_value, -ordered.stored_value),
    )
    return tuple(line for line in lines if line.bound or line.ordered)


def _payment_in_words(payments: Payments, row: Payment) -> tuple[str, ...]:
    if row.order is None:
        return (f"On {long_date(payments.day)} you got no order: you keep your plan.",)
    return (
        _order(payments, row.order),
        _costs(payments, row),
        *_parts(payments, row),
        *_delivery(row),
        _payment(payments, row),
    )


def _order(payments: Payments, order: FlexOrder) -> str:
    directions = np.array(order.directions)
    less, more = ((directions == way).sum() for way in (Direction.REDUCE, Direction.INCREASE))
    minutes = order.axis.step_minutes
    asked = [
        f"{energy(kwh)} {word} in {steps_in_words(int(steps), minutes)}"
        for kwh, word, steps in ((order.reduced_kwh, "less", less), (order.increased_kwh, "more", more))
        if steps
    ]
    return (
        f"On {long_date(payments.day)} {payments.dso} asked you to draw {' and '.join(asked)} than planned."
    )


def _costs(payments: Payments, row: Payment) -> str:
    currency, loss = payments.currency, row.loss
    return (
        f"At your own supplier, without local trades, your plan would have cost {amount(loss.bound.cost, currency)}; "
        f"with the order it costs {amount(loss.ordered.cost, currency)}, {less_or_more(-loss.dearer, currency)}."
    )


def _parts(payments: Payments, row: Payment) -> tuple[str, ...]:
    """Where the difference comes from, the largest part first."""
    lines = sorted(_cost_lines(row.loss.bound, row.loss.ordered), key=lambda line: -abs(line.dearer))
    told = [(line.label.lower(), less_or_more(-line.dearer, payments.currency)) for line in lines]
    parts = [f"{label} {difference}" for label, difference in told if difference != "the same"]
    return (f"Of this: {', '.join(parts)}.",) if parts else ()


def _delivery(row: Payment) -> tuple[str, ...]:
    if row.delivery is None or row.delivery.metered_kw is None:
        return ()
    words = f"By your meter you delivered {percent(row.delivery.share)} of the order"
    if row.delivery.tolerated_share > 0.0:
        words += f", {percent(row.delivery.tolerated_share)} of it by what a meter may be off"
    return (f"{words}.",)


def _payment(payments: Payments, row: Payment) -> str:
    currency, loss = payments.currency, amount(row.loss.amount, payments.currency)
    if less_or_more(row.loss.amount, currency) == "the same":
        return f"You lose nothing by the order, so that {payments.dso} pays you nothing."
    if row.amount == 0:
        return f"{_begun(payments.dso)} pays you nothing of your loss of {loss}."
    part = (
        "your loss"
        if row.delivered_share == 1.0
        else f"{percent(row.delivered_share)} of your loss of {loss}"
    )
    paid = amount(row.amount, currency)
    return f"{_begun(payments.dso)} pays you {paid}, {part}, through {row.home.aggregator}, which keeps nothing of it."


def _begun(name: str) -> str:
    """A name at the beginning of a sentence."""
    return name[0].upper() + name[1:]


def _day(settlement: SettlementAfterOrders, row: int) -> str:
    currency = settlement.use_case_2.currency
    now, before = float(settlement.cost[row]), float(settlement.cost_in_use_case_2[row])
    return (
        f"In all you {pays(settlement.paid[row], currency)}, payment and local trades counted in. With fuel, wear, discomfort "
        f"and stored energy the day costs you {amount(now, currency)}, {less_or_more(before - now, currency)} "
        f"{'as' if less_or_more(before - now, currency) == 'the same' else 'than'} without orders."
    )


def _short(settlement: SettlementAfterOrders, row: int) -> tuple[str, ...]:
    """By how much a member is short of use case 2, and why."""
    currency, short = settlement.use_case_2.currency, float(settlement.sharing.short[row])
    if less_or_more(short, currency) == "the same":
        return ()
    why = {
        Guarantee.USE_CASE_1: "the same part of its gain for every member",
        Guarantee.BOUND_PLAN: "all of your gain, and what your plan cost more than alone for the sake of these trades",
    }[settlement.sharing.guarantee]
    return (
        f"The orders took local trades away, which the network operator does not pay. You are short of {amount(short, currency)}: "
        f"{why}.",
    )


def _undelivered(settlement: SettlementAfterOrders, row: int) -> tuple[str, ...]:
    currency, withheld = settlement.use_case_2.currency, float(settlement.withheld[row])
    if less_or_more(withheld, currency) == "the same":
        return ()
    return (f"{amount(withheld, currency)} of your loss is not paid, because you did not deliver it.",)
