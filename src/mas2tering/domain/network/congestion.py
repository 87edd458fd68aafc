"""Where a plan breaks a limit of the network: which element, on which phase, at which step, by how much."""

from dataclasses import dataclass
from typing import Literal

from mas2tering.domain.network.parts import Phase

CongestionKind = Literal["voltage_low", "voltage_high", "unbalance", "cable", "transformer"]


@dataclass(frozen=True)
class Congestion:
    """One violation in the full power flow.

    ``element`` is the id of a customer (voltages, unbalance), cable or transformer; ``value`` and ``limit`` are in pu of
    230 V for voltages, fractions of the positive sequence for unbalance, which has no ``phase``, and fractions of the rated
    current otherwise. ``assumed`` marks an assumed rating.
    """

    kind: CongestionKind
    element: str
    phase: Phase | None
    step: int
    value: float
    limit: float
    assumed: bool = False

    @property
    def excess(self) -> float:
        """By how much the limit is broken, in the unit of ``value``; above zero."""
        return self.limit - self.value if self.kind == "voltage_low" else self.value - self.limit

    def __str__(self) -> str:
        if self.kind in ("voltage_low", "voltage_high"):
            return f"step {self.step}: {self.element}, phase {self.phase}: {self.value:.4f} pu, limit {self.limit:g}"
        if self.kind == "unbalance":
            found, most = 100 * self.value, 100 * self.limit
            return f"step {self.step}: {self.element}: voltages unbalanced by {found:.2f} %, limit {most:g} %"
        return f"step {self.step}: {self.kind} {self.element}, phase {self.phase}: {100 * self.value:.1f} % of rating"
