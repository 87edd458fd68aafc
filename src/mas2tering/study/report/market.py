"""What use case 2 brought: local prices, who traded how much, how the agreement came about, and the money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import isfinite

import numpy as np

from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.local_market import TwoPrices, prices_at
from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.allocation import Rule
from mas2tering.settlement.comparison import WORSE_OFF, Outcome, compared
from mas2tering.settlement.flexibility import SettlementAfterOrders, statement_after_orders
from mas2tering.settlement.flexibility.statement import CostLine
from mas2tering.settlement.statement import StatementLine, statement_of
from mas2tering.study.privacy import learned_in_the_market
from mas2tering.study.report import market_readings
from mas2tering.study.report.packing import packed
from mas2tering.study.requests import request_figures
from mas2tering.study.results import DayResult, RunResult, UseCase, traded_kwh

RULES: dict[Rule, str] = {
    Rule.SETTLED: "Local price, and nobody may lose (as settled)",
    Rule.DYNAMIC_KEY: "Local price alone",
    Rule.EQUAL_KEY: "Equal shares of the surplus",
    Rule.FIXED_KEY: "Fixed shares, by the day’s consumption",
    Rule.CONSUMPTION_KEY: "Shares by consumption, step by step",
    Rule.MID_MARKET_RATE: "Mid-market rate",
    Rule.SUPPLY_DEMAND_RATIO: "Supply-demand ratio",
}
"""Ways to share, as readers call them."""

_DAYS_IN_WORDS = 7


@dataclass(frozen=True)
class GroupData:
    """Members of one tariff: how many, and what they bought and sold inside the community, in kWh."""

    tariff: str
    supplier: str
    homes: int
    bought_kwh: float
    sold_kwh: float


@dataclass(frozen=True)
class ConvergenceData:
    """The first day's rounds: the bound and the cost of the mix as they were known after each, in currency above the bound
    that was proven in the end (None where not judged). ``searches`` are the rounds at which one begins: the first mixes
    everything, each of the others holds what is whole as it was drawn."""

    bound: list[float | None]
    mixed: list[float | None]
    searches: list[int]
    gap: float
    wanted: float


@dataclass(frozen=True)
class RuleData:
    """A way to share, summed over the days: energy traded, part of the market's gain that is kept, homes worse off, and
    what the home that loses most loses."""

    name: str
    local_trade_kwh: float
    share_of_gain: float | None
    worse_off: int
    worst_loss: float


@dataclass(frozen=True)
class StatementData:
    """A home's money in the last use case over all days: lines of what for, energy in kWh and amount (negative: what it brings), what
    is paid in whole cents, the gain against use case 1, and all of it in sentences. ``ordered`` is what a home that got an order
    is paid for: each part of its cost with the plan to which it was bound, and with the ordered one."""

    lines: tuple[tuple[str, float | None, float], ...]
    paid: float
    alone: float
    gain: float
    sentences: tuple[str, ...]
    ordered: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True)
class MarketData:
    """The local market over all days. ``price`` and the limits between which it lies are packed ten-thousandths of the
    currency per kWh, ``traded`` packed hundredths of kW; lists by home are in the order of the homes."""

    price: str
    lowest: str
    highest: str
    traded: str
    traded_kwh: float
    groups: tuple[GroupData, ...]
    flows_kwh: list[list[float]]
    bought_kwh: list[float]
    sold_kwh: list[float]
    paid: list[float]
    earned: list[float]
    convergence: ConvergenceData
    rules: tuple[RuleData, ...]
    learned: dict[str, str]
    statements: tuple[StatementData, ...]
    readings: dict[str, str]


def local_prices(day: DayResult, use_case: UseCase) -> TwoPrices | None:
    """What a kWh costs each home that it draws, and brings that it feeds in, in a use case, both (homes, steps); None where nothing was
    traded. Homes that do not take part have their suppliers' prices."""
    market, settled = market_in(day, use_case)
    if market is None or (settled is None and not market.settlement.worthwhile):
        return None
    settlement = market.settlement
    price = settlement.price_per_kwh if settled is None else settled.market.price_per_kwh
    local = prices_at(price, settlement.meters.suppliers, settlement.charges)
    buying = np.array([tariff.import_price_per_kwh for tariff in day.tariffs])
    selling = np.array([tariff.export_price_per_kwh for tariff in day.tariffs])
    buying[list(market.members)] = local.buying_per_kwh
    selling[list(market.members)] = local.selling_per_kwh
    return TwoPrices(buying, selling)


def market_in(day: DayResult, use_case: UseCase) -> tuple[MarketDay | None, SettlementAfterOrders | None]:
    """The local market behind a use case, and what was settled after orders where there were any."""
    if use_case == "3" and day.grid is not None:
        return day.grid.market, day.grid.settled
    return (day.market if use_case == "2" else None), None


@dataclass(frozen=True)
class TradedData:
    """What homes traded in the use case that the report ends with, in kWh by home, at a price packed as in ``MarketData``."""

    price: str
    bought_kwh: list[float]
    sold_kwh: list[float]


def traded_data(run: RunResult, use_case: UseCase) -> TradedData | None:
    """The trades of a use case; None where it has none."""
    if use_case not in ("2", "3"):
        return None
    found = [market_in(day, use_case) for day in run.days]
    prices = [
        market.settlement.price_per_kwh if settled is None else settled.market.price_per_kwh
        for market, settled in found
        if market is not None
    ]
    trades = [traded_kwh(day, use_case) for day in run.days]
    bought, sold = (np.concatenate([pair[side] for pair in trades], axis=1).sum(axis=1) for side in (0, 1))
    return TradedData(
        packed(np.concatenate(prices), per_unit=10_000),
        np.round(bought, 2).tolist(),
        np.round(sold, 2).tolist(),
    )


def market_data(run: RunResult, symbol: str, labels: Sequence[str]) -> MarketData | None:
    """The local market of a run, None where use case 2 was not run. ``labels`` name the steps of all days."""
    markets = [day.market for day in run.days if day.market is not None]
    if not markets:
        return None
    hours, homes = run.days[0].axis.step_hours, run.community.homes
    trades = [traded_kwh(day) for day in run.days]
    bought, sold = (np.concatenate([pair[side] for pair in trades], axis=1) for side in (0, 1))
    prices = np.concatenate([market.settlement.price_per_kwh for market in markets])
    lowest, highest = _limits(markets)
    paid, earned = _money(markets)
    tariffs = list(dict.fromkeys(home.supply.tariff for home in homes))
    of_home = np.array([tariffs.index(home.supply.tariff) for home in homes])
    flows = flows_kwh(_by_group(sold, of_home), _by_group(bought, of_home))
    rules = rules_of(markets)
    by_home = bought.sum(axis=1), sold.sum(axis=1)
    groups = tuple(
        GroupData(
            tariff,
            run.community.tariff_of(homes[int(np.flatnonzero(of_home == k)[0])]).supplier,
            int((of_home == k).sum()),
            round(float(by_home[0][of_home == k].sum()), 2),
            round(float(by_home[1][of_home == k].sum()), 2),
        )
        for k, tariff in enumerate(tariffs)
    )
    suppliers = _at_suppliers(markets, trades)
    convergence = convergence_of(markets[0])
    return MarketData(
        price=packed(prices, per_unit=10_000),
        lowest=packed(lowest, per_unit=10_000),
        highest=packed(highest, per_unit=10_000),
        traded=packed(bought.sum(axis=0) / hours),
        traded_kwh=round(float(bought.sum()), 3),
        groups=groups,
        flows_kwh=np.round(flows, 2).tolist(),
        bought_kwh=np.round(by_home[0], 2).tolist(),
        sold_kwh=np.round(by_home[1], 2).tolist(),
        paid=np.round(paid, 4).tolist(),
        earned=np.round(earned, 4).tolist(),
        convergence=convergence,
        rules=rules,
        learned=learned_in_the_market(markets),
        statements=tuple(_statement_of(run, k, home.id) for k, home in enumerate(homes)),
        readings={
            "price": market_readings.price(
                bought.sum(axis=0),
                prices,
                (float(paid.sum()), float(earned.sum())),
                suppliers,
                symbol,
                labels,
            ),
            "requests": market_readings.requests(request_figures(run), symbol),
            "traders": market_readings.traders(*by_home),
            "groups": market_readings.groups([group.tariff for group in groups], flows),
            "convergence": market_readings.convergence(
                len(convergence.bound),
                convergence.gap,
                convergence.wanted,
                abs(sum(plan.costs.cost for plan in markets[0].alone)),
                symbol,
            ),
            "rules": market_readings.rules([(rule.name, rule.worse_off) for rule in rules]),
        },
    )


def flows_kwh(sold_kwh: FloatArray, bought_kwh: FloatArray) -> FloatArray:
    """Energy from each seller (rows) to each buyer (columns), of what they sell and buy by step, both of shape (traders, steps).

    All sell into one pool: what somebody buys in a step comes from the sellers in proportion to what they sell in it.
    """
    traded = sold_kwh.sum(axis=0)
    part = np.divide(sold_kwh, traded, out=np.zeros_like(sold_kwh), where=traded > 0.0)
    return np.asarray(part @ bought_kwh.T)


def rules_of(markets: Sequence[MarketDay]) -> tuple[RuleData, ...]:
    """What each way to share makes of all days together; the settlement's own comes first."""
    days = [_compared(market) for market in markets]
    total = sum(market.settlement.sharing.total for market in markets)
    found = []
    for outcomes in zip(*days, strict=True):
        gain = np.sum([outcome.gain for outcome in outcomes], axis=0)
        found.append(
            RuleData(
                RULES[outcomes[0].rule],
                round(sum(outcome.local_trade_kwh for outcome in outcomes), 2),
                round(float(gain.sum()) / total, 4) if total > WORSE_OFF else None,
                int((gain < -WORSE_OFF).sum()),
                round(max(0.0, -float(gain.min())), 4),
            )
        )
    return tuple(found)


def _compared(market: MarketDay) -> tuple[Outcome, ...]:
    """Each way's outcome of a day; where it was not worth while, nothing was traded."""
    own, *others = compared(market.settlement)
    return (own if market.settlement.worthwhile else replace(own, local_trade_kwh=0.0), *others)


def convergence_of(market: MarketDay) -> ConvergenceData:
    """How bound and cost came together, round by round; the last question, which only proves, is left out."""
    agreement = market.agreement
    rounds = [record for record in agreement.rounds if record.stage != "proving"]
    return ConvergenceData(
        [_above(record.lower_bound, agreement.lower_bound) for record in rounds],
        [_above(record.mixed_cost, agreement.lower_bound) for record in rounds],
        [k for k, record in enumerate(rounds) if record.number == 0],
        round(agreement.gap, 6),
        round(market.wanted_gap, 6),
    )


def _above(value: float | None, bound: float) -> float | None:
    return None if value is None or not isfinite(value) else round(value - bound, 6)


def _by_group(energy_kwh: FloatArray, of_home: np.ndarray) -> FloatArray:
    return np.array([energy_kwh[of_home == k].sum(axis=0) for k in range(int(of_home.max()) + 1)])


def _limits(markets: Sequence[MarketDay]) -> tuple[FloatArray, FloatArray]:
    """Lowest export and highest import price of the members' suppliers, all days."""
    suppliers = [market.settlement.meters.suppliers for market in markets]
    return (
        np.concatenate([prices.export_price_per_kwh.min(axis=0) for prices in suppliers]),
        np.concatenate([prices.import_price_per_kwh.max(axis=0) for prices in suppliers]),
    )


def _money(markets: Sequence[MarketDay]) -> tuple[FloatArray, FloatArray]:
    """What each home paid for what it bought and got for what it sold, local charges counted in, shape (homes,)."""
    paid = np.zeros(len(markets[0].plans))
    earned = np.zeros_like(paid)
    for market in markets:
        if not market.settlement.worthwhile:
            continue
        trades, charges, bills = market.settlement.trades, market.settlement.charges, market.settlement.bills
        bought, sold = trades.bought_kwh.sum(axis=1), trades.sold_kwh.sum(axis=1)
        paid += market.of_all(bills.purchases + charges.buyer_per_kwh * bought)
        earned += market.of_all(bills.sales - charges.seller_per_kwh * sold)
    return paid, earned


def _at_suppliers(
    markets: Sequence[MarketDay], trades: Sequence[tuple[FloatArray, FloatArray]]
) -> tuple[float, float]:
    """What the suppliers would have asked for what was bought, and given for what was sold."""
    asked = given = 0.0
    for market, (bought, sold) in zip(markets, trades, strict=True):
        suppliers = market.settlement.meters.suppliers
        asked += float((bought * market.of_all(suppliers.import_price_per_kwh)).sum())
        given += float((sold * market.of_all(suppliers.export_price_per_kwh)).sum())
    return asked, given


def _statement_of(run: RunResult, position: int, home: str) -> StatementData:
    """A home's statement of the last use case, over the days on which it takes part; where it never does, why."""
    last = run.use_cases[-1]
    found = [market_in(day, last) for day in run.days]
    days = [
        (market, settled) for market, settled in found if market is not None and position in market.members
    ]
    if days:
        return _statement([_on_a_day(market, settled, home) for market, settled in days])
    bill = round(sum(day.plans[last][position].costs.bill for day in run.days), 4)
    left_out = next(market.left_out[home] for market, _ in found if market is not None)
    reason = f"This home does not take part in the local market: {left_out}."
    return StatementData((), round(bill, 2), bill, 0.0, (reason,))


@dataclass(frozen=True)
class _OnADay:
    """A home's money on a day, in or after use case 2."""

    lines: tuple[StatementLine, ...]
    paid: Decimal
    bill_alone: float
    gain: float
    sentences: tuple[str, ...]
    cost_lines: tuple[CostLine, ...] = ()


def _on_a_day(market: MarketDay, settled: SettlementAfterOrders | None, home: str) -> _OnADay:
    row = [member.id for member in market.settlement.members].index(home)
    if settled is None:
        own = statement_of(market.settlement, home)
        return _OnADay(own.lines, own.paid, own.bill_alone, own.gain, own.sentences)
    after = statement_after_orders(settled, home)
    called = settled.rows[row].order is not None
    return _OnADay(
        after.lines,
        after.paid,
        market.settlement.alone[row].bill,
        float(settled.before.alone[row] - settled.cost[row]),
        (*after.sentences, *after.payment.sentences),
        after.payment.lines if called else (),
    )


def _statement(days: Sequence[_OnADay]) -> StatementData:
    """A home's statement; of several days the sums, and what each of the first days says it paid."""
    lines: dict[str, tuple[float | None, float]] = {}
    for line in (line for day in days for line in day.lines):
        energy, money = lines.get(line.label, (None, 0.0))
        more = energy if line.energy_kwh is None else line.energy_kwh + (energy or 0.0)
        lines[line.label] = (more, money + float(line.amount))
    ordered: dict[str, tuple[float, float]] = {}
    for cost in (cost for day in days for cost in day.cost_lines):
        bound, order = ordered.get(cost.label, (0.0, 0.0))
        ordered[cost.label] = (bound + cost.bound, order + cost.ordered)
    sentences = days[0].sentences if len(days) == 1 else [day.sentences[0] for day in days[:_DAYS_IN_WORDS]]
    return StatementData(
        tuple(
            (label, None if energy is None else round(energy, 2), round(money, 2))
            for label, (energy, money) in lines.items()
        ),
        round(float(sum(day.paid for day in days)), 2),
        round(sum(day.bill_alone for day in days), 4),
        round(sum(day.gain for day in days), 4),
        tuple(sentences),
        tuple((label, round(bound, 4), round(order, 4)) for label, (bound, order) in ordered.items()),
    )
