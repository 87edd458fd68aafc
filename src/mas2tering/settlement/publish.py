"""A settlement as a document that anybody can check: all that the money was worked out from, and what came out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.settlement.deliveries import Delivery
from mas2tering.settlement.ledger import CENT, Ledger
from mas2tering.settlement.settle import Settlement

Document = dict[str, object]

_TRADED_KWH = 1e-9
"""Less than this in a step is no trade."""


def as_document(settlement: Settlement) -> Document:
    """What JSON can hold; amounts of the ledger are text, so that they stay decimals."""
    axis = settlement.meters.axis
    return {
        "day": settlement.day.isoformat(),
        "start": axis.start.isoformat(),
        "step_minutes": axis.step_minutes,
        "currency": settlement.currency,
        "buyer_charge_per_kwh": settlement.charges.buyer_per_kwh,
        "seller_charge_per_kwh": settlement.charges.seller_per_kwh,
        "local_price_per_kwh": settlement.price_per_kwh.tolist(),
        "worthwhile": settlement.worthwhile,
        "verdict": settlement.verdict,
        "requests": [request_document(delivery) for delivery in settlement.deliveries.requests],
        "members": [_member(settlement, row) for row in range(len(settlement.members))],
        "entries": entries_document(settlement.ledger),
    }


def entries_document(ledger: Ledger) -> list[Document]:
    """A ledger's entries as JSON can hold them."""
    return [
        {
            "day": entry.day.isoformat(),
            "kind": entry.kind.value,
            "debit": str(entry.debit),
            "credit": str(entry.credit),
            "amount": str(entry.amount),
            "currency": entry.currency,
            "reason": entry.reason,
        }
        for entry in ledger.entries
    ]


@dataclass(frozen=True)
class KeyFigures:
    """What ``summary.json`` says of settled days; the local price (lowest, mean, highest) is that of the steps with a
    trade, None where there is none."""

    homes_worse_off: int
    ledger_imbalance_cents: int
    local_price_per_kwh: tuple[float, float, float] | None


def key_figures(settlements: Sequence[Settlement]) -> KeyFigures:
    """The key figures of one day or several."""
    price = np.concatenate([_prices_of_trades(settlement) for settlement in settlements])
    return KeyFigures(
        sum(settlement.worse_off for settlement in settlements),
        int(sum(settlement.ledger.imbalance for settlement in settlements) / CENT),
        (float(price.min()), float(price.mean()), float(price.max())) if price.size else None,
    )


def _prices_of_trades(settlement: Settlement) -> FloatArray:
    """The local price at the steps at which something is traded."""
    if not settlement.worthwhile:
        return np.zeros(0)
    return np.asarray(settlement.price_per_kwh[settlement.traded_kwh > _TRADED_KWH])


def _member(settlement: Settlement, row: int) -> Document:
    member = settlement.members[row]
    return {
        "id": member.id,
        "supplier": member.supplier,
        **tariff_document(member.tariff),
        "net_kw": member.net_kw.tolist(),
        "bought_kwh": settlement.trades.bought_kwh[row].tolist(),
        "sold_kwh": settlement.trades.sold_kwh[row].tolist(),
        "delivered_kwh": settlement.deliveries.to_buyers_kwh[row].tolist(),
        "cost_beside_bill": member.costs.beside_bill,
        "aggregator": None if member.fee is None else member.fee.aggregator,
        "fee_due": member.fee_due,
        "cost_alone": settlement.alone[row].cost,
        "cost": float(settlement.cost[row]),
        "paid": str(settlement.paid[row]) if settlement.worthwhile else None,
    }


def request_document(delivery: Delivery) -> Document:
    """What a request came to, as JSON can hold it."""
    return {
        "buyer": delivery.buyer,
        "asked_kwh": delivery.asked_kwh.tolist(),
        "most_per_kwh": delivery.most_per_kwh.tolist(),
        "delivered_kwh": delivery.delivered_kwh.tolist(),
        "paid": str(delivery.paid),
        "charges_in_it": str(delivery.charges),
    }


def tariff_document(tariff: TariffOnAxis) -> Document:
    """A tariff as JSON can hold it."""
    charge = tariff.capacity_charge
    return {
        "import_price_per_kwh": tariff.import_price_per_kwh.tolist(),
        "export_price_per_kwh": tariff.export_price_per_kwh.tolist(),
        "standing_charge_per_day": tariff.standing_charge_per_day,
        "capacity_charge": None if charge is None else charge.model_dump(),
    }
