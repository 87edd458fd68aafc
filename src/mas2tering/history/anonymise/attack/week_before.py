"""The attacker whose week is not among the published days: it compares a home's ways.

Days of the week are aligned; features are weighted by how much they tell homes apart over how much they change from week
to week, which the attacker learns from what was published.
"""

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.anonymise.attack.distances import correlation, nearness
from mas2tering.history.anonymise.panel import FloatArray

_LEVELS = (0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
_LEAST_VARIANCE = 1e-4


def scores_across(
    known_kw: FloatArray,
    known_weekdays: NDArray[np.int64],
    published_kw: FloatArray,
    weekdays: NDArray[np.int64],
) -> dict[str, FloatArray]:
    """How alike known weeks and records of other days are, by several distances.

    Args:
        known_kw: shape (targets, 7, steps).
        known_weekdays: day of the week of each known day, shape (7,).
        published_kw: shape (records, days, steps), at least 7 days.
        weekdays: day of the week of each published day, shape (days,).

    Returns:
        By distance, shape (targets, records).
    """
    known = known_kw.reshape(len(known_kw), -1)
    week = np.stack([published_kw[:, weekdays == day].mean(axis=1) for day in known_weekdays], axis=1)
    published = week.reshape(len(week), -1)
    common = published.mean(axis=0)
    scores = {
        "correlation by day of the week": correlation(known, published),
        "the same less the common shape": correlation(known - common, published - common),
        "distance in kW": nearness(known, published),
    }
    last = published_kw.shape[1] - 6
    by_week = [_features(published_kw[:, first : first + 7]) for first in range(0, last, 7)]
    for name, mine in _features(known_kw).items():
        weeks = np.stack([features[name] for features in by_week])
        unsteady = np.sqrt(weeks.var(axis=0).mean(axis=0) + _LEAST_VARIANCE)
        scores[name] = nearness(mine / unsteady, weeks.mean(axis=0) / unsteady)
    scores["all together"] = np.sum([_in_spreads(score) for score in scores.values()], axis=0)
    return scores


def _features(load_kw: FloatArray) -> dict[str, FloatArray]:
    """What a week of a home is like, by name, each of shape (homes, features); loads (homes, days, steps)."""
    homes, days, steps = load_kw.shape
    logs = np.log(np.maximum(load_kw, 0.0) + 0.02)
    hours = logs.reshape(homes, days, 24, steps // 24).transpose(0, 2, 1, 3).reshape(homes, 24, -1)
    return {
        "means of hours": hours.mean(axis=2),
        "spreads of hours": hours.std(axis=2),
        "levels of use": np.quantile(logs.reshape(homes, -1), _LEVELS, axis=1).T,
        "levels of hours": np.concatenate(list(np.quantile(hours, (0.1, 0.5, 0.9), axis=2)), axis=1),
    }


def _in_spreads(scores: FloatArray) -> FloatArray:
    spread = scores.std(axis=1, keepdims=True)
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.where(spread > 1e-12, spread, 1.0), dtype=np.float64)
