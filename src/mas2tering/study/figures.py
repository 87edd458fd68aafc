"""Figures of merit: each has its definition and unit here, once.

Definitions follow the contract of ``summary.json``: self-consumption is local generation used inside the
boundary over local generation; self-sufficiency the same over consumption; the boundary is the home (summed
over homes), or the community.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.coordination.local_market import Agreement
from mas2tering.coordination.market_day import MarketDay
from mas2tering.domain.plans import Costs, FloatArray, HomePlan
from mas2tering.study.results import DayResult, RunResult, UseCase, generation_kw, traded_kwh

WORSE_OFF_BEYOND = 0.001
"""A home is worse off if it pays more than this beyond the comparison, in currency."""


@dataclass(frozen=True)
class UseCaseFigures:
    """Figures of a use case over all homes and days; energies in kWh, powers in kW, money in currency, shares
    as fractions.

    A share is None where there is nothing to share (no local generation).
    """

    costs: Costs
    import_kwh: float
    export_kwh: float
    generation_kwh: float
    consumption_kwh: float
    self_consumption: float | None
    self_sufficiency: float | None
    self_consumption_community: float | None
    self_sufficiency_community: float | None
    peak_import_kw: float
    peak_export_kw: float


@dataclass(frozen=True)
class Certificate:
    """What is proven of a use case: no plan costs less than ``lower_bound``; gaps as fractions.

    ``gap`` is (cost - bound) / |cost of use case 1|; ``gap_of_gain`` the same over (cost without the platform -
    bound), in use cases 2 and 3 over (cost of use case 1 - bound), None where there is nothing to gain. In these ``cost``
    is taken under the rule against resale, which is what the bound bounds; where a buyer outside is served, both have its gain
    in them (its price less what it pays). In use case 3 both keep the limits as they were negotiated on in the end, and neither has
    the DSO's payment in it, which is the members' gain and the DSO's loss; where load is shed both are at the prices that keep the
    order. ``unproven`` counts homes whose plan has no bound; ``rounds`` those of the negotiation, of all of them together in use case 3
    (those of use case 2 apart: no more are taken where nothing is congested). ``seconds_with_use_case_2`` is use case 3 with
    the market that it starts from, where that was another use case's.
    """

    lower_bound: float
    cost: float
    gap: float
    gap_of_gain: float | None
    seconds: float
    cpu_seconds: float
    unproven: int
    rounds: int
    seconds_with_use_case_2: float | None = None


def figures_of(run: RunResult, use_case: UseCase) -> UseCaseFigures:
    """The figures of a use case."""
    homes = [
        (plan.net_kw, generation_kw(plan), plan.axis.step_hours)
        for day in run.days
        for plan in day.plans[use_case]
    ]
    hours = homes[0][2]
    generated = float(sum(generation.sum() for _, generation, _ in homes) * hours)
    used = float(sum(_used_inside(net, generation).sum() for net, generation, _ in homes) * hours)
    consumed = float(sum((net + generation).sum() for net, generation, _ in homes) * hours)
    net_kw = run.net_kw(use_case)
    generation_total = _community_generation(run, use_case)
    used_together = float(_used_inside(net_kw, generation_total).sum() * hours)
    return UseCaseFigures(
        costs=run.costs(use_case),
        import_kwh=float(sum(np.maximum(net, 0).sum() for net, _, _ in homes) * hours),
        export_kwh=float(sum(np.maximum(-net, 0).sum() for net, _, _ in homes) * hours),
        generation_kwh=generated,
        consumption_kwh=consumed,
        self_consumption=_share(used, generated),
        self_sufficiency=_share(used, consumed),
        self_consumption_community=_share(used_together, generated),
        self_sufficiency_community=_share(used_together, consumed),
        peak_import_kw=float(np.maximum(net_kw, 0).max()),
        peak_export_kw=float(np.maximum(-net_kw, 0).max()),
    )


def certificate_of(run: RunResult, use_case: UseCase) -> Certificate:
    """What is proven of a use case; homes without a bound enter with what they cost, and are counted."""
    if use_case in ("2", "3"):
        return _certificate_of_the_market(run, use_case)
    plans = [plan for day in run.days for plan in day.plans[use_case]]
    cost = sum(plan.costs.cost for plan in plans)
    bound = sum(plan.costs.cost if plan.lower_bound is None else plan.lower_bound for plan in plans)
    gain = run.costs("none").cost - bound if "none" in run.use_cases else 0.0
    return Certificate(
        lower_bound=bound,
        cost=cost,
        gap=max(0.0, cost - bound) / abs(cost) if cost else 0.0,
        gap_of_gain=max(0.0, cost - bound) / gain if gain > WORSE_OFF_BEYOND else None,
        seconds=run.seconds.get(use_case, 0.0),
        cpu_seconds=run.cpu_seconds.get(use_case, 0.0),
        unproven=sum(plan.lower_bound is None for plan in plans),
        # Each home plans once, by itself.
        rounds=1,
    )


def _certificate_of_the_market(run: RunResult, use_case: UseCase) -> Certificate:
    agreed = [found for day in run.days if (found := _agreed(day, use_case)) is not None]
    cost = sum(agreement.cost_under_the_rule for _, agreement in agreed)
    bound = sum(agreement.lower_bound for _, agreement in agreed)
    alone = sum(plan.costs.cost for market, _ in agreed for plan in market.alone_of_members)
    above = sum(agreement.gap for _, agreement in agreed)
    return Certificate(
        lower_bound=bound,
        cost=cost,
        gap=above / abs(alone) if alone else 0.0,
        gap_of_gain=above / (alone - bound) if alone - bound > WORSE_OFF_BEYOND else None,
        seconds=run.seconds.get(use_case, 0.0),
        cpu_seconds=run.cpu_seconds.get(use_case, 0.0),
        unproven=0,
        rounds=_market_rounds(run, use_case),
        seconds_with_use_case_2=run.seconds["2"] + run.seconds["3"]
        if use_case == "3" and "2" in run.use_cases
        else None,
    )


def _market_rounds(run: RunResult, use_case: UseCase) -> int:
    """Rounds of all negotiations of a use case."""
    if use_case == "3":
        grids = [day.grid for day in run.days if day.grid is not None]
        return sum(one.market_rounds for grid in grids for one in grid.relief.rounds)
    return sum(len(day.market.agreement.rounds) for day in run.days if day.market is not None)


def _agreed(day: DayResult, use_case: UseCase) -> tuple[MarketDay, Agreement] | None:
    """What members agreed on in a use case, and the market in which they did."""
    if use_case == "3":
        return None if day.grid is None else (day.grid.market, day.grid.agreement)
    return None if day.market is None else (day.market, day.market.agreement)


def local_trade_kwh(run: RunResult, use_case: UseCase) -> float:
    """Energy traded inside the community over all days, in kWh."""
    return float(sum(traded_kwh(day, use_case)[0].sum() for day in run.days))


def savings(run: RunResult, use_case: UseCase, reference: UseCase = "none") -> FloatArray:
    """What each home saves against the reference, in currency, shape (homes,)."""
    homes = range(len(run.community.homes))
    return np.array([run.home_cost(reference, k) - run.home_cost(use_case, k) for k in homes])


def homes_worse_off(run: RunResult, use_case: UseCase, reference: UseCase = "none") -> int:
    """How many homes pay more than in the reference."""
    return int(np.sum(savings(run, use_case, reference) < -WORSE_OFF_BEYOND))


def moved_kwh(before: Sequence[HomePlan], after: Sequence[HomePlan], device: str) -> float:
    """Energy that a device uses at other times than before, in kWh: half the sum of differences, so that a
    move counts once."""
    total = 0.0
    for old, new in zip(before, after, strict=True):
        first = next((d.power_kw for d in old.devices if d.device == device), np.zeros(old.axis.steps))
        second = next((d.power_kw for d in new.devices if d.device == device), np.zeros(new.axis.steps))
        total += float(np.abs(first - second).sum()) * new.axis.step_hours / 2
    return total


def _community_generation(run: RunResult, use_case: UseCase) -> FloatArray:
    return np.concatenate(
        [np.sum([generation_kw(p) for p in day.plans[use_case]], axis=0) for day in run.days]
    )


def _used_inside(net_kw: FloatArray, generated_kw: FloatArray) -> FloatArray:
    """Generation that does not leave through the meter, step by step."""
    return np.asarray(generated_kw - np.minimum(generated_kw, np.maximum(-net_kw, 0.0)))


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole > 1e-9 else None
