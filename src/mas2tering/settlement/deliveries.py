"""What buyers outside the community are delivered, and what they pay for it."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from mas2tering.domain.flexibility import Requested, Sold
from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.ledger import CENT, exactly, to_cents


@dataclass(frozen=True)
class Delivery:
    """What a request came to: asked and delivered energy (steps,), the most that the buyer pays per kWh (steps,), and what it
    pays in whole cents: ``energy`` to the community, the ``charges`` on it to the network.

    ``due`` is what ``energy`` is without rounding.
    """

    buyer: str
    asked_kwh: FloatArray
    delivered_kwh: FloatArray
    most_per_kwh: FloatArray
    due: float
    energy: Decimal
    charges: Decimal

    @property
    def paid(self) -> Decimal:
        """All that the buyer pays."""
        return self.energy + self.charges


@dataclass(frozen=True)
class Deliveries:
    """All requests of a day in their order, and what each member sells to the buyers, shape (members, steps)."""

    requests: tuple[Delivery, ...]
    to_buyers_kwh: FloatArray

    @property
    def due(self) -> float:
        """What the buyers pay to the community, without rounding."""
        return sum(delivery.due for delivery in self.requests)

    @property
    def energy(self) -> Decimal:
        """What the buyers pay to the community, in whole cents."""
        return sum((delivery.energy for delivery in self.requests), Decimal(0))

    def buyers_of(self, member: int) -> tuple[str, ...]:
        """Who is delivered something at a step at which a member sells to buyers."""
        sells = self.to_buyers_kwh[member] > 0.0
        return tuple(
            dict.fromkeys(
                delivery.buyer for delivery in self.requests if (delivery.delivered_kwh[sells] > 0.0).any()
            )
        )


def deliveries_of(
    requested: Requested, trades: Sold, price_per_kwh: FloatArray, charges: LocalCharges
) -> Deliveries:
    """What the buyers pay at the local price (steps,).

    A payment in cents is rounded downwards, so that it is never above the buyer's own price.
    """
    found = []
    rows = zip(
        requested.buyers, requested.asked_kwh, trades.delivered_kwh, requested.price_per_kwh, strict=True
    )
    for buyer, asked, delivered, most in rows:
        # The price is the trades' own choice, so that it is the buyer's too, but for rounding.
        due = float(delivered @ np.minimum(price_per_kwh, most - charges.buyer_per_kwh))
        charged = float(delivered.sum()) * charges.buyer_per_kwh
        paid = exactly(due + charged).quantize(CENT, rounding=ROUND_FLOOR)
        to_network = to_cents(exactly(charged))
        found.append(Delivery(buyer, asked, delivered, most, due, paid - to_network, to_network))
    return Deliveries(tuple(found), trades.to_buyers_kwh)
