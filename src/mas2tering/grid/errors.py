"""What keeps a power flow from being computed."""

from collections.abc import Sequence


class PowerFlowError(ValueError):
    """The loads of some steps are beyond what the network can carry at all: the voltage collapses.

    ``steps`` are those steps.
    """

    def __init__(self, network: str, steps: Sequence[int]) -> None:
        self.steps = tuple(steps)
        shown = ", ".join(map(str, self.steps[:6])) + (" and more" if len(self.steps) > 6 else "")
        super().__init__(
            f"network {network}: no power flow at step {shown}: the loads are more than the network can carry"
        )
