"""How often homes are called on a day: each agreement in which a home takes part is a call, and contracts bound them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mas2tering.domain.contract_breaches import Breach
from mas2tering.domain.contracts import AggregationContract


@dataclass(frozen=True)
class Calls:
    """The calls of one planning day: ``allowed`` by home (one that is not named may be called at will), and ``made``."""

    allowed: Mapping[str, int] = field(default_factory=dict)
    made: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(contracts: Mapping[str, AggregationContract]) -> "Calls":
        """A day on which nobody was called yet."""
        return Calls({home: contract.calls_per_day for home, contract in contracts.items()})

    def refusal(self, home: str) -> Breach | None:
        """Why a home cannot be called once more; None where it can."""
        allowed, number = self.allowed.get(home), self.made.get(home, 0) + 1
        if allowed is None or number <= allowed:
            return None
        return Breach(
            home, "calls_per_day", f"this would be call {number} of the day", str(allowed or "none")
        )

    def after(self, homes: Iterable[str]) -> "Calls":
        """With one call more of each home.

        Raises:
            ValueError: a home cannot be called once more.
        """
        made = dict(self.made)
        for home in homes:
            refused = self.refusal(home)
            if refused is not None:
                raise ValueError(f"{home}: {refused}")
            made[home] = made.get(home, 0) + 1
        return Calls(self.allowed, made)
