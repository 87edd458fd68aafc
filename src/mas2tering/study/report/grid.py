"""The network under the plans: voltages along its feeders, loading, what limits cost, and what its operator pays to whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.network import Network
from mas2tering.grid import GridDay, congestions, violations
from mas2tering.settlement.flexibility import Payment, payment_statement_of
from mas2tering.study.congestion import (
    CongestionFigures,
    congestion_figures,
    congestion_sentences,
    prices_of,
    settlements_after_orders,
)
from mas2tering.study.connected import customers_of
from mas2tering.study.privacy import learned_about_the_grid
from mas2tering.study.report import grid_readings
from mas2tering.study.report.packing import packed
from mas2tering.study.results import DayResult, RunResult, UseCase

KINDS = {
    "transformer": "Transformer beyond its rating",
    "cable": "Cables beyond their rating",
    "voltage_low": "Voltage too low",
    "voltage_high": "Voltage too high",
    "unbalance": "Phases too unequal",
}
"""What may be broken, as readers call it."""


@dataclass(frozen=True)
class FeederData:
    """A way out of the substation: of each phase of each customer its name, its home (-1: none), its phase, how many metres of
    cable lie between, and its voltage by use case, packed ten-thousandths of a pu, on the days that can be shown, one after another."""

    name: str
    customers: list[str]
    homes: list[int]
    phases: list[str]
    metres: list[float]
    voltage: dict[UseCase, list[str]]


@dataclass(frozen=True)
class OrderData:
    """A home that got orders: what it was asked for, what its plans cost at its own supplier without local trades, and what it is
    paid; over all days. ``why`` is its payment in sentences."""

    home: int
    reduced_kwh: float
    increased_kwh: float
    bound: float
    ordered: float
    loss: float
    paid: float
    why: tuple[str, ...]


@dataclass(frozen=True)
class CongestionData:
    """What became of congestion. ``least`` and ``most`` are what limits add to a kWh, by step of all days, for the home that
    pays least for them and for the one that pays most, packed millionths of the currency; ``broken`` the limits that are broken after each round
    of the day shown, its bound plans first."""

    regime: str
    sentences: tuple[str, ...]
    least: str
    most: str
    broken: list[int]
    rows: list[int]
    orders: tuple[OrderData, ...]
    shed: tuple[tuple[str, str, str, float], ...]
    verdicts: tuple[str, ...]
    learned: dict[str, str]


@dataclass(frozen=True)
class VoltageDay:
    """A day whose voltages can be shown: which one (``number``), its first step among all days and among those shown, how many it
    has, the worst of them (within the day), how many limits its plans break before and after, and its reading."""

    number: int
    first_step: int
    offset: int
    steps: int
    worst_step: int
    broken: tuple[int, int]
    reading: str


_MOST_DAYS_SHOWN = 7
"""Voltages of more days would make the page heavy: those with most broken limits are kept."""


@dataclass(frozen=True)
class GridData:
    """The network. ``cases`` are the two use cases that its pictures compare; ``loading`` is that of the transformer's worst
    phase by step of all days and use case, packed thousandths of its rating. Voltages are of ``voltage_days``, of which number ``shown`` comes first:
    the one with most broken limits, which begins at ``first_step``; ``worst_step`` is counted within it."""

    name: str
    cases: tuple[UseCase, UseCase]
    low_pu: float
    high_pu: float
    limits: str
    rating_kva: float | None
    loading: dict[UseCase, str]
    feeders: tuple[FeederData, ...]
    voltage_days: tuple[VoltageDay, ...]
    shown: int
    first_step: int
    worst_step: int
    broken: dict[str, dict[UseCase, int]]
    congestion: CongestionData | None
    assumptions: tuple[str, ...]
    readings: dict[str, str]


def grid_data(run: RunResult, after: UseCase, symbol: str, labels: Sequence[str]) -> GridData | None:
    """The network of a run; None without one, or where it cannot carry the plans that are compared."""
    drawn = [case for case in run.use_cases if all(case in day.flows for day in run.days)]
    wanted: tuple[UseCase, ...] = ("2", "3") if after == "3" else ("none", after)
    cases = [case for case in wanted if case in drawn]
    if not cases:
        return None
    first, last = cases[0], cases[-1]
    network = run.days[0].flows[last].network
    shown = _day_shown(run, first)
    days = _voltage_days(run, (first, last), labels)
    [at] = [k for k, own in enumerate(days) if own.number == shown]
    loading = {case: _loading(run, case) for case in drawn}
    found = congestion_figures(run) if after == "3" else None
    limits = network.voltage_limits
    return GridData(
        name=network.name,
        cases=(first, last),
        low_pu=limits.low_pu,
        high_pu=limits.high_pu,
        limits=limits.name,
        rating_kva=None if network.transformer is None else network.transformer.rating_kva,
        loading={
            case: packed(values, per_unit=1000) for case, values in loading.items() if values is not None
        },
        feeders=_feeders(run, [run.days[own.number] for own in days], network, (first, last)),
        voltage_days=days,
        shown=at,
        first_step=days[at].first_step,
        worst_step=days[at].worst_step,
        broken=_broken(run, drawn),
        congestion=None if found is None else _congestion(run, found, shown),
        assumptions=network.assumptions,
        readings={
            "voltage": days[at].reading,
            "loading": grid_readings.loading(loading[first], loading[last], labels),
            "orders": grid_readings.orders(
                [row for own in settlements_after_orders(run) for row in own.payments.rows], symbol
            ),
        },
    )


def _day_shown(run: RunResult, case: UseCase) -> int:
    """The day with most broken limits; the first of equals."""
    return int(np.argmax([violations(day.flows[case]).count for day in run.days]))


def _voltage_days(
    run: RunResult, cases: tuple[UseCase, UseCase], labels: Sequence[str]
) -> tuple[VoltageDay, ...]:
    """The days whose voltages are kept, in order: all of a few, of more those with most broken limits."""
    first, last = cases
    counts = [tuple(violations(day.flows[case]).count for case in cases) for day in run.days]
    ranked = sorted(range(len(counts)), key=lambda k: (-counts[k][0], k))
    starts = np.cumsum([0, *(day.axis.steps for day in run.days)]).tolist()
    found: list[VoltageDay] = []
    for k in sorted(ranked[:_MOST_DAYS_SHOWN]):
        day = run.days[k]
        worst = worst_step(day.flows[first])
        reading = grid_readings.voltage(
            day.flows[first], day.flows[last], worst, labels[starts[k] + worst], first != last
        )
        offset = sum(own.steps for own in found)
        broken = counts[k][0], counts[k][-1]
        found.append(VoltageDay(k, starts[k], offset, day.axis.steps, worst, broken, reading))
    return tuple(found)


def worst_step(flow: GridDay) -> int:
    """The step with most broken limits; where none is broken, that at which a voltage is nearest to one."""
    broken = np.bincount([own.step for own in congestions(flow)], minlength=flow.steps)
    if broken.any():
        return int(broken.argmax())
    limits, voltage = flow.network.voltage_limits, flow.voltage_pu
    return int(np.minimum(voltage - limits.low_pu, limits.high_pu - voltage).min(axis=0).argmin())


def _loading(run: RunResult, case: UseCase) -> np.ndarray | None:
    loadings = [day.flows[case].transformer_loading for day in run.days]
    known = [loading.max(axis=0) for loading in loadings if loading is not None]
    return np.concatenate(known) if known else None


def _feeders(
    run: RunResult, days: Sequence[DayResult], network: Network, cases: tuple[UseCase, UseCase]
) -> tuple[FeederData, ...]:
    """Customers by the cable at the substation through which they are fed, nearest first."""
    home_of = {int(customer): k for k, customer in enumerate(customers_of(run.community, network))}
    ways = [network.tree.path(network.bus_at[customer.bus]) for customer in network.customers]
    metres = [sum(network.cables[k].length_m for k in way) for way in ways]
    roots = [way[-1] if way else -1 for way in ways]
    found = []
    for number, root in enumerate(sorted(set(roots))):
        own = [k for k, terminal in enumerate(network.terminals) if roots[terminal.customer] == root]
        own.sort(key=lambda k: metres[network.terminals[k].customer])
        customers = [network.terminals[k].customer for k in own]
        homes = [home_of.get(customer, -1) for customer in customers]
        name = network.cables[root].feeder if root >= 0 else ""
        found.append(
            FeederData(
                name=name or f"{number + 1}",
                customers=[network.customers[customer].id for customer in customers],
                homes=homes,
                phases=[network.terminals[k].phase for k in own],
                metres=[round(metres[customer], 1) for customer in customers],
                voltage={
                    case: [
                        packed(
                            np.concatenate([day.flows[case].voltage_pu[k] for day in days]), per_unit=10_000
                        )
                        for k in own
                    ]
                    for case in dict.fromkeys(cases)
                },
            )
        )
    return tuple(found)


def _broken(run: RunResult, cases: Sequence[UseCase]) -> dict[str, dict[UseCase, int]]:
    """Broken limits by kind and use case, over all days; kinds of which none is are left out."""
    found: dict[str, dict[UseCase, int]] = {name: {} for name in KINDS.values()}
    for case in cases:
        kinds = [own.kind for day in run.days for own in congestions(day.flows[case])]
        for kind, name in KINDS.items():
            found[name][case] = sum(own == kind for own in kinds)
    return {name: many for name, many in found.items() if any(many.values())}


def _congestion(run: RunResult, found: CongestionFigures, shown: int) -> CongestionData:
    grids = [day.grid for day in run.days if day.grid is not None]
    prices = [prices_of(day) for day in run.days]
    least, most = (np.concatenate([pair[side] for pair in prices]) for side in (0, 1))
    grid = run.days[shown].grid
    rounds = () if grid is None else grid.relief.rounds
    broken = [own.broken for own in rounds]
    if grid is not None:
        broken.append(len(congestions(grid.relief.after)))
    return CongestionData(
        regime=found.worst_regime,
        sentences=congestion_sentences(found, len(run.community.homes), run.community.currency),
        least=packed(least, per_unit=1_000_000),
        most=packed(most, per_unit=1_000_000),
        broken=broken,
        rows=[own.rows for own in rounds],
        orders=_orders(run),
        shed=tuple((own.home, own.device, own.tier, round(own.kwh, 2)) for own in found.shed),
        verdicts=tuple(own.verdict for own in settlements_after_orders(run)[:1]),
        learned=learned_about_the_grid(grids),
    )


def _orders(run: RunResult) -> tuple[OrderData, ...]:
    """Homes with orders, the best paid first, then those that lose most."""
    settled = settlements_after_orders(run)
    found = []
    for k, home in enumerate(run.community.homes):
        days = [
            (own.payments, row) for own in settled for row in own.payments.called if row.home.id == home.id
        ]
        rows = [row for _, row in days]
        if rows:
            why = payment_statement_of(days[0][0], home.id).sentences if len(days) == 1 else ()
            found.append(_order(k, rows, why))
    return tuple(sorted(found, key=lambda own: (-own.paid, -own.loss, own.home)))


def _order(home: int, rows: Sequence[Payment], why: tuple[str, ...]) -> OrderData:
    orders = [row.order for row in rows if row.order is not None]
    return OrderData(
        home=home,
        reduced_kwh=round(sum(own.reduced_kwh for own in orders), 3),
        increased_kwh=round(sum(own.increased_kwh for own in orders), 3),
        bound=round(sum(row.loss.bound.cost for row in rows), 4),
        ordered=round(sum(row.loss.ordered.cost for row in rows), 4),
        loss=round(sum(row.loss.amount for row in rows), 4),
        paid=float(sum(row.amount for row in rows)),
        why=why,
    )
