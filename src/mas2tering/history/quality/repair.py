"""What stands in for readings that are not believed. What can be undone is undone; what cannot is filled."""

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.quality.findings import FaultKind, Finding
from mas2tering.history.quality.instrument import Readings
from mas2tering.history.quality.runs import stretches

_SHORT_HOURS = 2.0


def repaired(
    readings: Readings, findings: list[Finding], kind_of_step: NDArray[np.int8]
) -> NDArray[np.float64]:
    """The readings with repaired values in place of flagged ones, shape (steps,), in kW.

    A factor, a sign, a night load and a clock are undone; the sum after a silence is spread over it by the home's
    usual day; short gaps are bridged in a straight line; the rest takes the home's usual load at that time of
    day, on the level of the days around. Theft is left as it is: how much was drawn, nobody knows.
    """
    kinds = tuple(FaultKind)
    load_kw = readings.load_kw.copy()
    to_fill = np.zeros(len(load_kw), bool)
    spread: list[Finding] = []
    for finding in findings:
        steps = finding.steps[kind_of_step[finding.first : finding.stop] == kinds.index(finding.kind)]
        match finding.kind:
            case FaultKind.SCALE:
                load_kw[steps] /= finding.size
            case FaultKind.SIGN_FLIP:
                load_kw[steps] = -load_kw[steps]
            case FaultKind.NIGHT_LOAD:
                night = readings.slot[steps] * readings.step_minutes < 6 * 60
                load_kw[steps[night]] = np.maximum(load_kw[steps[night]] - finding.size, 0.0)
            case FaultKind.SHIFT | FaultKind.SHIFT_OF_ALL:
                _set_back(load_kw, readings.load_kw, finding, to_fill)
            case FaultKind.THEFT:
                pass
            case FaultKind.BACKLOG:
                to_fill[steps] = True
                spread.append(finding)
            case _:
                to_fill[steps] = True
    _fill(readings, load_kw, to_fill)
    for finding in spread:
        inside = slice(finding.first, finding.stop)
        usual_kwh = float(np.nansum(load_kw[inside])) * readings.step_minutes / 60
        if usual_kwh > 0:
            load_kw[inside] *= finding.size / usual_kwh
    return load_kw


def _set_back(
    load_kw: NDArray[np.float64], raw_kw: NDArray[np.float64], finding: Finding, to_fill: NDArray[np.bool_]
) -> None:
    """Move a stretch back by as many steps as it came too late; what has no reading then is filled."""
    away = round(finding.size)
    source = finding.steps + away
    inside = (source >= finding.first) & (source < finding.stop)
    load_kw[finding.steps[inside]] = raw_kw[source[inside]]
    to_fill[finding.steps[~inside]] = True


def _fill(readings: Readings, load_kw: NDArray[np.float64], to_fill: NDArray[np.bool_]) -> None:
    if not to_fill.any():
        return
    known = ~to_fill & np.isfinite(load_kw)
    load_kw[to_fill] = np.nan
    if not known.any():
        return
    usual_kw = _usual_load(readings, np.where(known, load_kw, np.nan))
    load_kw[to_fill] = usual_kw[readings.slot[to_fill]]
    for a, b in zip(*stretches(to_fill), strict=True):
        if (
            b - a <= readings.steps_of(_SHORT_HOURS)
            and a > 0
            and b < len(load_kw)
            and known[a - 1]
            and known[b]
        ):
            load_kw[a:b] = np.interp(np.arange(a, b), (a - 1, b), load_kw[[a - 1, b]])
        else:
            load_kw[a:b] *= _level_around(readings, load_kw, known, usual_kw, int(a), int(b))


def _usual_load(readings: Readings, load_kw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the believed readings at each time of day, shape (slots,)."""
    use = np.isfinite(load_kw)
    total = np.bincount(readings.slot[use], weights=load_kw[use], minlength=readings.slots)
    count = np.bincount(readings.slot[use], minlength=readings.slots)
    overall = float(load_kw[use].mean())
    return np.where(count > 0, total / np.maximum(count, 1), overall)


def _level_around(
    readings: Readings,
    load_kw: NDArray[np.float64],
    known: NDArray[np.bool_],
    usual_kw: NDArray[np.float64],
    first: int,
    stop: int,
) -> float:
    """How high the week before and the week after are, against usual; 1 where little is known of them."""
    around = np.arange(max(first - 7 * readings.slots, 0), min(stop + 7 * readings.slots, len(load_kw)))
    around = around[known[around]]
    usual = float(usual_kw[readings.slot[around]].sum()) if len(around) >= readings.slots else 0.0
    return float(np.clip(load_kw[around].sum() / usual, 0.3, 3.0)) if usual > 0 else 1.0
