"""A congested day as it is negotiated for real: what homes are bound to, and what they are ordered where some are not asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from mas2tering.coordination.congestion import Connected, as_they_are, relieved
from mas2tering.coordination.grid_day import DEAREST_PER_KWH
from mas2tering.coordination.local_market import MarketBudget, Party, agree
from mas2tering.coordination.members import Standing
from mas2tering.domain.load_limits import LoadLimits
from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import PowerFlow, congestions
from mas2tering.settlement.flexibility import Loss, order_of
from mas2tering.study.gaming.negotiated import NegotiatingDay
from mas2tering.study.gaming.recorded import GENERATED, SETTINGS

IntArray = NDArray[np.int64]
Tightened = Callable[[LoadLimits], LoadLimits]
_MARKET = MarketBudget(gap=2e-3, private=False, seed=GENERATED.seed)


@dataclass(frozen=True)
class CongestedDay:
    """A day behind a transformer that is too small: the homes, the plans to which use case 2 binds them, and where they are."""

    day: date
    party: Party
    bound: tuple[HomePlan, ...]
    connected: Connected

    @property
    def homes(self) -> tuple[str, ...]:
        """The homes, by name."""
        return tuple(model.home for model in self.party.models)

    @property
    def bound_kw(self) -> FloatArray:
        """What bound plans draw, shape (homes, steps)."""
        return np.array([plan.net_kw for plan in self.bound])


@dataclass(frozen=True)
class Ordered:
    """The plans of all homes after a negotiation, ordered where they were asked and bound where not; ``limits`` are the rows
    that were negotiated on, as they were stated (None: nothing was congested)."""

    plans: tuple[HomePlan, ...]
    limits: LoadLimits | None

    @property
    def net_kw(self) -> FloatArray:
        """What plans draw, shape (homes, steps)."""
        return np.array([plan.net_kw for plan in self.plans])


@dataclass(frozen=True)
class Unmet:
    """How many limits plans break in the full power flow, and the highest loading of the transformer's phases."""

    limits: int
    loading: float


def congested_day(community: str, day: date) -> CongestedDay:
    """Agree on the local market of a day, and put the plans on a network behind the small transformer of its setting.

    Raises:
        InputError: the measured data that the community needs is not there.
    """
    open_day = NegotiatingDay.of(SETTINGS[community], day)
    models, alone = list(open_day.models), list(open_day.alone)
    before = agree(models, alone, open_day.charges, _MARKET)
    party = Party(models, alone, open_day.charges, before.standing)
    return CongestedDay(day, party, before.plans, open_day.here)


def ordered(
    day: CongestedDay,
    held_out: frozenset[str] = frozenset(),
    *,
    tightened: Tightened = as_they_are,
    reserve: float = 0.0,
) -> Ordered:
    """Negotiate congestion away with the homes that are not held out; those that are, are loads as they are bound.

    ``tightened`` states rows with a margin in them; ``reserve`` is a share of every limit that is not used.
    """
    asked = np.array([k for k, home in enumerate(day.homes) if home not in held_out], dtype=np.int64)
    standing = day.party.standing
    if standing is None:
        raise AssertionError("use case 2 leaves an agreement that stands")
    party = replace(
        day.party,
        models=[day.party.models[k] for k in asked],
        alone=[day.party.alone[k] for k in asked],
        standing=Standing.of(
            standing.price_per_kwh, [standing.of_home(k) for k in asked], standing.limit_price_per_kwh
        ),
    )
    relief = relieved(
        [party],
        [[day.bound[k] for k in asked]],
        _beside(day, held_out, asked, reserve),
        _MARKET,
        dearest_per_kwh=DEAREST_PER_KWH,
        within_reach=tightened,
    )
    plans = list(day.bound)
    if relief.together is not None:
        for k, plan in zip(asked, relief.together.agreements[0].plans, strict=True):
            plans[k] = plan
    return Ordered(tuple(plans), relief.limits)


def _beside(day: CongestedDay, held_out: frozenset[str], asked: IntArray, reserve: float) -> Connected:
    """The network as those who are asked see it."""
    here = day.connected
    other = here.other_kw.copy()
    for k, home in enumerate(day.homes):
        if home in held_out:
            other[here.customer_of_home[k]] += day.bound[k].net_kw
    return Connected(_narrower(here.network, 1.0 - reserve), here.customer_of_home[asked], other)


def _narrower(network: Network, share: float) -> Network:
    """The network with a share of each rating, and of how far voltages may be from nominal."""
    limits, transformer = network.voltage_limits, network.transformer
    return replace(
        network,
        transformer=transformer and replace(transformer, rating_kva=share * transformer.rating_kva),
        cables=tuple(
            cable if cable.rating_a is None else replace(cable, rating_a=share * cable.rating_a)
            for cable in network.cables
        ),
        voltage_limits=replace(
            limits,
            low_pu=1.0 - share * (1.0 - limits.low_pu),
            high_pu=1.0 + share * (limits.high_pu - 1.0),
            unbalance=share * limits.unbalance,
        ),
    )


def without_orders(
    day: CongestedDay, plans: Sequence[HomePlan], held_out: frozenset[str]
) -> tuple[HomePlan, ...]:
    """The plans that are lived where the lot takes orders away after they were negotiated."""
    return tuple(
        bound if bound.home in held_out else plan for bound, plan in zip(day.bound, plans, strict=True)
    )


def paid_for(day: CongestedDay, plans: Sequence[HomePlan]) -> float:
    """The losses that the operator pays for plans."""
    return sum(
        Loss(bound.costs, plan.costs).amount
        for bound, plan in zip(day.bound, plans, strict=True)
        if order_of(bound, plan) is not None
    )


def unmet(day: CongestedDay, plans: Sequence[HomePlan]) -> Unmet:
    """What plans break in the full three-phase power flow."""
    flow = PowerFlow(day.connected.network).day(day.connected.load_kw([plans]))
    loading = flow.transformer_loading
    highest = 0.0 if loading is None else float(loading.max())
    return Unmet(len(congestions(flow)), highest)
