"""Limits on sums of homes' loads, as a distribution system operator states them to those who negotiate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class LimitWeights:
    """Rows: in step ``step`` (rows,), the homes' net loads count times ``weight`` (rows, homes), at most 1 in size. It is all
    that homes need to know of limits."""

    step: IntArray
    weight: FloatArray

    @property
    def rows(self) -> int:
        """How many limits there are."""
        return len(self.step)

    def added_per_kwh(self, price_per_kwh: FloatArray, steps: int) -> FloatArray:
        """What limits at given prices (rows,) add to the price of each home's kWh, shape (homes, steps): to what it draws
        as a cost, to what it feeds in as income; less than nothing where more load helps."""
        added = np.zeros((steps, self.weight.shape[1]))
        np.add.at(added, self.step, self.weight * price_per_kwh[:, None])
        return np.ascontiguousarray(added.T)

    def shares(self, net: FloatArray) -> FloatArray:
        """What net loads (homes, steps) come to in each limit, home by home, shape (homes, rows)."""
        return np.asarray(net[:, self.step] * self.weight.T)


@dataclass(frozen=True)
class LoadLimits(LimitWeights):
    """The sums of all homes' weighted loads may come to ``most_kw`` (rows,).

    Where no plans keep to a limit, each kWh beyond it costs ``dearest_per_kwh``. ``element`` (rows,) says in words what each
    row guards.
    """

    most_kw: FloatArray
    dearest_per_kwh: float
    element: tuple[str, ...]

    def of_homes(self, homes: IntArray) -> "LoadLimits":
        """The same limits with the weights of some homes, in their order."""
        return LoadLimits(self.step, self.weight[:, homes], self.most_kw, self.dearest_per_kwh, self.element)

    def from_step_on(self, first_step: int) -> "LoadLimits":
        """The limits of steps that are not over."""
        return self._only(np.flatnonzero(self.step >= first_step))

    def latest_rows(self) -> IntArray:
        """Of rows on the same element in the same step the number of the last."""
        last = {(step, name): k for k, (step, name) in enumerate(zip(self.step, self.element, strict=True))}
        return np.array(sorted(last.values()), dtype=np.int64)

    def latest(self) -> "LoadLimits":
        """Of rows on the same element in the same step the last."""
        return self._only(self.latest_rows())

    def beside(self, other_kw: FloatArray) -> "LoadLimits":
        """The same limits with what other loads (homes, steps) behind the same meters take of them."""
        taken = (self.weight * other_kw[:, self.step].T).sum(axis=1)
        return replace(self, most_kw=self.most_kw - taken)

    def __add__(self, other: "LoadLimits") -> "LoadLimits":
        """Both sets of limits, on the same homes."""
        return LoadLimits(
            np.concatenate([self.step, other.step]),
            np.concatenate([self.weight, other.weight]),
            np.concatenate([self.most_kw, other.most_kw]),
            max(self.dearest_per_kwh, other.dearest_per_kwh),
            self.element + other.element,
        )

    def _only(self, rows: IntArray) -> "LoadLimits":
        return replace(
            self,
            step=self.step[rows],
            weight=self.weight[rows],
            most_kw=self.most_kw[rows],
            element=tuple(self.element[k] for k in rows),
        )
