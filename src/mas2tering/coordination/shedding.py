"""Where no plans keep the limits of the network: proof that none do, and what homes do without (USEF's regime orange)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import fitting
from mas2tering.home.respond.emergency import Shed, in_emergency, shed_by, without_costs


@dataclass(frozen=True)
class Infeasible:
    """Proof that no plans of these homes keep all limits: whatever they do, the sums exceed their limits by at least
    ``least_excess_kwh``, all rows together, each at ``limit_price`` (rows,) of 1 at most.

    Anybody can check it: the least that each home can come to at these prices, nothing else costing anything, less what the
    limits allow at them.
    """

    least_excess_kwh: float
    limit_price: tuple[float, ...]


def proof_of_infeasibility(
    parties: Sequence[Party], limits: LoadLimits, budget: MarketBudget
) -> Infeasible | None:
    """What is proven of the least by which limits must be exceeded; None where that is nothing."""
    free = [
        replace(
            party,
            models=[
                without_costs(fitting(model, alone))
                for model, alone in zip(party.contracted, party.alone, strict=True)
            ],
            contracts=None,
            standing=None,
            requested=None,
        )
        for party in parties
    ]
    found = agree_together(free, replace(budget, private=False), limits=replace(limits, dearest_per_kwh=1.0))
    bound = found.bound
    if bound.cost <= _NOTHING_KWH:
        return None
    return Infeasible(bound.cost, tuple(bound.prices.limit_per_kwh.tolist()))


_NOTHING_KWH = 1e-3


def emergency_party(party: Party, dearest_per_kwh: float) -> Party:
    """The same homes, with everything that may be shed made optional; what contracts leave out, too."""
    models = [in_emergency(model, dearest_per_kwh) for model in party.models]
    return replace(party, models=models, contracts=None, standing=None)


def shed(parties: Sequence[Party], together: Together, dearest_per_kwh: float) -> tuple[Shed, ...]:
    """What the plans of an emergency do without, device by device."""
    found: list[Shed] = []
    for party, agreement in zip(parties, together.agreements, strict=True):
        for model, alone, decision, k in zip(
            party.models,
            party.alone,
            agreement.standing.decisions,
            range(len(party.models)),
            strict=True,
        ):
            own: HomeModel = model
            if k in agreement.standing.stays or fitting(own, alone) is not own:
                continue
            found.extend(shed_by(own, in_emergency(own, dearest_per_kwh), decision))
    return tuple(found)
