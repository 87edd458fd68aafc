"""A flat reward for offering flexibility at all: so much for each day on which a home was bound at the gate.

No event moves it, no claim, no finding: it looks at commitments and at nothing else. It belongs to the connection and not to
the home, so that one home behind two meters has it once.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date


def rewards_of(
    offered: Mapping[date, Collection[str]], connection_of: Mapping[str, str], per_day: float
) -> dict[str, float]:
    """What each home gets for a season.

    Args:
        offered: by day the homes whose commitment stood at the gate and declared something that can be moved; all days of
            the season, congested or not.
        connection_of: the connection to the network that each home is behind, as the operator's own register has it.
        per_day: the reward of a connection for a day; homes behind the same one share it in equal parts.

    Raises:
        KeyError: a home whose connection is not known.
    """
    found: dict[str, float] = {}
    for homes in offered.values():
        behind = Counter(connection_of[home] for home in set(homes))
        for home in set(homes):
            found[home] = found.get(home, 0.0) + per_day / behind[connection_of[home]]
    return found
