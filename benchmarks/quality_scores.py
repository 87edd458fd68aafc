"""How well faults are found, and how many days without one are flagged: one fault kind at a time put into measured homes.

python benchmarks/quality_scores.py --half test            # or train, on which thresholds are chosen
"""

import argparse
from collections.abc import Iterable, Sequence

import numpy as np
from quality_halves import HALVES, Pool, labelled, other_swiss, pools, seeds

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind, ScannedSeries, scan, scan_community
from mas2tering.study.quality.inject import ONE_HOME, Injected, inject, shift_all, steal
from mas2tering.study.quality.run import spans_of
from mas2tering.study.quality.scoring import Score, score

CLOCKS = (FaultKind.SHIFT, FaultKind.SHIFT_OF_ALL)
CASES: tuple[tuple[str, FaultKind, float | None], ...] = (
    *((kind.value, kind, None) for kind in ONE_HOME),
    *((f"scale x{f:g}", FaultKind.SCALE, f) for f in (10.0, 0.1, 4.0, 0.25, 0.001)),
    *((f"shift {h:+g} h", FaultKind.SHIFT, h) for h in (1.0, -1.0, 2.0, -2.0, 12.0)),
)
IN_TURN = 5
"""One home in so many is hurt at a time, where homes are scanned beside each other."""


def said(own: Score) -> str:
    return f"{own.f1 or 0:.3f} (P {own.precision or 0:.2f} R {own.recall or 0:.2f}, {own.events})"


def together(scores: Iterable[Score]) -> Score:
    total = Score()
    for own in scores:
        for part in ("right", "wrong", "missed", "events"):
            setattr(total, part, getattr(total, part) + getattr(own, part))
    return total


def scans_of(homes: Sequence[MeasuredSeries], faulty: Sequence[MeasuredSeries]) -> list[ScannedSeries]:
    """One home in five is hurt, the others are as they were."""
    scans = []
    for turn in range(IN_TURN):
        mixed = [f if k % IN_TURN == turn else h for k, (h, f) in enumerate(zip(homes, faulty, strict=True))]
        scans.append(scan_community(mixed))
    return [scans[k % IN_TURN][k] for k in range(len(homes))]


def one_case(pool: Pool, own_seeds: range, kind: FaultKind, size: float | None) -> Score:
    faulty: list[Injected] = []
    scans: list[ScannedSeries] = []
    how = {"shift_hours": size} if kind is FaultKind.SHIFT else {"factor": size}
    for seed in own_seeds:
        for again in range(pool.repeats):
            some = [inject(h, [kind], 1000 * seed + 100 * again + k, **how) for k, h in enumerate(pool.homes)]
            faulty += some
            if kind is FaultKind.SHIFT and pool.beside:
                scans += scans_of(pool.homes, [i.series for i in some])
            else:
                scans += [scan(i.series) for i in some]
    return score(scans, [i.spans for i in faulty]).by_kind[kind]


def flagged_without_a_fault(pool: Pool) -> str:
    """Days flagged in readings as they came."""
    scans = scan_community(pool.homes) if pool.beside else [scan(home) for home in pool.homes]
    none = score(scans, [()] * len(pool.homes))
    clocks = score([only(result, CLOCKS) for result in scans], [()] * len(pool.homes))
    missing = score([only(result, (FaultKind.MISSING,)) for result in scans], [()] * len(pool.homes))
    kinds = {
        k.value: count for k in FaultKind if (count := sum(f.kind is k for r in scans for f in r.findings))
    }
    false = none.false_days - missing.false_days
    return (
        f"{pool.names}: {false} of {none.clean_days} days ({100 * false / none.clean_days:.2f} %), {clocks.false_days} of them for clocks; "
        f"{missing.false_days} more without readings; findings {kinds}"
    )


def only(result: ScannedSeries, kinds: Sequence[FaultKind]) -> ScannedSeries:
    """A scan as if nothing but these kinds had been found."""
    chosen = [list(FaultKind).index(kind) for kind in kinds]
    kept = np.where(np.isin(result.kind_of_step, chosen), result.kind_of_step, -1).astype(np.int8)
    findings = tuple(f for f in result.findings if f.kind in kinds)
    return ScannedSeries(result.series, findings, kept, result.repaired_kw)


def labelled_set(half: str) -> None:
    homes, labels, chosen_on = labelled()
    scans = dict(zip(homes, scan_community(list(homes.values())), strict=True))
    names = [name for name in homes if (name in chosen_on) == (half == "train")]
    known = [spans_of(name, homes[name], labels) for name in names]
    result = score([scans[name] for name in names], known)
    clocks = score([only(scans[name], CLOCKS) for name in names], known)
    print(f"labelled set, {len(names)} homes of this half")
    for kind, own in sorted(result.by_kind.items()):
        print(f"  {kind.value:<16} {said(own)}")
    rate = 100 * (result.false_day_rate or 0)
    print(
        f"  false days {result.false_days} of {result.clean_days} ({rate:.2f} %), {clocks.false_days} for clocks"
    )


def community_faults(pool: Pool, own_seeds: range) -> None:
    scores = []
    for seed in own_seeds:
        for days in (7, 14):
            some = shift_all(pool.homes, seed, days)
            found = score([scan_community([i.series for i in some])[0]], [some[0].spans])
            scores.append(found.by_kind.get(FaultKind.SHIFT_OF_ALL, Score(missed=1, events=1)))
    print(f"  {pool.names}: all clocks {said(together(scores))}", flush=True)
    for days in (28, 56):
        for share in (0.5, 0.3):
            thieves = honest = caught = alarms = 0
            for seed in own_seeds:
                some = [steal(h, share, days, 1000 * seed + k) for k, h in enumerate(pool.homes)]
                for turn in range(IN_TURN):
                    steals = [k % IN_TURN == turn for k in range(len(some))]
                    mixed = [i.series if s else h for s, h, i in zip(steals, pool.homes, some, strict=True)]
                    for steal_here, result in zip(steals, scan_community(mixed), strict=True):
                        has = any(f.kind is FaultKind.THEFT for f in result.findings)
                        thieves, honest = thieves + steal_here, honest + (not steal_here)
                        caught, alarms = caught + (has and steal_here), alarms + (has and not steal_here)
            print(
                f"  {pool.names}: theft {share:.0%}, {days} days: recall {caught / thieves:.2f} ({thieves}), "
                f"false alarms {100 * alarms / honest:.1f} %",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=HALVES, default="test")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument(
        "--only", nargs="*", default=None, help="clean, labelled, community, or names of cases"
    )
    asked = parser.parse_args()
    own, chosen = pools(asked.half), seeds(asked.half, asked.seeds)

    def wanted(name: str) -> bool:
        return asked.only is None or name in asked.only

    print(f"{asked.half} half, seeds {chosen.start} to {chosen.stop - 1}")
    if wanted("clean"):
        for pool in (*own, other_swiss(asked.half)):
            print(flagged_without_a_fault(pool), flush=True)
    if wanted("labelled"):
        labelled_set(asked.half)
    cases = [case for case in CASES if wanted(case[0])]
    if cases:
        print("| F1 (precision, recall, events) | " + " | ".join(pool.names for pool in own) + " |")
    for name, kind, size in cases:
        print(
            f"| {name} | " + " | ".join(said(one_case(pool, chosen, kind, size)) for pool in own) + " |",
            flush=True,
        )
    if wanted("community"):
        for pool in own:
            if pool.name == "Dutch":  # six weeks of the Swiss are too few
                community_faults(pool, chosen)


if __name__ == "__main__":
    main()
