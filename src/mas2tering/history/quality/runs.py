"""Stretches of equal steps in an array, without loops over steps."""

import numpy as np
from numpy.typing import NDArray


def stretches(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First step, and step after the last, of each unbroken stretch of chosen steps."""
    edges = np.diff(np.concatenate(([0], chosen.view(np.int8), [0])))
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def equal_runs(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First step, and step after the last, of each run of one and the same value, single steps included; what is
    not a number equals nothing."""
    if not len(values):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    begins = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    return begins, np.concatenate((begins[1:], [len(values)]))


def heaviest_stretches(evidence: NDArray[np.float64], least: float) -> list[tuple[int, int, float]]:
    """The stretches whose evidence adds up to most, where that is ``least`` or more.

    A running sum starts anew wherever it falls to zero; a stretch ends at the sum's peak before that (Page's
    cumulative sum, doi:10.1093/biomet/41.1-2.100).

    Args:
        evidence: for (positive) or against, shape (steps,).
        least: the sum from which a stretch counts.

    Returns:
        first step, step after the last, and the sum, by first step.
    """
    total = np.concatenate(([0.0], np.cumsum(evidence)))
    above = total - np.minimum.accumulate(total)
    if above.max() < least:
        return []
    firsts, stops = stretches(above > 0)
    peaks = np.maximum.reduceat(above, firsts)
    found = []
    for first, stop, peak in zip(firsts, stops, peaks, strict=True):
        if peak >= least:
            found.append((int(first) - 1, int(first + np.argmax(above[first:stop])), float(peak)))
    return found
