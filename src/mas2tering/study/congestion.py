"""What became of congestion in use case 3, over all days of a run, as figures and in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from mas2tering.coordination.grid_day import Regime
from mas2tering.domain.network import Congestion
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import GridDay, congestions
from mas2tering.home.respond.emergency import Shed, Tier
from mas2tering.settlement.flexibility import SettlementAfterOrders, flexibility_figures
from mas2tering.study.connected import customers_of
from mas2tering.study.results import DayResult, RunResult

REGIMES: dict[Regime, str] = {
    "green": "nothing is congested",
    "yellow": "congested, and negotiated away",
    "orange": "congested beyond what plans can do about it",
}
"""The regimes in words."""

_NOTHING_PER_KWH = 5e-5
_TRADED_KWH = 1e-9


@dataclass(frozen=True)
class CongestionFigures:
    """Congestion and its price.

    ``broken_before`` and ``broken_after`` count elements, phases and steps beyond their limit in the plans that homes are
    bound to (those of use case 2) and in those of use case 3; ``worst_before`` and ``worst_after`` are the farthest beyond it, in words
    (None: none is). ``price_max_per_kwh`` is the most that a kWh costs a home for the sake of a limit. Homes that were ``called`` got an order on some
    day, those ``paid`` got more than nothing. ``excess_kwh`` is how far the plans exceed what was negotiated on,
    ``least_excess_kwh`` what is proven of the least by which any plans exceed it with nothing shed (None: nothing is proven),
    ``least_shed_kwh`` what is proven of the least that has to be shed of loads and comfort (None: nothing had to be shed), and
    ``remainder_kwh`` of the least by which limits of the elements ``out_of_reach`` are exceeded whatever is shed (None: by nothing).
    ``homes_worse_off`` pay more than in use case 2 with local trades counted in, ``homes_worse_off_at_public_tariffs`` without; both are
    summed over days, and ``most_short`` is the most that a home is short of on one.
    """

    regimes: tuple[tuple[date, Regime], ...]
    broken_before: int
    broken_after: int
    worst_before: str | None
    worst_after: str | None
    rounds: int
    price_max_per_kwh: float
    dso_payment: Decimal
    called: tuple[str, ...]
    paid: tuple[str, ...]
    homes_worse_off: int
    homes_worse_off_at_public_tariffs: int
    most_short: float
    ledger_imbalance_cents: int
    excess_kwh: float
    least_excess_kwh: float | None
    shed: tuple[Shed, ...]
    least_shed_kwh: float | None
    remainder_kwh: float | None
    out_of_reach: tuple[str, ...]

    @property
    def shed_kwh(self) -> float:
        """Loads and comfort that were shed, at the meter."""
        return sum(own.kwh for own in self.shed if own.tier != "generation")

    @property
    def curtailed_kwh(self) -> float:
        """Generation that was curtailed in an emergency."""
        return sum(own.kwh for own in self.shed if own.tier == "generation")

    @property
    def worst_regime(self) -> Regime:
        """The regime of the worst day."""
        return max((regime for _, regime in self.regimes), key=list(REGIMES).index)


def congestion_figures(run: RunResult) -> CongestionFigures | None:
    """The figures of a run; None where use case 3 was not run."""
    days = [(day, day.grid) for day in run.days if day.grid is not None]
    if not days:
        return None
    grids = [grid for _, grid in days]
    settled = settlements_after_orders(run)
    figures = [flexibility_figures(own) for own in settled]
    rows = [row for own in settled for row in own.payments.rows]
    together = [grid.relief.together for grid in grids if grid.relief.together is not None]
    orange = [grid.emergency for grid in grids if grid.emergency is not None]
    proven = [own.infeasible.least_excess_kwh for own in orange if own.infeasible is not None]
    remainders = [own.remainder for own in orange if own.remainder is not None]
    shed = tuple(own for found in orange for own in found.shed)
    return CongestionFigures(
        regimes=tuple((day.day, grid.regime) for day, grid in days),
        broken_before=sum(len(congestions(grid.relief.before)) for grid in grids),
        broken_after=sum(len(congestions(grid.relief.after)) for grid in grids),
        worst_before=_worst(run, ((day, grid.relief.before) for day, grid in days)),
        worst_after=_worst(run, ((day, grid.relief.after) for day, grid in days)),
        rounds=sum(len(grid.relief.rounds) for grid in grids),
        price_max_per_kwh=max(float(prices.max()) for day in run.days for prices in prices_of(day)),
        dso_payment=sum((own.dso_payment for own in figures), Decimal(0)),
        called=tuple(dict.fromkeys(row.home.id for row in rows if row.order is not None)),
        paid=tuple(dict.fromkeys(row.home.id for row in rows if row.amount > 0)),
        homes_worse_off=sum(own.homes_worse_off for own in figures),
        homes_worse_off_at_public_tariffs=sum(own.homes_worse_off_at_public_tariffs for own in figures),
        most_short=max((own.most_short for own in figures), default=0.0),
        ledger_imbalance_cents=sum(own.ledger_imbalance_cents for own in figures),
        excess_kwh=sum(float(own.excess_kwh.sum()) for own in together),
        least_excess_kwh=sum(proven) if proven else None,
        shed=shed,
        least_shed_kwh=sum(own.least.least_kwh for own in orange) if orange else None,
        remainder_kwh=sum(own.least_excess_kwh for own in remainders) if remainders else None,
        out_of_reach=tuple(dict.fromkeys(name for own in remainders for name in own.elements)),
    )


def settlements_after_orders(run: RunResult) -> list[SettlementAfterOrders]:
    """Those of the days on which something was ordered."""
    grids = [day.grid for day in run.days if day.grid is not None]
    return [grid.settled for grid in grids if grid.settled is not None]


def price_after_orders(days: Sequence[SettlementAfterOrders]) -> tuple[float, float, float] | None:
    """The local price after orders, lowest, mean and highest, of the steps with a trade; None where there is none."""
    price = np.concatenate(
        [own.market.price_per_kwh[own.market.trades.bought_kwh.sum(axis=0) > _TRADED_KWH] for own in days]
        or [np.zeros(0)]
    )
    return (float(price.min()), float(price.mean()), float(price.max())) if price.size else None


def prices_of(day: DayResult) -> tuple[FloatArray, FloatArray]:
    """What the limits add to the price of a kWh by step: for the home that pays least and for the one that pays most, both of shape
    (steps,); less than nothing where drawing more helps."""
    grid = day.grid
    if grid is None or grid.relief.together is None or grid.relief.limits is None:
        return np.zeros(day.axis.steps), np.zeros(day.axis.steps)
    added = grid.relief.limits.added_per_kwh(grid.relief.together.limit_price_per_kwh, day.axis.steps)
    return added.min(axis=0), added.max(axis=0)


def home_of_customer(run: RunResult, flow: GridDay) -> dict[str, str]:
    """The home that each customer of the network is, by its id."""
    places = customers_of(run.community, flow.network)
    return {
        flow.network.customers[k].id: home.id for k, home in zip(places, run.community.homes, strict=True)
    }


def in_words(congestion: Congestion, axis: TimeAxis, homes: dict[str, str]) -> str:
    """A broken limit as a user would put it; ``homes`` by the id of the customer that they are."""
    at, name = axis.label(congestion.step), homes.get(congestion.element, congestion.element)
    if congestion.kind == "unbalance":
        return f"phases unequal by {100 * congestion.value:.1f} % at {name} instead of {100 * congestion.limit:g} %, {at}"
    at = f"phase {congestion.phase}, {at}"
    if congestion.kind in ("voltage_low", "voltage_high"):
        return f"{congestion.value:.3f} pu at {name} instead of {congestion.limit:g}, {at}"
    name = "the transformer" if congestion.kind == "transformer" else f"cable {congestion.element}"
    return f"{name} at {_percent(congestion.value)} of its rating, {at}"


def _percent(loading: float) -> str:
    """Near the rating with a decimal, so that 100.2 % does not read as none."""
    return f"{100 * loading:.{1 if loading < 1.1 else 0}f} %"


def _worst(run: RunResult, flows: Iterable[tuple[DayResult, GridDay]]) -> str | None:
    """The limit that is broken by most, as a share of it."""
    found: tuple[float, str] | None = None
    for day, flow in flows:
        broken = congestions(flow)
        if not broken:
            continue
        worst = max(broken, key=lambda own: own.excess / own.limit)
        share = worst.excess / worst.limit
        if found is None or share > found[0]:
            on = f"{day.day}: " if len(run.days) > 1 else ""
            found = (share, on + in_words(worst, day.axis, home_of_customer(run, flow)))
    return None if found is None else found[1]


def congestion_sentences(found: CongestionFigures, homes: int, currency: str) -> tuple[str, ...]:
    """What became of congestion, for a person: the regime, limits without and with use case 3, the price, the payment, what
    had to be shed."""
    worst = found.worst_regime
    sentences = [f"The network is {worst}: {REGIMES[worst]}{_by_day(found)}."]
    if not found.broken_before:
        return (*sentences, "The plans of use case 2 break no limit, and stand.")
    sentences += [
        f"The plans of use case 2 break {_limits(found.broken_before)} (the worst: {found.worst_before}), "
        f"those of use case 3 {_limits(found.broken_after)}"
        + (f" (the worst: {found.worst_after})" if found.worst_after else "")
        + f", after {found.rounds} {'round' if found.rounds == 1 else 'rounds'} with the network operator.",
        _price(found, currency),
        f"{_paid(found, homes, currency)}; {_worse_off(found, currency)}.",
    ]
    return (*sentences, *_emergency(found))


def _by_day(found: CongestionFigures) -> str:
    if len(found.regimes) == 1:
        return ""
    counted = {name: sum(own == name for _, own in found.regimes) for name in REGIMES}
    return f" ({', '.join(f'{many} of {len(found.regimes)} days {name}' for name, many in counted.items() if many)})"


def _limits(many: int) -> str:
    return "no limit" if not many else f"{many:,} {'limit' if many == 1 else 'limits'}"


def _price(found: CongestionFigures, currency: str) -> str:
    if found.price_max_per_kwh < _NOTHING_PER_KWH:
        return "Keeping the limits costs next to nothing: other plans are as good."
    return f"A kWh costs up to {found.price_max_per_kwh:,.4f} {currency} more for the sake of the limits."


def _paid(found: CongestionFigures, homes: int, currency: str) -> str:
    called = f"The network operator calls {len(found.called)} of {homes} homes"
    if not found.paid:
        return f"{called} and pays nothing: its orders cost none of them a cent at their own suppliers"
    return f"{called} and pays {found.dso_payment:,.2f} {currency} to {len(found.paid)} of them for what its orders cost them"


def _worse_off(found: CongestionFigures, currency: str) -> str:
    public, traded = found.homes_worse_off_at_public_tariffs, found.homes_worse_off
    if public:
        return f"{public} {'is' if public == 1 else 'are'} worse off at their own tariffs"
    if not traded:
        return "nobody pays more than in use case 2"
    return (
        f"at their own tariffs nobody is worse off; for the local trades that are gone {traded} {'pays' if traded == 1 else 'pay'} more "
        f"than in use case 2, by "
        + (f"up to {found.most_short:,.2f} {currency}" if found.most_short >= 0.005 else "less than a cent")
    )


def _emergency(found: CongestionFigures) -> tuple[str, ...]:
    """What was proven and shed in regime orange."""
    if found.worst_regime != "orange":
        return ()
    sentences = []
    if found.least_excess_kwh is not None:
        sentences.append(
            f"Proven: whatever these homes do within their wishes, they exceed the limits by {found.least_excess_kwh:,.2f} kWh at least."
        )
    else:
        sentences.append("It is not proven that no plans would keep the limits; none were found.")
    sentences.append(_shed(found))
    if found.remainder_kwh is not None:
        sentences.append(
            f"Proven: whatever is shed, {' and '.join(found.out_of_reach[:_MOST_NAMED])} stay beyond their limits, by {found.remainder_kwh:,.2f} "
            "kWh at least: what nobody may touch is too much for them, or they ask for opposite things."
        )
    elif found.broken_after:
        sentences.append("What is still broken after the last round is not proven to be out of reach.")
    return tuple(sentences)


def emergency_warnings(run: RunResult) -> tuple[str, ...]:
    """What a reader of a summary must know of days in regime orange; nothing where there are none."""
    found = congestion_figures(run)
    if found is None or found.worst_regime != "orange":
        return ()
    days = ", ".join(f"{day}" for day, regime in found.regimes if regime == "orange")
    left = (
        f"{_limits(found.broken_after)} stay broken"
        if found.broken_after
        else "all limits are kept with that"
    )
    return (
        f"{days}: the network is orange, {REGIMES['orange']}: {found.curtailed_kwh:,.1f} kWh of generation are curtailed and {found.shed_kwh:,.1f} kWh of "
        f"loads and comfort shed; {left}",
    )


_MOST_NAMED = 4


def _shed(found: CongestionFigures) -> str:
    """What is done without in the stated order, and how near to the least that is."""
    parts = []
    for tier, words in _TIERS.items():
        own = [one for one in found.shed if one.tier == tier]
        if own:
            parts.append(f"{words} {sum(one.kwh for one in own):,.1f} kWh ({_listed(own)})")
    if not parts:
        return "Nothing was shed."
    words = f"Shed, in this order: {'; '.join(parts)}."
    if not found.shed_kwh or not found.least_shed_kwh:
        return words
    ratio = found.shed_kwh / found.least_shed_kwh
    return f"{words} At least {found.least_shed_kwh:,.1f} kWh of loads and comfort are proven to be needed: {ratio:.2f} times that is shed."


_TIERS: dict[Tier, str] = {
    "generation": "generation curtailed by",
    "load": "loads left to another day",
    "comfort": "comfort given up",
}
_MOST_SHED = 6


def _listed(shed: Sequence[Shed]) -> str:
    first = sorted(shed, key=lambda own: -own.kwh)[:_MOST_SHED]
    named = ", ".join(f"{own.home} {own.device} {own.kwh:,.1f} kWh" for own in first)
    return f"{named} and {len(shed) - _MOST_SHED} more" if len(shed) > _MOST_SHED else named
