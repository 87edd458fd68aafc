"""What an aggregator asks members next, as messages."""

from collections.abc import Collection

import numpy as np

from mas2tering.community.course import Course
from mas2tering.community.masked_rounds import MaskedRounds
from mas2tering.community.price_search import Prices
from mas2tering.community.turns import Ask, Close, Done, Recall, Settle, Weigh
from mas2tering.domain.negotiation import (
    AcceptProposal,
    Call,
    CallForPlan,
    CallForProposals,
    CallForStandingPlan,
    DrawWholes,
    FloatArray,
    InformAgreement,
    Seat,
)

Head = tuple[str, int, int]
"""Of a message: the conversation, how often it has begun, and whose turn it is."""


def seats(head: Head, masked: MaskedRounds, members: Collection[str], largest_kwh: float) -> dict[str, Call]:
    """Each member's place among those under whose masks it answers."""
    return {
        name: Seat(
            *head,
            masked.mark,
            masked.members_beside(name),
            largest_kwh,
            masked.neighbourhood(name),
        )
        for name in members
    }


def call_of(head: Head, course: Course, seed: int) -> Call | None:
    """What the course asks; None where it does not yet."""
    request = course.request
    if isinstance(request, Ask):
        prices = request.prices
        return CallForProposals(
            *head, request.stage, request.number, _local(prices), prices.limit_per_kwh, request.kept
        )
    if isinstance(request, Recall):
        return CallForStandingPlan(*head, request.stage, _local(request.prices))
    if isinstance(request, Settle):
        return DrawWholes(*head, request.draw, request.numbers, request.weights[0], seed)
    if isinstance(request, Close):
        return AcceptProposal(*head, request.numbers, request.weights[0])
    if isinstance(request, Weigh):
        return CallForPlan(*head, request.draw)
    if isinstance(request, Done):
        return InformAgreement(*head, _local(request.prices), request.draw, request.keeps_alone)
    return None


def _local(prices: Prices) -> FloatArray:
    """The local price (steps,) of the only market."""
    return np.asarray(prices.local_per_kwh[0])
