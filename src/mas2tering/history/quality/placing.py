"""Readings as they came, put on equal steps: what can be seen of a meter's or a clock's faults before that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_STEPS = 4_000_000
_LONG_GAP_DAYS = 7


@dataclass(frozen=True)
class PlacedReadings:
    """Readings on equal steps.

    Attributes:
        series: what is left to go on with; steps in doubt are not a number.
        notes: what was wrong, in sentences, all of it.
    """

    series: MeasuredSeries
    notes: tuple[str, ...]


def differences_of_counter(
    minutes: NDArray[np.int64], counter_kwh: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """What a meter that counts up recorded between one reading and the next, in kWh, for each reading but the last.

    A difference below zero, a meter that counts backwards or was changed, is not a number, and is said.

    Args:
        minutes: time of each reading, ascending, shape (readings,).
        counter_kwh: what the meter showed, shape (readings,).
    """
    kwh = np.diff(counter_kwh)
    back = np.flatnonzero(kwh < 0)
    kwh[back] = np.nan
    if not len(back):
        return kwh, ()
    first = _text(int(minutes[back[0] + 1]))
    return kwh, (f"the meter counts backwards {_times(len(back))}, first at {first}; left out",)


def placed(
    minutes: NDArray[np.int64],
    load_kw: NDArray[np.float64],
    *,
    zone: str = "UTC",
    step_minutes: int | None = None,
    now: datetime | None = None,
) -> PlacedReadings:
    """Put readings on equal steps, in any order, with whatever is wrong with their times.

    Args:
        minutes: start of the step that a reading is for, in UTC, minutes since 1970, shape (readings,).
        load_kw: mean power over the step, shape (readings,).
        zone: the zone whose clock the home lives by.
        step_minutes: length of a step; the most frequent distance of two readings unless told.
        now: readings for later are left out, and said.

    Raises:
        ValueError: there are fewer than two readings, the step is none that days are planned in, or readings lie
            so far apart that no meter can have made them.
    """
    notes: list[str] = []
    if len(minutes) and (np.diff(minutes) < 0).any():
        back = np.flatnonzero(np.diff(minutes) < 0)
        at = _text(int(minutes[back[0] + 1]))
        notes.append(f"the clock jumps back {_times(len(back))}, first to {at}; readings were put in order")
    order = np.argsort(minutes, kind="stable")
    minutes, load_kw = minutes[order], load_kw[order]
    infinite = np.isinf(load_kw)
    if infinite.any():
        notes.append(f"{_count(infinite)} that are infinite, first at {_first(minutes, infinite)}; left out")
        load_kw = np.where(infinite, np.nan, load_kw)
    if now is not None:
        later = minutes > int((now - _EPOCH) / timedelta(minutes=1))
        if later.any():
            notes.append(f"{_count(later)} from the future, first at {_first(minutes, later)}; left out")
            minutes, load_kw = minutes[~later], load_kw[~later]
    if len(minutes) < 2:
        raise ValueError("fewer than two readings")
    step = step_minutes or _usual_step(minutes)
    if step not in STEP_LENGTHS_MINUTES:
        raise ValueError(f"readings are {step} min apart; one of {STEP_LENGTHS_MINUTES} is expected")
    origin = _usual_phase(minutes, step)
    cell, off = np.divmod(minutes - origin, step)
    if (off != 0).any():
        notes.append(f"{_count(off != 0)} between steps, first at {_first(minutes, off != 0)}; left out")
        minutes, load_kw, cell = minutes[off == 0], load_kw[off == 0], cell[off == 0]
    steps = int(cell[-1] - cell[0]) + 1
    if steps > _MOST_STEPS:
        raise ValueError(f"readings from {_text(int(minutes[0]))} to {_text(int(minutes[-1]))}")
    index = cell - cell[0]
    notes += _twice(minutes, index, load_kw)
    values = np.full(steps, np.nan)
    values[index] = load_kw
    values[_contradicted(index, load_kw)] = np.nan
    notes += _long_gaps(minutes, step)
    start = _EPOCH + timedelta(minutes=int(minutes[0]))
    return PlacedReadings(MeasuredSeries.known_at_once(start, step, zone, values), tuple(notes))


def _contradicted(index: NDArray[np.int64], load_kw: NDArray[np.float64]) -> NDArray[np.int64]:
    same = index[1:] == index[:-1]
    return np.asarray(index[1:][same & ~np.isclose(load_kw[1:], load_kw[:-1], equal_nan=True)])


def _twice(
    minutes: NDArray[np.int64], index: NDArray[np.int64], load_kw: NDArray[np.float64]
) -> Sequence[str]:
    repeated = np.concatenate(([False], index[1:] == index[:-1]))
    if not repeated.any():
        return ()
    other = len(_contradicted(index, load_kw))
    more = f", {other} of them with another value, which is left out with the first" if other else ""
    return (f"{_count(repeated)} for an instant that has one, first at {_first(minutes, repeated)}{more}",)


def _long_gaps(minutes: NDArray[np.int64], step: int) -> list[str]:
    gaps = np.diff(minutes) - step
    return [
        f"nothing from {_text(int(minutes[k] + step))} to {_text(int(minutes[k + 1]))} ({gaps[k] / 1440:.0f} days)"
        for k in np.flatnonzero(gaps >= _LONG_GAP_DAYS * 1440)
    ]


def _usual_step(minutes: NDArray[np.int64]) -> int:
    apart = np.diff(minutes)
    lengths, counts = np.unique(apart[apart > 0], return_counts=True)
    return int(lengths[np.argmax(counts)]) if len(lengths) else 0


def _usual_phase(minutes: NDArray[np.int64], step: int) -> int:
    phases, counts = np.unique(minutes % step, return_counts=True)
    return int(phases[np.argmax(counts)])


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _count(chosen: NDArray[np.bool_]) -> str:
    number = int(chosen.sum())
    return "1 reading" if number == 1 else f"{number} readings"


def _first(minutes: NDArray[np.int64], chosen: NDArray[np.bool_]) -> str:
    return _text(int(minutes[np.flatnonzero(chosen)[0]]))


def _text(minute: int) -> str:
    return str(np.datetime64(minute, "m")).replace("T", " ")
