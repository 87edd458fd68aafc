"""A home on a recorded day: what it declares, what it is ordered, how it lives, and what the settlement sees of that."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from mas2tering.domain.plans import Costs, FloatArray, HomePlan, bill_of
from mas2tering.home.model import HomeModel
from mas2tering.settlement.season import CommittedDay, DeviceRecord, Expected, Lived, committed_day
from mas2tering.study.gaming.homes import (
    NOTHING,
    Planned,
    best_at,
    digest_of,
    hidden_power,
    uncontrolled_kw,
)
from mas2tering.study.gaming.weather import DEVICE_DEVIATION, noise, uncontrolled_deviation_kw

Live = Literal["declared", "own", "answer"]
"""How a day is lived: by the plan that the settlement knows; as is best alone; as is best at the negotiated prices."""
Tampered = Literal["nothing", "meter", "records", "both"]

UNDER_READ = 0.3
"""What a tampered meter leaves out of what is drawn, as a share. The supplier's energy that is stolen so is no gain here: the
home is billed by what it drew."""
_DRAWS = 256


@dataclass(frozen=True)
class Situation:
    """A home on a recorded day, and its own best plans: alone, and at the negotiated prices (``added_per_kwh``, steps)."""

    true: HomeModel
    added_per_kwh: FloatArray
    own: Planned
    answer: Planned
    day: int
    made: dict[tuple[str, bytes], Planned] = field(default_factory=dict, compare=False, repr=False)

    def planned(self, declared: HomeModel, added_per_kwh: FloatArray) -> Planned:
        """The best plan of a declared model; many lies declare the same, and it is made once."""
        key = digest_of(declared), added_per_kwh.tobytes()
        if key not in self.made:
            self.made[key] = best_at(declared, added_per_kwh)
        return self.made[key]

    @staticmethod
    def of(true: HomeModel, added_per_kwh: FloatArray, day: int) -> "Situation":
        """Plan both."""
        own = best_at(true, np.zeros(true.axis.steps))
        answer = best_at(true, added_per_kwh) if added_per_kwh.any() else own
        return Situation(true, added_per_kwh, own, answer, day)


@dataclass(frozen=True)
class Lie:
    """What a home does on a day.

    It declares ``declared`` and binds itself to the best plan of it where a kWh costs ``bound_added_per_kwh`` more. Devices that
    are ``hidden`` are there and not declared. ``discomfort_factor`` is by how much it overstates discomfort, ``order_factor``
    what its aggregator makes of the negotiated prices. ``invented`` is a loss that is not there, however it was brought about: a
    plan that is cheaper than anything the home can do. With ``elsewhere`` its load in the congestion is drawn by a neighbour.
    """

    declared: HomeModel
    called: Live = "declared"
    held_out: Live = "declared"
    bound_added_per_kwh: FloatArray | None = None
    hidden: frozenset[str] = frozenset()
    discomfort_factor: float = 1.0
    order_factor: float = 1.0
    invented: float = 0.0
    tampered: Tampered = "nothing"
    washed: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Acted:
    """A lived day before its weather: ``devices_kw`` are of declared devices and ``recorded_kw`` what their records say,
    ``hidden_kw`` of others (steps,); ``beside`` as declared, ``true_beside`` as it is, ``elsewhere`` what it costs behind
    other meters."""

    devices_kw: FloatArray
    recorded_kw: FloatArray
    hidden_kw: FloatArray
    beside: Costs
    true_beside: float
    elsewhere: float = 0.0


@dataclass(frozen=True)
class DayPlay:
    """A home's day with all that its lie makes of it: what the settlement knows, by records and by the bill alone; what an
    aggregator would order; what is lived where it is called and where it is held out."""

    lie: Lie
    true: HomeModel
    added_per_kwh: FloatArray
    known: CommittedDay
    known_by_bill: CommittedDay
    claimed: HomePlan
    called: Acted
    held_out: Acted
    expected: Expected
    expected_by_bill: Expected


@dataclass(frozen=True)
class _Declared:
    """Plans that were made here from the declared model: their devices' costs are as declared."""

    def beside_bill(self, plan: HomePlan) -> Costs:
        return sum((device.costs for device in plan.devices), NOTHING)


@dataclass
class _Recomputed:
    """The order, planned from the declared model; what was planned stays at hand."""

    situation: Situation
    model: HomeModel
    orders: list[Planned] = field(default_factory=list)

    def ordered(self, bound: HomePlan, added_per_kwh: FloatArray) -> HomePlan:
        if added_per_kwh.any():
            self.orders.append(self.situation.planned(self.model, added_per_kwh))
        else:
            self.orders.append(Planned(bound, np.asarray(bound.net_kw - uncontrolled_kw(self.model))))
        return self.orders[-1].plan


def day_play(situation: Situation, lie: Lie) -> DayPlay:
    """Bind, order, and see how the day is lived."""
    true, added = situation.true, situation.added_per_kwh
    honest = lie.declared is true
    if lie.bound_added_per_kwh is None:
        bound = situation.own if honest else situation.planned(lie.declared, np.zeros(true.axis.steps))
    else:
        bound = situation.planned(lie.declared, lie.bound_added_per_kwh)
    recomputed = _Recomputed(situation, lie.declared)
    if honest:
        recomputed.orders.append(situation.answer)
    forecast_kw = uncontrolled_kw(lie.declared)
    known = committed_day(
        true.axis.local_starts[0].date(),
        bound.plan,
        forecast_kw,
        true.tariff,
        added,
        _Answered(situation.answer) if honest else recomputed,
        _Declared(),
    )
    order = recomputed.orders[0]
    claimed = known.ordered
    if lie.order_factor != 1.0:
        claimed = situation.planned(lie.declared, lie.order_factor * added).plan
    by_bill = replace(known, loss=replace(known.loss, bound=_bill(true, bound), ordered=_bill(true, order)))
    called = _acted(situation, lie, lie.called, order)
    if lie.elsewhere:
        called = _moved_elsewhere(situation, called)
    if lie.tampered in ("records", "both"):
        called = replace(called, recorded_kw=order.devices_kw, beside=order.beside)
    return DayPlay(
        lie=lie,
        true=true,
        added_per_kwh=added,
        known=known,
        known_by_bill=by_bill,
        claimed=claimed,
        called=called,
        held_out=_acted(situation, lie, lie.held_out, bound),
        expected=_expected(lie.declared, order),
        expected_by_bill=_expected_by_bill(lie.declared, order),
    )


@dataclass(frozen=True)
class _Answered:
    """An order that is at hand."""

    answer: Planned

    def ordered(self, bound: HomePlan, added_per_kwh: FloatArray) -> HomePlan:
        return self.answer.plan


def _bill(model: HomeModel, planned: Planned) -> Costs:
    return bill_of(model.tariff, planned.plan.net_kw)


def _acted(situation: Situation, lie: Lie, live: Live, as_known: Planned) -> Acted:
    """A day by the plan that the settlement knows, or by one of the home's own."""
    if live == "declared":
        beside = as_known.beside
        overstated = beside.discomfort * (1.0 - 1.0 / lie.discomfort_factor)
        hidden = hidden_power(situation.own, lie.hidden)
        unseen = sum((d.costs for d in situation.own.plan.devices if d.device in lie.hidden), NOTHING)
        true_beside = beside.beside_bill - overstated + unseen.beside_bill
        return Acted(as_known.devices_kw, as_known.devices_kw, hidden, beside, true_beside)
    own = situation.own if live == "own" else situation.answer
    hidden = hidden_power(own, lie.hidden)
    seen = sum((d.costs for d in own.plan.devices if d.device not in lie.hidden), NOTHING)
    declared = replace(seen, discomfort=seen.discomfort * lie.discomfort_factor)
    devices = np.asarray(own.devices_kw - hidden)
    return Acted(devices, devices, hidden, declared, own.beside.beside_bill)


def _moved_elsewhere(situation: Situation, called: Acted) -> Acted:
    """The bound plan, its load in the congestion drawn from a neighbour's socket at the neighbour's same tariff."""
    own = situation.own
    moved = np.where(situation.added_per_kwh > 0.0, np.maximum(own.devices_kw, 0.0), 0.0)
    cost = situation.true.axis.step_hours * float(moved @ situation.true.tariff.import_price_per_kwh)
    left = np.asarray(own.devices_kw - moved)
    return replace(
        called, devices_kw=left, recorded_kw=left, true_beside=own.beside.beside_bill, elsewhere=cost
    )


def energy_cost(model: HomeModel, net_kw: FloatArray) -> FloatArray:
    """What net loads (…, steps) cost at a home's tariff without what is fixed, shape (…)."""
    bought = np.maximum(net_kw, 0.0) @ model.tariff.import_price_per_kwh
    sold = np.maximum(-net_kw, 0.0) @ model.tariff.export_price_per_kwh
    return np.asarray(model.axis.step_hours * (bought - sold))


def _expected(model: HomeModel, order: Planned) -> Expected:
    """With device records: devices that are off by a little in every step."""
    priced = model.tariff.import_price_per_kwh * order.devices_kw
    deviation = model.axis.step_hours * DEVICE_DEVIATION * float(np.sqrt(priced @ priced))
    return Expected(0.0, deviation, uncontrolled_deviation_kw(model))


def _expected_by_bill(model: HomeModel, order: Planned) -> Expected:
    """With a meter alone: all that forecasts are off by, drawn from their errors."""
    drawn = noise(model, _DRAWS, np.random.default_rng(11), np.random.default_rng(12))
    lived = order.plan.net_kw + drawn.uncontrolled_kw + order.devices_kw * drawn.device_share
    off = energy_cost(model, lived) - energy_cost(model, order.plan.net_kw)
    return Expected(float(off.mean()), float(off.std()), uncontrolled_deviation_kw(model))


@dataclass(frozen=True)
class LivedDay:
    """A lived day: what the settlement is told, with records and by the meter alone, and what it truly cost."""

    by_records: Lived
    by_bill: Lived
    cost: float


def lived_day(play: DayPlay, off_kw: FloatArray, device_share: FloatArray, *, held_out: bool) -> LivedDay:
    """The day with its weather; ``off_kw`` and ``device_share`` (steps,) are a day of :class:`Noise`."""
    acted = play.held_out if held_out else play.called
    off = acted.devices_kw * device_share
    metered = uncontrolled_kw(play.true) + off_kw + acted.devices_kw + off + acted.hidden_kw
    recorded = acted.recorded_kw + off
    cost = bill_of(play.true.tariff, metered).cost + acted.true_beside + acted.elsewhere
    told = metered
    if play.lie.tampered == "meter" and not held_out:
        told = np.where(metered > 0.0, (1.0 - UNDER_READ) * metered, metered)
    elif play.lie.tampered == "both" and not held_out:
        # A meter that says what its owner likes: it shows the order, and bills it.
        told = metered - acted.devices_kw + acted.recorded_kw
        cost += float(energy_cost(play.true, told) - energy_cost(play.true, metered))
    return LivedDay(
        Lived(told, DeviceRecord(recorded, acted.beside), play.expected),
        Lived(told, None, play.expected_by_bill),
        cost,
    )
