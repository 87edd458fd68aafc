"""What an order costs a home: its cost with the order less that with its bound plan, at public tariffs.

Local trades are left out on purpose: with a local price inside the loss, neighbours could trade with each other at a price of
their own making, and have the difference paid.
"""

from dataclasses import dataclass, replace

from mas2tering.domain.plans import Costs, DeclaredCosts, HomePlan, bill_of
from mas2tering.domain.tariffs import TariffOnAxis


@dataclass(frozen=True)
class Loss:
    """A home's costs with the bound and with the ordered plan: what its own supplier would bill without local trades, and fuel,
    wear, discomfort and stored value as declared."""

    bound: Costs
    ordered: Costs

    @property
    def dearer(self) -> float:
        """How much dearer the ordered plan is; negative where it is cheaper."""
        return self.ordered.cost - self.bound.cost

    @property
    def amount(self) -> float:
        """The loss: zero or more."""
        return max(0.0, self.dearer)


def public_cost(plan: HomePlan, tariff: TariffOnAxis, declared: DeclaredCosts) -> Costs:
    """A plan's cost at the home's public tariff, each part recomputed. What the plan itself says it costs is not looked at."""
    beside = declared.beside_bill(plan)
    # A bill is worked out here: nothing that comes with the declared costs may add to it.
    return bill_of(tariff, plan.net_kw) + replace(
        beside, energy_bought=0.0, energy_sold=0.0, capacity=0.0, standing=0.0, local=0.0
    )
