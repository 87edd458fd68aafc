"""Programmes on the way through a day: runs that have not begun move to where they are expected to cost least."""

from collections.abc import Sequence

import numpy as np

from mas2tering.home.follow.storage import Meter
from mas2tering.home.model import FloatArray, HomeModel, ProgrammeChain


class Programmes:
    """The runs of a home and when they start; ``starts`` (of each chain, an index for each link, None where it is left out) are
    those of the plan to begin with."""

    def __init__(self, model: HomeModel, starts: Sequence[Sequence[int | None]]) -> None:
        self._model = model
        self._starts = [list(own) for own in starts]

    @property
    def starts(self) -> tuple[tuple[int | None, ...], ...]:
        """The starts as they stand."""
        return tuple(tuple(own) for own in self._starts)

    def load_kw(self) -> FloatArray:
        """What all runs take, shape (steps,)."""
        steps, total = self._model.axis.steps, np.zeros(self._model.axis.steps)
        for chain, starts in zip(self._model.chains, self._starts, strict=True):
            total += _runs_kw(chain, starts, steps)
        return total

    def choose(self, now: int, level_kw: FloatArray, price_per_kwh: FloatArray, meter: Meter) -> None:
        """Move what has not begun.

        Args:
            now: the first step that is still to come.
            level_kw: load at the meter in each regime, these runs counted in, shape (regimes, steps).
            price_per_kwh: the price inside the home in each regime, likewise; counts where a store evens out what a run takes.
            meter: what a load at the meter costs.
        """
        discharges = any(store.discharges for store in self._model.stores)
        for chain, starts in zip(self._model.chains, self._starts, strict=True):
            if any(index is None for index in starts):
                continue
            before_kw = _runs_kw(chain, starts, self._model.axis.steps)
            self._choose_of_chain(
                now, chain, starts, level_kw - before_kw, price_per_kwh if discharges else None, meter
            )

    def _choose_of_chain(
        self,
        now: int,
        chain: ProgrammeChain,
        starts: list[int | None],
        level_kw: FloatArray,
        price_per_kwh: FloatArray | None,
        meter: Meter,
    ) -> None:
        over = 0
        for position, link in enumerate(chain.links):
            standing = starts[position]
            if standing is None:
                return
            at = int(link.starts[standing])
            if at < now:
                over = at + link.length
                continue
            # A run that another must follow in time keeps to its place: chains are moved as the plan has them.
            latest = len(level_kw)
            if position + 1 < len(chain.links):
                follower = starts[position + 1]
                latest = (
                    at if follower is None else int(chain.links[position + 1].starts[follower]) - link.length
                )
            earliest = max(now, over)
            if position and link.longest_wait_steps is not None:
                latest = min(latest, over + link.longest_wait_steps)
            elif position + 1 < len(chain.links) and chain.links[position + 1].longest_wait_steps is not None:
                earliest = at
            allowed = [i for i, start in enumerate(link.starts) if earliest <= start <= latest]
            if allowed:
                costs = [
                    _run_cost(int(link.starts[i]), link.power_kw, level_kw, price_per_kwh, meter)
                    + float(link.start_cost[i])
                    for i in allowed
                ]
                starts[position] = allowed[int(np.argmin(costs))]
            chosen = starts[position]
            over = (at if chosen is None else int(link.starts[chosen])) + link.length


def _run_cost(
    first: int, power_kw: FloatArray, level_kw: FloatArray, price_per_kwh: FloatArray | None, meter: Meter
) -> float:
    """What a run is expected to add to the bill: at prices inside the home where a store evens out, at the meter's elsewhere."""
    at = slice(first, first + len(power_kw))
    if price_per_kwh is not None:
        return float(price_per_kwh[:, at].mean(axis=0) @ power_kw) * meter.hours
    level = level_kw[:, at]
    more = meter.cost(level + power_kw, at) - meter.cost(level, at)
    return float(more.sum(axis=1).mean())


def _runs_kw(chain: ProgrammeChain, starts: list[int | None], steps: int) -> FloatArray:
    total = np.zeros(steps)
    for link, index in zip(chain.links, starts, strict=True):
        if index is not None:
            first = int(link.starts[index])
            total[first : first + link.length] += link.power_kw
    return total
