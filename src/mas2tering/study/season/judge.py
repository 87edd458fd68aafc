"""A day judged by the season's rule: who is held out, what orders cost, what was delivered, whose declarations are opened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mas2tering.domain.community import Community, Home
from mas2tering.domain.local_market import SupplierPrices, prices_at
from mas2tering.domain.plans import Costs, FloatArray, HomePlan, bill_of
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_plan
from mas2tering.home.respond import UnderContract, fitting, within
from mas2tering.settlement.flexibility import Loss, Payment, order_of
from mas2tering.settlement.flexibility.order import SAME_LOAD_KW
from mas2tering.settlement.season import (
    CommittedDay,
    DeviceRecord,
    Expected,
    JudgedDay,
    Lived,
    SeasonRule,
    judged,
    why_not_bound,
)
from mas2tering.study.gaming.homes import NOTHING
from mas2tering.study.gaming.weather import DEVICE_DEVIATION
from mas2tering.study.season.agreed import AgreedDay, Expectation, LivedAs, bound_plans
from mas2tering.study.season.gate import STANDARD_DISCOMFORT, Gate, Keyring, gate_of

OpenedFor = Literal["held out", "sampled", "flagged"]
SAME_ORDER = 0.001
"""What an opened order may cost beyond the negotiation's certified gap, in the community's currency: the gap of the plan that
is searched for here."""
_BUDGET = Budget(gap=0.0, absolute_gap=SAME_ORDER, seconds=1e6, nodes=500)


@dataclass(frozen=True)
class Recomputed:
    """An order, worked out again from what was opened: how much more the order as agreed on costs the declared home at the
    prices that prove the agreement than its best plan would, what that may be at most, and whether it stands. Where it does
    not, the best plan takes its place.

    At those prices the differences of all homes are none below nothing, and together the certified gap: no home whose box
    answered as it declared is beyond it.
    """

    costs_more: float
    at_most: float
    stands: bool


@dataclass(frozen=True)
class HomeDay:
    """A home's congested day. ``opened`` says why its declaration was opened, and is empty where it stays sealed;
    ``reasons`` why its commitment does not count, if it does not."""

    home: str
    aggregator: str
    known: CommittedDay
    lived: Lived
    judged: JudgedDay
    opened: OpenedFor | None
    recomputed: Recomputed | None
    reasons: tuple[str, ...] = ()

    @property
    def delivered_share(self) -> float | None:
        """The share of the order that was delivered; None where there was none to deliver."""
        if not self.judged.called or self.known.order is None:
            return None
        moves = np.abs(self.known.order.ordered_flex_kw)
        ordered_kwh = float(moves[moves > SAME_LOAD_KW].sum() * self.known.order.axis.step_hours)
        return 1.0 - self.judged.short_kwh / ordered_kwh


@dataclass(frozen=True)
class SettledDay:
    """A congested day of all homes that take part, and the plans with which it was lived, held-out homes their bound ones."""

    gate: Gate
    homes: tuple[HomeDay, ...]
    lived: tuple[HomePlan, ...]
    lived_as: LivedAs


def judged_day(
    agreed: AgreedDay,
    community: Community,
    seed: int,
    keys: Keyring,
    rule: SeasonRule,
    flagged: frozenset[str] = frozenset(),
) -> SettledDay | None:
    """Judge a day; None where nothing was congested.

    Args:
        agreed: the day as it was agreed on and lived.
        community: its homes.
        seed: of salts and secrets.
        keys: of the boxes.
        rule: the season's.
        flagged: homes under suspicion: held out more often, and opened on every day.
    """
    settled = agreed.grid.settled
    if settled is None:
        return None
    members = agreed.grid.market.members
    homes = [community.homes[k] for k in members]
    bound = bound_plans(agreed.grid)
    gate = gate_of(homes, [bound[k] for k in members], community.time_zone, seed, keys, rule, flagged)
    lived = list(agreed.lived_bound)
    # Where load had to be shed, prices say nothing about what homes answer.
    prices = proving_prices(agreed) if agreed.grid.emergency is None else None
    found = []
    for k, home, row in zip(members, homes, settled.rows, strict=True):
        is_out = row.order is not None and home.id in gate.draw.held_out
        lived[k] = agreed.lived_bound[k] if row.order is None or is_out else agreed.lived_ordered[k]
        why: OpenedFor | None = None
        if row.order is not None:
            why = "flagged" if home.id in flagged else "held out" if is_out else None
            why = why or ("sampled" if home.id in gate.sampled else None)
        recomputed, known = None, _known(row, agreed.expected[k], home)
        if why is not None and prices is not None:
            recomputed, known = _worked_out_again(agreed, community, k, prices, known)
        reasons = why_not_bound(
            gate.commitments[home.id],
            None if why is None else gate.openings[home.id],
            gate.at,
            keys,
            STANDARD_DISCOMFORT,
            rule.dearest_discomfort,
        )
        told = _told(home, agreed, k, lived[k], known)
        judgement = judged(
            known,
            told,
            held_out=is_out,
            probability=gate.draw.probability[home.id],
            tolerance=rule.tolerance,
            may_deduct=home.device_records,
        )
        if reasons:
            judgement = replace(judgement, loss=0.0, contradicted=0.0)
        found.append(HomeDay(home.id, row.home.aggregator, known, told, judgement, why, recomputed, reasons))
    return SettledDay(gate, tuple(found), tuple(lived), agreed.lived_as)


def _known(row: Payment, expected: Expectation, home: Home) -> CommittedDay:
    """The day as it stands before it is lived; costs were recomputed from what homes committed to."""
    loss, bound, ordered = row.loss, row.home.bound, row.plan
    if not home.device_records:
        loss = Loss(bill_of(row.home.tariff, bound.net_kw), bill_of(row.home.tariff, ordered.net_kw))
    day = bound.axis.local_starts[0].date()
    return CommittedDay(day, bound, ordered, expected.uncontrolled_kw, row.home.tariff, loss, row.order)


def _told(home: Home, agreed: AgreedDay, k: int, lived: HomePlan, known: CommittedDay) -> Lived:
    """The meter and, where there are any, the device records of a lived day, with what was to be expected of them."""
    expected = agreed.expected[k]
    hours, price = known.bound.axis.step_hours, known.tariff.import_price_per_kwh
    if not home.device_records:
        # As if forecasts were off by as much in all steps at once: the widest that it can be.
        deviation = hours * float(np.abs(price) @ expected.deviation_kw)
        return Lived(lived.net_kw, None, Expected(0.0, deviation, expected.deviation_kw))
    devices_kw = np.asarray(lived.net_kw - agreed.came_kw[k])
    priced = price * devices_kw
    deviation = hours * DEVICE_DEVIATION * float(np.sqrt(priced @ priced))
    return Lived(
        lived.net_kw,
        DeviceRecord(devices_kw, lived.costs),
        Expected(0.0, deviation, expected.deviation_kw),
    )


def proving_prices(agreed: AgreedDay) -> tuple[FloatArray, FloatArray]:
    """The prices at which the agreement was proven: the local one, shape (steps,), and what limits add to each member's kWh, shape
    (members, steps)."""
    relief = agreed.grid.relief
    if relief.together is None or relief.limits is None:
        raise AssertionError("orders come of an agreement within limits")
    proven = relief.together.bound.prices
    local = proven.local_per_kwh[0]
    return local, relief.limits.added_per_kwh(proven.limit_per_kwh, len(local))


def _worked_out_again(
    agreed: AgreedDay,
    community: Community,
    k: int,
    prices: tuple[FloatArray, FloatArray],
    known: CommittedDay,
) -> tuple[Recomputed, CommittedDay]:
    """The order of an opened home beside the best plan of what it declared, at the negotiated prices."""
    home, alone = community.homes[k], agreed.alone[k]
    model = agreed.models[k]
    if home.aggregation is not None:
        model = within(model, UnderContract(home.aggregation, alone)).model
    model = fitting(model, agreed.grid.market.alone[k])
    row = agreed.grid.market.members.index(k)
    priced = at_negotiated_prices(model, prices[0], prices[1][row], community.local_charges)
    best = best_plan(priced, _BUDGET)
    ordered = known.loss.ordered if home.device_records else _beside(known.ordered)
    cost = bill_of(priced.tariff, known.ordered.net_kw).cost + ordered.beside_bill
    more = cost - best.costs.cost
    at_most = agreed.grid.agreement.gap + SAME_ORDER
    if more <= at_most:
        return Recomputed(more, at_most, stands=True), known
    costs = bill_of(known.tariff, best.net_kw)
    if home.device_records:
        costs = costs + _beside(best)
    loss = Loss(known.loss.bound, costs)
    order = order_of(known.bound, best)
    return Recomputed(more, at_most, stands=False), replace(known, ordered=best, loss=loss, order=order)


def at_negotiated_prices(
    model: HomeModel, local_price_per_kwh: FloatArray, added_per_kwh: FloatArray, charges: LocalCharges
) -> HomeModel:
    """A home that pays the local price, and what limits add to it; all of shape (steps,)."""
    own = model.tariff
    supplier = SupplierPrices(own.import_price_per_kwh[None, :], own.export_price_per_kwh[None, :])
    at = prices_at(local_price_per_kwh, supplier, charges)
    tariff = replace(
        own,
        import_price_per_kwh=at.buying_per_kwh[0] + added_per_kwh,
        export_price_per_kwh=at.selling_per_kwh[0] + added_per_kwh,
    )
    return replace(model, tariff=tariff)


def _beside(plan: HomePlan) -> Costs:
    return sum((device.costs for device in plan.devices), NOTHING)


def opened_homes(days: Sequence[SettledDay]) -> dict[str, OpenedFor]:
    """The homes that were opened on some day, and why first."""
    found: dict[str, OpenedFor] = {}
    for day in days:
        for own in day.homes:
            if own.opened is not None:
                found.setdefault(own.home, own.opened)
    return found
