"""Programmes and chains of them (one day: a device has one run at most)."""

import math
from datetime import date, timedelta

import numpy as np

from mas2tering.domain.devices import (
    ApplianceProgramme,
)
from mas2tering.domain.plans import DevicePlan
from verifier.inspection import Inspection


class Programmes(Inspection):
    def _programmes(self) -> None:
        programmes = [d for d in self.home.devices if isinstance(d, ApplianceProgramme)]
        starts: dict[str, tuple[int, ...]] = {}
        self.day_of_run: dict[str, date] = {}
        for device in programmes:
            plan = self.plans.get(device.id)
            starts[device.id] = self._starts(device, plan) if plan is not None else ()
        for device in programmes:
            self._turn_to(device)
            if device.after is None:
                self._days_of_runs(device, starts[device.id])
            else:
                self._order(device, starts)

    def _shape(self, device: ApplianceProgramme) -> np.ndarray:
        """Mean power of a run in each step, from its power in each minute."""
        minutes = np.repeat(device.power_kw, device.profile_step_minutes)
        missing = -len(minutes) % self.axis.step_minutes
        return np.append(minutes, np.zeros(missing)).reshape(-1, self.axis.step_minutes).mean(axis=1)

    def _starts(self, device: ApplianceProgramme, plan: DevicePlan) -> tuple[int, ...]:
        shape = self._shape(device)
        starts = plan.starts
        drawn = np.zeros(self.axis.steps)
        for start in starts:
            drawn[start : start + len(shape)] += shape
        self._near(plan.power_kw, drawn, f"{device.id}: its profile, unbroken, at its start")
        return starts

    def _days_of_runs(self, device: ApplianceProgramme, starts: tuple[int, ...]) -> None:
        """One run for each day whose preferred start lies on the axis; money for its delay, or for leaving it out."""
        name, minutes = device.id, self.axis.step_minutes
        left = list(starts)
        length = timedelta(minutes=device.duration_minutes)
        for day in self._days(device):
            wanted = self._instant(day, device.preferred_start or device.earliest_start)
            if not self.axis.start <= wanted < self.axis.end:
                continue
            begin, end = self._instant(day, device.earliest_start), self._instant(day, device.latest_end)
            moments = {k: self.axis.start + timedelta(minutes=minutes * k) for k in left}
            fits = [k for k in left if begin <= moments[k] and moments[k] + length <= end]
            if not fits and name not in self.clashing:
                # No step lies inside the window: the nearest one is as good as the step is long.
                near = timedelta(minutes=minutes)
                fits = [k for k in left if abs(moments[k] - begin) < near and end - begin < length + near]
            if not fits and name in self.clashing:
                fits = left[:1]
            if not fits:
                noted = any(note.startswith(f"{name}: its run of {day}") for note in self.plan.notes)
                self._say(device.worth is None and not noted, f"{name}: does not run on {day} in its window")
                self.money.discomfort += 0.0 if noted or device.worth is None else device.worth
                continue
            left.remove(fits[0])
            self.day_of_run[name] = day
            late = abs(moments[fits[0]] - wanted) / timedelta(hours=1)
            self.money.discomfort += device.delay_cost_per_hour * late
        self._say(bool(left), f"{name}: runs too often or outside its window ({left})")

    def _order(self, device: ApplianceProgramme, starts: dict[str, tuple[int, ...]]) -> None:
        name, first = device.id, next(d for d in self.home.devices if d.id == device.after)
        own, before = starts[name], starts[first.id]
        self._say(len(own) > len(before), f"{name}: runs although {first.id} does not")
        if name not in self.plans:
            return  # left to the next day, or its day has no run
        self._say(
            len(own) < len(before) and device.worth is None, f"{name}: does not run although {first.id} does"
        )
        if not own or not before:
            self.money.discomfort += 0.0 if own else device.worth or 0.0
            return
        over = before[0] + len(self._shape(first))
        self._say(own[0] < over, f"{name}: starts before {first.id} is over")
        if device.longest_wait_minutes is not None:
            wait = math.ceil(device.longest_wait_minutes / self.axis.step_minutes)
            self._say(own[0] > over + wait, f"{name}: waits too long after {first.id}")
        head = first
        while head.after is not None:
            head = next(d for d in self.home.devices if d.id == head.after)
        if head.id not in self.day_of_run:
            return  # the head's own problem has been said
        wanted = self._instant(self.day_of_run[head.id], device.preferred_start or device.earliest_start)
        started = self.axis.start + timedelta(minutes=self.axis.step_minutes * own[0])
        self.money.discomfort += device.delay_cost_per_hour * (abs(started - wanted) / timedelta(hours=1))
