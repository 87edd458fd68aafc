"""Fits of electric vehicles, PV sizes, heat pumps, heat and micro-CHP."""

import csv

import numpy as np
from numpy.typing import NDArray

from population_fit.measured import columns, data_folder
from population_fit.numerics import ndtri

Array = NDArray[np.float64]
CHARGING_LEVELS = np.array([0.01, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.97, 0.995])
# Of the one-day profiles in the pool, read against a winter day of the UK; both assumed.
POOL_OUTDOOR_C, POOL_COP, POOL_HOT_WATER_KWH = 4.0, 2.6, 4.0
DANISH_WINTER_C = 1.5
BASE_C = 15.5


def pool(name: str) -> Array:
    """One-day profiles ``[profiles, 288]`` in kW."""
    return np.stack(list(columns(f"lct_profiles/enwl_{name}_profiles_5min_kw.parquet").values())).astype(
        float
    )


def fit_vehicles() -> dict[str, object]:
    """Energy of a session and when sessions begin in the afternoon and evening."""
    charging = pool("winter_ev") > 0.0
    begins = [np.flatnonzero(np.diff(np.append(row[-1], row).astype(int)) == 1)[0] / 12.0 for row in charging]
    hours, energy = np.array(begins), pool("winter_ev").sum(axis=1) / 12.0
    home = hours[(hours >= 12.0) & (hours < 22.0)]
    print("    sessions", len(hours), "of which begin at home-coming", len(home), "energy", energy.mean())
    jitter = (
        np.arange(len(energy)) / len(energy) - 0.5
    )  # energies come in whole hours of 3 kW: spread them out
    return {
        "levels_z": ndtri(CHARGING_LEVELS),
        "energy_kwh_quantiles": np.maximum(np.quantile(np.sort(energy) + jitter, CHARGING_LEVELS), 0.5),
        "return_hour_quantiles": np.quantile(home, CHARGING_LEVELS),
        "share_starting_22_to_07": float(np.mean((hours >= 22.0) | (hours < 7.0))),
    }


def fit_photovoltaics() -> dict[str, object]:
    """Sizes of PV systems: the peaks of the summer pool, to half a kW."""
    sizes, counts = np.unique(np.round(pool("summer_pv").max(axis=1) * 2.0) / 2.0, return_counts=True)
    return {"peak_kw": sizes, "peak_share": counts / counts.sum()}


def fit_cop() -> Array:
    """Quadratic in the lift of the median COP over the regulated air-to-water units of hplib."""
    with (data_folder() / "heatpump/hplib_database.csv").open(encoding="utf-8") as file:
        units = [
            row for row in csv.DictReader(file) if row["Group"] == "1.0" and row["Manufacturer"] != "Generic"
        ]
    p1, p2, p3, p4 = (
        np.array([float(unit[f"p{k}_COP [{u}]"]) for unit in units])
        for k, u in ((1, "-"), (2, "-"), (3, "-"), (4, "-"))
    )
    outdoor, flow = (
        axis.ravel() for axis in np.meshgrid(np.arange(-10.0, 16.0, 2.5), np.arange(30.0, 60.0, 5.0))
    )
    # hplib: COP = p1 T_in + p2 T_out + p3 + p4 T_amb; an air unit draws from the ambient air.
    cop = np.median((p1 + p4)[:, None] * outdoor + p2[:, None] * flow + p3[:, None], axis=0)
    lift = flow - outdoor
    design = np.stack([np.ones_like(lift), lift, lift**2], axis=1)
    chosen = (lift >= 15.0) & (lift <= 65.0)
    fit = np.linalg.lstsq(design[chosen], cop[chosen], rcond=None)[0]
    print(
        "    COP",
        fit,
        "rms",
        float(np.sqrt(np.mean((design @ fit - cop)[chosen] ** 2))),
        {
            f"A{a:g}/W{w:g}": round(float(fit @ [1, w - a, (w - a) ** 2]), 2)
            for a, w in ((7, 35), (2, 35), (-7, 35), (7, 55))
        },
    )
    return fit


def fit_heating() -> dict[str, object]:
    """Heat loss and its spread from the pool of heat pumps, profiles of the day from the pool and from a
    Danish dwelling."""
    electric = pool("winter_ehp")
    daily = electric.sum(axis=1) / 12.0
    loss = (daily * POOL_COP - POOL_HOT_WATER_KWH) / 24.0 / (BASE_C - POOL_OUTDOOR_C)
    table = columns("heatpump/dk_dwelling_heat_hourly.parquet", ["heat_kwh", "time_utc"])
    stamp = table["time_utc"].astype("datetime64[h]").astype(int)
    month = table["time_utc"].astype("datetime64[M]").astype(int) % 12 + 1
    heat = np.nan_to_num(table["heat_kwh"].astype(float))
    summer_clock, winter_clock = (stamp + 2) % 24, (stamp + 1) % 24
    summer = np.isin(month, (6, 7, 8))
    winter = np.isin(month, (12, 1, 2))
    warm = np.array([heat[summer & (summer_clock == hour)].mean() for hour in range(24)])
    cold = np.array([heat[winter & (winter_clock == hour)].mean() for hour in range(24)])
    draws = np.maximum(warm - np.quantile(warm, 0.25), 0.0)
    evening = _bell(19.5, 2.0) + 0.8 * _bell(
        7.5, 1.2
    )  # one dwelling is no population: half of the profile is assumed
    hot_water = 0.5 * _smooth(draws) / draws.mean() + 0.5 * evening / evening.mean()
    by_hour = electric.reshape(len(electric), 24, 12).mean(axis=(0, 2))
    danish = float((cold.mean() - warm.mean()) / (BASE_C - DANISH_WINTER_C))
    print(
        "    heat loss, Danish",
        round(danish, 3),
        np.quantile(loss, [0.1, 0.5, 0.9]).round(3),
        "Danish winter mean kW",
        cold.mean(),
        "summer",
        warm.mean(),
    )
    generation = pool("winter_uchp")
    running = generation > 0.05
    changes = np.diff(np.concatenate([running[:, -1:], running], axis=1).astype(int), axis=1) == 1
    return {
        # The pool alone is low for British dwellings: its geometric mean with the Danish dwelling is taken.
        "heat_loss_median_kw_per_k": float(np.sqrt(np.median(loss) * danish)),
        "heat_loss_log_spread": float(np.std(np.log(loss))),
        "continuous_profile": _smooth(cold - warm) / (cold - warm).mean(),
        "intermittent_profile": _smooth(by_hour) / by_hour.mean(),
        "hot_water_profile": hot_water / hot_water.mean(),
        "cop_of_lift": fit_cop(),
        "micro_chp_kw_quantiles": np.quantile(generation.max(axis=1), np.linspace(0.0, 1.0, 6)),
        "micro_chp_winter_hours_per_day": float(running.mean() * 24.0),
        "micro_chp_winter_starts_per_day": float(changes.sum() / len(changes)),
        "heat_pump_electric_peak_kw_quantiles": np.quantile(electric.max(axis=1), np.linspace(0.0, 1.0, 6)),
    }


def _bell(hour: float, width: float) -> Array:
    distance = (np.arange(24) + 0.5 - hour + 12.0) % 24.0 - 12.0
    return np.exp(-(distance**2) / 2.0 / width**2)


def _smooth(values: Array) -> Array:
    return 0.25 * np.roll(values, 1) + 0.5 * values + 0.25 * np.roll(values, -1)
