"""An aggregator under a distribution system operator: it asks its members what the operator asks, and passes on their sums."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mas2tering.community.aggregator import Aggregator, Outgoing
from mas2tering.community.calls import Calls
from mas2tering.community.course import Subject
from mas2tering.community.district_messages import AskMarket, Bound, Carried, MarketSays
from mas2tering.community.secure_sum.keys import RandomBytes
from mas2tering.community.sums import RoundSums
from mas2tering.community.turns import Request
from mas2tering.domain.contracts import AggregationContract
from mas2tering.domain.negotiation import FromMember


@dataclass(frozen=True)
class Spoken:
    """Messages to members, and the answer to the operator where there is one by now."""

    to_members: list[Outgoing]
    to_operator: MarketSays | None


class _Asked:
    """The course of a negotiation as the operator asks it."""

    def __init__(self) -> None:
        self.request: Request | None = None
        self.said: RoundSums | Carried | None = None

    def begin_anew(self, members: Collection[str]) -> None:
        """Nothing that was asked stands any more."""
        self.request = self.said = None

    def summed(self, sums: RoundSums) -> None:
        """Members' sums are there."""
        self.request, self.said = None, sums

    def settled(self) -> None:
        """All members have drawn."""
        self.request, self.said = None, Carried(refused=False)

    def closed(self, *, refused: bool) -> None:
        """All members have mixed."""
        self.request, self.said = None, Carried(refused)


class Branch:
    """One aggregator of a district; ``aggregator`` is its side towards its members."""

    def __init__(
        self,
        name: str,
        conversation: str,
        class_of: Mapping[str, int],
        terms: Subject,
        *,
        contracts: Mapping[str, AggregationContract] | None = None,
        calls: Calls | None = None,
        masks: RandomBytes | None = None,
    ) -> None:
        self.name, self._conversation = name, conversation
        self._course = _Asked()
        self.aggregator = Aggregator(
            conversation, class_of, terms, contracts=contracts, calls=calls, masks=masks, course=self._course
        )
        self._epoch, self._turn = 0, -1
        self._known_out = frozenset(self.aggregator.left_out)
        self._said: MarketSays | None = None

    def ask(self, message: AskMarket) -> Spoken:
        """Take a question of the operator; the same again gets the same answer, where there is one."""
        if message.conversation != self._conversation or (message.epoch, message.turn) < (
            self._epoch,
            self._turn,
        ):
            return Spoken([], None)
        if (message.epoch, message.turn) == (self._epoch, self._turn):
            return Spoken([], self._said)
        is_anew = message.epoch > self._epoch
        self._epoch, self._turn, self._said = message.epoch, message.turn, None
        if self.aggregator.failed or not self.aggregator.members:
            return self._spoken([])
        begun: list[Outgoing] = []
        if is_anew:
            self._course.begin_anew(self.aggregator.members)
            begun = self.aggregator.begin_anew()
        self._course.request = message.request
        return self._spoken(begun or self.aggregator.proceed())

    def receive(self, message: FromMember) -> Spoken:
        """Take a message of a member."""
        return self._spoken(self.aggregator.receive(message))

    def deadline(self) -> Spoken:
        """Time is up for what members were asked."""
        return self._spoken(self.aggregator.deadline())

    def _spoken(self, to_members: list[Outgoing]) -> Spoken:
        """What is to be sent, with what is to be said to the operator."""
        aggregator = self.aggregator
        out = frozenset(aggregator.left_out)
        if aggregator.failed:
            out |= frozenset(aggregator.members)
        head = (self._conversation, self._epoch, self._turn, self.name, out)
        said: RoundSums | Carried | Bound | None = self._course.said
        if aggregator.is_agreed and aggregator.is_over and self._said is None:
            said = Bound(aggregator.bound_units)
        if said is None and out == self._known_out:
            return Spoken(to_members, None)
        self._course.said, self._known_out = None, out
        self._said = MarketSays(*head, said)
        return Spoken(to_members, self._said)
