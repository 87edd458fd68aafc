"""Homes that draw at one price and feed in at another answer together, with a bound of what each could cost at least.

Each store in turn makes the best of what the others leave it (:mod:`~mas2tering.home.answer.metered_store`, exact), from
the plan of the last answer on. With one store that is the best plan; with several it need not be. Prices between the two
at which every store does what it does then prove the plan, or what all would do at the nearest such prices shows where
to go: some of the way, by line search (Frank and Wolfe, doi:10.1002/nav.3800030109). At any such prices the stores' own
answers are a lower bound; where it is not near, it is raised along the net power of those answers, by Polyak's step
(doi:10.1016/0041-5553(69)90061-5), since what it should reach is known. Homes for which plan and bound do not meet are
told, so that somebody else finishes them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.home.answer.batch import HomeBatch, Snapshot
from mas2tering.home.answer.metered_passes import Meters, Plans, improve_pass, narrow_pass, sweep_pass
from mas2tering.home.answer.metered_store import metered_scratch_for
from mas2tering.home.model import BoolArray, Decision, FloatArray, HomeModel, IntArray, LinearStore

_FIRST_SWEEPS, _SWEEPS = 6, 2
_TURNS = 2
_STEPS = 4
_SHARES = np.array([1.0, 0.3, 0.1, 0.03])
_NEAR = 2e-5
"""A plan has met its bound if it is as near as this, as a share of one unit of currency more than it costs."""
_SAME_PRICE = 1e-12


@dataclass(frozen=True)
class MeteredAnswers:
    """``net_kw`` (homes, steps), what plans cost beside energy and what any could cost at least, both (homes,); ``is_open``
    (homes,) where the two have not met."""

    net_kw: FloatArray
    beside_cost: FloatArray
    bound: FloatArray
    is_open: BoolArray


def can_be_metered(model: HomeModel) -> bool:
    """Whether the home's answer at two prices is looked for here: nothing in it is whole, its tariff never pays more than it
    asks, and burning energy never pays."""
    bought, sold = model.tariff.import_price_per_kwh, model.tariff.export_price_per_kwh
    return (
        not (model.chains or model.cogeneration)
        and model.tariff.capacity_charge is None
        and bool(np.all(sold <= bought))
        and all(_never_burns(store, sold[store.window]) for store in model.stores)
    )


def _never_burns(store: LinearStore, lowest_per_kwh: FloatArray) -> bool:
    """Whether a kWh of content costs at least what it brings, at prices (n,) or any higher ones."""
    both = (store.gain_in > 0.0) & (store.power_in_kw > 0.0) & (store.power_out_kw > 0.0)
    if not both.any():
        return True
    price, gain_in, wear = lowest_per_kwh[both], store.gain_in[both], store.wear_cost_per_kwh
    return store.gain_out >= gain_in.max() and bool(
        np.all((price + wear) * store.gain_out >= (price - wear) * gain_in)
    )


class MeteredHomes:
    """Homes on one axis whose models :func:`can_be_metered`; ``packed`` are the same homes with other fixed loads."""

    def __init__(self, models: Sequence[HomeModel], packed: "MeteredHomes | None" = None) -> None:
        self.batch: HomeBatch = HomeBatch(models) if packed is None else packed.batch.beside(models)
        self.hours, steps = models[0].axis.step_hours, models[0].axis.steps
        self.order = _orders(models)
        sources, owned = self.batch.generation.available_kw, self.batch.generation.of_home
        self._available_kw = np.array(
            [sources[owned[k] : owned[k + 1]].sum(axis=0) for k in range(len(models))]
        ).reshape(-1, steps)
        numbers, stores = len(self.batch.power_kw), len(self.batch.stores.first_step)
        self.plans = Plans(
            self.batch.fixed_kw - self._available_kw, np.zeros(numbers), np.zeros(numbers), np.zeros(stores)
        )
        self._nothing = np.zeros(numbers), np.zeros_like(sources)
        self.price: FloatArray | None = None
        self.net_kw = np.zeros((len(models), steps))
        self._left_out_kw = np.zeros((len(models), steps))

    def answer(self, buying_per_kwh: FloatArray, selling_per_kwh: FloatArray) -> MeteredAnswers:
        """Each home's plan at its prices, both of shape (homes, steps).

        Raises:
            ValueError: feeding in brings more than drawing costs.
        """
        if np.any(selling_per_kwh > buying_per_kwh + _SAME_PRICE):
            raise ValueError("feeding in brings more than drawing costs")
        meters = self._meters(buying_per_kwh, np.minimum(selling_per_kwh, buying_per_kwh))
        search = _Search(self, meters)
        search.run(_FIRST_SWEEPS if self.price is None else _SWEEPS)
        self.price = search.best_price
        available = self._available_kw
        left_out = np.where(meters.buying_per_kwh <= 0.0, available, np.clip(-self.net_kw, 0.0, available))
        self._left_out_kw = np.where(meters.selling_per_kwh < 0.0, left_out, 0.0)
        metered_kw = self.net_kw + self._left_out_kw
        paid = np.where(metered_kw > 0.0, meters.buying_per_kwh, meters.selling_per_kwh) * metered_kw
        # Row by row, so that a home's figure is the same to the bit however many answer with it.
        beside = search.total - self.hours * paid.sum(axis=1)
        return MeteredAnswers(metered_kw, beside, search.bound, search.is_open)

    def _meters(self, buying: FloatArray, selling: FloatArray) -> Meters:
        """Where feeding in costs, generation gives way first; where drawing pays as well, all of it does."""
        first = np.where(selling < 0.0, -self._available_kw, 0.0)
        second = np.where(buying <= 0.0, first, 0.0)
        # Either there is room between the two, or they are one point, which any price between suits.
        between = np.clip(0.0, selling, buying)
        return Meters(np.ascontiguousarray(buying), between, np.ascontiguousarray(selling), first, second)

    def take(self, home: int, decision: Decision, price_per_kwh: FloatArray) -> None:
        """A plan found elsewhere in place of the last answer, and the prices (steps,) that prove it."""
        stores, plans = self.batch.stores, self.plans
        for k, flows in zip(
            range(stores.of_home[home], stores.of_home[home + 1]), decision.stores, strict=True
        ):
            part = slice(stores.begin[k], stores.begin[k + 1])
            plans.power[part] = flows.charge_kw - flows.discharge_kw
            plans.unserved[part] = flows.unserved_kwh
        self._left_out_kw[home] = self._available_kw[home] - np.sum(
            decision.generation_kw, axis=0, initial=0.0
        )
        if self.price is not None:
            self.price[home] = price_per_kwh

    def snapshot(self) -> Snapshot:
        """What all homes do after the last answer."""
        unserved, left_out = self.plans.unserved, self._nothing[1]
        if self._left_out_kw.any():
            left_out = self._by_source()
        return Snapshot(
            self.plans.power.copy(),
            # Most answers leave nothing unserved or unused: all of those share what says so.
            unserved.copy() if unserved.any() else self._nothing[0],
            left_out,
            np.empty(0, dtype=np.int64),
            np.empty((0, 0), dtype=np.bool_),
            np.empty(0),
        )

    def _by_source(self) -> FloatArray:
        """Generation that is left out, source by source, shape (sources, steps)."""
        sources = self.batch.generation
        left_out = np.zeros_like(sources.available_kw)
        for home in np.flatnonzero(self._left_out_kw.any(axis=1)):
            rest_kw = self._left_out_kw[home].copy()
            for k in range(sources.of_home[home], sources.of_home[home + 1]):
                left_out[k] = np.minimum(rest_kw, sources.available_kw[k])
                rest_kw -= left_out[k]
        return left_out

    def mixed(self, parts: Iterable[tuple[float, Snapshot]]) -> list[Decision]:
        """Each home's mix of answers by weight."""
        return self.batch.mixed(parts)


class _Search:
    """One answer of homes: their plans (in ``homes``) are bettered, and bounds raised, until they meet.

    ``total`` and ``bound`` (homes,) are what plans cost and what any could cost at least, at ``best_price`` (homes, steps).
    """

    def __init__(self, homes: MeteredHomes, meters: Meters) -> None:
        self._homes, self._meters = homes, meters
        self._scratch = metered_scratch_for(homes.net_kw.shape[1])
        self._cost = np.zeros(len(homes.net_kw))
        self.bound = np.full(len(homes.net_kw), -np.inf)
        self.is_open = np.ones(len(homes.net_kw), dtype=np.bool_)
        self.best_price = 0.5 * (meters.buying_per_kwh + meters.selling_per_kwh)
        self._lower, self._upper = np.zeros_like(homes.net_kw), np.zeros_like(homes.net_kw)

    @property
    def total(self) -> FloatArray:
        """What plans cost, without standing charges."""
        return self._cost + self._homes.batch.fixed_cost

    def run(self, sweeps: int) -> None:
        """Better plans and bounds."""
        homes, batch = self._homes, self._homes.batch
        same = (self._meters, homes.hours, batch.stores, homes.order, homes.plans)
        sweep_pass(self.is_open, sweeps, *same, homes.net_kw, self._cost, self._scratch)
        for turn in range(_TURNS):
            self._ask(self._fitting_prices(middle=turn > 0))
            if not self.is_open.any():
                return
            improve_pass(
                self.is_open,
                _SHARES,
                *same,
                batch.power_kw,
                homes.net_kw,
                self._cost,
                self._scratch,
            )
        self._ask(self._fitting_prices(middle=True))
        if homes.price is not None:
            self._ask(homes.price)
        self._raise_bound()

    def _fitting_prices(self, *, middle: bool) -> FloatArray:
        """Prices at which homes do what they do, as far as there are any: the middle of them, or the nearest to the last
        ones."""
        homes = self._homes
        narrow_pass(
            self.is_open,
            self._meters,
            homes.hours,
            homes.batch.stores,
            homes.order,
            homes.plans,
            homes.net_kw,
            self._lower,
            self._upper,
        )
        if middle or homes.price is None:
            return np.asarray(0.5 * (self._lower + self._upper))
        return np.clip(homes.price, self._lower, self._upper)

    def _ask(self, price: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What open homes would cost at one price, and their net power; keeps what that proves."""
        price = np.clip(price, self._meters.selling_per_kwh, self._meters.buying_per_kwh)
        answers = self._homes.batch.answer(price, asked=self.is_open)
        better = self.is_open & (answers.cost > self.bound)
        self.bound = np.where(better, answers.cost, self.bound)
        self.best_price = np.where(better[:, None], price, self.best_price)
        total = self.total
        self.is_open &= total - self.bound > _NEAR * (1.0 + np.abs(total))
        return answers.cost, answers.net_kw

    def _raise_bound(self) -> None:
        price, total = self.best_price, self.total
        buying, selling = self._meters.buying_per_kwh, self._meters.selling_per_kwh
        for _ in range(_STEPS):
            if not self.is_open.any():
                return
            cost, slope = self._ask(price)
            outward = (price >= buying - _SAME_PRICE) & (slope > 0.0)
            outward |= (price <= selling + _SAME_PRICE) & (slope < 0.0)
            slope = np.where(outward, 0.0, slope)
            length = (total - cost) / (self._homes.hours * (slope * slope).sum(axis=1) + _SAME_PRICE)
            price = np.clip(price + length[:, None] * slope, selling, buying)
        self._ask(price)


def _orders(models: Sequence[HomeModel]) -> IntArray:
    """Numbers of all stores, home by home; last is the one that can best answer what the others do: what discharges before
    what does not, then the most power."""
    order: list[int] = []
    for model in models:
        room = [(store.discharges, float(store.power_in_kw.sum())) for store in model.stores]
        order += [len(order) + k for k in sorted(range(len(room)), key=lambda k: room[k])]
    return np.array(order, dtype=np.int64)
