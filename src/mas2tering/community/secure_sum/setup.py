"""The aggregator's side before the first round: it collects public keys and seats the members on a ring."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from mas2tering.community.secure_sum.fixed_point import Layout
from mas2tering.community.secure_sum.keys import KEY_BYTES, RandomBytes
from mas2tering.community.secure_sum.messages import Announcement, Neighbourhood, RefusedError, Terms


@dataclass(frozen=True)
class Group:
    """Members that are summed together: their terms, and their names in the order of the ring."""

    terms: Terms
    names: tuple[str, ...]
    public_keys: tuple[bytes, ...]

    @cached_property
    def slots(self) -> Mapping[str, int]:
        """Each name's place on the ring."""
        return {name: slot for slot, name in enumerate(self.names)}

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Each slot's neighbours, in the order of the ring's offsets."""
        return tuple(self.terms.ring.neighbours(slot) for slot in range(self.terms.members))

    def neighbourhood(self, slot: int) -> Neighbourhood:
        """What a member is told of its neighbours."""
        keys = tuple(self.public_keys[other] for other in self.neighbours[slot])
        return Neighbourhood(0, slot, keys)


class Setup:
    """Collects announcements; each group of a community has its own."""

    def __init__(self, negotiation: bytes, layout: Layout) -> None:
        self._negotiation, self._layout = negotiation, layout
        self._public_keys: dict[str, bytes] = {}
        self._seen: set[bytes] = set()

    def receive(self, name: str, data: bytes) -> None:
        """Take a member's announcement; ``name`` is who the carriage says has sent it.

        Raises:
            RefusedError: if it is malformed, repeated, or has another member's key.
        """
        announcement = Announcement.decode(data, self._negotiation)
        if name in self._public_keys:
            raise RefusedError(f"{announcement.what}: {name} has announced a key already")
        if announcement.public_key in self._seen:
            raise RefusedError(f"{announcement.what}: {name} has announced another member's key")
        self._public_keys[name] = announcement.public_key
        self._seen.add(announcement.public_key)

    def group(self, random: RandomBytes) -> Group:
        """Seat everybody who has announced a key, in random order.

        Raises:
            ValueError: if they are too few for a sum that hides anybody, or more than the layout was made for.
        """
        draw = random(KEY_BYTES)
        order = sorted(
            self._public_keys, key=lambda name: blake2b(self._public_keys[name], key=draw).digest()
        )
        terms = Terms(self._negotiation, len(order), self._layout)
        _ = terms.ring
        return Group(terms, tuple(order), tuple(self._public_keys[name] for name in order))
