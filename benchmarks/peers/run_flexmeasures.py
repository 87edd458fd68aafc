"""FlexMeasures on a benchmark home: its `device_scheduler` alone, without server, database or queue.

    python benchmarks/peers/run_flexmeasures.py src/mas2tering/study/benchmark/homes/battery_ev.json --days 5 --schedule plan.csv

Run it in an environment of its own (see README.md). For the cases without programmes and on/off loads:
FlexMeasures schedules those in a scheduler of their own, not together with a battery. PV and base load go
in as devices of given power, as its StorageScheduler does, in MW; solver ("highspy") and tolerances are
those it ships, gap 0. Prints one JSON line. CPU seconds count making the constraint tables, building the
model and solving it; imports and one warm-up day are excluded, and so are the database look-ups that a user
of the whole server pays on top.
"""

from __future__ import annotations

import os

# One thread everywhere, so that CPU seconds compare. Before numpy is imported, or it is too late.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import contextlib  # noqa: E402
import importlib.metadata  # noqa: E402
import json  # noqa: E402
import logging  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Iterator, Mapping  # noqa: E402
from datetime import timedelta  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import evaluate  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from flask import Flask  # noqa: E402
from flexmeasures.data.models.planning import FlowCommitment  # noqa: E402
from flexmeasures.data.models.planning.linear_optimization import device_scheduler  # noqa: E402
from flexmeasures.data.models.planning.storage import StorageScheduler  # noqa: E402
from flexmeasures.data.models.planning.utils import initialize_df  # noqa: E402

KW_PER_MW = 1000.0


def _table(index: pd.DatetimeIndex, resolution: timedelta, **columns: float | np.ndarray) -> pd.DataFrame:
    """A FlexMeasures constraint table; columns left out stay free. Names: underscores for spaces."""
    table = initialize_df(StorageScheduler.COLUMNS, index[0], index[-1] + resolution, resolution).astype(
        float
    )
    for name, values in columns.items():
        table[name.replace("_", " ")] = values
    return table


def _devices(home: Mapping[str, Any], day: Mapping[str, Any], index: pd.DatetimeIndex) -> list[pd.DataFrame]:
    """Base load, PV, battery and the continuous loads; power in MW, stock in MW steps from its start."""
    resolution = timedelta(minutes=home["time"]["step_minutes"])
    steps_per_hour = 60.0 / home["time"]["step_minutes"]
    battery, steps = home["battery"], home["time"]["steps"]
    given = [np.array(day["base_load_kw"]), -np.array(day["pv_kw"])]
    tables = [_table(index, resolution, derivative_equals=power / KW_PER_MW) for power in given]
    start_kwh, per_kwh = battery["energy_start_kwh"], steps_per_hour / KW_PER_MW
    end = np.full(steps, np.nan)
    end[-1] = (battery["energy_end_kwh"] - start_kwh) * per_kwh
    tables.append(
        _table(
            index,
            resolution,
            min=(battery["energy_min_kwh"] - start_kwh) * per_kwh,
            max=(battery["energy_max_kwh"] - start_kwh) * per_kwh,
            equals=end,
            derivative_min=-battery["discharge_power_max_kw"] / KW_PER_MW,
            derivative_max=battery["charge_power_max_kw"] / KW_PER_MW,
            derivative_up_efficiency=battery["charge_efficiency"],
            derivative_down_efficiency=battery["discharge_efficiency"],
        )
    )
    for load in home["loads"]:
        if load["kind"] != "continuous":
            raise ValueError(f"{load['id']}: device_scheduler has no load of kind {load['kind']!r}")
        power = np.zeros(steps)
        power[load["window_start_step"] : load["window_end_step"]] = load["power_max_kw"] / KW_PER_MW
        target = np.full(steps, np.nan)
        target[load["window_end_step"] - 1] = load["energy_kwh"] * per_kwh
        tables.append(
            _table(
                index,
                resolution,
                min=0.0,
                max=load["energy_kwh"] * per_kwh,
                equals=target,
                derivative_min=0.0,
                derivative_max=power,
            )
        )
    return tables


def plan(home: Mapping[str, Any], day: Mapping[str, Any]) -> dict[str, list[float]]:
    """One day's schedule in the benchmark's columns, kW. Raises RuntimeError if it is not optimal."""
    resolution = timedelta(minutes=home["time"]["step_minutes"])
    index = pd.date_range(
        f"2026-01-05 {home['time']['first_step_starts']}",
        periods=home["time"]["steps"],
        freq=resolution,
        tz=home["time"]["time_zone"],
        name="datetime",
    )
    per_mw_step = KW_PER_MW * home["time"]["step_minutes"] / 60.0
    commitment = FlowCommitment(
        name="net energy",
        index=index,
        quantity=0,
        upwards_deviation_price=pd.Series(day["import_price_per_kwh"], index=index) * per_mw_step,
        downwards_deviation_price=pd.Series(day["export_price_per_kwh"], index=index) * per_mw_step,
    )
    grid = _table(
        index,
        resolution,
        derivative_min=-home["grid"]["export_power_max_kw"] / KW_PER_MW,
        derivative_max=home["grid"]["import_power_max_kw"] / KW_PER_MW,
    )
    powers, _, results, _ = device_scheduler(_devices(home, day, index), grid, commitments=[commitment])
    if "optimal" not in str(results.solver.termination_condition):
        raise RuntimeError(f"day {day['day']}: {results.solver.termination_condition}")
    battery_kw = powers[2].to_numpy(dtype=float) * KW_PER_MW
    schedule = {
        "battery_charge_kw": np.maximum(battery_kw, 0.0).tolist(),
        "battery_discharge_kw": np.maximum(-battery_kw, 0.0).tolist(),
    }
    for load, power in zip(home["loads"], powers[3:], strict=True):
        schedule[f"{load['id']}_kw"] = (power.to_numpy(dtype=float) * KW_PER_MW).tolist()
    return schedule


@contextlib.contextmanager
def standard_output_kept_clean() -> Iterator[None]:
    """Send what native code prints (HiGHS's banner) to standard error; standard output holds our line."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def application() -> Flask:
    """A bare Flask application with the three settings that the scheduler reads, as shipped."""
    app = Flask("flexmeasures-benchmark")
    app.config.update(
        FLEXMEASURES_LP_SOLVER="highspy", FLEXMEASURES_LP_SOLVER_OPTIONS={}, LOGGING_LEVEL="INFO"
    )
    app.logger.setLevel(logging.ERROR)
    return app


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("home", type=Path)
    parser.add_argument(
        "--days", type=int, default=None, help="the first so many days of the file; all unless given"
    )
    parser.add_argument("--schedule", type=Path, default=None, help="write the schedule to this CSV")
    options = parser.parse_args()
    home = json.loads(options.home.read_text(encoding="utf-8"))
    schedules, broken = {}, {}
    costs, cpu_s, wall_s = [], [], []
    with standard_output_kept_clean(), application().app_context():
        plan(home, home["days"][0])  # warm-up: lazy imports
        for day in home["days"][: options.days]:
            cpu, wall = time.process_time(), time.perf_counter()
            schedule = plan(home, day)
            cpu_s.append(time.process_time() - cpu)
            wall_s.append(time.perf_counter() - wall)
            rules = evaluate.broken_rules(home, day, schedule)
            if rules:
                broken[day["day"]] = rules
            schedules[day["day"]] = schedule
            costs.append(evaluate.cost_of_day(home, day, schedule))
            print(f"day {day['day']}: {costs[-1]:.6f}, {cpu_s[-1]:.2f} CPU-s", file=sys.stderr)
    if options.schedule is not None:
        evaluate.write_schedule(options.schedule, home, schedules)
    version, highs = (importlib.metadata.version(name) for name in ("flexmeasures", "highspy"))
    print(
        json.dumps(
            {
                "case": home["case"],
                "days": len(costs),
                **evaluate.spread("cpu_s_per_home_day", cpu_s),
                **evaluate.spread("wall_s_per_home_day", wall_s),
                "mean_cost": round(statistics.fmean(costs), 6),
                "costs": [round(cost, 6) for cost in costs],
                "solver": f"FlexMeasures {version}, HiGHS {highs}, gap 0",
                "broken_rules": broken,
            }
        )
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
