"""Branch and bound on when programmes start: windows are halved, and each half is a relaxation away.

A general integer search spends most of its time on cuts that these problems do not need. Halving the window
of the programme whose fractional starts are spread widest tightens the bound quickly (a special ordered set,
branched on as one: Beale and Tomlin, 1970), and the dual simplex method goes on from the basis at hand, in
about a millisecond.
"""

import heapq
from dataclasses import dataclass, field

import numpy as np

from mas2tering.home.model import FloatArray, IntArray
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, NothingFound

_NOTHING = 1e-6
"""A weight below this is the simplex method's rounding."""

_TRY_EVERY = 8
"""Rounding every node's point costs more relaxations than its rare finds save."""

Windows = tuple[tuple[int, int], ...]
"""For each programme the first and the last index of the columns that may start it; leaving it out is the
last of all."""


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


class StartSearch:
    """The search over one problem whose only whole numbers are the starts of programmes."""

    def __init__(self, problem: HomeProblem, solver: HomeSolver) -> None:
        self._solver = solver
        self._groups: list[IntArray] = [
            np.concatenate([run, skip])
            for runs, skips in zip(problem.columns.starts, problem.columns.skips, strict=True)
            for run, skip in zip(runs, skips, strict=True)
        ]
        self._all = np.concatenate(self._groups)
        self._tried: set[tuple[int, ...]] = set()
        self._best: FloatArray | None = None
        self._objective = np.inf
        self._pruned = np.inf
        self._made = 0

    def run(self, incumbent: FloatArray | None, objective: float, tolerance: float, nodes: int) -> Branched:
        """Search until bound and best are within ``tolerance``, for at most ``nodes`` relaxations."""
        self._best, self._objective = incumbent, objective
        if incumbent is not None:
            self._tried.add(self._rounded(incumbent))
        root = self._relaxed(tuple((0, len(group) - 1) for group in self._groups))
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
            for windows in self._halves(node):
                child = self._relaxed(windows)
                if child is None:
                    continue
                if child.bound >= self._objective - tolerance / 2:
                    self._pruned = min(self._pruned, child.bound)
                    continue
                if self._made % _TRY_EVERY == 0:
                    self._try(self._rounded(child.columns))
                heapq.heappush(heap, child)
        return self._done(self._objective, exhausted=False)

    def _done(self, bound: float, *, exhausted: bool) -> Branched:
        self._open(tuple((0, len(group) - 1) for group in self._groups))
        return Branched(self._best, self._objective, min(bound, self._pruned, self._objective), exhausted)

    def _relaxed(self, windows: Windows) -> _Node | None:
        self._made += 1
        self._open(windows)
        try:
            solution = self._solver.relax()
        except (Infeasible, NothingFound):
            return None
        node = _Node(solution.objective, self._made, windows, solution.columns)
        if all(int((solution.columns[group] > _NOTHING).sum()) == 1 for group in self._groups):
            self._take(solution.columns, solution.objective)
        return node

    def _open(self, windows: Windows) -> None:
        """Let programmes start inside their windows alone."""
        upper = np.zeros(len(self._all))
        at = 0
        for group, (first, last) in zip(self._groups, windows, strict=True):
            upper[at + first : at + last + 1] = 1.0
            at += len(group)
        self._solver.bound_columns(self._all, np.zeros(len(self._all)), upper)

    def _halves(self, node: _Node) -> list[Windows]:
        """The windows of a node with the one cut in two whose starts are spread widest."""
        spreads, cuts = [], []
        for group, (first, last) in zip(self._groups, node.windows, strict=True):
            weight = np.clip(node.columns[group][first : last + 1], 0.0, None)
            place = np.arange(first, last + 1)
            mean = float(weight @ place / weight.sum())
            spreads.append(float(weight @ np.abs(place - mean)))
            cuts.append(min(max(int(mean), first), last - 1))
        widest = int(np.argmax(spreads))
        first, last = node.windows[widest]
        if spreads[widest] <= _NOTHING or first == last:
            return []
        low, high = list(node.windows), list(node.windows)
        low[widest], high[widest] = (first, cuts[widest]), (cuts[widest] + 1, last)
        return [tuple(low), tuple(high)]

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
        self._relaxed(tuple((k, k) for k in starts))
        return self._objective < before

    def _take(self, columns: FloatArray, objective: float) -> None:
        if objective < self._objective - 1e-12:
            self._best, self._objective = columns, objective
