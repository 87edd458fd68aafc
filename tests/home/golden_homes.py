"""The golden communities as home models: their JSON names every array, so that no profile or tariff file is needed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.model import (
    FixedLoad,
    Generation,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
)

FOLDER = Path(__file__).parents[1] / "golden" / "communities"


def empty_store(kind: str, first_step: int, n: int) -> LinearStore:
    zeros = np.zeros(n)
    return LinearStore(
        device=kind,
        kind=kind,
        phase=None,
        first_step=first_step,
        retention=1.0,
        initial_kwh=0.0,
        gain_in=zeros,
        gain_out=0.0,
        power_in_kw=zeros,
        power_out_kw=zeros,
        drain_kwh=zeros,
        relief_kwh=zeros,
        relief_cost_per_kwh=0.0,
        lower_kwh=zeros,
        upper_kwh=zeros,
        soft_lower_kwh=zeros,
        soft_lower_price=zeros,
        soft_upper_kwh=zeros,
        soft_upper_price=zeros,
        wear_cost_per_kwh=0.0,
        end_value_per_kwh=0.0,
        setpoint_kwh=zeros,
    )


def _at_the_end(n: int, value: float):
    floor = np.zeros(n)
    floor[-1] = value
    return floor


def load_golden(name: str) -> tuple[list[HomeModel], list[float], list[float]]:
    """Models of a golden community, the optimum of each home alone, and its bound."""
    data = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    axis = TimeAxis(datetime(2024, 1, 1, 6, tzinfo=UTC), 15, data["steps"], "UTC")
    models = [_home(data, home, axis) for home in data["homes"]]
    optimum = data["optimum"]
    return models, optimum["use_case_1_cost_by_home"], optimum["use_case_1_bound_by_home"]


def _home(data: dict, home: dict, axis: TimeAxis) -> HomeModel:
    steps, hours = data["steps"], data["step_hours"]
    prices = data["suppliers"][home["supplier"]] if "suppliers" in data else data
    tariff = TariffOnAxis(
        "golden", axis, np.array(prices["import_price"]), np.array(prices["export_price"]), None, 0.0
    )
    stores, generation, chains = [], [], []
    if "pv_available_kw" in home:
        generation.append(Generation("pv", "pv", None, np.array(home["pv_available_kw"])))
    if "battery" in home:
        b = home["battery"]
        stores.append(
            replace(
                empty_store("battery", 0, steps),
                initial_kwh=b["initial_kwh"],
                gain_in=np.full(steps, b["charge_efficiency"] * hours),
                gain_out=hours / b["discharge_efficiency"],
                power_in_kw=np.full(steps, b["power_kw"]),
                power_out_kw=np.full(steps, b["power_kw"]),
                lower_kwh=_at_the_end(steps, b["final_min_kwh"]),
                upper_kwh=np.full(steps, b["capacity_kwh"]),
            )
        )
    if "ev" in home:
        e = home["ev"]
        n = e["end_step"] - e["first_step"]
        stores.append(
            replace(
                empty_store("ev", e["first_step"], n),
                gain_in=np.full(n, e["efficiency"] * hours),
                power_in_kw=np.full(n, e["power_kw"]),
                lower_kwh=_at_the_end(n, e["energy_into_battery_kwh"]),
                upper_kwh=np.full(n, e["energy_into_battery_kwh"]),
                setpoint_kwh=np.full(n, e["energy_into_battery_kwh"]),
            )
        )
    if "heat_pump" in home:
        h = home["heat_pump"]
        stores.append(
            replace(
                empty_store("heat_pump", 0, steps),
                retention=h["retention_per_step"],
                initial_kwh=h["initial_kwh"],
                gain_in=np.array(h["cop"]) * hours,
                power_in_kw=np.full(steps, h["power_kw"]),
                drain_kwh=np.array(h["heat_demand_kw"]) * hours,
                lower_kwh=_at_the_end(steps, h["final_min_kwh"]),
                upper_kwh=np.full(steps, h["tank_capacity_kwh"]),
                setpoint_kwh=np.full(steps, h["tank_capacity_kwh"]),
            )
        )
    for k, p in enumerate(home.get("programmes", [])):
        costs = np.array(p["discomfort_by_start"])
        run = Programme(
            f"programme_{k}",
            "programme",
            None,
            np.arange(p["first_start"], p["last_start"] + 1),
            np.array(p["power_kw"]),
            costs,
            int(np.argmin(costs)),
        )
        chains.append(ProgrammeChain((run,)))
    base = FixedLoad("base_load", "fixed_load", None, np.array(home["base_kw"]))
    return HomeModel(
        home["id"],
        axis,
        tariff,
        home["fuse_kw"],
        1,
        (base,),
        tuple(generation),
        tuple(stores),
        tuple(chains),
        (),
    )
