"""The core of the price search on small instances: against brute force over prices, and against programmes written apart from it."""

import highspy
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mas2tering.community.best_mix import Priced, best_mix
from mas2tering.community.best_price import Near, PriceAxis
from mas2tering.community.limits import Limits
from mas2tering.community.market import Market
from mas2tering.community.mixing import Mixer, Rounds, Side
from mas2tering.community.price_search import PriceSearch
from mas2tering.community.sums import RoundSums
from mas2tering.community.terms import Terms
from mas2tering.community.weighing import TradingRows
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import SupplierPrices, price_range, prices_at
from mas2tering.domain.tariffs import LocalCharges

CLASSES, STEPS, ROWS = 2, 3, 2
DEAREST = 1.5


def amounts(low: float, high: float, *shape: int) -> st.SearchStrategy[np.ndarray]:
    """Multiples of 0.05."""
    twentieths = st.integers(round(low * 20), round(high * 20)).map(lambda k: k / 20)
    return hnp.arrays(float, shape, elements=twentieths)


@st.composite
def markets(draw) -> tuple[SupplierPrices, LocalCharges, np.ndarray]:
    """Prices of suppliers, also below zero, charges, and a local price in the range of prices."""
    bought = draw(amounts(-0.2, 0.6, CLASSES, STEPS))
    sold = bought - draw(amounts(0.0, 0.4, CLASSES, STEPS))
    charges = draw(st.sampled_from([LocalCharges(), LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01)]))
    suppliers = SupplierPrices(bought, sold)
    low, high = price_range(suppliers)
    share = draw(st.lists(st.sampled_from([0.0, 0.3, 0.5, 1.0]), min_size=STEPS, max_size=STEPS))
    return suppliers, charges, low + np.array(share) * (high - low)


@st.composite
def rounds_of(draw, count: int) -> Rounds:
    """Answers in which each class draws or feeds in."""
    net = draw(amounts(-3, 3, count, CLASSES, STEPS))
    limited = draw(amounts(-3, 3, count, ROWS))
    return Rounds(draw(amounts(0, 2, count)), np.maximum(net, 0.0), np.maximum(-net, 0.0), limited)


def limits_() -> st.SearchStrategy[Limits]:
    """Limits that bind, that do not, and that no round keeps."""
    return amounts(-4, 4, ROWS).map(lambda most: Limits(most, DEAREST))


def market_of(suppliers: SupplierPrices) -> Market:
    """Without charges, and without a buyer outside."""
    nothing = Requested.nothing(suppliers.import_price_per_kwh.shape[1])
    return Market(suppliers, LocalCharges(), TradingRows.of_classes(suppliers, nothing))


# --- terms


@given(market=markets())
def test_terms_at_a_price_are_the_rule_at_that_price_and_a_concave_cost_beside_it(market):
    suppliers, charges, price = market
    terms, rule = Terms.at(price, suppliers, charges), prices_at(price, suppliers, charges)
    assert np.allclose(terms.buying(price), rule.buying_per_kwh, atol=1e-12)
    assert np.allclose(terms.selling(price), rule.selling_per_kwh, atol=1e-12)
    assert np.all(terms.buyer_bears_per_kwh >= charges.buyer_per_kwh)
    assert np.all(terms.seller_bears_per_kwh >= charges.seller_per_kwh)
    low, high = price_range(suppliers)
    middle = terms.buying((low + high) / 2)
    assert np.all(middle >= (terms.buying(low) + terms.buying(high)) / 2 - 1e-12)
    assert np.all(terms.selling((low + high) / 2) <= (terms.selling(low) + terms.selling(high)) / 2 + 1e-12)


@given(market=markets())
def test_terms_without_the_rule_bear_the_charges_alone(market):
    suppliers, charges, _ = market
    terms = Terms.charged(suppliers, charges)
    assert np.all(terms.buyer_bears_per_kwh == charges.buyer_per_kwh)
    assert np.all(terms.sell_from_per_kwh == suppliers.export_price_per_kwh + charges.seller_per_kwh)


# --- the best price of given loads


def cost_at(terms: Terms, rounds: Rounds, price: np.ndarray) -> np.ndarray:
    """Per step, of the first round: written out, kWh by kWh of each class."""
    total = np.zeros(STEPS)
    for k in range(CLASSES):
        for t in range(STEPS):
            asked = terms.suppliers.import_price_per_kwh[k, t]
            given_ = terms.suppliers.export_price_per_kwh[k, t]
            total[t] += rounds.drawn_kwh[0, k, t] * min(asked, price[t] + terms.buyer_bears_per_kwh[k, t])
            total[t] -= rounds.fed_in_kwh[0, k, t] * max(given_, price[t] - terms.seller_bears_per_kwh[k, t])
    return total


@given(market=markets(), rounds=rounds_of(1), length=st.sampled_from([None, 0.01, 0.3]))
def test_no_price_makes_loads_dearer_than_the_best_one(market, rounds, length):
    suppliers, charges, price = market
    terms, (low, high) = Terms.at(price, suppliers, charges), price_range(suppliers)
    near = None if length is None else Near(price, length)

    def value(p: np.ndarray) -> np.ndarray:
        away = 0.0 if near is None else (p - near.price_per_kwh) ** 2 / (2 * near.length)
        return cost_at(terms, rounds, p) - away

    found = PriceAxis(terms, low, high).best(rounds.drawn_kwh[0], rounds.fed_in_kwh[0], near)
    assert np.all((found.price_per_kwh >= low - 1e-12) & (found.price_per_kwh <= high + 1e-12))
    best = value(found.price_per_kwh)
    for share in np.linspace(0, 1, 101):
        assert np.all(value(low + share * (high - low)) <= best + 1e-9)


# --- the mix of rounds


def cheapest_mix(markets_: list[tuple[Rounds, Terms]], limits: Limits) -> float:
    """Over weights, trades and excess: the primal of what ``best_mix`` solves, its columns excess of each limit, and for each
    market weights, bought and sold kWh of each class."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    for _ in range(ROWS):
        solver.addCol(limits.dearest_per_kwh, 0.0, np.inf, 0, [], [])
    in_limits: list[list[tuple[int, float]]] = [[(row, -1.0)] for row in range(ROWS)]
    first = ROWS
    for rounds, terms in markets_:
        count, cells = len(rounds.beside_cost), CLASSES * STEPS
        bought = terms.suppliers.import_price_per_kwh.ravel()
        sold = terms.suppliers.export_price_per_kwh.ravel()
        drawn, fed_in = rounds.drawn_kwh.reshape(count, -1), rounds.fed_in_kwh.reshape(count, -1)
        for k in range(count):
            solver.addCol(rounds.beside_cost[k] + drawn[k] @ bought - fed_in[k] @ sold, 0.0, 1.0, 0, [], [])
        bears = (
            *(terms.buyer_bears_per_kwh.ravel() - bought),
            *(terms.seller_bears_per_kwh.ravel() + sold),
        )
        for cost in bears:
            solver.addCol(cost, 0.0, np.inf, 0, [], [])
        weights, trades = [first + k for k in range(count)], first + count
        solver.addRow(1.0, 1.0, count, weights, [1.0] * count)
        for start, loads in ((trades, drawn), (trades + cells, fed_in)):
            for cell in range(cells):
                columns, values = [start + cell, *weights], [1.0, *(-loads[:, cell])]
                solver.addRow(-np.inf, 0.0, len(columns), columns, values)
        for t in range(STEPS):
            bought_here = [trades + t + STEPS * k for k in range(CLASSES)]
            columns = [*bought_here, *(column + cells for column in bought_here)]
            solver.addRow(0.0, 0.0, len(columns), columns, [1.0] * CLASSES + [-1.0] * CLASSES)
        for row in range(ROWS):
            in_limits[row] += [(weights[k], rounds.limit_kwh[k, row]) for k in range(count)]
        first += count + 2 * cells
    for row, entries in enumerate(in_limits):
        columns, values = [column for column, _ in entries], [value for _, value in entries]
        solver.addRow(-np.inf, limits.most_kwh[row], len(columns), columns, values)
    solver.run()
    return float(solver.getInfo().objective_function_value)


def cost_of(markets_: list[tuple[Rounds, Terms]], limits: Limits, weights: np.ndarray) -> float:
    """Of a mix, with the trades that suit it best."""
    mixed = []
    for own, (rounds, terms) in zip(weights, markets_, strict=True):
        beside, drawn, fed_in = rounds.mixed(own)
        limited = own @ rounds.limit_kwh
        mixed.append((Rounds(np.array([beside]), drawn[None], fed_in[None], limited[None]), terms))
    return cheapest_mix(mixed, limits)


def in_terms(market) -> Terms:
    suppliers, charges, price = market
    return Terms.at(price, suppliers, charges)


@settings(max_examples=50)
@given(
    made=st.lists(st.tuples(markets(), rounds_of(4)), min_size=1, max_size=2),
    limits=st.one_of(st.just(Limits(np.full(ROWS, 99.0), 0.0)), limits_()),
)
def test_the_best_mix_is_a_mix_and_no_single_round_is_cheaper_nor_any_other_mix(made, limits):
    pairs = [(rounds, in_terms(market)) for market, rounds in made]
    priced = [Priced(rounds, in_terms(market), *price_range(market[0])) for market, rounds in made]
    weights = best_mix(priced, limits).weights
    assert np.all(weights >= 0.0)
    assert np.all(np.abs(weights.sum(axis=1) - 1.0) < 1e-9)
    found = cost_of(pairs, limits, weights)
    assert abs(found - cheapest_mix(pairs, limits)) < 1e-6
    for single in np.eye(4):
        assert found <= cost_of(pairs, limits, np.tile(single, (len(pairs), 1))) + 1e-6


@settings(max_examples=60)
@given(
    made=st.lists(st.tuples(markets(), rounds_of(4)), min_size=1, max_size=2),
    limits=limits_(),
    length=st.sampled_from([0.02, 0.3]),
)
def test_newton_s_mix_is_the_optimum_and_its_prices_the_saddle_point(made, limits, length):
    """No weights are better: every round in use costs the same at the prices of the mix, and no other costs less; since the prices are
    the best ones for the mix, cost there less the way to them bounds every mix from below."""
    assume(all(np.all(np.less(*price_range(market[0]))) for market, _ in made))
    sides = []
    for market, rounds in made:
        terms = in_terms(market)
        axis = PriceAxis(terms, *price_range(market[0]))
        sides.append(Side(rounds, axis, terms, Near(market[2], length)))
    near_limits = Near(np.full(ROWS, 0.1), length)
    mix = Mixer(sides, limits, near_limits).best(np.tile(np.eye(4)[0], (len(sides), 1)))
    limited = sum(own @ side.rounds.limit_kwh for own, side in zip(mix.weights, sides, strict=True))
    goal = near_limits.price_per_kwh + length * (limited - limits.most_kwh)
    assert np.allclose(mix.limit_price_per_kwh, np.clip(goal, 0.0, DEAREST), atol=1e-9)
    for own, price, side in zip(mix.weights, mix.price_per_kwh, sides, strict=True):
        assert abs(own.sum() - 1.0) < 1e-9
        assert np.all(own >= 0.0)
        at_price = side.rounds.cost_at(side.terms, price) + side.rounds.limit_kwh @ mix.limit_price_per_kwh
        value = float(own @ at_price)
        _, drawn, fed_in = side.rounds.mixed(own)
        assert np.allclose(side.axis.best(drawn, fed_in, side.near).price_per_kwh, price, atol=1e-9)
        assert at_price.min() >= value - 1e-6 * (1 + abs(value))


# --- the search


def test_the_search_ends_at_the_top_of_a_concave_function_of_the_price():
    """A member that buys 2 kWh at 0.3 or from a neighbour with a store: what it stores costs 0.1 a kWh at first, 0.02 more each kWh."""
    suppliers = SupplierPrices(np.full((2, STEPS), 0.3), np.full((2, STEPS), 0.05))
    search = PriceSearch([market_of(suppliers)], Limits.none())

    def answer(price: np.ndarray) -> RoundSums:
        sold = np.clip((price - 0.1) / 0.02, 0.0, 4.0)
        cost = 0.1 * sold + 0.01 * sold**2
        drawn, fed_in = np.zeros((2, STEPS)), np.zeros((2, STEPS))
        drawn[0], fed_in[1] = 2.0, sold
        return RoundSums(float(cost.sum()), drawn, fed_in, float((2.0 * price + cost - sold * price).sum()))

    bounds = []
    for _ in range(60):
        bounds.append(search.tell([answer(search.prices.local_per_kwh[0])]).lower_bound)
    best = STEPS * (0.1 * 2 + 0.01 * 4)
    assert bounds == sorted(bounds)
    assert bounds[-1] <= best + 1e-12
    assert abs(search.judge().mixed_cost - best) < 1e-3
    assert best - search.lower_bound < 1e-3
    assert np.allclose(search.best_prices.local_per_kwh, 0.14, atol=5e-3)


@pytest.mark.parametrize("most", [4.0, 1.2, 0.6])
def test_a_limit_has_the_price_at_which_what_is_free_to_move_does(most):
    """Two members draw 2 kWh at 0.3; one of them may do without at 0.5 a kWh, in every step, and both share a limit there. What nobody
    may do without costs as much as a limit may cost."""
    suppliers = SupplierPrices(np.full((1, STEPS), 0.3), np.full((1, STEPS), 0.05))
    limits = Limits(np.full(STEPS, most), 2.0)
    search = PriceSearch([market_of(suppliers)], limits)
    for _ in range(40):
        price = search.prices.local_per_kwh[0] + search.prices.limit_per_kwh
        drawn = np.where(price > 0.8, 1.0, 2.0)
        beside = 0.8 * float((2.0 - drawn).sum())
        bound = float((drawn * price).sum()) + beside
        search.tell([RoundSums(beside, drawn[None], np.zeros((1, STEPS)), bound, drawn)])
    excess = max(1.0 - most, 0.0)
    without = min(max(2.0 - most, 0.0), 1.0)
    best = STEPS * (0.3 * (2.0 - without) + 0.8 * without + 2.0 * excess)
    assert abs(search.judge().mixed_cost - best) < 1e-6
    assert best - search.lower_bound < 1e-6
    expected = 0.0 if most >= 2.0 else 2.0 if excess else 0.5
    assert np.allclose(search.best_prices.limit_per_kwh, expected, atol=1e-6)


def test_a_search_without_a_range_of_prices_or_with_export_dearer_than_import_has_a_mix():
    """Net metering for all; and a supplier that pays more than it asks: nobody trades, and nothing breaks."""
    for export in (0.25, 0.4):
        suppliers = SupplierPrices(np.full((1, STEPS), 0.25), np.full((1, STEPS), export))
        search = PriceSearch([market_of(suppliers)], Limits.none())
        sums = RoundSums(0.0, np.ones((1, STEPS)), np.zeros((1, STEPS)), 0.25 * STEPS)
        for _ in range(3):
            search.tell([sums])
        assert abs(search.judge().mixed_cost - 0.25 * STEPS) < 1e-9
        assert abs(search.weights.sum() - 1.0) < 1e-12
