"""How often an attacker is right, in one guess and in five."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.anonymise.attack.week_before import scores_across
from mas2tering.history.anonymise.attack.week_within import scores_within
from mas2tering.history.anonymise.generalise import IntArray
from mas2tering.history.anonymise.panel import FloatArray, HomePanel, without_gaps

GUESSES = (1, 5)
WEEKS = 4
WEEK_DAYS = 7


@dataclass(frozen=True)
class Hits:
    """How often a distance finds a home's record: share of homes and weeks, in one guess and in five."""

    distance: str
    top1: float
    top5: float


@dataclass(frozen=True)
class AttackReport:
    """What attackers reach, each distance of theirs; ``across`` is empty where there are fewer than two weeks."""

    within: tuple[Hits, ...]
    across: tuple[Hits, ...]

    @property
    def top1(self) -> float:
        """In one guess, the best attacker."""
        return max(hits.top1 for hits in (*self.within, *self.across))

    @property
    def top5(self) -> float:
        """In five guesses, the best attacker."""
        return max(hits.top5 for hits in (*self.within, *self.across))


def expected_hits(scores: FloatArray, record_of: IntArray, guesses: int) -> float:
    """The chance to name a home's own row in so many guesses, the mean over homes.

    Each home has a row of its own; homes of one record have the same one, so that among them, as among records that score
    the same, an attacker can only draw lots.

    Args:
        scores: shape (homes, records), the higher the more alike.
        record_of: the record in which each home is, shape (homes,).
        guesses: rows that may be named.
    """
    rows = np.bincount(record_of, minlength=scores.shape[1])
    own = scores[np.arange(len(scores)), record_of][:, None]
    before = (scores > own) @ rows
    alike = (scores == own) @ rows
    return float(np.clip((guesses - before) / alike, 0.0, 1.0).mean())


def measure_attack(
    panel: HomePanel, published_kw: FloatArray, record_of: IntArray, seed: int
) -> AttackReport:
    """Attack what was published of the homes of a panel, on so many of their weeks as ``WEEKS`` says.

    Args:
        panel: what homes really used, a week of which an attacker knows.
        published_kw: shape (records, days, steps), on the days of the panel.
        record_of: the record in which each home is, shape (homes,).
        seed: for the draw of weeks.

    Raises:
        ValueError: the panel is shorter than a week.
    """
    true_kw, published_kw = without_gaps(panel.load_kw), without_gaps(published_kw)
    within: list[dict[str, tuple[float, ...]]] = []
    across: list[dict[str, tuple[float, ...]]] = []
    for first in _weeks(panel.days, seed):
        days = np.arange(first, first + WEEK_DAYS)
        known = true_kw[:, days]
        within.append(_hits(scores_within(known, published_kw[:, days]), record_of))
        others = np.setdiff1d(np.arange(panel.days), days)
        if len(others) >= WEEK_DAYS:
            scores = scores_across(
                known, panel.weekdays[days], published_kw[:, others], panel.weekdays[others]
            )
            across.append(_hits(scores, record_of))
    return AttackReport(_means(within), _means(across))


def _weeks(days: int, seed: int) -> NDArray[np.int64]:
    """First days of the weeks that are known, whole weeks apart from each other."""
    if days < WEEK_DAYS:
        raise ValueError(f"{days} days, and an attacker who knows a week")
    starts = np.arange(0, days - WEEK_DAYS + 1, WEEK_DAYS)
    return np.sort(np.random.default_rng(seed).permutation(starts)[:WEEKS])


def _hits(scores: Mapping[str, FloatArray], record_of: IntArray) -> dict[str, tuple[float, ...]]:
    return {
        name: tuple(expected_hits(score, record_of, guesses) for guesses in GUESSES)
        for name, score in scores.items()
    }


def _means(weeks: list[dict[str, tuple[float, ...]]]) -> tuple[Hits, ...]:
    if not weeks:
        return ()
    return tuple(Hits(name, *np.mean([week[name] for week in weeks], axis=0).tolist()) for name in weeks[0])
