"""A local market in a negotiation: the members of one aggregator, who trade with one another at one price."""

from dataclasses import dataclass
from functools import cached_property

from mas2tering.community.sums import RoundSums, with_buyers
from mas2tering.community.weighing import TradingRows
from mas2tering.domain.local_market import FloatArray, SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class Market:
    """Prices of the rows in which its ``members`` are summed, and what the regulator puts on each kWh traded; ``rows`` are
    those of plans, which differ from those of answers where classes are merged, with what buyers outside request."""

    members: SupplierPrices
    charges: LocalCharges
    rows: TradingRows

    @cached_property
    def suppliers(self) -> SupplierPrices:
        """Prices of the members' rows, and after them of one for each request of a buyer outside."""
        return self.rows.requested.beside(self.members)

    def with_buyers(self, sums: RoundSums, price_per_kwh: FloatArray) -> RoundSums:
        """What members, and buyers outside, come to at a local price (steps,)."""
        return with_buyers(sums, self.rows.requested, price_per_kwh, self.charges)
