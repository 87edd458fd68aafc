"""Whether a plan keeps a home's contract with the aggregator: what it breaks, by clause, in words.

It looks at plans alone, whoever made them, and not at how a home was restricted to its contract.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.plans import DevicePlan, FloatArray, HomePlan
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.domain.windows import WEEKDAYS, ClockWindow

Clause = Literal["assets", "hours", "calls_per_day", "override"]

_SAME_KW = 1e-5
"""Powers nearer than this are the same: a solver's rounding."""
_STORES = ("battery", "ev")


@dataclass(frozen=True)
class Breach:
    """What was found that a clause of a member's contract does not allow, and what it allows, both in words."""

    member: str
    clause: Clause
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.clause}: {self.found}; the contract allows {self.allowed}"


def contract_breaches(contract: AggregationContract, alone: HomePlan, agreed: HomePlan) -> tuple[Breach, ...]:
    """Where a plan deviates from the home's plan of use case 1 in a way that its contract does not allow.

    The first breach of each device is named.
    """
    own = {device.device: device for device in alone.devices}
    allowed = contract.allowed(agreed.axis)
    found = []
    for device in agreed.devices:
        before = own.get(device.device)
        power_kw = np.zeros(agreed.axis.steps) if before is None else before.power_kw
        if not contract.covers(device.device):
            steps = _deviates(power_kw, device.power_kw)
        elif before is not None and (before.starts or device.starts):
            steps = _asked(before, device, agreed.axis.steps) & ~allowed
        elif device.kind == "micro_chp" and not allowed.all():
            # A schedule is one thing, and none of it may be asked for.
            steps = _deviates(power_kw, device.power_kw)
        else:
            steps = _deviates(power_kw, device.power_kw) & ~allowed
        if steps.any():
            step = int(np.argmax(steps))
            words = _doing(device, float(power_kw[step]), step, agreed.axis)
            covered = contract.covers(device.device)
            found.append(
                Breach(
                    agreed.home,
                    "hours" if covered else "assets",
                    words,
                    hours_in_words(contract.hours) if covered else _assets_in_words(contract),
                )
            )
    return tuple(found)


def hours_in_words(hours: tuple[ClockWindow, ...]) -> str:
    """``17:00 to 21:00, 06:00 to 08:00 on sat, sun``; ``any time`` where none are named."""
    return ", ".join(_window_in_words(window) for window in hours) or "any time"


def _window_in_words(window: ClockWindow) -> str:
    days = "" if set(window.days) == set(WEEKDAYS) else f" on {', '.join(window.days)}"
    return f"{window.begin} to {window.end}{days}"


def _assets_in_words(contract: AggregationContract) -> str:
    return f"only {', '.join(contract.assets)} to be asked for"


def _deviates(alone_kw: FloatArray, agreed_kw: FloatArray) -> NDArray[np.bool_]:
    return np.asarray(np.abs(agreed_kw - alone_kw) > _SAME_KW)


def _asked(alone: DevicePlan, agreed: DevicePlan, steps: int) -> NDArray[np.bool_]:
    """Steps at which a programme runs although it would not alone, or is left out although it would run.

    A run that moves is asked for where it goes to; where it comes from is left free.
    """
    asked = np.zeros(steps, dtype=bool)
    for start, end in pairwise((*sorted(agreed.starts), steps)):
        if start not in alone.starts:
            asked[start:end] = agreed.power_kw[start:end] > _SAME_KW
    if len(agreed.starts) < len(alone.starts):
        asked |= (alone.power_kw > _SAME_KW) & (agreed.power_kw <= _SAME_KW)
    return asked


def _doing(device: DevicePlan, alone_kw: float, step: int, axis: TimeAxis) -> str:
    """``the battery would charge at 03:15 (2.0 kW, alone 0.0 kW)``."""
    power_kw = float(device.power_kw[step])
    if abs(power_kw) <= _SAME_KW:
        doing = "stand still"
    elif device.kind in _STORES:
        doing = "charge" if power_kw > 0 else "discharge"
    else:
        doing = "run" if power_kw > 0 else "feed in"
    amounts = f"{abs(power_kw):.1f} kW, alone {abs(alone_kw):.1f} kW"
    return f"the {device.device} would {doing} at {axis.label(step)} ({amounts})"
