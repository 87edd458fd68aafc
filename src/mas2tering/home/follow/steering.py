"""A home on its way through a day: what stores hold is valued anew every so often, and the fast rule follows the meter.

What is known of the future: prices, stays of cars, demand for heat (its weather too), windows of programmes. What is
not: load that nobody shifts, and generation; those come as an :class:`~mas2tering.home.follow.outlook.Outlook`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.load_bands import LoadBand
from mas2tering.domain.tariffs import billing_steps, capacity_price
from mas2tering.home.follow.clearing import cleared, expected_course, next_content
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.starts import Programmes
from mas2tering.home.follow.stays import Stays
from mas2tering.home.follow.storage import Kink, Meter, Stores, meter_of, stacked
from mas2tering.home.follow.values import cost_of_going_on, costs_to_go, one_step_back
from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FloatArray,
    HomeModel,
    LinearStore,
    StoreDecision,
    cogeneration_power,
)

_PEAK_HOURS = 1.0
"""Over so many hours a kW beyond the peak is taken to bring its charge back: peaks are short."""
_GO_ON = ("battery", "heat_pump", "air_conditioning", "hot_water")
"""Kinds of stores that are there every day; a car comes and goes."""
_REPEATS = 3


@dataclass(frozen=True)
class Steered:
    """A day that was lived: what was decided on the axis that the home looked ahead on, and the price inside the home
    at each step that was lived, per kWh."""

    decision: Decision
    price_per_kwh: FloatArray


def steer(
    model: HomeModel,
    outlook: Outlook,
    planned: Decision,
    today: int,
    every: int,
    turns_kw: FloatArray | None = None,
    band: LoadBand | None = None,
    expected: Sequence[LinearStore] | None = None,
) -> Steered:
    """Live the first ``today`` steps of the model's axis.

    Args:
        model: the home on an axis that reaches beyond today, with load and generation as they come.
        outlook: what was expected of them before the day, on the same axis.
        planned: the plan of the day; schedules of machines and starts of programmes begin with it.
        today: how many steps are lived.
        every: steps from one valuation of what stores hold to the next.
        turns_kw: the load at which the price of export turns into that of import, shape (steps,): zero where nothing is
            bound by a trade.
        band: what the load at the meter is to stay within, on the same axis.
        expected: the home's stores as they were expected, where cars come otherwise; the model has them as they come.
    """
    box = Steering(model, outlook, planned, today, expected)
    box.follow(turns_kw, band)
    box.live(today, every)
    return box.steered


class Steering:
    """One home on its way through a day, which may be told otherwise between two steps.

    Args:
        model: the home on an axis that reaches beyond today, with load and generation as they come.
        outlook: what was expected of them before the day, on the same axis.
        planned: the plan of the day; schedules of machines and starts of programmes begin with it.
        today: how many steps are lived at most.
        expected: the home's stores as they were expected, where cars come otherwise.
    """

    def __init__(
        self,
        model: HomeModel,
        outlook: Outlook,
        planned: Decision,
        today: int,
        expected: Sequence[LinearStore] | None = None,
    ) -> None:
        steps, hours = model.axis.steps, model.axis.step_hours
        self._model, self._outlook, self._today = model, outlook, today
        self._stays = Stays(model.stores, model.stores if expected is None else expected)
        self._known, self._believed = self._stays.news(0), self._stays.believed(0)
        self._stores: Stores = stacked(self._believed, steps, hours)
        self._load_kw, self._generation_kw = load_and_generation(model)
        self._known_kw = model.fixed_kw - self._load_kw + self._fixed_generation_kw()
        for machine, run in zip(model.cogeneration, planned.cogeneration, strict=True):
            made_kw = cogeneration_power(machine, run)[0]
            self._known_kw[: len(made_kw)] -= made_kw
        self._machines = planned.cogeneration
        self._programmes = Programmes(model, planned.starts)
        self._content = np.array([store.initial_kwh for store in self._believed])
        self._taken_kw = np.zeros((len(self._believed), steps))
        self._unserved_kwh = np.zeros(self._taken_kw.shape)
        self._price_per_kwh = np.zeros(today)
        self._cost_to_go = np.zeros((len(self._believed), steps, self._stores.grid_kwh.shape[1]))
        self._at_the_end = -self._stores.end_value_per_kwh[:, np.newaxis] * self._stores.grid_kwh
        self._others_kw: FloatArray | None = None
        self._used_kw = [source.available_kw.copy() for source in model.generation]
        self._lived = 0
        self._peak = _peak_of(model)
        self.follow()

    def follow(self, turns_kw: FloatArray | None = None, band: LoadBand | None = None) -> None:
        """Steer from now on around ``turns_kw`` (steps,), the load that is bound by trades, and within ``band``."""
        self._turns_kw, self._band = turns_kw, band
        self._meter = self._meter_now()

    def _meter_now(self) -> Meter:
        fuse_kw = self._model.fuse_kw * self._model.phases
        return meter_of(
            self._model.tariff, fuse_kw, turns_kw=self._turns_kw, peak=self._peak, band=self._band
        )

    def _fixed_generation_kw(self) -> FloatArray:
        """Generation that cannot be curtailed stands among fixed loads; it is counted as generation."""
        total = np.zeros(self._model.axis.steps)
        for load in self._model.fixed:
            if load.kind in _GENERATORS:
                total -= load.power_kw
        return total

    def live(self, until: int, every: int) -> None:
        """Go on to step ``until``; what stores hold is valued anew at steps that are multiples of ``every``, first of all, and
        where a car comes or leaves otherwise than was expected."""
        net_kw = self._load_kw - self._generation_kw + self._known_kw
        powers = np.zeros(len(self._believed))
        first = self._lived
        for k in range(first, until):
            if self._learns(k) or k % every == 0 or k == first:
                self._value_anew(k)
            level = float(net_kw[k] + self._programmes.load_kw()[k])
            after = np.ascontiguousarray(self._cost_to_go[:, k])
            self._price_per_kwh[k] = cleared(
                self._stores, after, self._meter, k, level, self._content, powers
            )
            self._while_the_car_is_there(k, powers)
            self._taken_kw[:, k] = powers
            before = self._content.copy()
            next_content(self._stores, k, self._content, powers)
            self._unserved_kwh[:, k] = self._not_served(k, before, powers)
            self._curtail(k, level + float(powers.sum()))
            self._note_peak(level + float(powers.sum()))
        self._lived = until

    @property
    def steered(self) -> Steered:
        """What was decided so far."""
        return Steered(self._decision(self._taken_kw, self._unserved_kwh, self._used_kw), self._price_per_kwh)

    def expected_now_kw(self) -> tuple[FloatArray, FloatArray]:
        """Load and generation, both positive: as they came so far, and as they are expected from now on, each of shape (steps,)."""
        now = self._lived
        return self._outlook.expected_now_kw(now, seen(self._load_kw, now), seen(self._generation_kw, now))

    def intention(self) -> Decision:
        """What was decided so far, and what comes of steering on by what stores were last found to be worth, if load and generation
        come as they are expected now."""
        now = self._lived
        load_kw, generation_kw = self.expected_now_kw()
        net_kw = load_kw - generation_kw + self._known_kw + self._programmes.load_kw()
        to_come = expected_course(
            self._stores, self._cost_to_go, self._meter, net_kw[np.newaxis], now, self._content.copy()
        )[0][0]
        lived = np.arange(len(net_kw)) < now
        taken = np.where(lived, self._taken_kw, to_come)
        used = [
            np.where(lived, own, share * generation_kw)
            for own, share in zip(self._used_kw, self._shares_of_generation(), strict=True)
        ]
        return self._decision(taken, np.where(lived, self._unserved_kwh, 0.0), used)

    def _shares_of_generation(self) -> list[float]:
        """What is expected of all generation is put in the first source that can be curtailed, unless one cannot."""
        fixed = any(load.kind in _GENERATORS for load in self._model.fixed)
        return [1.0 if not fixed and k == 0 else 0.0 for k in range(len(self._used_kw))]

    def _note_peak(self, level_kw: float) -> None:
        """A peak that was reached is paid: up to there import costs no more."""
        if self._peak is not None and level_kw > self._peak.at_kw[0]:
            self._peak = self._peak._replace(at_kw=np.full(self._model.axis.steps, level_kw))
            self._meter = self._meter_now()

    def _while_the_car_is_there(self, k: int, powers_kw: FloatArray) -> None:
        """A car that leaves in the middle of a step takes no more until it has left."""
        for j, store in enumerate(self._model.stores):
            if store.visit and store.first_step <= k < store.first_step + store.steps:
                at = k - store.first_step
                powers_kw[j] = min(max(powers_kw[j], -store.power_out_kw[at]), store.power_in_kw[at])

    def _learns(self, now: int) -> bool:
        """Whether a car has come, left, or failed to, since the step before; stores are as that makes them believe."""
        news = self._stays.news(now)
        if news == self._known:
            return False
        steps, hours = self._model.axis.steps, self._model.axis.step_hours
        self._believed = self._stays.believed(now)
        self._stores = stacked(self._believed, steps, hours)
        for j, store in enumerate(self._believed):
            if news[j] == self._known[j]:
                continue
            self._at_the_end[j] = -store.end_value_per_kwh * self._stores.grid_kwh[j]
            if news[j][0] in ("as expected", "late") or self._model.stores[j].first_step == now:
                self._content[j] = store.initial_kwh
            if self._others_kw is not None and not self._stores.there(now)[j]:
                self._others_kw[:, j] = 0.0
        self._known = news
        return True

    def _value_anew(self, now: int) -> None:
        """Scenarios from what was measured, what stores' contents are worth in them, and starts that fit."""
        scenarios = self._outlook.scenarios(now, seen(self._load_kw, now), seen(self._generation_kw, now))
        scenarios = scenarios + self._known_kw + self._programmes.load_kw()
        regimes = scenarios.mean(axis=1)
        count = len(self._believed)
        several = count > 1
        if now == 0:
            self._value_the_end(scenarios)
        for _ in range(2 if several and self._others_kw is None else 1):
            for j in range(count):
                if self._stores.end[j] <= now:
                    continue
                nets = [net + self._beside(j, q) for q, net in enumerate(scenarios)]
                self._cost_to_go[j] = self._costs_of(j, nets, now)
            if several or self._model.chains:
                taken, price = expected_course(
                    self._stores, self._cost_to_go, self._meter, regimes, now, self._content
                )
                self._others_kw = taken
                self._programmes.choose(now, regimes + taken.sum(axis=1), price, self._meter)

    def _costs_of(self, j: int, nets_kw: Sequence[FloatArray], now: int) -> FloatArray:
        """Expected cost to go of a store, shape (steps, points), over regimes that last a day: the morrow's is drawn anew."""
        stores, meter, steps = self._stores, self._meter, self._model.axis.steps

        def over(first: int, until: int, at_the_end: FloatArray) -> list[FloatArray]:
            return [costs_to_go(stores, j, meter, net_kw, first, at_the_end, until) for net_kw in nets_kw]

        if not (max(now, stores.first[j]) < self._today < stores.end[j]):
            return np.asarray(np.mean(over(now, steps, self._at_the_end[j]), axis=0))
        cut = self._today
        later = over(cut, steps, self._at_the_end[j])
        before = [
            one_step_back(stores, j, cut, meter, net_kw[:, cut], after[cut])
            for net_kw, after in zip(nets_kw, later, strict=True)
        ]
        found = np.mean(over(now, cut, np.mean(before, axis=0)), axis=0)
        found[cut:] = np.mean(later, axis=0)[cut:]
        return np.asarray(found)

    def _value_the_end(self, scenarios: FloatArray) -> None:
        """What is left at the end is worth what days like the last one on the axis make of it, the sky of each drawn anew."""
        steps = self._model.axis.steps
        begins = self._today if self._today < steps else 0
        for j, store in enumerate(self._believed):
            if store.first_step == 0 and store.steps == steps and store.kind in _GO_ON:
                for _ in range(_REPEATS):
                    days = [
                        cost_of_going_on(self._stores, j, self._meter, net_kw, begins, self._at_the_end[j])
                        for net_kw in scenarios
                    ]
                    self._at_the_end[j] = np.mean(days, axis=0)

    def _beside(self, j: int, regime: int) -> FloatArray:
        """What other stores than ``j`` are expected to take in a regime, shape (steps,)."""
        if self._others_kw is None:
            return np.zeros(self._model.axis.steps)
        taken = self._others_kw[regime]
        return np.asarray(taken.sum(axis=0) - taken[j])

    def _not_served(self, k: int, before: FloatArray, powers_kw: FloatArray) -> FloatArray:
        """Demand for heat in kWh that no content was left for."""
        stores = self._stores
        content = stores.retention * before - stores.drain_kwh[:, k] + stores.gain_in[:, k] * powers_kw
        lacking = np.where(stores.there(k), np.maximum(0.0, stores.lower_kwh[:, k] - content), 0.0)
        relief = np.array(
            [
                s.relief_kwh[k - s.first_step] if s.first_step <= k < s.first_step + s.steps else 0.0
                for s in self._believed
            ]
        )
        return np.asarray(np.minimum(lacking, relief))

    def _curtail(self, k: int, level_kw: float) -> None:
        """What can be curtailed is, where feeding in costs money or goes beyond the band."""
        least_kw = 0.0 if self._model.tariff.export_price_per_kwh[k] < 0 else -np.inf
        if self._band is not None:
            least_kw = max(least_kw, float(self._band.lower_kw[k]))
        too_much = least_kw - level_kw
        for used in self._used_kw:
            less = min(max(too_much, 0.0), float(used[k]))
            used[k] -= less
            too_much -= less

    def _decision(
        self, taken_kw: FloatArray, unserved_kwh: FloatArray, used_kw: Sequence[FloatArray]
    ) -> Decision:
        stores = []
        for j, store in enumerate(self._model.stores):
            power = taken_kw[j, store.window]
            stores.append(
                StoreDecision(np.maximum(power, 0.0), np.maximum(-power, 0.0), unserved_kwh[j, store.window])
            )
        machines: tuple[CogenerationDecision, ...] = self._machines
        return Decision(
            generation_kw=tuple(used_kw),
            stores=tuple(stores),
            starts=self._programmes.starts,
            cogeneration=machines,
        )


_GENERATORS = ("pv", "wind")


def _peak_of(model: HomeModel) -> Kink | None:
    """The peak that the month has reached, beyond which import costs more; None where it costs nothing."""
    tariff = model.tariff
    charge = capacity_price(tariff) / max(tariff.days, 1.0)
    if tariff.capacity_charge is None or charge <= 0:
        return None
    beyond = charge / max(billing_steps(tariff) * model.axis.step_hours, _PEAK_HOURS)
    steps = model.axis.steps
    return Kink(np.full(steps, tariff.capacity_charge.reached_kw), np.full(steps, beyond))


def load_and_generation(model: HomeModel) -> tuple[FloatArray, FloatArray]:
    """What a forecast is made of: load that nobody shifts, and generation from sun and wind (positive), in kW, each of
    shape (steps,)."""
    load, generation = np.zeros(model.axis.steps), np.zeros(model.axis.steps)
    for fixed in model.fixed:
        if fixed.kind == "fixed_load":
            load += fixed.power_kw
        elif fixed.kind in _GENERATORS:
            generation -= fixed.power_kw
    for source in model.generation:
        generation += source.available_kw
    return load, generation


def seen(values_kw: FloatArray, now: int) -> FloatArray:
    """What was measured before a step; what is to come is not a number, so that nobody can look at it."""
    return np.where(np.arange(len(values_kw)) < now, values_kw, np.nan)
