"""The search for local prices and for those of limits: ask at prices, hear what the answers sum to, ask at better ones.

What the members would cost at best is a concave function of the prices, and each round's sums are a cut of it. The next
prices are the best of the cuts' model near the best prices so far (a proximal bundle method with one cut a round and
market); the weights of the cuts mix the rounds' plans into one that costs little more than the bound. Both are known from
sums alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.best_mix import Priced, best_mix
from mas2tering.community.best_price import Near, PriceAxis
from mas2tering.community.limits import Limits
from mas2tering.community.market import Market
from mas2tering.community.mixing import Mixer, Rounds, Side
from mas2tering.community.sums import RoundSums, supplier_cost
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray, SupplierPrices, cleared, price_range
from mas2tering.domain.tariffs import LocalCharges

_REACH = 0.5
"""How far a price moves, as a share of the range of prices, where a typical step's whole energy is not balanced."""
_STRETCHED, _LONGEST = 1.5, 50.0
"""A limit's price may have a long way to go: as long as that leads up, steps become longer, up to so many times."""
_TOWARDS_MIX = 0.3
"""Where the bound stands still, steps near the best prices do not show what would make the mix cheaper: limits are asked about
that far on the way to the prices that the mix itself puts on them."""
_PROBES = (1.0, 0.25, 0.06)
"""Prices, as shares of the range of prices, at which limits that are exceeded are asked about first: answers that keep well away
from them are what a mix within them is made of, and small steps would find such answers late."""
_LEAST_RANGE_PER_KWH = 1e-6
"""Where import and export have one price at all times (net metering), a step still has a length."""
_FORGET = 1e-9
_KEPT, _MORE_KEPT = 60, 200
"""Rounds that are kept; where limits bind, a mix needs about one more for each, up to so many more."""


@dataclass(frozen=True)
class Prices:
    """Local prices (markets, steps), and prices of limits (rows,)."""

    local_per_kwh: FloatArray
    limit_per_kwh: FloatArray


@dataclass(frozen=True)
class Bound:
    """A lower bound, and the prices under whose terms it is one. ``by_market`` is what it consists of: the least that each
    market's plans cost at the prices, those of limits on top."""

    cost: float
    prices: Prices
    by_market: tuple[float, ...]


@dataclass(frozen=True)
class Progress:
    """What is known after a round: a lower bound of the communities' cost, and the cost of the best mix."""

    lower_bound: float
    mixed_cost: float


@dataclass(frozen=True)
class _Lengths:
    """How far prices move for each kWh: local ones of each market, and those of limits."""

    local: tuple[float, ...]
    limits: float


class PriceSearch:
    """State of the search; ``prices`` are what to ask at next.

    ``kept`` are the numbers of the rounds (0, 1, …) that the weights (markets, rounds kept) belong to; answers to others
    may be forgotten.
    """

    def __init__(self, markets: Sequence[Market], limits: Limits, start: Prices | None = None) -> None:
        self._markets, self._limits = tuple(markets), limits
        self._ranges = [price_range(market.suppliers) for market in markets]
        low, high = (np.array(ends) for ends in zip(*self._ranges, strict=True))
        self.prices = (
            Prices((low + high) / 2, np.zeros(len(limits.most_kwh)))
            if start is None
            else Prices(
                np.clip(start.local_per_kwh, low, high),
                np.clip(start.limit_per_kwh, 0.0, limits.dearest_per_kwh),
            )
        )
        self._best_prices = self.prices
        self._best: tuple[RoundSums, ...] = ()
        self.kept: list[int] = []
        self.weights = np.zeros((len(self._markets), 0))
        self._sums: list[tuple[RoundSums, ...]] = []
        self._rounds_told = 0
        self._lengths: _Lengths | None = None
        self._stretch = 1.0
        self._probes, self._is_step = list(_PROBES), True
        self._judged_bound = np.inf

    @property
    def lower_bound(self) -> float:
        """What plans cost at least, under the terms of the best prices."""
        return self.best_bound.cost if self._best else -np.inf

    @property
    def best_bound(self) -> Bound:
        """The best bound so far, of the rounds told."""
        return self.bound_of(self._best, self._best_prices)

    @property
    def best_prices(self) -> Prices:
        """The prices at which the bound is best."""
        return self._best_prices

    @property
    def mixed_limit_kwh(self) -> FloatArray:
        """What the mix by the weights comes to in each limit (rows,), of all markets together."""
        limit_kwh = np.array([[own.limit_kwh for own in told] for told in self._sums])
        return np.asarray(np.einsum("mr,rml->l", self.weights, limit_kwh))

    def bound_of(self, sums: Sequence[RoundSums], prices: Prices) -> Bound:
        """The lower bound that answers to prices prove."""
        by_market = tuple(own.bound for own in sums)
        return Bound(sum(by_market) - float(prices.limit_per_kwh @ self._limits.most_kwh), prices, by_market)

    def remember(self, sums: Sequence[RoundSums]) -> None:
        """Take plans that answer no prices: something to mix with, which proves nothing."""
        self._take(tuple(sums))

    def tell(self, sums: Sequence[RoundSums]) -> Progress:
        """Take the answers to ``prices``, of each market, and choose the next prices."""
        told = tuple(sums)
        if not self._best or self._cost_at(self.prices, told) >= self._cost_at(self._best_prices, self._best):
            self._best_prices, self._best = self.prices, told
            self._stretch = min(_STRETCHED * self._stretch, _LONGEST)
        elif self._is_step:
            self._stretch = max(self._stretch / _STRETCHED**2, 1.0)
        self._take(told)
        lengths, terms, rounds = self._step_lengths(), self._terms(), self._rounds()
        near = [
            Near(price, length)
            for price, length in zip(self._best_prices.local_per_kwh, lengths.local, strict=True)
        ]
        axes = [PriceAxis(own, *ends) for own, ends in zip(terms, self._ranges, strict=True)]
        sides = [Side(*parts) for parts in zip(rounds, axes, terms, near, strict=True)]
        near_limits = Near(self._best_prices.limit_per_kwh, self._stretch * lengths.limits)
        mix = Mixer(sides, self._limits, near_limits).best(self.weights)
        self.weights = mix.weights
        probe = self._probe()
        self._is_step = probe is None
        self.prices = probe or Prices(mix.price_per_kwh, mix.limit_price_per_kwh)
        progress = Progress(self.lower_bound, self._cost_of(rounds, terms))
        self._forget()
        return progress

    def _probe(self) -> Prices | None:
        """Prices far out for limits that the first answers exceed; None where there are none, or they were asked about."""
        if not self._probes:
            return None
        first = np.sum([own.limit_kwh for own in self._sums[0]], axis=0)
        exceeded = self._limits.excess_kwh(first) > 0.0
        if not exceeded.any():
            return None
        price = min(self._probes.pop(0) * self._limit_width, self._limits.dearest_per_kwh)
        standing = self._best_prices.limit_per_kwh
        far_out = np.where(exceeded, np.maximum(standing, price), standing)
        return Prices(self._best_prices.local_per_kwh, far_out)

    def judge(self) -> Progress:
        """Replace the weights by those of the cheapest mix, and say what it costs."""
        terms, rounds = self._terms(), self._rounds()
        priced = [
            Priced(own, under, *ends) for own, under, ends in zip(rounds, terms, self._ranges, strict=True)
        ]
        mix = best_mix(priced, self._limits)
        self.weights = mix.weights
        stands_still, self._judged_bound = self.lower_bound <= self._judged_bound, self.lower_bound
        if len(self._limits.most_kwh) and stands_still:
            best, there = self._best_prices.limit_per_kwh, mix.limit_price_per_kwh
            self.prices = Prices(self.prices.local_per_kwh, best + _TOWARDS_MIX * (there - best))
            self._is_step = False
        return Progress(self.lower_bound, self._cost_of(rounds, terms))

    def _terms(self) -> list[Terms]:
        """The terms of the best prices."""
        return [
            Terms.at(price, market.suppliers, market.charges)
            for price, market in zip(self._best_prices.local_per_kwh, self._markets, strict=True)
        ]

    def _take(self, sums: tuple[RoundSums, ...]) -> None:
        self._sums.append(sums)
        self.kept.append(self._rounds_told)
        self._rounds_told += 1
        first = self.weights.shape[1] == 0
        new = np.full((len(self._markets), 1), 1.0 if first else 0.0)
        self.weights = np.hstack([self.weights, new])

    def _cost_at(self, prices: Prices, sums: Sequence[RoundSums]) -> float:
        """What plans cost at prices under the terms of the best prices, limits included."""
        cost = -float(prices.limit_per_kwh @ self._limits.most_kwh)
        for price, terms, own in zip(prices.local_per_kwh, self._terms(), sums, strict=True):
            paid = own.drawn_kwh * terms.buying(price)
            earned = own.fed_in_kwh * terms.selling(price)
            cost += own.beside_cost + float((paid - earned).sum())
            cost += float(prices.limit_per_kwh @ own.limit_kwh)
        return cost

    def _cost_of(self, rounds: Sequence[Rounds], terms: Sequence[Terms]) -> float:
        """Cost of the mix with its best trades, the highest that any local price makes of it; what exceeds limits at
        their dearest price."""
        cost = 0.0
        limit_kwh = np.zeros(len(self._limits.most_kwh))
        for weights, own, under, ends in zip(self.weights, rounds, terms, self._ranges, strict=True):
            beside, drawn, fed_in = own.mixed(weights)
            price = PriceAxis(under, *ends).best(drawn, fed_in).price_per_kwh
            cost += beside + float(
                (drawn * under.buying(price)).sum() - (fed_in * under.selling(price)).sum()
            )
            limit_kwh += weights @ own.limit_kwh
        return cost + self._limits.penalty(limit_kwh)

    def _step_lengths(self) -> _Lengths:
        """Price per energy: the same course in communities of any size, as the first answers tell it."""
        if self._lengths is None:
            widths = [max(float((high - low).mean()), _LEAST_RANGE_PER_KWH) for low, high in self._ranges]
            energies = [float((own.drawn_kwh + own.fed_in_kwh).sum(axis=0).mean()) for own in self._sums[0]]
            limited = np.sum([np.abs(own.limit_kwh) for own in self._sums[0]], axis=0)
            typical = float(limited.mean()) if len(limited) else 0.0
            self._lengths = _Lengths(
                tuple(_length(width, energy) for width, energy in zip(widths, energies, strict=True)),
                _length(self._limit_width, typical),
            )
        return self._lengths

    @property
    def _limit_width(self) -> float:
        """Of which size prices of limits are: that of the range of prices; where there is none, all that limits may cost."""
        width = max(float((high - low).mean()) for low, high in self._ranges)
        return (
            width if width > _LEAST_RANGE_PER_KWH else max(self._limits.dearest_per_kwh, _LEAST_RANGE_PER_KWH)
        )

    def _rounds(self) -> list[Rounds]:
        return [
            Rounds(
                np.array([own.beside_cost for own in told]),
                np.array([own.drawn_kwh for own in told]),
                np.array([own.fed_in_kwh for own in told]),
                np.array([own.limit_kwh for own in told]),
            )
            for told in zip(*self._sums, strict=True)
        ]

    def _forget(self) -> None:
        """Drop the oldest rounds without weight beyond those that there is room for."""
        while len(self.kept) > _KEPT + min(len(self._limits.most_kwh), _MORE_KEPT):
            most = self.weights.max(axis=0)
            idle = np.flatnonzero(most <= _FORGET)
            drop = int(idle[0]) if len(idle) else int(np.argmin(most))
            del self.kept[drop], self._sums[drop]
            weights = np.delete(self.weights, drop, axis=1)
            self.weights = weights / weights.sum(axis=1, keepdims=True)


def _length(width_per_kwh: float, energy_kwh: float) -> float:
    return _REACH * width_per_kwh / max(energy_kwh, 1e-9)


def cost_under(terms: Terms, sums: RoundSums) -> float:
    """What plans cost the community with its best trades under given terms: what a bound under them bounds."""
    borne = SupplierPrices(terms.buy_up_to_per_kwh, terms.sell_from_per_kwh)
    gain = float(cleared(sums.drawn_kwh, sums.fed_in_kwh, borne, LocalCharges()).gain.sum())
    return supplier_cost(sums, terms.suppliers) - gain
