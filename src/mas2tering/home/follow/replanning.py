"""A home that makes its plan anew every so often, on the newest forecast, and carries it out until the next one.

The plan takes its forecast for what will come: between two plans nothing follows the meter. It stands beside steering as
what planning often is worth by itself.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.stays import Stays, from_step
from mas2tering.home.follow.steering import load_and_generation, seen
from mas2tering.home.model import (
    CogenerationDecision,
    Decision,
    FixedLoad,
    FloatArray,
    Generation,
    HomeModel,
    LinearStore,
    Programme,
    ProgrammeChain,
    StoreDecision,
    cogeneration_power,
)
from mas2tering.home.optimise import Budget, best_decision


def replanned(
    model: HomeModel,
    outlook: Outlook,
    planned: Decision,
    today: int,
    every: int,
    budget: Budget,
    expected: Sequence[LinearStore] | None = None,
) -> Decision:
    """Live the first ``today`` steps of the model's axis by plans of the rest of the axis.

    Args:
        model: the home on an axis that reaches beyond today, with load and generation as they come.
        outlook: what was expected of them before the day, on the same axis.
        planned: the plan of the day; machines keep its schedule, programmes begin with its starts.
        today: how many steps are lived.
        every: steps from one plan to the next; a car that does not keep to what was expected is reason for one at once.
        budget: of each plan.
        expected: the home's stores as they were expected, where cars come otherwise; the model has them as they come.
    """
    return _Replanning(model, outlook, planned, expected).live(today, every, budget)


class _Replanning:
    """The state of one home's day."""

    def __init__(
        self, model: HomeModel, outlook: Outlook, planned: Decision, expected: Sequence[LinearStore] | None
    ) -> None:
        steps = model.axis.steps
        self._model, self._outlook = model, outlook
        self._stays = Stays(model.stores, model.stores if expected is None else expected)
        self._believed = self._stays.believed(0)
        self._load_kw, self._generation_kw = load_and_generation(model)
        # What is neither load nor generation of the forecast is known: devices that nobody may touch, and machines.
        self._known_kw = model.fixed_kw - self._load_kw + self._generation_kw
        self._known_kw -= sum((source.available_kw for source in model.generation), np.zeros(steps))
        self._machines: tuple[CogenerationDecision, ...] = planned.cogeneration
        for machine, run in zip(model.cogeneration, planned.cogeneration, strict=True):
            made_kw = cogeneration_power(machine, run)[0]
            self._known_kw[: len(made_kw)] -= made_kw
        self._starts = [list(starts) for starts in planned.starts]
        self._content = np.array([store.initial_kwh for store in self._believed])
        count = len(self._believed)
        self._charge_kw, self._discharge_kw = np.zeros((count, steps)), np.zeros((count, steps))
        self._unserved_kwh = np.zeros((count, steps))
        self._peak_kw = 0.0

    def live(self, today: int, every: int, budget: Budget) -> Decision:
        news = self._stays.news(0)
        for k in range(today):
            known, news = news, self._stays.news(k)
            if k % every == 0 or news != known:
                self._meet_cars(k)
                self._plan_from(k, budget)
            self._carry_out(k)
        return self._decision()

    def _meet_cars(self, now: int) -> None:
        self._believed = self._stays.believed(now)
        for j, store in enumerate(self._believed):
            came = self._model.stores[j] if j < len(self._model.stores) else None
            if store.first_step >= now or (came is not None and came.first_step == now):
                self._content[j] = store.initial_kwh

    def _plan_from(self, now: int, budget: Budget) -> None:
        """The best plan of what is still to come, on what is expected now."""
        rows = [j for j, store in enumerate(self._believed) if store.first_step + store.steps > now]
        stores = []
        for j in rows:
            store = self._believed[j]
            if store.first_step < now:
                store = from_step(store, now)
            stores.append(
                replace(store, initial_kwh=float(self._content[j])) if store.first_step == now else store
            )
        chains, free, begun_kw = self._chains_from(now)
        load_kw, generation_kw = self._outlook.expected_now_kw(
            now, seen(self._load_kw, now), seen(self._generation_kw, now)
        )
        model = self._expected(now, load_kw + self._known_kw + begun_kw, generation_kw)
        model = replace(model, stores=tuple(stores), chains=tuple(chains), cogeneration=())
        decision = best_decision(model, budget)[1]
        for j, store, own in zip(rows, stores, decision.stores, strict=True):
            self._charge_kw[j, store.window] = own.charge_kw
            self._discharge_kw[j, store.window] = own.discharge_kw
            self._unserved_kwh[j, store.window] = own.unserved_kwh
        self._note_starts(chains, free, decision)

    def _expected(self, now: int, load_kw: FloatArray, generation_kw: FloatArray) -> HomeModel:
        """The home with what is expected from now on, and nothing before; a peak that was reached is paid."""
        model, ahead = self._model, np.arange(self._model.axis.steps) >= now
        load_kw, generation_kw = np.where(ahead, load_kw, 0.0), np.where(ahead, generation_kw, 0.0)
        sources: list[Generation] = [
            replace(source, available_kw=generation_kw if k == 0 else np.zeros(len(load_kw)))
            for k, source in enumerate(model.generation)
        ]
        if not sources:
            load_kw = load_kw - generation_kw
        tariff = model.tariff
        if tariff.capacity_charge is not None:
            reached_kw = max(tariff.capacity_charge.reached_kw, self._peak_kw)
            charge = tariff.capacity_charge.model_copy(update={"reached_kw": reached_kw})
            tariff = replace(tariff, capacity_charge=charge)
        expected = FixedLoad("expected", "fixed_load", None, load_kw)
        return replace(model, tariff=tariff, fixed=(expected,), generation=tuple(sources))

    def _chains_from(
        self, now: int
    ) -> tuple[list[ProgrammeChain], list[list[tuple[int, int, int]]], FloatArray]:
        """Chains of what has not begun; for each link its chain, its place there and how many starts are past; and the load
        of what has begun."""
        chains, free, begun_kw = [], [], np.zeros(self._model.axis.steps)
        for c, (chain, starts) in enumerate(zip(self._model.chains, self._starts, strict=True)):
            links: list[Programme] = []
            places: list[tuple[int, int, int]] = []
            over, before, latest = now, False, now
            for position, (link, index) in enumerate(zip(chain.links, starts, strict=True)):
                if index is not None and link.starts[index] < now:
                    first = int(link.starts[index])
                    begun_kw[first : first + link.length] += link.power_kw
                    over, before = max(now, first + link.length), True
                    latest = first + link.length
                    continue
                fits = link.starts >= (over if not links else now)
                if before and not links and link.longest_wait_steps is not None:
                    fits &= link.starts <= max(latest + link.longest_wait_steps, over)
                if not fits.any():
                    break
                past = int(np.argmax(fits))
                last = len(fits) - int(np.argmax(fits[::-1]))
                links.append(
                    replace(
                        link,
                        starts=link.starts[past:last],
                        start_cost=link.start_cost[past:last],
                        preferred=min(max(link.preferred - past, 0), last - past - 1),
                        longest_wait_steps=link.longest_wait_steps if links else None,
                    )
                )
                places.append((c, position, past))
            if links:
                chains.append(ProgrammeChain(tuple(links)))
                free.append(places)
        return chains, free, begun_kw

    def _note_starts(
        self,
        chains: Sequence[ProgrammeChain],
        free: Sequence[Sequence[tuple[int, int, int]]],
        decision: Decision,
    ) -> None:
        for places, starts in zip(free, decision.starts, strict=True):
            for (c, position, past), index in zip(places, starts, strict=True):
                self._starts[c][position] = None if index is None else index + past

    def _carry_out(self, k: int) -> None:
        """A step as it is planned; a car that leaves in the middle of it takes no more until it has left."""
        level = float(self._load_kw[k] - self._generation_kw[k] + self._known_kw[k])
        for chain, starts in zip(self._model.chains, self._starts, strict=True):
            for link, index in zip(chain.links, starts, strict=True):
                at = k - (int(link.starts[index]) if index is not None else k + 1)
                level += float(link.power_kw[at]) if 0 <= at < link.length else 0.0
        for j, store in enumerate(self._believed):
            if not store.first_step <= k < store.first_step + store.steps:
                self._charge_kw[j, k] = self._discharge_kw[j, k] = 0.0
                continue
            at = k - store.first_step
            came = self._model.stores[j] if j < len(self._model.stores) else store
            if came.visit and came.first_step <= k < came.first_step + came.steps:
                here = k - came.first_step
                self._charge_kw[j, k] = min(self._charge_kw[j, k], came.power_in_kw[here])
                self._discharge_kw[j, k] = min(self._discharge_kw[j, k], came.power_out_kw[here])
            level += self._charge_kw[j, k] - self._discharge_kw[j, k]
            self._content[j] = (
                store.retention * self._content[j]
                - store.drain_kwh[at]
                + store.gain_in[at] * self._charge_kw[j, k]
                - store.gain_out * self._discharge_kw[j, k]
                + self._unserved_kwh[j, k]
            )
        self._peak_kw = max(self._peak_kw, level)

    def _decision(self) -> Decision:
        stores = [
            StoreDecision(
                self._charge_kw[j, store.window],
                self._discharge_kw[j, store.window],
                self._unserved_kwh[j, store.window],
            )
            for j, store in enumerate(self._model.stores)
        ]
        return Decision(
            generation_kw=tuple(np.maximum(source.available_kw, 0.0) for source in self._model.generation),
            stores=tuple(stores),
            starts=tuple(tuple(starts) for starts in self._starts),
            cogeneration=self._machines,
        )
