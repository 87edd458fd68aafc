"""Branch and bound on when programmes start: windows are halved, and each half is a relaxation away.

A general integer search spends most of its time on cuts that these problems do not need. Halving the window
of the programme whose fractional starts are spread widest tightens the bound quickly (a special ordered set,
branched on as one: Beale and Tomlin, 1970), and the dual simplex method goes on from the basis at hand, in
about a millisecond.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mas2tering.home.model import FloatArray, IntArray
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.solve import Infeasible, NothingFound, Solution

_NOTHING = 1e-6
"""A weight below this is the simplex method's rounding."""

_TRY_EVERY = 8
"""Rounding every node's point costs more relaxations than its rare finds save."""

Windows = tuple[tuple[int, int], ...]
"""For each programme the first and the last index of the columns that may start it (leaving it out is the
last of all); after the programmes, for each step of a machine the lowest and the highest state it may have."""


@dataclass(order=True)
class _Node:
    bound: float
    number: int
    windows: Windows = field(compare=False)
    columns: FloatArray = field(compare=False)


@dataclass(frozen=True)
class Branched:
    """What a search found: the best point, its objective, the bound that is proven, and whether the budget of
    nodes ended it."""

    columns: FloatArray | None
    objective: float
    bound: float
    exhausted: bool


class Relaxing(Protocol):
    """Whoever solves relaxations of a problem between limits of its columns."""

    def relax(self, cutoff: float = np.inf) -> Solution:
        """The relaxation, with its bound; it may stop short where that is beyond ``cutoff``.

        Raises:
            Infeasible: nothing fits.
            NothingFound: it cannot be said whether anything fits.
        """
        ...

    def bound_columns(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Other limits for columns, each of shape (columns,)."""
        ...


class StartSearch:
    """The search over one problem in which whole starts of programmes, and then states of a machine, are all
    that is branched on.

    ``is_whole`` says of a point with whole starts whether it is a plan.
    """

    def __init__(
        self,
        problem: HomeProblem,
        solver: Relaxing,
        is_whole: Callable[[FloatArray], bool] = lambda columns: True,
    ) -> None:
        self._solver, self._is_whole = solver, is_whole
        self._groups: list[IntArray] = [
            np.concatenate([run, skip])
            for runs, skips in zip(problem.columns.starts, problem.columns.skips, strict=True)
            for run, skip in zip(runs, skips, strict=True)
        ]
        self._states = problem.columns.states
        self._all = np.concatenate([*self._groups, self._states])
        self._tried: set[tuple[int, ...]] = set()
        self._best: FloatArray | None = None
        self._objective = np.inf
        self._tolerance = 0.0
        self._pruned = np.inf
        self._made = 0

    def run(self, incumbent: FloatArray | None, objective: float, tolerance: float, nodes: int) -> Branched:
        """Search until bound and best are within ``tolerance``, for at most ``nodes`` relaxations."""
        self._best, self._objective, self._tolerance = incumbent, objective, tolerance
        if incumbent is not None:
            self._tried.add(self._rounded(incumbent))
        root = self._relaxed(self._everything, -np.inf)
        heap = [] if root is None else [root]
        if root is not None:
            self._descend_from(root)
        while heap:
            bound = heap[0].bound
            if self._objective - bound <= tolerance:
                return self._done(bound, exhausted=False)
            if self._made >= nodes:
                return self._done(bound, exhausted=True)
            node = heapq.heappop(heap)
            halves = self._halves(node)
            if not halves:
                # Starts are whole, something else is not: nothing below it can be looked at.
                self._pruned = min(self._pruned, node.bound)
            for windows in halves:
                child = self._relaxed(windows, node.bound)
                if child is None:
                    continue
                if child.bound >= self._objective - tolerance:
                    self._pruned = min(self._pruned, child.bound)
                    continue
                if self._made % _TRY_EVERY == 0:
                    self._try(self._rounded(child.columns))
                heapq.heappush(heap, child)
        return self._done(self._objective, exhausted=False)

    @property
    def _everything(self) -> Windows:
        return (*((0, len(group) - 1) for group in self._groups), *((0, 1) for _ in self._states))

    def _done(self, bound: float, *, exhausted: bool) -> Branched:
        self._open(self._everything)
        return Branched(self._best, self._objective, min(bound, self._pruned, self._objective), exhausted)

    def _relaxed(self, windows: Windows, bound: float) -> _Node | None:
        """The relaxation between windows, part of one with the given bound; None where nothing is to be found
        below it."""
        self._made += 1
        self._open(windows)
        try:
            solution = self._solver.relax(self._objective - self._tolerance)
        except Infeasible:
            return None
        except NothingFound:
            self._pruned = min(self._pruned, bound)
            return None
        node = _Node(max(bound, solution.bound), self._made, windows, solution.columns)
        starts_are_whole = all(int((solution.columns[group] > _NOTHING).sum()) == 1 for group in self._groups)
        if starts_are_whole and self._is_whole(solution.columns):
            self._take(solution.columns, solution.objective)
        return node

    def _open(self, windows: Windows) -> None:
        """Let programmes start inside their windows alone, and the machine have the states it may."""
        lower, upper = np.zeros(len(self._all)), np.zeros(len(self._all))
        at = 0
        for group, (first, last) in zip(self._groups, windows, strict=False):
            upper[at + first : at + last + 1] = 1.0
            at += len(group)
        if len(self._states):
            lower[at:], upper[at:] = np.array(windows[len(self._groups) :], dtype=float).T
        self._solver.bound_columns(self._all, lower, upper)

    def _halves(self, node: _Node) -> list[Windows]:
        """The windows of a node with one of them cut in two; none where nothing is left to be cut."""
        halves = self._halved_starts(node)
        return halves or self._held_states(node)

    def _halved_starts(self, node: _Node) -> list[Windows]:
        """Cut the window of the programme whose starts are spread widest; none where all are whole."""
        widest, cut, spread = 0, 0, 0.0
        for position, group in enumerate(self._groups):
            first, last = node.windows[position]
            weight = np.clip(node.columns[group][first : last + 1], 0.0, None)
            place = np.arange(first, last + 1)
            mean = float(weight @ place / weight.sum())
            wide = float(weight @ np.abs(place - mean))
            if wide > max(spread, _NOTHING):
                widest, cut, spread = position, min(max(int(mean), first), last - 1), wide
        first, last = node.windows[widest] if self._groups else (0, 0)
        if spread <= _NOTHING or first == last:
            return []
        return [_with(node.windows, widest, (first, cut)), _with(node.windows, widest, (cut + 1, last))]

    def _held_states(self, node: _Node) -> list[Windows]:
        """Hold the state that is least decided, on and off; none where all are whole."""
        states = node.columns[self._states]
        undecided = np.minimum(states, 1.0 - states)
        if not len(states) or undecided.max() <= _NOTHING:
            return []
        at = len(self._groups) + int(np.argmax(undecided))
        return [_with(node.windows, at, (1, 1)), _with(node.windows, at, (0, 0))]

    def _rounded(self, columns: FloatArray) -> tuple[int, ...]:
        return tuple(int(np.argmax(columns[group])) for group in self._groups)

    def _descend_from(self, root: _Node) -> None:
        """Try the rounded root, and then every start shifted a little, as long as that helps."""
        starts = self._rounded(root.columns) if self._best is None else self._rounded(self._best)
        self._try(starts)
        improved = True
        while improved:
            improved = False
            for k, group in enumerate(self._groups):
                for shift in (-1, 1, -3, 3):
                    moved = starts[k] + shift
                    if not 0 <= moved < len(group):
                        continue
                    candidate = (*starts[:k], moved, *starts[k + 1 :])
                    if self._try(candidate):
                        starts, improved = candidate, True

    def _try(self, starts: tuple[int, ...]) -> bool:
        """Solve with these starts, unless that was done; whether it is the best so far."""
        if starts in self._tried:
            return False
        self._tried.add(starts)
        before = self._objective
        # Only tried: nothing is cut off by what is not found.
        self._relaxed((*((k, k) for k in starts), *((0, 1) for _ in self._states)), np.inf)
        return self._objective < before

    def _take(self, columns: FloatArray, objective: float) -> None:
        if objective < self._objective - 1e-12:
            self._best, self._objective = columns, objective


def _with(windows: Windows, at: int, window: tuple[int, int]) -> Windows:
    return (*windows[:at], window, *windows[at + 1 :])
