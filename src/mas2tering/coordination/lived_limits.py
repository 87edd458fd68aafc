"""What days of use case 3 as they turned out make of the limits of the network, by the way in which they were lived."""

from dataclasses import dataclass
from typing import Literal

GridWay = Literal["bound", "steered", "within_bands"]
"""How a day with the network operator is lived: by the bound plans, whatever comes; each home steering around what its trades
come to; the same within the bands that the operator orders."""
GRID_WAYS: tuple[GridWay, ...] = ("bound", "steered", "within_bands")
_A_CENT = 0.01


@dataclass(frozen=True)
class LivedLimits:
    """Limits of the network that are broken (elements, phases and steps), planned and by way lived, and how far the worst is
    beyond its limit, as a share of it.

    ``dso_payment`` is what the operator has paid for the plans, however the day is lived; ``cost`` are bills of all homes by way, trades
    after orders as far as they came about, after that payment, and ``hindsight`` those of plans of use case 3 that know the day.
    ``loading`` is the highest loading of the transformer's phases at each step of all days, planned (``"planned"``) and by way; it
    is empty where there is no transformer. ``beyond_kwh`` is what homes drew or fed in beyond their bands, ``homes_beyond`` how many of them.
    """

    planned: int
    lived: dict[GridWay, int]
    worst_planned: float
    worst_lived: dict[GridWay, float]
    dso_payment: float
    cost: dict[GridWay, float]
    hindsight: float
    loading: dict[GridWay | Literal["planned"], tuple[float, ...]]
    beyond_kwh: float
    homes_beyond: int

    def share_kept(self, way: GridWay, alone: float, alone_hindsight: float) -> float | None:
        """(use case 1 lived - use case 3 lived) / (the same in hindsight); None where hindsight gains less than a cent.

        Args:
            way: how use case 3 was lived.
            alone: what the days of use case 1 cost, lived in the same way.
            alone_hindsight: the same planned by who knows the days.
        """
        gain = alone_hindsight - self.hindsight
        return None if gain < _A_CENT else (alone - self.cost[way]) / gain
