"""What use case 2 brought: local prices, who traded how much, how the agreement came about, and the money."""

from mas2tering.domain.local_market import TwoPrices, prices_at
from mas2tering.study.results import DayResult


def local_prices(day: DayResult) -> TwoPrices | None:
    """What a kWh costs each home that it draws, and brings that it feeds in, both (homes, steps); None where nothing was
    traded."""
    if day.market is None or not day.market.settlement.worthwhile:
        return None
    settlement = day.market.settlement
    return prices_at(settlement.price_per_kwh, settlement.meters.suppliers, settlement.charges)
