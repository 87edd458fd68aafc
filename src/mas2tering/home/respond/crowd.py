"""Many homes of a community answer together, for studies: the same answers as each alone would give.

Homes for which drawing and feeding in have one price, or that never feed in, answer device by device, all in one pass over
arrays. Those for which the meter's sign matters answer store by store, each beside the others, in passes over arrays as
well; the few whose plan is not proven that way finish by their relaxation. Homes with something whole, at their fuse, with
a capacity charge, or for which feeding in is dearer, answer by their relaxation alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.domain.local_market import TwoPrices
from mas2tering.home.answer import HomeBatch
from mas2tering.home.answer.batch import Snapshot
from mas2tering.home.answer.metered import MeteredAnswers, MeteredHomes, can_be_metered
from mas2tering.home.model import Decision, FloatArray, HomeModel, IntArray, StoreDecision
from mas2tering.home.optimise.repair import one_direction
from mas2tering.home.optimise.solve import Infeasible
from mas2tering.home.respond.two_prices import KeptAnswer, TwoPriceHome
from mas2tering.home.respond.wholes import Wholes

_USED = 1e-9
# Multiples of both fill [0, 1) evenly, and independently of each other.
_GOLDEN, _SILVER = 0.6180339887498949, 0.41421356237309515


class Unfit(Exception):  # noqa: N818 (a finding about homes, not a fault)
    """For some homes no plan keeps the limits, whatever the prices."""

    def __init__(self, homes: frozenset[int]) -> None:
        super().__init__(homes)
        self.homes = homes


@dataclass(frozen=True)
class CrowdAnswer:
    """Of each home: ``net_kw`` (homes, steps), cost beside energy and lower bound, both (homes,)."""

    net_kw: FloatArray
    beside_cost: FloatArray
    bound: FloatArray


_ROOM_BYTES, _ROOM_BYTES_PER_HOME = 64_000_000, 4_000
"""What may be kept of answers by device; older ones are asked for again when they are needed: the same price gets
the same answer, to the bit."""


@dataclass(frozen=True)
class _Kept:
    """What was asked and, unless it was dropped, what was answered by device; what others answered, store by store or by
    their relaxations, which depends on what they were asked before."""

    asked: FloatArray | None
    batch: Snapshot | None
    metered: Snapshot | None
    others: tuple[KeptAnswer, ...]


@dataclass(frozen=True)
class _Mixture:
    """What is mixed: the share of standing decisions, and answers by weight, which sum to one among themselves."""

    standing: float
    answers: list[tuple[float, _Kept]]


class Crowd:
    """Homes on one axis, each in a class of members with one tariff (``class_of``, shape (homes,)).

    ``one_price``: drawing and feeding in always have the same price, so that no home is bound by the sign of its meter.
    Answers by device know nothing of a fuse: a bound stays a bound. Homes ``at_the_fuse`` keep to theirs. ``packed`` are
    the same homes with other fixed loads, programmes and machines, whose arrays are used again.
    ``first_place`` is the number of the first home among all members.
    """

    def __init__(
        self,
        models: Sequence[HomeModel],
        class_of: IntArray,
        *,
        one_price: bool,
        at_the_fuse: frozenset[int] = frozenset(),
        first_place: int = 0,
        packed: "Crowd | None" = None,
    ) -> None:
        self.models, self._class_of, self._first_place = tuple(models), class_of, first_place
        by_device = np.array([_answers_by_device(model, one_price) for model in models], dtype=bool)
        # At the fuse a home's answer by device is not used; where there are few, that costs less than packing anew.
        by_relaxation = ~by_device & ~np.array([can_be_metered(model) for model in models], dtype=bool)
        by_relaxation[list(at_the_fuse)] = True
        self._by_device, self._by_relaxation = np.flatnonzero(by_device), np.flatnonzero(by_relaxation)
        self._by_store = np.flatnonzero(~by_device & ~by_relaxation)
        self._batch = self._packed(packed) if by_device.any() else None
        self._metered = self._packed_metered(packed) if len(self._by_store) else None
        self._others = [TwoPriceHome(self.models[k]) for k in self._by_relaxation]
        self._finishing: dict[int, TwoPriceHome] = {}
        self._kept: dict[int, _Kept] = {}
        self._stands: tuple[int, tuple[Decision, ...]] | None = None
        self._axis = models[0].axis
        self._standing = np.array([m.tariff.standing_charge_per_day * m.tariff.days for m in models])

    def _packed(self, packed: "Crowd | None") -> HomeBatch:
        own = [self.models[k] for k in self._by_device]
        batch = None if packed is None else packed._batch
        if (
            packed is not None
            and batch is not None
            and self._same(packed, packed._by_device, self._by_device)
        ):
            return batch.beside(own)
        return HomeBatch(own)

    def _packed_metered(self, packed: "Crowd | None") -> MeteredHomes:
        own = [self.models[k] for k in self._by_store]
        is_same = packed is not None and self._same(packed, packed._by_store, self._by_store)
        return MeteredHomes(own, packed._metered if packed is not None and is_same else None)

    def _same(self, other: "Crowd", before: IntArray, now: IntArray) -> bool:
        """Whether homes are those of another crowd, with the same stores and generation."""
        return np.array_equal(before, now) and all(
            other.models[k].stores is self.models[k].stores
            and other.models[k].generation is self.models[k].generation
            for k in now
        )

    def answer(self, prices: TwoPrices, number: int, added_per_kwh: FloatArray | None = None) -> CrowdAnswer:
        """Each home's answer to the prices of its class (both (classes, steps)), kept under a number.

        ``added_per_kwh`` (homes, steps) comes on top of both prices of each home, for what it costs the grid; as energy, it
        is no cost beside.

        Raises:
            Unfit: some homes have none; a first answer tells, since prices do not matter for it.
        """
        homes, steps = len(self.models), self._axis.steps
        net_kw, beside, bound = np.zeros((homes, steps)), np.zeros(homes), np.zeros(homes)
        snapshot = asked = None
        if self._batch is not None:
            own = self._class_of[self._by_device]
            asked = prices.buying_per_kwh[own] if len(prices.buying_per_kwh) > 1 else prices.buying_per_kwh[0]
            if added_per_kwh is not None:
                asked = asked + added_per_kwh[self._by_device]
            answers = self._batch.answer(asked)
            at = self._by_device
            # Row by row, so that a home's figure is the same to the bit however many answer with it.
            energy = self._axis.step_hours * (answers.net_kw * asked).sum(axis=1)
            net_kw[at], beside[at] = answers.net_kw, answers.cost - energy + self._standing[at]
            bound[at] = answers.cost + self._standing[at]
            snapshot = self._batch.snapshot()
        metered = None
        if self._metered is not None:
            at = self._by_store
            own = self._class_of[at]
            of_homes = TwoPrices(prices.buying_per_kwh[own], prices.selling_per_kwh[own])
            if added_per_kwh is not None:
                on_top = added_per_kwh[at]
                of_homes = TwoPrices(of_homes.buying_per_kwh + on_top, of_homes.selling_per_kwh + on_top)
            found = self._finished(self._metered, of_homes)
            net_kw[at], beside[at] = found.net_kw, found.beside_cost + self._standing[at]
            bound[at] = found.bound + self._standing[at]
            metered = self._metered.snapshot()
        kept, unfit = [], set[int]()
        for k, home in zip(self._by_relaxation, self._others, strict=True):
            own_class = self._class_of[k]
            added = 0.0 if added_per_kwh is None else added_per_kwh[k]
            try:
                one = home.answer(
                    prices.buying_per_kwh[own_class] + added, prices.selling_per_kwh[own_class] + added
                )
            except Infeasible:
                unfit.add(int(k))
                continue
            net_kw[k], beside[k], bound[k] = one.net_kw, one.beside_cost, one.bound
            kept.append(one.kept)
        if unfit:
            raise Unfit(frozenset(unfit))
        self._kept[number] = _Kept(asked, snapshot, metered, tuple(kept))
        return CrowdAnswer(net_kw, beside, bound)

    def remember(self, decisions: Sequence[Decision], number: int) -> None:
        """Keep what stands, each home's decision, under a number, as if it were an answer."""
        self._stands = number, tuple(decisions)

    def _finished(self, metered: MeteredHomes, prices: TwoPrices) -> MeteredAnswers:
        """Answers store by store to prices of each home; where a plan is not proven that way, the relaxation's."""
        found = metered.answer(prices.buying_per_kwh, prices.selling_per_kwh)
        for position in np.flatnonzero(found.is_open):
            k = int(self._by_store[position])
            home = self._finishing.get(k) or TwoPriceHome(self.models[k])
            self._finishing[k] = home
            try:
                one = home.answer(prices.buying_per_kwh[position], prices.selling_per_kwh[position])
            except Infeasible:
                # Nothing fits its fuse, of which answers store by store know nothing.
                continue
            metered.take(int(position), one_direction(home.model, one.kept.decision), one.worth_per_kwh)
            found.net_kw[position] = one.net_kw
            found.beside_cost[position] = one.beside_cost - self._standing[k]
            found.bound[position] = one.bound - self._standing[k]
        return found

    def keep_only(self, numbers: Sequence[int]) -> None:
        """Forget all answers but those."""
        wanted = set(numbers)
        self._kept = {number: kept for number, kept in self._kept.items() if number in wanted}
        room = max(_ROOM_BYTES, _ROOM_BYTES_PER_HOME * len(self.models))
        for number in sorted(self._kept, reverse=True):
            kept = self._kept[number]
            if kept.batch is None:
                continue
            room -= kept.batch.nbytes
            if room < 0:
                self._kept[number] = replace(kept, batch=None)

    def draw(self, numbers: Sequence[int], weights: FloatArray, seed: int) -> list[Wholes]:
        """What is whole in each home's plan, drawn from its answers with the given weights.

        Luck is spread evenly over homes (a sequence of low discrepancy), so that the sum of all comes out near the
        mix.
        """
        mixture = self._mixture(numbers, weights)
        parts = mixture.answers
        cumulated = np.cumsum([weight for weight, _ in parts])
        start = float(np.random.default_rng(seed).random())
        wholes: list[Wholes] = [Wholes((), ()) for _ in self.models]
        drawn_from = [self._snapshot(kept).wholes for _, kept in parts] if self._batch is not None else []
        moved = self._moved(mixture.standing, start)
        for position, k in enumerate(self._by_device.tolist()):
            if k in moved:
                picked = [_picked(drawn_from, cumulated, number) for number in moved[k]]
                wholes[k] = self._wholes_of(position, self.models[k], picked)
        for position, k in enumerate(self._by_relaxation.tolist()):
            if k in moved:
                own = [(weight, kept.others[position]) for weight, kept in parts]
                wholes[k] = self._others[position].draw(own, moved[k])
        if self._stands is not None:
            for k, decision in enumerate(self._stands[1]):
                if k not in moved:
                    wholes[k] = Wholes(decision.starts, decision.cogeneration)
        return wholes

    def _moved(self, standing: float, start: float) -> dict[int, list[float]]:
        """The homes that do not stay with what is whole in their standing decisions, and the luck of each; a home stays as
        a whole, with the probability that is the share of what stands."""
        moved = {}
        for k in range(len(self.models)):
            luck = self._luck(start, k)
            if luck and luck[0] < standing:
                continue
            if standing < 1.0 or not luck:
                moved[k] = [(number - standing) / (1.0 - standing) % 1.0 for number in luck]
        return moved

    def _luck(self, start: float, home: int) -> list[float]:
        """A number in [0, 1) for each link and machine of a home: its own, and evenly spread over homes."""
        model = self.models[home]
        count = sum(len(chain.links) for chain in model.chains) + len(model.cogeneration)
        return [
            (start + _GOLDEN * (self._first_place + home) + _SILVER * item) % 1.0 for item in range(count)
        ]

    def _wholes_of(self, position: int, model: HomeModel, picked: list[Snapshot]) -> Wholes:
        """A home's starts and runs in the answers picked for it: one for each chain (that of its first link), and
        one for each machine."""
        batch = self._batch
        if batch is None:
            raise AssertionError("homes that answer by device have a batch")
        first_links = np.cumsum([0, *(len(chain.links) for chain in model.chains)])
        return Wholes(
            tuple(batch.starts_in(position, k, picked[first_links[k]]) for k in range(len(model.chains))),
            tuple(
                batch.run_in(position, k, picked[first_links[-1] + k]) for k in range(len(model.cogeneration))
            ),
        )

    def mixed(self, numbers: Sequence[int], weights: FloatArray) -> list[Decision]:
        """Each home's decision about all that is not whole: the mix of its answers by weight."""
        mixture = self._mixture(numbers, weights)
        parts = mixture.answers
        if self._stands is not None and not parts:
            return [replace(decision, starts=(), cogeneration=()) for decision in self._stands[1]]
        decisions: list[Decision] = [Decision((), (), (), ()) for _ in self.models]
        if self._batch is not None:
            # One at a time: all of them at once may be what there is no room for.
            snapshots = ((weight, self._snapshot(kept)) for weight, kept in parts)
            for k, decision in zip(self._by_device, self._batch.mixed(snapshots), strict=True):
                decisions[k] = decision
        if self._metered is not None:
            snapshots = ((weight, _told(kept.metered)) for weight, kept in parts)
            for k, decision in zip(self._by_store, self._metered.mixed(snapshots), strict=True):
                decisions[k] = decision
        for position, k in enumerate(self._by_relaxation):
            decisions[k] = _mixed([(w, kept.others[position].decision) for w, kept in parts])
        if self._stands is not None and mixture.standing > 0.0:
            decisions = [
                _mixed([(mixture.standing, stands), (1.0 - mixture.standing, moves)])
                for stands, moves in zip(self._stands[1], decisions, strict=True)
            ]
        return [
            one_direction(model, decision) for model, decision in zip(self.models, decisions, strict=True)
        ]

    def _mixture(self, numbers: Sequence[int], weights: FloatArray) -> _Mixture:
        stands = -1 if self._stands is None else self._stands[0]
        used = [(float(w), n) for n, w in zip(numbers, weights, strict=True) if w > _USED]
        total = sum(weight for weight, _ in used)
        standing = sum(weight for weight, number in used if number == stands) / total
        answers = [(weight, self._kept[number]) for weight, number in used if number != stands]
        among = sum(weight for weight, _ in answers)
        return _Mixture(standing, [(weight / among, kept) for weight, kept in answers])

    def _snapshot(self, kept: _Kept) -> Snapshot:
        """What was answered by device, asked again if it was dropped."""
        if kept.batch is not None:
            return kept.batch
        if self._batch is None or kept.asked is None:
            raise AssertionError("homes that answer by device have been asked")
        self._batch.answer(kept.asked)
        return self._batch.snapshot()


def _told(answer: Snapshot | None) -> Snapshot:
    if answer is None:
        raise AssertionError("homes that answer store by store have been asked")
    return answer


def _picked(answers: Sequence[Snapshot], cumulated: FloatArray, number: float) -> Snapshot:
    """The answer in whose share of the weights a number in [0, 1) falls."""
    return answers[min(int(np.searchsorted(cumulated, number, side="right")), len(answers) - 1)]


def _answers_by_device(model: HomeModel, one_price: bool) -> bool:
    """Whether the home's answer falls apart into its devices': one price for all that it may do."""
    never_feeds_in = not np.any(model.reach_kw[1] > 0.0)
    return model.tariff.capacity_charge is None and (one_price or never_feeds_in)


def _mixed(parts: list[tuple[float, Decision]]) -> Decision:
    """A mix of decisions about generation and stores."""
    first = parts[0][1]
    return Decision(
        generation_kw=tuple(
            np.sum([weight * decision.generation_kw[k] for weight, decision in parts], axis=0)
            for k in range(len(first.generation_kw))
        ),
        stores=tuple(
            StoreDecision(
                np.sum([weight * decision.stores[k].charge_kw for weight, decision in parts], axis=0),
                np.sum([weight * decision.stores[k].discharge_kw for weight, decision in parts], axis=0),
                np.sum([weight * decision.stores[k].unserved_kwh for weight, decision in parts], axis=0),
            )
            for k in range(len(first.stores))
        ),
        starts=(),
        cogeneration=(),
    )
