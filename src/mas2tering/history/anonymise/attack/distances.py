"""Distances between rows, as scores: the higher, the more alike."""

import numpy as np

from mas2tering.history.anonymise.panel import FloatArray


def correlation(known: FloatArray, published: FloatArray) -> FloatArray:
    """Normalised correlation of rows, shapes (targets, n) and (records, n); result (targets, records)."""
    return np.asarray(_unit(known) @ _unit(published).T, dtype=np.float64)


def nearness(known: FloatArray, published: FloatArray) -> FloatArray:
    """Less the squared Euclidean distance of rows; shapes as above."""
    squares = (known**2).sum(axis=1)[:, None] + (published**2).sum(axis=1)[None, :]
    return np.asarray(2.0 * known @ published.T - squares, dtype=np.float64)


def standardised(known: FloatArray, published: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both less the mean of what was published, over its spread, column by column."""
    mean, spread = published.mean(axis=0), published.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    return (known - mean) / spread, (published - mean) / spread


def _unit(rows: FloatArray) -> FloatArray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.where(length > 1e-12, length, 1.0), dtype=np.float64)
