"""``summary.json``: the figures of a run under the names that others rely on."""

import json
from pathlib import Path
from typing import TypeAlias

from mas2tering import __version__
from mas2tering.study.figures import certificate_of, figures_of, homes_worse_off
from mas2tering.study.results import RunResult, UseCase

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | int | bool | None"

_NOT_COMPUTED = (
    "losses, voltages, transformer loading and limit violations are absent: there is no grid model in this release; ledger, DSO payment "
    "and local price are absent: use cases 2 and 3 are not there yet"
)


def summary_of(run: RunResult) -> dict[str, Json]:
    """The summary as plain values: units in the names, money in ``currency``, shares as fractions, absent
    what is not known."""
    first = run.days[0]
    return {
        "community": run.community.name,
        "homes": len(run.community.homes),
        "scenario": run.scenario,
        "start": first.axis.local_starts[0].isoformat(),
        "days": len(run.days),
        "step_minutes": first.axis.step_minutes,
        "steps": sum(day.axis.steps for day in run.days),
        "currency": run.community.currency,
        "seed": run.seed,
        "version": __version__,
        "use_cases": {name: _use_case(run, name) for name in run.use_cases},
        "certificate": {"1": _certificate(run, "1")} if "1" in run.use_cases else {},
        "settlement": {"homes_worse_off": homes_worse_off(run, "1")}
        if {"none", "1"} <= set(run.use_cases)
        else {},
        "privacy": {
            "home": "plans by itself from its own data; nothing leaves it in use case 1 (0 bytes)",
            "supplier": "sees the meter's readings, as it does without the platform (0 bytes from the platform)",
        },
        "clashes": list(run.clashes),
        "warnings": [*run.warnings, _NOT_COMPUTED],
    }


def write_summary(path: Path, run: RunResult) -> None:
    """Write ``summary.json``, whole or not at all."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(summary_of(run), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def _use_case(run: RunResult, use_case: UseCase) -> dict[str, Json]:
    figures = figures_of(run, use_case)
    costs = figures.costs
    found: dict[str, Json] = {
        "cost": costs.cost,
        "bill": costs.bill,
        "discomfort": costs.discomfort,
        "wear": costs.wear,
        "fuel": costs.fuel,
        "stored_value": costs.stored_value,
        "import_kwh": figures.import_kwh,
        "export_kwh": figures.export_kwh,
        # Homes do not trade with one another in these use cases.
        "local_trade_kwh": 0.0,
        "generation_kwh": figures.generation_kwh,
        "consumption_kwh": figures.consumption_kwh,
        "self_consumption": figures.self_consumption,
        "self_sufficiency": figures.self_sufficiency,
        "self_consumption_community": figures.self_consumption_community,
        "self_sufficiency_community": figures.self_sufficiency_community,
        "peak_import_kw": figures.peak_import_kw,
        "peak_export_kw": figures.peak_export_kw,
    }
    return {name: value for name, value in found.items() if value is not None}


def _certificate(run: RunResult, use_case: UseCase) -> dict[str, Json]:
    certificate = certificate_of(run, use_case)
    found: dict[str, Json] = {
        "lower_bound": certificate.lower_bound,
        "cost": certificate.cost,
        "gap": certificate.gap,
        "gap_of_gain": certificate.gap_of_gain,
        # Each home plans once, by itself.
        "rounds": 1,
        "seconds": certificate.seconds,
        "cpu_seconds": certificate.cpu_seconds,
        "homes_without_bound": certificate.unproven,
    }
    return {name: value for name, value in found.items() if value is not None}
