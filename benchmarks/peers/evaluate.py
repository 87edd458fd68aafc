"""One evaluator for every schedule of a benchmark home: its cost by a plain formula, and every broken rule.

    python benchmarks/peers/evaluate.py src/mas2tering/study/benchmark/homes/emhass.json schedule.csv

A schedule is a CSV with one row per day and step: `day`, `step`, `battery_charge_kw`,
`battery_discharge_kw` and `<load id>_kw` for every load; further columns are ignored, because import,
export and stored energy are recomputed here. Prints one JSON line with the costs and the broken rules; exit
code 1 if a rule is broken. Standard library only, and none of this project's package: the yardstick must
not share an error with what it measures.
"""

from __future__ import annotations

import argparse
import copy
import csv
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TOLERANCE_KW = 1e-4
TOLERANCE_KWH = 1e-4

Schedule = Mapping[str, Sequence[float]]


def with_continuous_on_off_loads(home: Mapping[str, Any]) -> dict[str, Any]:
    """The same home with every on_off load as a continuous one of the same rating, energy and window."""
    relaxed = copy.deepcopy(dict(home))
    step_hours = home["time"]["step_minutes"] / 60.0
    for load in relaxed["loads"]:
        if load["kind"] == "on_off":
            load["kind"] = "continuous"
            load["power_max_kw"] = load.pop("power_kw")
            load["energy_kwh"] = load["power_max_kw"] * load.pop("on_steps") * step_hours
    return relaxed


def load_columns(home: Mapping[str, Any]) -> list[str]:
    """Names of the columns that a schedule of this home must have, `day` and `step` apart."""
    return ["battery_charge_kw", "battery_discharge_kw", *(f"{load['id']}_kw" for load in home["loads"])]


def net_load_kw(home: Mapping[str, Any], day: Mapping[str, Any], schedule: Schedule) -> list[float]:
    """Power drawn from the grid (negative: fed into it) in every step, kW."""
    loads = [schedule[f"{load['id']}_kw"] for load in home["loads"]]
    return [
        day["base_load_kw"][s]
        - day["pv_kw"][s]
        + schedule["battery_charge_kw"][s]
        - schedule["battery_discharge_kw"][s]
        + sum(load[s] for load in loads)
        for s in range(home["time"]["steps"])
    ]


def cost_of_day(home: Mapping[str, Any], day: Mapping[str, Any], schedule: Schedule) -> float:
    """Cost of a day, in the home's currency: import at the import price less export at the export price."""
    step_hours = home["time"]["step_minutes"] / 60.0
    total = 0.0
    for s, net in enumerate(net_load_kw(home, day, schedule)):
        price = day["import_price_per_kwh"][s] if net > 0.0 else day["export_price_per_kwh"][s]
        total += step_hours * net * price
    return total


def _broken_by_load(load: Mapping[str, Any], power: Sequence[float], step_hours: float) -> list[str]:
    broken = []
    name, first, end = load["id"], load["window_start_step"], load["window_end_step"]
    if any(abs(p) > TOLERANCE_KW for s, p in enumerate(power) if not first <= s < end):
        broken.append(f"{name}: runs outside its window, steps {first} to {end - 1}")
    if load["kind"] == "continuous":
        energy = step_hours * sum(power)
        if abs(energy - load["energy_kwh"]) > TOLERANCE_KWH:
            broken.append(f"{name}: takes {energy:.4f} kWh instead of {load['energy_kwh']} kWh")
        if min(power) < -TOLERANCE_KW or max(power) > load["power_max_kw"] + TOLERANCE_KW:
            broken.append(f"{name}: power outside 0 to {load['power_max_kw']} kW")
        return broken
    on = [s for s, p in enumerate(power) if abs(p) > TOLERANCE_KW]
    if any(abs(power[s] - load["power_kw"]) > TOLERANCE_KW for s in on):
        broken.append(f"{name}: runs at another power than {load['power_kw']} kW")
    steps = load["duration_steps"] if load["kind"] == "programme" else load["on_steps"]
    if len(on) != steps:
        broken.append(f"{name}: runs {len(on)} steps instead of {steps}")
    if load["kind"] == "programme" and on and on[-1] - on[0] + 1 != len(on):
        broken.append(f"{name}: the run is broken")
    return broken


def _broken_by_battery(home: Mapping[str, Any], schedule: Schedule) -> list[str]:
    battery, step_hours = home["battery"], home["time"]["step_minutes"] / 60.0
    broken = []
    energy = battery["energy_start_kwh"]
    for s, (charge, discharge) in enumerate(
        zip(schedule["battery_charge_kw"], schedule["battery_discharge_kw"], strict=True)
    ):
        if not -TOLERANCE_KW <= charge <= battery["charge_power_max_kw"] + TOLERANCE_KW:
            broken.append(f"battery: charges at {charge:.4f} kW in step {s}")
        if not -TOLERANCE_KW <= discharge <= battery["discharge_power_max_kw"] + TOLERANCE_KW:
            broken.append(f"battery: discharges at {discharge:.4f} kW in step {s}")
        if min(charge, discharge) > TOLERANCE_KW:
            broken.append(f"battery: charges and discharges at once in step {s}")
        energy += step_hours * (
            charge * battery["charge_efficiency"] - discharge / battery["discharge_efficiency"]
        )
        if (
            not battery["energy_min_kwh"] - TOLERANCE_KWH
            <= energy
            <= battery["energy_max_kwh"] + TOLERANCE_KWH
        ):
            broken.append(f"battery: holds {energy:.4f} kWh after step {s}")
    if abs(energy - battery["energy_end_kwh"]) > TOLERANCE_KWH:
        broken.append(f"battery: ends at {energy:.4f} kWh instead of {battery['energy_end_kwh']} kWh")
    return broken


def broken_rules(home: Mapping[str, Any], day: Mapping[str, Any], schedule: Schedule) -> list[str]:
    """What the schedule of one day breaks, in words; empty if it is feasible."""
    steps, step_hours = home["time"]["steps"], home["time"]["step_minutes"] / 60.0
    missing = [name for name in load_columns(home) if len(schedule.get(name, ())) != steps]
    if missing:
        return [f"not {steps} values: {', '.join(missing)}"]
    broken = _broken_by_battery(home, schedule)
    for load in home["loads"]:
        broken += _broken_by_load(load, schedule[f"{load['id']}_kw"], step_hours)
    grid = home["grid"]
    for s, net in enumerate(net_load_kw(home, day, schedule)):
        if (
            not -grid["export_power_max_kw"] - TOLERANCE_KW
            <= net
            <= grid["import_power_max_kw"] + TOLERANCE_KW
        ):
            broken.append(f"grid: {net:.4f} kW in step {s}")
    return broken


def write_schedule(path: Path, home: Mapping[str, Any], schedules: Mapping[int, Schedule]) -> None:
    """Write the schedules (by day number) as one CSV."""
    columns = load_columns(home)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["day", "step", *columns])
        for day, schedule in schedules.items():
            for s in range(home["time"]["steps"]):
                writer.writerow([day, s, *(f"{schedule[name][s]:.9g}" for name in columns)])


def read_schedule(path: Path) -> dict[int, dict[str, list[float]]]:
    """Read such a CSV: schedules by day number. Raises ValueError if steps are out of order."""
    schedules: dict[int, dict[str, list[float]]] = {}
    with path.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            columns = schedules.setdefault(int(row.pop("day")), {name: [] for name in row if name != "step"})
            step = int(row.pop("step"))
            for name, value in row.items():
                if len(columns[name]) != step:
                    raise ValueError(f"{path}: step {step} is out of order")
                columns[name].append(float(value))
    return schedules


def quantile(values: Sequence[float], fraction: float) -> float:
    """Quantile with linear interpolation between the order statistics."""
    ordered = sorted(values)
    position = fraction * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


def spread(name: str, values: Sequence[float], digits: int = 4) -> dict[str, float]:
    """Median under the plain name, then p95 and the greatest."""
    return {
        name: round(statistics.median(values), digits),
        f"{name}_p95": round(quantile(values, 0.95), digits),
        f"{name}_max": round(max(values), digits),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument("schedule", type=Path)
    parser.add_argument(
        "--on-off",
        choices=["binary", "continuous"],
        default="binary",
        help="continuous: on/off loads may take any power up to their rating, for the same energy",
    )
    options = parser.parse_args()
    home = json.loads(options.home.read_text(encoding="utf-8"))
    if options.on_off == "continuous":
        home = with_continuous_on_off_loads(home)
    days = {day["day"]: day for day in home["days"]}
    costs, broken = [], {}
    for number, schedule in read_schedule(options.schedule).items():
        rules = broken_rules(home, days[number], schedule)
        if rules:
            broken[number] = rules
        costs.append(cost_of_day(home, days[number], schedule))
    print(
        json.dumps(
            {
                "case": home["case"],
                "days": len(costs),
                "mean_cost": round(statistics.fmean(costs), 6),
                "costs": [round(cost, 6) for cost in costs],
                "broken_rules": broken,
            }
        )
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
