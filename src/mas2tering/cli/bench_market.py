"""``mas2tering bench market``: one JSON object a line on standard output, nothing else there."""

import json
from collections.abc import Sequence

import numpy as np

from mas2tering.coordination.local_market import MarketBudget
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.study.benchmark.market import CASES, MarketTimes, case_community, time_market

Line = dict[str, float | int | bool | str]

_WARM_HOMES = 24
_SUMMED_UP = (
    "rounds",
    "gap_certified",
    "gap_true",
    "above_central_plan",
    "seconds",
    "cpu_s",
    "central_seconds_same_gap",
    "central_cpu_s",
    "central_ratio",
    "bytes_per_home",
    "rss_mb",
)


def bench_market_command(
    homes: int, case: str | None, seeds: int, gap: float, central_seconds: float | None
) -> None:
    """Negotiate in communities of the cases asked for, a line for each, and one that sums them up.

    Raises:
        InputError: an unknown case.
    """
    if case is not None and case not in CASES:
        raise InputError([InputProblem("bench market", "--case", case, f"one of {', '.join(CASES)}")])
    for name in CASES.values() if case is None else [CASES[case]]:
        # Code is compiled before the clock runs.
        time_market(case_community(name.name, min(homes, _WARM_HOMES), 0), MarketBudget(gap))
        lines: list[Line] = []
        for seed in range(1, seeds + 1):
            community = case_community(name.name, homes, seed)
            times = time_market(community, MarketBudget(gap), central_seconds=central_seconds)
            del community
            line: Line = {"homes": homes, "case": name.name, "seed": seed, **_line(times)}
            lines.append(line)
            print(json.dumps(line), flush=True)
        print(json.dumps({"homes": homes, "case": name.name, "seeds": seeds, **_summary(lines)}), flush=True)


def _line(times: MarketTimes) -> dict[str, float | int | bool]:
    """All that was found out about a negotiation; what was not computed is absent."""
    figures: dict[str, float | None] = {
        "gap_certified": times.gap_certified,
        "gap_true": times.gap_true,
        "seconds": times.seconds,
        "cpu_s": times.cpu_s,
        "rss_mb": times.rss_mb,
        "bytes_per_home": times.bytes_per_home,
    }
    line: dict[str, float | int | bool] = {
        "rounds": len(times.agreement.rounds),
        "steps_between": times.steps_between,
    }
    central = times.central
    if central is not None:
        found = central.found
        line["central_reached"] = found.reached
        figures |= {
            "central_seconds_same_gap": central.seconds,
            "central_cpu_s": central.cpu_s,
            "central_gap": found.gap / times.scale if np.isfinite(found.gap) else None,
            "above_central_plan": (times.agreement.cost_under_the_rule - found.cost) / times.scale
            if np.isfinite(found.cost)
            else None,
            # Where it was not reached: at least.
            "central_ratio": central.cpu_s / times.cpu_s,
        }
    return line | {name: _short(value) for name, value in figures.items() if value is not None}


def _summary(lines: Sequence[Line]) -> dict[str, float]:
    """Medians and 95th percentiles over communities of a case, and how often the central solver got there."""
    summary: dict[str, float] = {}
    for name in _SUMMED_UP:
        values = [float(line[name]) for line in lines if name in line]
        if values:
            summary[f"{name}_median"] = _short(float(np.median(values)))
            summary[f"{name}_p95"] = _short(float(np.percentile(values, 95)))
    reached = [line["central_reached"] for line in lines if "central_reached" in line]
    return summary | ({"central_reached_share": sum(map(bool, reached)) / len(reached)} if reached else {})


def _short(value: float) -> float:
    return float(f"{value:.4g}")
