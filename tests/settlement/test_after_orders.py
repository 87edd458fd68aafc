"""The day after orders: an independent look at each, and what holds for everybody."""

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import event, given
from payment_verifier import looked_at_day
from random_communities import STEPS
from random_orders import Declared, ordered_days, sun_and_cars

from mas2tering.settlement.flexibility import (
    Guarantee,
    after_orders_document,
    flexibility_figures,
    payments,
    settle_after_orders,
)


@given(day=ordered_days())
def test_an_independent_look_at_the_published_day_finds_nothing_wrong(day):
    found = day.settled
    event(found.sharing.guarantee.value)
    assert looked_at_day(json.loads(json.dumps(after_orders_document(found)))) == []


@given(day=ordered_days(metered=True))
def test_an_independent_look_finds_nothing_wrong_where_meters_are_off_either(day):
    found = day.settled
    assert looked_at_day(json.loads(json.dumps(after_orders_document(found)))) == []


@given(day=ordered_days())
def test_nobody_is_worse_off_than_in_use_case_2_where_the_sum_allows_it_and_never_beyond_its_bound_plan(day):
    found = day.settled
    assert found.payments.worse_off == 0
    if found.sharing.total >= 0:
        assert found.sharing.guarantee is Guarantee.USE_CASE_2
        assert found.worse_off == 0
        assert (found.cost <= found.cost_in_use_case_2 + 1e-6).all()
    most = np.maximum(found.before.alone, found.before.bound)
    assert (found.cost <= most + 1e-6).all()


@given(day=ordered_days())
def test_the_sum_falls_short_of_use_case_2_by_lost_trade_less_what_cheaper_orders_save(day):
    found = day.settled
    saved = sum(max(0.0, -row.loss.dearer) for row in found.rows)
    settled = found.use_case_2
    before = settled.trades.gain.sum() if settled.worthwhile else 0.0
    assert found.sharing.total == pytest.approx(found.market.trades.gain.sum() - before + saved, abs=1e-9)


@given(day=ordered_days())
def test_money_in_is_money_out_to_the_cent(day):
    found = day.settled
    assert found.ledger.imbalance == 0
    assert flexibility_figures(found).ledger_imbalance_cents == 0
    # Half a cent of every bill and of the charges, a cent of the payment, and a cent of every other member's total.
    most = 0.02 + 0.015 * len(found.members)
    for row, member in enumerate(found.members):
        assert float(found.paid[row]) + member.costs.beside_bill == pytest.approx(found.cost[row], abs=most)


@given(day=ordered_days())
def test_the_order_of_homes_changes_nobody_s_cost(day):
    case = day.case
    other = replace(day, case=replace(case, members=case.members[::-1]), homes=day.homes[::-1])
    assert other.settled.cost == pytest.approx(day.settled.cost[::-1], abs=1e-9)


def test_without_orders_the_day_is_that_of_use_case_2():
    day = sun_and_cars(buyer_alone=1.2, order_kwh=4.0)
    found = day.settled
    assert found.cost == pytest.approx(found.use_case_2.cost)
    assert found.paid == found.use_case_2.paid
    assert found.payments.total == 0


def test_lost_trades_take_the_same_part_of_every_gain():
    """Use case 2 saves 0.80: 0.40 each. With half of it fed in, 0.40 is left; the roof's loss at 0.10 is paid."""
    found = sun_and_cars(buyer_alone=1.2, order_kwh=2.0).settled
    assert found.use_case_2.sharing.gain == pytest.approx([0.4, 0.4])
    assert found.payments.total == Decimal("0.20")
    assert found.sharing.guarantee is Guarantee.USE_CASE_1
    assert found.sharing.short == pytest.approx([0.2, 0.2])
    assert found.paid == (Decimal("-0.60"), Decimal("1.00"))
    assert "nobody pays more than alone" in found.verdict


def test_who_charges_at_noon_for_the_neighbour_s_sun_bears_no_more_than_its_own_plan():
    """Alone the car pays 0.90 at night; it moved to noon, 1.20 at its supplier, for the sun that the order takes away."""
    found = sun_and_cars(buyer_alone=0.9, order_kwh=0.0).settled
    assert found.use_case_2.worthwhile
    assert found.sharing.guarantee is Guarantee.BOUND_PLAN
    assert found.cost == pytest.approx([-0.4, 1.2])
    assert found.payments.total == Decimal("0.40")
    assert found.worse_off == 2
    assert found.payments.worse_off == 0
    figures = flexibility_figures(found)
    assert (figures.homes_called, figures.homes_paid, figures.homes_worse_off) == (1, 1, 2)
    assert figures.dso_payment == Decimal("0.40")
    assert figures.most_short == pytest.approx(float(found.sharing.short.max()))


def test_who_does_not_deliver_bears_it_alone():
    day = sun_and_cars(buyer_alone=1.2, order_kwh=2.0)
    roof = replace(day.homes[0], metered_kw=day.homes[0].bound.net_kw)
    delivered, not_delivered = day.settled, replace(day, homes=(roof, day.homes[1])).settled
    assert not_delivered.payments.total == 0
    assert not_delivered.cost - delivered.cost == pytest.approx([0.2, 0.0])
    assert not_delivered.worse_off == delivered.worse_off


def test_a_home_outside_of_the_community_is_paid_too():
    day = sun_and_cars(buyer_alone=1.2, order_kwh=2.0)
    stranger = replace(
        day.homes[0],
        bound=replace(day.homes[0].bound, home="stranger"),
        ordered=replace(day.homes[0].ordered, home="stranger"),
    )
    found = replace(day, homes=(*day.homes, stranger)).settled
    assert found.payments.total == Decimal("0.40")
    assert found.paid == day.settled.paid
    assert found.ledger.imbalance == 0
    assert looked_at_day(json.loads(json.dumps(after_orders_document(found)))) == []


def test_days_that_do_not_fit_the_settled_ones_are_refused():
    day = sun_and_cars(buyer_alone=1.2, order_kwh=2.0)
    found = day.settled
    with pytest.raises(ValueError, match=r"no payment worked out for members \['car'\]"):
        settle_after_orders(
            found.use_case_2, payments(day.homes[:1], Declared(), "Grid Co", "EUR"), day.price
        )
    with pytest.raises(ValueError, match="payments in GBP; expected EUR"):
        settle_after_orders(found.use_case_2, payments(day.homes, Declared(), "Grid Co", "GBP"), day.price)
    other = replace(day.homes[1], bound=replace(day.homes[1].bound, net_kw=np.ones(STEPS)))
    with pytest.raises(
        ValueError, match=r"\['car'\]: the bound plan is not the one that use case 2 was settled"
    ):
        replace(day, homes=(day.homes[0], other)).settled  # noqa: B018
