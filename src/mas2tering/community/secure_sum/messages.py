"""What members and aggregator send each other, byte by byte.

Every message begins with its kind (1 byte), the negotiation (4), the round (4) and the member's slot (4): the sender's, or the
receiver's where the aggregator sends. The rest has a length that follows from the group's terms, so that a message of another
length is refused. Who sent a message the carriage knows; it is held against the slot by whoever receives it.
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import ClassVar, Self

import numpy as np

from mas2tering.community.secure_sum.fixed_point import Layout
from mas2tering.community.secure_sum.graph import Ring
from mas2tering.community.secure_sum.keys import KEY_BYTES, bytes_of_a_round, last_round
from mas2tering.community.secure_sum.shares import SECRET_BYTES

NEGOTIATION_BYTES = 4
# One for each neighbour, in the order of the ring's offsets.
Flags = tuple[bool, ...]

_HEADER = struct.Struct(f"<B{NEGOTIATION_BYTES}sII")
HEADER_BYTES = _HEADER.size


class RefusedError(ValueError):
    """A message that is not what the protocol allows at this point, with the reason in words."""


@dataclass(frozen=True)
class Terms:
    """What all members of a group know of a negotiation: its mark (4 bytes), how many they are, what a vector holds."""

    negotiation: bytes
    members: int
    layout: Layout

    def __post_init__(self) -> None:
        if len(self.negotiation) != NEGOTIATION_BYTES:
            raise ValueError(f"found a mark of {len(self.negotiation)} bytes; expected {NEGOTIATION_BYTES}")
        for field in self.layout.fields:
            if field.fixed_point.members < self.members:
                raise ValueError(
                    f"{field.name} holds sums over {field.fixed_point.members} members; the group has {self.members}"
                )

    @cached_property
    def ring(self) -> Ring:
        """Who is whose neighbour."""
        return Ring(self.members)

    @cached_property
    def stream_bytes(self) -> int:
        """What a pair's stream takes for a round."""
        return bytes_of_a_round(self.layout.stream_bytes)

    @property
    def last_round(self) -> int:
        """The highest number that a round may have."""
        return last_round(self.stream_bytes)

    @property
    def flags_bytes(self) -> int:
        """Length of one flag for each neighbour."""
        return (self.ring.degree + 7) // 8

    @property
    def corrections_bytes(self) -> int:
        """Length of what is sent of a secret's shares with each vector."""
        return (self.ring.degree - self.ring.threshold) * SECRET_BYTES


@dataclass(frozen=True)
class _Message:
    kind: ClassVar[int]
    what: ClassVar[str]

    round_number: int
    slot: int

    def encode(self, terms: Terms) -> bytes:
        """To bytes."""
        return _HEADER.pack(self.kind, terms.negotiation, self.round_number, self.slot) + self._body()

    @classmethod
    def decode(cls, data: bytes, terms: Terms) -> Self:
        """From bytes.

        Raises:
            RefusedError: if it is not a message of this kind and negotiation, as long as it must be.
        """
        if len(data) < HEADER_BYTES:
            raise RefusedError(f"{cls.what}: found {len(data)} bytes; expected at least {HEADER_BYTES}")
        kind, negotiation, round_number, slot = _HEADER.unpack_from(data)
        if kind != cls.kind:
            raise RefusedError(f"found a message of kind {kind}; expected {cls.what} (kind {cls.kind})")
        if negotiation != terms.negotiation:
            raise RefusedError(f"{cls.what}: belongs to another negotiation")
        if slot >= terms.members:
            raise RefusedError(f"{cls.what}: found slot {slot}; expected one of {terms.members}")
        return cls._of(round_number, slot, data[HEADER_BYTES:], terms)

    def _body(self) -> bytes:
        """All that comes after the beginning."""
        raise NotImplementedError

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        """The message from its body; raises RefusedError."""
        raise NotImplementedError

    @classmethod
    def _parts(cls, body: bytes, *lengths: int) -> list[bytes]:
        """The body cut into parts of these lengths, which it must have."""
        if len(body) != sum(lengths):
            raise RefusedError(
                f"{cls.what}: found {HEADER_BYTES + len(body)} bytes; expected {HEADER_BYTES + sum(lengths)}"
            )
        ends = list(accumulate(lengths))
        return [body[end - length : end] for end, length in zip(ends, lengths, strict=True)]


@dataclass(frozen=True)
class Announcement:
    """Member to aggregator, once: the public key of this negotiation. There are no terms yet, no round and no slot."""

    kind: ClassVar[int] = 1
    what: ClassVar[str] = "announcement"

    public_key: bytes

    def encode(self, negotiation: bytes) -> bytes:
        """To bytes."""
        return _HEADER.pack(self.kind, negotiation, 0, 0) + self.public_key

    @classmethod
    def decode(cls, data: bytes, negotiation: bytes) -> Self:
        """From bytes, before there are terms.

        Raises:
            RefusedError: if it is not an announcement for this negotiation.
        """
        if len(data) != HEADER_BYTES + KEY_BYTES:
            raise RefusedError(f"{cls.what}: found {len(data)} bytes; expected {HEADER_BYTES + KEY_BYTES}")
        if _HEADER.unpack_from(data) != (cls.kind, negotiation, 0, 0):
            raise RefusedError(f"{cls.what}: found the beginning of another message or negotiation")
        return cls(data[HEADER_BYTES:])


@dataclass(frozen=True)
class Neighbourhood(_Message):
    """Aggregator to member, once: its slot on the ring and its neighbours' public keys in the order of offsets."""

    kind: ClassVar[int] = 2
    what: ClassVar[str] = "neighbourhood"

    public_keys: tuple[bytes, ...]

    def _body(self) -> bytes:
        return b"".join(self.public_keys)

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        return cls(round_number, slot, tuple(cls._parts(body, *[KEY_BYTES] * terms.ring.degree)))


@dataclass(frozen=True)
class RoundCall(_Message):
    """Aggregator to member: which neighbours take part in this round, so which masks to put on."""

    kind: ClassVar[int] = 3
    what: ClassVar[str] = "call for a round"

    taking_part: Flags

    def _body(self) -> bytes:
        return _packed_flags(self.taking_part)

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        (flags,) = cls._parts(body, terms.flags_bytes)
        return cls(round_number, slot, _unpacked_flags(flags, terms))


@dataclass(frozen=True)
class MaskedVector(_Message):
    """Member to aggregator: its vector under all masks, and what complements the shares of its own mask's secret."""

    kind: ClassVar[int] = 4
    what: ClassVar[str] = "masked vector"

    corrections: bytes
    payload: bytes

    def _body(self) -> bytes:
        return self.corrections + self.payload

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        return cls(round_number, slot, *cls._parts(body, terms.corrections_bytes, terms.layout.bytes))


@dataclass(frozen=True)
class PairMasksCall(_Message):
    """Aggregator to member: these neighbours have fallen silent in this round (all of them, also those of a call before)."""

    kind: ClassVar[int] = 5
    what: ClassVar[str] = "call for masks of silent neighbours"

    silent: Flags

    def _body(self) -> bytes:
        return _packed_flags(self.silent)

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        (flags,) = cls._parts(body, terms.flags_bytes)
        return cls(round_number, slot, _unpacked_flags(flags, terms))


@dataclass(frozen=True)
class PairMasks(_Message):
    """Member to aggregator: the sum of the masks that it has in common with these silent neighbours, as it put them on."""

    kind: ClassVar[int] = 6
    what: ClassVar[str] = "masks of silent neighbours"

    silent: Flags
    payload: bytes

    def _body(self) -> bytes:
        return _packed_flags(self.silent) + self.payload

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        flags, payload = cls._parts(body, terms.flags_bytes, terms.layout.bytes)
        return cls(round_number, slot, _unpacked_flags(flags, terms), payload)


@dataclass(frozen=True)
class SharesCall(_Message):
    """Aggregator to member: which neighbours are in the sum, for good, and of which of them it needs a share."""

    kind: ClassVar[int] = 7
    what: ClassVar[str] = "call for shares"

    in_sum: Flags
    wanted: Flags

    def _body(self) -> bytes:
        return _packed_flags(self.in_sum) + _packed_flags(self.wanted)

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        in_sum, wanted = cls._parts(body, terms.flags_bytes, terms.flags_bytes)
        return cls(round_number, slot, _unpacked_flags(in_sum, terms), _unpacked_flags(wanted, terms))


@dataclass(frozen=True)
class Shares(_Message):
    """Member to aggregator: its shares of the wanted neighbours' secrets of this round, in the order of offsets."""

    kind: ClassVar[int] = 8
    what: ClassVar[str] = "shares"

    wanted: Flags
    shares: bytes

    def _body(self) -> bytes:
        return _packed_flags(self.wanted) + self.shares

    @classmethod
    def _of(cls, round_number: int, slot: int, body: bytes, terms: Terms) -> Self:
        # How long the shares are only the flags tell.
        flags, shares = cls._parts(
            body, min(terms.flags_bytes, len(body)), max(0, len(body) - terms.flags_bytes)
        )
        wanted = _unpacked_flags(flags.ljust(terms.flags_bytes, b"\0"), terms)
        cls._parts(body, terms.flags_bytes, SECRET_BYTES * sum(wanted))
        return cls(round_number, slot, wanted, shares)


def _packed_flags(flags: Flags) -> bytes:
    return np.packbits(np.array(flags, bool), bitorder="little").tobytes()


def _unpacked_flags(data: bytes, terms: Terms) -> Flags:
    bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little").astype(bool).tolist()
    if any(bits[terms.ring.degree :]):
        raise RefusedError("found a flag for a neighbour that there is not")
    return tuple(bits[: terms.ring.degree])
