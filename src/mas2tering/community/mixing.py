"""The best mix of what was answered in earlier rounds: a small convex programme over the weights of rounds.

The dual of a proximal step on the prices (Lemaréchal, Nemirovskii, Nesterov, doi:10.1007/BF01585555; the weights
are what recovers plans: Barahona and Anbil, doi:10.1007/s101070050002). Solved by Newton's method on the rounds
in use, since its objective is piecewise quadratic in a few dozen weights. Each market has weights of its own; what
binds them together is the limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.best_price import Near, PriceAxis
from mas2tering.community.limits import Limits
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_USED = 1e-12
_ITERATIONS = 30
_TOLERANCE = 1e-9
_ARMIJO = 1e-4
_SHORTEST = 1e-10


@dataclass(frozen=True)
class Rounds:
    """A market's answers of all rounds: ``beside_cost`` (rounds,), ``drawn_kwh`` and ``fed_in_kwh`` (rounds, classes,
    steps), ``limit_kwh`` (rounds, rows)."""

    beside_cost: FloatArray
    drawn_kwh: FloatArray
    fed_in_kwh: FloatArray
    limit_kwh: FloatArray

    def cost_at(self, terms: Terms, price_per_kwh: FloatArray) -> FloatArray:
        """What each round's plans cost at a local price, limits apart, shape (rounds,)."""
        count = len(self.beside_cost)
        buying = terms.buying(price_per_kwh).ravel()
        selling = terms.selling(price_per_kwh).ravel()
        return np.asarray(
            self.beside_cost
            + self.drawn_kwh.reshape(count, -1) @ buying
            - self.fed_in_kwh.reshape(count, -1) @ selling
        )

    def within(self, limits: IntArray) -> "Rounds":
        """The same with some limits only, in this order."""
        return replace(self, limit_kwh=self.limit_kwh[:, limits])

    def mixed(self, weights: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Cost beside energy and loads of a mix."""
        return (
            float(weights @ self.beside_cost),
            np.tensordot(weights, self.drawn_kwh, axes=1),
            np.tensordot(weights, self.fed_in_kwh, axes=1),
        )


@dataclass(frozen=True)
class Side:
    """A market in the mix: its rounds, its prices, its terms, and near which local price to stay."""

    rounds: Rounds
    axis: PriceAxis
    terms: Terms
    near: Near


@dataclass(frozen=True)
class Mix:
    """Weights of the rounds in each market (markets, rounds), and the prices that belong to them: local ones (markets,
    steps), those of limits (rows,)."""

    weights: FloatArray
    price_per_kwh: FloatArray
    limit_price_per_kwh: FloatArray


@dataclass(frozen=True)
class _Point:
    """A mix with all that the next step needs: its objective, which prices are free to move, and what each round costs at
    its prices, shape (markets, rounds)."""

    mix: Mix
    objective: float
    free: BoolArray
    free_limits: BoolArray
    round_cost: FloatArray


class Mixer:
    """Finds the best mix near prices, in given terms."""

    def __init__(self, sides: Sequence[Side], limits: Limits, near_limits: Near) -> None:
        self._sides, self._limits, self._near_limits = tuple(sides), limits, near_limits

    def best(self, weights: FloatArray) -> Mix:
        """The best mix, starting from weights (markets, rounds) that sum to one in each market."""
        point = self._at(weights)
        used = weights > _USED
        scale = 1.0 + abs(point.objective)
        for _ in range(_ITERATIONS):
            mean = _means(point, used)
            away = point.round_cost - mean[:, None]
            spread = float(np.abs(away[used]).max())
            better = -away.min(axis=1)
            if max(spread, float(better.max())) <= _TOLERANCE * scale:
                break
            wanted = (spread <= 10 * _TOLERANCE * scale) | (spread < 0.1 * better)
            cheapest = np.argmin(point.round_cost, axis=1)
            used[np.flatnonzero(wanted), cheapest[wanted]] = True
            point, hit = self._step(point, used)
            if hit is None:
                break
            if hit:
                used &= point.mix.weights > _USED
        return point.mix

    def _at(self, weights: FloatArray) -> _Point:
        near_limits, limits = self._near_limits, self._limits
        rows = sum(w @ side.rounds.limit_kwh for w, side in zip(weights, self._sides, strict=True))
        goal = near_limits.price_per_kwh + near_limits.length * (rows - limits.most_kwh)
        limit_price = np.clip(goal, 0.0, limits.dearest_per_kwh)
        free_limits = (goal > 0.0) & (goal < limits.dearest_per_kwh)
        away = limit_price - near_limits.price_per_kwh
        objective = -float(limit_price @ limits.most_kwh) - float(away @ away) / (2 * near_limits.length)
        prices, free, round_cost = [], [], []
        for own, side in zip(weights, self._sides, strict=True):
            _, drawn, fed_in = side.rounds.mixed(own)
            best = side.axis.best(drawn, fed_in, side.near)
            cost = side.rounds.cost_at(side.terms, best.price_per_kwh) + side.rounds.limit_kwh @ limit_price
            away = best.price_per_kwh - side.near.price_per_kwh
            objective += float(own @ cost) - float(away @ away) / (2 * side.near.length)
            prices.append(best.price_per_kwh)
            free.append(best.free)
            round_cost.append(cost)
        mix = Mix(weights, np.array(prices), limit_price)
        return _Point(mix, objective, np.array(free), free_limits, np.array(round_cost))

    def _step(self, point: _Point, used: BoolArray) -> tuple[_Point, bool | None]:
        """A Newton step on the weights in use; whether it was cut short because one of them reached zero (None:
        it led nowhere)."""
        direction = self._direction(point, used)
        while (blocked := (point.mix.weights[used] <= _USED) & (direction < 0.0)).any() and not blocked.all():
            # What has no weight cannot lose any.
            used[tuple(index[blocked] for index in np.nonzero(used))] = False
            direction = self._direction(point, used)
        weights = point.mix.weights[used]
        falling = direction < 0.0
        most = float((weights[falling] / -direction[falling]).min()) if falling.any() else np.inf
        length, hit = min(1.0, most), most <= 1.0
        descent = float(point.round_cost[used] @ direction)
        while length > _SHORTEST:
            moved = point.mix.weights.copy()
            moved[used] = np.maximum(weights + length * direction, 0.0)
            found = self._at(moved / moved.sum(axis=1, keepdims=True))
            if found.objective <= point.objective + _ARMIJO * length * descent + 1e-13 * abs(point.objective):
                return found, hit
            length, hit = 0.5 * length, False
        return point, None

    def _direction(self, point: _Point, used: BoolArray) -> FloatArray:
        """Where Newton's method goes from a point, for the weights in use, market after market."""
        counts = used.sum(axis=1)
        ends = np.cumsum(counts)
        count, markets = int(ends[-1]), len(self._sides)
        system = np.zeros((count + markets, count + markets))
        rows = np.zeros((count, int(point.free_limits.sum())))
        for k, side in enumerate(self._sides):
            own, rounds, chosen = slice(ends[k] - counts[k], ends[k]), side.rounds, used[k]
            slopes = side.axis.slopes(
                rounds.drawn_kwh[chosen], rounds.fed_in_kwh[chosen], point.mix.price_per_kwh[k]
            )
            slopes = slopes * point.free[k]
            system[own, own] = side.near.length * (slopes @ slopes.T)
            system[own, count + k] = system[count + k, own] = 1.0
            rows[own] = rounds.limit_kwh[np.ix_(chosen, point.free_limits)]
        system[:count, :count] += self._near_limits.length * (rows @ rows.T)
        diagonal = np.arange(count)
        system[diagonal, diagonal] += 1e-9 * (1.0 + np.trace(system) / count)
        return np.asarray(
            np.linalg.solve(system, np.append(-point.round_cost[used], np.zeros(markets)))[:count]
        )


def _means(point: _Point, used: BoolArray) -> FloatArray:
    """What the rounds in use cost on average in each market, shape (markets,)."""
    weights = np.where(used, point.mix.weights, 0.0)
    return np.asarray((weights * point.round_cost).sum(axis=1) / weights.sum(axis=1))
