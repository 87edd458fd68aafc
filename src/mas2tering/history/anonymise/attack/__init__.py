"""The attack: somebody who knows a week of a home looks for it among what was published.

Two attackers: one whose week lies within the published days (it has seen the meter), one whose week does not (it has seen
it before, and the home's ways are all it has). Each tries every distance, and the best of them counts.
"""

from mas2tering.history.anonymise.attack.success import AttackReport, Hits, expected_hits, measure_attack
from mas2tering.history.anonymise.attack.week_before import scores_across
from mas2tering.history.anonymise.attack.week_within import scores_within

__all__ = ["AttackReport", "Hits", "expected_hits", "measure_attack", "scores_across", "scores_within"]
