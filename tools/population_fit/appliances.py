"""Fits of washing machine and dishwasher: programmes as means of clusters of runs, how often, and when."""

import numpy as np
from numpy.typing import NDArray

from population_fit.measured import columns
from population_fit.numerics import clusters

Array = NDArray[np.float64]
STEP = 5
NAMES = {"washing_machine": "WashingMachine", "dishwasher": "Dishwasher"}
# From the record of each house: weeks with the logger on (IDEAL: June 2017, February and April 2018).
WEEKS = {"REFIT": 69.0, "UKDALE": 20.3, "IDEAL": 12.7}


def fit_appliance(name: str, count: int) -> dict[str, object]:
    """Programmes and habits of one appliance over the houses, each house counting the same."""
    table = columns("appliances/appliance_cycles.parquet")
    wanted = table["appliance"] == NAMES[name]
    runs = {key: values[wanted] for key, values in table.items()}
    power = columns("appliances/appliance_cycle_power_1min.parquet")
    ends = np.flatnonzero(np.diff(power["cycle_id"])) + 1
    traces = {
        int(ids[0]): watts
        for ids, watts in zip(
            np.split(power["cycle_id"], ends), np.split(power["power_w"], ends), strict=True
        )
    }
    kept = np.array([int(i) in traces for i in runs["cycle_id"]])
    runs = {key: values[kept] for key, values in runs.items()}
    return {
        "programmes": _programmes(name, runs, [traces[int(i)] for i in runs["cycle_id"]], count),
        **_habits(runs),
    }


def _programmes(
    name: str, runs: dict[str, Array], traces: list[Array], count: int
) -> list[dict[str, object]]:
    """Mean power of the runs of each cluster, on the cluster's median duration and with its mean energy."""
    grid = (np.arange(40) + 0.5) / 40.0
    shape = np.stack(
        [np.interp(grid, (np.arange(len(t)) + 0.5) / len(t), np.cumsum(t) / t.sum()) for t in traces]
    )
    duration, energy = runs["duration_min"].astype(float), runs["energy_kwh"].astype(float)
    feature = np.concatenate([2.0 * np.log(duration)[:, None], np.log(energy)[:, None], 0.5 * shape], axis=1)
    weight_of_house = {house: 1.0 / np.sum(runs["dataset"] == house) for house in set(runs["dataset"])}
    label = clusters(feature, count)
    found = []
    for cluster in range(count):
        members = np.flatnonzero(label == cluster)
        if len(members) < 10:  # a mean of fewer would come close to a record
            continue
        minutes = max(int(np.round(np.median(duration[members]) / STEP)), 2) * STEP
        fine = (np.arange(minutes) + 0.5) / minutes
        mean = np.mean(
            [np.interp(fine, (np.arange(len(traces[i])) + 0.5) / len(traces[i]), traces[i]) for i in members],
            axis=0,
        )
        by_step = mean.reshape(-1, STEP).mean(axis=1) / 1000.0
        by_step *= energy[members].mean() / (by_step.sum() * STEP / 60.0)
        share = float(sum(weight_of_house[runs["dataset"][i]] for i in members))
        found.append(
            {
                "runs": len(members),
                "minutes": minutes,
                "power_kw_5min": by_step.round(3),
                "share": share,
                "energy": float(energy[members].mean()),
                "peak": float(runs["peak_w"][members].mean() / 1000),
            }
        )
    found.sort(key=lambda entry: entry["energy"])
    total = sum(entry["share"] for entry in found)
    for number, entry in enumerate(found):
        print(
            "    ",
            name,
            entry["runs"],
            "runs",
            entry["minutes"],
            "min",
            round(entry["energy"], 2),
            "kWh; peak of mean",
            entry["power_kw_5min"].max(),
            "of runs (1 min)",
            round(entry["peak"], 2),
        )
        entry.update(name=f"{name} {number + 1}", share=entry["share"] / total)
        del entry["peak"], entry["energy"]
    return found


def _habits(runs: dict[str, Array]) -> dict[str, object]:
    start = runs["start"].astype("datetime64[m]").astype(int)
    hour, weekend = (
        (start // 60) % 24,
        ((start // 1440 + 3) % 7 >= 5).astype(int),
    )  # 1 January 1970 was a Thursday
    share = np.zeros((2, 24))
    weekly, weekend_share = [], []
    for house in sorted(set(runs["dataset"])):
        of_house = runs["dataset"] == house
        for kind in (0, 1):
            counts = np.bincount(hour[of_house & (weekend == kind)], minlength=24).astype(float)
            share[kind] += counts / of_house.sum()
        weekly.append(of_house.sum() / WEEKS[house])
        weekend_share.append(weekend[of_house].mean())
    share = np.stack(
        [
            0.25 * np.roll(s, 1) + 0.5 * s + 0.25 * np.roll(s, -1)
            for s in share / share.sum(axis=1, keepdims=True)
        ]
    )
    share = 0.9 * share + 0.1 * np.where(
        (np.arange(24) >= 7) & (np.arange(24) < 22), 1.0 / 15.0, 0.0
    )  # few houses: none of the day is ruled out
    ratio = float(np.mean(weekend_share))
    print("    runs a week", np.round(weekly, 2), "share on weekends", np.round(weekend_share, 2))
    return {
        "runs_per_week": float(np.mean(weekly)),
        "runs_log_spread": 0.4,
        "start_share": share.round(4),
        "day_weight": np.array([(1.0 - ratio) * 7.0 / 5.0, ratio * 7.0 / 2.0]),
    }


def dryer(washing: dict[str, object]) -> dict[str, object]:
    """The tumble dryer, assumed: values usual on energy labels; habits of the washing machine, two hours
    later."""
    condenser = np.concatenate([np.full(2, 1.2), np.full(14, 2.3), np.full(2, 0.5)])
    heat_pump = np.concatenate([np.full(2, 0.45), np.full(22, 0.78), np.full(3, 0.3)])
    return {
        "programmes": [
            {
                "name": "heat pump dryer",
                "minutes": 135,
                "power_kw_5min": heat_pump,
                "share": 0.4,
                "assumed": True,
            },
            {
                "name": "condenser dryer",
                "minutes": 90,
                "power_kw_5min": condenser,
                "share": 0.6,
                "assumed": True,
            },
        ],
        "runs_per_week": 2.5,
        "runs_log_spread": 0.4,
        "assumed": True,
        "start_share": np.roll(np.asarray(washing["start_share"]), 2, axis=1),
        "day_weight": washing["day_weight"],
    }
