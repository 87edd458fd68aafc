"""All that the page shows, as plain data made from a run alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering import __version__
from mas2tering.domain.local_market import TwoPrices
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.settlement.wording import long_date, symbol_of
from mas2tering.study.figures import UseCaseFigures, certificate_of, figures_of, local_trade_kwh, savings
from mas2tering.study.grid_figures import grid_figures_of
from mas2tering.study.report import grid_readings, market_readings, readings
from mas2tering.study.report.activity import moves_of
from mas2tering.study.report.attribution import Attribution, attribution_of
from mas2tering.study.report.balance import SOURCES, USES, Balance, balance_of
from mas2tering.study.report.grid import GridData, grid_data
from mas2tering.study.report.lived import LivedData, lived_data
from mas2tering.study.report.market import MarketData, TradedData, local_prices, market_data, traded_data
from mas2tering.study.report.packing import packed
from mas2tering.study.report.season import SeasonData, season_data
from mas2tering.study.report.tables import (
    KINDS,
    METHODS,
    HomeData,
    home_data,
    money,
    owned,
    worst_method,
)
from mas2tering.study.report.wording import DASH, count
from mas2tering.study.results import RunResult, UseCase

NAMES: dict[UseCase, str] = {
    "none": "Without the platform",
    "rule": "Simple rule",
    "1": "Planned",
    "2": "Local market",
    "3": "Within the grid",
}
"""The use cases as readers call them."""
MOVERS = {
    "heating": "heating",
    "cooling": "cooling",
    "hot_water": "hot water",
    "appliances": "appliances",
    "ev": "electric vehicles",
    "battery": "batteries",
}
"""What can run at other times, by use, as sentences call it."""
SHORT_NAMES: dict[UseCase, str] = {
    "none": "Without",
    "rule": "Rule",
    "1": "Planned",
    "2": "Market",
    "3": "Grid",
}

_BEST_FIRST: tuple[UseCase, ...] = ("3", "2", "1")


@dataclass(frozen=True)
class AxisData:
    """Labels of each step's start on the local clock (one more for the end), and the days' first steps.

    ``marks`` are steps at which a clock hour begins (and its number): those that a chart may label.
    """

    labels: list[str]
    marks: list[tuple[int, int]]
    days: list[str]
    day_steps: list[int]
    step_hours: float


@dataclass(frozen=True)
class TariffData:
    """A tariff's prices over all days, packed ten-thousandths of the currency per kWh, and how many homes
    have it."""

    id: str
    supplier: str
    homes: int
    import_price: str
    export_price: str
    source: str


@dataclass(frozen=True)
class PriceData:
    """Mean price over homes, and the range over tariffs, packed ten-thousandths of the currency per kWh."""

    import_price: str
    export_price: str
    lowest: str
    highest: str


@dataclass(frozen=True)
class CommunityData:
    """Net load and balance by use case, packed hundredths of kW; energy by source and use in kWh."""

    net: dict[UseCase, str]
    sources: dict[UseCase, dict[str, str]]
    uses: dict[UseCase, dict[str, str]]
    sources_kwh: dict[UseCase, dict[str, float]]
    uses_kwh: dict[UseCase, dict[str, float]]


@dataclass(frozen=True)
class AssetData:
    """Mean saving a day of the homes that own an asset, and of those that do not."""

    name: str
    homes_with: int
    saving_with: float
    homes_without: int
    saving_without: float


@dataclass(frozen=True)
class ReportData:
    """The report. ``before`` and ``after`` name the use cases that are compared; they are the same where only
    one was run."""

    community: str
    symbol: str
    currency: str
    facts: tuple[str, ...]
    days: int
    version: str
    before: UseCase
    after: UseCase
    names: dict[UseCase, str]
    short_names: dict[UseCase, str]
    source_names: dict[str, str]
    use_names: dict[str, str]
    axis: AxisData
    tariffs: tuple[TariffData, ...]
    prices: PriceData
    cost: dict[UseCase, float]
    figures: dict[UseCase, dict[str, float | None]]
    certificate: dict[str, float | None]
    gains: readings.Gains
    net_and_sources: CommunityData
    assets: tuple[AssetData, ...]
    methods: dict[str, int]
    homes: tuple[HomeData, ...]
    market: MarketData | None
    traded: TradedData | None
    grid: GridData | None
    lived: LivedData | None
    season: SeasonData | None
    readings: dict[str, str]
    notes: tuple[tuple[str, tuple[int, ...]], ...]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    seconds: dict[UseCase, tuple[float, float]]


def compared(run: RunResult) -> tuple[UseCase, UseCase]:
    """The use cases that the report compares: the home without the platform, and the best that was run."""
    cases = run.use_cases
    after = next((case for case in _BEST_FIRST if case in cases), cases[-1])
    before: UseCase = "none" if "none" in cases else cases[0]
    return before, after


def report_data(run: RunResult) -> ReportData:
    """The data of a run's report."""
    before, after = compared(run)
    symbol, axis = symbol_of(run.community.currency), axis_data([day.axis for day in run.days])
    figures = {use_case: figures_of(run, use_case) for use_case in run.use_cases}
    balances = {use_case: balance_of(run, use_case) for use_case in run.use_cases}
    certificate = certificate_of(run, after)
    saved = savings(run, after, before)
    assets = assets_data(run, saved)
    homes = homes_data(run, before, after, symbol)
    return ReportData(
        community=run.community.name,
        symbol=symbol,
        currency=run.community.currency,
        facts=facts_of(run),
        days=len(run.days),
        version=__version__,
        before=before,
        after=after,
        names={use_case: NAMES[use_case] for use_case in run.use_cases},
        short_names=SHORT_NAMES,
        source_names=SOURCES,
        use_names=USES,
        axis=axis,
        tariffs=tariffs_data(run),
        prices=prices_data(run),
        cost={use_case: money(values.costs.cost) for use_case, values in figures.items()},
        figures={
            use_case: flat_figures(values)
            | {"local_trade_kwh": local_trade_kwh(run, use_case)}
            | network_figures(run, use_case)
            for use_case, values in figures.items()
        },
        certificate=vars(certificate),
        gains=readings.Gains.of(saved),
        net_and_sources=community_data(run, balances, axis.step_hours),
        assets=assets,
        methods=methods_of(run, after),
        homes=homes,
        market=market_data(run, symbol, axis.labels),
        traded=traded_data(run, after),
        grid=grid_data(run, after, symbol, axis.labels),
        lived=lived_data(run),
        season=season_data(run),
        readings=readings_of(run, (before, after), figures, balances, saved, assets, homes),
        notes=notes_of(run, after),
        warnings=run.warnings,
        sources=run.community.sources,
        seconds={c: (run.seconds[c], run.cpu_seconds.get(c, 0.0)) for c in run.use_cases if c in run.seconds},
    )


def axis_data(axes: Sequence[TimeAxis]) -> AxisData:
    """The days' axes one after the other."""
    labels: list[str] = []
    marks: list[tuple[int, int]] = []
    day_steps: list[int] = []
    for axis in axes:
        first = len(labels)
        day_steps.append(first)
        clock_changes = len({moment.utcoffset() for moment in axis.local_starts}) > 1
        for k, moment in enumerate(axis.local_starts):
            day = f"{moment:%a} {moment.day} {moment:%b} " if len(axes) > 1 else ""
            zone = f" {moment.tzname()}" if clock_changes else ""
            labels.append(f"{day}{moment:%H:%M}{zone}")
            if moment.minute == 0 and moment.fold == 0:
                marks.append((first + k, moment.hour))
    labels.append(axes[-1].label(axes[-1].steps))
    # The hour in which the axis ends belongs to it as its right edge.
    if labels[-1].endswith(":00"):
        marks.append((len(labels) - 1, int(labels[-1][-5:-3])))
    days = [long_date(axis.local_starts[0].date()) for axis in axes]
    return AxisData(labels, marks, days, day_steps, axes[0].step_hours)


def facts_of(run: RunResult) -> tuple[str, ...]:
    """What the run is about, fact by fact."""
    community, first, last = run.community, run.days[0], run.days[-1]
    when = (
        long_date(first.day) if len(run.days) == 1 else f"{long_date(first.day)} {DASH} {long_date(last.day)}"
    )
    steps = f"{first.axis.step_minutes}-minute steps from {first.axis.label(0)}, {community.time_zone} time"
    tariffs = list(dict.fromkeys(home.supply.tariff for home in community.homes))
    names = ", ".join(tariffs[:3]) + (f" and {len(tariffs) - 3} more" if len(tariffs) > 3 else "")
    facts = [
        when,
        count(len(community.homes), "home"),
        f"{'tariff' if len(tariffs) == 1 else 'tariffs'} {names}",
        steps,
    ]
    if run.scenario is not None:
        facts.append(f"scenario {run.scenario}")
    if run.seed is not None:
        facts.append(f"seed {run.seed}")
    return tuple(facts)


def flat_figures(figures: UseCaseFigures) -> dict[str, float | None]:
    """Figures by name, costs by part among them, rounded."""
    flat: dict[str, float | None] = {"cost": money(figures.costs.cost), "bill": money(figures.costs.bill)}
    flat |= {name: money(value) for name, value in vars(figures.costs).items()}
    flat |= {
        name: None if value is None else round(value, 4) + 0.0
        for name, value in vars(figures).items()
        if name != "costs"
    }
    return flat


def network_figures(run: RunResult, use_case: UseCase) -> dict[str, float | None]:
    """What the network does in a use case, by name; nothing without one."""
    grid = grid_figures_of(run, use_case)
    if grid is None:
        return {}
    return {name: None if value is None else round(value, 5) for name, value in vars(grid).items()}


def tariffs_data(run: RunResult) -> tuple[TariffData, ...]:
    """Each tariff that a home has, prices over all days."""
    homes = run.community.homes
    data = []
    for tariff in run.community.tariffs:
        having = [k for k, home in enumerate(homes) if home.supply.tariff == tariff.id]
        if having:
            bought, sold = _prices(run, having[0])
            data.append(
                TariffData(tariff.id, tariff.supplier, len(having), _fine(bought), _fine(sold), tariff.source)
            )
    return tuple(data)


def prices_data(run: RunResult) -> PriceData:
    """Prices of all homes: mean and range."""
    bought, sold = _all_prices(run)
    return PriceData(
        _fine(bought.mean(axis=0)),
        _fine(sold.mean(axis=0)),
        _fine(bought.min(axis=0)),
        _fine(bought.max(axis=0)),
    )


def _all_prices(run: RunResult) -> tuple[FloatArray, FloatArray]:
    """Import and export price of every home, shape (homes, steps)."""
    pairs = [_prices(run, k) for k in range(len(run.community.homes))]
    return np.stack([bought for bought, _ in pairs]), np.stack([sold for _, sold in pairs])


def _prices(run: RunResult, home: int) -> tuple[FloatArray, FloatArray]:
    tariffs = [day.tariffs[home] for day in run.days]
    bought = np.concatenate([tariff.import_price_per_kwh for tariff in tariffs])
    return bought, np.concatenate([tariff.export_price_per_kwh for tariff in tariffs])


def _fine(price: FloatArray) -> str:
    return packed(price, per_unit=10_000)


def community_data(run: RunResult, balances: dict[UseCase, Balance], hours: float) -> CommunityData:
    """The community's series by use case."""
    sides = [
        {case: getattr(balance, side) for case, balance in balances.items()}
        for side in ("sources_kw", "uses_kw")
    ]
    series = [{case: {n: packed(v) for n, v in side[case].items()} for case in side} for side in sides]
    energy = [
        {case: {n: round(float(v.sum()) * hours, 3) for n, v in side[case].items()} for case in side}
        for side in sides
    ]
    net = {use_case: packed(run.net_kw(use_case)) for use_case in run.use_cases}
    return CommunityData(net, series[0], series[1], energy[0], energy[1])


def assets_data(run: RunResult, saved: FloatArray) -> tuple[AssetData, ...]:
    """Mean saving a day with and without each asset that any home owns, the widest difference first."""
    daily = saved / len(run.days)
    owning = [owned(home) for home in run.community.homes]
    data = []
    for label in KINDS.values():
        has = np.array([label in labels for labels in owning])
        if has.any():
            means = [float(daily[mask].mean()) if mask.any() else 0.0 for mask in (has, ~has)]
            data.append(AssetData(label, int(has.sum()), money(means[0]), int((~has).sum()), money(means[1])))
    return tuple(sorted(data, key=lambda asset: asset.saving_without - asset.saving_with))


def methods_of(run: RunResult, use_case: UseCase) -> dict[str, int]:
    """How many homes were planned by each method (a home by the worst of its days)."""
    worst = [worst_method(run.plans(use_case, k)) for k in range(len(run.community.homes))]
    return {method: worst.count(method) for method in METHODS if method in worst}


def homes_data(run: RunResult, before: UseCase, after: UseCase, symbol: str) -> tuple[HomeData, ...]:
    """Every home."""
    homes = []
    local = [local_prices(day, after) for day in run.days]
    for k in range(len(run.community.homes)):
        plans = run.plans(before, k), run.plans(after, k)
        shares = _shares_of(run, k, (before, after), local)
        moves = {name: moves_of(*plans, name)[0] for name in shares.by_device} if len(run.days) == 1 else {}
        costs = run.home_cost(before, k), run.home_cost(after, k)
        reading = readings.home(
            *costs, shares.by_device, abs(shares.peak_charge), shares.trading, symbol, len(run.days), moves
        )
        homes.append(home_data(run, k, before, after, shares, reading))
    return tuple(homes)


def _shares_of(
    run: RunResult, home: int, cases: tuple[UseCase, UseCase], local: Sequence[TwoPrices | None]
) -> Attribution:
    """A home's saving in parts; what trading adds to planning begins where planning alone ends."""
    before, after = cases
    tariffs = [day.tariffs[home] for day in run.days]
    market = [None if day is None else _of_home(day, home) for day in local]
    if after not in ("2", "3") or "1" not in run.use_cases:
        return attribution_of(run.plans(before, home), run.plans(after, home), tariffs, market)
    planned = run.plans("1", home)
    by_planning = attribution_of(run.plans(before, home), planned, tariffs, [None] * len(tariffs))
    return by_planning + attribution_of(planned, run.plans(after, home), tariffs, market)


def _of_home(prices: TwoPrices, home: int) -> TwoPrices:
    return TwoPrices(prices.buying_per_kwh[home], prices.selling_per_kwh[home])


def moved_by_use(homes: Sequence[HomeData]) -> dict[str, float]:
    """Energy that devices use at other times than before, in kWh, by use in words; generation moves
    nothing."""
    moved = dict.fromkeys(MOVERS.values(), 0.0)
    for device in (device for home in homes for device in home.devices):
        if device.use in MOVERS:
            moved[MOVERS[device.use]] += device.moved_kwh
    return moved


def readings_of(
    run: RunResult,
    cases: tuple[UseCase, UseCase],
    figures: dict[UseCase, UseCaseFigures],
    balances: dict[UseCase, Balance],
    saved: FloatArray,
    assets: Sequence[AssetData],
    homes: Sequence[HomeData],
) -> dict[str, str]:
    """The sentence of each chart (``saved`` by home in currency)."""
    before, after = cases
    symbol, days, hours = symbol_of(run.community.currency), len(run.days), run.days[0].axis.step_hours
    axis, gains = axis_data([day.axis for day in run.days]), readings.Gains.of(saved)
    bought, _ = _all_prices(run)
    grid = [balances[case].sources_kw["grid"] for case in cases]
    rows = [(a.name, a.homes_with, a.saving_with, a.homes_without, a.saving_without) for a in assets]
    costs = [figures[case].costs.cost for case in cases]
    clashes = [len(home.clashes) for home in homes]
    return {
        **_in_short(run, cases, costs, len(saved), symbol),
        "gains": readings.who_gains(gains),
        "relaxed": readings.relaxed(
            clashes,
            [
                own.home
                for day in run.days
                if day.grid and day.grid.emergency
                for own in day.grid.emergency.shed
            ],
        ),
        "net": readings.net_load(run.net_kw(before), run.net_kw(after), axis.labels),
        "dear": readings.dear_hours(grid[0], grid[1], bought.mean(axis=0), hours),
        "sources": readings.sources(figures[before], figures[after], local_trade_kwh(run, after)),
        "uses": readings.uses(moved_by_use(homes)),
        "savings": readings.savings_by_home(
            saved, [home.id for home in run.community.homes], gains, symbol, days
        ),
        "assets": readings.savings_by_asset(rows, symbol),
    }


def _in_short(
    run: RunResult, cases: tuple[UseCase, UseCase], costs: Sequence[float], homes: int, symbol: str
) -> dict[str, str]:
    """What stands first: what is saved, and what is proven; ``costs`` are those of the two cases."""
    days, certificate = len(run.days), certificate_of(run, cases[1])
    if cases[1] == "3" and {"1", "2"} <= set(run.use_cases):
        known = run.costs("1").cost, run.costs("2").cost
        return {
            "headline": grid_readings.headline((costs[0], *known, costs[1]), symbol, days),
            "certainty": market_readings.certainty(
                certificate, symbol, days, "the market’s rules and the network’s limits"
            ),
            "worse_off": market_readings.nobody_worse_off(savings(run, "3", "1"), symbol, days),
        }
    if cases[1] != "2" or "1" not in run.use_cases:
        return {
            "headline": readings.headline(costs[0], costs[1], symbol, days),
            "certainty": readings.certainty(certificate, homes, symbol, days),
            "worse_off": "",
        }
    planned = run.costs("1").cost
    return {
        "headline": market_readings.headline((costs[0], planned, costs[1]), symbol, days),
        "certainty": market_readings.certainty(certificate, symbol, days),
        "worse_off": market_readings.nobody_worse_off(savings(run, "2", "1"), symbol, days),
    }


def notes_of(run: RunResult, use_case: UseCase) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """What plans and prices note (gaps filled by which rule, limits that bound), and which homes it concerns."""
    homes: dict[str, dict[int, None]] = {}
    for day in run.days:
        for k, plan in enumerate(day.plans[use_case]):
            for note in (*plan.notes, *day.tariffs[k].filled):
                homes.setdefault(note, {})[k] = None
    return tuple((note, tuple(having)) for note, having in homes.items())
