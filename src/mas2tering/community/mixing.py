"""The best mix of what was answered in earlier rounds: a small convex programme over the weights of rounds.

The dual of a proximal step on the local price (Lemaréchal, Nemirovskii, Nesterov, doi:10.1007/BF01585555; the weights
are what recovers plans: Barahona and Anbil, doi:10.1007/s101070050002). Solved by Newton's method on the rounds
in use, since its objective is piecewise quadratic in a few dozen weights.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.community.best_price import Near, PriceAxis
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray

_USED = 1e-12
_ITERATIONS = 60
_TOLERANCE = 1e-9
_ARMIJO = 1e-4
_SHORTEST = 1e-10


@dataclass(frozen=True)
class Rounds:
    """Answers of all rounds: ``beside_cost`` (rounds,), ``drawn_kwh`` and ``fed_in_kwh`` (rounds, classes,
    steps)."""

    beside_cost: FloatArray
    drawn_kwh: FloatArray
    fed_in_kwh: FloatArray

    def cost_at(self, terms: Terms, price_per_kwh: FloatArray) -> FloatArray:
        """What each round's plans cost at a local price, shape (rounds,)."""
        count = len(self.beside_cost)
        buying = terms.buying(price_per_kwh).ravel()
        selling = terms.selling(price_per_kwh).ravel()
        return np.asarray(
            self.beside_cost
            + self.drawn_kwh.reshape(count, -1) @ buying
            - self.fed_in_kwh.reshape(count, -1) @ selling
        )

    def mixed(self, weights: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Cost beside energy and loads of a mix."""
        return (
            float(weights @ self.beside_cost),
            np.tensordot(weights, self.drawn_kwh, axes=1),
            np.tensordot(weights, self.fed_in_kwh, axes=1),
        )


@dataclass(frozen=True)
class Mix:
    """Weights of the rounds (rounds,), and the price (steps,) that belongs to them."""

    weights: FloatArray
    price_per_kwh: FloatArray


@dataclass(frozen=True)
class _Point:
    """A mix with all that the next step needs: objective, price, where that is free, cost of each round there."""

    weights: FloatArray
    objective: float
    price_per_kwh: FloatArray
    free: FloatArray
    round_cost: FloatArray


class Mixer:
    """Finds the best mix near a price, in one terms."""

    def __init__(self, rounds: Rounds, axis: PriceAxis, terms: Terms, near: Near) -> None:
        self._rounds, self._axis, self._terms, self._near = rounds, axis, terms, near

    def best(self, weights: FloatArray) -> Mix:
        """The best mix, starting from weights (rounds,) that sum to one."""
        point = self._at(weights)
        used = weights > _USED
        scale = 1.0 + abs(point.objective)
        for _ in range(_ITERATIONS):
            mean = float(point.round_cost[used] @ point.weights[used] / point.weights[used].sum())
            spread = float(np.abs(point.round_cost[used] - mean).max())
            better = mean - float(point.round_cost.min())
            if max(spread, better) <= _TOLERANCE * scale:
                break
            if spread <= 10 * _TOLERANCE * scale or spread < 0.1 * better:
                used[int(np.argmin(point.round_cost))] = True
            point, hit = self._step(point, used)
            if hit is None:
                break
            if hit:
                used &= point.weights > _USED
        return Mix(point.weights, point.price_per_kwh)

    def _at(self, weights: FloatArray) -> _Point:
        _, drawn, fed_in = self._rounds.mixed(weights)
        best = self._axis.best(drawn, fed_in, self._near)
        round_cost = self._rounds.cost_at(self._terms, best.price_per_kwh)
        away = best.price_per_kwh - self._near.price_per_kwh
        objective = float(weights @ round_cost) - float(away @ away) / (2 * self._near.length)
        return _Point(weights, objective, best.price_per_kwh, best.free.astype(float), round_cost)

    def _step(self, point: _Point, used: np.ndarray) -> tuple[_Point, bool | None]:
        """A Newton step on the weights in use; whether it was cut short because one of them reached zero (None:
        it led nowhere)."""
        slopes = self._axis.slopes(
            self._rounds.drawn_kwh[used], self._rounds.fed_in_kwh[used], point.price_per_kwh
        )
        slopes = slopes * point.free
        count = len(slopes)
        system = np.ones((count + 1, count + 1))
        system[:count, :count] = self._near.length * (slopes @ slopes.T)
        system[count, count] = 0.0
        diagonal = np.arange(count)
        system[diagonal, diagonal] += 1e-9 * (1.0 + np.trace(system) / count)
        direction = np.linalg.solve(system, np.append(-point.round_cost[used], 0.0))[:count]
        weights = point.weights[used]
        falling = direction < 0.0
        most = float((weights[falling] / -direction[falling]).min()) if falling.any() else np.inf
        length, hit = min(1.0, most), most <= 1.0
        descent = float(point.round_cost[used] @ direction)
        while length > _SHORTEST:
            moved = point.weights.copy()
            moved[used] = np.maximum(weights + length * direction, 0.0)
            found = self._at(moved / moved.sum())
            if found.objective <= point.objective + _ARMIJO * length * descent + 1e-13 * abs(point.objective):
                return found, hit
            length, hit = 0.5 * length, False
        return point, None
