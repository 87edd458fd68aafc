"""``summary.json``: the figures of a run under the names that others rely on."""

import json
from pathlib import Path
from typing import TypeAlias

from mas2tering import __version__
from mas2tering.settlement.comparison import Outcome, compared
from mas2tering.settlement.publish import key_figures
from mas2tering.study.figures import certificate_of, figures_of, homes_worse_off, local_trade_kwh
from mas2tering.study.privacy import learned_in_the_market
from mas2tering.study.requests import request_figures
from mas2tering.study.results import RunResult, UseCase

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | int | bool | None"

_NOT_COMPUTED = (
    "losses, voltages, transformer loading, limit violations and DSO payment are absent: there is no grid model in this release; use "
    "case 3 is not there yet"
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
        "certificate": {name: _certificate(run, name) for name in ("1", "2") if name in run.use_cases},
        "settlement": _settlement(run),
        **_requests(run),
        "privacy": _privacy(run),
        "clashes": list(run.clashes),
        "warnings": [*run.warnings, _NOT_COMPUTED],
    }


def _settlement(run: RunResult) -> dict[str, Json]:
    """Who is worse off, and what the local market came to."""
    markets = [day.market for day in run.days if day.market is not None]
    if not markets:
        return {"homes_worse_off": homes_worse_off(run, "1")} if {"none", "1"} <= set(run.use_cases) else {}
    figures = key_figures([market.settlement for market in markets])
    price = figures.local_price_per_kwh
    found: dict[str, Json] = {
        "homes_worse_off": figures.homes_worse_off,
        "ledger_imbalance_cents": figures.ledger_imbalance_cents,
        "local_price_per_kwh": None
        if price is None
        else dict(zip(("min", "mean", "max"), price, strict=True)),
        "gain": float(sum(market.settlement.sharing.total for market in markets)),
        "kept_by_the_rule": float(sum(market.settlement.sharing.kept for market in markets)),
        "other_rules": [_rule(outcome) for market in markets[:1] for outcome in compared(market.settlement)],
    }
    return {name: value for name, value in found.items() if value is not None}


def _requests(run: RunResult) -> dict[str, Json]:
    """What buyers outside asked for and got, where there are any."""
    found = request_figures(run)
    if found is None:
        return {}
    buyers: list[Json] = []
    for buyer in found.buyers:
        figures: dict[str, Json] = {
            "buyer": buyer.buyer,
            "asked_kwh": buyer.asked_kwh,
            "delivered_kwh": buyer.delivered_kwh,
            "paid": buyer.paid,
            "price_per_kwh": buyer.price_per_kwh,
        }
        buyers.append({name: value for name, value in figures.items() if value is not None})
    return {
        "flexibility_requests": {
            "buyers": buyers,
            "members_gain": found.members_gain,
            "not_met": list(found.not_met),
        }
    }


def _rule(outcome: Outcome) -> Json:
    found: dict[str, Json] = {
        "rule": outcome.rule.value,
        "local_trade_kwh": outcome.local_trade_kwh,
        "share_of_market_gain": outcome.share_of_market_gain,
        "homes_worse_off": outcome.worse_off,
        "worst_loss": outcome.worst_loss,
    }
    return {name: value for name, value in found.items() if value is not None}


def _privacy(run: RunResult) -> dict[str, Json]:
    """What each party learned, in words and bytes."""
    learned: dict[str, Json] = {
        "home": "plans by itself from its own data; nothing leaves it in use case 1 (0 bytes)",
        "supplier": "sees the meter's readings, as it does without the platform (0 bytes from the platform)",
    }
    markets = [day.market for day in run.days if day.market is not None]
    if markets:
        learned |= learned_in_the_market(markets)
    return learned


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
        "local_trade_kwh": local_trade_kwh(run, use_case),
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
        "rounds": certificate.rounds,
        "seconds": certificate.seconds,
        "cpu_seconds": certificate.cpu_seconds,
        "homes_without_bound": certificate.unproven,
    }
    return {name: value for name, value in found.items() if value is not None}
