"""How well injected faults are found: one fault kind at a time in measured homes, seeds and homes by halves.

python benchmarks/quality_scores.py --half test            # or tune, which thresholds were set on
"""

import argparse
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind, scan, scan_community
from mas2tering.study.quality.inject import ONE_HOME, Injected, inject, shift_all, steal
from mas2tering.study.quality.reading import read_homes
from mas2tering.study.quality.scoring import BY_EVENT, Score, score

DATA = Path(os.environ.get("MAS2TERING_DATA", "../shared/data")) / "households"


def homes_of(name: str, zone: str = "UTC") -> list[MeasuredSeries]:
    return list(read_homes(DATA / name, None, zone, datetime(2030, 1, 1, tzinfo=UTC)).series)


def said(own: Score) -> str:
    return f"P {own.precision or 0:.2f} R {own.recall or 0:.2f} F1 {own.f1 or 0:.3f} ({own.events})"


def kinds_one_by_one(homes: list[MeasuredSeries], seeds: range) -> None:
    """Each kind in its own copies; false days are those of the readings as they came."""
    plain = scan_community(homes)
    none = score(plain, [()] * len(homes))
    by_kind = Counter(finding.kind.value for result in plain for finding in result.findings)
    clocks = sum(
        len(set((f.steps * result.series.step_minutes // 1440).tolist()))
        for result in plain
        for f in result.findings
        if f.kind in BY_EVENT - {FaultKind.THEFT}
    )
    print(
        f"  nothing injected: {none.false_days} of {none.clean_days} days flagged ({none.false_day_rate:.4f}), {clocks} of "
        f"them for clocks; findings {dict(by_kind)}"
    )
    cases: list[tuple[str, FaultKind, float | None]] = [(k.value, k, None) for k in ONE_HOME]
    cases += [(f"scale x{f:g}", FaultKind.SCALE, f) for f in (10.0, 0.1, 4.0, 0.25, 0.001)]
    for name, kind, factor in cases:
        faulty: list[Injected] = []
        scans = []
        for seed in seeds:
            some = [inject(h, [kind], 1000 * seed + k, factor=factor) for k, h in enumerate(homes)]
            faulty += some
            if kind is FaultKind.SHIFT:
                scans += [*scan_in_turn(homes, [i.series for i in some])]
            else:
                scans += [scan(i.series) for i in some]
        found = score(scans, [i.spans for i in faulty])
        # A /1000 that a meter's resolution rounds to zero is a run of zeros; what matters is that it is flagged.
        caught = np.mean(
            [
                s.is_flagged[span.first : span.stop].mean() > 0.5
                for s, i in zip(scans, faulty, strict=True)
                for span in i.spans
            ]
        )
        print(
            f"  {name:<15} {said(found.by_kind[kind])}  events flagged as anything {caught:.2f}", flush=True
        )


def scan_in_turn(homes: list[MeasuredSeries], faulty: list[MeasuredSeries]) -> list:
    """One clock in five goes wrong, the others are as they were."""
    scans = []
    for turn in range(5):
        mixed = [f if k % 5 == turn else h for k, (h, f) in enumerate(zip(homes, faulty, strict=True))]
        scans.append(scan_community(mixed))
    return [scans[k % 5][k] for k in range(len(homes))]


def community_faults(homes: list[MeasuredSeries], seeds: range) -> None:
    total = Score()
    for seed in seeds:
        some = shift_all(homes, seed)
        own = score([scan_community([i.series for i in some])[0]], [some[0].spans])
        for part in ("right", "wrong", "missed", "events"):
            if FaultKind.SHIFT_OF_ALL in own.by_kind:
                setattr(
                    total, part, getattr(total, part) + getattr(own.by_kind[FaultKind.SHIFT_OF_ALL], part)
                )
    print(f"  all clocks      {said(total)}", flush=True)
    for days in (28, 56):
        for share in (0.5, 0.3):
            caught = alarms = count = honest = 0
            for seed in seeds:
                some = [steal(h, share, days, 1000 * seed + k) for k, h in enumerate(homes)]
                for turn in range(5):
                    mixed = [
                        i.series if k % 5 == turn else h
                        for k, (h, i) in enumerate(zip(homes, some, strict=True))
                    ]
                    for k, result in enumerate(scan_community(mixed)):
                        has = any(f.kind is FaultKind.THEFT for f in result.findings)
                        caught += has and k % 5 == turn
                        count += k % 5 == turn
                        alarms += has and k % 5 != turn
                        honest += k % 5 != turn
            print(
                f"  theft {share:.0%}, {days} days: recall {caught / count:.2f}, false alarms {alarms / honest:.3f} ({count})",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--half", choices=("tune", "test"), default="test")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--community", action="store_true")
    asked = parser.parse_args()
    odd = asked.half == "test"
    seeds = range(101, 101 + asked.seeds) if odd else range(1, 1 + asked.seeds)
    dutch = homes_of("nl_zonnedael_15min_kwh.parquet")[odd::2]
    print(f"Dutch homes, {asked.half} half ({len(dutch)}), seeds {seeds.start} to {seeds.stop - 1}")
    if asked.community:
        community_faults(dutch, seeds)
        return
    kinds_one_by_one(dutch, seeds)
    if odd:
        for name, zone in (
            ("uk_lcl_MAC000033_2013_30min_kwh.parquet", None),
            ("de_wpuq_sfh19_15min_kw.parquet", None),
        ):
            print(name)
            kinds_one_by_one(homes_of(name, zone), range(101, 101 + 4 * asked.seeds))


if __name__ == "__main__":
    main()
