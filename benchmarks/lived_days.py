"""What a forecast is worth: measured days of Dutch homes, lived by rule, by plan, by steering, and in hindsight.

    MAS2TERING_DATA=DIR python benchmarks/lived_days.py [--homes 20] [--days 60] [--devices pv_battery|vehicle|heat|all] [--seed 1]
                                                        [--forecast naive|model] [--replan]

Loads are measured (Zonnedael, 2013); roofs, devices and prices are those of scenario S6 on the Belgian tariffs. One JSON line
a class of devices; shares are of what hindsight saves, against the home without the platform (``none``, whose battery follows
the inverter's self-consumption rule) and against the same home with its battery idle (``idle``).
"""

import argparse
import json
import time
from datetime import date, timedelta

from mas2tering.coordination.lived_day import POLICIES
from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import Battery, PvPlant
from mas2tering.home.optimise import Budget
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.lived.days import live_days
from mas2tering.study.lived.found import LivedRun
from mas2tering.study.lived.outlooks import HISTORY_DAYS, outlooks_of
from mas2tering.study.measured import dutch_homes

FIRST_DAY = date(2013, 3, 1)
PASSIVE = {"fixed_load", "pv", "wind"}
CLASSES = {
    "pv_battery": {"battery"},
    "vehicle": {"battery", "ev"},
    "heat": {"battery", "heat_pump", "hot_water"},
    "all": None,
}


def homes_of(community: Community, name: str, most: int) -> tuple[Home, ...]:
    """The first homes that own what the class is about, without their other devices."""
    kept = CLASSES[name]
    found = []
    for home in community.homes:
        kinds = {device.kind for device in home.devices}
        if name == "pv_battery":
            roof = next((d for d in home.devices if isinstance(d, PvPlant)), None)
            if roof is None:
                continue
            devices = [d for d in home.devices if d.kind in PASSIVE | {"battery"}]
            if "battery" not in kinds:
                devices.append(_battery(roof))
        elif kept is None:
            devices = list(home.devices)
        else:
            if not (kinds & kept - {"battery"}):
                continue
            devices = [d for d in home.devices if d.kind in PASSIVE | kept]
        if {d.kind for d in devices} - PASSIVE:
            found.append(home.model_copy(update={"devices": tuple(devices)}))
    return tuple(found[:most])


def _battery(roof: PvPlant) -> Battery:
    """A battery of 1 kWh for each kWp, for roofs that have none in the scenario."""
    size = roof.peak_power_kwp or 4.0
    return Battery(
        id="battery",
        capacity_kwh=size,
        charge_power_kw=size / 2,
        discharge_power_kw=size / 2,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        initial_energy_kwh=0.0,
    )


def line_of(name: str, lived: LivedRun, days: int, cpu_s: float) -> dict[str, object]:
    """The figures of a class."""
    policies = ("idle", "none", *lived.shown, "oracle")
    return {
        "devices": name,
        "homes": len(lived.homes),
        "days": days,
        "forecast": lived.forecast,
        "cost": {policy: round(lived.cost(policy), 2) for policy in policies},
        "share_against_none": {p: _rounded(lived.share_of_oracle(p)) for p in lived.shown},
        "share_against_idle": {p: _rounded(lived.share_of_oracle(p, "idle")) for p in lived.shown},
        "homes_below_the_rule": len(lived.below_the_rule),
        "worst_below_the_rule": round(max(h.cost["steered"] - h.cost["rule"] for h in lived.homes), 2),
        "cpu_s_per_home_day": round(cpu_s / days / len(lived.homes), 3),
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def main() -> None:
    """Live the days of each class that is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--homes", type=int, default=20)
    asked.add_argument("--days", type=int, default=60)
    asked.add_argument("--devices", choices=[*CLASSES], action="append")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--forecast", choices=["naive", "model"], default="naive")
    asked.add_argument("--replan", action="store_true", help="plans made anew each hour, too")
    options = asked.parse_args()
    scenario, days = SCENARIOS["S6"], options.days
    made = dutch_homes(scenario, options.seed, FIRST_DAY, days + 1)
    past = dutch_homes(scenario, options.seed, FIRST_DAY - timedelta(days=HISTORY_DAYS), HISTORY_DAYS)
    for name in options.devices or CLASSES:
        homes = homes_of(made.community, name, options.homes)
        community = made.community.model_copy(update={"homes": homes})
        outlooks = outlooks_of(options.forecast, community, made.profiles, past.profiles, FIRST_DAY, days, 15)
        policies = (*POLICIES, "replanned") if options.replan else POLICIES
        began = time.process_time()
        lived = live_days(
            community, made.profiles, outlooks, FIRST_DAY, days, 15, Budget(), policies=policies
        )
        print(json.dumps(line_of(name, lived, days, time.process_time() - began)), flush=True)


if __name__ == "__main__":
    main()
