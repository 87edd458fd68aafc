"""Recorded negotiations: congested days of the generated community, and the prices that were agreed on for their limits.

Each was negotiated by all 184 homes on the generated network behind a transformer that is too small, in full three-phase power
flow, until the plans kept its limits (``tools/record_negotiations.py`` makes them anew). An attacker is small beside 184 homes:
it answers the recorded prices, and whether the prices would have answered it is for a negotiation run again.
"""

from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import numpy as np

from mas2tering.domain.plans import FloatArray

STEP_MINUTES = 30
SCENARIO, SEED, COMMUNITY = "S5", 1, "cardiff"
RATING_KVA = 200.0
_TOLD = 1e-4
_FILE = "negotiations.npz"


@dataclass(frozen=True)
class RecordedDay:
    """A congested day: ``added_per_kwh`` (homes, steps) is what the limits add to the price of each home's kWh,
    ``local_per_kwh`` (2, steps) the local price before orders and after them."""

    day: date
    added_per_kwh: FloatArray
    local_per_kwh: FloatArray


def recorded_days(limit: int) -> tuple[RecordedDay, ...]:
    """The recorded days, at most ``limit`` of them, spread over the year."""
    with files("mas2tering.study.gaming").joinpath(_FILE).open("rb") as file, np.load(file) as found:
        ordinals, added, local = found["day"], found["added"], found["local"]
    picked = np.unique(np.linspace(0, len(ordinals) - 1, min(limit, len(ordinals))).round().astype(int))
    return tuple(
        RecordedDay(date.fromordinal(int(ordinals[k])), _TOLD * added[k], _TOLD * local[k]) for k in picked
    )
