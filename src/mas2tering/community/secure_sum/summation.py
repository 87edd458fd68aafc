"""The aggregator's side of one round: from masked vectors to their sum, or to the reason why there is none.

It has no clock: whoever runs it says with ``proceed`` that the time for answers is over, and sends on what comes back. First
come the masked vectors; then, if members fell silent, the masks that others had in common with them, until nobody of the rest
falls silent; then, with the members in the sum settled, shares of their own masks, from so many neighbours as it takes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.secure_sum.classes import FEWEST
from mas2tering.community.secure_sum.fixed_point import IntArray, Words
from mas2tering.community.secure_sum.keys import own_mask
from mas2tering.community.secure_sum.messages import (
    Flags,
    MaskedVector,
    PairMasks,
    PairMasksCall,
    RefusedError,
    RoundCall,
    Shares,
    SharesCall,
)
from mas2tering.community.secure_sum.setup import Group
from mas2tering.community.secure_sum.shares import SECRET_BYTES, interpolated

ByteArray = NDArray[np.uint8]
Call = RoundCall | PairMasksCall | SharesCall


@dataclass(frozen=True)
class Sum:
    """The sum of a round: by field, in whole units of its resolution; who is in it, and who took part but is not."""

    units: Mapping[str, IntArray]
    members: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Missing:
    """No sum yet: whose answers are awaited, and to what."""

    what: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Failed:
    """No sum in this round, and why; members' standing plans hold."""

    reason: str


class Stage(Enum):
    """What is awaited."""

    VECTORS = "masked vectors"
    PAIR_MASKS = "masks of silent neighbours"
    SHARES = "shares"
    OVER = "nothing"


class Summation:
    """One round of one group."""

    def __init__(self, group: Group, round_number: int, taking_part: Iterable[str]) -> None:
        """``taking_part`` names the members that are called."""
        self._group, self._terms, self._number = group, group.terms, round_number
        self._neighbours = group.neighbours
        self._called = frozenset(group.slots[name] for name in taking_part)
        self._in_sum = set(self._called)
        self._stage = Stage.VECTORS
        self._awaited = set(self._called)
        self._vectors: dict[int, MaskedVector] = {}
        self._pair_masks: dict[int, list[PairMasks]] = {}
        # Whoever was sent the first call, and which silent neighbours it has been told of.
        self._reported: dict[int, set[int]] = {}
        self._asked: dict[int, Flags] = {}
        self._mute: set[int] = set()
        self._shares: dict[int, dict[int, bytes]] = {}
        self._outcome: Sum | Failed | None = None

    @property
    def stage(self) -> Stage:
        """What is awaited."""
        return self._stage

    def start(self) -> dict[str, Call]:
        """The calls that open the round; none, if those called are too few (``result`` says so)."""
        self._leave_out_the_lonely()
        self._awaited = set(self._in_sum)
        self._reported = {slot: set() for slot in self._in_sum}
        if self._over():
            return {}
        return {
            self._name(slot): RoundCall(self._number, slot, self._flags(slot, self._in_sum))
            for slot in sorted(self._in_sum)
        }

    def receive(self, name: str, data: bytes) -> None:
        """Take an answer; ``name`` is who the carriage says has sent it.

        Raises:
            RefusedError: with the reason; what was there before stays as it is.
        """
        if name not in self._group.slots:
            raise RefusedError(f"found a message of {name}, who is no member of this group")
        slot = self._group.slots[name]
        found: MaskedVector | PairMasks | Shares
        if self._stage is Stage.VECTORS:
            found = MaskedVector.decode(data, self._terms)
        elif self._stage is Stage.PAIR_MASKS:
            found = PairMasks.decode(data, self._terms)
        elif self._stage is Stage.SHARES:
            found = Shares.decode(data, self._terms)
        else:
            raise RefusedError(f"found a message of {name}, when round {self._number} is over")
        if found.slot != slot:
            raise RefusedError(
                f"{found.what}: found slot {found.slot} in a message of {name}, who has {slot}"
            )
        if found.round_number != self._number:
            raise RefusedError(f"{found.what}: found round {found.round_number}; expected {self._number}")
        if slot not in self._awaited:
            raise RefusedError(f"{found.what}: {name} has answered already or was not asked")
        self._take(slot, found)
        self._awaited.discard(slot)

    def result(self) -> Sum | Missing | Failed:
        """The sum, or what is missing, or why there will be none."""
        if self._outcome is not None:
            return self._outcome
        return Missing(self._stage.value, self._names(self._awaited))

    def proceed(self) -> dict[str, Call]:
        """Take whoever has not answered by now as silent, and say what to send next; nothing, when the round is over."""
        if self._stage is Stage.OVER:
            return {}
        if self._stage is Stage.SHARES:
            self._mute |= self._awaited
            return self._ask_for_shares()
        self._in_sum -= self._awaited
        self._leave_out_the_lonely()
        if self._over():
            return {}
        calls = self._ask_for_pair_masks()
        return calls or self._ask_for_shares()

    def _take(self, slot: int, found: MaskedVector | PairMasks | Shares) -> None:
        if isinstance(found, MaskedVector):
            self._vectors[slot] = found
            return
        asked = self._asked[slot]
        answered = found.silent if isinstance(found, PairMasks) else found.wanted
        if answered != asked:
            raise RefusedError(f"{found.what}: found an answer for other neighbours than were asked for")
        if isinstance(found, PairMasks):
            self._pair_masks.setdefault(slot, []).append(found)
            return
        at = 0
        for other, wanted in zip(self._neighbours[slot], found.wanted, strict=True):
            if wanted:
                self._shares.setdefault(other, {})[slot] = found.shares[at : at + SECRET_BYTES]
                at += SECRET_BYTES

    def _leave_out_the_lonely(self) -> None:
        """Members with too few neighbours in the sum will not help to open it: they count as silent."""
        fewest = self._terms.ring.fewest_neighbours
        while True:
            lonely = {
                slot
                for slot in self._in_sum
                if sum(other in self._in_sum for other in self._neighbours[slot]) < fewest
            }
            if not lonely:
                return
            self._in_sum -= lonely

    def _over(self) -> bool:
        """Whether too few are left; if so, the round has failed."""
        if len(self._in_sum) >= FEWEST:
            return False
        self._fail(
            f"of {len(self._called)} members that took part in round {self._number}, {len(self._in_sum)} are left with "
            f"enough neighbours ({self._terms.ring.fewest_neighbours}); expected at least {FEWEST}"
        )
        return True

    def _ask_for_pair_masks(self) -> dict[str, Call]:
        calls: dict[str, Call] = {}
        self._awaited = set()
        for slot in sorted(self._in_sum):
            silent = {
                other
                for other in self._neighbours[slot]
                if other in self._reported and other not in self._in_sum
            }
            new = silent - self._reported[slot]
            if new:
                self._asked[slot] = self._flags(slot, new)
                self._reported[slot] = silent
                self._awaited.add(slot)
                calls[self._name(slot)] = PairMasksCall(self._number, slot, self._flags(slot, silent))
        self._stage = Stage.PAIR_MASKS
        return calls

    def _ask_for_shares(self) -> dict[str, Call]:
        """Ask for as many shares as are still needed, of neighbours that have not fallen silent; the first ones first."""
        wanted: dict[int, set[int]] = {}
        answering = self._in_sum - self._mute
        for slot in sorted(self._in_sum):
            have = self._shares.get(slot, {})
            lacking = self._terms.ring.threshold - len(have)
            if lacking <= 0:
                continue
            able = [n for n in self._neighbours[slot] if n in answering and n not in have]
            if len(able) < lacking:
                self._fail(
                    f"the mask of {self._name(slot)} in round {self._number} cannot be opened: {len(have) + len(able)} of its "
                    f"neighbours answer; expected {self._terms.ring.threshold}"
                )
                return {}
            for holder in able[:lacking]:
                wanted.setdefault(holder, set()).add(slot)
        self._stage = Stage.SHARES
        self._awaited = set(wanted)
        if not wanted:
            self._finish()
            return {}
        calls: dict[str, Call] = {}
        for holder in sorted(wanted):
            self._asked[holder] = self._flags(holder, wanted[holder])
            in_sum = self._flags(holder, self._in_sum)
            calls[self._name(holder)] = SharesCall(self._number, holder, in_sum, self._asked[holder])
        return calls

    def _finish(self) -> None:
        layout = self._terms.layout
        slots = sorted(self._in_sum)
        total = layout.unpacked(_joined([self._vectors[slot].payload for slot in slots])).total()
        given = [masks.payload for slot in slots for masks in self._pair_masks.get(slot, ())]
        if given:
            total.subtract(layout.unpacked(_joined(given)).total())
        total.subtract(self._own_masks(slots))
        self._stage, self._awaited = Stage.OVER, set()
        self._outcome = Sum(layout.units(total), self._names(slots), self._names(self._called - self._in_sum))

    def _own_masks(self, slots: list[int]) -> Words:
        """The sum of the members' own masks, opened from the shares; those with shares of the same neighbours at once."""
        layout, ring = self._terms.layout, self._terms.ring
        alike: dict[tuple[int, ...], list[int]] = {}
        for slot in slots:
            have = self._shares[slot]
            points = tuple(k + 1 for k, other in enumerate(self._neighbours[slot]) if other in have)
            alike.setdefault(points[: ring.threshold], []).append(slot)
        total = layout.zeros()
        for points, those in alike.items():
            values = np.stack([self._opened_shares(slot, points) for slot in those])
            secrets = interpolated(values, points, (0,))[:, 0]
            masks = _joined([own_mask(secret.tobytes(), layout.stream_bytes) for secret in secrets])
            total.add(layout.cut(masks).total())
        return total

    def _opened_shares(self, slot: int, points: tuple[int, ...]) -> ByteArray:
        """The polynomial's values of one member's secret at some points, shape (points, bytes)."""
        threshold = self._terms.ring.threshold
        told = np.frombuffer(self._vectors[slot].corrections, np.uint8).reshape(-1, SECRET_BYTES)
        values = np.empty((len(points), SECRET_BYTES), np.uint8)
        for k, point in enumerate(points):
            values[k] = np.frombuffer(self._shares[slot][self._neighbours[slot][point - 1]], np.uint8)
            if point > threshold:
                values[k] ^= told[point - threshold - 1]
        return values

    def _flags(self, slot: int, chosen: Iterable[int]) -> Flags:
        return tuple(other in chosen for other in self._neighbours[slot])

    def _name(self, slot: int) -> str:
        return self._group.names[slot]

    def _names(self, slots: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self._name(slot) for slot in slots))

    def _fail(self, reason: str) -> None:
        self._stage, self._awaited = Stage.OVER, set()
        self._outcome = Failed(f"{reason}; no sum can be formed, and members' standing plans hold")


def _joined(parts: list[bytes]) -> ByteArray:
    return np.frombuffer(b"".join(parts), np.uint8).reshape(len(parts), -1)
