"""The local price that is best for given loads, step by step: one concave function of one number each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Near:
    """Stay near ``price_per_kwh`` (steps,): going away by d costs d^2 / (2 ``length``); ``length`` is in
    currency per kWh for each kWh."""

    price_per_kwh: FloatArray
    length: float


@dataclass(frozen=True)
class BestPrice:
    """``price_per_kwh`` (steps,); where it is ``free`` it lies between the prices at which somebody changes from
    supplier to community, and moves with the loads."""

    price_per_kwh: FloatArray
    free: BoolArray


class PriceAxis:
    """The prices at which classes change from supplier to community, in order, for each step."""

    def __init__(self, terms: Terms, lowest: FloatArray, highest: FloatArray) -> None:
        self._buy_to, self._sell_from = terms.buy_up_to_per_kwh, terms.sell_from_per_kwh
        edges = np.concatenate([self._buy_to, self._sell_from, lowest[None], highest[None]])
        # Shape (2 classes + 2, steps); between two edges everybody's choice stays as it is.
        self._edges = np.sort(np.clip(edges, lowest, highest), axis=0)
        middles = 0.5 * (self._edges[1:] + self._edges[:-1])
        self._buys = middles[None] < self._buy_to[:, None]
        self._sells = middles[None] > self._sell_from[:, None]

    def best(self, drawn_kwh: FloatArray, fed_in_kwh: FloatArray, near: Near | None = None) -> BestPrice:
        """The price that makes loads (both (classes, steps)) dearest, which is the price at which their trades
        are right; with ``near`` not far from a given one."""
        wanted = np.einsum("cet,ct->et", self._buys, drawn_kwh) - np.einsum(
            "cet,ct->et", self._sells, fed_in_kwh
        )
        low, high = self._edges[:-1], self._edges[1:]
        if near is None:
            goal = np.where(wanted > 0.0, np.inf, -np.inf)
        else:
            goal = near.price_per_kwh + near.length * wanted
        # The function rises up to the first segment whose goal lies before its end.
        reached = goal < high
        first = np.argmax(reached, axis=0)
        steps = np.arange(wanted.shape[1])
        price = np.where(
            reached.any(axis=0), np.maximum(goal[first, steps], low[first, steps]), self._edges[-1]
        )
        free = reached.any(axis=0) & (goal[first, steps] > low[first, steps])
        return BestPrice(price, np.asarray(free))

    def slopes(self, drawn_kwh: FloatArray, fed_in_kwh: FloatArray, price_per_kwh: FloatArray) -> FloatArray:
        """By how much the cost of loads (both (..., classes, steps)) rises with the price, at a price between
        edges, shape (..., steps), in kWh."""
        buys, sells = price_per_kwh < self._buy_to, price_per_kwh > self._sell_from
        return np.asarray((drawn_kwh * buys).sum(axis=-2) - (fed_in_kwh * sells).sum(axis=-2))
