"""What the members of a community and their aggregator say to each other while they agree on a day.

An iterated contract net: a call for proposals carries a local price, proposals carry what a member would draw and feed in at
it, and acceptance carries the weights with which everybody mixes its own proposals into its plan. Amounts travel in whole
units, so that sums do not depend on who adds them, and in which order.

Where answers travel under masks, keys come first; then every call to propose says which masks to put on (``masks``), and once
all masked proposals are there, members help to take the masks off their sum. What stands in those bytes is the business
of ``community.secure_sum``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

Stage = Literal["agreeing", "settling", "proving"]
"""Everything may be mixed; what is whole is settled and the rest negotiated on; a last proof with everything mixed."""

UNIT_KWH = 1e-4
UNIT_MONEY = 1e-6
"""What amounts are told in. Energy to a tenth of a watt-hour, so that sums over 10,000 homes fit four bytes; the cost of a day
is off by what that rounds, which is chance for each home and step: 0.2 millionths of a day's cost at 184 homes."""


@dataclass(frozen=True)
class CallForKey:
    """Announce a public key for the masks of the negotiation that has this ``mark`` (4 bytes)."""

    conversation: str
    epoch: int
    turn: int
    mark: bytes


@dataclass(frozen=True)
class AnnounceKey:
    """A member's public key, as an announcement of ``community.secure_sum``."""

    conversation: str
    epoch: int
    turn: int
    member: str
    announcement: bytes


@dataclass(frozen=True)
class Seat:
    """Take a place among the ``members`` who are summed together: the neighbours' public keys, and how much energy a step
    of any of them may tell at most."""

    conversation: str
    epoch: int
    turn: int
    mark: bytes
    members: int
    largest_kwh: float
    neighbourhood: bytes


@dataclass(frozen=True)
class InformLimits:
    """What the grid's limits are to this member, before the first call: in step ``step`` (rows,) its net load counts with
    its own ``weight`` (rows,), at most 1 in size. It is told nothing of others' weights, nor of how much a limit leaves."""

    conversation: str
    epoch: int
    turn: int
    step: IntArray
    weight: FloatArray


@dataclass(frozen=True)
class CallForProposals:
    """Propose at this local price (steps,), and at these prices of limits (rows,). Proposals of a stage are kept under their
    number; those not ``kept`` may be forgotten. ``epoch`` counts how often the negotiation began anew because a member fell
    silent."""

    conversation: str
    epoch: int
    turn: int
    stage: Stage
    number: int
    price_per_kwh: FloatArray
    limit_price_per_kwh: FloatArray
    kept: tuple[int, ...]
    masks: bytes | None = None


@dataclass(frozen=True)
class CallForStandingPlan:
    """Propose the plan that stands from an earlier agreement, at this local price (steps,); it is kept under number 0 of the
    stage's proposals."""

    conversation: str
    epoch: int
    turn: int
    stage: Stage
    price_per_kwh: FloatArray
    masks: bytes | None = None


@dataclass(frozen=True)
class CallForPlan:
    """Propose the plan that was accepted of a draw; of none (None), that of use case 1: what the two cost all members
    together says which is meant."""

    conversation: str
    epoch: int
    turn: int
    draw: int | None
    masks: bytes | None = None


@dataclass(frozen=True)
class Propose:
    """A member's answer: net energy (steps,) in units of ``UNIT_KWH``, import positive; its cost beside energy and
    the least that any plan could cost it at the asked price, in units of ``UNIT_MONEY``; what its load comes to in each limit
    (rows,) in units of ``UNIT_KWH``."""

    conversation: str
    epoch: int
    turn: int
    member: str
    net_units: IntArray
    beside_units: int
    bound_units: int
    limit_units: IntArray


@dataclass(frozen=True)
class ProposeMasked:
    """The same under masks."""

    conversation: str
    epoch: int
    turn: int
    member: str
    masked: bytes


@dataclass(frozen=True)
class CallForUnmasking:
    """Help to take the masks off the sum of the proposals of this turn; ``exchange`` counts such calls of a turn."""

    conversation: str
    epoch: int
    turn: int
    exchange: int
    asked: bytes


@dataclass(frozen=True)
class Unmask:
    """What was asked for to that end."""

    conversation: str
    epoch: int
    turn: int
    exchange: int
    member: str
    given: bytes


@dataclass(frozen=True)
class DrawWholes:
    """Draw what cannot be mixed (starts, schedules) from the proposals with these numbers and weights; ``seed`` is
    the community's, so that members' luck is spread evenly. ``draw`` counts the draws."""

    conversation: str
    epoch: int
    turn: int
    draw: int
    numbers: tuple[int, ...]
    weights: FloatArray
    seed: int


@dataclass(frozen=True)
class AcceptProposal:
    """Mix the proposals with these numbers and weights into the plan."""

    conversation: str
    epoch: int
    turn: int
    numbers: tuple[int, ...]
    weights: FloatArray


@dataclass(frozen=True)
class Confirm:
    """Done as asked. ``refuses``: the mixed plan breaks the member's own limits; it will keep to them in its next
    proposals."""

    conversation: str
    epoch: int
    turn: int
    member: str
    refuses: bool = False


@dataclass(frozen=True)
class InformAgreement:
    """The negotiation is over: the final local price (steps,); the plan accepted of this draw is binding, or with
    ``keeps_alone`` that of use case 1, since together those cost less."""

    conversation: str
    epoch: int
    turn: int
    price_per_kwh: FloatArray
    draw: int
    keeps_alone: bool


@dataclass(frozen=True)
class Commit:
    """The plan to which a member is bound, which its bill needs: net energy (steps,) in units of ``UNIT_KWH``."""

    conversation: str
    epoch: int
    turn: int
    member: str
    net_units: IntArray


@dataclass(frozen=True)
class Refuse:
    """A member leaves the negotiation, if its contract lets it: it keeps to its plan of use case 1 and its supplier."""

    conversation: str
    member: str
    reason: str


@dataclass(frozen=True)
class HoldToContract:
    """A member may not leave: ``clause`` says in words which clause of its contract it would break. What it was asked
    is still asked."""

    conversation: str
    clause: str


Call = (
    CallForKey
    | Seat
    | InformLimits
    | CallForProposals
    | CallForStandingPlan
    | CallForPlan
    | CallForUnmasking
    | DrawWholes
    | AcceptProposal
    | InformAgreement
)
"""What is asked, and asked again of who is silent."""

CallToPropose = CallForProposals | CallForStandingPlan | CallForPlan
"""Calls whose answers are summed."""

Answer = AnnounceKey | Propose | ProposeMasked | Unmask | Confirm | Commit

FromAggregator = Call | HoldToContract
FromMember = Answer | Refuse
