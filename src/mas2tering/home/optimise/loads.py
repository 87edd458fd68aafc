"""A machine that modulates: its states held, everything else is a linear programme; states are shifted while that helps."""

import numpy as np

from mas2tering.home.model import BoolArray, Decision, HomeModel
from mas2tering.home.optimise.algebra import HomeProblem
from mas2tering.home.optimise.repair import one_direction
from mas2tering.home.optimise.solve import HomeSolver, Infeasible, NothingFound

_ROUNDS = 8
_SHIFTS = (-1, 1, -3, 3)


class LoadSearch:
    """Looks for better states of a home's only machine, from given decisions on."""

    def __init__(self, model: HomeModel) -> None:
        self._model = model
        self._problem = HomeProblem(model)
        self._solver = HomeSolver(self._problem)
        self._tried: set[bytes] = set()

    def run(self, decisions: list[Decision]) -> list[Decision]:
        """The best decision that was found, or none where nothing fits."""
        best, cost = None, np.inf
        for decision in decisions:
            found, objective = self._planned(decision, decision.cogeneration[0].on)
            if found is not None and objective < cost:
                best, cost = found, objective
        for _ in range(_ROUNDS):
            if best is None:
                return []
            improved = False
            for states in _shifted(best.cogeneration[0].on):
                found, objective = self._planned(best, states)
                if found is not None and objective < cost - 1e-9:
                    best, cost, improved = found, objective, True
            if not improved:
                break
        return [] if best is None else [best]

    def _planned(self, decision: Decision, states: BoolArray) -> tuple[Decision | None, float]:
        """The best plan with these states and a decision's starts, and its objective; None where there is none, or
        it was tried."""
        key = states.tobytes() + repr(decision.starts).encode()
        if key in self._tried:
            return None, np.inf
        self._tried.add(key)
        held = states.astype(float)
        self._solver.bound_columns(self._problem.columns.machines[0].on, held, held)
        try:
            solution = self._solver.with_starts(decision) if self._model.chains else self._solver.relax()
        except (Infeasible, NothingFound):
            return None, np.inf
        return one_direction(self._model, self._problem.decision(solution.columns)), solution.objective


def _shifted(states: BoolArray) -> list[BoolArray]:
    """States with one change of state moved a little, or one run moved as a whole."""
    changes = np.flatnonzero(np.diff(states.astype(np.int8))) + 1
    found: list[BoolArray] = []
    if not len(changes):
        return found
    for first, second in zip(changes, [*changes[1:], None], strict=True):
        for shift in _SHIFTS:
            if 0 < first + shift < len(states):
                found.append(_moved(states, int(first), shift))
                if second is not None and 0 < second + shift < len(states):
                    found.append(_moved(_moved(states, int(first), shift), int(second), shift))
    return found


def _moved(states: BoolArray, change: int, shift: int) -> BoolArray:
    """States with the change at a step moved by so many steps."""
    moved = states.copy()
    before, after = states[change - 1], states[change]
    if shift > 0:
        moved[change : change + shift] = before
    else:
        moved[change + shift : change] = after
    return moved
