"""Record negotiations of congested days for ``mas2tering bench gaming``.

    python tools/record_negotiations.py FOLDER      a file for each day; those that are there are left alone
    python tools/record_negotiations.py FOLDER --pack src/mas2tering/study/gaming/negotiations.npz

About 10 CPU-seconds a day. Every other week of 2013: all homes of the generated community agree on the local market, the plans
go through the power flow behind a transformer that is too small, and are negotiated again until its limits hold.
"""

import argparse
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from mas2tering.coordination.congestion import relieved
from mas2tering.coordination.local_market import MarketBudget, Party, agree
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.study.built_in import built_in_community
from mas2tering.study.connected import connected
from mas2tering.study.gaming.homes import models_of
from mas2tering.study.gaming.recorded import COMMUNITY, RATING_KVA, SCENARIO, SEED, RecordedDay
from mas2tering.study.networks import network_of

FIRST_DAY, WEEKS_APART, DAYS = date(2013, 1, 9), 2, 26
DEAREST_PER_KWH, ROUNDS = 10.0, 4
TOLD, LEAST_PER_KWH = 1e-4, 0.01


def recorded(day: date) -> dict[str, np.ndarray] | None:
    """The prices of a day, in ten-thousandths; None where nothing is congested."""
    community = built_in_community(COMMUNITY, SCENARIO, SEED, day, 1).community.community
    nothing = np.zeros((0, 0))
    models = models_of(RecordedDay(day, nothing, nothing))
    budget = Budget(gap=1e-2, absolute_gap=2e-3, seconds=2)
    alone = [best_decision(model, budget)[0] for model in models]
    market = MarketBudget(gap=1e-2, private=False, seed=SEED)
    before = agree(models, alone, community.local_charges, market)
    network = network_of(COMMUNITY, 250.0)
    if network.transformer is None:
        raise SystemExit(f"{network.name} has no transformer")
    network = replace(network, transformer=replace(network.transformer, rating_kva=RATING_KVA))
    here = connected(community, network, models[0].axis.steps)
    party = Party(models, alone, community.local_charges, before.standing)
    relief = relieved([party], [before.plans], here, market, dearest_per_kwh=DEAREST_PER_KWH, rounds=ROUNDS)
    if relief.together is None or relief.limits is None:
        return None
    added = relief.limits.added_per_kwh(relief.together.limit_price_per_kwh, models[0].axis.steps)
    after = relief.together.agreements[0]
    print(
        day,
        [(own.broken, own.rows) for own in relief.rounds],
        f"highest {added.max():.3f} per kWh",
        flush=True,
    )
    return {
        "mu": np.rint(added / TOLD).astype(np.int16),
        "before": np.rint(before.local_price_per_kwh / TOLD).astype(np.int16),
        "after": np.rint(after.local_price_per_kwh / TOLD).astype(np.int16),
    }


def packed(folder: Path, out: Path) -> None:
    """One file of all days of 24 hours on which some home's kWh costs a cent more at least."""
    days, added, local = [], [], []
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as found:
            if found["mu"].shape[1] != len(found["before"]) or found["mu"].shape[1] != 48:
                continue
            if found["mu"].max() * TOLD < LEAST_PER_KWH:
                # Limits that cost nothing to keep: other plans are as good.
                continue
            days.append(date.fromisoformat(file.stem).toordinal())
            added.append(found["mu"])
            local.append(np.stack([found["before"], found["after"]]))
    np.savez_compressed(out, day=np.array(days), added=np.array(added), local=np.array(local))
    print(f"{len(days)} days in {out}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pack", type=Path)
    asked = parser.parse_args()
    if asked.pack is not None:
        packed(asked.folder, asked.pack)
        return
    asked.folder.mkdir(exist_ok=True)
    for k in range(DAYS):
        # Days of the week take turns.
        day = FIRST_DAY + timedelta(days=7 * WEEKS_APART * k + k % 7)
        file = asked.folder / f"{day}.npz"
        if not file.exists():
            found = recorded(day)
            if found is not None:
                np.savez_compressed(file, **found)


if __name__ == "__main__":
    main()
