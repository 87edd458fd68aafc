"""What days came to as they turned out, home by home and of a whole run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mas2tering.coordination.lived_day import Policy
from mas2tering.coordination.lived_market import LivedMarket
from mas2tering.domain.plans import HomePlan
from mas2tering.forecast import PoolRecord
from mas2tering.study.lived.outlooks import ForecastRecord, Quantity
from mas2tering.study.lived.surprises import ForeseenDay
from mas2tering.study.registered import Registration

SHOWN: tuple[Policy, ...] = ("rule", "plan", "replanned", "steered")
"""Ways to live a day that need no hindsight, and are measured by it."""


_A_CENT = 0.01


@dataclass(frozen=True)
class LivedHome:
    """A home's days by each policy, and what each comes to: stored energy counts once, at the end of the last day."""

    home: str
    plans: Mapping[Policy, tuple[HomePlan, ...]]
    cost: Mapping[Policy, float]
    foreseen: tuple[ForeseenDay, ...] = ()
    """What was foreseen of each day as it was lived, where it was lived by steering."""
    short_kwh: Mapping[Policy, float] = field(default_factory=dict)
    """What cars that came otherwise than expected left without, of what was due in them. It is in ``cost``, as bought
    elsewhere at the day's dearest price."""


@dataclass(frozen=True)
class LivedRun:
    """A community's days as they turned out; ``forecast`` names what was expected by, ``notes`` what went amiss."""

    forecast: str
    homes: tuple[LivedHome, ...]
    notes: tuple[str, ...] = field(default=())
    local_gain: Mapping[Policy, float] = field(default_factory=dict)
    """What homes would save together, by policy, if what some feed in went to those who draw at the same moment."""
    market: LivedMarket | None = None
    """What use cases 2 and 3 keep on these days, where they were run."""
    registration: Registration | None = None
    """How readings came to the forecasts, where they came through the historical database."""
    forecasts: Mapping[Quantity, ForecastRecord] = field(default_factory=dict)
    """Who forecast, and how well, by what was forecast."""
    models: Mapping[str, PoolRecord] = field(default_factory=dict)
    """What homes' models have learned in the end, by home."""

    @property
    def shown(self) -> tuple[Policy, ...]:
        """The ways of :data:`SHOWN` by which these days were lived."""
        return tuple(policy for policy in SHOWN if policy in self.homes[0].cost)

    def cost(self, policy: Policy) -> float:
        """What all homes' days come to."""
        return sum(home.cost[policy] for home in self.homes)

    def share_of_oracle(self, policy: Policy, against: Policy = "none") -> float | None:
        """Saving against the home without the platform (or with its battery idle), as a share of what hindsight would
        have saved; None where that is nothing."""
        return share_of(self.cost(against), self.cost(policy), self.cost("oracle"))

    @property
    def below_the_rule(self) -> tuple[str, ...]:
        """Homes that would have been better off with the rule, by more than a cent a day."""
        return tuple(
            home.home
            for home in self.homes
            if home.cost["steered"] - home.cost["rule"] > _A_CENT * len(home.plans["steered"])
        )


def share_of(none: float, cost: float, oracle: float) -> float | None:
    """(none - cost) / (none - oracle), None where hindsight saves less than a cent."""
    return None if none - oracle < 0.01 else (none - cost) / (none - oracle)
