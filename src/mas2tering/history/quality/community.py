"""What shows only beside other homes: clocks that go wrong for all, a clock that goes wrong for one, and a meter that
counts less than is drawn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality.alternatives import SHIFT_HOURS, moved, strongest
from mas2tering.history.quality.findings import FaultKind, Finding, ScannedSeries
from mas2tering.history.quality.peers import drawn_less
from mas2tering.history.quality.runs import heaviest_stretches
from mas2tering.history.quality.scan import FirstLook, clock_evidence, finished, first_look, scanned

LEAST_HOMES = 8
"""With fewer, homes are scanned one by one."""
_ALL_LEAST = 4.0
"""Mean evidence of a home from which all clocks are taken to be wrong."""
_ALL_LEAST_DAYS = 2.0
_ALL_DOUBT_A_DAY = 2.0


def scan_community(homes: Sequence[MeasuredSeries]) -> tuple[ScannedSeries, ...]:
    """Scan homes that live side by side: on one clock, under one weather, through one calendar.

    Args:
        homes: their readings; with the same start, step and length they are compared with each other, else, or
            where they are few, each is scanned by itself.
    """
    looks = [first_look(home) for home in homes]
    if (
        len(homes) < LEAST_HOMES
        or len({(h.start, h.step_minutes, h.zone, len(h.mean_kw)) for h in homes}) > 1
    ):
        return tuple(finished(look) for look in looks)
    judged = [look for look in looks if look.judged]
    if len(judged) < LEAST_HOMES:
        return tuple(finished(look) for look in looks)
    evidence = [clock_evidence(look) for look in judged]
    mean = {hours: np.mean([of_home[hours] for of_home in evidence], axis=0) for hours in SHIFT_HOURS}
    all_shifted = _clocks_of_all(looks[0], mean)
    common = {hours: _beyond_usual(mean[hours], looks[0].readings.slots) for hours in SHIFT_HOURS}
    scans = [finished(look, common) if look.judged else finished(look) for look in looks]
    shared = _silences_of_several(scans)
    less = drawn_less([look.readings for look in looks], [scan.is_flagged for scan in scans])
    return tuple(
        replace(told, findings=tuple(_with_others(finding, shared) for finding in told.findings))
        for told in (
            _with(scan, look, [*all_shifted, *([theft] if theft else [])])
            for scan, look, theft in zip(scans, looks, less, strict=True)
        )
    )


def _silences_of_several(scans: Sequence[ScannedSeries]) -> Counter[tuple[int, int]]:
    """In how many homes readings are exactly zero over the same steps, by first step and step after the last."""
    zeros = Counter(
        (f.first, f.stop) for scan in scans for f in scan.findings if f.kind is FaultKind.ZERO_RUN
    )
    return Counter({steps: homes for steps, homes in zeros.items() if homes > 1})


def _with_others(finding: Finding, shared: Counter[tuple[int, int]]) -> Finding:
    """The finding, with the other homes that show it named: then it is no fault of this meter alone."""
    homes = shared[finding.first, finding.stop] if finding.kind is FaultKind.ZERO_RUN else 0
    if not homes:
        return finding
    others = "1 other home" if homes == 2 else f"{homes - 1} other homes"
    return replace(
        finding, reason=f"{finding.reason}; so it is in {others} at the same time: their power was off"
    )


def _beyond_usual(evidence: NDArray[np.float64], slots: int) -> NDArray[np.float64]:
    """What a day's evidence is above that of most days, spread over its steps; zero where it is below."""
    day = np.arange(len(evidence)) // slots
    of_day = np.bincount(day, weights=evidence)
    return np.asarray(np.maximum(of_day - np.median(of_day), 0.0)[day] / slots)


def _clocks_of_all(look: FirstLook, mean: dict[float, NDArray[np.float64]]) -> list[Finding]:
    found = []
    slots = look.readings.slots
    for hours in SHIFT_HOURS:
        evidence = mean[hours] - _ALL_DOUBT_A_DAY / slots
        for a, b, total in heaviest_stretches(evidence, _ALL_LEAST):
            if b - a < _ALL_LEAST_DAYS * slots:
                continue
            what = moved(look.readings, mean[hours], a, b, hours)
            reason = f"for {look.readings.hours(b - a)} from {look.readings.when(a)} the clock of all is wrong: what homes do {what}"
            size = hours * 60 / look.readings.step_minutes
            found.append((total, Finding(FaultKind.SHIFT_OF_ALL, a, b, reason, size)))
    return strongest(found)


def _with(scan: ScannedSeries, look: FirstLook, more: list[Finding]) -> ScannedSeries:
    if not more:
        return scan
    plain = [finding for finding in scan.findings if not _is_same_clock(finding, more)]
    order = list(FaultKind)
    return scanned(scan.series, look.readings, sorted([*plain, *more], key=lambda f: order.index(f.kind)))


def _is_same_clock(finding: Finding, more: list[Finding]) -> bool:
    return finding.kind is FaultKind.SHIFT and any(
        other.kind is FaultKind.SHIFT_OF_ALL and finding.first < other.stop and other.first < finding.stop
        for other in more
    )
