"""What each party learns in the local market, in words and bytes."""

from collections.abc import Sequence

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
