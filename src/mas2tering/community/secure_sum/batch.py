"""All members of a group at once, for studies: the same bytes as member by member, each pair's stream cut once.

For rounds in which everybody answers; those in which somebody falls silent run member by member.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.fixed_point import Words
from mas2tering.community.secure_sum.keys import SHARES_BYTES, MemberKeys, PairStreams, own_mask
from mas2tering.community.secure_sum.messages import Terms
from mas2tering.community.secure_sum.shares import SECRET_BYTES, interpolated

ByteArray = NDArray[np.uint8]


# As many streams as stay in a processor's cache from when they are written until they are added.
_AT_ONCE = 512


@dataclass(frozen=True)
class _Stretch:
    """Pairs of members ``offset`` apart on the ring, from slot ``begin`` to ``end``; the other one of each pair has the
    higher slot, or with ``comes_round`` the lower one, beyond the end of the ring."""

    offset: int
    begin: int
    end: int
    comes_round: bool
    streams: PairStreams


class Batch:
    """The members of one group, in the order of the ring."""

    def __init__(self, terms: Terms, keys: Sequence[MemberKeys]) -> None:
        """``keys`` of all members in the order of the ring, as in ``Group.public_keys``."""
        self._terms = terms
        members = terms.members
        self._stretches: list[_Stretch] = []
        for offset in terms.ring.offsets:
            # Of the two ways along the ring from one to the other, the shorter; half-way, from the lower slot.
            pairs = members if 2 * offset < members else offset
            wrap = min(members - offset, pairs)
            if 2 * offset <= members:
                for first, last in ((0, wrap), (wrap, pairs)):
                    self._stretches += [
                        self._stretch(keys, offset, begin, min(begin + _AT_ONCE, last))
                        for begin in range(first, last, _AT_ONCE)
                    ]

    def _stretch(self, keys: Sequence[MemberKeys], offset: int, begin: int, end: int) -> _Stretch:
        terms = self._terms
        streams = [
            keys[slot].pair_stream(
                keys[(slot + offset) % terms.members].public, terms.negotiation, terms.stream_bytes
            )
            for slot in range(begin, end)
        ]
        return _Stretch(offset, begin, end, begin + offset >= terms.members, PairStreams(streams))

    def mask(self, round_number: int, vectors: Words) -> tuple[ByteArray, ByteArray]:
        """Mask all vectors (leading axis: members) of a round; ``vectors`` is changed in place.

        Returns:
            What members send, in the order of the ring: corrections and payloads of ``MaskedVector``, of shape
            (members, bytes); and the shares held of each member's secret by its first ``threshold`` neighbours, of shape
            (members, threshold, 16), as the ``Shares`` messages of a round without silence bring them.
        """
        terms, ring, layout = self._terms, self._terms.ring, self._terms.layout
        members = terms.members
        shares = np.empty((members, ring.degree, SECRET_BYTES), np.uint8)
        zeros = bytes(terms.stream_bytes)
        buffer = np.empty((min(_AT_ONCE, members), len(zeros)), np.uint8)
        out = [row.data for row in buffer]
        for stretch in self._stretches:
            stretch.streams.write(round_number, zeros, out)
            rows = buffer[: stretch.end - stretch.begin]
            here = slice(stretch.begin, stretch.end)
            start = (stretch.begin + stretch.offset) % members
            other = slice(start, start + len(rows))
            low, high = (other, here) if stretch.comes_round else (here, other)
            there = ring.offsets.index(stretch.offset)
            back = ring.index_back(there)
            both = rows[:, :SHARES_BYTES].reshape(-1, 2, SECRET_BYTES)
            shares[here, there] = both[:, int(stretch.comes_round)]
            shares[other, back] = both[:, int(not stretch.comes_round)]
            mask = layout.cut(rows[:, SHARES_BYTES:])
            vectors.rows(low).add(mask)
            vectors.rows(high).subtract(mask)
        free = tuple(range(1, ring.threshold + 1))
        told = tuple(range(ring.threshold + 1, ring.degree + 1))
        drawn = shares[:, : ring.threshold]
        implied = interpolated(drawn, free, (0, *told))
        vectors.add(self._own_masks(implied[:, 0]))
        corrections = (implied[:, 1:] ^ shares[:, ring.threshold :]).reshape(members, -1)
        return np.concatenate((corrections, layout.packed(vectors)), axis=1), drawn

    def total(self, sent: ByteArray, shares: ByteArray) -> Words:
        """The aggregator's part of such a round: the sum, from what ``mask`` returned."""
        ring, layout = self._terms.ring, self._terms.layout
        total = layout.unpacked(sent[:, self._terms.corrections_bytes :]).total()
        secrets = interpolated(shares, tuple(range(1, ring.threshold + 1)), (0,))[:, 0]
        total.subtract(self._own_masks(secrets).total())
        return total

    def _own_masks(self, secrets: ByteArray) -> Words:
        layout = self._terms.layout
        masks = b"".join([own_mask(secret.tobytes(), layout.stream_bytes) for secret in secrets])
        return layout.cut(np.frombuffer(masks, np.uint8).reshape(len(secrets), -1))
