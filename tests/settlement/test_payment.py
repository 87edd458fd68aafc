"""What the DSO pays: an independent look at every payment, and examples worked out by hand."""

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from payment_verifier import looked_at_payments
from random_communities import STEPS, tariff
from random_orders import CLAIM, Declared, net, ordered_days, plan

from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import CapacityCharge
from mas2tering.settlement.flexibility import (
    Direction,
    Payments,
    PlannedHome,
    Tolerance,
    delivery_of,
    order_of,
    payments,
    payments_document,
)
from mas2tering.settlement.ledger import Account, AccountKind

ONE = tariff("one", [0.1, 0.3, 0.3, 0.1, 0.1, 0.1], 0.05)


def shift(name: str = "a", *, kwh: float = 1.0, beside: Costs = Costs(), metered_kw=None) -> PlannedHome:  # noqa: B008
    """A home that draws ``kwh`` at 0.10 and is to draw them at 0.30."""
    return PlannedHome(
        plan(name, net(kwh)), plan(name, net(0.0, kwh), beside), ONE, "Grid Friends", metered_kw
    )


def paid(*homes: PlannedHome) -> Payments:
    return payments(homes, Declared(), "Grid Co", "EUR")


@given(day=ordered_days(metered=True))
def test_an_independent_look_at_the_published_payments_finds_nothing_wrong(day):
    assert looked_at_payments(json.loads(json.dumps(payments_document(day.payments)))) == []


@given(day=ordered_days(metered=True))
def test_nobody_gets_more_than_its_loss_and_who_delivers_all_of_it_is_as_well_off_as_before(day):
    found = day.payments
    assert found.worse_off == 0
    for row in found.rows:
        assert 0 <= row.due <= row.loss.amount
        assert abs(Decimal(row.due) - row.amount) < Decimal("0.010001")
        if row.delivered_share == 1.0:
            assert row.cost_after <= row.loss.bound.cost + 1e-9
    assert found.total <= Decimal(sum(row.loss.amount for row in found.rows)) + Decimal("1e-8")
    assert -1e-8 <= found.due - float(found.total) < 0.01 + 1e-8
    assert found.ledger.imbalance == 0


@given(day=ordered_days())
def test_where_plans_are_settled_all_is_delivered_and_the_dso_pays_the_losses(day):
    found = day.payments
    assert found.due == pytest.approx(sum(row.loss.amount for row in found.rows), abs=1e-12)
    aggregator = Account(AccountKind.AGGREGATOR, "Grid Friends")
    assert found.ledger.balance(aggregator, "EUR") == 0
    assert found.ledger.balance(Account(AccountKind.DSO, "Grid Co"), "EUR") == -found.total


@given(day=ordered_days(), factor=st.floats(-10, 10))
def test_what_a_home_says_that_its_plans_cost_changes_nothing(day, factor):
    lies = [
        replace(home, ordered=replace(home.ordered, costs=replace(CLAIM, discomfort=factor)))
        for home in day.homes
    ]
    assert [row.due for row in paid(*lies).rows] == [row.due for row in day.payments.rows]


def test_a_shift_by_hand():
    """1 kWh at 0.30 instead of 0.10, and 0.07 of discomfort; stores hold 0.02 more."""
    found = paid(shift(beside=Costs(discomfort=0.07, stored_value=0.02)))
    (row,) = found.rows
    assert row.loss.bound.cost == pytest.approx(0.1)
    assert row.loss.amount == pytest.approx(0.25)
    assert row.amount == Decimal("0.25")
    assert [(str(e.debit), str(e.credit), e.amount) for e in found.ledger.entries] == [
        ("dso:Grid Co", "aggregator:Grid Friends", Decimal("0.25")),
        ("aggregator:Grid Friends", "member:a", Decimal("0.25")),
    ]
    assert row.order.directions[:3] == (Direction.REDUCE, Direction.INCREASE, Direction.NONE)
    assert (row.order.reduced_kwh, row.order.increased_kwh) == (1.0, 1.0)


def test_capacity_charges_are_part_of_the_loss():
    charge = CapacityCharge(price_per_kw_month=30.4375, reached_kw=2.0)
    flat = replace(ONE, capacity_charge=charge, import_price_per_kwh=np.full(STEPS, 0.1))
    home = replace(shift(kwh=0.5), ordered=plan("a", net(1.0)), tariff=flat)
    # 4 kW instead of 2 kW reached: 2 kW at 1 a day, for a sixteenth of a day, and 0.5 kWh.
    assert paid(home).rows[0].loss.amount == pytest.approx(2 / 16 + 0.05)


def test_an_order_that_saves_money_is_not_paid_and_costs_nothing():
    home = shift()
    found = paid(replace(home, bound=home.ordered, ordered=home.bound))
    assert found.rows[0].loss.dearer == pytest.approx(-0.2)
    assert found.total == 0
    assert found.ledger.entries == ()


def test_who_is_not_called_gets_nothing_whatever_the_ordered_plan_would_cost():
    home = shift()
    dearer = replace(home, ordered=plan("a", home.bound.net_kw + 1e-7, Costs(discomfort=9.0)))
    found = paid(dearer)
    assert order_of(dearer.bound, dearer.ordered) is None
    assert (found.called, found.total) == ((), 0)
    assert found.rows[0].plan is dearer.bound


def test_a_loss_spread_over_many_homes_brings_no_more_cents_than_one():
    """Eleven losses of 0.005 are 0.055: five cents, whoever has them."""
    found = paid(*(shift(f"h{k}", kwh=0.025) for k in range(11)), shift("none", kwh=0.0))
    assert found.total == Decimal("0.05")
    assert sorted(row.amount for row in found.rows) == [Decimal(0)] * 7 + [Decimal("0.01")] * 5


@pytest.mark.parametrize(
    ("metered_kwh", "share"),
    [
        ((0.0, 1.0), 1.0),  # as ordered
        ((1.0, 0.0), 0.0),  # nothing
        ((2.0, -1.0), 0.0),  # the other way round: nothing, not less
        ((-3.0, 9.0), 1.0),  # more than ordered: no more than all
        ((0.2, 0.8), 1.0),  # 0.8 kW short of 4 kW: within 0.5 kW and 10 %
        ((0.25, 0.75), 0.75),  # 1 kW short: not within, and the tolerance is no gift
        ((0.0, 0.0), 0.5),  # saved, and not made up for
    ],
)
def test_delivered_against_ordered(metered_kwh, share):
    home = shift()
    order = order_of(home.bound, home.ordered)
    assert delivery_of(order, net(*metered_kwh)).share == pytest.approx(share)
    row = paid(replace(home, metered_kw=net(*metered_kwh))).rows[0]
    assert (row.due, row.withheld) == pytest.approx((0.2 * share, 0.2 * (1 - share)))


def test_delivery_says_what_tolerance_forgave_and_what_is_missing():
    order = order_of(shift().bound, shift().ordered)
    found = delivery_of(order, net(0.2, 0.5))
    assert found.delivered_kw[:2] == pytest.approx([3.2, 2.0])
    assert found.deficient_kw[:2] == pytest.approx([0.0, 2.0])
    assert found.tolerated_share == pytest.approx(0.1)
    assert delivery_of(order, net(-1.0, 3.0)).delivered_kw.tolist() == found.ordered_kw.tolist()
    assert delivery_of(order, net(0.2, 0.8), Tolerance(0.0, 0.0)).share == pytest.approx(0.8)


def test_everything_that_does_not_fit_is_said_at_once():
    home = shift()
    wrong = [
        home,
        home,
        replace(shift("b"), ordered=plan("c", net(1.0))),
        replace(shift("d"), bound=plan("d", np.full(STEPS, np.nan))),
    ]
    with pytest.raises(ValueError, match=r"more than once.*of home 'c'.*'d': expected a bound net load of 6"):
        paid(*wrong)
    with pytest.raises(ValueError, match="no home to pay"):
        paid()
    with pytest.raises(ValueError, match="home 'a': expected a metered net load of 6 numbers"):
        paid(shift(metered_kw=np.zeros(3)))
    with pytest.raises(ValueError, match="home 'a': expected a metered net load of 6 numbers"):
        delivery_of(order_of(home.bound, home.ordered), np.full(STEPS, np.nan))
