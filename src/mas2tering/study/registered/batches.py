"""What came from meters since the last time, scanned for faults: the first batch is all that is known, then day by day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind, ScannedSeries, scan_community
from mas2tering.history.store import Readings, SeriesName

DAYS_BACK = 56
"""Days that are looked at beside a new one."""
_WORDS = tuple(kind.value for kind in FaultKind)


@dataclass(frozen=True)
class Stretch:
    """Steps ``first`` to ``stop`` of series that begin together."""

    first: int
    stop: int

    def since(self, step: int) -> "Stretch":
        """The same steps, counted from another one on."""
        return Stretch(self.first - step, self.stop - step)


def by_month(series: MeasuredSeries, stretch: Stretch) -> Iterator[tuple[str, Stretch]]:
    """A stretch cut where months of the home's clock begin, each with its name, such as ``2013-01``."""
    step, zone = timedelta(minutes=series.step_minutes), ZoneInfo(series.zone)
    first, label = stretch.first, ""
    for at in range(stretch.first, stretch.stop):
        found = f"{(series.start + at * step).astimezone(zone):%Y-%m}"
        if label and found != label:
            yield label, Stretch(first, at)
            first = at
        label = found
    if label:
        yield label, Stretch(first, stretch.stop)


def stretches(series: MeasuredSeries, begin: datetime, stop: datetime) -> Iterator[Stretch]:
    """All before ``begin`` at once, then each day until ``stop``, as they end."""
    step = timedelta(minutes=series.step_minutes)
    first, at, last = 0, int((begin - series.start) / step), int((stop - series.start) / step)
    a_day = int(timedelta(days=1) / step)
    while first < last:
        end = min(max(at, 1), last)
        if end > first:
            yield Stretch(first, end)
        first, at = end, end + a_day


def scanned(homes: Sequence[MeasuredSeries], stretch: Stretch) -> list[ScannedSeries]:
    """Each home's readings up to the end of a stretch, scanned beside those of the others; nothing later is looked at.

    The scans begin at step :func:`looked_at_from`: some weeks before the stretch, or with it where it is the first.
    """
    first = looked_at_from(homes[0], stretch)
    return list(scan_community([part(home, Stretch(first, stretch.stop)) for home in homes]))


def looked_at_from(series: MeasuredSeries, stretch: Stretch) -> int:
    """The first step that is looked at to judge a stretch."""
    return max(0, stretch.first - DAYS_BACK * 24 * 60 // series.step_minutes)


def part(series: MeasuredSeries, stretch: Stretch) -> MeasuredSeries:
    """Some steps of a series."""
    steps = slice(stretch.first, stretch.stop)
    return MeasuredSeries(
        series.start + stretch.first * timedelta(minutes=series.step_minutes),
        series.step_minutes,
        series.zone,
        series.mean_kw[steps],
        series.available_at[steps],
    )


def readings_of(name: SeriesName, scan: ScannedSeries, stretch: Stretch) -> Readings:
    """Some steps of a scanned series as the database keeps them: raw values, flags, and repaired values beside them.

    A step of which nothing is known at all, not even what could stand in for it, is left out.
    """
    series = scan.series
    new = slice(stretch.first, stretch.stop)
    flag = np.where(scan.is_flagged, scan.kind_of_step.astype(np.int16) + 1, 0).astype(np.int16)[new]
    raw_kw = series.mean_kw[new]
    repaired_kw = np.where(flag > 0, scan.repaired_kw[new], np.nan)
    there = ~np.isnan(raw_kw) | ((flag > 0) & ~np.isnan(repaired_kw))
    count = int(there.sum())
    return Readings(
        (name,),
        np.zeros(count, dtype=np.int32),
        series.instants[new][there].astype("datetime64[s]"),
        np.full(count, series.step_minutes, dtype=np.int16),
        raw_kw[there],
        series.available_at[new][there].astype("datetime64[s]"),
        _WORDS,
        flag[there],
        repaired_kw[there],
    )


def unscanned(name: SeriesName, series: MeasuredSeries) -> Readings:
    """A series whose faults nobody judges: generation follows the weather, and of nights it is nothing."""
    return Readings.of_series({name: series})


def together(batches: Sequence[Readings]) -> Readings:
    """Several series' readings as one batch, stored whole or not at all.

    Raises:
        ValueError: no batch is given.
    """
    if not batches:
        raise ValueError("nothing to put together")
    offset = np.cumsum([0, *(len(batch.names) for batch in batches[:-1])])
    series = np.concatenate(
        [batch.series + first for batch, first in zip(batches, offset, strict=True)]
    ).astype(np.int32)
    return Readings(
        tuple(name for batch in batches for name in batch.names),
        series,
        np.concatenate([batch.instant for batch in batches]),
        np.concatenate([batch.step_minutes for batch in batches]),
        np.concatenate([batch.raw_kw for batch in batches]),
        np.concatenate([batch.available_at for batch in batches]),
        _WORDS,
        np.concatenate([batch.flag for batch in batches]),
        np.concatenate([batch.repaired_kw for batch in batches]),
    )
