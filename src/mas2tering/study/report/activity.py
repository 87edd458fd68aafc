"""What a device does when, in few words: ``starts 13:15``, ``01:30–05:00``, ``charges 11:00–14:00, gives
17:00–22:00``."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.plans import DevicePlan, FloatArray, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.study.report.wording import DASH, listed

OFF = "off"
_SMALLEST_KW = 0.02
_SMALLEST_SHARE = 0.05
_SHORTEST_PAUSE_MINUTES = 30
_MOST_RUNS = 3
_MAINLY = 0.75
_UNCHANGED_KW = 1e-6


@dataclass(frozen=True)
class Move:
    """A device's day before and after, in words; ``day`` is empty where the run has one day alone."""

    day: str
    before: str
    after: str


def moves_of(before: Sequence[HomePlan], after: Sequence[HomePlan], device: str) -> tuple[Move, ...]:
    """A device's days, before and after, in words."""
    moves = []
    for old, new in zip(before, after, strict=True):
        first, second = plan_of_device(old, device), plan_of_device(new, device)
        day = f"{old.axis.local_starts[0]:%a %d %b}" if len(before) > 1 else ""
        moves.append(Move(day, activity(first, old.axis), activity(second, new.axis)))
    return tuple(moves)


def spoken(device: str) -> str:
    """A device's id as words: ``heat pump``, ``EV``."""
    words = device.replace("_", " ").split(" ")
    return " ".join(word.upper() if word in ("ev", "pv", "ac", "chp") else word for word in words)


def plan_of_device(plan: HomePlan, device: str) -> DevicePlan | None:
    """A device's part in a plan, None where it has none."""
    return next((part for part in plan.devices if part.device == device), None)


def is_unchanged(before: Sequence[HomePlan], after: Sequence[HomePlan], device: str) -> bool:
    """Whether a device does the same in both plans."""
    for old, new in zip(before, after, strict=True):
        first, second = plan_of_device(old, device), plan_of_device(new, device)
        if first is None or second is None:
            if first is not second:
                return False
        elif np.abs(first.power_kw - second.power_kw).max() > _UNCHANGED_KW:
            return False
    return True


def activity(part: DevicePlan | None, axis: TimeAxis) -> str:
    """When a device draws power and when it gives some, in words."""
    if part is None:
        return OFF
    if part.kind == "programme":
        return f"starts {listed([axis.label(step) for step in part.starts])}" if part.starts else "left out"
    draws, gives = when(part.power_kw, axis), when(-part.power_kw, axis)
    if part.kind == "battery" or (draws and gives):
        texts = [f"{verb} {text}" for verb, text in (("charges", draws), ("gives", gives)) if text]
        return "; ".join(texts) or "idle"
    return draws or gives or OFF


def when(power_kw: FloatArray, axis: TimeAxis) -> str:
    """The times at which a power (shape (steps,)) is clearly above zero; empty if it never is.

    Short pauses are passed over. Of many runs those with most energy are named.
    """
    highest = float(power_kw.max(initial=0.0))
    if highest < _SMALLEST_KW:
        return ""
    runs = _runs(
        power_kw > max(_SMALLEST_KW, _SMALLEST_SHARE * highest), _SHORTEST_PAUSE_MINUTES // axis.step_minutes
    )
    if runs == [(0, axis.steps)]:
        return "all day"
    if len(runs) <= _MOST_RUNS:
        return ", ".join(_span(axis, *run) for run in runs)
    energy = [float(power_kw[first:last].sum()) for first, last in runs]
    largest = sorted(np.argsort(energy)[::-1][:_MOST_RUNS])
    if sum(energy[k] for k in largest) >= _MAINLY * sum(energy):
        return "mainly " + ", ".join(_span(axis, *runs[k]) for k in largest)
    most = runs[int(np.argmax(energy))]
    return f"{len(runs)} times a day, most {_span(axis, *most)}"


def _span(axis: TimeAxis, first: int, last: int) -> str:
    return f"{axis.label(first)}{DASH}{axis.label(last)}"


def _runs(on: NDArray[np.bool_], longest_pause: int) -> list[tuple[int, int]]:
    """First step and end of each run of True, runs a short pause apart taken as one."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], on.astype(np.int8), [0]))))
    runs: list[tuple[int, int]] = []
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if runs and first - runs[-1][1] <= longest_pause:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs
