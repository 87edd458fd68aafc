"""The aggregator's side of masks in a negotiation: members seated row by row, and their proposals summed row by row.

Whoever falls silent before its proposal is there is left out of the negotiation, since its earlier answers are part of what is
mixed; the round is given up and nothing of it is opened. Whoever falls silent later does no harm: others help in its place.
"""

from collections.abc import Collection, Mapping
from hashlib import blake2b

from mas2tering.community.answers import AnswerForm, RowSum
from mas2tering.community.secure_sum.keys import RandomBytes
from mas2tering.community.secure_sum.messages import NEGOTIATION_BYTES
from mas2tering.community.secure_sum.setup import Group, Setup
from mas2tering.community.secure_sum.summation import Call, Failed, Missing, Sum, Summation


def mark_of(conversation: str, number: int) -> bytes:
    """The mark of a conversation's set-up with this number."""
    return blake2b(f"{conversation} {number}".encode(), digest_size=NEGOTIATION_BYTES).digest()


class MaskedRounds:
    """One set-up, and the rounds on it."""

    def __init__(self, mark: bytes, row_of: Mapping[str, int], form: AnswerForm) -> None:
        """``row_of`` says in which row each member is summed."""
        self.mark, self.form = mark, form
        self._row_of = dict(row_of)
        counts = {row: list(self._row_of.values()).count(row) for row in set(self._row_of.values())}
        self._setups = {row: Setup(mark, form.layout(count)) for row, count in counts.items()}
        self._groups: dict[int, Group] = {}
        self._rounds: dict[int, Summation] = {}

    def receive_key(self, name: str, announcement: bytes) -> None:
        """Take a member's key; raises RefusedError."""
        self._setups[self._row_of[name]].receive(name, announcement)

    def seat(self, random: RandomBytes) -> None:
        """Seat the members, all of whom have announced a key."""
        self._groups = {row: setup.group(random) for row, setup in sorted(self._setups.items())}

    def members_beside(self, name: str) -> int:
        """How many are summed with a member, itself counted."""
        return self._group(name).terms.members

    def neighbourhood(self, name: str) -> bytes:
        """What a member is told of its neighbours."""
        group = self._group(name)
        return group.neighbourhood(group.slots[name]).encode(group.terms)

    def hold(self, members: Collection[str]) -> bool:
        """Whether each of those who are left has neighbours enough to be summed on this set-up."""
        there = set(members)
        return bool(self._groups) and all(
            sum(group.names[k] in there for k in group.neighbours[group.slots[name]])
            >= group.terms.ring.fewest_neighbours
            for name in there
            for group in [self._group(name)]
        )

    def begin(self, round_number: int, members: Collection[str]) -> dict[str, bytes]:
        """A round with these members: which masks each is to put on."""
        self._rounds = {
            row: Summation(group, round_number, [name for name in group.names if name in members])
            for row, group in self._groups.items()
            if any(name in members for name in group.names)
        }
        return self._encoded({row: summation.start() for row, summation in self._rounds.items()})

    def receive(self, name: str, data: bytes) -> None:
        """Take what a member sent, a masked proposal or what helps to take masks off; raises RefusedError."""
        self._rounds[self._row_of[name]].receive(name, data)

    def proceed(self) -> dict[str, bytes]:
        """What is asked for next, of whom; nothing where the round is over. Who has not answered by now will not."""
        return self._encoded({row: summation.proceed() for row, summation in self._rounds.items()})

    @property
    def failure(self) -> str:
        """Why the round has no sum; empty where it has."""
        reasons = [s.result() for s in self._rounds.values()]
        return "; ".join(found.reason for found in reasons if isinstance(found, Failed))

    def fault(self) -> str:
        """What honest members cannot have summed to; empty where nothing is."""
        faults = [self.form.fault(found.units, len(found.members)) for found in self._sums().values()]
        return "; ".join(fault for fault in faults if fault)

    def sums(self) -> dict[int, RowSum]:
        """The sums of the round, by row."""
        return {row: self.form.read(found.units) for row, found in self._sums().items()}

    def _sums(self) -> dict[int, Sum]:
        sums: dict[int, Sum] = {}
        for row, summation in self._rounds.items():
            found = summation.result()
            if isinstance(found, Failed | Missing) or found.left_out:
                raise AssertionError("a round that is not over, or a sum that is not of all who were called")
            sums[row] = found
        return sums

    def _group(self, name: str) -> Group:
        return self._groups[self._row_of[name]]

    def _encoded(self, calls: Mapping[int, Mapping[str, Call]]) -> dict[str, bytes]:
        return {
            name: call.encode(self._groups[row].terms)
            for row, own in calls.items()
            for name, call in own.items()
        }
