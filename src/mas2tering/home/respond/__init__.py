"""A home's part in a negotiation: answers to prices, kept and mixed, until one plan of its own is left."""

from mas2tering.home.respond.contract import Contracted, UnderContract, within
from mas2tering.home.respond.crowd import Crowd, CrowdAnswer, Unfit
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
    "Committed",
    "Contracted",
    "Crowd",
    "CrowdAnswer",
    "UnderContract",
    "Unfit",
    "Wholes",
    "as_committed",
    "as_planned",
    "committed",
    "fitting",
    "still_possible",
    "with_wholes",
    "within",
    "without_wholes",
]
