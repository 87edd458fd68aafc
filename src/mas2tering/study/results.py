"""What a run leaves behind: every home's plan in every use case, day by day; figures and pictures are made
from this alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.community import Community
from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.grid import GridDay
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.season.account import RunSeason

UseCase = Literal["none", "rule", "1", "2", "3"]
"""``none`` is the home without the platform, ``rule`` self-consumption without foresight, ``1`` the best plan of
each home, ``2`` the local market, ``3`` what the grid lets through of it."""

GENERATORS = frozenset({"pv", "wind", "micro_chp"})


@dataclass(frozen=True)
class DayResult:
    """One planning day: for each use case one plan a home, in the order of the community's homes; each home's
    tariff."""

    day: date
    axis: TimeAxis
    plans: Mapping[UseCase, tuple[HomePlan, ...]]
    tariffs: tuple[TariffOnAxis, ...]
    market: MarketDay | None = None
    """What was agreed on and settled in use case 2, where it was run."""
    grid: GridDayOutcome | None = None
    """How congestion was met in use case 3, where it was run."""
    flows: Mapping[UseCase, GridDay] = field(default_factory=dict)
    """The power flow of each use case's plans, where there is a network that carries them."""


@dataclass(frozen=True)
class RunResult:
    """A run: the community, its days, what was asked, and what a reader must know (``warnings``, in the
    user's words).

    ``seconds`` is wall time and ``cpu_seconds`` processor time spent planning, by use case.
    """

    community: Community
    days: tuple[DayResult, ...]
    seed: int | None
    scenario: str | None
    warnings: tuple[str, ...] = ()
    seconds: Mapping[UseCase, float] = field(default_factory=dict)
    cpu_seconds: Mapping[UseCase, float] = field(default_factory=dict)
    lived: LivedRun | None = None
    """The days as they turned out, where they were planned on a forecast."""
    season: RunSeason | None = None
    """Its congested days by the season's rule, where use case 3 was run and there were any."""

    @property
    def use_cases(self) -> tuple[UseCase, ...]:
        """The use cases that were run, in order."""
        return tuple(self.days[0].plans)

    @property
    def clashes(self) -> tuple[str, ...]:
        """Wishes that could not be met in the last use case and what its plans do instead, day by day, each with
        its home."""
        return tuple(
            f"{plan.home}: {clash}"
            for day in self.days
            for plan in day.plans[self.use_cases[-1]]
            for clash in plan.clashes
        )

    def plans(self, use_case: UseCase, home: int) -> tuple[HomePlan, ...]:
        """A home's plans, day by day."""
        return tuple(day.plans[use_case][home] for day in self.days)

    def home_cost(self, use_case: UseCase, home: int) -> float:
        """A home's cost over all days."""
        return sum(plan.costs.cost for plan in self.plans(use_case, home))

    def costs(self, use_case: UseCase) -> Costs:
        """Costs of all homes over all days, by part."""
        return sum_costs(plan.costs for day in self.days for plan in day.plans[use_case])

    def net_kw(self, use_case: UseCase) -> FloatArray:
        """Net load of the community over all days, import positive, shape (steps of all days,)."""
        return np.concatenate([np.sum([p.net_kw for p in day.plans[use_case]], axis=0) for day in self.days])


def sum_costs(parts: Iterable[Costs]) -> Costs:
    """The sum of costs, part by part."""
    total = Costs()
    for part in parts:
        total = total + part
    return total


def generation_kw(plan: HomePlan) -> FloatArray:
    """What a home generates (sun, wind, cogeneration), positive, in kW, shape (steps,)."""
    total = np.zeros(plan.axis.steps)
    for device in plan.devices:
        if device.kind in GENERATORS:
            total -= device.power_kw
    return total


def market_of(day: DayResult) -> MarketDay | None:
    """The local market of a day: that of use case 2, or the one that use case 3 starts from where 2 was not run."""
    return day.market if day.market is not None or day.grid is None else day.grid.market


def traded_kwh(day: DayResult, use_case: UseCase = "2") -> tuple[FloatArray, FloatArray]:
    """What each home buys and sells inside the community in a use case, in kWh, both (homes, steps); nothing without a market, or
    where trading was not worth while."""
    nothing = np.zeros((len(day.tariffs), day.axis.steps))
    if use_case == "3" and day.grid is not None:
        market, settled = day.grid.market, day.grid.settled
    elif use_case == "2" and day.market is not None:
        market, settled = day.market, None
    else:
        return nothing, nothing
    if settled is not None:
        trades = settled.market.trades
    elif market.settlement.worthwhile:
        trades = market.settlement.trades
    else:
        return nothing, nothing
    return market.of_all(trades.bought_kwh), market.of_all(trades.sold_kwh)
