"""How the community's gain is shared: nobody is left worse off than alone, and nothing is left over.

``docs/decisions/0010-the-money-of-the-local-market.md`` says why this rule and no other.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.local_market import FloatArray

NOTHING = 1e-9
"""Gains below this part of the money that is moved are rounding of floating-point sums."""


@dataclass(frozen=True)
class Sharing:
    """Gains against use case 1, in the community's currency.

    ``at_local_price`` (members,) is what each gains by its trades alone, losses negative; ``kept`` what capped members
    leave in the pot. ``gain`` (members,) is what each has in the end: never negative, and in sum the ``total``.
    It is empty where the total is negative: then use case 1 is better for everybody.
    """

    at_local_price: FloatArray
    kept: float
    total: float
    gain: FloatArray

    @property
    def worthwhile(self) -> bool:
        """Whether the members are together at least as well off as alone."""
        return len(self.gain) == len(self.at_local_price)

    @property
    def covered(self) -> float:
        """What losers at the local price are given to make up their losses."""
        return float(np.maximum(-self.at_local_price, 0.0).sum())


def shared(at_local_price: FloatArray, kept: float, uncapped_kwh: FloatArray, turnover: float) -> Sharing:
    """Share gains: losers are made whole, from the pot first and then from what the others gained, in proportion.

    What is then left in the pot goes to those who traded at the local price itself, by kWh. A kWh whose price the rule caps
    has no part in it: with one, buying cheap to sell dear would pay after all.

    Args:
        at_local_price: each member's gain at the local price, shape (members,).
        kept: what is in the pot, zero or more.
        uncapped_kwh: what each member bought and sold at the local price itself, and what it sold to buyers outside, capped
            or not, since that is what they paid for, shape (members,).
        turnover: the money of which the gains are differences, to tell a loss from rounding.
    """
    total = float(at_local_price.sum()) + kept
    if total < -NOTHING * max(1.0, turnover):
        return Sharing(at_local_price, kept, total, np.zeros(0))
    won = np.maximum(at_local_price, 0.0)
    lost = float(np.maximum(-at_local_price, 0.0).sum())
    if kept < lost:
        part_kept = max(total, 0.0) / float(won.sum()) if won.any() else 0.0
        return Sharing(at_local_price, kept, total, won * part_kept)
    rest = kept - lost
    if not uncapped_kwh.any():
        # Everybody who traded was capped (or nobody traded, and there is no rest): in equal parts.
        return Sharing(at_local_price, kept, total, won + rest / len(won))
    return Sharing(at_local_price, kept, total, won + rest * uncapped_kwh / uncapped_kwh.sum())
