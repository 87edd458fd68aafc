"""The attacker whose week is among the published days: it compares the same dates."""

import numpy as np

from mas2tering.history.anonymise.attack.distances import correlation, nearness, standardised
from mas2tering.history.anonymise.panel import FloatArray


def scores_within(known_kw: FloatArray, published_kw: FloatArray) -> dict[str, FloatArray]:
    """How alike known weeks and the same week of each record are, by several distances.

    Args:
        known_kw: shape (targets, 7, steps).
        published_kw: shape (records, 7, steps), the same dates.

    Returns:
        By distance, shape (targets, records).
    """
    per_hour = max(known_kw.shape[2] // 24, 1)
    known, published = known_kw.reshape(len(known_kw), -1), published_kw.reshape(len(published_kw), -1)
    common = published.mean(axis=0)
    logs, published_logs = _logs(known), _logs(published)
    common_log = published_logs.mean(axis=0)
    hours, published_hours = _hourly(known, per_hour), _hourly(published, per_hour)
    common_hours = published_hours.mean(axis=0)
    scaled, published_scaled = standardised(known, published)
    return {
        "correlation": correlation(known, published),
        "correlation less the common shape": correlation(known - common, published - common),
        "distance in kW": nearness(known, published),
        "distance weighted by variance": nearness(scaled, published_scaled),
        "correlation of logarithms": correlation(logs - common_log, published_logs - common_log),
        "correlation of hours": correlation(hours - common_hours, published_hours - common_hours),
        "correlation of jumps": correlation(np.diff(known, axis=1), np.diff(published, axis=1)),
    }


def _hourly(rows: FloatArray, per_hour: int) -> FloatArray:
    return np.asarray(rows.reshape(len(rows), -1, per_hour).mean(axis=2), dtype=np.float64)


def _logs(rows: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(rows, 0.0) + 0.05), dtype=np.float64)
