"""Losses and the highest load of the network, without the platform and in each use case, for every scenario and day.

    python benchmarks/losses.py [--community cardiff] [--scenarios S1,…,S6] [--dates 2013-01-16,2013-04-17] [--seed 1]
    python benchmarks/losses.py --table LINES.jsonl

One JSON object a scenario and day on standard output; ``--table`` makes the table of docs/benchmarks.md from those. Losses are of cables
and transformer, in kWh a day, from the full power flow of the plans; the peak is the highest net load of all homes in either direction.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from mas2tering.domain.errors import InputError
from mas2tering.study.built_in import built_in_community
from mas2tering.study.congestion import congestion_figures
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.grid_figures import grid_figures_of
from mas2tering.study.networks import RATING_KVA
from mas2tering.study.results import RunResult, UseCase
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions

CASES: tuple[UseCase, ...] = ("none", "1", "2", "3")


def case_figures(run: RunResult, case: UseCase) -> dict[str, float | int]:
    """What the network does in one use case."""
    found = grid_figures_of(run, case)
    if found is None:
        return {}
    return {
        "losses_kwh": round(found.losses_kwh, 2),
        "cable_losses_kwh": round(found.cable_losses_kwh, 2),
        "peak_kw": round(float(np.abs(run.net_kw(case)).max()), 1),
        "limits_broken": found.limit_violations,
        "cost": round(run.costs(case).cost, 2),
    }


def line_of(community: str, scenario: str, day: date, seed: int) -> dict[str, object]:
    """A scenario's day in all use cases."""
    made = built_in_community(community, scenario, seed, day, 1)
    options = RunOptions(day, use_cases=CASES, seed=seed, scenario=scenario, network=made.network)
    began = time.process_time()
    run = run_community(made.community.community, made.community.profiles, options)
    congestion = congestion_figures(run)
    return {
        "community": community,
        "scenario": scenario,
        "date": day.isoformat(),
        "transformer_kva": RATING_KVA[scenario],
        "regime": None if congestion is None else congestion.worst_regime,
        "cpu_s": round(time.process_time() - began, 1),
        "use_cases": {case: case_figures(run, case) for case in CASES},
    }


def table_of(lines: Sequence[dict[str, object]]) -> str:
    """The table in Markdown: losses and their change against the homes without the platform, peaks, limits broken."""
    rows = [
        "| day, scenario (kVA) | losses without the platform | use case 1 | use case 2 | use case 3 | "
        "peak, kW: without, 1, 2, 3 | limits broken: without, 1, 2, 3 |",
        "|---|---|---|---|---|---|---|",
    ]
    for line in lines:
        cases = line["use_cases"]
        if not isinstance(cases, dict):
            raise TypeError(f"no figures by use case: {line}")
        lost = {case: own["losses_kwh"] for case, own in cases.items() if own}
        cells = [f"{line['date']} {line['scenario']} ({line['transformer_kva']:g})", f"{lost['none']:.1f}"]
        cells += [
            f"{lost[case]:.1f} ({100 * (lost[case] / lost['none'] - 1):+.0f} %)" if case in lost else "-"
            for case in CASES[1:]
        ]
        for name in ("peak_kw", "limits_broken"):
            cells.append(", ".join(f"{own[name]:.0f}" if own else "-" for own in cases.values()))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    """A line for each day and scenario, or the table of such lines."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--community", default="cardiff", choices=["cardiff", "enwl:22"])
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--dates", default="2013-01-16,2013-04-17")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--table", type=Path, help="lines of an earlier run, to be made a table")
    asked = parser.parse_args()
    if asked.table is not None:
        # The solver's library greets on standard output when it is loaded.
        lines = [
            text for text in asked.table.read_text(encoding="utf-8").splitlines() if text.startswith("{")
        ]
        print(table_of([json.loads(text) for text in lines]))
        return
    for day in map(date.fromisoformat, asked.dates.split(",")):
        for scenario in asked.scenarios.split(","):
            try:
                print(json.dumps(line_of(asked.community, scenario, day, asked.seed)), flush=True)
            except InputError as error:
                print(f"{scenario} {day}: {'; '.join(map(str, error.problems))}", file=sys.stderr)


if __name__ == "__main__":
    main()
