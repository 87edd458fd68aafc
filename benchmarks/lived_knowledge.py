"""Where steering's loss against hindsight comes from: the same days lived by a home that knows its load, its sun, or both.

    MAS2TERING_DATA=DIR python benchmarks/lived_knowledge.py [--homes 4] [--days 60] [--devices pv_battery] [--only NL09 --only NL34]

Days, homes and devices of ``lived_days.py``; steering alone, without its guard. One JSON line a home, costs in EUR.
"""

import argparse
import json
from dataclasses import dataclass, replace
from datetime import timedelta

from lived_days import CLASSES, FIRST_DAY, homes_of

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.optimise import Budget
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.outlooks import HISTORY_DAYS, Outlooks, outlooks_of
from mas2tering.study.measured import dutch_homes

WAYS = {"nothing": (0, 0), "load": (1, 0), "sun": (0, 1), "both": (1, 1), "two_days": (2, 2)}
"""Days of load and of generation that are known, by what is known."""


@dataclass
class Knowing(Outlooks):
    """Forecasts that know the first so many days of load and of generation."""

    load_days: int = 0
    generation_days: int = 0

    def of_home(self, k: int, axis: TimeAxis) -> Outlook:
        found = super().of_home(k, axis)
        load, generation = self.measured[k]
        known = None
        if found.generation is not None and generation is not None:
            known = _known(found.generation, generation, self.generation_days)
        return Outlook(_known(found.load, load, self.load_days), known)


def _known(forecast: Forecast, series: MeasuredSeries, days: int) -> Forecast:
    axis = forecast.axis
    begins = round((axis.start - series.start) / timedelta(minutes=series.step_minutes))
    values = series.mean_kw[begins : begins + axis.steps][: round(days * 24 / axis.step_hours)]
    mean_kw, quantiles_kw = forecast.mean_kw.copy(), forecast.quantiles_kw.copy()
    mean_kw[: len(values)], quantiles_kw[:, : len(values)] = values, values
    return replace(forecast, mean_kw=mean_kw, quantiles_kw=quantiles_kw)


def main() -> None:
    """A line a home."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--homes", type=int, default=4)
    asked.add_argument("--days", type=int, default=60)
    asked.add_argument("--devices", choices=[*CLASSES], default="pv_battery")
    asked.add_argument("--only", action="append", help="homes by name")
    options = asked.parse_args()
    days, scenario = options.days, SCENARIOS["S6"]
    made = dutch_homes(scenario, 1, FIRST_DAY, days + 1)
    past = dutch_homes(scenario, 1, FIRST_DAY - timedelta(days=HISTORY_DAYS), HISTORY_DAYS)
    homes = homes_of(made.community, options.devices, len(made.community.homes))
    for home in [h for h in homes if not options.only or h.id in options.only][: options.homes]:
        community = made.community.model_copy(update={"homes": (home,)})
        found = outlooks_of("naive", community, made.profiles, past.profiles, FIRST_DAY, days + 1, 15)
        cost = {}
        for name, (load_days, generation_days) in WAYS.items():
            knowing = Knowing(
                community, found.loads, found.generation, found.measured, [], load_days, generation_days
            )
            lived = live_days(
                community, made.profiles, knowing, FIRST_DAY, days, 15, Budget(), policies=("steered",)
            )
            cost[name] = round(lived.cost("steered"), 2)
        policies = ("none", "rule", "oracle", "oracle_emptied")
        lived = live_days(community, made.profiles, found, FIRST_DAY, days, 15, Budget(), policies=policies)
        beside = {policy: round(lived.cost(policy), 2) for policy in ("none", "rule", "oracle")}
        line = {
            "home": home.id,
            "tariff": home.supply.tariff,
            "days": days,
            "beside": beside,
            "knowing": cost,
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
