"""Appliance programmes: windows on the clock become starts on the axis, and clashes are said in the user's
words."""

import math
from datetime import date, timedelta

import numpy as np

from mas2tering.domain.devices import ApplianceProgramme
from mas2tering.domain.errors import Clash
from mas2tering.domain.time_axis import TimeAxis, clock_minutes, local_instant
from mas2tering.domain.windows import WEEKDAYS
from mas2tering.home.compile.context import Context, FloatArray
from mas2tering.home.model import IntArray, Programme, ProgrammeChain


def chains_of(
    devices: list[ApplianceProgramme], phases: dict[str, int | None], context: Context
) -> tuple[ProgrammeChain, ...]:
    """The runs of each day, those that follow one another in one chain."""
    follower = {device.after: device for device in devices if device.after is not None}
    chains = []
    for day in context.axis.local_dates:
        for head in (device for device in devices if device.after is None):
            runs: list[Programme] = []
            device: ApplianceProgramme | None = head
            while device is not None:
                run = _run_on(day, device, phases[device.id], runs[-1] if runs else None, context)
                if run is None:
                    break
                runs.append(run)
                device = follower.get(device.id)
            if runs:
                chains.append(ProgrammeChain(tuple(runs)))
    return tuple(chains)


def _run_on(
    day: date, device: ApplianceProgramme, phase: int | None, before: Programme | None, context: Context
) -> Programme | None:
    """The run that belongs to a day, None if there is none: a run belongs to the axis on which its preferred
    start lies."""
    axis = context.axis
    if WEEKDAYS[day.weekday()] not in device.days:
        return None
    preferred = axis.position(
        local_instant(day, clock_minutes(device.preferred_start or device.earliest_start), axis.zone)
    )
    if before is None and not 0 <= preferred < axis.steps:
        return None
    power_kw = run_profile(device, axis)
    starts = _starts(day, device, len(power_kw), context)
    if before is not None:
        starts = _after(device, starts, before, context)
    starts = starts[(starts >= 0) & (starts + len(power_kw) <= axis.steps)]
    if not len(starts):
        context.notes.append(
            f"{device.id}: "
            f"its run of {day} does not fit before the end of the planning day and is left to the next one"
        )
        return None
    hours_off = np.abs(starts - preferred) * axis.step_hours
    return Programme(
        device=device.id,
        kind=device.kind,
        phase=phase,
        starts=starts,
        power_kw=power_kw,
        start_cost=device.delay_cost_per_hour * hours_off,
        preferred=int(np.argmin(hours_off)),
        skip_cost=device.worth,
        longest_wait_steps=None
        if device.longest_wait_minutes is None
        else math.ceil(device.longest_wait_minutes / axis.step_minutes),
        priority=device.priority,
    )


def _starts(day: date, device: ApplianceProgramme, length: int, context: Context) -> IntArray:
    """Steps at which the run may start, by its own window; a window that is too short gives its first step,
    and a clash."""
    axis = context.axis
    first = axis.position(local_instant(day, clock_minutes(device.earliest_start), axis.zone))
    end = axis.position(local_instant(day, clock_minutes(device.latest_end), axis.zone))
    earliest = math.ceil(first - 1e-9)
    # The run's true duration decides whether it is over in time, not the whole steps that it touches.
    latest = math.floor(end - device.duration_minutes / axis.step_minutes + 1e-9)
    window = round((end - first) * axis.step_minutes)
    if latest < earliest:
        start = max(0, min(earliest, axis.steps - length))
        if device.duration_minutes > window:
            context.clashes.append(
                Clash(
                    device.id,
                    f"the window {device.earliest_start} to {device.latest_end} ({_duration(window)}) is "
                    "shorter than the programme, "
                    f"{_duration(device.duration_minutes)}",
                    f"starts it {'early, ' if start < earliest else ''}at {axis.label(start)}"
                    f"{'' if start < earliest else ' and ends it late'}",
                )
            )
        else:
            earliest = max(0, math.floor(first + 1e-9))
        return np.array([max(0, min(earliest, axis.steps - length))], dtype=np.int64)
    return np.arange(earliest, latest + 1, dtype=np.int64)


def _after(
    device: ApplianceProgramme,
    starts: IntArray,
    before: Programme,
    context: Context,
) -> IntArray:
    """Starts that some start of the run before allows; where none does, the soonest after it, and a clash."""
    soonest = int(before.starts[0]) + before.length
    latest = context.axis.steps
    if device.longest_wait_minutes is not None:
        latest = (
            int(before.starts[-1])
            + before.length
            + math.ceil(device.longest_wait_minutes / context.axis.step_minutes)
        )
    allowed = starts[(starts >= soonest) & (starts <= latest)]
    if len(allowed):
        return allowed
    context.clashes.append(
        Clash(
            device.id,
            f"its window {device.earliest_start} to {device.latest_end} leaves no start after "
            f"{before.device}, which is over at "
            f"{context.axis.label(min(soonest, context.axis.steps))} at the soonest",
            f"starts it at {context.axis.label(min(soonest, context.axis.steps))}, right after {before.device}",
        )
    )
    return np.array([soonest], dtype=np.int64)


def run_profile(device: ApplianceProgramme, axis: TimeAxis) -> FloatArray:
    """Mean power of a run in each step of the axis from its start on, shape (ceil(duration / step),); its
    energy is kept."""
    edges = np.arange(len(device.power_kw) + 1) * device.profile_step_minutes
    energy = np.concatenate(([0.0], np.cumsum(device.power_kw) * device.profile_step_minutes / 60))
    length = math.ceil(device.duration_minutes / axis.step_minutes - 1e-9)
    at = np.arange(length + 1) * axis.step_minutes
    return np.asarray(np.diff(np.interp(at, edges, energy)) / axis.step_hours)


def _duration(minutes: int) -> str:
    hours, rest = divmod(
        timedelta(minutes=minutes).seconds // 60 + 1440 * timedelta(minutes=minutes).days, 60
    )
    return f"{hours} h {rest:02d}" if hours else f"{rest} min"
