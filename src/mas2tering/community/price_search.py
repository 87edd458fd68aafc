"""The search for the local price: ask at a price, hear what the answers sum to, ask at a better one.

What the members would cost at best is a concave function of the local price, and each round's sums are a cut of it.
The next price is the best of the cuts' model near the best price so far (a proximal bundle method with one cut a
round); the weights of the cuts mix the rounds' plans into one that costs little more than the bound. Both are
known from sums alone.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.community.best_mix import best_mix
from mas2tering.community.best_price import Near, PriceAxis
from mas2tering.community.mixing import Mixer, Rounds
from mas2tering.community.sums import RoundSums
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray, SupplierPrices, cleared, price_range
from mas2tering.domain.tariffs import LocalCharges

_REACH = 0.5
"""How far a price moves, as a share of the range of prices, where a typical step's whole energy is not balanced."""
_LEAST_RANGE_PER_KWH = 1e-6
"""Where import and export have one price at all times (net metering), a step still has a length."""
_FORGET = 1e-9
_KEPT = 60


@dataclass(frozen=True)
class Progress:
    """What is known after a round: a lower bound of the community's cost, and the cost of the best mix."""

    lower_bound: float
    mixed_cost: float


class PriceSearch:
    """State of the search; ``price_per_kwh`` (steps,) is the price to ask at next.

    ``kept`` are the numbers of the rounds (0, 1, …) that the weights (rounds kept,) belong to; answers to others
    may be forgotten.
    """

    def __init__(
        self, suppliers: SupplierPrices, charges: LocalCharges, start_per_kwh: FloatArray | None = None
    ) -> None:
        self.suppliers, self.charges = suppliers, charges
        self._range = price_range(suppliers)
        low, high = self._range
        self.price_per_kwh = (low + high) / 2 if start_per_kwh is None else np.clip(start_per_kwh, low, high)
        self._best_price = self.price_per_kwh
        self._best: RoundSums | None = None
        self.kept: list[int] = []
        self.weights = np.zeros(0)
        self._sums: list[RoundSums] = []
        self._rounds_told = 0
        self._length = 0.0

    @property
    def lower_bound(self) -> float:
        """What plans cost at least, under the terms of the best price."""
        return -np.inf if self._best is None else self._best.bound

    @property
    def terms(self) -> Terms:
        """The terms of the best price."""
        return Terms.at(self._best_price, self.suppliers, self.charges)

    @property
    def best_price_per_kwh(self) -> FloatArray:
        """The price at which the bound is best."""
        return self._best_price

    def tell(self, sums: RoundSums) -> Progress:
        """Take the answers to ``price_per_kwh``, and choose the next price."""
        terms = self.terms
        if self._best is None or _cost_at(terms, self.price_per_kwh, sums) >= _cost_at(
            terms, self._best_price, self._best
        ):
            self._best_price, self._best = self.price_per_kwh, sums
            terms = self.terms
        self._take(sums)
        axis = PriceAxis(terms, *self._range)
        rounds = self._rounds()
        near = Near(self._best_price, self._step_length())
        mix = Mixer(rounds, axis, terms, near).best(self.weights)
        self.weights, self.price_per_kwh = mix.weights, mix.price_per_kwh
        progress = Progress(self.lower_bound, self._cost_of(rounds, axis, terms))
        self._forget()
        return progress

    def judge(self) -> Progress:
        """Replace the weights by those of the cheapest mix, and say what it costs."""
        terms, rounds = self.terms, self._rounds()
        self.weights = best_mix(rounds, terms, *self._range)
        axis = PriceAxis(terms, *self._range)
        return Progress(self.lower_bound, self._cost_of(rounds, axis, terms))

    def _take(self, sums: RoundSums) -> None:
        self._sums.append(sums)
        self.kept.append(self._rounds_told)
        self._rounds_told += 1
        self.weights = np.append(self.weights, 0.0) if len(self.weights) else np.ones(1)

    def _cost_of(self, rounds: Rounds, axis: PriceAxis, terms: Terms) -> float:
        """Cost of the mix with its best trades: the highest that any local price makes of it."""
        beside, drawn, fed_in = rounds.mixed(self.weights)
        price = axis.best(drawn, fed_in).price_per_kwh
        return beside + float((drawn * terms.buying(price)).sum() - (fed_in * terms.selling(price)).sum())

    def _step_length(self) -> float:
        """Price per energy: the same course in communities of any size."""
        if self._length == 0.0:
            energy = np.mean([(s.drawn_kwh + s.fed_in_kwh).sum(axis=0).mean() for s in self._sums])
            low, high = self._range
            width = max(float((high - low).mean()), _LEAST_RANGE_PER_KWH)
            self._length = _REACH * width / max(float(energy), 1e-9)
        return self._length

    def _rounds(self) -> Rounds:
        return Rounds(
            np.array([s.beside_cost for s in self._sums]),
            np.array([s.drawn_kwh for s in self._sums]),
            np.array([s.fed_in_kwh for s in self._sums]),
        )

    def _forget(self) -> None:
        """Drop the oldest rounds without weight beyond those that there is room for."""
        while len(self.kept) > _KEPT:
            idle = np.flatnonzero(self.weights <= _FORGET)
            drop = int(idle[0]) if len(idle) else int(np.argmin(self.weights))
            del self.kept[drop], self._sums[drop]
            weights = np.delete(self.weights, drop)
            self.weights = weights / weights.sum()


def _cost_at(terms: Terms, price_per_kwh: FloatArray, sums: RoundSums) -> float:
    """What plans cost at a local price under given terms."""
    paid = sums.drawn_kwh * terms.buying(price_per_kwh)
    earned = sums.fed_in_kwh * terms.selling(price_per_kwh)
    return sums.beside_cost + float((paid - earned).sum())


def cost_under(terms: Terms, sums: RoundSums) -> float:
    """What plans cost the community with its best trades under given terms: what a bound under them bounds."""
    borne = SupplierPrices(terms.buy_up_to_per_kwh, terms.sell_from_per_kwh)
    gain = float(cleared(sums.drawn_kwh, sums.fed_in_kwh, borne, LocalCharges()).gain.sum())
    return supplier_cost(sums, terms.suppliers) - gain


def supplier_cost(sums: RoundSums, suppliers: SupplierPrices) -> float:
    """What plans cost without any local trade."""
    return sums.beside_cost + float(
        (sums.drawn_kwh * suppliers.import_price_per_kwh).sum()
        - (sums.fed_in_kwh * suppliers.export_price_per_kwh).sum()
    )
