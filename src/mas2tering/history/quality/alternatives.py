"""Faults that last for days and leave readings that are possible one by one: another factor, another clock.

Each is a question of evidence: are the readings, taken a factor higher or an hour earlier, more usual for this home
than as they stand? The log of the ratio is added up over the stretch."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality.findings import FaultKind, Finding
from mas2tering.history.quality.instrument import Readings
from mas2tering.history.quality.runs import heaviest_stretches
from mas2tering.history.quality.usual import LEVEL_RATIO, UsualDay

FACTORS = (1000.0, 10.0, 4.0, 0.25, 0.1, 0.001)
"""Units and current transformers are mistaken by these."""
_SCALE_LEAST, _SCALE_LEAST_SMALL, _SCALE_CAP, _SCALE_DOUBT = 50.0, 80.0, 2.0, 0.25
_SCALE_LEAST_HOURS = 30.0
"""More than a day: a holiday flat that somebody comes to for a night is no meter of another factor."""
_SCALE_LEAST_A_STEP, _SCALE_LEAST_A_STEP_AT_FIRST = 0.8, 0.3
_USUAL_SPREAD, _USUAL_SLOPE = 0.3, 0.4
"""A home that is away draws little and evenly; one whose meter is a factor off varies as ever."""
_EVEN_QUANTILES, _EVEN_LEAST, _EVEN_MOST = (0.1, 0.5, 0.95), 0.4, 1.6
"""Readings low, middle and high, and how many times the factor's logarithm each may be off; where readings are too high,
low ones may be off by more. A home that is left, its fuse out, looks like a meter that counts too little."""
SHIFT_HOURS = (1.0, -1.0, 2.0, -2.0, 12.0)
_SHIFT_LEAST = {1.0: 18.0, 2.0: 21.0, 12.0: 28.0}
"""Evidence that is asked for, by how many hours: one is a forgotten change of clocks, twelve could be a night shift."""
_SHIFT_CAP, _SHIFT_DAY_CAP, _SHIFT_DAY_DOUBT = 3.0, 7.0, 2.0
"""No step and no day counts for more; and a day that is but a little more usual at another hour counts for nothing."""
_SHIFT_LEAST_DAYS, _SHIFT_MOST, _SHIFT_SMOOTH_HOURS = 3.0, 0.4, 0.25
"""What lasts for nearly half of what is known is another way of life: nobody can tell which half is the usual one."""
_SEASON_WEEKS, _WEEKS_TO_LEARN_FROM, _WEEKS_TO_JUDGE = 8, 10, 7
"""How far weeks speak for each other; from how many a home's habits are known, with fewer more is asked for; and with how
few a clock is not judged at all."""
_ALONE = 1.5
"""Where no neighbours are known, so many times the evidence is asked for: holidays move everybody's day."""


def scales(readings: Readings, level: NDArray[np.int16], usual: UsualDay, *, at_first: bool) -> list[Finding]:
    """Stretches in which readings are a factor too high or too low.

    Args:
        readings: the home's readings.
        level: of the readings that are believed so far, shape (steps,).
        usual: what is usual for the home.
        at_first: whether ``usual`` was learned with the fault among it, which hides a part of the evidence: less is
            asked for, and who asks looks again.
    """
    least_a_step = _SCALE_LEAST_A_STEP_AT_FIRST if at_first else _SCALE_LEAST_A_STEP
    found = []
    for factor in FACTORS:
        levels = round(np.log(factor) / LEVEL_RATIO)
        evidence = usual.evidence(level, readings.slot, other_level=level - levels).astype(float)
        evidence = np.where(level >= 0, np.clip(evidence, -_SCALE_CAP, _SCALE_CAP) - _SCALE_DOUBT, 0.0)
        for a, b, total in heaviest_stretches(
            evidence, _SCALE_LEAST_SMALL if 0.2 < factor < 5 else _SCALE_LEAST
        ):
            if b - a < readings.steps_of(_SCALE_LEAST_HOURS):
                continue
            if total < least_a_step * (b - a) or not _varies_as_ever(
                readings, level, a, b, by_hour=factor < 1
            ):
                continue
            if not _by_one_factor(level, a, b, factor):
                continue
            text = f"{factor:g} times too high" if factor > 1 else f"{1 / factor:g} times too low"
            reason = f"for {readings.hours(b - a)} from {readings.when(a)} readings are {text}, at all hours: {readings.mean_kw(a, b)}"
            found.append((total, Finding(FaultKind.SCALE, a, b, reason, factor)))
    return strongest(found)


def _varies_as_ever(
    readings: Readings, level: NDArray[np.int16], first: int, stop: int, *, by_hour: bool
) -> bool:
    """Whether the levels of a stretch are as far apart as those of the whole series and, ``by_hour``, rise and fall
    with the time of day as they do."""
    known = level >= 0
    if level[first:stop][known[first:stop]].std() < _USUAL_SPREAD * level[known].std():
        return False
    if not by_hour:
        return True
    count = np.bincount(readings.slot[known], minlength=readings.slots)
    total = np.bincount(readings.slot[known], weights=level[known], minlength=readings.slots)
    usual = total / np.maximum(count, 1)
    inside = np.arange(first, stop)[known[first:stop]]
    own, expected = level[inside].astype(float), usual[readings.slot[inside]]
    spread = float(np.var(expected))
    return spread > 0 and float(np.cov(expected, own, bias=True)[0, 1]) >= _USUAL_SLOPE * spread


def _by_one_factor(level: NDArray[np.int16], first: int, stop: int, factor: float) -> bool:
    """Whether low, middle and high readings of a stretch are all off, by something like the factor: on a day on
    which people are at home after all, the middle rises and the rest stays."""
    inside = np.zeros(len(level), bool)
    inside[first:stop] = True
    own, others = level[inside & (level >= 0)], level[~inside & (level >= 0)]
    if not len(own) or not len(others):
        return False
    off = np.quantile(own, _EVEN_QUANTILES) - np.quantile(others, _EVEN_QUANTILES)
    share = off * LEVEL_RATIO / np.log(factor)
    most = share if factor < 1 else share[1:]
    return bool(share.min() >= _EVEN_LEAST and most.max() <= _EVEN_MOST)


def clock_evidence(
    readings: Readings, level: NDArray[np.int16], learned: NDArray[np.int16]
) -> dict[float, NDArray[np.float64]]:
    """By how much the readings are more usual some hours earlier, by hours, shape (steps,) each.

    No day counts for too much: one morning in bed is no change of the clock. What is usual in a week is learned from
    the weeks around it: in spring days begin earlier without any fault.

    Args:
        readings: the home's readings.
        level: of the readings that are believed so far, shape (steps,).
        learned: of those from which is learned what is usual, shape (steps,).
    """
    steps, week = len(level), 7 * readings.slots
    weeks = UsualDay.learned_from_other_weeks(
        learned, readings.slot, readings.slots, readings.steps_of(_SHIFT_SMOOTH_HOURS), _SEASON_WEEKS
    )
    found = {hours: np.zeros(steps) for hours in SHIFT_HOURS}
    for k, usual in enumerate(weeks):
        own = slice(k * week, (k + 1) * week)
        for hours, evidence in found.items():
            away = round(hours * 60 / readings.step_minutes)
            evidence[own] = usual.evidence(
                level[own], readings.slot[own], other_slot=readings.slot[own] - away
            )
    day = np.arange(steps) // readings.slots
    for hours, evidence in found.items():
        capped = np.clip(evidence, -_SHIFT_CAP, _SHIFT_CAP)
        of_day = np.bincount(day, weights=capped)
        held = np.minimum(1.0, _SHIFT_DAY_CAP / np.maximum(np.abs(of_day), 1e-9))
        found[hours] = np.asarray(capped * held[day])
    return found


def shifts(
    readings: Readings,
    level: NDArray[np.int16],
    evidence: Mapping[float, NDArray[np.float64]],
    of_others: Mapping[float, NDArray[np.float64]] | None = None,
) -> list[Finding]:
    """Stretches of days in which the home seems to live by another clock.

    Args:
        readings: the home's readings.
        level: of the readings that are believed so far, shape (steps,).
        evidence: see :func:`clock_evidence`.
        of_others: what other homes have of it beyond their usual, shape (steps,) each. Holidays move everybody's
            day; where no others are known, half as much evidence again is asked for.
    """
    found = []
    weeks = len(level) / (7 * readings.slots)
    if weeks < _WEEKS_TO_JUDGE:
        return []
    short = max(_WEEKS_TO_LEARN_FROM / max(weeks - 1.0, 1.0), 1.0)
    for hours in SHIFT_HOURS:
        own, least = evidence[hours] - _SHIFT_DAY_DOUBT / readings.slots, short * _SHIFT_LEAST[abs(hours)]
        if of_others is not None:
            own = own - of_others[hours]
        else:
            least *= _ALONE
        own = np.where(level >= 0, own, 0.0)
        for a, b, total in heaviest_stretches(own, least):
            if not _SHIFT_LEAST_DAYS * readings.slots <= b - a <= _SHIFT_MOST * len(level):
                continue
            reason = f"for {readings.hours(b - a)} from {readings.when(a)} all that this home does {moved(readings, own, a, b, hours)}"
            found.append((total, Finding(FaultKind.SHIFT, a, b, reason, hours * 60 / readings.step_minutes)))
    return strongest(found)


def moved(readings: Readings, evidence: NDArray[np.float64], first: int, stop: int, hours: float) -> str:
    """In words, that a stretch lives by another clock, and on how many of its days that shows."""
    day = np.arange(first, stop) // readings.slots
    of_day = np.bincount(day - day[0], weights=evidence[first:stop])
    late, earlier = ("late", "earlier") if hours > 0 else ("early", "later")
    return (
        f"comes {abs(hours):g} h too {late}: {int(np.sum(of_day > 0))} of {len(of_day)} days are more as usual when taken "
        f"{abs(hours):g} h {earlier}"
    )


def strongest(found: list[tuple[float, Finding]]) -> list[Finding]:
    """Of findings that overlap, the one with the most evidence."""
    kept: list[Finding] = []
    for _, finding in sorted(found, key=lambda pair: -pair[0]):
        if all(finding.stop <= other.first or finding.first >= other.stop for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda finding: finding.first)
