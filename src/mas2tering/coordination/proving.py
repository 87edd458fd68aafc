"""What is proven of homes under limits without any plan of theirs being agreed on: prices and a bound, from sums alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.price_search import Bound, Prices, PriceSearch
from mas2tering.community.turns import Ask
from mas2tering.coordination.agreement import MarketBudget, Party
from mas2tering.coordination.seating import seated
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.local_market import FloatArray

_JUDGE_EVERY = 5
_NEAR = 0.01
"""A bound is near enough that lies so much of the best mix's cost below it."""
_STILL_JUDGEMENTS, _STILL = 4, 0.02
"""After so many judgements that together brought bound and mix nearer by less than this share, more rounds bring little."""


@dataclass(frozen=True)
class Proven:
    """A lower bound, what the best mix that was found costs, and by how much that exceeds each limit, in kWh (rows,)."""

    bound: Bound
    cost: float
    excess_kwh: FloatArray
    rounds: int


def proven(
    parties: Sequence[Party],
    limits: LoadLimits,
    budget: MarketBudget,
    *,
    nothing: float,
    enough: float = np.inf,
    start: Prices | None = None,
) -> Proven:
    """The best bound of what homes cost within limits, to a hundredth of it, or until it is known to be less than ``nothing``.

    Args:
        parties: the communities, with what their homes are to be asked for as their models' costs.
        limits: of all homes, in the order of the parties.
        budget: whose rounds are the most that are taken.
        nothing: a cost that does not matter.
        enough: a bound of which more need not be known.
        start: the prices to begin at.
    """
    table = seated(parties, replace(budget, private=False), limits)
    search = PriceSearch(table.markets, table.limits, start or table.start)
    apart: list[float] = []
    cost, number = float("inf"), 0
    while number < budget.rounds:
        asked = Ask("agreeing", number, search.prices, tuple(search.kept))
        search.tell([own.answer(asked) for own in table.members])
        number += 1
        if search.lower_bound >= enough:
            break
        if number % _JUDGE_EVERY and number < budget.rounds:
            continue
        cost = search.judge().mixed_cost
        apart.append(cost - search.lower_bound)
        if cost <= nothing or apart[-1] <= max(nothing, _NEAR * abs(cost)) or _stands_still(apart):
            break
    excess_kwh = table.limits.excess_kwh(search.mixed_limit_kwh)
    return Proven(search.best_bound, cost, excess_kwh, number)


def _stands_still(apart: Sequence[float]) -> bool:
    if len(apart) <= _STILL_JUDGEMENTS:
        return False
    return min(apart[:-_STILL_JUDGEMENTS]) - min(apart[-_STILL_JUDGEMENTS:]) < _STILL * min(apart)
