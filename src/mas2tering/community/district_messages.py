"""What a distribution system operator and the aggregators behind its network say to each other while their members agree.

The operator negotiates for all at once and asks each aggregator about its own market; an aggregator passes on what its members'
answers sum to by class of suppliers, what they come to in each limit, and their bound, and nothing of a single member until
all is agreed. Every answer names all members whom the aggregator had to leave out, so that none of that can be lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Request
from mas2tering.domain.negotiation import IntArray


@dataclass(frozen=True)
class AskMarket:
    """Ask the members of one aggregator; the ``request`` is about its market alone. ``epoch`` counts how often all began
    anew because somebody fell silent."""

    conversation: str
    epoch: int
    turn: int
    request: Request


@dataclass(frozen=True)
class Carried:
    """All members have done as asked; some may have refused their own mix."""

    refused: bool


@dataclass(frozen=True)
class Bound:
    """The loads (steps,) in units of ``UNIT_KWH`` of the plans to which members are bound."""

    net_units: Mapping[str, IntArray]


@dataclass(frozen=True)
class MarketSays:
    """An aggregator's answer; without anything ``said`` it has left members out, and what was asked before is void."""

    conversation: str
    epoch: int
    turn: int
    aggregator: str
    left_out: frozenset[str]
    said: RoundSums | Carried | Bound | None
