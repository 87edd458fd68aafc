"""What the weather is worth to homes with a roof: days of `belgium`, lived on forecasts of generation of four kinds.

    python benchmarks/roofs_in_a_run.py [--homes 14] [--days 14] [--date 2013-04-17] [--seed 1] [--battery-alone]

Homes of scenario S5 that have a roof and no turbine, in steps of 15 minutes. Loads are forecast by each home's own model every time;
generation by the roof's own fourteen days, by forecasts of the weather with errors as stated in ``WeatherErrors``, twice as
large, and none. One JSON line each: what the forecasts were like, and what the days came to. Shares are of what hindsight saves
against idle stores. ``--battery-alone`` leaves out what homes own beside roof and battery, as ``lived_days.py`` does.
"""

import argparse
import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from lived_days import homes_of

from mas2tering.coordination.lived_day import POLICIES, Policy
from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import PvPlant
from mas2tering.domain.profiles import ProfileReader
from mas2tering.forecast import EmpiricalQuantiles, LoadMethod, Scores
from mas2tering.forecast.generation import Roof, RoofChain, RoofForecaster, WeatherErrors
from mas2tering.home.optimise import Budget
from mas2tering.study.built_in import built_in_community, weeks_before
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.found import LivedRun, share_of
from mas2tering.study.lived.outlooks import HISTORY_DAYS, outlooks_of
from mas2tering.study.lived.skies import sky_of

OWN_DAYS = 14
USUAL = WeatherErrors()
WAYS: Mapping[str, WeatherErrors | None] = {
    "own_days": None,
    "weather": USUAL,
    "weather_errors_twice_as_large": WeatherErrors(
        2 * USUAL.ghi, 2 * USUAL.temperature_k, 2 * USUAL.wind_m_per_s
    ),
    "weather_known": WeatherErrors(0.0, 0.0, 0.0),
}
ON_FORECASTS: tuple[Policy, ...] = ("rule", "plan", "steered")
"""The ways to live a day that differ with the forecast, and the rule that steering is guarded by."""


def with_a_roof(community: Community, most: int, *, battery_alone: bool) -> tuple[Home, ...]:
    """The first homes of which all generation comes from a roof."""
    if battery_alone:
        return homes_of(community, "pv_battery", most)
    kinds = [(home, {device.kind for device in home.devices}) for home in community.homes]
    return tuple(home for home, own in kinds if "pv" in own and "wind" not in own)[:most]


def roof_of(home: Home) -> Roof:
    """The home's roof as its forecaster knows it."""
    peaks = [device.peak_power_kwp for device in home.devices if isinstance(device, PvPlant)]
    known = [peak for peak in peaks if peak is not None]
    return Roof(sum(known) if len(known) == len(peaks) else None)


def lived_on(
    errors: WeatherErrors | None,
    community: Community,
    readers: tuple[ProfileReader, ProfileReader],
    span: tuple[date, int],
    policies: tuple[Policy, ...],
    seed: int,
) -> LivedRun:
    """The days as lived on one way to forecast roofs."""
    reader, past = readers
    first, days = span
    made = outlooks_of("model", community, reader, past, first, days, 15, seed)
    generations: tuple[LoadMethod, ...] = tuple(
        EmpiricalQuantiles(OWN_DAYS, hours=0.25) for _ in community.homes
    )
    if errors is not None:
        sky = sky_of(community, reader, past, (first, HISTORY_DAYS, days + 1), 15, seed, errors)
        if sky is None:
            raise SystemExit("the community names no weather")
        generations = tuple(RoofChain(RoofForecaster(roof_of(home), sky)) for home in community.homes)
    outlooks = replace(made, generations=generations)
    return live_days(community, reader, outlooks, first, days, 15, Budget(), policies=policies)


def scores_of(lived: LivedRun) -> Scores:
    """What the forecasts of generation were like, means over homes."""
    scores = lived.forecasts["generation"].scores
    if scores is None:
        raise SystemExit("nothing was generated on these days")
    return scores


def main() -> None:
    """A line for each way to forecast roofs, and one for what needs no forecast."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--homes", type=int, default=14)
    asked.add_argument("--days", type=int, default=14)
    asked.add_argument("--date", type=date.fromisoformat, default=date(2013, 4, 17))
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--battery-alone", action="store_true")
    options = asked.parse_args()
    first, days, seed = options.date, options.days, options.seed
    made = built_in_community("belgium", "S5", seed, first, days + 1).community
    past = weeks_before("belgium", "S5", seed, first, HISTORY_DAYS)
    homes = with_a_roof(made.community, options.homes, battery_alone=options.battery_alone)
    community = made.community.model_copy(update={"homes": homes})
    cost: dict[str, float] = {}
    for name, errors in WAYS.items():
        began = time.process_time()
        policies = ON_FORECASTS if cost else POLICIES
        lived = lived_on(errors, community, (made.profiles, past), (first, days), policies, seed)
        spent = time.process_time() - began
        if not cost:
            # Neither of these looks at a forecast: they are the same whatever roofs are forecast by.
            cost = {"idle": lived.cost("idle"), "rule": lived.cost("rule"), "hindsight": lived.cost("oracle")}
            print(
                json.dumps({"homes": len(homes), "days": days, **{n: round(v, 2) for n, v in cost.items()}})
            )
        scores = scores_of(lived)
        line = {
            "roofs_forecast_by": name,
            "nmae": round(scores.nmae, 3),
            "ncrps": round(scores.ncrps, 3),
            "daily_energy_error": round(scores.daily_energy_error, 3),
            "coverage_80": round(scores.coverage_80, 3),
            "plan_as_it_stood": round(lived.cost("plan"), 2),
            "lived": round(lived.cost("steered"), 2),
            "lived_share": round(share_of(cost["idle"], lived.cost("steered"), cost["hindsight"]) or 0.0, 3),
            "cpu_s": round(spent, 1),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
