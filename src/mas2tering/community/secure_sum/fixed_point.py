"""Numbers as integers modulo a power of two, so that masks are uniform and sums are exact.

Nothing wraps: how many members may be summed and how large a value may be decide how many bytes a value takes, and a value
beyond that is refused before it is masked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
ByteArray = NDArray[np.uint8]

_MOST_BYTES = 8
# What is clipped to this is no value of any fixed point.
_BEYOND = 2.0**62
_NARROW_BYTES = 4


class OutOfRangeError(ValueError):
    """A value that the agreed fixed point cannot hold, in words."""


@dataclass(frozen=True)
class FixedPoint:
    """How a value is rounded, and how large one may be.

    ``largest`` is the largest magnitude of one member's value, ``resolution`` what it is rounded to, in the same unit;
    ``members`` is how many are summed at most. The error of a sum is at most ``members * resolution / 2``. Values that are never
    below zero need no sign (``signed``).
    """

    members: int
    largest: float
    resolution: float
    signed: bool = True

    def __post_init__(self) -> None:
        if self.members < 1 or not 0 < self.resolution <= self.largest < np.inf:
            raise OutOfRangeError(
                f"found {self.members} members, values up to {self.largest:g} in units of {self.resolution:g}; expected "
                "at least one member, and a resolution above zero that is no coarser than the largest value"
            )
        if self.bytes > _MOST_BYTES:
            raise OutOfRangeError(
                f"values up to {self.largest:g} in units of {self.resolution:g} of {self.members} members do not fit "
                f"{8 * _MOST_BYTES} bits; choose a coarser resolution"
            )

    @property
    def units(self) -> int:
        """The largest magnitude in units of the resolution."""
        return round(self.largest / self.resolution)

    @property
    def span(self) -> str:
        """Which values may be that large, in words."""
        return "in magnitude" if self.signed else "and nothing below zero"

    @cached_property
    def bytes(self) -> int:
        """Bytes on the wire of one value: the fewest that hold the largest sum and its sign."""
        return ((self.members * self.units).bit_length() + self.signed + 7) // 8

    def whole(self, values: FloatArray) -> IntArray:
        """The values in units of the resolution, same shape; what is no number is beyond every range."""
        found = np.rint(np.nan_to_num(values / self.resolution, nan=np.inf))
        return np.clip(found, -_BEYOND, _BEYOND).astype(np.int64)


@dataclass(frozen=True)
class Field:
    """One part of the vector: its name, how many values, how they are rounded."""

    name: str
    count: int
    fixed_point: FixedPoint

    def refuse_beyond(self, units: IntArray) -> None:
        """Refuse values, in whole units, that are larger than agreed.

        Raises:
            OutOfRangeError: if there is one; says where.
        """
        most = self.fixed_point.units
        beyond = (units > most) | (units < (-most if self.fixed_point.signed else 0))
        if beyond.any():
            where = tuple(int(k) for k in np.argwhere(beyond)[0])
            raise OutOfRangeError(
                f"{self.name}[{', '.join(map(str, where))}]: found {units[where] * self.fixed_point.resolution:g}; expected "
                f"at most {self.fixed_point.largest:g} {self.fixed_point.span}, as agreed for this negotiation"
            )


@dataclass(frozen=True)
class Words:
    """A vector, or many (leading axes), as unsigned words; arithmetic on them wraps, as that of masks must.

    ``narrow`` (..., values of up to four bytes), ``wide`` (..., values of more).
    """

    narrow: NDArray[np.uint32]
    wide: NDArray[np.uint64]

    def add(self, other: "Words") -> None:
        """Add in place."""
        np.add(self.narrow, other.narrow, out=self.narrow)
        np.add(self.wide, other.wide, out=self.wide)

    def subtract(self, other: "Words") -> None:
        """Subtract in place."""
        np.subtract(self.narrow, other.narrow, out=self.narrow)
        np.subtract(self.wide, other.wide, out=self.wide)

    def total(self) -> "Words":
        """The sum over the first axis."""
        return Words(self.narrow.sum(axis=0, dtype=np.uint32), self.wide.sum(axis=0, dtype=np.uint64))

    def rows(self, which: slice) -> "Words":
        """A view of some of many vectors."""
        return Words(self.narrow[which], self.wide[which])


@dataclass(frozen=True)
class Layout:
    """What the vector of one round consists of, the same for every member of a group."""

    fields: tuple[Field, ...]

    @cached_property
    def _narrow(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.fixed_point.bytes <= _NARROW_BYTES)

    @cached_property
    def _wide(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.fixed_point.bytes > _NARROW_BYTES)

    @cached_property
    def narrow_count(self) -> int:
        """How many values take up to four bytes."""
        return sum(field.count for field in self._narrow)

    @cached_property
    def wide_count(self) -> int:
        """How many values take more."""
        return sum(field.count for field in self._wide)

    @cached_property
    def bytes(self) -> int:
        """Length of a vector on the wire."""
        return sum(field.count * field.fixed_point.bytes for field in self.fields)

    @cached_property
    def stream_bytes(self) -> int:
        """Length of the key stream that one mask takes: whole words, the wide ones aligned."""
        return 8 * ((self.narrow_count + 1) // 2) + 8 * self.wide_count

    def zeros(self, *shape: int) -> Words:
        """Vectors of zeros, with leading axes of the given shape."""
        return Words(
            np.zeros((*shape, self.narrow_count), np.uint32), np.zeros((*shape, self.wide_count), np.uint64)
        )

    def whole(self, values: Mapping[str, FloatArray]) -> dict[str, IntArray]:
        """Values in units of their field's resolution."""
        return {field.name: field.fixed_point.whole(values[field.name]) for field in self.fields}

    def words(self, units: Mapping[str, IntArray]) -> Words:
        """The words of one vector, or of many: each field's values in whole units, shape (..., count).

        Raises:
            OutOfRangeError: if a value is larger than agreed.
            ValueError: if a field is missing, unknown or of another length.
        """
        if set(units) != {field.name for field in self.fields}:
            raise ValueError(
                f"found values of {sorted(units)}; expected {sorted(f.name for f in self.fields)}"
            )
        for field in self.fields:
            if units[field.name].shape[-1:] != (field.count,):
                raise ValueError(
                    f"{field.name}: found shape {units[field.name].shape}; expected {field.count} values"
                )
            field.refuse_beyond(units[field.name])
        leading = units[self.fields[0].name].shape[:-1]
        words = self.zeros(*leading)
        for fields, out in ((self._narrow, words.narrow), (self._wide, words.wide)):
            at = 0
            for field in fields:
                # The low bits of a negative number are its value modulo the power of two.
                out[..., at : at + field.count] = units[field.name].astype(np.uint64).astype(out.dtype)
                at += field.count
        return words

    def units(self, words: Words) -> dict[str, IntArray]:
        """What a sum stands for, in whole units by field, each of shape (..., count)."""
        found: dict[str, IntArray] = {}
        for fields, source in ((self._narrow, words.narrow), (self._wide, words.wide)):
            at = 0
            for field in fields:
                shift = np.uint64(64 - 8 * field.fixed_point.bytes)
                raised = source[..., at : at + field.count].astype(np.uint64) << shift
                if field.fixed_point.signed:
                    found[field.name] = raised.view(np.int64) >> shift.astype(np.int64)
                else:
                    found[field.name] = (raised >> shift).view(np.int64)
                at += field.count
        return found

    def values(self, units: Mapping[str, IntArray]) -> dict[str, FloatArray]:
        """Whole units as the numbers that they stand for."""
        return {f.name: units[f.name].astype(np.float64) * f.fixed_point.resolution for f in self.fields}

    def packed(self, words: Words) -> ByteArray:
        """The vector on the wire, shape (..., bytes): the low bytes of each word, lowest first."""
        parts = []
        for fields, source, size in ((self._narrow, words.narrow, "<u4"), (self._wide, words.wide, "<u8")):
            at = 0
            raw = np.ascontiguousarray(source.astype(size, copy=False)).view(np.uint8)
            raw = raw.reshape(*source.shape, int(size[2]))
            for field in fields:
                part = raw[..., at : at + field.count, : field.fixed_point.bytes]
                parts.append(part.reshape(*source.shape[:-1], field.count * field.fixed_point.bytes))
                at += field.count
        return np.concatenate(parts, axis=-1)

    def unpacked(self, raw: ByteArray) -> Words:
        """The inverse of ``packed``, up to the bytes that are not sent."""
        words = self.zeros(*raw.shape[:-1])
        begin = 0
        for fields, out in ((self._narrow, words.narrow), (self._wide, words.wide)):
            at = 0
            target = out.view(np.uint8).reshape(*out.shape, out.itemsize)
            for field in fields:
                width = field.fixed_point.bytes
                part = raw[..., begin : begin + field.count * width]
                target[..., at : at + field.count, :width] = part.reshape(*raw.shape[:-1], field.count, width)
                at += field.count
                begin += field.count * width
        return words

    def cut(self, stream: ByteArray) -> Words:
        """A mask from a key stream of shape (..., stream_bytes): views, where the stream is contiguous."""
        narrow_end = 4 * self.narrow_count
        wide_begin = self.stream_bytes - 8 * self.wide_count
        return Words(
            stream[..., :narrow_end].view("<u4"),
            stream[..., wide_begin : wide_begin + 8 * self.wide_count].view("<u8"),
        )
