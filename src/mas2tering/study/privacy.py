"""What each party learns in the local market, and where limits of the network are negotiated on, in words and bytes."""

from collections.abc import Sequence

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.market_day import MarketDay

_PRICE_BYTES = 4
"""A price or a weight on its way."""


def learned_in_the_market(markets: Sequence[MarketDay]) -> dict[str, str]:
    """By party: what it learned in these days, and how many bytes that took."""
    first = markets[0].agreement
    rounds = sum(len(market.agreement.rounds) + market.requests.rounds_beside for market in markets)
    # Days with a buyer outside are negotiated without it too, under masks of their own.
    twice = 2 if any(market.requests.rounds_beside for market in markets) else 1
    homes = len(first.plans)
    asked = _PRICE_BYTES * first.plans[0].axis.steps
    loads = sum(_PRICE_BYTES * market.agreement.plans[0].axis.steps for market in markets)
    buyers = tuple(
        dict.fromkeys(delivery.buyer for market in markets for delivery in market.requests.deliveries)
    )
    up, set_up = first.traffic.up_per_round, twice * first.traffic.set_up
    sums = (
        f"of each of {rounds} rounds what all answers sum to by class of supplier, and no home's answer: they were masked, and only the "
        "masks' sum is zero; in the end, in the same way, what the plans of use case 1 and those agreed on sum to"
        if first.is_masked
        else f"the answers of all {homes} homes in each of {rounds} rounds: a sum over so few would show too much of each all the same"
    )
    outside = {
        f"buyer {buyer}": (
            f"what it was delivered at each step of a day, and the local price then ({2 * asked:,} bytes a day); nothing of any home"
        )
        for buyer in buyers
    }
    return outside | {
        "aggregator": (
            f"{sums}; of each home, at the end, the net load of its plan ({loads:,} bytes a home), which its bill needs; "
            "which supplier each home has, by contract"
        ),
        "other homes": (
            f"the local price asked in each round and the weights of the mix ({rounds * asked:,} bytes to each home); "
            "nothing of one another"
        ),
        "box to aggregator": (
            f"{up:,.0f} bytes a round and {set_up:,.0f} once, {homes * (rounds * up + set_up):,.0f} bytes from {homes} homes; what stands in "
            "them is the net load of a plan at the price asked, its cost beside energy, and a bound"
        ),
    }


def learned_about_the_grid(grids: Sequence[GridDayOutcome]) -> dict[str, str]:
    """By party: what use case 3 adds to what it learned in these days, and how many bytes that took."""
    first = grids[0].plans[0].axis
    homes = len(grids[0].plans)
    flows = sum(1 + len(grid.relief.rounds) for grid in grids)
    loads = _PRICE_BYTES * first.steps * homes * flows
    found = {
        "network operator": (
            f"where each home is connected, and the net load of its plan by step, once for each of {flows} power flows ({loads:,} bytes of "
            f"{homes} homes): a power flow needs them; nothing of devices and wishes"
        )
    }
    ordered = [grid for grid in grids if grid.settled is not None]
    if not ordered:
        return found
    rows = sum(round_.rows for grid in grids for round_ in grid.relief.rounds)
    called = len({row.home.id for grid in ordered if grid.settled for row in grid.settled.payments.called})
    sums = (
        "by how much each limit is exceeded it learns from sums under masks"
        if all(grid.agreement.is_masked for grid in ordered)
        else "by how much each limit is exceeded it learns from sums that are not masked, over so few homes"
    )
    return {
        "network operator": (
            f"{found['network operator']}, but for what fuel, wear, discomfort and stored energy come to in all with and without its order "
            f"at the {called} homes called, with their tariffs: it pays for the difference, and may check it; while limits are negotiated on, {sums}"
        ),
        "homes, of the network": (
            f"the prices of {rows} limits in all rounds, and how much each kWh of its own counts in each ({2 * _PRICE_BYTES * rows:,} bytes to "
            "each home for each time that prices are asked); from the weights a home may tell how near to others it is connected"
        ),
    }
