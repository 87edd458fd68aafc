"""What a reader must know where the local market's plans are not proven as near to the best as was wanted."""

from mas2tering.coordination.market_day import MarketDay


def unproven_words(market: MarketDay) -> str | None:
    """How near the plans are proven to be, and what most of the rest is; None where they are as near as was wanted.

    The rest has two parts: what the plans cost above the best mix of answers, in which a programme may start at two
    times by halves, and what that mix costs above the lower bound.
    """
    agreement = market.agreement
    alone = abs(sum(plan.costs.cost for plan in market.alone_of_members))
    if agreement.gap <= market.wanted_gap or not alone:
        return None
    near = (
        f"use case 2 is proven to {100 * agreement.gap / alone:.2f} % of the cost of use case 1, not to "
        f"{100 * market.wanted_gap / alone:.2g} %"
    )
    mixes = [r.mixed_cost for r in agreement.rounds if r.stage == "agreeing" and r.mixed_cost is not None]
    if mixes and agreement.cost_under_the_rule - mixes[-1] >= agreement.gap / 2:
        return (
            f"{near}: most of the rest is that programmes and machines run whole or not at all, which weighs where homes are few; "
            "more rounds would not change it"
        )
    return f"{near}: in most of the rest the bound is lower than any plan may come, or the rounds were over"
