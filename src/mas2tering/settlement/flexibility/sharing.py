"""How members share a day on which orders changed plans: nobody pays more than in use case 2 where the sum allows it.

What orders do to the community as a whole is small and known: the DSO makes up what they cost at public tariffs, so that the
members together are worse off than in use case 2 only by what local trade loses, less what homes save whose ordered plan
is cheaper than their bound one.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mas2tering.domain.local_market import FloatArray
from mas2tering.settlement.sharing import NOTHING, shared


class Guarantee(StrEnum):
    """What the sum allows to promise to every member."""

    USE_CASE_2 = "use_case_2"
    """Nobody pays more than in use case 2."""
    USE_CASE_1 = "use_case_1"
    """Each keeps the same part of its gain of use case 2: nobody pays more than alone."""
    BOUND_PLAN = "bound_plan"
    """Nobody pays more than alone, or than its bound plan costs at public tariffs, whichever is more."""


@dataclass(frozen=True)
class SharingAfterOrders:
    """Against what each member paid in use case 2, in the community's currency, all of shape (members,).

    ``at_local_price`` is what each gains by the new day at its local price, payment counted in, losses negative; ``kept`` what
    capped members leave in the pot; ``total`` their sum. ``gain`` is what each has of it in the end and ``short`` what each
    is short of; no member has both, and one of the two is zero for all.
    """

    at_local_price: FloatArray
    kept: float
    total: float
    gain: FloatArray
    short: FloatArray
    guarantee: Guarantee


@dataclass(frozen=True)
class Before:
    """What members paid before orders, all of shape (members,): ``alone`` in use case 1, ``traded`` in use case 2, and ``bound``
    with the plan of use case 2 at public tariffs. Fees apart."""

    alone: FloatArray
    traded: FloatArray
    bound: FloatArray


def shared_after_orders(
    before: Before, at_local_price: FloatArray, kept: float, uncapped_kwh: FloatArray, turnover: float
) -> SharingAfterOrders:
    """Share what a day after orders brings.

    Where the members together are no worse off than in use case 2, as there: losers are made whole, by the pot and then by the
    others in proportion. Where they are worse off, each is short by the same part of what it gained in use case 2. If that is not
    enough, the rest falls on those whose bound plan is dearer than use case 1 at public tariffs, in proportion to that:
    it was made for trades that the orders took away.

    Args:
        before: the costs with which the day is compared.
        at_local_price: each member's gain against use case 2 at the local price, shape (members,).
        kept: what is in the pot, zero or more.
        uncapped_kwh: what each member traded at the local price itself, shape (members,).
        turnover: the money of which the gains are differences, to tell a loss from rounding.
    """
    total = float(at_local_price.sum()) + kept
    none = np.zeros(len(at_local_price))
    usual = shared(at_local_price, kept, uncapped_kwh, turnover)
    if usual.worthwhile:
        return SharingAfterOrders(at_local_price, kept, total, usual.gain, none, Guarantee.USE_CASE_2)
    gained = np.maximum(before.alone - before.traded, 0.0)
    if -total <= gained.sum():
        short = gained * (-total / gained.sum())
        return SharingAfterOrders(at_local_price, kept, total, none, short, Guarantee.USE_CASE_1)
    deviated = np.maximum(before.bound - before.alone, 0.0)
    rest = -total - float(gained.sum())
    # Where nobody deviated the rest is rounding of sums.
    part = (
        deviated / deviated.sum() if deviated.sum() > NOTHING * max(1.0, turnover) else none + 1 / len(none)
    )
    short = gained + rest * part
    return SharingAfterOrders(at_local_price, kept, total, none, short, Guarantee.BOUND_PLAN)
