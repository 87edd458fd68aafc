"""Seeded generators, one for each home and block of days, so that a draw depends on what it is for and on
nothing else."""

from collections.abc import Callable, Sequence
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

SHORT_BLOCK_DAYS, LONG_BLOCK_DAYS = 16, 64
LONG_BLOCK_NUMBERS = 8  # at most this many numbers a day are drawn in long blocks


class Stream(IntEnum):
    """What a generator is for. The numbers are part of the results: never renumber, only add."""

    HOUSEHOLD = 1
    HOUSEHOLD_NOISE = 2
    HOUSEHOLD_DAYS = 3
    COMMON_NOISE = 4
    COMMON_DAYS = 5
    WEATHER_DAYS = 6
    WEATHER_NOISE = 7
    ROOF = 8
    VEHICLE = 9
    VEHICLE_DAYS = 10
    DWELLING = 11
    APPLIANCE = 12
    APPLIANCE_DAYS = 13
    QUARTER_SPLIT = 14
    HOUSEHOLD_WHITE = 15
    HOUSEHOLD_HABIT = 16
    VEHICLE_CHANCE = 17
    HOT_WATER_DAYS = 18
    HOT_WATER_DRAWS = 19


def generator(seed: int, stream: Stream, *ids: int) -> np.random.Generator:
    """The generator of one stream for one thing (a home, a block of days).

    Raises:
        ValueError: the seed or an id is negative.
    """
    if seed < 0 or any(number < 0 for number in ids):
        raise ValueError("a seed is a whole number from 0 up")
    return np.random.default_rng(np.random.SeedSequence([seed, int(stream), *ids]))


def day_numbers(dates: Sequence[date]) -> NDArray[np.int64]:
    """Days since the first of January of year 1, one for each date."""
    return np.array([day.toordinal() for day in dates], dtype=np.int64)


def normals_of_days(
    seed: int, stream: Stream, ids: Sequence[int], days: NDArray[np.int64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Independent standard normal draws ``[ids, days, *shape]``; a day's do not depend on the others asked
    for."""
    return _of_days(lambda rng, size: rng.standard_normal(size), seed, stream, ids, days, shape)


def uniforms_of_days(
    seed: int, stream: Stream, ids: Sequence[int], days: NDArray[np.int64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """As `normals_of_days`, uniform in [0, 1)."""
    return _of_days(lambda rng, size: rng.random(size), seed, stream, ids, days, shape)


def _of_days(
    draw: Callable[[np.random.Generator, tuple[int, ...]], NDArray[np.float64]],
    seed: int,
    stream: Stream,
    ids: Sequence[int],
    days: NDArray[np.int64],
    shape: tuple[int, ...],
) -> NDArray[np.float64]:
    # A generator serves a block of days, for making one costs as much as drawing some thousand numbers.
    in_block = SHORT_BLOCK_DAYS if np.prod(shape) > LONG_BLOCK_NUMBERS else LONG_BLOCK_DAYS
    blocks, position = np.unique(days // in_block, return_inverse=True)
    drawn = np.empty((len(ids), len(blocks), in_block, *shape))
    for row, identity in enumerate(ids):
        for column, block in enumerate(blocks):
            drawn[row, column] = draw(generator(seed, stream, int(identity), int(block)), (in_block, *shape))
    return drawn[:, position, days % in_block]
