"""How answers become sums: added up as they are, or under masks that only their sum takes off. Both give the same bits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mas2tering.community.secure_sum.batch import Batch
from mas2tering.community.secure_sum.fixed_point import Field, FixedPoint, Layout
from mas2tering.community.secure_sum.keys import MemberKeys
from mas2tering.community.secure_sum.messages import HEADER_BYTES, Announcement
from mas2tering.community.secure_sum.setup import Group, Setup
from mas2tering.community.sums import RoundSums
from mas2tering.domain.negotiation import UNIT_KWH, UNIT_MONEY
from mas2tering.home.model import IntArray
from mas2tering.home.respond.reply import Replies

_MARK = b"day1"
_LARGEST_COST = 1e6
_SHARE_BYTES = 16


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
    """Adds up answers as they are: whoever adds sees them. With ``one_price`` loads are balanced in the sums."""

    def __init__(
        self, row_of_home: IntArray, rows: int, steps: int, largest_kwh: float, *, one_price: bool
    ) -> None:
        self._row_of_home, self._shape, self._one_price = row_of_home, (rows, steps), one_price
        self._largest_kwh = largest_kwh

    def sums(self, replies: Replies) -> RoundSums:
        """Sums by row."""
        drawn, fed_in = np.zeros(self._shape, dtype=np.int64), np.zeros(self._shape, dtype=np.int64)
        np.add.at(drawn, self._row_of_home, np.maximum(replies.net_units, 0))
        np.add.at(fed_in, self._row_of_home, np.maximum(-replies.net_units, 0))
        if self._one_price:
            drawn, fed_in = balanced(drawn - fed_in)
        return in_money_and_kwh(
            drawn,
            fed_in,
            int(replies.beside_units.sum()),
            int(replies.bound_units.sum()),
            replies.limit_units.sum(axis=0),
        )

    @property
    def traffic(self) -> Traffic:
        """A net load and two amounts, each as long as its range asks for."""
        layout = _layout(len(self._row_of_home), self._shape[1], self._largest_kwh, parts=1)
        return Traffic(HEADER_BYTES + layout.bytes, 0.0)


class MaskedSums:
    """Adds up answers that are masked, row by row: the aggregator sees sums and nothing else.

    With ``one_price`` members send net loads; otherwise what they draw and feed in apart, since their sum must tell both.
    ``largest_kwh`` is the most that a home can draw or feed in in a step; ``random`` gives secret bytes, on which the sums
    do not depend.
    """

    def __init__(
        self,
        row_of_home: IntArray,
        rows: int,
        steps: int,
        largest_kwh: float,
        random: Callable[[int], bytes],
        *,
        one_price: bool,
        limits: int = 0,
    ) -> None:
        self._shape, self._one_price = (rows, steps), one_price
        self._round = 0
        self._members = [np.flatnonzero(row_of_home == row) for row in range(rows)]
        self._groups: list[Group] = []
        self._batches: list[Batch] = []
        self._slots: list[IntArray] = []
        self._sent = 0
        for members in self._members:
            keys = {f"{home}": MemberKeys.create(random) for home in members}
            parts = 1 if one_price else 2
            set_up = Setup(_MARK, _layout(len(members), steps, largest_kwh, parts, limits))
            for name, key in keys.items():
                set_up.receive(name, Announcement(0, 0, key.public).encode(_MARK))
            group = set_up.group(random)
            self._groups.append(group)
            self._batches.append(Batch(group.terms, [keys[name] for name in group.names]))
            self._slots.append(np.array([int(name) for name in group.names], dtype=np.int64))

    def sums(self, replies: Replies) -> RoundSums:
        """Sums by row."""
        self._round += 1
        steps = self._shape[1]
        drawn, fed_in = np.zeros(self._shape, dtype=np.int64), np.zeros(self._shape, dtype=np.int64)
        limits = np.zeros(replies.limit_units.shape[1], dtype=np.int64)
        beside = bound = 0
        for row, (group, batch, homes) in enumerate(
            zip(self._groups, self._batches, self._slots, strict=True)
        ):
            layout, net = group.terms.layout, replies.net_units[homes]
            vectors = layout.words(
                {
                    "energy": net
                    if self._one_price
                    else np.concatenate([np.maximum(net, 0), np.maximum(-net, 0)], axis=1),
                    "money": np.stack([replies.beside_units[homes], replies.bound_units[homes]], axis=1),
                    "limits": replies.limit_units[homes],
                }
            )
            sent, shares = batch.mask(self._round, vectors)
            self._sent += sent.size + shares.size + 2 * HEADER_BYTES * len(homes)
            total = layout.units(batch.total(sent, shares))
            told = total["energy"]
            drawn[row], fed_in[row] = balanced(told) if self._one_price else (told[:steps], told[steps:])
            beside, bound = beside + int(total["money"][0]), bound + int(total["money"][1])
            limits += total["limits"]
        return in_money_and_kwh(drawn, fed_in, beside, bound, limits)

    @property
    def traffic(self) -> Traffic:
        """Masked vectors and shares; in the set-up, public keys of a member and of its neighbours."""
        homes = sum(len(members) for members in self._members)
        keys = sum(
            len(group.names) * (len(group.public_keys[0]) * (1 + group.terms.ring.degree) + 2 * HEADER_BYTES)
            for group in self._groups
        )
        return Traffic(self._sent / max(1, self._round) / homes, keys / homes)


def _layout(members: int, steps: int, largest_kwh: float, parts: int, limits: int = 0) -> Layout:
    """What a member's vector holds: energies of all steps, cost beside energy and bound, shares in limits."""
    return Layout(
        (
            Field("energy", parts * steps, FixedPoint(members, largest_kwh, UNIT_KWH)),
            Field("money", 2, FixedPoint(members, _LARGEST_COST, UNIT_MONEY)),
            Field("limits", limits, FixedPoint(members, largest_kwh, UNIT_KWH)),
        )
    )


def balanced(net: IntArray) -> tuple[IntArray, IntArray]:
    """What a net load draws, and what it feeds in."""
    return np.maximum(net, 0), np.maximum(-net, 0)


def in_money_and_kwh(
    drawn: IntArray, fed_in: IntArray, beside: int, bound: int, limits: IntArray
) -> RoundSums:
    """Whole units as what they stand for."""
    return RoundSums(
        beside * UNIT_MONEY,
        np.asarray(drawn * UNIT_KWH, dtype=float),
        np.asarray(fed_in * UNIT_KWH, dtype=float),
        bound * UNIT_MONEY,
        np.asarray(limits * UNIT_KWH, dtype=float),
    )
