"""One home's readings in, what is wrong with them out. No value after the last of ``series`` is looked at, so that a
scan of what was known at a moment is what could be said at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import alternatives, instrument, nights
from mas2tering.history.quality.clock import MINUTES_A_DAY, wall_minutes
from mas2tering.history.quality.findings import FaultKind, Finding, ScannedSeries
from mas2tering.history.quality.instrument import Readings
from mas2tering.history.quality.repair import repaired
from mas2tering.history.quality.usual import UsualDay, levels_of

_SMOOTH_HOURS = 0.75
_LEAST_DAYS = 14
"""With fewer days, what is usual is not known: only the plain rules speak."""


def readings_of(series: MeasuredSeries) -> Readings:
    """A series on the clock of its home."""
    wall = wall_minutes(series)
    return Readings(series.mean_kw, (wall % MINUTES_A_DAY) // series.step_minutes, series.step_minutes, wall)


def scan(series: MeasuredSeries, not_learned_from: NDArray[np.bool_] | None = None) -> ScannedSeries:
    """Find what is wrong with the readings of a home of which no neighbours are known.

    Args:
        series: the readings. Of a home that feeds in (see :func:`~mas2tering.history.quality.instrument.feeds_in`)
            only gaps, spikes, stuck readings and copied days are judged: what is usual for it is the weather's.
        not_learned_from: steps that earlier scans flagged, shape (steps,).
    """
    return finished(first_look(series, not_learned_from))


@dataclass(frozen=True)
class FirstLook:
    """What a home's readings show before its neighbours are asked.

    Attributes:
        series: the readings.
        readings: the same on the clock of the home.
        found: what was found so far.
        level: of the readings that are believed so far, as half-hourly means, shape (steps,).
        judged: whether what is usual for the home is known.
    """

    series: MeasuredSeries
    readings: Readings
    found: tuple[Finding, ...]
    level: NDArray[np.int16]
    judged: bool


def first_look(series: MeasuredSeries, not_learned_from: NDArray[np.bool_] | None = None) -> FirstLook:
    """All but the clock; see :func:`scan`."""
    readings = readings_of(series)
    net = instrument.feeds_in(readings)
    found = instrument.missing(readings)
    believed_kw = instrument.highest_believed(readings.load_kw)
    if not net:
        found += instrument.below_zero(readings)
    found += instrument.same_values(readings, believed_kw)
    found += instrument.copied_days(readings)
    doubted = np.zeros(len(series.mean_kw), bool) if not_learned_from is None else not_learned_from.copy()
    _mark(doubted, found)
    judged = not net and len(series.mean_kw) >= _LEAST_DAYS * readings.slots
    if judged:
        found += _against_the_usual(series, readings, doubted)
    else:
        found += instrument.spikes(_without(readings, doubted), believed_kw)
    level = levels_of(_half_hours(np.where(doubted, np.nan, readings.load_kw), readings.steps_of(0.5)))
    return FirstLook(series, readings, tuple(found), level, judged)


def finished(look: FirstLook, of_others: Mapping[float, NDArray[np.float64]] | None = None) -> ScannedSeries:
    """The first look, with the clock as well.

    Args:
        look: the first look.
        of_others: mean evidence of other homes for another clock, by hours.
    """
    found = list(look.found)
    if look.judged:
        found += _shifts(look, of_others)
    return scanned(look.series, look.readings, found)


def _half_hours(load_kw: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Means of half an hour around: what a home does at a time of day shows better in them than in single steps."""
    if steps == 1 or len(load_kw) < steps:
        return load_kw
    total = np.convolve(np.nan_to_num(load_kw), np.full(steps, 1.0 / steps), "same")
    known = np.convolve(np.isfinite(load_kw), np.full(steps, 1.0 / steps), "same")
    return np.where(np.isfinite(load_kw), total / np.maximum(known, 1.0 / steps), np.nan)


def clock_evidence(look: FirstLook) -> dict[float, NDArray[np.float64]]:
    """How much a home's readings speak for another clock, by hours, shape (steps,) each."""
    return alternatives.clock_evidence(look.readings, look.level, look.level)


def _against_the_usual(
    series: MeasuredSeries, readings: Readings, doubted: NDArray[np.bool_]
) -> list[Finding]:
    """Findings that need to know what is usual: factors and nights first, since they hide the rest."""
    level = levels_of(np.where(doubted, np.nan, readings.load_kw))
    usual = UsualDay.learned(level, readings.slot, readings.slots, readings.steps_of(_SMOOTH_HOURS))
    found = alternatives.scales(readings, level, usual, at_first=True)
    if found:
        # What was learned with the fault among it hid a part of it.
        learned = level.copy()
        for finding in found:
            learned[finding.first : finding.stop] = -1
        usual = UsualDay.learned(learned, readings.slot, readings.slots, readings.steps_of(_SMOOTH_HOURS))
        found = alternatives.scales(readings, level, usual, at_first=False)
    _mark(doubted, found)
    days = wall_minutes(series) // MINUTES_A_DAY
    loads = nights.night_loads(readings, np.where(doubted, np.nan, readings.load_kw), days - days[0])
    found += loads
    _mark(doubted, loads)
    clean = _without(readings, doubted)
    spikes = instrument.spikes(clean, instrument.highest_believed(clean.load_kw))
    found += spikes
    _mark(doubted, spikes)
    return found


def _shifts(look: FirstLook, of_others: Mapping[float, NDArray[np.float64]] | None) -> list[Finding]:
    found: list[Finding] = []
    for _ in range(2):
        learned = look.level.copy()
        for finding in found:
            learned[finding.first : finding.stop] = -1
        evidence = alternatives.clock_evidence(look.readings, look.level, learned)
        found = alternatives.shifts(look.readings, look.level, evidence, of_others)
        if not found:
            break
    return found


def scanned(series: MeasuredSeries, readings: Readings, found: list[Finding]) -> ScannedSeries:
    """Findings put together: each step belongs to one of them, and has its repaired value."""
    kinds = tuple(FaultKind)
    kind_of_step = np.full(len(series.mean_kw), -1, np.int8)
    for finding in reversed(found):
        if finding.kind is FaultKind.THEFT:
            continue  # a doubt about a meter, not about a reading
        inside = finding.steps
        if finding.kind is FaultKind.NIGHT_LOAD:
            inside = inside[readings.slot[inside] * readings.step_minutes < 6 * 60]
        kind_of_step[inside] = kinds.index(finding.kind)
    in_order = sorted(found, key=lambda finding: (finding.first, finding.stop))
    return ScannedSeries(series, tuple(in_order), kind_of_step, repaired(readings, in_order, kind_of_step))


def _mark(doubted: NDArray[np.bool_], found: list[Finding]) -> None:
    for finding in found:
        doubted[finding.first : finding.stop] = True


def _without(readings: Readings, doubted: NDArray[np.bool_]) -> Readings:
    return replace(readings, load_kw=np.where(doubted, np.nan, readings.load_kw))
