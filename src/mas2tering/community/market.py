"""A local market in a negotiation: the members of one aggregator, who trade with one another at one price."""

from dataclasses import dataclass

from mas2tering.community.weighing import TradingRows
from mas2tering.domain.local_market import SupplierPrices
from mas2tering.domain.tariffs import LocalCharges


@dataclass(frozen=True)
class Market:
    """Prices of the rows in which its members are summed, and what the regulator puts on each kWh traded; ``rows`` are
    those of plans, which differ from those of answers where classes are merged."""

    suppliers: SupplierPrices
    charges: LocalCharges
    rows: TradingRows
