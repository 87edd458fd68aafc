"""Recorded negotiations: congested days of a community, and the prices that were agreed on for their limits.

Each was negotiated by all 184 homes on their network behind a transformer that is too small, in full three-phase power flow,
until the plans kept its limits. Those of the generated community come with the platform (``tools/record_negotiations.py`` makes
them anew); those of measured homes on the real network are negotiated once where the data is, and kept in a folder.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.study.gaming.kept import Arrays, Told, kept_arrays

STEP_MINUTES = 30
FIRST_DAY, WEEKS_APART, DAYS = date(2013, 1, 9), 2, 26
TOLD_PER_KWH = 1e-4
"""Prices are told in whole numbers of this."""
_LEAST_PER_KWH = 0.01
_DAY_STEPS = 24 * 60 // STEP_MINUTES
_FILE = "negotiations.npz"


@dataclass(frozen=True)
class Setting:
    """Where days are negotiated: a built-in community in a scenario, drawn from a seed, behind a transformer of ``rating_kva``."""

    community: str
    scenario: str = "S5"
    seed: int = 1
    rating_kva: float = 200.0

    @property
    def name(self) -> str:
        """A name for files and lines."""
        return f"{self.community.replace(':', '_')}-{self.scenario}-{self.seed}-{self.rating_kva:g}kVA"


GENERATED, REAL = Setting("cardiff"), Setting("enwl:22")
SETTINGS = {setting.community: setting for setting in (REAL, GENERATED)}


@dataclass(frozen=True)
class RecordedDay:
    """A congested day: ``added_per_kwh`` (homes, steps) is what the limits add to the price of each home's kWh,
    ``local_per_kwh`` (2, steps) the local price before orders and after them; where it was negotiated."""

    day: date
    added_per_kwh: FloatArray
    local_per_kwh: FloatArray
    setting: Setting = GENERATED


def days_asked() -> tuple[date, ...]:
    """The days that are negotiated for a recording: every other week of 2013, days of the week in turn."""
    return tuple(FIRST_DAY + timedelta(days=7 * WEEKS_APART * k + k % 7) for k in range(DAYS))


def recorded_days(limit: int) -> tuple[RecordedDay, ...]:
    """The recorded days of the generated community, at most ``limit`` of them, spread over the year."""
    with files("mas2tering.study.gaming").joinpath(_FILE).open("rb") as file, np.load(file) as found:
        ordinals, added, local = found["day"], found["added"], found["local"]
    days = [
        RecordedDay(date.fromordinal(int(day)), TOLD_PER_KWH * own, TOLD_PER_KWH * prices)
        for day, own, prices in zip(ordinals, added, local, strict=True)
    ]
    return _spread(days, limit)


def recorded_in(
    folder: Path, setting: Setting, limit: int, negotiate: Callable[[date], Arrays]
) -> tuple[RecordedDay, ...]:
    """The recorded days of a setting, at most ``limit`` of them; what is not in the folder yet is negotiated, and kept there."""
    days = []
    for day in days_asked():
        own = kept_arrays(folder / setting.name / f"{day}.npz", lambda day=day: negotiate(day))  # type: ignore[misc]
        if is_congested(own):
            prices = np.stack([own["before"], own["after"]])
            days.append(RecordedDay(day, told_price(own["added"]), told_price(prices), setting))
    return _spread(days, limit)


def is_congested(told: Arrays) -> bool:
    """Whether a negotiation is of a day of 24 hours on which some home's kWh costs a cent more at least: limits that cost nothing
    to keep make no orders."""
    added = told["added"]
    return (
        added.ndim == 2
        and added.shape[1] == _DAY_STEPS
        and float(added.max()) * TOLD_PER_KWH >= _LEAST_PER_KWH
    )


def told_price(told: Told) -> FloatArray:
    """Prices per kWh from whole numbers."""
    return np.asarray(TOLD_PER_KWH * told.astype(float))


def _spread(days: list[RecordedDay], limit: int) -> tuple[RecordedDay, ...]:
    picked = np.unique(np.linspace(0, len(days) - 1, min(limit, len(days))).round().astype(int))
    return tuple(days[k] for k in picked)
