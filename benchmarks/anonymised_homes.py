"""What privacy gives and costs on the measured homes: attackers' success, load-shape error, forecast skill, by level.

    MAS2TERING_DATA=../shared/data python benchmarks/anonymised_homes.py

One JSON object a line: each home set at each level; for released sets also with five guesses guarded.
"""

import csv
import json
import os
import time
from pathlib import Path

import numpy as np

from mas2tering.files import read_household_readings
from mas2tering.history.anonymise import HomePanel
from mas2tering.study.anonymised.measures import in_groups, pseudonyms_alone

SEED = 1
SIZES = (5, 10, 20, 40, 80)


def _panels(folder):
    for name, file in (("nl 40", "nl_zonnedael_15min_kwh"), ("ch 350", "ch_bamberg_15min_kwh")):
        read = read_household_readings(folder / f"{file}.parquet")
        yield name, HomePanel(read.homes, read.first_day, read.step_minutes, read.load_kw)
    with (folder / "households_meta.csv").open(encoding="utf-8", newline="") as rows:
        ordinary = {
            row["series"]
            for row in csv.DictReader(rows)
            if row["source"] == "ch_bamberg"
            and 800 < float(row["annualised_kwh"]) < 8000
            and row["n_negative"] == "0"
        }
    panel = HomePanel(read.homes, read.first_day, read.step_minutes, read.load_kw)
    yield "ch 64", panel.take(np.flatnonzero([home in ordinary for home in panel.homes]))


def main():
    folder = Path(os.environ.get("MAS2TERING_DATA", "../shared/data")) / "households"
    for name, panel in _panels(folder):
        own = None
        for k, diversity in ((1, 1), *((size, 1) for size in SIZES), *((size, 2) for size in (5, 10))):
            if 2 * k > max(len(panel.homes), 2):
                continue
            begun = time.process_time()
            level = pseudonyms_alone(panel, SEED) if k == 1 else in_groups(panel, k, diversity, SEED)
            own = level.ncrps if own is None else own
            print(
                json.dumps(
                    {
                        "homes": name,
                        "k": k,
                        "l": diversity,
                        "groups": level.groups,
                        "top1": round(level.attack.top1, 4),
                        "top5": round(level.attack.top5, 4),
                        "top1_week_outside": round(max(hit.top1 for hit in level.attack.across), 4),
                        "best_within": max(level.attack.within, key=lambda hit: hit.top1).distance,
                        "best_outside": max(level.attack.across, key=lambda hit: hit.top1).distance,
                        "profile_rmse_kw": round(level.profile_rmse_kw, 4),
                        "ncrps": round(level.ncrps, 4),
                        "skill_lost": round(level.ncrps / own - 1.0, 4),
                        "cpu_s": round(time.process_time() - begun, 2),
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    main()
