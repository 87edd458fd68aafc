"""How well faults were found: by day for faults of the instrument, by event for those that last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality import FaultKind, Finding, ScannedSeries

BY_EVENT = frozenset({FaultKind.SHIFT, FaultKind.SHIFT_OF_ALL, FaultKind.THEFT})
"""Kinds scored by event: found where a finding of the kind covers half of it."""
_NIGHT_HOURS = 6


@dataclass(frozen=True)
class Span:
    """Steps of a known fault, ``first`` to before ``stop``."""

    kind: FaultKind
    first: int
    stop: int


@dataclass
class Score:
    """Days (or events) rightly flagged, wrongly flagged and missed, and how many events there were."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    events: int = 0

    @property
    def precision(self) -> float | None:
        """Share of what was flagged that is a fault of the kind."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else None

    @property
    def recall(self) -> float | None:
        """Share of faults that were flagged, by their kind."""
        return self.right / (self.right + self.missed) if self.right + self.missed else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both."""
        all_of_it = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / all_of_it if all_of_it else None


@dataclass(frozen=True)
class Scores:
    """Scores by kind, and how many days without any fault were flagged."""

    by_kind: Mapping[FaultKind, Score]
    false_days: int
    clean_days: int

    @property
    def false_day_rate(self) -> float | None:
        """Share of days without a fault that are flagged as anything."""
        return self.false_days / self.clean_days if self.clean_days else None


def days_touched(kind: FaultKind, first: int, stop: int, slots: int) -> set[int]:
    """Days, counted from the first, that a stretch touches; of a night load only its nights count."""
    if kind is FaultKind.NIGHT_LOAD:
        steps = np.arange(first, stop)
        steps = steps[steps % slots < _NIGHT_HOURS * slots // 24]
        return {int(day) for day in np.unique(steps // slots)}
    return set(range(first // slots, (stop - 1) // slots + 1))


def score(scans: Sequence[ScannedSeries], known: Sequence[Sequence[Span]]) -> Scores:
    """Score scans of series that start at a local midnight against what is known to be wrong with them.

    Args:
        scans: one for each series.
        known: the faults of each series.
    """
    by_kind: dict[FaultKind, Score] = {}
    false_days = clean_days = 0
    for scan, spans in zip(scans, known, strict=True):
        slots = 1440 // scan.series.step_minutes
        for kind in {f.kind for f in scan.findings} | {s.kind for s in spans}:
            own = by_kind.setdefault(kind, Score())
            findings = [f for f in scan.findings if f.kind is kind]
            faults = [s for s in spans if s.kind is kind]
            own.events += len(faults)
            if kind in BY_EVENT:
                _by_event(own, findings, faults)
            else:
                _by_day(own, findings, faults, slots)
        faulty: set[int] = set()
        for span in spans:
            faulty |= set(range(span.first // slots, (span.stop - 1) // slots + 1))
        flagged = _days(scan.kind_of_step >= 0, slots)
        false_days += len(flagged - faulty)
        clean_days += -(-len(scan.series.mean_kw) // slots) - len(faulty)
    return Scores(by_kind, false_days, clean_days)


def _days(chosen: NDArray[np.bool_], slots: int) -> set[int]:
    return {int(day) for day in np.unique(np.flatnonzero(chosen) // slots)}


def _by_day(own: Score, findings: list[Finding], faults: list[Span], slots: int) -> None:
    flagged: set[int] = set()
    faulty: set[int] = set()
    for finding in findings:
        flagged |= days_touched(finding.kind, finding.first, finding.stop, slots)
    for fault in faults:
        faulty |= days_touched(fault.kind, fault.first, fault.stop, slots)
    own.right += len(flagged & faulty)
    own.wrong += len(flagged - faulty)
    own.missed += len(faulty - flagged)


def _by_event(own: Score, findings: list[Finding], faults: list[Span]) -> None:
    def common(finding: Finding, fault: Span) -> int:
        return min(finding.stop, fault.stop) - max(finding.first, fault.first)

    for fault in faults:
        is_found = any(2 * common(f, fault) >= fault.stop - fault.first for f in findings)
        own.right += is_found
        own.missed += not is_found
    own.wrong += sum(all(common(finding, fault) <= 0 for fault in faults) for finding in findings)
