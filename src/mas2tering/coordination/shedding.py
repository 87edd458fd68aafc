"""Where no plans keep the limits of the network: proof that none do, what homes do without (USEF's regime orange), and how
little of that would do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.community.price_search import Prices
from mas2tering.coordination.agreement import MarketBudget, Party
from mas2tering.coordination.proving import Proven, proven
from mas2tering.domain.load_limits import FloatArray, LoadLimits
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import fitting
from mas2tering.home.respond.emergency import Worth, counting_shed, in_emergency, without_costs

_NOTHING_KWH = 1e-3
_ROUNDING_KWH = 0.01
"""What homes say of their loads is rounded; of many rows that comes to so much."""
_ROOM_KWH = 1e-4
DEAREST_SHED_PER_KWH = 80.0
"""So many kWh are shed rather than a limit exceeded by one: a home that moves a limit by little may be all that does."""


@dataclass(frozen=True)
class Infeasible:
    """Proof that no plans of these homes keep all limits: whatever they do, the sums exceed their limits by at least
    ``least_excess_kwh``, all rows together, each at ``limit_price`` (rows,) of 1 at most.

    Anybody can check it: the least that each home can come to at these prices, nothing else costing anything, less what the
    ``limits`` allow at them.
    """

    least_excess_kwh: float
    limit_price: tuple[float, ...]
    limits: LoadLimits

    @property
    def elements(self) -> tuple[str, ...]:
        """What the proof is about: the elements whose limits it prices, dearest first."""
        total: dict[str, float] = {}
        for element, price in zip(self.limits.element, self.limit_price, strict=True):
            total[element] = total.get(element, 0.0) + price
        return tuple(element for element in sorted(total, key=lambda own: -total[own]) if total[element] > 0)


@dataclass(frozen=True)
class LeastShed:
    """Proof that these homes cannot keep the ``limits`` without doing without ``least_kwh`` at least, at the meter, of loads and of
    comfort together; generation may be curtailed for nothing.

    It is checked as :class:`Infeasible` is, with 1 for each kWh that a home does without and ``limit_price`` (rows,) for each
    kWh in a limit.
    """

    least_kwh: float
    limit_price: tuple[float, ...]
    limits: LoadLimits


def proof_of_infeasibility(
    parties: Sequence[Party],
    limits: LoadLimits,
    budget: MarketBudget,
    price: FloatArray | None = None,
) -> Infeasible | None:
    """What is proven of the least by which limits must be exceeded; None where that is nothing.

    Of rows on one element in one step the last counts, which is right where plans are now. The search begins at a ``price``
    (rows,), where one is at hand.
    """
    kept = limits.latest_rows()
    rows = replace(limits.latest(), dearest_per_kwh=1.0)
    nothing = np.zeros((len(parties), parties[0].models[0].axis.steps))
    # Where there is too little of everything, the dearest price everywhere shows it at once.
    first = np.ones(len(kept)) if price is None else np.clip(price[kept], 0.0, 1.0)
    start = Prices(nothing, first)
    bound = proven(_free(parties), rows, budget, nothing=_NOTHING_KWH, start=start).bound
    if bound.cost <= _NOTHING_KWH:
        return None
    return Infeasible(bound.cost, tuple(bound.prices.limit_per_kwh.tolist()), rows)


def least_shed(
    parties: Sequence[Party], limits: LoadLimits, budget: MarketBudget, start: Prices | None = None
) -> Proven:
    """The least that homes must do without to keep limits, in kWh at the meter, and the prices that prove it."""
    counting = _as_homes(parties, counting_shed)
    rows = replace(limits, dearest_per_kwh=DEAREST_SHED_PER_KWH)
    return proven(counting, rows, budget, nothing=_ROUNDING_KWH, start=start)


def emergency_party(party: Party, worth: Worth) -> Party:
    """The same homes, with everything that may be shed made optional; what contracts leave out, too."""
    models = [in_emergency(model, worth) for model in party.models]
    return replace(party, models=models, contracts=None, standing=None)


class WithinReach:
    """Gives limits room where not even shedding keeps them, as little as there has to be: what is left is congested whatever is
    done, and everything else is kept all the same.

    ``asked`` are the limits as they were last asked for, ``is_short`` whether some of them were out of reach.
    """

    def __init__(self, parties: Sequence[Party], budget: MarketBudget) -> None:
        self._parties, self._budget = _free(parties), budget
        self.asked: LoadLimits | None = None
        self.is_short = False

    def __call__(self, limits: LoadLimits) -> LoadLimits:
        """The limits with the room that they must have."""
        self.asked = limits
        rows = replace(limits, dearest_per_kwh=1.0)
        excess_kwh = proven(self._parties, rows, self._budget, nothing=_ROUNDING_KWH).excess_kwh
        self.is_short = float(excess_kwh.sum()) > _ROUNDING_KWH
        if not self.is_short:
            return limits
        room_kwh = np.where(excess_kwh > 0.0, excess_kwh + _ROOM_KWH, 0.0)
        return replace(limits, most_kw=limits.most_kw + room_kwh / self._parties[0].models[0].axis.step_hours)


def _free(parties: Sequence[Party]) -> list[Party]:
    """Homes to which nothing costs anything."""
    return _as_homes(
        [replace(party, models=party.contracted, contracts=None) for party in parties], without_costs
    )


def _as_homes(parties: Sequence[Party], made: Callable[[HomeModel], HomeModel]) -> list[Party]:
    """Homes made into others, each as it negotiates; nothing stands, and nobody outside buys."""
    return [
        replace(
            party,
            models=[
                made(fitting(model, alone)) for model, alone in zip(party.models, party.alone, strict=True)
            ],
            contracts=None,
            standing=None,
            requested=None,
        )
        for party in parties
    ]
