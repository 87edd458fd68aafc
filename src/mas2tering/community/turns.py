"""The course of a negotiation, whoever carries it: what is asked next, given what was heard.

First everything is mixed: the search finds the price, a lower bound, and a mix of plans near it. Then what is whole
(starts of programmes, schedules of machines) is drawn from the mix, home by home, and the rest is negotiated on
around it: stores and generation make good what the draw has moved. Where that is not good enough, it is drawn again. A
last question at the final price, with everything mixed again, proves how good the outcome is.
"""

from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.price_search import PriceSearch
from mas2tering.community.sums import RoundSums, with_buyers
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import FloatArray, SupplierPrices
from mas2tering.domain.negotiation import Stage
from mas2tering.domain.tariffs import LocalCharges

_JUDGE_EVERY = 5
_TURNS_AT_THE_FUSE = 3
_DRAWS = 4
# Shares of the wanted gap at which the two searches stop: what the draw costs, and what each leaves, add up.
_AGREED, _SETTLED, _ENOUGH = 0.4, 0.15, 0.8
# A day that is planned again has no bound with everything mixed until the end.
_REPLANNED = 0.4


@dataclass(frozen=True)
class Budget:
    """When to stop: at a gap (in currency), or after so many rounds of a search."""

    gap: float
    rounds: int


@dataclass(frozen=True)
class Ask:
    """Answer this local price (steps,); answers of a stage are kept under their number, and those not ``kept`` may be
    forgotten."""

    stage: Stage
    number: int
    price_per_kwh: FloatArray
    kept: tuple[int, ...]


@dataclass(frozen=True)
class Settle:
    """Draw what is whole from the mix of answers with these numbers and weights; answer about the rest from now
    on. ``draw`` counts the draws of a negotiation."""

    draw: int
    numbers: tuple[int, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Close:
    """Mix the answers with these numbers and weights into the plan that is meant."""

    numbers: tuple[int, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Done:
    """The final local price (steps,), and the draw whose plans are meant."""

    price_per_kwh: FloatArray
    draw: int


Request = Ask | Settle | Close | Done


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
class Bound:
    """A lower bound, and the local price (steps,) under whose terms it is one."""

    cost: float
    price_per_kwh: FloatArray


@dataclass(frozen=True)
class _Drawn:
    """What came of a draw: the cost of its plans as far as the sums tell, and its price."""

    cost: float
    price_per_kwh: FloatArray
    draw: int


class Turns:
    """State of a negotiation; ``request`` is what all members are asked now.

    With ``settled`` it starts from what is whole in standing plans, at the price that stands: a day is planned again
    because something has changed, and only what can be mixed is negotiated. Buyers whose requests are ``requested`` take part
    in rows of their own, after those of the members.
    """

    def __init__(
        self,
        suppliers: SupplierPrices,
        charges: LocalCharges,
        budget: Budget,
        start_per_kwh: FloatArray | None = None,
        *,
        settled: bool = False,
        requested: Requested | None = None,
    ) -> None:
        self._requested = requested or Requested.nothing(suppliers.import_price_per_kwh.shape[1])
        self._suppliers, self._charges, self._budget = self._requested.beside(suppliers), charges, budget
        self._search = PriceSearch(self._suppliers, charges, start_per_kwh)
        self._stage: Stage = "settling" if settled else "agreeing"
        self._draws = 1 if settled else _DRAWS
        self._number = 0
        self._closings = 0
        self._cost = np.inf
        self._agreed = Settle(0, (), np.zeros(0))
        self._drawn: list[_Drawn] = []
        self.bounds: list[Bound] = []
        self.records: list[RoundRecord] = []
        self.request: Request = self._ask()

    @property
    def standing_price_per_kwh(self) -> FloatArray:
        """The best price so far."""
        return self._search.best_price_per_kwh

    def heard(self, sums: RoundSums) -> None:
        """Take what the members' answers to an :class:`Ask` sum to."""
        sums = with_buyers(sums, self._requested, self._search.price_per_kwh, self._charges)
        if self._stage == "proving":
            self.bounds.append(Bound(sums.bound, self._search.price_per_kwh))
            self.records.append(RoundRecord("proving", 0, sums.bound, None))
            self.request = Done(self._search.price_per_kwh, self._best.draw)
            return
        mixed_cost: float | None = None
        self._search.tell(sums)
        self._number += 1
        last = self._number >= self._budget.rounds
        if last or self._number % _JUDGE_EVERY == 0:
            mixed_cost = self._cost = self._search.judge().mixed_cost
        bound = self._search.lower_bound
        self.records.append(RoundRecord(self._stage, self._number - 1, bound, mixed_cost))
        if not last and (mixed_cost is None or not self._is_near(mixed_cost)):
            self.request = self._ask()
        elif self._stage == "agreeing":
            self._agreed = Settle(0, tuple(self._search.kept), self._search.weights)
            self.bounds.append(Bound(self._search.lower_bound, self._search.best_price_per_kwh))
            self.request = self._agreed
        else:
            self.request = Close(tuple(self._search.kept), self._search.weights)

    def settled(self) -> None:
        """Everybody has drawn: negotiate on about the rest."""
        self._stage, self._closings = "settling", 0
        self._start_again(self.bounds[0].price_per_kwh)

    def closed(self, *, refused: bool) -> None:
        """Everybody has mixed; where somebody's mix breaks its own limits and is ``refused``, the rest is
        negotiated again, with those members keeping to their limits in every answer."""
        self._closings += 1
        price = self._search.best_price_per_kwh
        if refused and self._closings < _TURNS_AT_THE_FUSE:
            self._start_again(price)
            return
        self._drawn.append(_Drawn(self._cost, price, len(self._drawn)))
        good_enough = self._best.cost - self._proven <= self._budget.gap
        if good_enough or len(self._drawn) == self._draws:
            self._stage = "proving"
            self._start_again(self._best.price_per_kwh)
        else:
            self.request = replace(self._agreed, draw=len(self._drawn))

    @property
    def _proven(self) -> float:
        """A lower bound with everything mixed, where one is known."""
        return self.bounds[0].cost if self.bounds else -np.inf

    @property
    def _best(self) -> _Drawn:
        return min(self._drawn, key=lambda drawn: drawn.cost)

    def _start_again(self, price_per_kwh: FloatArray) -> None:
        self._search = PriceSearch(self._suppliers, self._charges, price_per_kwh)
        self._number = 0
        self.request = self._ask()

    def _is_near(self, mixed_cost: float) -> bool:
        own = mixed_cost - self._search.lower_bound
        if self._stage == "agreeing":
            return own <= _AGREED * self._budget.gap
        share = _SETTLED if self.bounds else _REPLANNED
        return own <= share * self._budget.gap or mixed_cost - self._proven <= _ENOUGH * self._budget.gap

    def _ask(self) -> Ask:
        search = self._search
        return Ask(self._stage, self._number, search.price_per_kwh, tuple(search.kept))


def is_one_price(
    suppliers: SupplierPrices, charges: LocalCharges, requested: Requested | None = None
) -> bool:
    """Whether drawing and feeding in have one price at any local price: one tariff, no local charges, and no buyer that
    outbids members."""
    return (
        (requested is None or not requested.outbids(suppliers, charges))
        and len(suppliers.import_price_per_kwh) == 1
        and charges.buyer_per_kwh == charges.seller_per_kwh == 0.0
        and bool(np.all(suppliers.import_price_per_kwh >= suppliers.export_price_per_kwh))
    )
