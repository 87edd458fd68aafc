"""What every device has."""

from typing import Literal

from pydantic import Field

from mas2tering.domain.units import Priority
from mas2tering.domain.windows import Words

Phase = Literal["A", "B", "C"]
Control = Literal["platform", "never"]


class DeviceBase(Words):
    """A name, a phase where it is on one, and who may control it.

    ``control = "never"`` is the user's "never touch this": the device runs as it would without the platform.
    When wishes clash, those of the lowest ``priority`` give way first.
    """

    id: str = Field(min_length=1, pattern=r"^[^\s].*$")
    phase: Phase | None = None
    control: Control = "platform"
    priority: Priority = 3
