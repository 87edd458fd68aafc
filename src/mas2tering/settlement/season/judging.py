"""A congested day of a home, judged: what its order cost it, how much of it was delivered, and whether the day that was lived
agrees with the plan that should have been lived."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np

from mas2tering.domain.plans import Costs, DeclaredCosts, FloatArray, HomePlan, bill_of
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.settlement.flexibility.delivery import Tolerance, delivery_of
from mas2tering.settlement.flexibility.loss import Loss, public_cost
from mas2tering.settlement.flexibility.order import FlexOrder, order_of


@dataclass(frozen=True)
class DeviceRecord:
    """What the declared devices drew, shape (steps,), by signed records of their own, and what that cost beside the bill, as
    declared. Unmet energy and curtailment count here, and nowhere else."""

    devices_kw: FloatArray
    beside: Costs


@dataclass(frozen=True)
class Expected:
    """By how much a lived day's cost differs from the plan's where nobody lies: mean and standard deviation; and the standard
    deviation of what nobody controls in ``uncontrolled_kw`` (steps,). From the forecasting service, which knows how far its
    forecasts are off."""

    mean: float
    deviation: float
    uncontrolled_kw: FloatArray


@dataclass(frozen=True)
class Lived:
    """What is known of a lived day: the meter's net load, shape (steps,), import positive; what devices recorded, if they did;
    what was to be expected."""

    metered_kw: FloatArray
    record: DeviceRecord | None
    expected: Expected


@dataclass(frozen=True)
class CommittedDay:
    """What stands about a home's day before it is lived, costs worked out from what it declared.

    ``uncontrolled_kw`` (steps,) is the forecast of base load less sun that went into both plans, from the forecasting service
    and not from the home: what is left of a plan are its devices.
    """

    day: date
    bound: HomePlan
    ordered: HomePlan
    uncontrolled_kw: FloatArray
    tariff: TariffOnAxis
    loss: Loss
    order: FlexOrder | None


@dataclass(frozen=True)
class JudgedDay:
    """A congested day of a home.

    ``loss`` is what is due for it before deductions: the delivered share of the recomputed loss; nothing on a day held out.
    ``held_out`` means that there would have been an order. ``dearer`` is how much dearer the lived day was than the plan that
    should have been lived (the bound one where the home was held out, the ordered one where it was called, and None where there
    was nothing to order), less what was to be expected; ``deviation`` its standard deviation in an honest home. ``short_kwh``
    is what was ordered and not delivered. ``contradicted`` is the part of the loss that the meter denies where records assert
    it, and ``contradicted_deviation`` how far chance moves it. ``may_deduct`` is False where the draw failed.
    """

    day: date
    held_out: bool
    called: bool
    probability: float
    loss: float
    short_kwh: float
    dearer: float | None
    deviation: float
    contradicted: float = 0.0
    contradicted_deviation: float = 0.0
    may_deduct: bool = True


class Recomputes(Protocol):
    """Who answers the negotiated prices for a home from what it declared; its box is not asked."""

    def ordered(self, bound: HomePlan, added_per_kwh: FloatArray) -> HomePlan:
        """The declared home's best plan where a kWh costs ``added_per_kwh`` (steps,) more than its tariff says."""
        ...


def committed_day(
    day: date,
    bound: HomePlan,
    uncontrolled_kw: FloatArray,
    tariff: TariffOnAxis,
    added_per_kwh: FloatArray,
    recomputes: Recomputes,
    declared: DeclaredCosts,
    *,
    bill_only: bool = False,
) -> CommittedDay:
    """A day's order, as the settlement recomputes it from declared costs and negotiated prices, and what it costs the home.

    With ``bill_only`` the loss is that of the bill: what lies beside it is not paid where no device records it.
    """
    ordered = recomputes.ordered(bound, added_per_kwh)
    costs = [public_cost(plan, tariff, declared) for plan in (bound, ordered)]
    if bill_only:
        costs = [bill_of(tariff, plan.net_kw) for plan in (bound, ordered)]
    order = order_of(bound, ordered)
    return CommittedDay(day, bound, ordered, uncontrolled_kw, tariff, Loss(costs[0], costs[1]), order)


def judged(
    known: CommittedDay,
    lived: Lived,
    *,
    held_out: bool,
    probability: float,
    tolerance: Tolerance,
    may_deduct: bool = True,
) -> JudgedDay:
    """Judge a lived day; ``may_deduct`` is False where the operator did not reveal its secret.

    Raises:
        ValueError: profiles of another shape, or with a gap.
    """
    if lived.metered_kw.shape != known.bound.net_kw.shape or not np.isfinite(lived.metered_kw).all():
        raise ValueError(
            f"home {known.bound.home!r}: expected a metered net load of {len(known.bound.net_kw)} numbers"
        )
    held_out = held_out and known.order is not None
    called = known.order is not None and not held_out
    loss, short_kwh = 0.0, 0.0
    if called and known.order is not None:
        delivery = delivery_of(known.order, _moved_meter(known, lived), tolerance)
        loss = delivery.share * known.loss.amount
        short_kwh = float(delivery.deficient_kw.sum() * known.bound.axis.step_hours)
    denied, denied_deviation = _contradicted(known, lived) if called else (0.0, 0.0)
    return JudgedDay(
        day=known.day,
        held_out=held_out,
        called=called,
        probability=probability,
        loss=loss,
        short_kwh=short_kwh,
        dearer=_dearer(known, lived, called=called) if called or held_out else None,
        deviation=lived.expected.deviation,
        contradicted=loss * denied,
        contradicted_deviation=loss * denied_deviation,
        may_deduct=may_deduct,
    )


def _moved_meter(known: CommittedDay, lived: Lived) -> FloatArray:
    """The net load by which delivery is measured: the meter's; with records, what the devices did beside the forecast, so that
    nobody answers for the weather."""
    if lived.record is None:
        return lived.metered_kw
    return np.asarray(known.uncontrolled_kw + lived.record.devices_kw)


def _dearer(known: CommittedDay, lived: Lived, *, called: bool) -> float:
    """How much dearer the lived day was than its plan, less what was to be expected.

    With records the plan is replayed with the base load and the sun that there were; without, the bills alone are compared.
    """
    plan, costs = (known.ordered, known.loss.ordered) if called else (known.bound, known.loss.bound)
    metered = bill_of(known.tariff, lived.metered_kw).cost
    if lived.record is None:
        return metered - bill_of(known.tariff, plan.net_kw).cost - lived.expected.mean
    were_kw = lived.metered_kw - lived.record.devices_kw
    replayed = bill_of(known.tariff, were_kw + plan.net_kw - known.uncontrolled_kw).cost
    beside = lived.record.beside.beside_bill - costs.beside_bill
    return metered - replayed + beside - lived.expected.mean


def _contradicted(known: CommittedDay, lived: Lived) -> tuple[float, float]:
    """The share of the order that the meter denies, and its standard deviation: what is left of the meter without the recorded
    devices moves against the order where these only pretend to follow it."""
    if lived.record is None or known.order is None:
        return 0.0, 0.0
    moves = known.order.ordered_flex_kw
    against_kw = -np.sign(moves) * (lived.metered_kw - lived.record.devices_kw - known.uncontrolled_kw)
    size_kw = float(np.abs(moves).sum())
    ordered = moves != 0.0
    # As if forecasts were off by as much in all steps at once: the widest band that they can need.
    off_kw = float(lived.expected.uncontrolled_kw[ordered].sum())
    return float(against_kw[ordered].sum()) / size_kw, off_kw / size_kw
