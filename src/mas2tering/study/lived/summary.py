"""Days as they turned out, as plain values of a summary."""

from mas2tering.coordination.lived_limits import GRID_WAYS
from mas2tering.coordination.lived_market import WAYS, LivedMarket
from mas2tering.study.lived.outlooks import ForecastRecord
from mas2tering.study.plain import Json
from mas2tering.study.registered import Registration
from mas2tering.study.results import RunResult


def lived_figures(run: RunResult) -> dict[str, Json]:
    """The days as they turned out, where they were planned on a forecast: what each way to live them cost."""
    lived = run.lived
    if lived is None:
        return {}
    shares: dict[str, Json] = {
        policy: share for policy in lived.shown if (share := lived.share_of_oracle(policy)) is not None
    }
    of_idle: dict[str, Json] = {
        policy: share
        for policy in lived.shown
        if (share := lived.share_of_oracle(policy, "idle")) is not None
    }
    found: dict[str, Json] = {
        "forecast": lived.forecast,
        "idle": lived.cost("idle"),
        "none": lived.cost("none"),
        **{policy: lived.cost(policy) for policy in lived.shown},
        "oracle": lived.cost("oracle"),
        "share_of_oracle": shares,
        "share_of_oracle_against_idle_batteries": of_idle,
        "homes_below_the_rule": list(lived.below_the_rule),
        "local_trade_gain": dict(lived.local_gain.items()),
    }
    if lived.forecasts:
        found["forecasts"] = {name: _forecast(record) for name, record in lived.forecasts.items()}
    if lived.registration is not None:
        found["history"] = _registered(lived.registration)
    if lived.market is not None:
        found.update(_lived_market(lived.market))
    return {"lived": found}


def _forecast(record: ForecastRecord) -> dict[str, Json]:
    """Who forecast, and how well on the days that were lived."""
    found: dict[str, Json] = {"spoke": dict(record.spoke.items())}
    if record.learned:
        found["learned"] = dict(record.learned.items())
    scores = record.scores
    if scores is not None:
        found |= {
            "nmae": scores.nmae,
            "nrmse": scores.nrmse,
            "daily_energy_error": scores.daily_energy_error,
            "ncrps": scores.ncrps,
            "coverage_80": scores.coverage_80,
        }
    return found


def _lived_market(market: LivedMarket) -> dict[str, Json]:
    """What use cases 2 and 3 keep on days that were agreed on by forecast."""
    shares: dict[str, Json] = {way: share for way in WAYS if (share := market.share_kept(way)) is not None}
    found: dict[str, Json] = {
        "use_case_2": {
            "bound": market.lived["bound"],
            "steered": market.lived["steered"],
            "reopened": market.lived["reopened"],
            "times_reopened": market.reopened,
            "hindsight": market.hindsight,
            "alone_bound": market.alone["bound"],
            "alone_steered": market.alone["steered"],
            "alone_hindsight": market.alone_hindsight,
            "share_kept": shares,
            "traded_kwh": dict(market.traded_kwh.items()),
            "standing_kwh": dict(market.standing_kwh.items()),
        }
    }
    limits = market.limits
    if limits is not None:
        kept: dict[str, Json] = {
            way: share
            for way in GRID_WAYS
            for alone in (market.alone["bound" if way == "bound" else "steered"],)
            if (share := limits.share_kept(way, alone, market.alone_hindsight)) is not None
        }
        found["use_case_3"] = {
            "limit_violations_planned": limits.planned,
            "limit_violations_lived": dict(limits.lived.items()),
            "worst_beyond_limit_planned": limits.worst_planned,
            "worst_beyond_limit_lived": dict(limits.worst_lived.items()),
            "dso_payment": limits.dso_payment,
            **dict(limits.cost.items()),
            "hindsight": limits.hindsight,
            "share_kept": kept,
            "beyond_bands_kwh": limits.beyond_kwh,
            "homes_beyond_bands": limits.homes_beyond,
        }
    return found


def _registered(record: Registration) -> dict[str, Json]:
    """How readings came to the forecasts."""
    return {
        "homes": record.homes,
        "readings": record.readings,
        "flagged_readings": dict(record.flagged.items()),
        "receipts": record.receipts,
        "epochs": list(record.epochs),
        "k": record.k,
        "l": record.diversity,
        "look_ups": record.look_ups,
    }
