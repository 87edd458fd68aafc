"""The DSO's negotiation: plans are put through a power flow, what breaks limits becomes rows with a price, homes plan again,
until the full power flow is clean.

Rows are kept from one round to the next, and new ones are taken where the new plans run: of what a current or a low voltage
allows, each cuts off a piece, and none is given back. After the first round what is whole in plans stays, so that not
another of many equal plans comes out each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mas2tering.community.price_search import Prices
from mas2tering.coordination.local_market import MarketBudget, Party, Together, agree_together
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import GridDay, PowerFlow, PowerFlowError, congestions
from mas2tering.grid.limit_rows import LimitRows, Nearness

IntArray = NDArray[np.int64]
Told = Callable[[str, int], None]

_FIRST = Nearness(loading=0.85, voltage_pu=0.01, unbalance=0.8)
_AFTER = Nearness(loading=0.98, voltage_pu=0.002, unbalance=0.95)
_UNMET_KWH, _IN_VAIN = 0.1, 2
"""A negotiation that leaves rows exceeded by more, which is more than rounding, and no fewer limits broken, has failed; after so many
in a row no plan is expected to keep them."""
_SOON = 30
"""So many rounds are spent on whether the first rows can be kept at all; where that is not known then, it is tried."""
_PART, _PARTS = 0.7, 12
"""Where the voltage collapses, this part of the loads is tried next, so many times."""
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
        return self.at_customers(np.array([plan.net_kw for own in plans for plan in own]))

    def at_customers(self, net_kw: FloatArray) -> FloatArray:
        """Load of each customer (customers, steps) for net loads of homes (homes, steps)."""
        load = self.other_kw.copy()
        np.add.at(load, self.customer_of_home, net_kw)
        return load


@dataclass(frozen=True)
class GridRound:
    """A round with the DSO: how many limits were broken in the full power flow of the plans that it began with, how many
    rows were negotiated on, by how much (kWh) the plans that came of it exceed them, and how many rounds of the market it took."""

    broken: int
    rows: int
    excess_kwh: float
    market_rounds: int


@dataclass(frozen=True)
class Relief:
    """How congestion was met.

    ``before`` and ``after`` are the power flows of the plans before and after; ``together`` is None where there was none.
    ``limits`` are the rows of the last round (None: none were needed), made by ``makes``. Where the network cannot carry plans at all, the power
    flow is that of a part of their loads at these steps, and they are not clean. Of a day under way only steps from
    ``first_step`` on count.
    """

    before: GridDay
    after: GridDay
    together: Together | None
    limits: LoadLimits | None
    rounds: tuple[GridRound, ...]
    is_clean: bool
    makes: LimitRows = field(compare=False, repr=False)
    first_step: int = 0


def as_they_are(limits: LoadLimits) -> LoadLimits:
    """Limits that are taken to be within reach."""
    return limits


def relieved(
    parties: Sequence[Party],
    plans: Sequence[Sequence[HomePlan]],
    connected: Connected,
    budget: MarketBudget,
    *,
    dearest_per_kwh: float,
    first_step: int = 0,
    rounds: int = 8,
    told: Told = lambda *_: None,
    is_hopeless: Callable[[LoadLimits, int, FloatArray | None], bool] = lambda *_: False,
    after: Relief | None = None,
    within_reach: Callable[[LoadLimits], LoadLimits] = as_they_are,
    start: Prices | None = None,
) -> Relief:
    """Negotiate until plans keep the limits of the network, or rounds are over.

    Args:
        parties: the communities, each with the standing agreement from which it starts.
        plans: the plans that they are bound to.
        connected: where their homes are.
        budget: of each negotiation, whose gap may be 1.6 times as wide.
        dearest_per_kwh: what a limit may cost at most.
        first_step: the first step about which something can still be decided.
        rounds: how often plans are made again.
        told: told of each round of each negotiation.
        is_hopeless: asked about the first rows, and about those that were left exceeded, whether it is known that no plans keep
            them; then nothing is negotiated any more.
        after: what was in vain before, whose rows are the first to be negotiated on.
        within_reach: the rows as they can be kept at all, where that is another question.
        start: prices to begin at, of the rows at hand.
    """
    flow = PowerFlow(connected.network)
    make = LimitRows(connected.network, dearest_per_kwh) if after is None else after.makes
    carried = _carried(flow, connected.load_kw(plans), first_step)
    before = carried.day
    limits = None if after is None else after.limits
    negotiated: LoadLimits | None = None
    together: Together | None = None
    done: list[GridRound] = []
    budget = replace(budget, gap=_GAP * budget.gap)
    anew, in_vain = True, 0
    while len(done) < rounds and in_vain < _IN_VAIN and not carried.is_clean:
        if limits is None or done:
            near = _AFTER if done else _FIRST
            rows = rows_at(make, connected, carried.load_kw, near).from_step_on(first_step)
            limits = rows if limits is None else limits + rows
        negotiated = within_reach(replace(limits, dearest_per_kwh=dearest_per_kwh))
        if not done and is_hopeless(negotiated, _SOON, None):
            break
        together = agree_together(parties, budget, told, negotiated, anew=anew, start=start)
        agreements = together.agreements
        parties = [
            replace(party, standing=agreement.standing)
            for party, agreement in zip(parties, agreements, strict=True)
        ]
        plans = [agreement.plans for agreement in agreements]
        excess_kwh = float(together.excess_kwh.sum())
        broken = carried.broken
        done.append(GridRound(broken, limits.rows, excess_kwh, len(agreements[0].rounds)))
        carried = _carried(flow, connected.load_kw(plans), first_step)
        share = together.bound.prices.limit_per_kwh / dearest_per_kwh
        if anew and excess_kwh > _UNMET_KWH and is_hopeless(negotiated, budget.rounds, share):
            break
        # What is whole in plans stays, unless it is in the way.
        no_better = carried.broken >= broken
        anew = excess_kwh > _UNMET_KWH and no_better
        in_vain = (
            in_vain + 1 if anew or (no_better and negotiated.rows and _has_room(limits, negotiated)) else 0
        )
    return Relief(before, carried.day, together, negotiated, tuple(done), carried.is_clean, make, first_step)


def _has_room(limits: LoadLimits, negotiated: LoadLimits) -> bool:
    """Whether limits were negotiated on with more room than they have: what is broken may then stay so."""
    return not np.array_equal(limits.most_kw, negotiated.most_kw)


def rows_at(make: LimitRows, connected: Connected, load_kw: FloatArray, near: Nearness) -> LoadLimits:
    """Rows on homes' loads at loads of customers (customers, steps), or at as much of them as the network can carry; near a
    collapse engines differ in what that is."""
    for _ in range(_PARTS):
        try:
            rows = make.at(load_kw, near)
            break
        except PowerFlowError as error:
            load_kw = load_kw.copy()
            load_kw[:, list(error.steps)] *= _PART
    else:
        rows = make.at(np.zeros_like(load_kw), near)
    # What else is on the network counts wherever it is, with customers that are no homes of these parties too.
    return rows.beside(connected.other_kw).of_homes(connected.customer_of_home)


@dataclass(frozen=True)
class _Carried:
    """The power flow of loads (customers, steps): those asked for, or as much of them as the network can carry at all at the
    steps where it cannot carry more. Limits count from ``first_step`` on."""

    day: GridDay
    load_kw: FloatArray
    is_whole: bool
    first_step: int

    @property
    def broken(self) -> int:
        """How many limits are broken."""
        return sum(found.step >= self.first_step for found in congestions(self.day))

    @property
    def is_clean(self) -> bool:
        """Whether all of the loads is carried, and breaks no limit."""
        return self.is_whole and not self.broken


def _carried(flow: PowerFlow, load_kw: FloatArray, first_step: int) -> _Carried:
    part_kw, is_whole = load_kw, True
    for _ in range(_PARTS):
        try:
            return _Carried(flow.day(part_kw), part_kw, is_whole, first_step)
        except PowerFlowError as error:
            part_kw, is_whole = part_kw.copy(), False
            part_kw[:, list(error.steps)] *= _PART
    # With nothing connected there is always a power flow.
    nothing = np.zeros_like(load_kw)
    return _Carried(flow.day(nothing), nothing, False, first_step)
