"""A community's day-ahead round, all homes in one process: prices go out, answers come back, until every home has a plan
and the local price stands."""

from collections.abc import Sequence

from mas2tering.community.price_search import Prices
from mas2tering.community.turns import Ask, Budget, Close, Done, Recall, Settle, Turns, Weigh
from mas2tering.coordination.agreed import together
from mas2tering.coordination.agreement import Agreement, MarketBudget, Party, Together, Told
from mas2tering.coordination.members import Members, Standing
from mas2tering.coordination.seating import seated
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.respond import UnderContract

__all__ = ["Agreement", "MarketBudget", "Party", "Together", "Told", "agree", "agree_together"]


def agree(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    charges: LocalCharges,
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    standing: Standing | None = None,
    contracts: Sequence[UnderContract | None] | None = None,
    limits: LoadLimits | None = None,
    requested: Requested | None = None,
) -> Agreement:
    """Negotiate a day of one community, within limits where there are some."""
    party = Party(models, alone, charges, standing, contracts, requested)
    return agree_together([party], budget, told, limits).agreements[0]


def agree_together(
    parties: Sequence[Party],
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
    limits: LoadLimits | None = None,
    *,
    anew: bool = False,
    start: Prices | None = None,
) -> Together:
    """Negotiate a day of several communities that share limits, whose weights are of all members in the order of the
    parties.

    All start from their standing agreements, or none does: where one has none, all begin from nothing. ``anew`` takes
    standing prices as a beginning, and nothing that is whole. ``start`` are prices to begin at where nothing stands.
    """
    budget = budget or MarketBudget()
    wanted = budget.gap * abs(sum(plan.costs.cost for party in parties for plan in party.alone))
    table = seated(parties, budget, limits, anew=anew)
    turns = Turns(
        table.markets,
        Budget(wanted, budget.rounds),
        table.limits,
        table.start or start,
        settled=table.settled,
        recalls=all(own.can_recall for own in table.members),
    )
    while not isinstance(turns.request, Done):
        stage = turns.request.stage if isinstance(turns.request, Ask) else "settling"
        _take_turn(turns, table.members)
        told(stage, len(turns.records))
    return together(table, turns, turns.request)


def _take_turn(turns: Turns, members: Sequence[Members]) -> None:
    """Put what is requested to the members of all communities, and tell what they say."""
    request = turns.request
    if isinstance(request, Ask):
        turns.heard([own.answer(request) for own in members])
    elif isinstance(request, Recall):
        turns.recalled([own.recall(request) for own in members])
    elif isinstance(request, Settle):
        for own, weights in zip(members, request.weights, strict=True):
            own.settle(request.draw, request.numbers, weights)
        turns.settled()
    elif isinstance(request, Weigh):
        turns.weighed([own.weigh(request) for own in members])
    elif isinstance(request, Close):
        refusals = [
            own.close(request.numbers, weights) for own, weights in zip(members, request.weights, strict=True)
        ]
        turns.closed(refused=any(refusals))
