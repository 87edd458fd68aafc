"""A community's day-ahead round: prices go out, answers come back, until every home has a plan and the local price stands.

First everything is mixed: the search finds the price, a lower bound, and a mix of plans near it. Then what is whole
(starts of programmes, schedules of machines) is drawn from the mix, home by home, and the rest is negotiated on
around it: stores and generation make good what the draw has moved. Only sums are needed for either.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.community.price_search import PriceSearch, cost_under, supplier_cost
from mas2tering.community.sums import RoundSums
from mas2tering.community.terms import Terms
from mas2tering.domain.local_market import Cleared, FloatArray, SupplierPrices, cleared, prices_at
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel, IntArray
from mas2tering.home.respond import Crowd, CrowdAnswer, with_wholes, without_wholes

Told = Callable[[str, int, float], None]
"""Told after a round what is under way, how many rounds were taken, and the gap as a share of the wanted one."""

_JUDGE_EVERY = 5
_TURNS_AT_THE_FUSE = 3


@dataclass(frozen=True)
class MarketBudget:
    """When to stop: at a gap (a share of the cost of use case 1), or after so many rounds."""

    gap: float = 1e-3
    rounds: int = 400
    seed: int = 0


@dataclass(frozen=True)
class RoundRecord:
    """A round: lower bound and cost of the mix as they were known after it; whether wholes were settled."""

    lower_bound: float
    mixed_cost: float | None
    settled: bool


@dataclass(frozen=True)
class Agreement:
    """What a community agreed on.

    ``plans`` and rows of ``trades`` are in the order of the homes. ``cost`` is what the plans cost all members
    together; ``lower_bound`` is a bound of ``cost_under_the_rule``, in which traded energy bears what the rule
    against resale keeps at ``bound_price_per_kwh`` (nothing, in most communities). ``local_price_per_kwh`` has shape
    (steps,).
    """

    plans: tuple[HomePlan, ...]
    local_price_per_kwh: FloatArray
    trades: Cleared
    cost: float
    cost_under_the_rule: float
    lower_bound: float
    bound_price_per_kwh: FloatArray
    rounds: tuple[RoundRecord, ...]
    notes: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """What the plans may cost above the best ones, at most."""
        return max(0.0, self.cost_under_the_rule - self.lower_bound)


def agree(
    models: Sequence[HomeModel],
    alone: Sequence[HomePlan],
    charges: LocalCharges,
    budget: MarketBudget | None = None,
    told: Told = lambda *_: None,
) -> Agreement:
    """Negotiate a day: the members' models and their plans of use case 1, in the same order."""
    budget = budget or MarketBudget()
    classes = _Classes.of(models)
    wanted = budget.gap * abs(sum(plan.costs.cost for plan in alone))
    table = _Table(models, classes, charges, budget, wanted, told)
    plans, bounds = table.negotiate(alone)
    return table.agreement(_better(plans, alone, classes, charges), bounds)


@dataclass(frozen=True)
class _Classes:
    """Members by tariff: the class of each (homes,), and the prices of the classes."""

    of_home: IntArray
    suppliers: SupplierPrices

    @staticmethod
    def of(models: Sequence[HomeModel]) -> "_Classes":
        names = [model.tariff.id for model in models]
        order = list(dict.fromkeys(names))
        first = [models[names.index(name)].tariff for name in order]
        return _Classes(
            np.array([order.index(name) for name in names], dtype=np.int64),
            SupplierPrices(
                np.array([tariff.import_price_per_kwh for tariff in first]),
                np.array([tariff.export_price_per_kwh for tariff in first]),
            ),
        )

    def sums(self, answer: CrowdAnswer, hours: float) -> RoundSums:
        """Sums of a crowd's answers by class."""
        count, steps = self.suppliers.import_price_per_kwh.shape
        drawn, fed_in = np.zeros((count, steps)), np.zeros((count, steps))
        for position in range(count):
            own = answer.net_kw[self.of_home == position]
            drawn[position] = hours * np.maximum(own, 0.0).sum(axis=0)
            fed_in[position] = hours * np.maximum(-own, 0.0).sum(axis=0)
        return RoundSums(float(answer.beside_cost.sum()), drawn, fed_in, float(answer.bound.sum()))


@dataclass(frozen=True)
class _Bound:
    """A lower bound, and the local price (steps,) at which it was found."""

    cost: float
    price_per_kwh: FloatArray


class _Table:
    """One negotiation."""

    def __init__(
        self,
        models: Sequence[HomeModel],
        classes: _Classes,
        charges: LocalCharges,
        budget: MarketBudget,
        wanted: float,
        told: Told,
    ) -> None:
        self._models, self._classes, self._charges = models, classes, charges
        self._budget, self._wanted, self._told = budget, wanted, told
        self._hours = models[0].axis.step_hours
        suppliers = classes.suppliers
        self._one_price = (
            len(suppliers.import_price_per_kwh) == 1
            and charges.buyer_per_kwh == charges.seller_per_kwh == 0.0
            and bool(np.all(suppliers.import_price_per_kwh >= suppliers.export_price_per_kwh))
        )
        self._records: list[RoundRecord] = []
        self.lower_bound = -np.inf

    def negotiate(self, alone: Sequence[HomePlan]) -> tuple[list[HomePlan], list[_Bound]]:
        """Plans of all homes, and bounds of what they could cost at best."""
        crowd = Crowd(self._models, self._classes.of_home, one_price=self._one_price)
        search = PriceSearch(self._classes.suppliers, self._charges)
        self._search(crowd, search, self._budget.rounds, goal=0.4 * self._wanted, settled=False)
        self.lower_bound = search.lower_bound
        wholes = crowd.draw(search.kept, search.weights, self._budget.seed)
        settled = [without_wholes(m, w) for m, w in zip(self._models, wholes, strict=True)]
        at_the_fuse: frozenset[int] = frozenset()
        price = search.best_price_per_kwh
        for _ in range(_TURNS_AT_THE_FUSE):
            rest = Crowd(settled, self._classes.of_home, one_price=self._one_price, at_the_fuse=at_the_fuse)
            again = PriceSearch(self._classes.suppliers, self._charges, price)
            self._search(rest, again, self._budget.rounds, goal=0.15 * self._wanted, settled=True)
            price = again.best_price_per_kwh
            decisions = [
                with_wholes(decision, whole)
                for decision, whole in zip(rest.mixed(again.kept, again.weights), wholes, strict=True)
            ]
            broken = [bool(breaches(m, d)) for m, d in zip(self._models, decisions, strict=True)]
            if not set(np.flatnonzero(broken)) - at_the_fuse:
                break
            at_the_fuse |= {int(k) for k in np.flatnonzero(broken)}
        self.final_price_per_kwh = price
        plans = [
            fall_back if breaks else plan_of(model, decision, "within_gap")
            for model, decision, breaks, fall_back in zip(self._models, decisions, broken, alone, strict=True)
        ]
        return plans, [_Bound(search.lower_bound, search.best_price_per_kwh), self._bound_at(crowd)]

    def _bound_at(self, crowd: Crowd) -> _Bound:
        """The bound at the final price: where the rule against resale bites, it depends on the price what a plan
        costs, and only the bound at the same price says how good it is."""
        asked = prices_at(self.final_price_per_kwh, self._classes.suppliers, self._charges)
        answer = crowd.answer(asked, -1)
        return _Bound(float(answer.bound.sum()), self.final_price_per_kwh)

    def _search(self, crowd: Crowd, search: PriceSearch, rounds: int, goal: float, *, settled: bool) -> None:
        """Ask and tell until the mix costs no more than ``goal`` above what is proven."""
        for number in range(rounds):
            asked = prices_at(search.price_per_kwh, self._classes.suppliers, self._charges)
            sums = self._classes.sums(crowd.answer(asked, number), self._hours)
            progress = search.tell(sums)
            mixed_cost: float | None = None
            # What the lower bound of the whole, or of what is left after the draw, leaves to be gained.
            if number % _JUDGE_EVERY == _JUDGE_EVERY - 1:
                progress = search.judge()
                mixed_cost = progress.mixed_cost
            self._records.append(RoundRecord(search.lower_bound, mixed_cost, settled))
            crowd.keep_only(search.kept)
            gap = np.inf if mixed_cost is None else mixed_cost - search.lower_bound
            beyond = np.inf if mixed_cost is None else mixed_cost - self.lower_bound
            self._told("settling" if settled else "agreeing", number + 1, gap / max(self._wanted, 1e-12))
            if gap <= goal or (settled and beyond <= 0.8 * self._wanted):
                return
        search.judge()

    def agreement(self, plans: tuple[HomePlan, ...], bounds: list[_Bound]) -> Agreement:
        """Everything of plans that settlement and report need."""
        by_class = self._classes.sums(_as_answer(plans), self._hours)
        costs = [
            cost_under(Terms.at(bound.price_per_kwh, self._classes.suppliers, self._charges), by_class)
            for bound in bounds
        ]
        cost, bound = min(zip(costs, bounds, strict=True), key=lambda pair: pair[0] - pair[1].cost)
        rows = SupplierPrices(
            self._classes.suppliers.import_price_per_kwh[self._classes.of_home],
            self._classes.suppliers.export_price_per_kwh[self._classes.of_home],
        )
        net_kwh = self._hours * np.array([plan.net_kw for plan in plans])
        trades = cleared(np.maximum(net_kwh, 0.0), np.maximum(-net_kwh, 0.0), rows, self._charges)
        return Agreement(
            plans=plans,
            local_price_per_kwh=trades.supported(self.final_price_per_kwh),
            trades=trades,
            cost=supplier_cost(by_class, self._classes.suppliers) - float(trades.gain.sum()),
            cost_under_the_rule=cost,
            lower_bound=bound.cost,
            bound_price_per_kwh=bound.price_per_kwh,
            rounds=tuple(self._records),
        )


def _as_answer(plans: Sequence[HomePlan]) -> CrowdAnswer:
    energy = np.array([plan.costs.energy_bought - plan.costs.energy_sold for plan in plans])
    cost = np.array([plan.costs.cost for plan in plans])
    return CrowdAnswer(np.array([plan.net_kw for plan in plans]), cost - energy, np.zeros(len(plans)))


def _better(
    plans: Sequence[HomePlan], alone: Sequence[HomePlan], classes: _Classes, charges: LocalCharges
) -> tuple[HomePlan, ...]:
    """The plans that were agreed on, unless those of use case 1, traded among, cost less."""

    def cost(made: Sequence[HomePlan]) -> float:
        sums = classes.sums(_as_answer(made), made[0].axis.step_hours)
        gain = cleared(sums.drawn_kwh, sums.fed_in_kwh, classes.suppliers, charges).gain
        return supplier_cost(sums, classes.suppliers) - float(gain.sum())

    return tuple(plans if cost(plans) <= cost(alone) else alone)
