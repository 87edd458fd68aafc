"""Days of use case 3 as they turn out: limits of the network as homes lived them, and what it costs to keep them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mas2tering.coordination.envelopes import Ordered
from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.coordination.lived_limits import GRID_WAYS, GridWay, LivedLimits
from mas2tering.coordination.lived_market import Traded, Way, settled_as_lived
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import GridDay, congestions
from mas2tering.settlement.flexibility import flexibility_figures
from mas2tering.study.gaming.homes import uncontrolled_kw
from mas2tering.study.lived.agreed import Agreed, Agreeing, lived_plans
from mas2tering.study.season.agreed import AgreedDay, expectation_of

_BEYOND_KW = 1e-3
OF_MARKET: dict[Way, tuple[GridWay, ...]] = {
    "bound": ("bound",),
    "steered": ("steered", "within_bands"),
    "reopened": (),
}
"""Which ways to live use case 3 begin a day where a way to live use case 2 left the one before."""


@dataclass(frozen=True)
class Broken:
    """How many limits a day breaks, how far the worst is beyond its own, as a share of it, and the loading of the transformer's most
    loaded phase at each step; a day that the network cannot carry counts none (a note says so)."""

    limits: int
    worst: float
    loading: tuple[float, ...]

    @staticmethod
    def of(flow: GridDay | None) -> "Broken":
        """What a power flow breaks."""
        if flow is None:
            return Broken(0, 0.0, ())
        found, loading = congestions(flow), flow.transformer_loading
        return Broken(
            len(found),
            max((own.excess / own.limit for own in found), default=0.0),
            () if loading is None else tuple(loading.max(axis=0).tolist()),
        )


@dataclass
class LivedGrid:
    """Days of use case 3 so far."""

    planned: list[Broken] = field(default_factory=list)
    lived: dict[GridWay, list[Broken]] = field(default_factory=lambda: {way: [] for way in GRID_WAYS})
    more: dict[GridWay, float] = field(default_factory=lambda: dict.fromkeys(GRID_WAYS, 0.0))
    """What days cost all homes beyond those of use case 2 that began alike, what is left in stores counted in."""
    paid: dict[GridWay, float] = field(default_factory=lambda: dict.fromkeys(GRID_WAYS, 0.0))
    beyond_kwh: float = 0.0
    homes_beyond: set[str] = field(default_factory=set)

    def live(
        self, way: Way, agreed: Agreed, agreeing: Agreeing, every: int, in_use_case_2: Sequence[HomePlan]
    ) -> None:
        """Live one day more, in the ways that begin it where ``way`` did, which became ``in_use_case_2``."""
        grid = agreed.grid
        if grid is None:
            return
        settled = grid.settled
        paid = 0.0 if settled is None else float(flexibility_figures(settled).dso_payment)
        traded = None if settled is None else Traded(settled.market.trades, settled.market.price_per_kwh)
        if way == "bound":
            self.planned.append(Broken.of(grid.relief.after))
        for own in OF_MARKET[way]:
            plans = lived_plans(own, agreed, grid, every)
            bills = settled_as_lived(agreed.market, plans, traded)
            pairs = zip(bills.plans, in_use_case_2, strict=True)
            self.more[own] += sum(plan.costs.cost - before.costs.cost for plan, before in pairs)
            self.paid[own] += paid
            self.lived[own].append(Broken.of(agreeing.flow(plans)))
            if own == "bound":
                without = lived_plans("bound", agreed, None, every)
                agreeing.settle(_to_settle(agreed, grid, without, plans))
            if own == "within_bands" and agreed.ordered is not None:
                self._note_beyond(agreed.ordered, plans)

    def _note_beyond(self, ordered: Ordered, plans: Sequence[HomePlan]) -> None:
        """Homes whose load left its band, whatever it was that they could not hold back."""
        for band, plan in zip(ordered.bands, plans, strict=True):
            if band is None:
                continue
            excess_kw = band.excess_kw(plan.net_kw)
            if excess_kw.max() > _BEYOND_KW:
                self.homes_beyond.add(plan.home)
                self.beyond_kwh += float(excess_kw.sum()) * plan.axis.step_hours

    def figures(self, in_use_case_2: Mapping[Way, float], hindsight: float) -> LivedLimits | None:
        """All days together; planned are those agreed on from where bound plans leave stores.

        Args:
            in_use_case_2: what all homes' days of use case 2 cost by way.
            hindsight: the same of plans of use case 3 that know the days, after it.
        """
        if not self.planned:
            return None
        loading: dict[GridWay | Literal["planned"], tuple[float, ...]] = {
            "planned": _in_a_row(self.planned),
            **{way: _in_a_row(self.lived[way]) for way in GRID_WAYS},
        }
        return LivedLimits(
            planned=sum(own.limits for own in self.planned),
            lived={way: sum(own.limits for own in self.lived[way]) for way in GRID_WAYS},
            worst_planned=max(own.worst for own in self.planned),
            worst_lived={way: max(own.worst for own in self.lived[way]) for way in GRID_WAYS},
            dso_payment=self.paid["bound"],
            cost={
                own: in_use_case_2[way] + self.more[own] - self.paid[own]
                for way, ways in OF_MARKET.items()
                for own in ways
            },
            hindsight=hindsight,
            loading={way: own for way, own in loading.items() if own},
            beyond_kwh=self.beyond_kwh,
            homes_beyond=len(self.homes_beyond),
        )


def _to_settle(
    agreed: Agreed, grid: GridDayOutcome, bound: Sequence[HomePlan], ordered: Sequence[HomePlan]
) -> AgreedDay:
    """The day as the season's rule is told of it."""
    models = agreed.expected
    return AgreedDay(
        day=models[0].axis.local_starts[0].date(),
        grid=grid,
        models=models,
        alone=tuple(decision for _, decision in agreed.alone),
        expected=tuple(expectation_of(m, own) for m, own in zip(models, agreed.outlooks, strict=True)),
        came_kw=tuple(uncontrolled_kw(day.today) for day in agreed.days),
        lived_bound=tuple(bound),
        lived_ordered=tuple(ordered),
        lived_as="as it turned out",
    )


def _in_a_row(days: Sequence[Broken]) -> tuple[float, ...]:
    """Loadings of all days; none where a day has none."""
    return () if not all(own.loading for own in days) else tuple(x for own in days for x in own.loading)
