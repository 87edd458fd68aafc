"""Faults of the instrument that show in a few readings: nothing, below zero, too much at once, one value for hours,
zeros, the sum of what was not sent, a day sent twice. Plain rules; thresholds come from the home's own readings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality.clock import MINUTES_A_DAY
from mas2tering.history.quality.findings import FaultKind, Finding
from mas2tering.history.quality.runs import equal_runs, stretches

_FLIPPED_HOURS = 6.0
"""Below zero for so long, the sign is taken to be turned round; for less, single readings are wrong."""
_FEEDS_IN_SHARE, _FEEDS_IN_DAYS = 0.02, 5
_LEAST_STUCK_HOURS = 2.0
_SPIKE_ODDS = 5.0
"""How many times the usual excess over the 99 % quantile lie between what is expected to be the highest reading and
what is no longer believed."""
_SPIKE_TIMES = 2.2
"""How many times the 99.9 % quantile are not believed in any case."""
_SAME_DAY_SHARE = 0.8
_COPY_LAGS = (1, 2, 3, 4, 5, 6, 7, 14)


@dataclass(frozen=True)
class Readings:
    """The readings of one home as the rules see them.

    Attributes:
        load_kw: shape (steps,), not a number where nothing was read.
        slot: step of the local day, shape (steps,).
        step_minutes: length of a step.
        wall_minutes: what the local clock shows at the start of each step, in minutes since 1970, shape (steps,).
    """

    load_kw: NDArray[np.float64]
    slot: NDArray[np.int64]
    step_minutes: int
    wall_minutes: NDArray[np.int64]

    @property
    def slots(self) -> int:
        """Steps of a day."""
        return MINUTES_A_DAY // self.step_minutes

    def steps_of(self, hours: float) -> int:
        """Steps in so many hours, one at least."""
        return max(round(hours * 60 / self.step_minutes), 1)

    def hours(self, steps: int) -> str:
        """So many steps in words."""
        minutes = steps * self.step_minutes
        if minutes < 120:
            return f"{minutes} min"
        return f"{minutes / 60:.0f} h" if minutes < 72 * 60 else f"{minutes / 1440:.1f} days"

    def when(self, step: int) -> str:
        """What the local clock shows at the start of a step."""
        return str(np.datetime64(int(self.wall_minutes[step]), "m")).replace("T", " ")

    def mean_kw(self, first: int, stop: int) -> str:
        """Mean of a stretch and of what lies outside it, in words."""
        inside = np.zeros(len(self.load_kw), bool)
        inside[first:stop] = True
        known = np.isfinite(self.load_kw)
        own, others = self.load_kw[inside & known], self.load_kw[~inside & known]
        usual = f", where {others.mean():.3g} kW is usual" if len(others) else ""
        return f"{own.mean():.3g} kW in the mean{usual}" if len(own) else "nothing known"


def missing(readings: Readings) -> list[Finding]:
    """Steps without a reading."""
    return [
        Finding(
            FaultKind.MISSING,
            int(a),
            int(b),
            f"no reading for {readings.hours(int(b - a))} from {readings.when(int(a))}; one comes every {readings.step_minutes} min",
        )
        for a, b in zip(*stretches(np.isnan(readings.load_kw)), strict=True)
    ]


def feeds_in(readings: Readings) -> bool:
    """Whether readings below zero belong to the home: it feeds in on many days, by day and hardly by night."""
    below = readings.load_kw < 0
    hour = readings.slot * readings.step_minutes // 60
    by_night = _share(below, (hour < 4) | (hour >= 23))
    by_day = _share(below, (hour >= 10) & (hour < 16))
    days = len(np.unique(np.flatnonzero(below & (hour >= 10) & (hour < 16)) // readings.slots))
    often = days >= max(_FEEDS_IN_DAYS, len(below) // readings.slots // 10)
    return bool(often and by_day > _FEEDS_IN_SHARE and by_day > 8 * by_night)


def _share(chosen: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float((chosen & among).sum() / max(among.sum(), 1))


def below_zero(readings: Readings) -> list[Finding]:
    """Readings below zero of a home that feeds nothing in: for hours on end a turned sign, else single faults."""
    found = []
    # A zero between negatives, or a gap of one reading, does not end the stretch.
    below = np.nan_to_num(readings.load_kw, nan=0.0) < 0
    others = readings.load_kw[readings.load_kw >= 0]
    lowest_kw = float(others.min()) if len(others) else 0.0
    bridged = below.copy()
    bridged[1:-1] |= below[:-2] & below[2:] & ~(readings.load_kw[1:-1] > 0)
    for a, b in zip(*stretches(bridged), strict=True):
        lasts = readings.hours(int(b - a))
        if b - a >= readings.steps_of(_FLIPPED_HOURS):
            reason = (
                f"all readings below zero for {lasts} from {readings.when(int(a))}, {readings.mean_kw(int(a), int(b))}: "
                "the sign is turned round"
            )
            found.append(Finding(FaultKind.SIGN_FLIP, int(a), int(b), reason))
        else:
            least = float(np.nanmin(readings.load_kw[a:b]))
            reason = (
                f"{least:.2f} kW at {readings.when(int(a))}: below zero, and this home feeds nothing in; its lowest is "
                f"{lowest_kw:.2f} kW otherwise"
            )
            found.append(Finding(FaultKind.NEGATIVE, int(a), int(b), reason))
    return found


def highest_believed(load_kw: NDArray[np.float64]) -> float:
    """The load in kW beyond which a reading is a spike: readings above the 99 % quantile fall off exponentially, and
    this is far beyond the highest that so many readings should hold. Infinite where there are too few readings."""
    known = load_kw[np.isfinite(load_kw) & (load_kw > 0)]
    if len(known) < 200:
        return float("inf")
    tail = np.partition(known, [int(0.99 * len(known))])[int(0.99 * len(known)) :]
    quantile = float(tail.min())
    usual_excess = float(np.median(tail) - quantile) / np.log(2)
    usual_excess = max(usual_excess, 0.15 * quantile)
    by_excess = quantile + usual_excess * float(np.log(len(tail)) + _SPIKE_ODDS)
    return float(min(by_excess, _SPIKE_TIMES * np.quantile(tail, 0.9)))


def spikes(readings: Readings, believed_kw: float) -> list[Finding]:
    """Readings beyond what the home is believed to be able to draw."""
    known = readings.load_kw[np.isfinite(readings.load_kw)]
    often_kw = float(np.quantile(known, 0.99)) if len(known) else 0.0
    return [
        Finding(
            FaultKind.SPIKE,
            int(a),
            int(b),
            f"{float(np.max(readings.load_kw[a:b])):.1f} kW at {readings.when(int(a))}: this home is not believed beyond {believed_kw:.1f} kW; "
            f"99 of 100 of its readings are below {often_kw:.1f} kW",
        )
        for a, b in zip(*stretches(np.nan_to_num(readings.load_kw) > believed_kw), strict=True)
        if b - a <= readings.steps_of(2.0)
    ]


def same_values(readings: Readings, believed_kw: float) -> list[Finding]:
    """Zeros and stuck readings for longer than this home's meter repeats a value, and sums that come after zeros or
    after a gap."""
    load_kw = readings.load_kw
    begins, ends = equal_runs(load_kw)
    length = ends - begins
    days = max(len(load_kw) // readings.slots, 1)
    typical = float(np.nanmean(np.clip(load_kw, 0, believed_kw))) if np.isfinite(load_kw).any() else 0.0
    is_zero = load_kw[begins] == 0
    usual_zeros = _usual_run(length[is_zero], days)
    if np.sum(length[is_zero] >= 2) < max(days // 10, 2):
        usual_zeros = 0
    found = _sums_after_silence(readings, begins, ends, typical, usual_zeros)
    taken = {(finding.first, finding.stop - 1) for finding in found}
    for zero, kind in ((True, FaultKind.ZERO_RUN), (False, FaultKind.STUCK)):
        of_kind = is_zero if zero else ~is_zero & np.isfinite(load_kw[begins])
        usual = usual_zeros if zero else _usual_run(length[of_kind], days)
        least = max(readings.steps_of(_LEAST_STUCK_HOURS), 2 * usual + 3)
        for k in np.flatnonzero(of_kind & (length >= least)):
            a, b = int(begins[k]), int(ends[k])
            if (a, b) in taken:
                continue
            lasts = readings.hours(b - a)
            if zero:
                reason = f"exactly zero for {lasts} from {readings.when(a)}: this home always draws something, {typical:.2f} kW in the mean"
            else:
                reason = (
                    f"{load_kw[a]:.3f} kW in every reading for {lasts} from {readings.when(a)}: the meter is stuck; otherwise it repeats a "
                    f"value for {readings.hours(usual)} at most on nine days of ten"
                )
            found.append(Finding(kind, a, b, reason))
    return found


def _usual_run(lengths: NDArray[np.int64], days: int) -> int:
    """The length that runs of one value reach about every tenth day."""
    in_order = np.sort(lengths)[::-1]
    return int(in_order[min(max(days // 10, 2), len(in_order) - 1)]) if len(in_order) else 0


def _sums_after_silence(
    readings: Readings,
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    typical_kw: float,
    usual_zeros: int,
) -> list[Finding]:
    """A reading that holds what the zeros, or the gap, before it should have held. Zeros for no longer than this
    home's meter often shows are no silence."""
    load_kw = readings.load_kw
    known = load_kw[np.isfinite(load_kw) & (load_kw > 0)]
    if not len(known):
        return []
    high = float(np.quantile(known, 0.98))
    gap_begins, gap_ends = stretches(np.isnan(load_kw))
    zeros = np.flatnonzero((load_kw[begins] == 0) & (ends - begins >= max(2, usual_zeros + 1)))
    silent = [(int(begins[k]), int(ends[k])) for k in zeros]
    silent += [(int(a), int(b)) for a, b in zip(gap_begins, gap_ends, strict=True) if b - a >= 4]
    found = []
    for a, b in silent:
        if b >= len(load_kw) or not load_kw[b] > high:
            continue
        expected = typical_kw * (b - a + 1)
        if not 0.04 * expected < load_kw[b] < 5.0 * expected:
            continue
        kwh = float(load_kw[b]) * readings.step_minutes / 60
        usual_kwh = typical_kw * readings.step_minutes / 60
        reason = (
            f"{kwh:.2f} kWh in one reading at {readings.when(b)} after {readings.hours(b - a)} without, where {usual_kwh:.2f} kWh is usual: "
            "the sum of what was not sent"
        )
        found.append(Finding(FaultKind.BACKLOG, a, b + 1, reason, kwh))
    return found


_MOSTLY, _BESIDE_HOURS = 0.5, 1.5


def _as_sent(readings: Readings, first: int, stop: int) -> tuple[int, int]:
    """A copied stretch without the steps beside whole days that are the same by chance: meters send by the day."""
    beside = readings.steps_of(_BESIDE_HOURS)
    midnights = np.flatnonzero(readings.slot[first : min(stop + 1, len(readings.slot))] == 0) + first
    if len(midnights) >= 2 and midnights[0] - first <= beside and stop - midnights[-1] <= beside:
        return int(midnights[0]), int(midnights[-1])
    return first, stop


def copied_days(readings: Readings) -> list[Finding]:
    """Most of a day, reading by reading the same as some days before."""
    load_kw = readings.load_kw
    changes = np.concatenate(([False], load_kw[1:] != load_kw[:-1])) & np.isfinite(load_kw)
    least = int(_SAME_DAY_SHARE * readings.slots)
    found: list[Finding] = []
    for days in _COPY_LAGS:
        lag = days * readings.slots
        if lag + least > len(load_kw):
            break
        same = np.concatenate((np.zeros(lag, bool), load_kw[lag:] == load_kw[:-lag]))
        # Most steps differ: a look at every eighth finds where it is worth looking.
        if same[lag::8].sum() < least // 16:
            continue
        often = 100 * float(same[lag:].mean())
        for begin, end in zip(*stretches(same), strict=True):
            a, b = _as_sent(readings, int(begin), int(end))
            if b - a >= least and changes[a:b].sum() >= least // 6:
                before = f"{days} {'day' if days == 1 else 'days'} before"
                reason = (
                    f"{readings.hours(b - a)} from {readings.when(a)} the same, reading by reading, as {before}; of all readings "
                    f"{often:.0f} % are"
                )
                found.append(Finding(FaultKind.DUPLICATED_DAY, a, b, reason, float(days)))
    # Where most is the same as before, it is a profile that somebody wrote down, and no meter's fault.
    copied = sum(finding.stop - finding.first for finding in found)
    return [] if copied > _MOSTLY * len(load_kw) else found
