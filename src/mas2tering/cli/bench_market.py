"""``mas2tering bench market``: one JSON object a line on standard output, nothing else there."""

import json
from collections.abc import Sequence

import numpy as np

from mas2tering.coordination.local_market import MarketBudget
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.study.benchmark.capped import CAPS, CapName, CappedTimes, time_capped
from mas2tering.study.benchmark.market import CASES, Case, MarketTimes, case_community, time_market

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
    "cpu_ratio",
    "cost_above",
    "violations_before",
    "violations_after",
    "excess_kwh",
)


def bench_market_command(
    homes: int, case: str | None, seeds: int, gap: float, central_seconds: float | None, cap: str | None
) -> None:
    """Negotiate in communities of the cases asked for, a line for each, and one that sums them up.

    Raises:
        InputError: an unknown case or cap, or both a cap and the central solver.
    """
    problems = []
    if case is not None and case not in CASES:
        problems.append(InputProblem("bench market", "--case", case, f"one of {', '.join(CASES)}"))
    if cap is not None and cap not in CAPS:
        problems.append(InputProblem("bench market", "--cap", cap, f"one of {', '.join(CAPS)}"))
    if cap is not None and central_seconds is not None:
        problems.append(InputProblem("bench market", "--central", "with --cap", "one of the two"))
    if problems:
        raise InputError(problems)
    chosen_cap = next((name for name in CAPS if name == cap), None)
    for name in CASES.values() if case is None else [CASES[case]]:
        # Code is compiled before the clock runs.
        _measured(name, min(homes, _WARM_HOMES), 0, MarketBudget(gap), central_seconds, chosen_cap)
        lines: list[Line] = []
        for seed in range(1, seeds + 1):
            measured = _measured(name, homes, seed, MarketBudget(gap), central_seconds, chosen_cap)
            line: Line = {"homes": homes, "case": name.name, "seed": seed, **measured}
            lines.append(line)
            print(json.dumps(line), flush=True)
        print(json.dumps({"homes": homes, "case": name.name, "seeds": seeds, **_summary(lines)}), flush=True)


def _measured(
    case: Case,
    homes: int,
    seed: int,
    budget: MarketBudget,
    central_seconds: float | None,
    cap: CapName | None,
) -> Line:
    """One community, within limits where there is a cap."""
    community = case_community(case.name, homes, seed)
    times = time_market(community, budget, central_seconds=central_seconds)
    return {**_line(times)} if cap is None else _capped_line(time_capped(cap, community, times, budget))


def _capped_line(capped: CappedTimes) -> Line:
    """The figures of use case 3; those of use case 2 are named so."""
    limit = "busbar_factor" if capped.cap == "voltage" else "cap_kw"
    figures = {
        "gap_certified": capped.gap_certified,
        limit: capped.limit,
        "excess_kwh": capped.excess_kwh,
        "cost_above": capped.cost_above,
        "seconds": capped.seconds,
        "cpu_s": capped.cpu_s,
        "cpu_ratio": capped.cpu_ratio,
        "uncapped_cpu_s": capped.uncapped.cpu_s,
        "uncapped_gap": capped.uncapped.gap_certified,
    }
    line: Line = {
        "cap": capped.cap,
        "rounds": capped.rounds,
        "negotiations": capped.negotiations,
        "violations_before": capped.violations_before,
        "violations_after": capped.violations_after,
    }
    return line | {name: _short(value) for name, value in figures.items()}


def _line(times: MarketTimes) -> Line:
    """All that was found out about a negotiation; what was not computed is absent."""
    figures: dict[str, float | None] = {
        "gap_certified": times.gap_certified,
        "gap_true": times.gap_true,
        "seconds": times.seconds,
        "cpu_s": times.cpu_s,
        "rss_mb": times.rss_mb,
        "bytes_per_home": times.bytes_per_home,
    }
    line: Line = {
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
