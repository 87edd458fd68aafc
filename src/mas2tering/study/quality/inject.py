"""Faults put into clean readings, to see whether they are found. The same seed puts the same faults."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.history.quality import FaultKind
from mas2tering.study.quality.scoring import Span

ONE_HOME = (
    FaultKind.SPIKE,
    FaultKind.STUCK,
    FaultKind.ZERO_RUN,
    FaultKind.SIGN_FLIP,
    FaultKind.NEGATIVE,
    FaultKind.DUPLICATED_DAY,
    FaultKind.SCALE,
    FaultKind.BACKLOG,
    FaultKind.NIGHT_LOAD,
    FaultKind.MISSING,
    FaultKind.SHIFT,
)
_RESOLUTION_KWH = 0.001


@dataclass(frozen=True)
class Injected:
    """Readings with faults in them, and where they are."""

    series: MeasuredSeries
    spans: tuple[Span, ...]


def inject(
    clean: MeasuredSeries,
    kinds: Sequence[FaultKind],
    seed: int,
    *,
    factor: float | None = None,
    shift_hours: float | None = None,
) -> Injected:
    """Put one fault of each kind into a home's readings, apart from each other by a day.

    Args:
        clean: readings without known faults.
        kinds: of :data:`ONE_HOME`, in any number.
        seed: draws where, how long and how much.
        factor: of scale faults; one of 10, 0.1, 4, 0.25 and 0.001 unless told.
        shift_hours: of shifts; plus or minus one hour unless told.

    Raises:
        ValueError: there is no room for so many faults.
    """
    draw = np.random.default_rng(seed)
    slots = 1440 // clean.step_minutes
    load_kw = clean.mean_kw.copy()
    taken = np.isnan(load_kw)
    taken[: 8 * slots] = True
    after_meter = np.zeros(len(load_kw), bool)
    spans = []
    for kind in kinds:
        length = _length(kind, slots, draw)
        first = _room(taken, length, slots, kind, draw)
        taken[max(first - slots, 0) : first + length + slots] = True
        own_factor = factor if factor is not None else float(draw.choice((10.0, 0.1, 4.0, 0.25, 0.001)))
        hours = shift_hours if shift_hours is not None else float(draw.choice((1.0, -1.0)))
        how = _How(own_factor, round(hours * slots / 24), clean.step_minutes)
        _put(load_kw, clean.mean_kw, kind, first, first + length, how, draw)
        after_meter[first : first + length] = kind is FaultKind.SCALE and own_factor < 0.01
        spans.append(Span(kind, first, first + length))
    # In whole Wh, so that no fault shows by its digits; what is a thousand times too small was so after the meter.
    counted = _as_a_meter_counts(load_kw, clean.step_minutes)
    return Injected(_with(clean, np.where(after_meter, load_kw, counted)), tuple(spans))


def shift_all(homes: Sequence[MeasuredSeries], seed: int, days: int = 14) -> tuple[Injected, ...]:
    """All clocks an hour late from one day on, for so many days."""
    draw = np.random.default_rng(seed)
    slots = 1440 // homes[0].step_minutes
    first = int(draw.integers(21, len(homes[0].mean_kw) // slots - days - 7)) * slots
    stop, hour = first + days * slots, slots // 24
    hour = hour if draw.random() < 0.5 else -hour
    shifted = []
    for home in homes:
        load_kw = home.mean_kw.copy()
        load_kw[first:stop] = np.roll(home.mean_kw, hour)[first:stop]
        shifted.append(Injected(_with(home, load_kw), (Span(FaultKind.SHIFT_OF_ALL, first, stop),)))
    return tuple(shifted)


def steal(clean: MeasuredSeries, share: float, days: int, seed: int) -> Injected:
    """A meter that misses a share of what is drawn for the last so many days, give or take a week."""
    draw = np.random.default_rng(seed)
    slots = 1440 // clean.step_minutes
    lasting = days + int(draw.integers(-7, 8))
    first = max(len(clean.mean_kw) - lasting * slots, 0)
    load_kw = clean.mean_kw.copy()
    load_kw[first:] *= 1.0 - share
    span = Span(FaultKind.THEFT, first, len(load_kw))
    return Injected(_with(clean, _as_a_meter_counts(load_kw, clean.step_minutes)), (span,))


@dataclass(frozen=True)
class _How:
    factor: float
    shift_steps: int
    step_minutes: int


def _length(kind: FaultKind, slots: int, draw: np.random.Generator) -> int:
    """How many steps a fault lasts."""
    hours = {
        FaultKind.SPIKE: (0.25, 0.75),
        FaultKind.STUCK: (6, 48),
        FaultKind.ZERO_RUN: (6, 48),
        FaultKind.SIGN_FLIP: (24, 96),
        FaultKind.NEGATIVE: (0.25, 3),
        FaultKind.DUPLICATED_DAY: (24, 24),
        FaultKind.SCALE: (48, 168),
        FaultKind.BACKLOG: (4, 24),
        FaultKind.NIGHT_LOAD: (96, 216),
        FaultKind.MISSING: (1, 48),
        FaultKind.SHIFT: (168, 336),
    }[kind]
    return max(round(float(draw.uniform(*hours)) * slots / 24), 1)


def _room(
    taken: NDArray[np.bool_], length: int, slots: int, kind: FaultKind, draw: np.random.Generator
) -> int:
    before = np.concatenate(([0], np.cumsum(taken)))
    free = np.flatnonzero(before[length:] - before[:-length] == 0)
    if kind is FaultKind.DUPLICATED_DAY:
        free = free[free % slots == 0]
    if not len(free):
        raise ValueError(f"no room for {kind.value} of {length} steps")
    return int(draw.choice(free))


def _put(
    load_kw: NDArray[np.float64],
    clean_kw: NDArray[np.float64],
    kind: FaultKind,
    first: int,
    stop: int,
    how: _How,
    draw: np.random.Generator,
) -> None:
    inside = slice(first, stop)
    slots = 1440 // how.step_minutes
    match kind:
        case FaultKind.SPIKE:
            load_kw[inside] = float(draw.uniform(4, 15)) * np.nanquantile(clean_kw, 0.99)
        case FaultKind.STUCK:
            load_kw[inside] = load_kw[first]
        case FaultKind.ZERO_RUN:
            load_kw[inside] = 0.0
        case FaultKind.SIGN_FLIP | FaultKind.NEGATIVE:
            load_kw[inside] *= -1.0
        case FaultKind.DUPLICATED_DAY:
            away = int(draw.integers(1, 8)) * slots
            load_kw[inside] = clean_kw[first - away : stop - away]
        case FaultKind.SCALE:
            load_kw[inside] *= how.factor
        case FaultKind.BACKLOG:
            total = float(np.sum(load_kw[inside]))
            load_kw[inside] = 0.0
            load_kw[stop - 1] = total
        case FaultKind.NIGHT_LOAD:
            steps = np.arange(first, stop)
            steps = steps[steps % slots < slots // 4]
            load_kw[steps] += float(draw.uniform(0.4, 1.2))
        case FaultKind.MISSING:
            load_kw[inside] = np.nan
        case FaultKind.SHIFT:
            load_kw[inside] = np.roll(clean_kw, how.shift_steps)[inside]
        case _:
            raise ValueError(f"{kind.value} is no fault of one home")


def _as_a_meter_counts(load_kw: NDArray[np.float64], step_minutes: int) -> NDArray[np.float64]:
    """In whole Wh a step, so that no fault shows by its digits."""
    hours = step_minutes / 60
    return np.round(load_kw * hours / _RESOLUTION_KWH) * _RESOLUTION_KWH / hours


def _with(clean: MeasuredSeries, load_kw: NDArray[np.float64]) -> MeasuredSeries:
    return MeasuredSeries(clean.start, clean.step_minutes, clean.zone, load_kw, clean.available_at)
