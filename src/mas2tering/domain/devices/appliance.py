"""Appliances whose programme, once started, runs to its end."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mas2tering.domain.devices.base import DeviceBase
from mas2tering.domain.time_axis import ClockTime, clock_minutes
from mas2tering.domain.units import CostPerHour, Minutes, Money, PowerOrNoneKw
from mas2tering.domain.windows import WEEKDAYS, Weekdays, check_order


class ApplianceProgramme(DeviceBase):
    """One run of a washing machine, dishwasher, dryer…: its power profile, when it may run, when it would
    best.

    ``power_kw`` holds the mean power of each ``profile_step_minutes`` of the run. The run starts at
    ``earliest_start`` or later and is over by ``latest_end``; each hour away from ``preferred_start`` costs
    ``delay_cost_per_hour``. With ``worth`` the run is optional: it is left out where it would cost more than
    that. A run that comes ``after`` another of the same home (a dryer after the washing machine) starts when
    that one is over, at most ``longest_wait_minutes`` later where that is said.
    """

    kind: Literal["programme"] = "programme"
    power_kw: Annotated[tuple[PowerOrNoneKw, ...], Field(min_length=1)]
    profile_step_minutes: Annotated[int, Field(strict=True, ge=1, le=60)]
    earliest_start: ClockTime
    latest_end: ClockTime
    preferred_start: ClockTime | None = None
    days: Weekdays = WEEKDAYS
    delay_cost_per_hour: CostPerHour = 0.0
    worth: Money | None = None
    after: str | None = None
    longest_wait_minutes: Minutes | None = None

    @property
    def duration_minutes(self) -> int:
        """Length of a run in minutes."""
        return len(self.power_kw) * self.profile_step_minutes

    @property
    def energy_kwh(self) -> float:
        """Energy of a run in kWh."""
        return sum(self.power_kw) * self.profile_step_minutes / 60

    @model_validator(mode="after")
    def _window_is_one(self) -> Self:
        check_order("earliest_start", self.earliest_start, "latest_end", self.latest_end)
        if self.preferred_start is not None and not (
            clock_minutes(self.earliest_start)
            <= clock_minutes(self.preferred_start)
            < clock_minutes(self.latest_end)
        ):
            raise ValueError(
                f"preferred_start {self.preferred_start} lies outside the window {self.earliest_start} to "
                f"{self.latest_end}; "
                "expected a time inside it"
            )
        if self.longest_wait_minutes is not None and self.after is None:
            raise ValueError(
                "longest_wait_minutes without after; expected the id of the programme that comes first"
            )
        return self
