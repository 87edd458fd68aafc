"""Where the homes of a community are on a network, and what their plans do to it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mas2tering.coordination.congestion import Connected
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network, connections
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import GridDay, PowerFlow, PowerFlowError
from mas2tering.study.results import UseCase

IntArray = NDArray[np.int64]


def customers_of(community: Community, network: Network) -> IntArray:
    """The customer that each home is: by the ``customer`` that it names; where no home names one, in order.

    Raises:
        InputError: with every home that is no customer, or the same one as another.
    """
    places, wrong = connections([(home.id, home.customer) for home in community.homes], network)
    if wrong:
        raise InputError(
            [
                InputProblem(community.name, _path(community, own.home), own.found, own.expected)
                for own in wrong
            ]
        )
    return np.array(places, dtype=np.int64)


def _path(community: Community, home: int | None) -> str:
    return "homes" if home is None else f"homes[{home}] ({community.homes[home].id}).customer"


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
