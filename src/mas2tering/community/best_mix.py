"""The cheapest mix of earlier rounds, wherever its price lies: a linear programme, for when the search is to be judged.

Written over prices, since its rows (one a round) are fewer than its columns: the highest cost that prices can make of the
cheapest round; the rows' multipliers are the weights of the mix.
"""

import highspy
import numpy as np

from mas2tering.community.mixing import Rounds
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import FloatArray

_INFINITY = highspy.kHighsInf


def best_mix(rounds: Rounds, terms: Terms, lowest: FloatArray, highest: FloatArray) -> FloatArray:
    """Weights of the rounds, shape (rounds,), that make the cheapest mix at the trades that suit it best."""
    lp = _programme(rounds, terms, lowest, highest)
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("random_seed", 0)):
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    highs.run()
    weights = np.maximum(np.abs(np.array(highs.getSolution().row_dual)[: len(rounds.beside_cost)]), 0.0)
    return np.asarray(weights / weights.sum())


def _programme(rounds: Rounds, terms: Terms, lowest: FloatArray, highest: FloatArray) -> highspy.HighsLp:
    """max z, z <= cost of each round at buying and selling prices, which follow the local price.

    Columns: z, local prices (steps,), buying prices, selling prices (classes steps,) each.
    """
    count, classes, steps = rounds.drawn_kwh.shape
    size = classes * steps
    cuts = np.concatenate(
        [
            np.ones((count, 1)),
            np.zeros((count, steps)),
            -rounds.drawn_kwh.reshape(count, -1),
            rounds.fed_in_kwh.reshape(count, -1),
        ],
        axis=1,
    )
    local = 1 + np.tile(np.arange(steps), classes)
    buying, selling = 1 + steps + np.arange(size), 1 + steps + size + np.arange(size)
    # buying <= local + what it bears, selling >= local - what it bears.
    follows = count + np.arange(2 * size)
    row, column = np.nonzero(cuts)
    rows = np.concatenate([row, follows, follows])
    columns = np.concatenate([column, buying, selling, local, local])
    values = np.concatenate([cuts[row, column], np.ones(len(follows)), np.full(len(follows), -1.0)])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = cuts.shape[1], count + len(follows)
    lp.col_cost_ = np.concatenate(([-1.0], np.zeros(cuts.shape[1] - 1)))
    unbounded = np.full(size, _INFINITY)
    bought, sold = terms.suppliers.import_price_per_kwh.ravel(), terms.suppliers.export_price_per_kwh.ravel()
    lp.col_lower_ = np.concatenate(([-_INFINITY], lowest, -unbounded, sold))
    lp.col_upper_ = np.concatenate(([_INFINITY], highest, bought, unbounded))
    lp.row_lower_ = np.concatenate(
        [np.full(count, -_INFINITY), -unbounded, -terms.seller_bears_per_kwh.ravel()]
    )
    lp.row_upper_ = np.concatenate([rounds.beside_cost, terms.buyer_bears_per_kwh.ravel(), unbounded])
    order = np.lexsort((columns, rows))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.searchsorted(rows[order], np.arange(lp.num_row_ + 1)).astype(np.int32)
    lp.a_matrix_.index_ = columns[order].astype(np.int32)
    lp.a_matrix_.value_ = values[order]
    return lp
