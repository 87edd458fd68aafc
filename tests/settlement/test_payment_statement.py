"""Statements of orders: lines that sum, sentences for one, none, all and part."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from random_communities import tariff
from random_orders import Declared, net, ordered_days, plan, sun_and_cars

from mas2tering.domain.plans import Costs
from mas2tering.settlement.flexibility import (
    PaymentStatement,
    PlannedHome,
    payment_statement_of,
    payments,
    statement_after_orders,
)

ONE = tariff("one", [0.1, 0.3, 0.3, 0.1, 0.1, 0.1], 0.05)
HOME = PlannedHome(
    plan("a", net(1.0, 0.5)),
    plan("a", net(0.0, 1.5), Costs(discomfort=0.07, wear=0.01, stored_value=0.02)),
    ONE,
    "Grid Friends",
)


def stated(home: PlannedHome) -> PaymentStatement:
    return payment_statement_of(payments([home], Declared(), "Grid Co", "EUR"), home.id)


def plain(sentences) -> list[str]:
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in sentences]


@given(day=ordered_days(metered=True))
def test_lines_sum_to_costs_and_to_what_is_paid(day):
    found = day.settled
    for row, member in enumerate(found.members):
        statement = statement_after_orders(found, member.id)
        loss = found.rows[row].loss
        assert sum(line.bound for line in statement.payment.lines) == pytest.approx(loss.bound.cost)
        assert sum(line.ordered for line in statement.payment.lines) == pytest.approx(loss.ordered.cost)
        assert sum((line.amount for line in statement.lines), Decimal(0)) == statement.paid
        assert statement.payment.amount == found.rows[row].amount
        assert all(s.endswith(".") for s in (*statement.sentences, *statement.payment.sentences))


def test_a_called_home_reads_what_was_asked_what_it_cost_and_who_pays():
    statement = stated(HOME)
    assert plain(statement.sentences) == [
        "On Wed 17 April 2013 Grid Co asked you to draw 1.00 kWh less in 1 quarter-hour and 1.00 kWh more in 1 "
        "quarter-hour than planned.",
        "At your own supplier, without local trades, your plan would have cost €0.25; with the order it costs €0.51, "
        "€0.26 more.",
        "Of this: energy bought €0.20 more, discomfort €0.07 more, energy left in stores €0.02 less, wear €0.01 more.",
        "Grid Co pays you €0.26, your loss, through Grid Friends, which keeps nothing of it.",
    ]
    assert [line.label for line in statement.lines] == [
        "Energy bought",
        "Wear",
        "Discomfort",
        "Energy left in stores",
    ]
    assert (statement.loss, statement.amount) == (pytest.approx(0.26), Decimal("0.26"))


def test_who_delivers_a_part_reads_which_part_and_who_delivers_nothing_reads_that():
    part = plain(stated(replace(HOME, metered_kw=net(0.25, 1.5))).sentences)
    assert part[-2:] == [
        "By your meter you delivered 88 % of the order.",
        "Grid Co pays you €0.22, 88 % of your loss of €0.26, through Grid Friends, which keeps nothing of it.",
    ]
    forgiven = plain(stated(replace(HOME, metered_kw=net(0.2, 1.5))).sentences)
    assert (
        forgiven[-2]
        == "By your meter you delivered 100 % of the order, 10 % of it by what a meter may be off."
    )
    nothing = plain(stated(replace(HOME, metered_kw=HOME.bound.net_kw)).sentences)
    assert nothing[-1] == "Grid Co pays you nothing of your loss of €0.26."


def test_who_is_not_called_and_who_loses_nothing_read_that():
    assert plain(stated(replace(HOME, ordered=HOME.bound)).sentences) == [
        "On Wed 17 April 2013 you got no order: you keep your plan."
    ]
    saves = replace(HOME, bound=HOME.ordered, ordered=HOME.bound)
    assert stated(saves).sentences[-1] == "You lose nothing by the order, so that Grid Co pays you nothing."


def test_the_day_says_by_how_much_a_member_is_short_and_why():
    found = sun_and_cars(buyer_alone=1.2, order_kwh=2.0).settled
    assert plain(statement_after_orders(found, "car").sentences) == [
        "In all you pay €1.00, payment and local trades counted in. With fuel, wear, discomfort and stored energy the day "
        "costs you €1.00, €0.20 more than without orders.",
        "The orders took local trades away, which the network operator does not pay. You are short of €0.20: the same part "
        "of its gain for every member.",
    ]
    worst = sun_and_cars(buyer_alone=0.9, order_kwh=0.0).settled
    assert "for the sake of these trades" in statement_after_orders(worst, "car").sentences[1]
    same = sun_and_cars(buyer_alone=1.2, order_kwh=4.0).settled
    assert statement_after_orders(same, "car").sentences[0].endswith("€0.80, the same as without orders.")


def test_who_did_not_deliver_reads_what_is_not_paid():
    day = sun_and_cars(buyer_alone=1.2, order_kwh=2.0)
    roof = replace(day.homes[0], metered_kw=day.homes[0].bound.net_kw)
    found = replace(day, homes=(roof, day.homes[1])).settled
    assert (
        statement_after_orders(found, "roof").sentences[-1]
        == "€0.20 of your loss is not paid, because you did not deliver it."
    )


def test_a_home_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no home 'b'"):
        payment_statement_of(payments([HOME], Declared(), "Grid Co", "EUR"), "b")
    with pytest.raises(ValueError, match="no member 'b'"):
        statement_after_orders(sun_and_cars(buyer_alone=1.2, order_kwh=2.0).settled, "b")
