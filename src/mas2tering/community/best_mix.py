"""The cheapest mix of earlier rounds, wherever its prices lie: a linear programme, for when the search is to be judged.

Written over prices, since its rows (one a round) are fewer than its columns: the highest cost that prices can make of the
cheapest rounds; the rows' multipliers are the weights of the mix.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np
from numpy.typing import NDArray

from mas2tering.community.limits import Limits
from mas2tering.community.mixing import Rounds
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray

IntArray = NDArray[np.int64]

_INFINITY = highspy.kHighsInf


@dataclass(frozen=True)
class Priced:
    """A market's rounds, its terms, and between which local prices (steps,) to look."""

    rounds: Rounds
    terms: Terms
    lowest_per_kwh: FloatArray
    highest_per_kwh: FloatArray


@dataclass(frozen=True)
class BestMix:
    """``weights`` of the rounds, shape (markets, rounds), and what a kWh in each limit would save this mix (rows,)."""

    weights: FloatArray
    limit_price_per_kwh: FloatArray


def best_mix(markets: Sequence[Priced], limits: Limits) -> BestMix:
    """The cheapest mix at the trades that suit it best and within limits, as far as there is one.

    Limits that no mix of these rounds can exceed have no price, and are left out.
    """
    tight = np.flatnonzero(sum(own.rounds.limit_kwh.max(axis=0) for own in markets) > limits.most_kwh)
    programme = _Programme(
        [replace(own, rounds=own.rounds.within(tight)) for own in markets],
        Limits(limits.most_kwh[tight], limits.dearest_per_kwh),
    )
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("random_seed", 0)):
        highs.setOptionValue(name, value)
    highs.passModel(programme.lp())
    highs.run()
    solution = highs.getSolution()
    weights = np.abs(np.array(solution.row_dual))[programme.cuts].reshape(len(markets), -1)
    prices = np.zeros(len(limits.most_kwh))
    prices[tight] = np.clip(np.array(solution.col_value)[: len(tight)], 0.0, limits.dearest_per_kwh)
    return BestMix(weights / weights.sum(axis=1, keepdims=True), prices)


class _Programme:
    """max sum of z - limits' prices times limits, z <= cost of each round at buying and selling prices, which follow
    the local price of their market, and at limits' prices.

    Columns: limits' prices (rows,), then for each market z, local prices (steps,), buying prices, selling prices (classes
    steps,) each. ``cuts`` are the numbers of the rows of rounds.
    """

    def __init__(self, markets: Sequence[Priced], limits: Limits) -> None:
        self._rows: list[IntArray] = []
        self._columns: list[IntArray] = []
        self._values: list[FloatArray] = []
        count = len(limits.most_kwh)
        self._cost = [limits.most_kwh]
        self._low, self._high = [np.zeros(count)], [np.full(count, limits.dearest_per_kwh)]
        self._least: list[FloatArray] = []
        self._most: list[FloatArray] = []
        self._column_count, self._row_count = count, 0
        self.cuts = np.concatenate([self._take(market) for market in markets])

    def lp(self) -> highspy.HighsLp:
        """In HiGHS's words."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self._column_count, self._row_count
        lp.col_cost_ = np.concatenate(self._cost)
        lp.col_lower_, lp.col_upper_ = np.concatenate(self._low), np.concatenate(self._high)
        lp.row_lower_, lp.row_upper_ = np.concatenate(self._least), np.concatenate(self._most)
        rows, columns = np.concatenate(self._rows), np.concatenate(self._columns)
        order = np.lexsort((columns, rows))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(rows[order], np.arange(lp.num_row_ + 1)).astype(np.int32)
        lp.a_matrix_.index_ = columns[order].astype(np.int32)
        lp.a_matrix_.value_ = np.concatenate(self._values)[order]
        return lp

    def _take(self, market: Priced) -> IntArray:
        """Columns and rows of a market; the numbers of the rows that are its rounds'."""
        rounds, terms = market.rounds, market.terms
        count, classes, steps = rounds.drawn_kwh.shape
        size, first, top = classes * steps, self._column_count, self._row_count
        cuts = np.concatenate(
            [
                np.ones((count, 1)),
                np.zeros((count, steps)),
                -rounds.drawn_kwh.reshape(count, -1),
                rounds.fed_in_kwh.reshape(count, -1),
            ],
            axis=1,
        )
        local = first + 1 + np.tile(np.arange(steps), classes)
        buying = first + 1 + steps + np.arange(size)
        # buying <= local + what it bears, selling >= local - what it bears.
        follows = top + count + np.arange(2 * size)
        row, column = np.nonzero(cuts)
        limited, limit = np.nonzero(rounds.limit_kwh)
        self._rows += [top + row, follows, follows, top + limited]
        self._columns += [first + column, np.concatenate([buying, buying + size]), np.tile(local, 2), limit]
        self._values += [cuts[row, column], np.ones(2 * size), np.full(2 * size, -1.0)]
        self._values.append(-rounds.limit_kwh[limited, limit])
        unbounded = np.full(size, _INFINITY)
        bought = terms.suppliers.import_price_per_kwh.ravel()
        sold = terms.suppliers.export_price_per_kwh.ravel()
        self._cost.append(np.concatenate(([-1.0], np.zeros(steps + 2 * size))))
        self._low.append(np.concatenate(([-_INFINITY], market.lowest_per_kwh, -unbounded, sold)))
        self._high.append(np.concatenate(([_INFINITY], market.highest_per_kwh, bought, unbounded)))
        self._least += [np.full(count, -_INFINITY), -unbounded, -terms.seller_bears_per_kwh.ravel()]
        self._most += [rounds.beside_cost, terms.buyer_bears_per_kwh.ravel(), unbounded]
        self._column_count += 1 + steps + 2 * size
        self._row_count += count + 2 * size
        return np.asarray(top + np.arange(count))
