"""Rules that pay for orders: the season's, in variants, and naive ones that a reader may think of first."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.flexibility.delivery import USUAL
from mas2tering.settlement.season import JudgedDay, judged
from mas2tering.study.gaming.play import DayPlay, LivedDay

RULES: dict[str, str] = {
    "loss": "the season's rule, with device records",
    "loss_net_meter": "the season's rule with a meter alone: the bill's loss only",
    "loss_no_hold_out": "the season's rule without days held out",
    "loss_trusting": "the delivered share of the recomputed loss, and no deductions",
    "claimed_loss": "the loss that a home claims",
    "plain_baseline": "the limit's price for every kWh below the declared plan",
    "capacity_product": "the limit's price for every kW below what a home could draw",
    "vcg": "what the order is worth to others, the declared plan taken for a right",
    "local_price": "the loss with local trades in it",
}
SEASONAL = ("loss", "loss_net_meter", "loss_no_hold_out")
"""Rules that settle a season; others pay day by day."""
_WASH_SPREAD = 0.1
"""What a pair that trades with itself puts between its own price and the local one, per kWh."""


@dataclass(frozen=True)
class Turn:
    """A day of a season: which recorded day it is, which draw of its weather, when, and whether the lot fell on the home."""

    recorded: int
    weather: int
    day: date
    held_out: bool
    probability: float


def judged_day(rule: str, play: DayPlay, lived: LivedDay, turn: Turn) -> JudgedDay:
    """A day under one of the seasonal rules; a plan that is too good by an invented amount is paid for it when called, and
    falls short of it when held out."""
    with_records = rule != "loss_net_meter"
    found = judged(
        replace(play.known if with_records else play.known_by_bill, day=turn.day),
        lived.by_records if with_records else lived.by_bill,
        held_out=turn.held_out,
        probability=turn.probability,
        tolerance=USUAL,
    )
    invented = play.lie.invented
    if not invented or found.dearer is None:
        return found
    if found.held_out:
        return replace(found, dearer=found.dearer + invented)
    return replace(found, loss=found.loss + invented)


def paid_for_day(rule: str, play: DayPlay, lived: LivedDay) -> float:
    """What one of the other rules pays for a day."""
    if play.known.order is None:
        return 0.0
    hours, added = play.true.axis.step_hours, np.maximum(play.added_per_kwh, 0.0)
    bound, ordered = play.known.bound.net_kw, play.known.ordered.net_kw
    if rule == "plain_baseline":
        less = np.maximum(bound - lived.by_bill.metered_kw, 0.0)
        return hours * float(added @ less)
    if rule == "capacity_product":
        return hours * float(added @ _kept_capacity(play, lived))
    if rule == "vcg":
        worth = hours * float(play.added_per_kwh @ (bound - ordered))
        return max(0.0, worth) + play.lie.invented
    if rule == "loss_trusting":
        loss = judged(play.known, lived.by_records, held_out=False, probability=0.5, tolerance=USUAL).loss
        return loss + play.lie.invented
    loss = _claimed(play)
    if rule == "local_price" and play.lie.washed:
        loss += _WASH_SPREAD * hours * float(np.abs(ordered - bound).sum())
    return loss


def _kept_capacity(play: DayPlay, lived: LivedDay) -> FloatArray:
    """What the home could draw less what it was allowed to, in steps in which it kept to that."""
    reach, ordered = play.lie.declared.reach_kw[0], play.known.ordered.net_kw
    within = lived.by_bill.metered_kw <= ordered + USUAL.kw + USUAL.share * np.abs(ordered)
    return np.where(within, np.maximum(reach - ordered, 0.0), 0.0)


def _claimed(play: DayPlay) -> float:
    """The loss that a home claims for what its aggregator says it was ordered."""
    bound = play.known.loss.bound
    claimed = sum(device.costs.beside_bill for device in play.claimed.devices)
    from mas2tering.domain.plans import bill_of

    cost = bill_of(play.true.tariff, play.claimed.net_kw).cost + claimed
    return max(0.0, cost - bound.cost) + play.lie.invented
