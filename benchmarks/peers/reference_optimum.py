"""Exact optimum of a benchmark home, day by day: a plain mixed-integer model, slow and explicit on purpose.

    python benchmarks/peers/reference_optimum.py src/mas2tering/study/benchmark/homes/emhass.json --days 5
    python benchmarks/peers/reference_optimum.py src/mas2tering/study/benchmark/homes/emhass.json --days 5 --on-off continuous

Prints one JSON line: the cost and a proven lower bound of every day. `--on-off continuous` relaxes the
loads that are switched on or off (EV, hot water) to any power from 0 to their rating with the same energy,
the model of an EV charger and an immersion heater with a controller. Needs highspy only, and none of this
project's package.

The model has no binary for the battery's or the grid's direction: with every import price above the export
price of any step and the export price above zero, doing both at once only loses money. The script refuses
other prices, and checks the schedule afterwards.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import evaluate
import highspy


def _check_prices(day: Mapping[str, Any]) -> None:
    export, imported = day["export_price_per_kwh"], day["import_price_per_kwh"]
    if not (min(export) > 0.0 and max(export) < min(imported)):
        raise ValueError(f"day {day['day']}: this model needs 0 < every export price < every import price")


def _add_load(model: highspy.Highs, load: Mapping[str, Any], steps: int, step_hours: float) -> list[Any]:
    """Variables and rules of one load; returns its power in kW per step, as expressions (0.0: off)."""
    power: list[Any] = [0.0] * steps
    first, end = load["window_start_step"], load["window_end_step"]
    if load["kind"] == "programme":
        last_start = end - load["duration_steps"]
        starts = {s: model.addBinary() for s in range(first, last_start + 1)}
        model.addConstr(sum(starts.values()) == 1)
        for s in range(first, end):
            covering = [starts[t] for t in range(s - load["duration_steps"] + 1, s + 1) if t in starts]
            power[s] = load["power_kw"] * sum(covering)
    elif load["kind"] == "on_off":
        on = {s: model.addBinary() for s in range(first, end)}
        model.addConstr(sum(on.values()) == load["on_steps"])
        for s in range(first, end):
            power[s] = load["power_kw"] * on[s]
    elif load["kind"] == "continuous":
        for s in range(first, end):
            power[s] = model.addVariable(lb=0.0, ub=load["power_max_kw"])
        model.addConstr(step_hours * sum(power[first:end]) == load["energy_kwh"])
    else:
        raise ValueError(f"unknown kind of load {load['kind']!r}")
    return power


def build(home: Mapping[str, Any], day: Mapping[str, Any]) -> tuple[highspy.Highs, Any, dict[str, list[Any]]]:
    """The model of one day: the solver, the cost expression, and the schedule's columns as expressions."""
    steps, step_hours = home["time"]["steps"], home["time"]["step_minutes"] / 60.0
    battery, grid = home["battery"], home["grid"]
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    columns: dict[str, list[Any]] = {
        "battery_charge_kw": [model.addVariable(0.0, battery["charge_power_max_kw"]) for _ in range(steps)],
        "battery_discharge_kw": [
            model.addVariable(0.0, battery["discharge_power_max_kw"]) for _ in range(steps)
        ],
    }
    for load in home["loads"]:
        columns[f"{load['id']}_kw"] = _add_load(model, load, steps, step_hours)
    imported = [model.addVariable(0.0, grid["import_power_max_kw"]) for _ in range(steps)]
    exported = [model.addVariable(0.0, grid["export_power_max_kw"]) for _ in range(steps)]
    before: Any = battery["energy_start_kwh"]
    cost: Any = 0.0
    for s in range(steps):
        charge, discharge = columns["battery_charge_kw"][s], columns["battery_discharge_kw"][s]
        loads = sum((columns[f"{load['id']}_kw"][s] for load in home["loads"]), day["base_load_kw"][s])
        model.addConstr(imported[s] - exported[s] == loads + charge - discharge - day["pv_kw"][s])
        after = model.addVariable(battery["energy_min_kwh"], battery["energy_max_kwh"])
        gain = step_hours * battery["charge_efficiency"] * charge
        loss = step_hours / battery["discharge_efficiency"] * discharge
        model.addConstr(after == before + gain - loss)
        before = after
        cost = cost + step_hours * day["import_price_per_kwh"][s] * imported[s]
        cost = cost - step_hours * day["export_price_per_kwh"][s] * exported[s]
    model.addConstr(before == battery["energy_end_kwh"])
    return model, cost, columns


def solve(home: Mapping[str, Any], day: Mapping[str, Any], gap: float, time_limit_s: float) -> dict[str, Any]:
    """Optimal schedule of one day with its cost, the proven lower bound and the CPU seconds spent."""
    _check_prices(day)
    started = time.process_time()
    model, cost, columns = build(home, day)
    model.setOptionValue("mip_rel_gap", gap)
    model.setOptionValue("mip_abs_gap", 1e-7)
    model.setOptionValue("time_limit", time_limit_s)
    model.minimize(cost)
    info = model.getInfo()
    integers = any(load["kind"] != "continuous" for load in home["loads"])
    bound = info.mip_dual_bound if integers else info.objective_function_value
    schedule = {
        name: [expression if isinstance(expression, float) else model.val(expression) for expression in power]
        for name, power in columns.items()
    }
    _clean(home, schedule)
    return {
        "schedule": schedule,
        "cost": evaluate.cost_of_day(home, day, schedule),
        "objective": info.objective_function_value,
        "lower_bound": bound,
        "status": model.modelStatusToString(model.getModelStatus()),
        "cpu_s": time.process_time() - started,
    }


def _clean(home: Mapping[str, Any], schedule: dict[str, list[float]]) -> None:
    """Round what integer variables decide to whole steps; the solver leaves them within 1e-6 of one."""
    for load in home["loads"]:
        if load["kind"] != "continuous":
            name = f"{load['id']}_kw"
            schedule[name] = [load["power_kw"] * round(power / load["power_kw"]) for power in schedule[name]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument(
        "--days", type=int, default=None, help="the first so many days of the file; all unless given"
    )
    parser.add_argument("--on-off", choices=["binary", "continuous"], default="binary")
    parser.add_argument(
        "--gap", type=float, default=1e-6, help="relative gap at which a day counts as solved"
    )
    parser.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS", help="per day")
    parser.add_argument("--schedule", type=Path, default=None, help="write the schedule to this CSV")
    options = parser.parse_args()
    home = json.loads(options.home.read_text(encoding="utf-8"))
    if options.on_off == "continuous":
        home = evaluate.with_continuous_on_off_loads(home)
    results, broken = {}, {}
    for day in home["days"][: options.days]:
        result = solve(home, day, options.gap, options.time_limit)
        rules = evaluate.broken_rules(home, day, result["schedule"])
        if abs(result["cost"] - result["objective"]) > 1e-6:
            rules.append(
                f"the solver's cost {result['objective']} is not that of its schedule, {result['cost']}"
            )
        if rules:
            broken[day["day"]] = rules
        results[day["day"]] = result
        print(f"day {day['day']}: {result['cost']:.6f}, {result['cpu_s']:.2f} CPU-s", file=sys.stderr)
    if options.schedule is not None:
        schedules = {number: result["schedule"] for number, result in results.items()}
        evaluate.write_schedule(options.schedule, home, schedules)
    costs = [result["cost"] for result in results.values()]
    bounds = [result["lower_bound"] for result in results.values()]
    print(
        json.dumps(
            {
                "case": home["case"],
                "on_off": options.on_off,
                "days": len(costs),
                "mean_cost": round(statistics.fmean(costs), 6),
                "costs": [round(cost, 6) for cost in costs],
                "lower_bounds": [round(bound, 6) for bound in bounds],
                "largest_gap": round(max(c - b for c, b in zip(costs, bounds, strict=True)), 7),
                **evaluate.spread("cpu_s_per_home_day", [result["cpu_s"] for result in results.values()]),
                "solver": f"HiGHS {highspy.Highs().version()}",
                "statuses": sorted({result["status"] for result in results.values()}),
                "broken_rules": broken,
            }
        )
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
