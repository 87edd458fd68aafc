"""In the middle of a day forecasts have moved: what is over stays, and the rest is planned again with the grid from what stands.

Homes' plans stand, with what can be generated now; a community first agrees again on its market, which takes few rounds, and
where those plans load the network beyond its limits its operator asks for what is left of their flexibility.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mas2tering.coordination.congestion import Connected, Relief, Told, relieved
from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.coordination.members import Standing
from mas2tering.domain.plans import HomePlan
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.respond import (
    Contracted,
    HomeStanding,
    UnderContract,
    committed,
    from_step_on,
    still_possible,
    within,
)


@dataclass(frozen=True)
class Underway:
    """A community in the middle of a day: ``party`` are its homes as far as they can still decide, from what stands; ``plans``
    what comes of that if nobody does anything."""

    party: Party
    plans: tuple[HomePlan, ...]


@dataclass(frozen=True)
class Replanned:
    """What became of the rest of a day: communities as they stood, their markets agreed on again, and what the operator
    asked for beyond that."""

    underway: tuple[Underway, ...]
    market: Together
    relief: Relief

    @property
    def plans(self) -> tuple[tuple[HomePlan, ...], ...]:
        """The plans of each community's homes for the whole day, what is over as it was."""
        together = self.relief.together or self.market
        return tuple(agreement.plans for agreement in together.agreements)

    @property
    def standing(self) -> tuple[Standing, ...]:
        """What stands in each community for the next time."""
        together = self.relief.together or self.market
        return tuple(agreement.standing for agreement in together.agreements)


def underway(party: Party, alone: Sequence[Decision], first_step: int) -> Underway:
    """A community in the middle of the day, from ``first_step`` on.

    Args:
        party: homes with what is forecast now on the axis of the whole day, what is over as it came, and their standing
            agreement.
        alone: what each home does in use case 1; counts where it stays with that.
        first_step: the first step about which something can still be decided.

    Raises:
        ValueError: nothing stands, or something that is no decision of a home; names all such homes.
    """
    if party.standing is None:
        raise ValueError("a day is under way where something stands; found a community without an agreement")
    contracts: Sequence[UnderContract | None] = party.contracts or [None] * len(party.models)
    homes, misfits = [], []
    for k, (model, own, under) in enumerate(zip(party.models, alone, contracts, strict=True)):
        contracted = _contracted(model, own, under)
        stands = party.standing.of_home(k)
        decision = contracted.alone if stands.stays else stands.decision
        if not replace(stands, decision=decision).fits(contracted.model):
            misfits.append(model.home)
            continue
        homes.append(from_step_on(contracted.model, still_possible(contracted.model, decision), first_step))
    if misfits:
        raise ValueError(f"what stands is no decision of {', '.join(misfits)}")
    plans = tuple(plan_of(home.model, home.alone, "within_gap") for home in homes)
    stand = [
        HomeStanding(committed(home.model, plan, home.alone.cogeneration), home.alone, stays=False)
        for home, plan in zip(homes, plans, strict=True)
    ]
    standing = Standing.of(
        party.standing.price_per_kwh, stand, party.standing.limit_price_per_kwh[:0], party.standing.masks
    )
    left = replace(
        party,
        models=[home.model for home in homes],
        alone=plans,
        standing=standing,
        contracts=None,
    )
    return Underway(left, plans)


def replanned(
    communities: Sequence[Underway],
    connected: Connected,
    first_step: int,
    budget: MarketBudget,
    *,
    dearest_per_kwh: float,
    told: Told = lambda *_: None,
) -> Replanned:
    """Plan the rest of a day again: the markets first, then within the limits of the network.

    Args:
        communities: as they stand.
        connected: where their homes are, community after community, and what else is forecast now on the network.
        first_step: the first step about which something can still be decided; limits before it are past keeping.
        budget: of each negotiation.
        dearest_per_kwh: what a limit may cost at most.
        told: told of each round.

    Raises:
        PowerFlowError: plans load the network beyond what it can carry at all.
    """
    market = agree_together([own.party for own in communities], budget, told)
    parties = [
        replace(own.party, standing=agreement.standing)
        for own, agreement in zip(communities, market.agreements, strict=True)
    ]
    plans = [agreement.plans for agreement in market.agreements]
    relief = relieved(
        parties,
        plans,
        connected,
        budget,
        dearest_per_kwh=dearest_per_kwh,
        first_step=first_step,
        told=told,
    )
    return Replanned(tuple(communities), market, relief)


def _contracted(model: HomeModel, alone: Decision, under: UnderContract | None) -> Contracted:
    """The home within its contract, with what can be generated now."""
    if under is None:
        return Contracted(model, alone)
    return within(model, UnderContract(under.contract, still_possible(model, under.alone)))
