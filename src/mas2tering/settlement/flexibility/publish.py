"""Payments, and the day after orders, as documents from which anybody can work out every amount again."""

from dataclasses import dataclass
from decimal import Decimal

from mas2tering.domain.plans import Costs
from mas2tering.settlement.flexibility.after_orders import SettlementAfterOrders
from mas2tering.settlement.flexibility.payment import Payment, Payments
from mas2tering.settlement.ledger import CENT
from mas2tering.settlement.publish import (
    Document,
    as_document,
    entries_document,
    request_document,
    tariff_document,
)


def payments_document(payments: Payments) -> Document:
    """What JSON can hold; amounts of the ledger are text, so that they stay decimals. What lies beside the bill is by part,
    as it was recomputed from what each home declared."""
    axis = payments.rows[0].home.bound.axis
    return {
        "day": payments.day.isoformat(),
        "start": axis.start.isoformat(),
        "step_minutes": axis.step_minutes,
        "currency": payments.currency,
        "dso": payments.dso,
        "tolerance_kw": payments.tolerance.kw,
        "tolerance_share": payments.tolerance.share,
        "homes": [_home(row) for row in payments.rows],
        "due": payments.due,
        "total": str(payments.total),
        "entries": entries_document(payments.ledger),
    }


def after_orders_document(settlement: SettlementAfterOrders) -> Document:
    """The day after orders, with the settlement of use case 2 and the payments from which it starts."""
    return {
        "use_case_2": as_document(settlement.use_case_2),
        "payments": payments_document(settlement.payments),
        "local_price_per_kwh": settlement.market.price_per_kwh.tolist(),
        "guarantee": settlement.sharing.guarantee.value,
        "verdict": settlement.verdict,
        "requests": [request_document(delivery) for delivery in settlement.market.deliveries.requests],
        "members": [_member(settlement, row) for row in range(len(settlement.members))],
        "entries": entries_document(settlement.ledger),
    }


@dataclass(frozen=True)
class FlexibilityFigures:
    """Key figures of a day with orders.

    ``dso_payment`` is in whole cents of the community's currency. ``homes_worse_off`` pay more than in use case 2 with local
    trades counted in, ``homes_worse_off_at_public_tariffs`` without; both beyond a tenth of a cent, of homes that delivered.
    ``most_short`` is what the member that is short of most is short of, against use case 2.
    """

    dso_payment: Decimal
    homes_called: int
    homes_paid: int
    homes_worse_off: int
    homes_worse_off_at_public_tariffs: int
    most_short: float
    ledger_imbalance_cents: int


def flexibility_figures(settlement: SettlementAfterOrders) -> FlexibilityFigures:
    """The key figures of one day."""
    payments = settlement.payments
    return FlexibilityFigures(
        dso_payment=payments.total,
        homes_called=len(payments.called),
        homes_paid=sum(row.amount > 0 for row in payments.rows),
        homes_worse_off=settlement.worse_off,
        homes_worse_off_at_public_tariffs=payments.worse_off,
        most_short=float(settlement.sharing.short.max()),
        ledger_imbalance_cents=int(settlement.ledger.imbalance / CENT),
    )


def _home(row: Payment) -> Document:
    home = row.home
    metered = None if row.delivery is None else row.delivery.metered_kw
    return {
        "id": home.id,
        "aggregator": home.aggregator,
        "called": row.order is not None,
        **tariff_document(home.tariff),
        "bound_kw": home.bound.net_kw.tolist(),
        "ordered_kw": row.plan.net_kw.tolist(),
        "metered_kw": None if metered is None else metered.tolist(),
        "beside_bill_bound": _beside_bill(row.loss.bound),
        "beside_bill_ordered": _beside_bill(row.loss.ordered),
        "cost_bound": row.loss.bound.cost,
        "cost_ordered": row.loss.ordered.cost,
        "loss": row.loss.amount,
        "delivered_share": row.delivered_share,
        "due": row.due,
        "amount": str(row.amount),
    }


def _beside_bill(costs: Costs) -> Document:
    return {
        "fuel": costs.fuel,
        "wear": costs.wear,
        "discomfort": costs.discomfort,
        "stored_value": costs.stored_value,
    }


def _member(settlement: SettlementAfterOrders, row: int) -> Document:
    trades, sharing = settlement.market.trades, settlement.sharing
    return {
        "id": settlement.members[row].id,
        "net_kw": settlement.members[row].net_kw.tolist(),
        "bought_kwh": trades.bought_kwh[row].tolist(),
        "sold_kwh": trades.sold_kwh[row].tolist(),
        "delivered_kwh": settlement.market.deliveries.to_buyers_kwh[row].tolist(),
        "gain": float(sharing.gain[row]),
        "short": float(sharing.short[row]),
        "fee": str(settlement.fees[row]),
        "cost": float(settlement.cost[row]),
        "paid": str(settlement.paid[row]),
    }
