"""A district: communities of several aggregators, each with a market of its own, under one network operator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.district_day import Cap, DistrictDay, Served, district_day
from mas2tering.coordination.grid_day import DEAREST_PER_KWH
from mas2tering.coordination.local_market import MarketBudget, Party
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network, connections
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget, best_decision
from mas2tering.home.respond import UnderContract
from mas2tering.study.compiled_homes import models_on, tariffs_on
from mas2tering.study.run_options import Progress


@dataclass(frozen=True)
class Aggregated:
    """An aggregator's community, under a name of its own, and the network behind which it is (None: of no matter)."""

    name: str
    community: Community
    reader: ProfileReader
    network: Network | None = None


@dataclass(frozen=True)
class DistrictResult:
    """The district's day; ``as_one`` is what one aggregator with all homes in one market reaches within the same limits
    (None: not asked for)."""

    members: tuple[Aggregated, ...]
    axis: TimeAxis
    cap: Cap
    apart: DistrictDay
    as_one: DistrictDay | None = None


def district_problems(members: Sequence[Aggregated], network: Network | None) -> list[InputProblem]:
    """What keeps communities from being one district: other currencies, time zones or beginnings of the day; customers that two
    homes share on one network."""
    first = members[0]
    problems = []
    for own in members[1:]:
        for name in ("currency", "time_zone", "day_starts_at"):
            found, expected = getattr(own.community, name), getattr(first.community, name)
            if found != expected:
                problems.append(
                    InputProblem(own.name, name, f"{found}", f"{expected}, as {first.name} has it")
                )
    if network is not None:
        _, wrong = connections(_customers(members), network)
        problems += [InputProblem("district", "customer", one.found, one.expected) for one in wrong]
    return problems


def run_district(
    members: Sequence[Aggregated],
    day: date,
    step_minutes: int,
    cap: Cap,
    network: Network | None,
    *,
    seed: int = 0,
    together: bool = False,
    progress: Progress = lambda *_: None,
) -> DistrictResult:
    """Plan a day. With a ``network`` all homes are its customers, those that name none in order, community after community; without,
    each community keeps to the one that it names, if any.

    Raises:
        InputError: the communities do not fit together, or profiles are missing.
        PowerFlowError: a network cannot carry the plans without limits at all.
    """
    problems = district_problems(members, network)
    if problems:
        raise InputError(problems)
    parties = [_party(own, day, step_minutes, progress) for own in members]
    axis = parties[0].models[0].axis
    served = _served(members, network, axis.steps)
    budget = MarketBudget(seed=seed)

    def agreed(own: Sequence[Party]) -> DistrictDay:
        label = f"{len(own)} {'market' if len(own) == 1 else 'markets'}: agreeing, rounds"
        total = 2 * budget.rounds
        return district_day(
            own,
            cap,
            served,
            budget,
            dearest_per_kwh=DEAREST_PER_KWH,
            told=lambda _, number: progress(label, min(number, total - 1), total),
        )

    apart = agreed(parties)
    return DistrictResult(tuple(members), axis, cap, apart, agreed([_merged(parties)]) if together else None)


def _party(own: Aggregated, day: date, step_minutes: int, progress: Progress) -> Party:
    community = own.community
    axis = TimeAxis.of_days(day, community.time_zone, step_minutes, day_starts_at=community.day_starts_at)
    tariffs = tariffs_on(community, axis, own.reader)
    models = models_on(community, tariffs, own.reader, [Carry() for _ in community.homes])
    made = []
    for k, model in enumerate(models):
        made.append(best_decision(model, Budget()))
        progress(f"{own.name}: each home alone", k + 1, len(models))
    contracts = [
        None if home.aggregation is None else UnderContract(home.aggregation, decision)
        for home, (_, decision) in zip(community.homes, made, strict=True)
    ]
    return Party(models, [plan for plan, _ in made], community.local_charges, contracts=contracts)


def _merged(parties: Sequence[Party]) -> Party:
    """All homes in one market, with the local charges of the first."""
    return replace(
        parties[0],
        models=[model for own in parties for model in own.models],
        alone=[plan for own in parties for plan in own.alone],
        contracts=[under for own in parties for under in own.contracts or [None] * len(own.models)],
    )


def _served(members: Sequence[Aggregated], network: Network | None, steps: int) -> list[Served]:
    """Each network with its homes.

    Raises:
        InputError: homes are no customers of the network that their community names.
    """
    if network is not None:
        places, _ = connections(_customers(members), network)
        return [_on(network, places, 0, steps)]
    served, first, problems = [], 0, []
    for own in members:
        if own.network is not None:
            places, wrong = connections(_customers([own]), own.network)
            problems += [InputProblem(own.name, "customer", one.found, one.expected) for one in wrong]
            served.append(_on(own.network, places, first, steps))
        first += len(own.community.homes)
    if problems:
        raise InputError(problems)
    return served


def _on(network: Network, places: Sequence[int], first: int, steps: int) -> Served:
    other_kw = np.zeros((len(network.customers), steps))
    here = Connected(network, np.array(places, dtype=np.int64), other_kw)
    return Served(here, np.arange(first, first + len(places)))


def _customers(members: Sequence[Aggregated]) -> list[tuple[str, str | None]]:
    return [(f"{own.name}: {home.id}", home.customer) for own in members for home in own.community.homes]
