"""Record negotiations of congested days for ``mas2tering bench gaming``.

    python tools/record_negotiations.py FOLDER      a file for each day; those that are there are left alone
    python tools/record_negotiations.py FOLDER --pack src/mas2tering/study/gaming/negotiations.npz

About 6 CPU-seconds a day. Every other week of 2013: all homes of the generated community agree on the local market, the plans
go through the power flow behind a transformer that is too small, and are negotiated again until its limits hold.
"""

import argparse
from pathlib import Path

import numpy as np

from mas2tering.study.gaming.negotiated import negotiated_days
from mas2tering.study.gaming.recorded import GENERATED, TOLD_PER_KWH


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pack", type=Path)
    asked = parser.parse_args()
    days = negotiated_days(asked.folder, GENERATED, 366, print)
    if asked.pack is not None:
        told = {
            name: np.rint(np.array([getattr(day, f"{name}_per_kwh") for day in days]) / TOLD_PER_KWH)
            for name in ("added", "local")
        }
        ordinals = np.array([day.day.toordinal() for day in days])
        np.savez_compressed(asked.pack, day=ordinals, **{k: own.astype(np.int16) for k, own in told.items()})
        print(f"{len(days)} days in {asked.pack}")


if __name__ == "__main__":
    main()
