"""Fit the day-ahead price statistics that ship with the package: python tools/calibrate_day_ahead.py"""

import json
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("MAS2TERING_DATA", ROOT.parent / "shared" / "data"))
OUT = ROOT / "src" / "mas2tering" / "study" / "generator" / "day_ahead.json"


def main() -> None:
    table = pq.read_table(DATA / "prices" / "be_day_ahead_2024_15min.parquet")
    times = table.column(0).to_numpy().astype("datetime64[m]")
    price = table.column(1).to_numpy().astype(float)
    # UTC to Belgian clock: summer time from 31 March to 27 October 2024.
    summer = (times >= np.datetime64("2024-03-31T01:00")) & (times < np.datetime64("2024-10-27T01:00"))
    local = times + np.where(summer, 120, 60).astype("timedelta64[m]")
    month = local.astype("datetime64[M]").astype(int) % 12
    hour = (local - local.astype("datetime64[D]")).astype(int) // 60
    day = local.astype("datetime64[D]").astype(int)
    mean = [[float(np.nanmean(price[(month == m) & (hour == h)])) for h in range(24)] for m in range(12)]
    rest = price - np.array(mean)[month, hour]
    days = np.unique(day)
    level = np.array([np.nanmean(rest[day == d]) for d in days])
    month_of_day = np.array([month[day == d][0] for d in days])
    inner = rest - level[np.searchsorted(days, day)]
    statistics = {
        "source": "Means and deviations of the Belgian day-ahead prices of 2024 (ENTSO-E) by month and hour; prices of days are drawn.",
        "mean_per_mwh": [[round(v, 2) for v in row] for row in mean],
        "day_deviation_per_mwh": [round(float(np.nanstd(level[month_of_day == m])), 2) for m in range(12)],
        "day_persistence": round(float(np.corrcoef(level[:-1], level[1:])[0, 1]), 3),
        "hour_deviation_per_mwh": [round(float(np.nanstd(inner[month == m])), 2) for m in range(12)],
    }
    OUT.write_text(json.dumps(statistics, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
