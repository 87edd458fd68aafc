"""``summary.json``: the figures of a run under the names that others rely on."""

import json
from pathlib import Path

from mas2tering import __version__
from mas2tering.settlement.comparison import Outcome, compared
from mas2tering.settlement.publish import key_figures
from mas2tering.study.congestion import (
    congestion_figures,
    emergency_warnings,
    price_after_orders,
    settlements_after_orders,
)
from mas2tering.study.figures import certificate_of, figures_of, homes_worse_off, local_trade_kwh
from mas2tering.study.grid_figures import grid_figures_of
from mas2tering.study.lived.summary import lived_figures
from mas2tering.study.plain import Json
from mas2tering.study.privacy import learned_about_the_grid, learned_in_the_market
from mas2tering.study.requests import request_figures
from mas2tering.study.results import RunResult, UseCase, market_of
from mas2tering.study.season.figures import season_figures
from mas2tering.study.season.wording import learned_by_the_rule

_NOT_COMPUTED = (
    "losses, voltages, transformer loading, limit violations and DSO payment are absent: the community names no network, which use case 3 "
    "needs"
)
_MEANS = "means over the step stand for the norm's means over ten minutes"


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
        "certificate": {name: _certificate(run, name) for name in ("1", "2", "3") if name in run.use_cases},
        "settlement": _settlement(run),
        **_requests(run),
        **_grid(run),
        **lived_figures(run),
        "privacy": _privacy(run),
        "clashes": list(run.clashes),
        "warnings": [
            *run.warnings,
            *emergency_warnings(run),
            *(() if any(day.flows for day in run.days) else (_NOT_COMPUTED,)),
        ],
    }


def _settlement(run: RunResult) -> dict[str, Json]:
    """Who is worse off, and what the local market and the network operator came to."""
    markets = [market for day in run.days if (market := market_of(day)) is not None]
    if not markets:
        return {"homes_worse_off": homes_worse_off(run, "1")} if {"none", "1"} <= set(run.use_cases) else {}
    figures = key_figures([market.settlement for market in markets])
    found: dict[str, Json] = {
        "homes_worse_off": figures.homes_worse_off,
        "ledger_imbalance_cents": figures.ledger_imbalance_cents,
        "local_price_per_kwh": _span(figures.local_price_per_kwh),
        "gain": float(sum(market.settlement.sharing.total for market in markets)),
        "kept_by_the_rule": float(sum(market.settlement.sharing.kept for market in markets)),
        "other_rules": [_rule(outcome) for market in markets[:1] for outcome in compared(market.settlement)],
    }
    congestion = congestion_figures(run)
    if congestion is not None:
        # The promise of use case 3: against use case 2, at public tariffs; local trades are beside it.
        found |= {
            "homes_worse_off": congestion.homes_worse_off_at_public_tariffs,
            "homes_worse_off_in_use_case_2": figures.homes_worse_off,
            "homes_worse_off_with_local_trades": congestion.homes_worse_off,
            "most_short": congestion.most_short,
            "ledger_imbalance_cents": figures.ledger_imbalance_cents + congestion.ledger_imbalance_cents,
            "dso_payment": float(congestion.dso_payment),
            "homes_called": len(congestion.called),
            "homes_paid": len(congestion.paid),
            "local_price_per_kwh_after_orders": _span(price_after_orders(settlements_after_orders(run))),
        }
    if run.season is not None:
        found["season"] = season_figures(run.season)
    elif congestion is not None:
        found["season"] = {"days_congested": 0}
    return {name: value for name, value in found.items() if value is not None}


def _span(price: tuple[float, float, float] | None) -> Json:
    return None if price is None else dict(zip(("min", "mean", "max"), price, strict=True))


def _grid(run: RunResult) -> dict[str, Json]:
    """The network, and what became of congestion in it."""
    flows = [flow for day in run.days for flow in day.flows.values()]
    if not flows:
        return {}
    network = flows[0].network
    limits = network.voltage_limits
    found: dict[str, Json] = {
        "network": network.name,
        "customers": len(network.customers),
        "transformer_kva": None if network.transformer is None else network.transformer.rating_kva,
        "voltage_limits": {"name": limits.name, "low_pu": limits.low_pu, "high_pu": limits.high_pu},
        "assumptions": [*network.assumptions, _MEANS],
        **_congestion(run),
    }
    return {"grid": {name: value for name, value in found.items() if value is not None}}


def _congestion(run: RunResult) -> dict[str, Json]:
    congestion = congestion_figures(run)
    if congestion is None:
        return {}
    shed: list[Json] = [
        {"home": own.home, "device": own.device, "kind": own.kind, "tier": own.tier, "kwh": own.kwh}
        for own in congestion.shed
    ]
    return {
        "regime": congestion.worst_regime,
        "regimes": {day.isoformat(): regime for day, regime in congestion.regimes},
        "limit_violations_before": congestion.broken_before,
        "limit_violations_after": congestion.broken_after,
        "worst_before": congestion.worst_before,
        "worst_after": congestion.worst_after,
        "rounds": congestion.rounds,
        "limit_price_max_per_kwh": congestion.price_max_per_kwh,
        "excess_kwh": congestion.excess_kwh,
        "least_excess_kwh": congestion.least_excess_kwh,
        "shed": shed,
        "shed_kwh": congestion.shed_kwh,
        "least_shed_kwh": congestion.least_shed_kwh,
        "curtailed_kwh": congestion.curtailed_kwh,
        "remainder_kwh": congestion.remainder_kwh,
        "out_of_reach": list(congestion.out_of_reach) or None,
    }


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
    markets = [market for day in run.days if (market := market_of(day)) is not None]
    if markets:
        learned |= learned_in_the_market(markets)
    grids = [day.grid for day in run.days if day.grid is not None]
    if grids:
        learned |= learned_about_the_grid(grids)
    if run.season is not None:
        learned |= learned_by_the_rule(run.season)
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
        "dso_payment": costs.dso_payment if use_case == "3" else None,
        **_network_figures(run, use_case),
    }
    return {name: value for name, value in found.items() if value is not None}


def _network_figures(run: RunResult, use_case: UseCase) -> dict[str, Json]:
    grid = grid_figures_of(run, use_case)
    if grid is None:
        return {}
    return {
        "losses_kwh": grid.losses_kwh,
        "cable_losses_kwh": grid.cable_losses_kwh,
        "transformer_losses_kwh": grid.transformer_losses_kwh,
        "transformer_loading_max": grid.transformer_loading_max,
        "cable_loading_max": grid.cable_loading_max,
        "voltage_min_pu": grid.voltage_min_pu,
        "voltage_max_pu": grid.voltage_max_pu,
        "voltage_unbalance_max": grid.voltage_unbalance_max,
        "customers_outside_limits": grid.customers_outside_limits,
        "limit_violations": grid.limit_violations,
    }


def _certificate(run: RunResult, use_case: UseCase) -> dict[str, Json]:
    certificate = certificate_of(run, use_case)
    found: dict[str, Json] = {
        "lower_bound": certificate.lower_bound,
        "cost": certificate.cost,
        "gap": certificate.gap,
        "gap_of_gain": certificate.gap_of_gain,
        "rounds": certificate.rounds,
        "seconds": certificate.seconds,
        "seconds_with_use_case_2": certificate.seconds_with_use_case_2,
        "cpu_seconds": certificate.cpu_seconds,
        "homes_without_bound": certificate.unproven,
    }
    return {name: value for name, value in found.items() if value is not None}
