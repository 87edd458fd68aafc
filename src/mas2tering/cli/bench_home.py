"""``mas2tering bench home``: one JSON object a line on standard output, nothing else there."""

import json
import math
from dataclasses import replace

import highspy
import numpy as np

from mas2tering.cli.asked import Asked
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.study.benchmark.answers import time_answers
from mas2tering.study.benchmark.cases import CASES
from mas2tering.study.benchmark.home import HomeTimes, community_models, time_case, time_community
from mas2tering.study.built_in import BUILT_IN, DEFAULT_DAY, DEFAULT_SCENARIO

_SOLVER = f"HiGHS {highspy.Highs().version()}, one thread"


def bench_home_command(
    case: str | None, days: int, community: str | None, answers: int | None, seed: int
) -> None:
    """Run what is asked for.

    Raises:
        InputError: an unknown case or community, or more days than a case has.
    """
    asked = Asked("bench home")
    if case is not None and case not in CASES:
        asked.wrong("--case", case, f"one of {', '.join(CASES)}")
    if community is not None and community not in BUILT_IN:
        asked.wrong("--community", community, f"one of {', '.join(BUILT_IN)}")
    if case is not None and (community is not None or answers is not None):
        asked.wrong("--case", f"{case} beside --community or --answers", "one of the three")
    asked.whole_number("--days", days, 1)
    asked.whole_number("--answers", answers, 1, 1_000_000)
    asked.whole_number("--seed", seed, 0)
    asked.refuse()
    if answers is not None:
        _answers(community or "cardiff", answers, seed)
    elif community is not None:
        times = time_community(community_models(community, DEFAULT_SCENARIO, seed, DEFAULT_DAY))
        gap = (sum(times.costs) - sum(times.bounds)) / abs(sum(times.costs))
        _print(
            {
                "case": community,
                "homes": len(times.costs),
                "cpu_s": round(sum(times.cpu_s), 3),
                **_each(times),
            },
            gap=gap,
        )
    else:
        for name in CASES if case is None else [c for c in CASES if c == case]:
            try:
                times = time_case(name, days)
            except ValueError as error:
                raise InputError([InputProblem("bench home", "--days", f"{days}", str(error))]) from None
            worst = max(c - o for c, o in zip(times.costs, times.optima, strict=True))
            _print(
                {"case": name, "days": days, **_each(times)},
                gap_to_reference=times.gap_to_reference,
                worst_cost_above_reference=worst,
            )


def _each(times: HomeTimes) -> dict[str, object]:
    return {
        "cpu_s_per_home_day": round(float(np.median(times.cpu_s)), 5),
        "cpu_s_per_home_day_mean": round(float(np.mean(times.cpu_s)), 5),
        "cpu_s_per_home_day_p95": round(float(np.percentile(times.cpu_s, 95)), 5),
        "wall_s_per_home_day": round(float(np.median(times.wall_s)), 5),
    }


def _answers(community: str, homes: int, seed: int) -> None:
    models = community_models(community, DEFAULT_SCENARIO, seed, DEFAULT_DAY)
    kinds = {"all devices": models, "without cogeneration": [replace(m, cogeneration=()) for m in models]}
    for name, chosen in kinds.items():
        few = time_answers(chosen, max(1, homes // 10), seed)
        many = time_answers(chosen, homes, seed)
        _print(
            {
                "case": f"answers, {name}",
                "homes": homes,
                "us_per_home_cpu": round(1e6 * many.cpu_s / homes, 2),
                "us_per_home_wall": round(1e6 * many.wall_s / homes, 2),
                "kb_per_home": round(many.bytes_per_home / 1e3, 1),
            },
            growth_exponent=math.log(many.cpu_s / few.cpu_s) / math.log(homes / few.homes)
            if homes >= 10
            else None,
        )


def _print(line: dict[str, object], **rest: float | None) -> None:
    rounded = {name: None if value is None else float(f"{value:.3g}") for name, value in rest.items()}
    print(json.dumps({**line, **rounded, "solver": _SOLVER}), flush=True)
