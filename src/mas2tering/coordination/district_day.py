"""Several communities under one operator: each keeps a market of its own, limits bind them all, and only sums are exchanged.

Limits are of two sorts: a cap on the sum of all homes (a feeder or a substation that all networks hang on), and the networks
themselves, each of which may serve several communities.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.local_market import MarketBudget, Party, Together, Told, agree_together
from mas2tering.domain.load_limits import IntArray, LimitWeights, LoadLimits
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import GridDay, PowerFlow, PowerFlowError, congestions
from mas2tering.grid.limit_rows import LimitRows, Nearness

_FIRST = Nearness(loading=0.85, voltage_pu=0.01, unbalance=0.8)
_AFTER = Nearness(loading=0.98, voltage_pu=0.002, unbalance=0.95)
_BEYOND = 1e-3
"""A cap that is exceeded by no more than this share is kept."""
_UNMET_KWH, _IN_VAIN = 0.1, 2


@dataclass(frozen=True)
class Cap:
    """What all homes together may draw, and feed in, at each step, in kW; None where nothing is limited."""

    import_kw: float | None = None
    export_kw: float | None = None

    def limits(self, homes: int, steps: int, dearest_per_kwh: float) -> LoadLimits | None:
        """The cap as limits on the sum of all homes."""
        found: LoadLimits | None = None
        for sign, most_kw, word in ((1.0, self.import_kw, "import"), (-1.0, self.export_kw, "export")):
            if most_kw is None:
                continue
            own = LoadLimits(
                np.arange(steps),
                np.full((steps, homes), sign),
                np.full(steps, most_kw),
                dearest_per_kwh,
                (f"{word} of the district",) * steps,
            )
            found = own if found is None else found + own
        return found

    def broken(self, net_kw: FloatArray) -> int:
        """At how many steps a net load (steps,) is beyond it."""
        beyond = np.zeros(len(net_kw), dtype=np.int64)
        for sign, most_kw in ((1.0, self.import_kw), (-1.0, self.export_kw)):
            if most_kw is not None:
                beyond += sign * net_kw > most_kw * (1.0 + _BEYOND) + 1e-9
        return int(beyond.sum())


@dataclass(frozen=True)
class Served:
    """A network and the homes on it: their numbers among those of all communities, one after another, in the order of
    ``connected``."""

    connected: Connected
    homes: IntArray

    def load_kw(self, plans: Sequence[HomePlan]) -> FloatArray:
        """Load of each customer, shape (customers, steps)."""
        return self.connected.load_kw([[plans[k] for k in self.homes]])


@dataclass(frozen=True)
class DistrictDay:
    """What came of it. ``before`` are plans of the markets without limits, ``after`` those within them, by community; broken
    limits are counted in the full power flow of each network, and of the cap by step. ``cost`` is what all communities' plans
    cost, ``gap`` what they may cost above the best."""

    before: tuple[tuple[HomePlan, ...], ...]
    after: tuple[tuple[HomePlan, ...], ...]
    cost_before: tuple[float, ...]
    cost_after: tuple[float, ...]
    gap: float
    limit_price_per_kwh: FloatArray
    cap_broken: tuple[int, int]
    network_broken: tuple[int, int]
    rounds: int
    flows: tuple[GridDay, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every limit is kept."""
        return not (self.cap_broken[1] or self.network_broken[1])


def district_day(
    parties: Sequence[Party],
    cap: Cap,
    served: Sequence[Served],
    budget: MarketBudget,
    *,
    dearest_per_kwh: float,
    rounds: int = 8,
    told: Told = lambda *_: None,
) -> DistrictDay:
    """Let each community agree by itself, then all of them within the limits that they share.

    Raises:
        PowerFlowError: a network cannot carry the plans without limits at all.
    """
    first = [agree_together([party], budget, told).agreements[0] for party in parties]
    parties = [
        replace(party, standing=agreement.standing) for party, agreement in zip(parties, first, strict=True)
    ]
    before = tuple(agreement.plans for agreement in first)
    plans = [plan for own in before for plan in own]
    guards = [
        _Guard(own, LimitRows(own.connected.network, dearest_per_kwh), PowerFlow(own.connected.network))
        for own in served
    ]
    begun = _broken(cap, guards, plans)
    if begun is None:
        raise PowerFlowError("district", range(plans[0].axis.steps))
    limits = cap.limits(len(plans), plans[0].axis.steps, dearest_per_kwh)
    together: Together | None = None
    now, done, in_vain, anew = begun, 0, 0, True
    while done < rounds and in_vain < _IN_VAIN and now[0] + now[1]:
        near = _AFTER if done else _FIRST
        for guard in guards:
            rows = guard.rows(plans, near)
            limits = rows if limits is None else limits + rows
        agreed = agree_together(parties, budget, told, limits, anew=anew)
        agreed_plans = [plan for agreement in agreed.agreements for plan in agreement.plans]
        found = _broken(cap, guards, agreed_plans)
        done += 1
        if found is None:
            # Plans that cannot be carried at all are no answer: those before them stay.
            break
        together, plans = agreed, agreed_plans
        parties = [
            replace(party, standing=agreement.standing)
            for party, agreement in zip(parties, agreed.agreements, strict=True)
        ]
        # As within one network: what is whole stays unless it is in the way of a limit.
        anew = float(agreed.excess_kwh.sum()) > _UNMET_KWH and found[0] + found[1] >= now[0] + now[1]
        in_vain = in_vain + 1 if anew else 0
        now = found
    last = first if together is None else together.agreements
    return DistrictDay(
        before=before,
        after=tuple(agreement.plans for agreement in last),
        cost_before=tuple(agreement.cost for agreement in first),
        cost_after=tuple(agreement.cost for agreement in last),
        gap=sum(agreement.gap for agreement in last),
        limit_price_per_kwh=_price(together, limits, plans[0].axis.steps),
        cap_broken=(begun[0], now[0]),
        network_broken=(begun[1], now[1]),
        rounds=done,
        flows=now[2],
    )


@dataclass(frozen=True)
class _Guard:
    """A network's part in the negotiation."""

    served: Served
    make: LimitRows
    flow: PowerFlow

    def rows(self, plans: Sequence[HomePlan], near: Nearness) -> LoadLimits:
        """Rows of the network at these plans, with weights of all homes of the district."""
        here = self.served.connected
        rows = self.make.at(self.served.load_kw(plans), near).beside(here.other_kw)
        rows = rows.of_homes(here.customer_of_home)
        weight = np.zeros((rows.rows, len(plans)))
        weight[:, self.served.homes] = rows.weight
        return replace(rows, weight=weight)


def _broken(
    cap: Cap, guards: Sequence[_Guard], plans: Sequence[HomePlan]
) -> tuple[int, int, tuple[GridDay, ...]] | None:
    """Broken steps of the cap, broken limits of all networks, and their power flows; None where one cannot be carried."""
    try:
        flows = tuple(guard.flow.day(guard.served.load_kw(plans)) for guard in guards)
    except PowerFlowError:
        return None
    net_kw = np.asarray(np.sum([plan.net_kw for plan in plans], axis=0))
    return cap.broken(net_kw), sum(len(congestions(flow)) for flow in flows), flows


def _price(together: Together | None, limits: LoadLimits | None, steps: int) -> FloatArray:
    """What limits add to a kWh at each step for the home that pays most, shape (steps,)."""
    if together is None or limits is None:
        return np.zeros(steps)
    rows = len(together.limit_price_per_kwh)
    known = LimitWeights(limits.step[:rows], limits.weight[:rows])
    return np.asarray(known.added_per_kwh(together.limit_price_per_kwh, steps).max(axis=0))
