"""How much better a day-ahead forecast of a home could be: what somebody would reach who knows what nobody can.

python benchmarks/forecast_bounds.py --homes 10 --days 40

Against the empirical quantiles, day-ahead from midnight: the pool; on each home and day the best of its experts, chosen in
hindsight; and past days weighed by how near their energy lies to that of the day itself, which is known to this oracle.
"""

import argparse
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import LEVELS, EmpiricalQuantiles, ExpertPool, days_before, on_axis, pinball_kw
from mas2tering.forecast.pool.experts import EXPERTS, HISTORY_DAYS, distributions, expert_weights, table_of
from mas2tering.forecast.pool.model import _inverted
from mas2tering.forecast.yardsticks import weekday
from mas2tering.study.forecasting.home_sets import OwnFile, home_sets

DATA = Path(os.environ.get("MAS2TERING_DATA", "../shared/data"))
NEAR = (0.05, 0.1, 0.2, 0.4)
"""How near the energy of a past day has to be, in logarithms: the best of these over the set, in hindsight too."""


def crps_kw(quantiles_kw: NDArray[np.float64], actual_kw: NDArray[np.float64]) -> float:
    """Mean over the measured steps of a day."""
    known = np.isfinite(actual_kw)
    return 2 * float(pinball_kw(LEVELS, quantiles_kw[:, known], actual_kw[known]).mean())


def oracles_kw(series: MeasuredSeries, axis: TimeAxis, actual_kw: NDArray[np.float64]) -> dict[str, float]:
    """CRPS of a day by who knows what: each expert alone, and days of like energy, read at each width."""
    days = days_before(series, axis.start, axis)
    begin = max(0, len(days.values_kw) - HISTORY_DAYS)
    past = days.values_kw[begin:]
    table, slots, target = table_of(past), days.slots, int(days.day_of_step[0])
    rows = slice(begin, len(days.values_kw))
    here = slice(0, len(past))
    own = expert_weights(days.values_kw, days.first_day, target, days.values_kw.size, rows)

    def read(weights: NDArray[np.float64]) -> list[float]:
        shares = distributions(table, weights, here, slots)
        return [crps_kw(_inverted(one[:, :-1].astype(float), LEVELS, table), actual_kw) for one in shares]

    found = {"best expert": min(read(own))}
    dates = np.arange(rows.start, rows.stop) + days.first_day
    alike = np.where((weekday(dates) >= 5) == (weekday(np.array([target]))[0] >= 5), 1.0, 0.3)
    energy = np.log(np.maximum(np.nan_to_num(np.nanmean(past, axis=1)), 1e-3))
    gap = energy - np.log(max(float(np.nanmean(actual_kw)), 1e-3))
    for near in NEAR:
        weights = alike * np.exp(-0.5 * (gap / near) ** 2) + 1e-6
        values = read(np.tile(weights / weights.sum(), (len(EXPERTS), 1)))
        for expert, value in zip(EXPERTS, values, strict=True):
            found[f"energy {near:g} {expert.width}"] = value
    return found


def bounds_of(homes: list[MeasuredSeries], axes: list[TimeAxis], back: int) -> dict[str, float]:
    """By how much each is better than the empirical quantiles: shares, means over homes of nCRPS."""
    totals: dict[str, NDArray[np.float64]] = {}
    methods = {"empirical": EmpiricalQuantiles(back), "pool": ExpertPool()}
    load = np.zeros(len(homes))
    for axis in axes:
        known = [home.known_at(axis.start) for home in homes]
        answers = {name: method.forecasts(known, axis.start, axis) for name, method in methods.items()}
        for k, home in enumerate(homes):
            actual_kw = on_axis(home, axis)
            if not np.isfinite(actual_kw).all():
                continue
            load[k] += actual_kw.mean()
            scored = {name: crps_kw(own[k].quantiles_kw, actual_kw) for name, own in answers.items()}
            for name, value in (scored | oracles_kw(known[k], axis, actual_kw)).items():
                totals.setdefault(name, np.zeros(len(homes)))[k] += value
    scores = {name: float(np.mean(total[load > 0] / load[load > 0])) for name, total in totals.items()}
    like = min(value for name, value in scores.items() if name.startswith("energy"))
    shown = {"pool": scores["pool"], "best expert": scores["best expert"], "energy of the day known": like}
    return {name: 1 - value / scores["empirical"] for name, value in shown.items()}


def main() -> None:
    """One line of JSON for each set."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--homes", type=int, default=10)
    asked.add_argument("--days", type=int, default=40)
    options = asked.parse_args()
    sets, _ = home_sets(DATA, OwnFile())
    for each in sets:
        unseen = [k for k in range(len(each.homes)) if k not in each.seen]
        chosen = [each.measured[k] for k in unseen[:: max(1, len(unseen) // options.homes)][: options.homes]]
        back = 28 if each.history_days == 28 else 42
        found = bounds_of(chosen, each.axes(None, options.days), back)
        line = {name: round(value, 4) for name, value in found.items()}
        print(json.dumps({"set": each.name, "homes": len(chosen), **line}), flush=True)


if __name__ == "__main__":
    main()
