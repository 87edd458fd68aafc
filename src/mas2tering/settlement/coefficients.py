"""The table of coefficients that a community's manager sends to the distribution system operator.

One row for each quarter-hour, one column for each member: the part of what the community feeds in that counts as this member's.
A row sums to one or less; the rest is exported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import gcd
from zoneinfo import ZoneInfo

import numpy as np

from mas2tering.domain.local_market import FloatArray
from mas2tering.domain.time_axis import TimeAxis

QUARTER_HOUR_MINUTES = 15
DECIMALS = 6
TIME_COLUMNS = ("quarter_hour_start_utc", "quarter_hour_start_local")


@dataclass(frozen=True)
class CoefficientTable:
    """Header and rows, as text: two time stamps, then a coefficient with six decimals for each member."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def coefficients(
    axis: TimeAxis, members: Sequence[str], fed_in_kwh: FloatArray, bought_kwh: FloatArray
) -> CoefficientTable:
    """The table for an allocation; energies have shape (members, steps).

    Coefficients are cut, not rounded, so that no row exceeds one and no member gets more than it draws. Energy of steps of
    another length than a quarter-hour is taken as even within the step.

    Raises:
        ValueError: the axis does not consist of whole quarter-hours.
    """
    fed_in = in_quarter_hours(fed_in_kwh, axis).sum(axis=0)
    bought = in_quarter_hours(bought_kwh, axis)
    parts = np.divide(bought, fed_in, out=np.zeros_like(bought), where=fed_in > 0.0)
    # A millionth of the last digit: 0.3 is meant where arithmetic says 0.29999999999999993.
    cut = np.floor(np.clip(parts, 0.0, 1.0) * 10**DECIMALS + 1e-6).astype(np.int64)
    zone = ZoneInfo(axis.zone)
    rows = []
    for k in range(cut.shape[1]):
        start = axis.start + k * timedelta(minutes=QUARTER_HOUR_MINUTES)
        local = start.astimezone(zone).isoformat(timespec="minutes")
        rows.append((f"{start:%Y-%m-%dT%H:%MZ}", local, *map(_text, cut[:, k].tolist())))
    return CoefficientTable((*TIME_COLUMNS, *members), tuple(rows))


def in_quarter_hours(energy_kwh: FloatArray, axis: TimeAxis) -> FloatArray:
    """Energy by quarter-hour, shape (members, quarter-hours).

    Raises:
        ValueError: the axis does not consist of whole quarter-hours.
    """
    minutes = axis.steps * axis.step_minutes
    if axis.start.minute % QUARTER_HOUR_MINUTES or minutes % QUARTER_HOUR_MINUTES:
        raise ValueError(f"{minutes} min from {axis.start:%H:%M} UTC are not whole quarter-hours")
    piece = gcd(axis.step_minutes, QUARTER_HOUR_MINUTES)
    pieces = np.repeat(energy_kwh / (axis.step_minutes // piece), axis.step_minutes // piece, axis=1)
    return np.asarray(pieces.reshape(len(energy_kwh), -1, QUARTER_HOUR_MINUTES // piece).sum(axis=2))


def _text(millionths: int) -> str:
    whole, rest = divmod(millionths, 10**DECIMALS)
    return f"{whole}.{rest:0{DECIMALS}d}"
