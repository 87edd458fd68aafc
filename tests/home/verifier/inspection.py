"""What every part of the second opinion needs: a plan beside its home, arithmetic, and problems in words."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from mas2tering.domain.community import Home
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import profile_on
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.domain.time_axis import clock_minutes, local_instant
from mas2tering.domain.windows import WEEKDAYS

TIGHT = 1e-6
"""Physics and money are recomputed, so they agree to rounding."""
SLACK = 2e-5
"""Limits hold up to a solver's tolerance."""
HOURS_PER_MONTH = 365.25 / 12 * 24


@dataclass
class Money:
    """What a device costs beside the bill.

    Of cogeneration a plan shows neither boiler nor unserved heat, only what they sum to: fuel and discomfort together lie
    between ``discomfort`` (the cheaper of the two taken first) and that plus ``waste`` (the boiler always first).
    """

    wear: float = 0.0
    discomfort: float = 0.0
    waste: float = 0.0
    stored: float = 0.0

    def __add__(self, other: "Money") -> "Money":
        return Money(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass
class Inspection:
    """One plan under inspection: ``problems`` are sentences, ``monies`` what each device costs beside the bill."""

    home: Home
    tariff: TariffOnAxis
    reader: object
    plan: HomePlan
    problems: list[str] = field(default_factory=list)
    monies: dict[str, Money] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.axis = self.plan.axis
        self.hours = self.axis.step_hours
        self.price = self.tariff.import_price_per_kwh
        self.plans = {p.device: p for p in self.plan.devices}
        self.clashing = {clash.device for clash in self.plan.clashes}

    def _turn_to(self, device) -> None:
        """What follows is this device's: its money is counted on its own."""
        self.money = self.monies.setdefault(device.id, Money())

    def _say(self, wrong: bool, words: str) -> None:
        if wrong:
            self.problems.append(words)

    def _near(self, found, expected, words: str, tolerance: float = TIGHT) -> None:
        apart = np.max(np.abs(np.asarray(found, dtype=float) - expected), initial=0.0)
        scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
        self._say(bool(not apart <= tolerance * scale), f"{words}: off by {apart:.3g}")

    def _between(self, low, values, high, words: str) -> None:
        beyond = max(np.max(low - values, initial=0.0), np.max(values - high, initial=0.0))
        scale = max(1.0, float(np.max(np.abs(values), initial=0.0)))
        self._say(bool(not beyond <= SLACK * scale), f"{words}: beyond by {beyond:.3g}")

    def _values(self, source) -> np.ndarray:
        if isinstance(source, int | float):
            return np.full(self.axis.steps, float(source))
        return profile_on(self.axis, source, self.reader).values

    def _refill(self, per_kw: np.ndarray, power: np.ndarray, size: float, wear: float = 0.0) -> float:
        """Cost of a kWh of content, filled from empty where it is cheapest; ``per_kw`` kWh of content per kW and step."""
        price = self.price[self.axis.steps - len(per_kw) :]
        slots = sorted(
            ((p + wear) * self.hours / g, g * kw)
            for p, g, kw in zip(price, per_kw, power, strict=True)
            if g * kw > 0
        )
        left, paid = size, 0.0
        for cost, room in slots:
            paid += cost * min(room, left)
            left -= min(room, left)
        return max(0.0, paid / (size - left)) if size > left else 0.0

    def _leaky(self, start: float, retention: float, content: np.ndarray, inflow: np.ndarray) -> np.ndarray:
        """What each step's content holds beyond what came from the content before and the inflow."""
        before = np.concatenate(([start], content[:-1]))
        return content - retention * before - inflow

    def _days(self, device) -> list:
        return [day for day in self.axis.local_dates if WEEKDAYS[day.weekday()] in device.days]

    def _instant(self, day, clock: str) -> datetime:
        return local_instant(day, clock_minutes(clock), self.axis.zone)
