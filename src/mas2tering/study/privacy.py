"""What each party learns in the local market, in words and bytes."""

from collections.abc import Sequence

from mas2tering.coordination.market_day import MarketDay

_HEAD_BYTES = 24
"""Conversation, epoch, turn, stage and number of a message."""
_BYTES = 4
"""A price, a weight or an amount of energy in whole units on its way."""


def learned_in_the_market(markets: Sequence[MarketDay]) -> dict[str, str]:
    """By party: what it learned in these days, and how many bytes that took."""
    rounds = sum(len(market.agreement.rounds) for market in markets)
    homes = len(markets[0].plans)
    steps = markets[0].plans[0].axis.steps
    asked, answered = _HEAD_BYTES + _BYTES * steps, _HEAD_BYTES + _BYTES * (steps + 2)
    loads = sum(_BYTES * market.plans[0].axis.steps for market in markets)
    return {
        "aggregator": (
            f"of each of {rounds} rounds what all answers sum to by class of supplier; of each home, at the end, the net load "
            f"of its plan ({loads:,} bytes a home), which its bill needs; which supplier each home has, by contract"
        ),
        "other homes": (
            f"the local price asked in each round and the weights of the mix ({rounds * asked:,} bytes to each home); "
            "nothing of one another"
        ),
        "box to aggregator": (
            f"{answered:,} bytes a round, {rounds * answered * homes:,} bytes from {homes} homes; a study adds the answers up inside "
            "one process, a running community adds them up under masks"
        ),
    }
