"""All members of a group at once, for studies: the same bytes as member by member, each pair's stream cut once.

For rounds in which everybody answers; those in which somebody falls silent run member by member.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.fixed_point import Words
from mas2tering.community.secure_sum.keys import SHARES_BYTES, MemberKeys, PairStream, own_mask
from mas2tering.community.secure_sum.messages import Terms
from mas2tering.community.secure_sum.shares import SECRET_BYTES, interpolated

ByteArray = NDArray[np.uint8]


class Batch:
    """The members of one group, in the order of the ring."""

    def __init__(self, terms: Terms, keys: Sequence[MemberKeys]) -> None:
        """``keys`` of all members in the order of the ring, as in ``Group.public_keys``."""
        self._terms = terms
        members = terms.members
        # Of the two ways along the ring from one to the other, the shorter; half-way, from the lower slot.
        self._streams: dict[int, list[PairStream]] = {
            offset: [
                keys[slot].pair_stream(keys[(slot + offset) % members].public, terms.negotiation)
                for slot in range(members if 2 * offset < members else offset)
            ]
            for offset in terms.ring.offsets
            if 2 * offset <= members
        }

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
        zeros = bytes(SHARES_BYTES + layout.stream_bytes)
        buffer = np.empty((members, len(zeros)), np.uint8)
        for offset, streams in self._streams.items():
            rows = buffer[: len(streams)]
            for stream, row in zip(streams, rows, strict=True):
                stream.write(round_number, zeros, row.data)
            there = ring.offsets.index(offset)
            back = ring.index_back(there)
            both = rows[:, :SHARES_BYTES].reshape(-1, 2, SECRET_BYTES)
            masks = layout.cut(rows[:, SHARES_BYTES:])
            # From slot 0 to ``wrap`` the other one is higher; beyond it comes round to the start.
            wrap = min(members - offset, len(streams))
            for begin, end, lower in ((0, wrap, 0), (wrap, len(streams), 1)):
                here = slice(begin, end)
                other = slice((begin + offset) % members, (begin + offset) % members + end - begin)
                shares[here, there] = both[here, lower]
                shares[other, back] = both[here, 1 - lower]
                mask = masks.rows(here)
                first, second = (here, other) if lower == 0 else (other, here)
                vectors.rows(first).add(mask)
                vectors.rows(second).subtract(mask)
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
        masks = np.empty((len(secrets), layout.stream_bytes), np.uint8)
        zeros = bytes(layout.stream_bytes)
        for secret, row in zip(secrets, masks, strict=True):
            own_mask(secret.tobytes(), zeros, row.data)
        return layout.cut(masks)
