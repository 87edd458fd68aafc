"""Who is whose neighbour: members in random order on a ring, each with the nearest on either side.

The graph of Bell et al. 2020, section 3 (doi:10.1145/3372297.3417885): as connected as any of its degree, and as the order is
random, colluding and silent members lie in it at random. The degree grows with the logarithm of the number of members.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from mas2tering.community.secure_sum.classes import FEWEST


@dataclass(frozen=True)
class Ring:
    """The neighbours of each of ``members`` slots on a ring."""

    members: int

    def __post_init__(self) -> None:
        if self.members < FEWEST:
            raise ValueError(f"found a group of {self.members} members; expected at least {FEWEST}")

    @cached_property
    def degree(self) -> int:
        """How many neighbours each has: twice the logarithm to base two, or everybody else in a small group."""
        return min(self.members - 1, 2 * math.ceil(math.log2(self.members)))

    @cached_property
    def threshold(self) -> int:
        """How many neighbours it takes to open a member's own mask: more than half, so that no two sets that are told
        different things can both do it."""
        return self.degree // 2 + 1

    @cached_property
    def fewest_neighbours(self) -> int:
        """How many of its neighbours must be in a sum for a member to help to open it."""
        return min(self.degree, max(self.threshold, FEWEST - 1))

    @cached_property
    def offsets(self) -> tuple[int, ...]:
        """How far along the ring each neighbour is, in the order in which shares are numbered."""
        if self.degree == self.members - 1:
            return tuple(range(1, self.members))
        half = self.degree // 2
        return (*range(1, half + 1), *range(self.members - half, self.members))

    def neighbours(self, slot: int) -> tuple[int, ...]:
        """The neighbours' slots, in the order of ``offsets``."""
        return tuple((slot + offset) % self.members for offset in self.offsets)

    def index_back(self, index: int) -> int:
        """Which neighbour a member is to its own neighbour number ``index``."""
        return self.offsets.index(self.members - self.offsets[index])


@dataclass(frozen=True)
class Odds:
    """How likely something goes wrong, for members that collude or fall silent at random.

    ``opened`` a member has enough colluding neighbours to open its own mask; ``cut_off`` honest members are cut off in two
    places of the ring, so that a sum over only a part of it shows; ``stuck`` a member's mask cannot be opened because too
    many of its neighbours fell silent. Bounds, by the sum over members and places.
    """

    opened: float
    cut_off: float
    stuck: float


def odds(members: int, colluding: int, silent: int) -> Odds:
    """Bounds on the odds, for so many colluding members and so many that fall silent within one round."""
    ring = Ring(members)
    others, degree = members - 1, ring.degree
    enough_collude = _at_least(others, min(colluding, others), degree, ring.threshold)
    too_many_silent = _at_least(others, min(silent, others), degree, degree - ring.threshold + 1)
    gone = min(colluding + silent, members)
    if degree == others:
        cut_off = 0.0
    else:
        # A run of as many lost members as a side has neighbours cuts the ring; it takes two such runs.
        run = math.prod((gone - k) / (members - k) for k in range(degree // 2)) if gone >= degree // 2 else 0
        cut_off = min(1.0, (members * run) ** 2)
    return Odds(min(1.0, members * enough_collude), cut_off, min(1.0, members * too_many_silent))


def _at_least(population: int, marked: int, drawn: int, fewest: int) -> float:
    """The odds that at least ``fewest`` of ``drawn`` are marked, drawn without putting back."""
    ways = sum(
        math.comb(marked, k) * math.comb(population - marked, drawn - k) for k in range(fewest, drawn + 1)
    )
    return ways / math.comb(population, drawn)
