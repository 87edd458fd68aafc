"""EMHASS on a benchmark home, without its web server: cost, broken rules and CPU seconds of every day.

    python benchmarks/peers/run_emhass.py src/mas2tering/study/benchmark/homes/emhass.json --days 5 --schedule emhass.csv

Run it in an environment of its own (see README.md). Calls `Optimization.perform_dayahead_forecast_optim`
with EMHASS's shipped defaults, apart from what the home says, one thread and the sign conventions below.
Prints one JSON line. CPU seconds count the whole call as a user meets it, building the model included,
imports and one warm-up day excluded.
"""

from __future__ import annotations

import os

# One thread everywhere, so that CPU seconds compare. Before numpy is imported, or it is too late.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import resource  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import emhass  # noqa: E402
import evaluate  # noqa: E402
import pandas as pd  # noqa: E402
from emhass.optimization import Optimization  # noqa: E402

LOAD_SENSOR, PV_SENSOR = "sensor.power_load_no_var_loads", "sensor.power_photovoltaics"
COST_COLUMN, PRICE_COLUMN = "unit_load_cost", "unit_prod_price"


class Warnings(logging.Handler):
    """Collects what EMHASS warns of (a relaxed retry, a window that does not fit)."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.messages.append(record.getMessage())


def _loads_conf(home: Mapping[str, Any], programmes: str) -> dict[str, Any]:
    """EMHASS's lists of one entry per deferrable load; powers in W."""
    step_hours = home["time"]["step_minutes"] / 60.0
    conf: dict[str, list[Any]] = {
        "nominal_power_of_deferrable_loads": [],
        "operating_hours_of_each_deferrable_load": [],
        "treat_deferrable_load_as_semi_cont": [],
        "set_deferrable_load_single_constant": [],
        "start_timesteps_of_each_deferrable_load": [],
        "end_timesteps_of_each_deferrable_load": [],
    }
    for load in home["loads"]:
        unbroken, continuous = load["kind"] == "programme", load["kind"] == "continuous"
        power: Any = 1000.0 * (load["power_max_kw"] if continuous else load["power_kw"])
        if continuous:
            hours = load["energy_kwh"] / load["power_max_kw"]
        else:
            hours = (load["duration_steps"] if unbroken else load["on_steps"]) * step_hours
        if unbroken and programmes == "sequence":
            power = [power] * load["duration_steps"]
        conf["nominal_power_of_deferrable_loads"].append(power)
        conf["operating_hours_of_each_deferrable_load"].append(hours)
        conf["treat_deferrable_load_as_semi_cont"].append(not continuous)
        conf["set_deferrable_load_single_constant"].append(unbroken and programmes == "single_constant")
        conf["start_timesteps_of_each_deferrable_load"].append(load["window_start_step"])
        conf["end_timesteps_of_each_deferrable_load"].append(load["window_end_step"])
    count = len(home["loads"])
    per_load_defaults = {
        "minimum_power_of_deferrable_loads": 0.0,
        "set_deferrable_startup_penalty": 0.0,
        "set_deferrable_max_startups": 0,
        "deferrable_load_max_cost": 0.0,
        "def_minimum_on_time": 0,
        "def_minimum_off_time": 0,
        "cost_forecast_per_deferrable_load": None,
        "is_electric_load": True,
    }
    lists = {name: [value] * count for name, value in per_load_defaults.items()}
    return {"number_of_deferrable_loads": count, **conf, **lists}


def _battery_conf(battery: Mapping[str, Any]) -> dict[str, Any]:
    """EMHASS's battery. It limits AC discharging to efficiency times its setting, hence the division.

    `set_nodischarge_to_grid` stays as shipped (true) unless asked otherwise: it is faster, and costs nothing
    here, because no optimal plan of these homes sells what the battery holds.
    """
    capacity = battery["capacity_kwh"]
    return {
        "set_use_battery": True,
        "battery_nominal_energy_capacity": 1000.0 * capacity,
        "battery_minimum_state_of_charge": battery["energy_min_kwh"] / capacity,
        "battery_maximum_state_of_charge": battery["energy_max_kwh"] / capacity,
        "battery_target_state_of_charge": battery["energy_end_kwh"] / capacity,
        "battery_charge_power_max": 1000.0 * battery["charge_power_max_kw"],
        "battery_discharge_power_max": 1000.0
        * battery["discharge_power_max_kw"]
        / battery["discharge_efficiency"],
        "battery_charge_efficiency": battery["charge_efficiency"],
        "battery_discharge_efficiency": battery["discharge_efficiency"],
    }


def configuration(home: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """EMHASS's shipped defaults with what the home and the command line say on top."""
    defaults = json.loads(
        (Path(emhass.__file__).parent / "data" / "config_defaults.json").read_text(encoding="utf-8")
    )
    return {
        **defaults,
        **_loads_conf(home, options.programmes),
        **_battery_conf(home["battery"]),
        "set_use_pv": True,
        "set_nodischarge_to_grid": not options.discharge_to_grid,
        "maximum_power_from_grid": 1000.0 * home["grid"]["import_power_max_kw"],
        "maximum_power_to_grid": 1000.0 * home["grid"]["export_power_max_kw"],
        "num_threads": 1,
        "lp_solver_mip_rel_gap": options.gap,
        "optimization_time_step": pd.Timedelta(minutes=home["time"]["step_minutes"]),
        "time_zone": home["time"]["time_zone"],
    }


def optimiser(conf: dict[str, Any], logger: logging.Logger) -> Optimization:
    """An EMHASS optimiser as its own command line makes it, cost function "profit"."""
    return Optimization(dict(conf), dict(conf), dict(conf), COST_COLUMN, PRICE_COLUMN, "profit", {}, logger)


def inputs(home: Mapping[str, Any], day: Mapping[str, Any]) -> pd.DataFrame:
    """One day's forecasts, W and money per kWh, as EMHASS wants them."""
    index = pd.date_range(
        f"2026-01-05 {home['time']['first_step_starts']}",
        periods=home["time"]["steps"],
        freq=f"{home['time']['step_minutes']}min",
        tz=home["time"]["time_zone"],
    )
    return pd.DataFrame(
        {
            LOAD_SENSOR: [1000.0 * power for power in day["base_load_kw"]],
            PV_SENSOR: [1000.0 * power for power in day["pv_kw"]],
            COST_COLUMN: day["import_price_per_kwh"],
            PRICE_COLUMN: day["export_price_per_kwh"],
        },
        index=index,
    )


def to_schedule(home: Mapping[str, Any], result: pd.DataFrame) -> dict[str, list[float]]:
    """EMHASS's result in the benchmark's columns and kW (its P_batt is positive when discharging)."""
    battery_kw = [power / 1000.0 for power in result["P_batt"]]
    schedule = {
        "battery_charge_kw": [max(-power, 0.0) for power in battery_kw],
        "battery_discharge_kw": [max(power, 0.0) for power in battery_kw],
    }
    for k, load in enumerate(home["loads"]):
        schedule[f"{load['id']}_kw"] = [power / 1000.0 for power in result[f"P_deferrable{k}"]]
    return schedule


def cpu_seconds() -> float:
    """CPU seconds of this process and its ended children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def plan(optimization: Optimization, frame: pd.DataFrame, battery: Mapping[str, Any]) -> pd.DataFrame:
    """One day-ahead plan."""
    return optimization.perform_dayahead_forecast_optim(
        frame,
        frame[PV_SENSOR],
        frame[LOAD_SENSOR],
        soc_init=battery["energy_start_kwh"] / battery["capacity_kwh"],
        soc_final=battery["energy_end_kwh"] / battery["capacity_kwh"],
    )


def run(home: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """All days: schedules, costs, broken rules, seconds, and EMHASS's own status and warnings."""
    logger = logging.getLogger("emhass-benchmark")
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    warnings = Warnings()
    logger.addHandler(warnings)
    conf = configuration(home, options)
    days = home["days"][: options.days]
    reused = optimiser(conf, logger)
    # Warm-up: lazy imports and caches of cvxpy and pandas.
    plan(reused, inputs(home, days[0]), home["battery"])
    found: dict[str, Any] = {
        "schedules": {},
        "costs": [],
        "broken": {},
        "cpu_s": [],
        "wall_s": [],
        "statuses": [],
    }
    for day in days:
        frame = inputs(home, day)
        cpu, wall = cpu_seconds(), time.perf_counter()
        optimization = reused if options.reuse else optimiser(conf, logger)
        result = plan(optimization, frame, home["battery"])
        found["cpu_s"].append(cpu_seconds() - cpu)
        found["wall_s"].append(time.perf_counter() - wall)
        found["statuses"].append(str(optimization.optim_status))
        if "P_batt" not in result:
            raise RuntimeError(f"day {day['day']}: EMHASS gave no plan, {optimization.optim_status}")
        schedule = to_schedule(home, result)
        rules = evaluate.broken_rules(home, day, schedule)
        if rules:
            found["broken"][day["day"]] = rules
        found["schedules"][day["day"]] = schedule
        found["costs"].append(evaluate.cost_of_day(home, day, schedule))
        print(f"day {day['day']}: {found['costs'][-1]:.6f}, {found['cpu_s'][-1]:.2f} CPU-s", file=sys.stderr)
    found["warnings"] = sorted(set(warnings.messages))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument(
        "--days", type=int, default=None, help="the first so many days of the file; all unless given"
    )
    parser.add_argument("--gap", type=float, default=0.01, help="lp_solver_mip_rel_gap; EMHASS ships 0.01")
    parser.add_argument(
        "--programmes",
        choices=["single_constant", "sequence"],
        default="single_constant",
        help="EMHASS's two ways to say an unbroken run: a flag on an on/off load, or a list of powers",
    )
    parser.add_argument(
        "--reuse", action="store_true", help="keep the built model from day to day, as EMHASS's server does"
    )
    parser.add_argument(
        "--discharge-to-grid", action="store_true", help="allow it; EMHASS ships with set_nodischarge_to_grid"
    )
    parser.add_argument("--schedule", type=Path, default=None, help="write the schedule to this CSV")
    options = parser.parse_args()
    home = json.loads(options.home.read_text(encoding="utf-8"))
    found = run(home, options)
    if options.schedule is not None:
        evaluate.write_schedule(options.schedule, home, found["schedules"])
    print(
        json.dumps(
            {
                "case": home["case"],
                "days": len(found["costs"]),
                **evaluate.spread("cpu_s_per_home_day", found["cpu_s"]),
                **evaluate.spread("wall_s_per_home_day", found["wall_s"]),
                "mean_cost": round(statistics.fmean(found["costs"]), 6),
                "costs": [round(cost, 6) for cost in found["costs"]],
                "solver": f"EMHASS {importlib.metadata.version('emhass')}, "
                f"HiGHS {importlib.metadata.version('highspy')}, gap {options.gap}, 1 thread",
                "programmes": options.programmes,
                "model_reused": options.reuse,
                "discharge_to_grid": options.discharge_to_grid,
                "statuses": sorted(set(found["statuses"])),
                "warnings": found["warnings"],
                "broken_rules": found["broken"],
            }
        )
    )
    return 1 if found["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
