"""What a feeder's own meter says of orders that meter and device records of a home assert.

The substation measures each phase of a feeder; what the meters behind it do not add up to, beside losses, was drawn by
somebody. A home whose meter shows its order while it lives its own plan leaves the shape of its order in that difference,
with the opposite sign, on the days on which it was called and on no others. A regression on the orders of all homes behind
the phase tells whose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.season.judging import JudgedDay

_SAME_SHAPE = 1e-3
"""What orders that are alike may differ by, as a share of the largest singular value, before they are told apart."""


@dataclass(frozen=True)
class FeederDenies:
    """Of each home behind a phase the share of its orders that the feeder denies, shape (homes,): 0 where it did as ordered, 1
    where it did not at all; and how far chance moves that."""

    share: FloatArray
    deviation: FloatArray


def denied_by_feeder(
    left_kw: FloatArray, metered_kw: FloatArray, ordered_flex_kw: FloatArray
) -> FeederDenies:
    """What a season of a feeder's phase says of its homes.

    Least squares: what is left is what homes did not do of their orders, a share of all that was metered (meters and losses are
    off by a little, always the same way), and noise, whose size comes from what the fit leaves. Homes whose orders were always
    alike cannot be told apart, and share what is found.

    Args:
        left_kw: the feeder's phase less losses less the meters behind it, shape (days, steps).
        metered_kw: what these meters show together, shape (days, steps).
        ordered_flex_kw: the order of each home, nothing where it was not called, shape (homes, days, steps).

    Raises:
        ValueError: shapes do not fit together.
    """
    homes = len(ordered_flex_kw)
    if left_kw.shape != metered_kw.shape or ordered_flex_kw.shape[1:] != left_kw.shape:
        raise ValueError(
            f"expected days and steps alike, found {left_kw.shape}, {metered_kw.shape} and {ordered_flex_kw.shape}"
        )
    known = np.vstack([-ordered_flex_kw.reshape(homes, -1), metered_kw.reshape(1, -1)]).T
    inverse = np.linalg.pinv(known, rcond=_SAME_SHAPE)
    found = inverse @ left_kw.ravel()
    off = left_kw.ravel() - known @ found
    freedom = max(1, known.shape[0] - int(np.linalg.matrix_rank(known)))
    deviation = np.sqrt(off @ off / freedom * (inverse**2).sum(axis=1))
    return FeederDenies(found[:homes], deviation[:homes])


def with_feeder(
    days: Sequence[JudgedDay],
    ordered_kwh: Sequence[float],
    share: float,
    deviation: float,
    dead_band: float,
) -> list[JudgedDay]:
    """A home's judged days with what the feeder denies beside what its own meter denies.

    The share is one number for the season: its error is the same on all days, and the band of losses is as wide as that asks
    for. Of the energy that was ordered (``ordered_kwh``, by day) what is denied beyond ``dead_band`` deviations was not
    delivered.
    """
    losses = sum(day.loss for day in days)
    beyond = max(0.0, share - dead_band * deviation)
    return [
        replace(
            day,
            contradicted=day.contradicted + day.loss * share,
            contradicted_deviation=float(
                np.hypot(day.contradicted_deviation, deviation * np.sqrt(day.loss * losses))
            ),
            short_kwh=day.short_kwh + beyond * kwh,
        )
        if day.called
        else day
        for day, kwh in zip(days, ordered_kwh, strict=True)
    ]
