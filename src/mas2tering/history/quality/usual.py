"""What is usual for a home: how often each level of load is seen at each time of day."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL_RATIO = 0.2
"""Width of a level: neighbouring levels are a factor of e^0.2 (1.22) apart."""
_LEAST_LOG_KW = float(np.log(1e-5))
LEVELS = 84
"""Levels from 0.01 W to 200 kW, which is beyond what any home draws, a thousand times too small or ten too large."""
_UNIFORM, _OWN = 2.0, 6.0
"""Weights of a level never seen, and of what the home draws at any time, against the days at this time."""


def levels_of(load_kw: NDArray[np.float64]) -> NDArray[np.int16]:
    """The level of each load, -1 where it is not a positive number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(load_kw)
    scaled = np.where(np.isfinite(log), (log - _LEAST_LOG_KW) / LEVEL_RATIO, -1.0)
    return np.minimum(np.where(scaled < 0, -1, scaled), LEVELS - 1).astype(np.int16)


@dataclass(frozen=True)
class UsualDay:
    """Log-probability of each level at each time of day, shape (slots, levels)."""

    log_probability: NDArray[np.float32]

    @classmethod
    def learned(
        cls, level: NDArray[np.int16], slot: NDArray[np.int64], slots: int, smooth_slots: int
    ) -> "UsualDay":
        """From the days at hand.

        Args:
            level: of each step, shape (steps,); -1 is left out.
            slot: time of day of each step, shape (steps,).
            slots: steps of a day.
            smooth_slots: how far neighbouring times of day speak for each other.
        """
        return cls._from_counts(_counted(level, slot, slots), smooth_slots)

    @classmethod
    def learned_from_other_weeks(
        cls, level: NDArray[np.int16], slot: NDArray[np.int64], slots: int, smooth_slots: int, weeks: int
    ) -> tuple["UsualDay", ...]:
        """For each week, from so many weeks before and after it: a week that is judged by what was learned from it
        among others finds itself usual.

        Args:
            level: of each step, shape (steps,); -1 is left out.
            slot: time of day of each step, shape (steps,).
            slots: steps of a day.
            smooth_slots: how far neighbouring times of day speak for each other.
            weeks: how far weeks speak for each other: a home lives otherwise in another season.
        """
        length = 7 * slots
        counts = np.stack(
            [
                _counted(level[k : k + length], slot[k : k + length], slots)
                for k in range(0, len(level), length)
            ]
        )
        total = np.concatenate((np.zeros_like(counts[:1]), np.cumsum(counts, axis=0)))
        last = len(counts)
        return tuple(
            cls._from_counts(
                total[min(k + weeks + 1, last)] - total[max(k - weeks, 0)] - counts[k], smooth_slots
            )
            for k in range(last)
        )

    @classmethod
    def _from_counts(cls, count: NDArray[np.float64], smooth_slots: int) -> "UsualDay":
        """From how often each level was seen at each time, shape (slots, levels)."""
        at_time = _smooth_levels(_smooth_slots(count, smooth_slots))
        own = at_time.sum(axis=0) / max(at_time.sum(), 1.0)
        mixed = at_time + _OWN * own + _UNIFORM / LEVELS
        return cls(np.log(mixed / mixed.sum(axis=1, keepdims=True)).astype(np.float32))

    def evidence(
        self,
        level: NDArray[np.int16],
        slot: NDArray[np.int64],
        other_level: NDArray[np.int16] | None = None,
        other_slot: NDArray[np.int64] | None = None,
    ) -> NDArray[np.float32]:
        """By how much the readings are more usual at other levels or times than at their own, shape (steps,): the
        log of the ratio of probabilities, zero where there is no reading."""
        slots = len(self.log_probability)
        table = self.log_probability.ravel()
        seen = np.maximum(level, 0).astype(np.int64)
        here = table[slot * LEVELS + seen]
        there_level = seen if other_level is None else np.clip(other_level, 0, LEVELS - 1).astype(np.int64)
        there_slot = slot if other_slot is None else other_slot % slots
        there = table[there_slot * LEVELS + there_level]
        return np.where(level >= 0, there - here, np.float32(0.0))


def _counted(level: NDArray[np.int16], slot: NDArray[np.int64], slots: int) -> NDArray[np.float64]:
    """How often each level was seen at each time of day, shape (slots, levels)."""
    known = level >= 0
    cell = slot[known] * LEVELS + level[known]
    return np.bincount(cell, minlength=slots * LEVELS).reshape(slots, LEVELS).astype(float)


def _smooth_slots(count: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    total = count * (reach + 1)
    for away in range(1, reach + 1):
        weight = reach + 1 - away
        total += weight * (np.roll(count, away, axis=0) + np.roll(count, -away, axis=0))
    return total / (reach + 1)


def _smooth_levels(count: NDArray[np.float64]) -> NDArray[np.float64]:
    padded = np.pad(count, ((0, 0), (2, 2)))
    return np.asarray(
        0.4 * padded[:, 2:-2]
        + 0.2 * (padded[:, 1:-3] + padded[:, 3:-1])
        + 0.1 * (padded[:, :-4] + padded[:, 4:])
    )
