"""How answers become sums: added up as they are, or under masks that only their sum takes off. Both give the same bits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from mas2tering.community.answers import AnswerForm, round_sums
from mas2tering.community.secure_sum.batch import Batch
from mas2tering.community.secure_sum.keys import MemberKeys
from mas2tering.community.secure_sum.messages import HEADER_BYTES, Announcement
from mas2tering.community.secure_sum.setup import Group, Setup
from mas2tering.community.sums import RoundSums
from mas2tering.home.model import IntArray
from mas2tering.home.respond.reply import Replies

_MARK = b"day1"


@dataclass(frozen=True)
class Traffic:
    """Bytes that a member sends and gets in a round, on average, and in the set-up before the first one; the prices that
    are asked at come on top for both ways of summing."""

    up_per_round: float
    set_up: float


class Summing(Protocol):
    """Adds up the answers of a round."""

    def sums(self, replies: Replies) -> RoundSums:
        """Sums by row."""
        ...

    @property
    def traffic(self) -> Traffic:
        """What it costs in bytes."""
        ...


class PlainSums:
    """Adds up answers as they are: whoever adds sees them. ``form`` says what an answer consists of."""

    def __init__(self, row_of_home: IntArray, rows: int, form: AnswerForm) -> None:
        self._members, self._form = [np.flatnonzero(row_of_home == row) for row in range(rows)], form

    def sums(self, replies: Replies) -> RoundSums:
        """Sums by row."""
        rows = []
        for homes in self._members:
            parts = _parts(self._form, replies, homes)
            rows.append(self._form.read({name: values.sum(axis=0) for name, values in parts.items()}))
        return round_sums(rows)

    @property
    def traffic(self) -> Traffic:
        """A net load and two amounts, each as long as its range asks for."""
        homes = sum(len(members) for members in self._members)
        return Traffic(HEADER_BYTES + replace(self._form, one_price=True).layout(homes).bytes, 0.0)


class MaskedSums:
    """Adds up answers that are masked, row by row: the aggregator sees sums and nothing else.

    ``random`` gives secret bytes, on which the sums do not depend.
    """

    def __init__(
        self, row_of_home: IntArray, rows: int, form: AnswerForm, random: Callable[[int], bytes]
    ) -> None:
        self._form, self._row_of_home, self._homes = form, row_of_home, len(row_of_home)
        self._round = self._rounds_before = 0
        self._groups: list[Group] = []
        self._batches: list[Batch] = []
        self._slots: list[IntArray] = []
        self._sent = 0
        for row in range(rows):
            members = np.flatnonzero(row_of_home == row)
            keys = {f"{home}": MemberKeys.create(random) for home in members}
            set_up = Setup(_MARK, form.layout(len(members)))
            for name, key in keys.items():
                set_up.receive(name, Announcement(key.public).encode(_MARK))
            group = set_up.group(random)
            self._groups.append(group)
            self._batches.append(Batch(group.terms, [keys[name] for name in group.names]))
            self._slots.append(np.array([int(name) for name in group.names], dtype=np.int64))

    def fits(self, row_of_home: IntArray, form: AnswerForm) -> bool:
        """Whether answers of that form, of members in those rows, can be summed on this set-up."""
        return form == self._form and np.array_equal(row_of_home, self._row_of_home)

    def again(self) -> "MaskedSums":
        """The same set-up for another negotiation of the same members: masks go on where they were, none comes twice."""
        self._rounds_before, self._sent = self._round, 0
        return self

    def sums(self, replies: Replies) -> RoundSums:
        """Sums by row."""
        self._round += 1
        rows = []
        for group, batch, homes in zip(self._groups, self._batches, self._slots, strict=True):
            layout = group.terms.layout
            sent, shares = batch.mask(self._round, layout.words(_parts(self._form, replies, homes)))
            self._sent += sent.size + shares.size + 2 * HEADER_BYTES * len(homes)
            rows.append(self._form.read(layout.units(batch.total(sent, shares))))
        return round_sums(rows)

    @property
    def traffic(self) -> Traffic:
        """Masked vectors and shares; in the set-up, public keys of a member and of its neighbours."""
        keys = sum(
            len(group.names) * (len(group.public_keys[0]) * (1 + group.terms.ring.degree) + 2 * HEADER_BYTES)
            for group in self._groups
        )
        rounds = max(1, self._round - self._rounds_before)
        set_up = 0.0 if self._rounds_before else keys / self._homes
        return Traffic(self._sent / rounds / self._homes, set_up)


def _parts(form: AnswerForm, replies: Replies, homes: IntArray) -> dict[str, IntArray]:
    return form.parts(
        replies.net_units[homes],
        replies.beside_units[homes],
        replies.bound_units[homes],
        replies.limit_units[homes],
    )
