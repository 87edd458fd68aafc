"""A meter that counts less than is drawn, seen beside other homes. A home that goes away draws less too, but not by
the same factor at its lowest and at its highest hours, and not for weeks on end."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality.findings import FaultKind, Finding
from mas2tering.history.quality.instrument import Readings

LEAST_DAYS = 24
"""Days for which a home must draw less before it is said: longer than most holidays."""
_QUANTILES = (0.1, 0.5, 0.9)
_LEAST_SCORE = 2.4
_AT_ONCE_DAYS, _AT_ONCE = 14, 0.3
"""How many days before and after the change are looked at, and how much of the fall must lie between them: a meter is
tampered with on one day, heating ends over weeks."""


def drawn_less(
    homes: Sequence[Readings], flagged: Sequence[NDArray[np.bool_]], least_score: float = _LEAST_SCORE
) -> list[Finding | None]:
    """For each home, from when on it seems to draw a fraction of what it drew, against the others; None if it does
    not, or if there are too few days.

    Args:
        homes: readings on the same steps.
        flagged: steps that are not believed, shape (steps,) each.
        least_score: how many standard errors of the change count.
    """
    slots = homes[0].slots
    days = len(homes[0].load_kw) // slots
    if days < 2 * LEAST_DAYS:
        return [None] * len(homes)
    log_kw = np.stack([_daily(h.load_kw, f, days, slots) for h, f in zip(homes, flagged, strict=True)])
    known = np.isfinite(log_kw).any(axis=(0, 2))  # nothing is known of a day on which all readings failed
    log_kw[:, known] -= np.nanmedian(log_kw[:, known], axis=0, keepdims=True)
    return [
        _change(home, believed, of_home, least_score)
        for home, believed, of_home in zip(homes, (~np.asarray(f) for f in flagged), log_kw, strict=True)
    ]


def score_of_change(of_home: NDArray[np.float64]) -> tuple[float, int, float]:
    """The strongest lasting fall of a home's levels.

    Args:
        of_home: logs of daily quantiles against the other homes', shape (days, quantiles).

    Returns:
        how many standard errors it fell by, the first day of it, and the factor that remains.
    """
    known = np.asarray(np.isfinite(of_home).all(axis=1))
    day = _day_of_change(of_home, known)
    if day is None:
        return (0.0, 0, 1.0)
    before, after = of_home[:day][known[:day]], of_home[day:][known[day:]]
    fall = np.median(before, axis=0) - np.median(after, axis=0)
    near = slice(max(day - _AT_ONCE_DAYS, 0), day), slice(day, day + _AT_ONCE_DAYS)
    if any(not known[days].any() for days in near):
        return (0.0, 0, 1.0)
    at_once = np.subtract(*(np.median(of_home[days][known[days]], axis=0) for days in near))
    if np.mean(at_once) < _AT_ONCE * np.mean(fall):
        return (0.0, 0, 1.0)
    spread = np.sqrt(_noise(before) ** 2 / len(before) + _noise(after) ** 2 / len(after))
    # Days are like their neighbours: about four of them say as much as one that stood alone.
    scores = fall / np.maximum(2.0 * spread, 0.03)
    score = float(np.mean(np.clip(scores, -6.0, 6.0)) - np.std(fall) / 0.12)
    return (score, day, float(np.exp(-np.mean(fall))))


def _day_of_change(of_home: NDArray[np.float64], known: NDArray[np.bool_]) -> int | None:
    """The first day of the change that leaves least to explain: the sum of distances to the median before it and to
    the median after it. None where levels do not fall on any day, or too little is known."""
    best, found = np.inf, None
    for day in range(LEAST_DAYS, len(of_home) - LEAST_DAYS + 1):
        before, after = of_home[:day][known[:day]], of_home[day:][known[day:]]
        if min(len(before), len(after)) < LEAST_DAYS // 2:
            continue
        levels = np.median(before, axis=0), np.median(after, axis=0)
        if np.mean(levels[0] - levels[1]) <= 0:
            continue
        left = float(np.abs(before - levels[0]).sum() + np.abs(after - levels[1]).sum())
        if left < best:
            best, found = left, day
    return found


def _daily(
    load_kw: NDArray[np.float64], flagged: NDArray[np.bool_], days: int, slots: int
) -> NDArray[np.float64]:
    """Logs of quantiles of each day, shape (days, quantiles), not a number where half of a day is unknown."""
    values = np.where(flagged, np.nan, load_kw)[: days * slots].reshape(days, slots)
    enough = np.isfinite(values).mean(axis=1) >= 0.5
    logs = np.full((days, len(_QUANTILES)), np.nan)
    if enough.any():
        quantiles = np.nanquantile(values[enough], _QUANTILES, axis=1).T
        logs[enough] = np.log(np.maximum(quantiles, 1e-3))
    return logs


def _noise(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.4826 * np.median(np.abs(values - np.median(values, axis=0)), axis=0))


def _change(
    home: Readings, believed: NDArray[np.bool_], of_home: NDArray[np.float64], least_score: float
) -> Finding | None:
    score, day, factor = score_of_change(of_home)
    if score < least_score:
        return None
    first = day * home.slots
    before_kw, after_kw = (
        float(np.nanmean(np.where(believed, home.load_kw, np.nan)[part]))
        for part in (slice(0, first), slice(first, None))
    )
    reason = (
        f"since {home.when(first)[:10]} about {100 * (1 - factor):.0f} % less than before at all hours, and the other homes are not: "
        f"{after_kw:.2f} kW in the mean, {before_kw:.2f} kW before"
    )
    return Finding(FaultKind.THEFT, first, len(of_home) * home.slots, reason, factor)
