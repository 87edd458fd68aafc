"""Where the homes of a community are on a network, and what their plans do to it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mas2tering.coordination.congestion import Connected
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import GridDay, PowerFlow, PowerFlowError
from mas2tering.study.results import UseCase

IntArray = NDArray[np.int64]


def customers_of(community: Community, network: Network) -> IntArray:
    """The customer that each home is: by the ``customer`` that it names; where no home names one, in order.

    Raises:
        InputError: with every home that is no customer, or the same one as another.
    """
    names = [home.customer for home in community.homes]
    if not any(names):
        if len(names) > len(network.customers):
            found = f"{len(names)} homes"
            expected = f"at most the {len(network.customers)} customers of the network {network.name}"
            raise InputError([InputProblem(community.name, "homes", found, expected)])
        return np.arange(len(names))
    place = {customer.id: k for k, customer in enumerate(network.customers)}
    problems = []
    taken: dict[str, str] = {}
    for k, home in enumerate(community.homes):
        path = f"homes[{k}] ({home.id}).customer"
        if home.customer not in place:
            expected = f"a customer of the network {network.name}, such as {network.customers[0].id}"
            problems.append(InputProblem(community.name, path, f"{home.customer!r}", expected))
        elif home.customer in taken:
            found = f"{home.customer!r}, as {taken[home.customer]} has"
            problems.append(InputProblem(community.name, path, found, "a customer of its own"))
        else:
            taken[home.customer] = home.id
    if problems:
        raise InputError(problems)
    return np.array([place[name] for name in names if name is not None], dtype=np.int64)


def connected(community: Community, network: Network, steps: int) -> Connected:
    """The community on its network, with nothing else on it.

    Raises:
        InputError: with every home that is no customer.
    """
    return Connected(network, customers_of(community, network), np.zeros((len(network.customers), steps)))


def flows_of(
    here: Connected, plans: Mapping[UseCase, Sequence[HomePlan]]
) -> tuple[dict[UseCase, GridDay], tuple[str, ...]]:
    """The power flow of each use case, and in words those that the network cannot carry at all."""
    flow = PowerFlow(here.network)
    found: dict[UseCase, GridDay] = {}
    beyond = []
    for use_case, own in plans.items():
        try:
            found[use_case] = flow.day(here.load_kw([own]))
        except PowerFlowError as error:
            beyond.append(f"use case {use_case}: {error}")
    return found, tuple(beyond)
