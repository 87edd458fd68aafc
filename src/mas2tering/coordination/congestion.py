"""The DSO's negotiation: plans are put through a power flow, what breaks limits becomes rows with a price, homes plan again,
until the full power flow is clean.

Rows are kept from one round to the next, and new ones are taken where the new plans run: of what a current or a low voltage
allows, each cuts off a piece, and none is given back. After the first round what is whole in plans stays, so that not
another of many equal plans comes out each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import GridDay, PowerFlow, congestions
from mas2tering.grid.limit_rows import LimitRows, Nearness

IntArray = NDArray[np.int64]
Told = Callable[[str, int], None]

_FIRST = Nearness(loading=0.85, voltage_pu=0.01)
_AFTER = Nearness(loading=0.98, voltage_pu=0.002)
_BEYOND_KWH = 0.1
"""What plans exceed rows by where that is more than rounding, all rows together."""
_GAP = 1.6
"""Rows are true to first order: a gap beyond that of a market is enough, and saves two rounds of five."""


@dataclass(frozen=True)
class Connected:
    """Homes of several communities on a network: the customer that each home is, community after community, and what
    everything else on the network takes, shape (customers, steps)."""

    network: Network
    customer_of_home: IntArray
    other_kw: FloatArray

    def load_kw(self, plans: Sequence[Sequence[HomePlan]]) -> FloatArray:
        """Load of each customer, shape (customers, steps)."""
        net_kw = np.array([plan.net_kw for own in plans for plan in own])
        load = self.other_kw.copy()
        np.add.at(load, self.customer_of_home, net_kw)
        return load


@dataclass(frozen=True)
class GridRound:
    """A round with the DSO: how many limits were broken in the full power flow of the plans that it began with, how many
    rows were negotiated on, and by how much (kWh) the plans that came of it exceed them."""

    broken: int
    rows: int
    excess_kwh: float


@dataclass(frozen=True)
class Relief:
    """How congestion was met.

    ``before`` and ``after`` are the power flows of the plans before and after; ``together`` is None where there was none.
    ``limits`` are the rows of the last round (None: none were needed).
    """

    before: GridDay
    after: GridDay
    together: Together | None
    limits: LoadLimits | None
    rounds: tuple[GridRound, ...]

    @property
    def is_clean(self) -> bool:
        """Whether the full power flow of the plans breaks no limit."""
        return not congestions(self.after)


def relieved(
    parties: Sequence[Party],
    plans: Sequence[Sequence[HomePlan]],
    connected: Connected,
    budget: MarketBudget,
    *,
    dearest_per_kwh: float,
    rounds: int = 8,
    told: Told = lambda *_: None,
) -> Relief:
    """Negotiate until plans keep the limits of the network, or rounds are over.

    Args:
        parties: the communities, each with the standing agreement from which it starts.
        plans: the plans that they are bound to.
        connected: where their homes are.
        budget: of each negotiation, whose gap may be 1.6 times as wide.
        dearest_per_kwh: what a limit may cost at most.
        rounds: how often plans are made again.
        told: told of each round of each negotiation.

    Raises:
        PowerFlowError: plans load the network beyond what it can carry at all.
    """
    flow, make = PowerFlow(connected.network), LimitRows(connected.network, dearest_per_kwh)
    load_kw = connected.load_kw(plans)
    before = after = flow.day(load_kw)
    limits: LoadLimits | None = None
    together: Together | None = None
    done: list[GridRound] = []
    budget = replace(budget, gap=_GAP * budget.gap)
    while len(done) < rounds:
        broken = len(congestions(after))
        if not broken:
            break
        rows = make.at(load_kw, _AFTER if done else _FIRST).of_homes(connected.customer_of_home)
        rows = rows.beside(connected.other_kw[connected.customer_of_home])
        limits = rows if limits is None else limits + rows
        together = agree_together(parties, budget, told, limits, anew=not done)
        agreements = together.agreements
        parties = [
            replace(party, standing=agreement.standing)
            for party, agreement in zip(parties, agreements, strict=True)
        ]
        plans = [agreement.plans for agreement in agreements]
        load_kw = connected.load_kw(plans)
        after = flow.day(load_kw)
        excess_kwh = float(together.excess_kwh.sum())
        done.append(GridRound(broken, limits.rows, excess_kwh))
        if excess_kwh > _BEYOND_KWH and len(congestions(after)) >= broken:
            # No plans keep these rows, and more of them would say the same again.
            break
    return Relief(before, after, together, limits, tuple(done))
