"""What the distribution system operator (DSO) pays each home for its order: the loss, as far as it delivered, and no more.

``docs/decisions/0015-the-payment.md`` says why, and where the season's rule attaches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

import numpy as np

from mas2tering.domain.plans import DeclaredCosts, FloatArray, HomePlan
from mas2tering.domain.tariffs import TariffOnAxis
from mas2tering.settlement.flexibility.delivery import USUAL, Delivery, Tolerance, delivery_of
from mas2tering.settlement.flexibility.loss import Loss, public_cost
from mas2tering.settlement.flexibility.order import FlexOrder, order_of
from mas2tering.settlement.ledger import (
    CENT,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    Ledger,
    apportioned,
    exactly,
    transfer,
)
from mas2tering.settlement.wording import amount as amount_in_words
from mas2tering.settlement.wording import percent

WORSE_OFF = 0.001
"""A home is worse off where it loses more than this, in the community's currency."""


@dataclass(frozen=True)
class PlannedHome:
    """A home on the day of an order: its public tariff, the plan to which it was bound at the gate, the plan ordered.

    ``metered_kw`` (steps,), import positive, is what it lived, None where plans are settled.
    """

    bound: HomePlan
    ordered: HomePlan
    tariff: TariffOnAxis
    aggregator: str
    metered_kw: FloatArray | None = None

    @property
    def id(self) -> str:
        """The home's id."""
        return self.bound.home


@dataclass(frozen=True)
class Payment:
    """What one home gets. ``order`` and ``delivery`` are None where it is not called: it keeps its bound plan, and gets
    nothing. ``amount`` is ``due`` in whole cents."""

    home: PlannedHome
    order: FlexOrder | None
    delivery: Delivery | None
    loss: Loss
    amount: Decimal

    @property
    def delivered_share(self) -> float:
        """The delivered share of the order; 1 where there is none."""
        return 1.0 if self.delivery is None else self.delivery.share

    @property
    def due(self) -> float:
        """The payment before cents are rounded: the delivered share of the loss."""
        return self.delivered_share * self.loss.amount

    @property
    def withheld(self) -> float:
        """What of the loss is not paid, because it was not delivered."""
        return self.loss.amount - self.due

    @property
    def plan(self) -> HomePlan:
        """The plan that the home carries out."""
        return self.home.bound if self.order is None else self.home.ordered

    @property
    def cost_after(self) -> float:
        """The cost at public tariffs after the payment, before cents are rounded."""
        return self.loss.ordered.cost - self.due


@dataclass(frozen=True)
class Payments:
    """The payments of one DSO for one day, a row for each home in the order in which they were given."""

    day: date
    currency: str
    dso: str
    tolerance: Tolerance
    rows: tuple[Payment, ...]
    ledger: Ledger

    @property
    def due(self) -> float:
        """The sum of what is due, before cents are rounded."""
        return float(sum(row.due for row in self.rows))

    @property
    def total(self) -> Decimal:
        """What the DSO pays in all: what is due in sum, cut down to whole cents."""
        return sum((row.amount for row in self.rows), Decimal(0))

    @property
    def called(self) -> tuple[Payment, ...]:
        """Those of homes that got an order."""
        return tuple(row for row in self.rows if row.order is not None)

    @property
    def worse_off(self) -> int:
        """Homes that delivered all, and whose order costs them more at public tariffs than they are paid, beyond the cent that
        rounding may take."""
        short = (row.loss.dearer - float(row.amount) for row in self.rows if row.delivered_share == 1.0)
        return sum(missing > WORSE_OFF + float(CENT) for missing in short)


def payments(
    homes: Sequence[PlannedHome],
    declared: DeclaredCosts,
    dso: str,
    currency: str,
    tolerance: Tolerance = USUAL,
) -> Payments:
    """Work out what the DSO pays, home by home, through each home's aggregator, which passes it on in full.

    In whole cents the DSO pays the sum of what is due, cut down; each home gets its due to within a cent, cent after cent to
    the largest remainder, so that a loss spread over many homes brings no more than the same loss of one.

    Args:
        homes: all homes that were asked, called or not.
        declared: recomputes what lies beside the bill.
        dso: name of the distribution system operator.
        currency: of all amounts.
        tolerance: how far a metered step may fall short.

    Raises:
        ValueError: homes are missing, appear twice, or their plans, tariffs and meters do not fit together.
    """
    _check(homes)
    found = [_unrounded(home, declared, tolerance) for home in homes]
    dues = [exactly(row.due) for row in found]
    names = [home.id for home in homes]
    total = sum(dues, Decimal(0)).quantize(CENT, rounding=ROUND_FLOOR)
    rows = tuple(
        Payment(row.home, row.order, row.delivery, row.loss, amount)
        for row, amount in zip(found, apportioned(dues, total, names=names), strict=True)
    )
    day = homes[0].bound.axis.local_starts[0].date()
    return Payments(day, currency, dso, tolerance, rows, Ledger(_entries(rows, dso, day, currency)))


def _check(homes: Sequence[PlannedHome]) -> None:
    wrong = [] if homes else ["no home to pay; expected at least one"]
    ids = [home.id for home in homes]
    wrong += [
        f"home {name!r} appears more than once" for name in sorted({x for x in ids if ids.count(x) > 1})
    ]
    for home in homes:
        axis = homes[0].bound.axis
        if home.ordered.home != home.id:
            wrong.append(f"home {home.id!r}: the ordered plan is of home {home.ordered.home!r}")
        if {home.bound.axis, home.ordered.axis, home.tariff.axis} != {axis}:
            wrong.append(f"home {home.id!r}: plans and tariff are not all on the time axis of {ids[0]!r}")
        profiles = {"bound": home.bound.net_kw, "ordered": home.ordered.net_kw, "metered": home.metered_kw}
        for name, net_kw in profiles.items():
            if net_kw is not None and (net_kw.shape != (axis.steps,) or not np.isfinite(net_kw).all()):
                wrong.append(f"home {home.id!r}: expected a {name} net load of {axis.steps} numbers")
    if wrong:
        raise ValueError("; ".join(wrong))


def _unrounded(home: PlannedHome, declared: DeclaredCosts, tolerance: Tolerance) -> Payment:
    order = order_of(home.bound, home.ordered)
    bound = public_cost(home.bound, home.tariff, declared)
    if order is None:
        return Payment(home, None, None, Loss(bound, bound), Decimal(0))
    delivery = delivery_of(order, home.metered_kw, tolerance)
    loss = Loss(bound, public_cost(home.ordered, home.tariff, declared))
    return Payment(home, order, delivery, loss, Decimal(0))


def _entries(rows: Sequence[Payment], dso: str, day: date, currency: str) -> tuple[Entry, ...]:
    operator = Account(AccountKind.DSO, dso)
    entries: list[Entry] = []
    for row in rows:
        aggregator = Account(AccountKind.AGGREGATOR, row.home.aggregator)
        home = Account(AccountKind.MEMBER, row.home.id)
        why = f"the loss of {amount_in_words(row.loss.amount, currency)} by the order to {row.home.id}"
        if row.delivered_share < 1.0:
            why = f"{percent(row.delivered_share)} of {why}, as delivered"
        on = f"{why}, passed on in full"
        entries += transfer(day, EntryKind.FLEXIBILITY, operator, aggregator, row.amount, currency, why)
        entries += transfer(day, EntryKind.FLEXIBILITY, aggregator, home, row.amount, currency, on)
    return tuple(entries)
