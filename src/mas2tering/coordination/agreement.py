"""What communities negotiate with, and what they agree on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mas2tering.community.price_search import Bound
from mas2tering.community.turns import RoundRecord
from mas2tering.coordination.members import Standing
from mas2tering.coordination.summing import Traffic
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.local_market import Cleared, FloatArray
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import UnderContract, within

Told = Callable[[str, int], None]
"""Told after a round what is under way, and how many rounds were taken."""


@dataclass(frozen=True)
class MarketBudget:
    """When to stop: at a gap (a share of the cost of use case 1), or after so many rounds of a search; and whether
    answers are summed under masks (``private``), which changes no result."""

    gap: float = 1e-3
    rounds: int = 200
    seed: int = 0
    private: bool = True


@dataclass(frozen=True)
class Agreement:
    """What a community agreed on.

    ``plans`` and rows of ``trades`` are in the order of the homes. ``cost`` is what the plans cost all members
    together, less what buyers outside gain where there are any: what they would pay less what they pay; ``lower_bound``
    is a bound of ``cost_under_the_rule``, in which traded energy bears what the rule against resale keeps at
    ``bound_price_per_kwh`` (nothing, in most communities). Of several communities together it is this one's part of their
    bound. ``local_price_per_kwh`` has shape (steps,), ``delivered_kwh`` what goes to buyers outside (requests, steps).
    """

    plans: tuple[HomePlan, ...]
    local_price_per_kwh: FloatArray
    trades: Cleared
    delivered_kwh: FloatArray
    cost: float
    cost_under_the_rule: float
    lower_bound: float
    bound_price_per_kwh: FloatArray
    rounds: tuple[RoundRecord, ...]
    traffic: Traffic
    is_masked: bool
    standing: Standing
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """What the plans may cost above the best ones, at most."""
        return max(0.0, self.cost_under_the_rule - self.lower_bound)


@dataclass(frozen=True)
class Party:
    """A community that negotiates: its members' models and their plans of use case 1, in the same order.

    With a ``standing`` agreement the day is planned again, because forecasts, homes or limits have changed: what is whole
    stays as it is, and the rest is negotiated from the standing price on. A home that can no longer keep to what stands has
    its plan of use case 1, and a note says so. ``contracts`` bind homes, in their order; one without offers all it can do. What
    buyers outside have ``requested`` is negotiated about like members' own demand.
    """

    models: Sequence[HomeModel]
    alone: Sequence[HomePlan]
    charges: LocalCharges
    standing: Standing | None = None
    contracts: Sequence[UnderContract | None] | None = None
    requested: Requested | None = None

    @property
    def contracted(self) -> Sequence[HomeModel]:
        """The members' models, each within its contract."""
        if self.contracts is None:
            return self.models
        pairs = zip(self.models, self.contracts, strict=True)
        return [model if under is None else within(model, under).model for model, under in pairs]


@dataclass(frozen=True)
class Together:
    """What communities that share limits agreed on, each in a local market of its own.

    ``limit_price_per_kwh`` (rows,) is what a kWh in each limit costs; ``excess_kwh`` (rows,) by how much plans exceed it;
    ``bound`` the best lower bound of them all, what exceeds limits at its dearest price.
    """

    agreements: tuple[Agreement, ...]
    limit_price_per_kwh: FloatArray
    excess_kwh: FloatArray
    bound: Bound

    @property
    def gap(self) -> float:
        """What the plans may cost above the best ones, at most, all communities together."""
        return sum(agreement.gap for agreement in self.agreements)
