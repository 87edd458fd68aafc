"""The shape of a radial network: from which cable each bus is fed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network.parts import Cable

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Tree:
    """Buses in the order in which power reaches them; all numbers count from 0 in the network's own order.

    ``order`` lists the buses that are reached, the root first; ``feeding_cable`` is the cable that feeds a bus,
    -1 at the root and at buses that are not reached; ``upstream`` the bus at that cable's other end. ``closing``
    are the cables that close a loop, or double another cable.
    """

    order: IntArray
    feeding_cable: IntArray
    upstream: IntArray
    closing: tuple[int, ...]

    def path(self, bus: int) -> list[int]:
        """The cables from a bus to the root."""
        cables = []
        while self.feeding_cable[bus] >= 0:
            cables.append(int(self.feeding_cable[bus]))
            bus = int(self.upstream[bus])
        return cables


def tree_of(bus_at: Mapping[str, int], cables: Sequence[Cable], root: str) -> Tree:
    """The tree that grows from a root over cables; those that name an unknown bus are passed over.

    ``bus_at`` numbers the buses from 0.
    """
    neighbours: list[list[tuple[int, int]]] = [[] for _ in bus_at]
    for k, cable in enumerate(cables):
        if cable.from_bus in bus_at and cable.to_bus in bus_at:
            here, there = bus_at[cable.from_bus], bus_at[cable.to_bus]
            neighbours[here].append((there, k))
            neighbours[there].append((here, k))
    feeding, upstream = np.full(len(bus_at), -1), np.full(len(bus_at), -1)
    order = [bus_at[root]]
    reached = {bus_at[root]}
    closing: dict[int, None] = {}
    for bus in order:  # grows while it is walked through
        for other, k in neighbours[bus]:
            if k == feeding[bus]:
                continue
            if other in reached:
                closing[k] = None
                continue
            reached.add(other)
            feeding[other], upstream[other] = k, bus
            order.append(other)
    return Tree(np.array(order), feeding, upstream, tuple(closing))
