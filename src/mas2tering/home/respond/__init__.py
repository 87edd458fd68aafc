"""A home's part in a negotiation: answers to prices, kept and mixed, until one plan of its own is left."""

from mas2tering.home.respond.contract import Contracted, UnderContract, from_step_on, within
from mas2tering.home.respond.crowd import Crowd, CrowdAnswer, Unfit
from mas2tering.home.respond.standing import NO_DECISION, HomeStanding, as_it_stands
from mas2tering.home.respond.wholes import (
    Committed,
    Wholes,
    as_committed,
    as_planned,
    committed,
    fitting,
    still_possible,
    with_wholes,
    without_wholes,
)

__all__ = [
    "NO_DECISION",
    "Committed",
    "Contracted",
    "Crowd",
    "CrowdAnswer",
    "HomeStanding",
    "UnderContract",
    "Unfit",
    "Wholes",
    "as_committed",
    "as_it_stands",
    "as_planned",
    "committed",
    "fitting",
    "from_step_on",
    "still_possible",
    "with_wholes",
    "within",
    "without_wholes",
]
