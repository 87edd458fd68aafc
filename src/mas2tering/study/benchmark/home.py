"""How long a home takes to plan, and how far its plan is from the optimum."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import compile_home
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_plan
from mas2tering.study.benchmark.cases import NO_FILES, CaseName, case_days
from mas2tering.study.built_in import built_in_community
from mas2tering.study.compiled_homes import tariffs_on

_EXACT = Budget(gap=1e-6, absolute_gap=1e-6, seconds=120.0)


@dataclass(frozen=True)
class HomeTimes:
    """CPU and wall seconds of each home and day, and each plan's cost beside the optimum's (empty if none was
    sought)."""

    cpu_s: Sequence[float]
    wall_s: Sequence[float]
    costs: Sequence[float]
    optima: Sequence[float]
    bounds: Sequence[float]

    @property
    def gap_to_reference(self) -> float:
        """(sum of costs - sum of optima) / sum of |optimum|: days on which the cost is next to nothing do not
        blow it up."""
        return float((np.sum(self.costs) - np.sum(self.optima)) / np.sum(np.abs(self.optima)))


def time_case(name: CaseName, days: int) -> HomeTimes:
    """Compile and plan each day of a case, code warm; then find its optimum, untimed.

    Raises:
        ValueError: more days than the case has.
    """
    chosen = case_days(name, days)
    best_plan(compile_home(chosen[0].home, chosen[0].tariff, NO_FILES))
    cpu_s, wall_s, costs, optima, bounds = [], [], [], [], []
    for item in chosen:
        began, began_cpu = time.perf_counter(), time.process_time()
        plan = best_plan(compile_home(item.home, item.tariff, NO_FILES))
        cpu_s.append(time.process_time() - began_cpu)
        wall_s.append(time.perf_counter() - began)
        exact = best_plan(compile_home(item.home, item.tariff, NO_FILES), _EXACT)
        costs.append(plan.costs.cost)
        optima.append(exact.costs.cost)
        bounds.append(plan.costs.cost if plan.lower_bound is None else plan.lower_bound)
    return HomeTimes(cpu_s, wall_s, costs, optima, bounds)


def community_models(name: str, scenario: str, seed: int, first_day: date) -> list[HomeModel]:
    """The homes of a built-in community, compiled for a day of quarter-hours.

    Raises:
        InputError: measured data that it needs is not there.
    """
    built = built_in_community(name, scenario, seed, first_day, 1).community
    axis = TimeAxis.of_days(
        first_day, built.community.time_zone, 15, day_starts_at=built.community.day_starts_at
    )
    tariffs = tariffs_on(built.community, axis, built.profiles)
    return [
        compile_home(home, tariff, built.profiles)
        for home, tariff in zip(built.community.homes, tariffs, strict=True)
    ]


def time_community(models: Sequence[HomeModel]) -> HomeTimes:
    """Plan each home of a community, code warm."""
    with_machines = [model for model in models if model.cogeneration][:1]
    for model in (*models[:1], *with_machines):
        best_plan(model)
    cpu_s, wall_s, costs, bounds = [], [], [], []
    for model in models:
        began, began_cpu = time.perf_counter(), time.process_time()
        plan = best_plan(model)
        cpu_s.append(time.process_time() - began_cpu)
        wall_s.append(time.perf_counter() - began)
        costs.append(plan.costs.cost)
        bounds.append(plan.costs.cost if plan.lower_bound is None else plan.lower_bound)
    return HomeTimes(cpu_s, wall_s, costs, [], bounds)
