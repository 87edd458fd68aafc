"""The course of a negotiation, whoever carries it: what is asked next, given what was heard.

First everything is mixed: the search finds the price, a lower bound, and a mix of plans near it. Then what is whole
(starts of programmes, schedules of machines) is drawn from the mix, home by home, and the rest is negotiated on
around it: stores and generation make good what the draw has moved. Where that is not good enough, it is drawn again. A
question at the final price, with everything mixed again, proves how good the outcome is. In the end it is weighed against the
plans of use case 1, traded among: where those cost less, they are meant. Plans of use case 1 know nothing of limits: where
there are some, they are no choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.limits import Limits
from mas2tering.community.market import Market
from mas2tering.community.price_search import Bound, Prices, PriceSearch
from mas2tering.community.sums import RoundSums
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import FloatArray, SupplierPrices, same_price_both_ways
from mas2tering.domain.negotiation import Stage
from mas2tering.domain.tariffs import LocalCharges

_JUDGE_EVERY = 5
_TURNS_AT_THE_FUSE = 3
_DRAWS = 4
# A search stands still where so many judgements together have brought bound and mix nearer by less than this share of the
# wanted gap.
_STILL_JUDGEMENTS, _STILL = 6, 0.01
# Shares of the wanted gap at which the two searches stop: what the draw costs, and what each leaves, add up.
_AGREED, _SETTLED, _ENOUGH = 0.4, 0.15, 0.8
# Limits add a price for each row: where some are cut deeply a search still gains after twice the rounds of a market alone.
_MORE_UNDER_LIMITS = 3
# A day that is planned again has no bound with everything mixed until the end.
_REPLANNED = 0.4


@dataclass(frozen=True)
class Budget:
    """When to stop: at a gap (in currency), or after so many rounds of a search (three times as many within limits)."""

    gap: float
    rounds: int


@dataclass(frozen=True)
class Ask:
    """Answer these prices; answers of a stage are kept under their number, and those not ``kept`` may be forgotten."""

    stage: Stage
    number: int
    prices: Prices
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Settle:
    """Draw what is whole from the mix of answers with these numbers and weights, (markets, numbers); answer about the
    rest from now on. ``draw`` counts the draws of a negotiation."""

    draw: int
    numbers: tuple[int, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Close:
    """Mix the answers with these numbers and weights, (markets, numbers), into the plan that is meant."""

    numbers: tuple[int, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Recall:
    """Tell what the standing plans come to at these prices; they are kept under number 0 of a search."""

    stage: Stage
    prices: Prices


@dataclass(frozen=True)
class Weigh:
    """Tell the plans of this draw; of none (None), those of use case 1."""

    draw: int | None


@dataclass(frozen=True)
class Done:
    """The final prices, and the draw whose plans are meant; or, with ``keeps_alone``, those of use case 1."""

    prices: Prices
    draw: int
    keeps_alone: bool


Request = Ask | Recall | Settle | Close | Weigh | Done


@dataclass(frozen=True)
class RoundRecord:
    """A round: lower bound and cost of the mix as they were known after it (None where it was not judged).

    ``number`` counts from zero in each search, as in :class:`Ask`: every draw is negotiated on in a search of its own.
    """

    stage: Stage
    number: int
    lower_bound: float
    mixed_cost: float | None


@dataclass(frozen=True)
class _Drawn:
    """What came of a draw: the cost of its plans as far as the sums tell, and its price."""

    cost: float
    prices: Prices
    draw: int


class Turns:
    """State of a negotiation; ``request`` is what all members are asked now.

    With ``settled`` it starts from what is whole in standing plans, at the prices that stand: a day is planned again
    because something has changed, and only what can be mixed is negotiated. With ``recalls`` the standing plans are an answer
    among others, so that of plans that are as good the one that deviates least from them is found.
    """

    def __init__(
        self,
        markets: Sequence[Market],
        budget: Budget,
        limits: Limits | None = None,
        start: Prices | None = None,
        *,
        settled: bool = False,
        recalls: bool = False,
    ) -> None:
        self._markets, self._budget = tuple(markets), budget
        self.limits = Limits.none() if limits is None else limits
        more = _MORE_UNDER_LIMITS if len(self.limits.most_kwh) else 1
        self._rounds = more * budget.rounds
        self._recalls = recalls
        self._search = PriceSearch(self._markets, self.limits, start)
        self._stage: Stage = "settling" if settled else "agreeing"
        self._draws = 1 if settled else _DRAWS
        self._number = 0
        self._closings = 0
        self._cost = self._cost_alone = np.inf
        self._own_gaps: list[float] = []
        self._agreed = Settle(0, (), np.zeros((len(self._markets), 0)))
        self._drawn: list[_Drawn] = []
        self.bounds: list[Bound] = []
        self.records: list[RoundRecord] = []
        self.request: Request = self._begin()

    @property
    def standing_prices(self) -> Prices:
        """The best prices so far."""
        return self._search.best_prices

    def recalled(self, sums: Sequence[RoundSums]) -> None:
        """Take what the standing plans come to in each market."""
        self._search.remember(self._with_buyers(sums))
        self._number = 1
        self.request = self._ask()

    def heard(self, sums: Sequence[RoundSums]) -> None:
        """Take what the members' answers to an :class:`Ask` sum to in each market."""
        sums = self._with_buyers(sums)
        if self._stage == "proving":
            bound = self._search.bound_of(sums, self._search.prices)
            self.bounds.append(bound)
            self.records.append(RoundRecord("proving", 0, bound.cost, None))
            has_limits = len(self.limits.most_kwh) > 0
            self.request = Done(self._search.prices, self._best.draw, False) if has_limits else Weigh(None)
            return
        mixed_cost: float | None = None
        self._search.tell(sums)
        self._number += 1
        last = self._number >= self._rounds
        if last or self._number % _JUDGE_EVERY == 0:
            mixed_cost = self._cost = self._search.judge().mixed_cost
            self._own_gaps.append(mixed_cost - self._search.lower_bound)
        self.records.append(RoundRecord(self._stage, self._number - 1, self._search.lower_bound, mixed_cost))
        over = mixed_cost is not None and (
            self._is_near(mixed_cost) or self._stands_still or self._is_no_better
        )
        if not last and not over:
            self.request = self._ask()
        elif self._stage == "agreeing":
            self._agreed = Settle(0, tuple(self._search.kept), self._search.weights)
            self.bounds.append(self._search.best_bound)
            self.request = self._agreed
        else:
            self.request = Close(tuple(self._search.kept), self._search.weights)

    def settled(self) -> None:
        """Everybody has drawn: negotiate on about the rest."""
        self._stage, self._closings = "settling", 0
        self._start_again(self.bounds[0].prices)

    def weighed(self, sums: Sequence[RoundSums]) -> None:
        """Take what the plans that a :class:`Weigh` asked for sum to in each market."""
        pairs = zip(self._markets, sums, strict=True)
        cost, best = sum(market.rows.cost(own, market.charges) for market, own in pairs), self._best
        if self.request == Weigh(None):
            self._cost_alone, self.request = cost, Weigh(best.draw)
        else:
            self.request = Done(self._search.prices, best.draw, cost > self._cost_alone)

    def closed(self, *, refused: bool) -> None:
        """Everybody has mixed; where somebody's mix breaks its own limits and is ``refused``, the rest is
        negotiated again, with those members keeping to their limits in every answer."""
        self._closings += 1
        prices = self._search.best_prices
        if refused and self._closings < _TURNS_AT_THE_FUSE:
            self._start_again(prices)
            return
        self._drawn.append(_Drawn(self._cost, prices, len(self._drawn)))
        good_enough = self._best.cost - self._proven <= self._budget.gap
        if good_enough or len(self._drawn) == self._draws:
            self._stage = "proving"
            self._start_again(self._best.prices)
        else:
            self.request = replace(self._agreed, draw=len(self._drawn))

    @property
    def _proven(self) -> float:
        """A lower bound with everything mixed, where one is known."""
        return self.bounds[0].cost if self.bounds else -np.inf

    @property
    def _best(self) -> _Drawn:
        return min(self._drawn, key=lambda drawn: drawn.cost)

    def _start_again(self, prices: Prices) -> None:
        self._search = PriceSearch(self._markets, self.limits, prices)
        self._number, self._own_gaps = 0, []
        self.request = self._begin()

    @property
    def _stands_still(self) -> bool:
        """Whether more rounds would bring nothing: what is left is not the price's."""
        if len(self._own_gaps) <= _STILL_JUDGEMENTS:
            return False
        gained = min(self._own_gaps[:-_STILL_JUDGEMENTS]) - min(self._own_gaps[-_STILL_JUDGEMENTS:])
        return gained < _STILL * self._budget.gap

    @property
    def _is_no_better(self) -> bool:
        """Whether this draw's own bound says that it cannot beat the best one by what would count."""
        if self._stage != "settling" or not self._drawn:
            return False
        return self._search.lower_bound > self._best.cost - _SETTLED * self._budget.gap

    def _is_near(self, mixed_cost: float) -> bool:
        own = mixed_cost - self._search.lower_bound
        if self._stage == "agreeing":
            return own <= _AGREED * self._budget.gap
        share = _SETTLED if self.bounds else _REPLANNED
        return own <= share * self._budget.gap or mixed_cost - self._proven <= _ENOUGH * self._budget.gap

    def _with_buyers(self, sums: Sequence[RoundSums]) -> list[RoundSums]:
        local = self._search.prices.local_per_kwh
        return [
            market.with_buyers(own, price)
            for market, own, price in zip(self._markets, sums, local, strict=True)
        ]

    def _begin(self) -> Ask | Recall:
        """The first request of a search."""
        recalls = self._recalls and self._stage != "proving"
        return Recall(self._stage, self._search.prices) if recalls else self._ask()

    def _ask(self) -> Ask:
        search = self._search
        return Ask(self._stage, self._number, search.prices, tuple(search.kept))


def is_one_price(
    suppliers: SupplierPrices, charges: LocalCharges, requested: Requested | None = None
) -> bool:
    """Whether drawing and feeding in have one price at any local price: one tariff, no local charges, and no buyer that
    outbids members."""
    return (
        (requested is None or not requested.outbids(suppliers, charges))
        and len(suppliers.import_price_per_kwh) == 1
        and same_price_both_ways(suppliers, charges)
    )
