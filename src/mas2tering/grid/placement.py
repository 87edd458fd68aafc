"""Hosting capacity of one placement: devices join one after another, each at a customer of its own, until a limit breaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.network import Congestion
from mas2tering.grid.congestion import congestions, violations
from mas2tering.grid.errors import PowerFlowError
from mas2tering.grid.loads import FloatArray
from mas2tering.grid.power_flow import PowerFlow


@dataclass(frozen=True)
class Placed:
    """So many devices fit, and one more does not: ``first_broken`` are the limits that it breaks (none where all that were
    placed fit), ``collapses`` says that the network cannot carry it at all. With ``broken_before`` a limit is broken by no
    device at all, and ``devices`` is 0."""

    devices: int
    first_broken: tuple[Congestion, ...]
    collapses: bool = False
    broken_before: bool = False

    @property
    def all_fit(self) -> bool:
        """Whether all devices of the placement fit."""
        return not (self.first_broken or self.collapses)

    @property
    def limiting(self) -> Congestion | None:
        """The limit that is broken by most, as a share of it."""
        return max(self.first_broken, key=lambda own: own.excess / own.limit, default=None)


def placed_capacity(
    flow: PowerFlow, load_kw: FloatArray, added_kw: FloatArray, order: Sequence[int], guess: int = 0
) -> Placed:
    """How many devices fit when customers get theirs in an order.

    The number is bracketed around ``guess`` by steps that double, then halved: that many fit and one more does not, whatever
    the guess; only where fewer devices break what more of them mend can it depend on it.

    Args:
        flow: of the network.
        load_kw: what is there already, shape (customers, steps).
        added_kw: what the device of each customer adds, shape (customers, steps).
        order: the customers that get a device, the first first.
        guess: about how many fit.

    Raises:
        ValueError: loads of another shape.
    """
    looked: dict[int, tuple[tuple[Congestion, ...], bool]] = {}

    def fits(devices: int) -> bool:
        if devices not in looked:
            load = np.array(load_kw)
            having = list(order[:devices])
            load[having] += added_kw[having]
            try:
                day = flow.day(load)
            except PowerFlowError:
                looked[devices] = (), True
            else:
                looked[devices] = (congestions(day) if violations(day).count else ()), False
        broken, collapses = looked[devices]
        return not (broken or collapses)

    if not fits(0):
        return Placed(0, *looked[0], broken_before=True)
    low, high = _bracket(fits, min(max(guess, 0), len(order)), len(order))
    if high is None:
        return Placed(len(order), ())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return Placed(low, *looked[high])


def _bracket(fits: Callable[[int], bool], guess: int, most: int) -> tuple[int, int | None]:
    """A number that fits, and one that does not (None: all fit)."""
    step = 4
    if fits(guess):
        low = guess
        while low < most:
            high = min(most, low + step)
            if not fits(high):
                return low, high
            low, step = high, 2 * step
        return most, None
    high = guess
    while True:
        low = max(0, high - step)
        if fits(low):
            return low, high
        high, step = low, 2 * step
