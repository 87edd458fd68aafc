"""The few numerical methods that the fits need beyond numpy."""

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def ndtri(probability: Array) -> Array:
    """Quantile of the standard normal law at each probability."""
    levels, place = np.unique(np.asarray(probability, dtype=float), return_inverse=True)
    standard = NormalDist()
    values = np.array([standard.inv_cdf(float(level)) for level in levels])
    return values[place].reshape(np.shape(probability))


def nonnegative_least_squares(matrix: Array, target: Array, sweeps: int = 4000) -> Array:
    """The x >= 0 that brings ``matrix @ x`` nearest to the target, by coordinate descent."""
    square, linear = matrix.T @ matrix, matrix.T @ target
    solution = np.zeros(matrix.shape[1])
    for _ in range(sweeps):
        before = solution.copy()
        for k in range(len(solution)):
            rest = linear[k] - square[k] @ solution + square[k, k] * solution[k]
            solution[k] = max(rest / square[k, k], 0.0)
        if np.abs(solution - before).max() < 1e-9:
            break
    return solution


def clusters(points: Array, count: int, rounds: int = 100) -> NDArray[np.int64]:
    """Lloyd's k-means from starts as far from each other as can be; a cluster's number for each point."""
    centres = [points[np.argmin(((points - points.mean(axis=0)) ** 2).sum(axis=1))]]
    while len(centres) < count:
        nearest = np.min([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
        # The 98 % farthest rather than the very farthest, which would be an odd one out.
        centres.append(points[np.argsort(nearest)[int(0.98 * (len(points) - 1))]])
    middle = np.array(centres)
    label = np.zeros(len(points), dtype=np.int64)
    for _ in range(rounds):
        label = np.argmin(((points[:, None, :] - middle[None]) ** 2).sum(axis=2), axis=1)
        moved = np.array(
            [points[label == k].mean(axis=0) if (label == k).any() else middle[k] for k in range(count)]
        )
        if np.allclose(moved, middle):
            break
        middle = moved
    return label
