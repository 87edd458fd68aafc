"""Days that a community agrees on: each home alone, the local market, and within the limits of the network."""

from collections.abc import Sequence

from mas2tering.coordination.grid_day import GridDayOutcome, grid_day
from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import MarketDay, market_day
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.flexibility import Requested
from mas2tering.domain.plans import HomePlan
from mas2tering.home.compile import Carry
from mas2tering.home.model import Decision, HomeModel
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.respond import UnderContract
from mas2tering.study.connected import connected
from mas2tering.study.run_options import Progress, RunOptions

Alone = tuple[HomePlan, Decision]
"""A home's plan by itself, and the decision behind it."""


def planned_alone(
    models: Sequence[HomeModel],
    at_hand: tuple[Alone, ...],
    carries: Sequence[Carry],
    budget: Budget,
    progress: Progress,
    day: str,
) -> tuple[Alone, ...]:
    """Plans of use case 1 for homes in the state in which a use case has left them: those at hand on a first day."""
    if at_hand and list(carries) == [Carry() for _ in models]:
        return at_hand
    made = []
    for k, model in enumerate(models):
        made.append(best_decision(model, budget))
        progress(f"{day}: each home alone, in the state that the market left it in", k + 1, len(models))
    return tuple(made)


def traded(
    community: Community,
    models: Sequence[HomeModel],
    alone: Sequence[Alone],
    options: RunOptions,
    progress: Progress,
    label: str,
) -> MarketDay:
    """A day of the local market.

    Raises:
        InputError: no home's contract lets it be called.
    """
    contracts = contracts_of(community, alone)
    if not any(under is None or under.contract.calls_per_day for under in contracts):
        found, expected = "0 in every home", "a home at least that may be called, for use case 2"
        raise InputError([InputProblem(community.name, "homes.aggregation.calls_per_day", found, expected)])
    budget = market_budget(options)
    suppliers = [community.tariff_of(home).supplier for home in community.homes]
    total = 2 * budget.rounds
    return market_day(
        models,
        [plan for plan, _ in alone],
        suppliers,
        community.local_charges,
        community.currency,
        budget,
        lambda stage, number: progress(f"{label}: {_STAGES[stage]}", min(number, total - 1), total),
        contracts,
        requested=Requested.on(models[0].axis, community.flexibility_requests),
    )


def relieved_day(
    community: Community,
    models: Sequence[HomeModel],
    market: MarketDay,
    alone: Sequence[Alone],
    options: RunOptions,
    progress: Progress,
    label: str,
) -> GridDayOutcome:
    """The day with the distribution system operator.

    Raises:
        InputError: there is no network, or homes are no customers of it.
    """
    if options.network is None:
        found, expected = (
            "none",
            "a network, for use case 3: `network` in the community file, a folder or a file of one",
        )
        raise InputError([InputProblem(community.name, "network", found, expected)])
    budget = market_budget(options)
    total = 2 * budget.rounds
    return grid_day(
        models,
        market,
        community.local_charges,
        connected(community, options.network, models[0].axis.steps),
        budget,
        dso="the distribution system operator",
        aggregator="the aggregator",
        currency=community.currency,
        contracts=contracts_of(community, alone),
        told=lambda stage, number: progress(f"{label}: {_STAGES[stage]}", min(number, total - 1), total),
    )


def market_budget(options: RunOptions) -> MarketBudget:
    """When the negotiations of a run stop."""
    return MarketBudget(seed=0 if options.seed is None else options.seed)


def contracts_of(community: Community, alone: Sequence[Alone]) -> list[UnderContract | None]:
    """What each home has agreed to, None for one without a contract."""
    return [
        None if home.aggregation is None else UnderContract(home.aggregation, decision)
        for home, (_, decision) in zip(community.homes, alone, strict=True)
    ]


_STAGES = {
    "agreeing": "agreeing on the price, rounds",
    "settling": "agreeing around what is settled, rounds",
    "proving": "proving how good it is",
}
