"""How long a community's negotiation takes, how near it comes to its bound, and what it holds in memory.

Communities are the generator's Cardiff homes at the shares of scenario S5, but for roofs; suppliers' prices are those of the
golden communities. Up to 1,000 homes are generated and planned each by itself; beyond that homes are those again with other
base loads, and their plans of use case 1, which only scale the gap there and are what a home falls back on, are
the same devices' plans beside the other load.
"""

import resource
import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np

from mas2tering.community.terms import Terms
from mas2tering.coordination.central import Central, CentralProblem
from mas2tering.coordination.classes import Classes
from mas2tering.coordination.local_market import Agreement, MarketBudget, agree
from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import (
    DynamicPrice,
    FlatPrice,
    LocalCharges,
    PriceBand,
    Tariff,
    TariffOnAxis,
    TimeOfUsePrice,
    TwoRatePrice,
    tariff_on,
)
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import ClockWindow
from mas2tering.home.compile import compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.optimise.planner import Budget, best_decision
from mas2tering.home.respond import fitting
from mas2tering.study.benchmark.answers import with_another_base_load
from mas2tering.study.generator import SCENARIOS, generate_community
from mas2tering.study.generator.sites import MARKET
from mas2tering.study.population import sample_weather

CaseName = Literal["easy", "hard", "charges"]

_ORDINARY_DAY = date(2013, 4, 17)
_SUNNY_MONTH = tuple(date(2013, 4, 1) + timedelta(days=k) for k in range(30))
_DISTINCT = 1000
_LESS_LOAD = (0.6, 1.0)
"""Base loads of homes that stand for others: never above theirs, so that what fits a fuse still does."""
_ALONE = Budget(gap=0.01, nodes=50, seconds=5.0)
"""Plans of use case 1 are the gap's scale, and what nobody's plan may be dearer than all together; 1 % is enough for
both."""
_BETWEEN = 1e-6


@dataclass(frozen=True)
class Case:
    """A case in words, its share of homes with a roof, its tariffs, its local charges."""

    name: CaseName
    description: str
    pv: float
    tariffs: tuple[Tariff, ...]
    charges: LocalCharges
    sunny: bool = False


_NIGHT = ClockWindow(begin="22:00", end="06:00 next day")
_EVENING = ClockWindow(begin="17:00", end="21:00")
_FROM = "level of the golden communities, illustrative"

_TIME_OF_USE = Tariff(
    id="time_of_use",
    supplier="Hour Energy",
    import_price=TimeOfUsePrice(
        base_price_per_kwh=0.28,
        bands=(
            PriceBand(price_per_kwh=0.18, windows=(_NIGHT,)),
            PriceBand(price_per_kwh=0.42, windows=(_EVENING,)),
        ),
    ),
    export_price=FlatPrice(price_per_kwh=0.06),
    source=_FROM,
)
_FOUR = (
    Tariff(
        id="flat",
        supplier="Flat Energy",
        import_price=FlatPrice(price_per_kwh=0.30),
        export_price=FlatPrice(price_per_kwh=0.05),
        source=_FROM,
    ),
    Tariff(
        id="two_rate",
        supplier="Two Rate Energy",
        import_price=TwoRatePrice(day_price_per_kwh=0.32, night_price_per_kwh=0.22, night=(_NIGHT,)),
        export_price=FlatPrice(price_per_kwh=0.045),
        source=_FROM,
    ),
    _TIME_OF_USE,
    Tariff(
        id="dynamic",
        supplier="Spot",
        import_price=DynamicPrice(market=MARKET, adder_per_kwh=0.125),
        export_price=DynamicPrice(market=MARKET, adder_per_kwh=-0.009),
        source="day-ahead prices are generated; adders as in Flanders, 2024",
    ),
)

CASES: dict[str, Case] = {
    case.name: case
    for case in (
        Case("easy", "one tariff, 5 % of homes with a roof", 0.05, (_TIME_OF_USE,), LocalCharges()),
        Case(
            "hard",
            "one tariff, 60 % of homes with a roof, sunny",
            0.60,
            (_TIME_OF_USE,),
            LocalCharges(),
            sunny=True,
        ),
        Case(
            "charges",
            "four suppliers, a charge on every traded kWh from both its sides",
            0.40,
            _FOUR,
            LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01),
        ),
    )
}


@dataclass(frozen=True)
class CaseCommunity:
    """Homes of a case, each with its plan of use case 1."""

    models: tuple[HomeModel, ...]
    alone: tuple[HomePlan, ...]
    charges: LocalCharges

    @property
    def scale(self) -> float:
        """What use case 1 costs, as the gap's measure."""
        return abs(sum(plan.costs.cost for plan in self.alone))


@dataclass(frozen=True)
class CentralTimes:
    """The same community as one integer programme: what came out, and how long that took (building it apart)."""

    found: Central
    seconds: float
    cpu_s: float


@dataclass(frozen=True)
class MarketTimes:
    """One negotiation. ``bytes_per_home`` is by how much the process grew over it at most, homes' models and their plans
    of use case 1 apart (None where the system does not tell); it says little in small communities. In
    ``steps_between`` the local price is at nobody's edge between supplier and community."""

    agreement: Agreement
    scale: float
    seconds: float
    cpu_s: float
    rss_mb: float
    bytes_per_home: float | None
    central: CentralTimes | None
    steps_between: int

    @property
    def gap_certified(self) -> float:
        """What the plans may cost above the best ones, as a share of use case 1's cost."""
        return self.agreement.gap / self.scale

    @property
    def gap_true(self) -> float | None:
        """What the plans cost above the better of both bounds, the negotiation's and the central solver's, in the same
        share; None without the latter."""
        if self.central is None:
            return None
        bound = max(self.agreement.lower_bound, self.central.found.lower_bound)
        return (self.agreement.cost_under_the_rule - bound) / self.scale


def case_community(name: CaseName, homes: int, seed: int) -> CaseCommunity:
    """A community of a case: the same for the same number of homes and seed."""
    case = CASES[name]
    distinct = _distinct_models(case, min(homes, _DISTINCT), seed)
    planned = [best_decision(model, _ALONE) for model in distinct]
    random = np.random.default_rng([seed, 303, homes])
    models = list(distinct)
    alone = [plan for plan, _ in planned]
    for k in range(len(distinct), homes):
        first = k % len(distinct)
        models.append(with_another_base_load(distinct[first], random.uniform(*_LESS_LOAD)))
        alone.append(_beside(models[-1], planned[first][1]))
    return CaseCommunity(tuple(models), tuple(alone), case.charges)


def time_market(
    community: CaseCommunity, budget: MarketBudget, *, central_seconds: float | None = None
) -> MarketTimes:
    """Negotiate, code warm; with ``central_seconds`` HiGHS tries for so long to reach the same gap."""
    before = _resident_bytes()
    _forget_peak()
    began, began_cpu = time.perf_counter(), time.process_time()
    agreement = agree(community.models, community.alone, community.charges, budget)
    cpu_s, seconds = time.process_time() - began_cpu, time.perf_counter() - began
    peak = _peak_bytes()
    central = None
    if central_seconds is not None:
        central = _central(community, agreement, central_seconds)
    return MarketTimes(
        agreement,
        community.scale,
        seconds,
        cpu_s,
        peak / 1e6,
        None if before is None else (peak - before) / len(community.models),
        central,
        _steps_between(community, agreement.bound_price_per_kwh),
    )


def _central(community: CaseCommunity, agreement: Agreement, seconds: float) -> CentralTimes:
    """The central solver's turn: until it has the gap that was certified."""
    models = [fitting(model, plan) for model, plan in zip(community.models, community.alone, strict=True)]
    problem = CentralProblem(models, community.charges, agreement.bound_price_per_kwh)
    began, began_cpu = time.perf_counter(), time.process_time()
    found = problem.solve(agreement.gap, seconds)
    return CentralTimes(found, time.perf_counter() - began, time.process_time() - began_cpu)


def _steps_between(community: CaseCommunity, price_per_kwh: FloatArray) -> int:
    """Steps at which a price is none at which any member changes from supplier to community."""
    terms = Terms.charged(Classes.of(community.models).suppliers, community.charges)
    edges = np.concatenate([terms.buy_up_to_per_kwh, terms.sell_from_per_kwh])
    return int(np.sum(np.abs(edges - price_per_kwh).min(axis=0) > _BETWEEN))


def _distinct_models(case: Case, homes: int, seed: int) -> list[HomeModel]:
    """Generated homes with the case's roofs and tariffs."""
    shares = replace(SCENARIOS["S5"], name=f"S5 ({case.name})", description=case.description, pv=case.pv)
    day = _sunniest(seed) if case.sunny else _ORDINARY_DAY
    made = generate_community("cardiff", homes, shares, seed, day)
    axis = TimeAxis.of_days(day, made.community.time_zone, 15, day_starts_at=made.community.day_starts_at)
    # A Belgian community of one home, for its market's prices.
    market = generate_community("belgium", 1, shares, seed, day).profiles
    tariffs: list[TariffOnAxis] = [tariff_on(axis, tariff, market) for tariff in case.tariffs]
    whose = np.random.default_rng([seed, 302]).integers(len(tariffs), size=homes)
    return [
        compile_home(home, tariffs[chosen], made.profiles)
        for home, chosen in zip(made.community.homes, whose, strict=True)
    ]


def _sunniest(seed: int) -> date:
    weather = sample_weather("cardiff", _SUNNY_MONTH, seed)
    return _SUNNY_MONTH[int(np.argmax(weather.ghi_w_m2.sum(axis=1)))]


def _beside(model: HomeModel, decision: Decision) -> HomePlan:
    return plan_of(model, decision, "within_gap")


def _status(field: str) -> int | None:
    """A field of the process's status in bytes, where the system has one."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    for line in status.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    return None


def _resident_bytes() -> int | None:
    return _status("VmRSS")


def _peak_bytes() -> int:
    """The most that the process has held since :func:`_forget_peak`, or ever where that cannot be forgotten."""
    peak = _status("VmHWM")
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if peak is None else peak


def _forget_peak() -> None:
    clear = Path("/proc/self/clear_refs")
    if clear.exists():
        try:
            clear.write_text("5", encoding="ascii")
        except OSError:
            return
