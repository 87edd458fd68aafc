"""Measured loads of homes whose appliances become devices: what these would have drawn is taken out."""

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.study.population.household_load import is_weekend, share_left
from mas2tering.study.population.random_streams import day_numbers

_FLOOR_QUANTILE = 0.1  # what a home draws at that hour when nobody does anything


def without_appliances_kw(
    load_kw: NDArray[np.float64], dates: Sequence[date], removed_kw: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A home's measured load without appliances that stand in it as devices, shape (days, steps) in kW.

    The load above the home's floor at an hour (its 10 % quantile there, workdays and weekends apart) shrinks
    in one proportion, so that on a mean workday and on a mean weekend day as much is gone as the appliances
    are expected to draw; by at most 80 %, and what one hour cannot give, the others of the day give. As in
    ``base_load_kw``, nothing becomes negative and what was zero stays zero.

    Args:
        load_kw: measured load, shape (days, steps of a day), NaN where nothing is known.
        dates: the day of each row.
        removed_kw: expected power of the appliances, shape (2, 24) for workday and weekend by local hour.

    Raises:
        ValueError: rows without their dates, or steps that do not divide the hour.
    """
    days, steps = load_kw.shape
    if days != len(dates) or steps % 24:
        raise ValueError(f"a load of {days} days of {steps} steps for {len(dates)} dates")
    weekend, left = is_weekend(day_numbers(dates)), load_kw.copy()
    for kind in (0, 1):
        of_kind = load_kw[weekend == bool(kind)].reshape(-1, 24, steps // 24)
        if not np.isfinite(of_kind).any(axis=(0, 2)).all():
            continue  # an hour of which nothing is known gives nothing, nor do the others say how much
        floor = np.nanquantile(of_kind, _FLOOR_QUANTILE, axis=(0, 2))
        above = np.maximum(of_kind - floor[:, None], 0.0)
        share = share_left(np.nanmean(above, axis=(0, 2)), removed_kw[kind])
        left[weekend == bool(kind)] = (of_kind - above * (1.0 - share)[:, None]).reshape(-1, steps)
    return left
