"""A member's side: it puts masks on, and helps to take off what is not its neighbours' secret.

The rule that keeps a vector unreadable: in one round, for one neighbour, a member gives away either the mask that they have in
common (the neighbour is out of the sum) or its share of the neighbour's own mask (the neighbour is in), never both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.fixed_point import Words
from mas2tering.community.secure_sum.keys import SHARES_BYTES, MemberKeys, PairStream, own_mask
from mas2tering.community.secure_sum.messages import (
    Flags,
    MaskedVector,
    Neighbourhood,
    PairMasks,
    PairMasksCall,
    RefusedError,
    RoundCall,
    Shares,
    SharesCall,
    Terms,
)
from mas2tering.community.secure_sum.shares import SECRET_BYTES, interpolated

ByteArray = NDArray[np.uint8]


@dataclass
class _Round:
    """What a member has done in one round."""

    number: int
    taking_part: Flags
    silent: Flags
    in_sum: Flags | None = None


class Member:
    """One member in one negotiation; rounds must be called in rising order, some may be left out."""

    def __init__(self, terms: Terms, keys: MemberKeys, neighbourhood: Neighbourhood) -> None:
        """Agree keys with the neighbours.

        Raises:
            RefusedError: if a neighbour's key is the member's own or appears twice.
            UnusableKeyError: if no secret can be agreed with one.
        """
        found = (*neighbourhood.public_keys, keys.public)
        if len(set(found)) != len(found):
            raise RefusedError("neighbourhood: found one public key twice; expected different members")
        self._terms, self._slot = terms, neighbourhood.slot
        self._streams: tuple[PairStream, ...] = tuple(
            keys.pair_stream(other, terms.negotiation, terms.stream_bytes)
            for other in neighbourhood.public_keys
        )
        self._above = tuple(other > self._slot for other in terms.ring.neighbours(self._slot))
        self._zeros = bytes(terms.stream_bytes)
        self._round: _Round | None = None

    @property
    def slot(self) -> int:
        """Place on the ring."""
        return self._slot

    def mask(self, call: RoundCall, vector: Words) -> MaskedVector:
        """The vector under a mask in common with each neighbour that takes part, and one of the member's own.

        Raises:
            RefusedError: if the round is not later than the last, or too few neighbours take part.
        """
        self._expect_receiver(call.what, call.slot)
        if self._round is not None and call.round_number <= self._round.number:
            raise RefusedError(
                f"{call.what}: found round {call.round_number}; expected one after {self._round.number}, since a mask "
                "that is used twice hides nothing"
            )
        if call.round_number > self._terms.last_round:
            raise RefusedError(
                f"{call.what}: found round {call.round_number}; expected at most {self._terms.last_round}"
            )
        self._expect_enough(call.what, call.taking_part)
        streams = self._drawn(call.round_number)
        ring, layout = self._terms.ring, self._terms.layout
        free = tuple(range(1, ring.threshold + 1))
        told = tuple(range(ring.threshold + 1, ring.degree + 1))
        mine = self._shares(streams, of_own_secret=True)
        # The secret first, then the shares that complete the ones drawn from the streams.
        implied = interpolated(mine[: ring.threshold], free, (0, *told))
        corrections = implied[1:] ^ mine[ring.threshold :]
        masked = layout.zeros()
        masked.add(vector)
        own = own_mask(implied[0].tobytes(), layout.stream_bytes)
        masked.add(layout.cut(np.frombuffer(own, np.uint8)))
        self._put_on(masked, streams, call.taking_part)
        self._round = _Round(call.round_number, call.taking_part, (False,) * ring.degree)
        payload = layout.packed(masked).tobytes()
        return MaskedVector(call.round_number, self._slot, corrections.tobytes(), payload)

    def pair_masks(self, call: PairMasksCall) -> PairMasks:
        """The masks in common with neighbours that fell silent since the last such call of this round, as a sum.

        Raises:
            RefusedError: if shares were given in this round, or too few neighbours would be left.
        """
        this = self._current(call.what, call.round_number, call.slot)
        if this.in_sum is not None:
            raise RefusedError(
                f"{call.what}: the members in the sum of round {this.number} are settled already"
            )
        if any(s and not t for s, t in zip(call.silent, this.taking_part, strict=True)):
            raise RefusedError(f"{call.what}: found a neighbour that took no part in round {this.number}")
        if any(before and not now for before, now in zip(this.silent, call.silent, strict=True)):
            raise RefusedError(
                f"{call.what}: a neighbour that was out of round {this.number} cannot come back"
            )
        new = tuple(now and not before for before, now in zip(this.silent, call.silent, strict=True))
        if not any(new):
            raise RefusedError(f"{call.what}: found no neighbour that was not reported silent before")
        self._expect_enough(call.what, _without(this.taking_part, call.silent))
        this.silent = call.silent
        masks = self._terms.layout.zeros()
        self._put_on(masks, self._drawn(this.number), new)
        payload = self._terms.layout.packed(masks).tobytes()
        return PairMasks(this.number, self._slot, new, payload)

    def shares(self, call: SharesCall) -> Shares:
        """Shares of the secrets of neighbours in the sum. May be asked again, for the same members in the sum.

        Raises:
            RefusedError: if the members in the sum are not what this member was told before, or are too few.
        """
        this = self._current(call.what, call.round_number, call.slot)
        if this.in_sum not in (None, call.in_sum):
            raise RefusedError(
                f"{call.what}: found other members in the sum of round {this.number} than before"
            )
        if call.in_sum != _without(this.taking_part, this.silent):
            raise RefusedError(
                f"{call.what}: expected every neighbour that takes part in round {this.number} to be in the sum or to have "
                "been reported silent"
            )
        if any(wanted and not found for wanted, found in zip(call.wanted, call.in_sum, strict=True)):
            raise RefusedError(f"{call.what}: found a neighbour that is not in the sum")
        self._expect_enough(call.what, call.in_sum)
        this.in_sum = call.in_sum
        held = self._shares(self._drawn(this.number), of_own_secret=False)
        return Shares(this.number, self._slot, call.wanted, held[np.array(call.wanted)].tobytes())

    def _drawn(self, round_number: int) -> ByteArray:
        """This round's streams, shape (degree, bytes)."""
        streams = np.empty((len(self._streams), len(self._zeros)), np.uint8)
        for stream, row in zip(self._streams, streams, strict=True):
            stream.seek(round_number)
            stream.write_on(self._zeros, row.data)
        return streams

    def _shares(self, streams: ByteArray, of_own_secret: bool) -> ByteArray:
        """What the streams give as shares, shape (degree, bytes): of the own secret, or of each neighbour's.

        A stream begins with the share of the lower slot's secret, then comes that of the higher one's.
        """
        both = streams[:, :SHARES_BYTES].reshape(-1, 2, SECRET_BYTES)
        which = np.array([above != of_own_secret for above in self._above], np.intp)
        return np.asarray(both[np.arange(len(both)), which])

    def _put_on(self, target: Words, streams: ByteArray, neighbours: Flags) -> None:
        """Add the masks in common with some neighbours: the lower slot adds, the higher one subtracts."""
        for stream, above, chosen in zip(streams, self._above, neighbours, strict=True):
            if chosen:
                mask = self._terms.layout.cut(stream[SHARES_BYTES:])
                if above:
                    target.add(mask)
                else:
                    target.subtract(mask)

    def _expect_receiver(self, what: str, slot: int) -> None:
        if slot != self._slot:
            raise RefusedError(f"{what}: found slot {slot}; this member has {self._slot}")

    def _current(self, what: str, round_number: int, slot: int) -> _Round:
        self._expect_receiver(what, slot)
        if self._round is None or self._round.number != round_number:
            now = "no round" if self._round is None else f"round {self._round.number}"
            raise RefusedError(f"{what}: found round {round_number}; this member is in {now}")
        return self._round

    def _expect_enough(self, what: str, neighbours: Flags) -> None:
        fewest = self._terms.ring.fewest_neighbours
        if sum(neighbours) < fewest:
            raise RefusedError(
                f"{what}: found {sum(neighbours)} neighbours in the sum; expected at least {fewest}, since fewer would not "
                "hide this member"
            )


def _without(flags: Flags, others: Flags) -> Flags:
    return tuple(flag and not other for flag, other in zip(flags, others, strict=True))
