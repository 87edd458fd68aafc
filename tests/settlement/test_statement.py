"""Statements: lines that sum to what is paid, sentences for none, one and many."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from random_communities import STEPS, Alone, Case, bill_alone, communities, tariff

from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Fee, Member
from mas2tering.settlement.ledger import EntryKind
from mas2tering.settlement.settle import settle
from mas2tering.settlement.statement import Statement, statement_of
from mas2tering.settlement.wording import count, energy, steps_in_words

DAY = "On Wed 17 April 2013"


def plain(statement: Statement) -> list[str]:
    return [sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in statement.sentences]


def statements(
    net_kwh: dict[str, list[float]],
    *,
    shift: dict[str, float] | None = None,
    beside=None,
    fee: float | None = None,
) -> dict:
    """Statements of members with given energies by step, one tariff, and costs alone shifted by what is given."""
    members, alone = [], {}
    for name, energies in net_kwh.items():
        net_kw = np.zeros(STEPS)
        net_kw[: len(energies)] = np.array(energies) * 4
        costs = (beside or {}).get(name, Costs())
        due = None if fee is None else Fee("Grid Friends", fee)
        member = Member(name, "Sun", tariff("one", 0.3, 0.1), net_kw, costs, due)
        alone[name] = Costs(energy_bought=bill_alone(member, net_kw) + (shift or {}).get(name, 0.0))
        members.append(member)
    case = Case(tuple(members), np.full(STEPS, 0.2), LocalCharges(), Alone(alone))
    found = settle(case.members, case.price, case.charges, "EUR", case.alone)
    return {name: statement_of(found, name) for name in net_kwh}


@given(case=communities())
def test_lines_sum_to_what_is_paid(case):
    found = settle(case.members, case.price, case.charges, "EUR", case.alone)
    for row, member in enumerate(case.members):
        statement = statement_of(found, member.id)
        assert all(sentence.endswith(".") for sentence in statement.sentences)
        if found.worthwhile:
            assert sum((line.amount for line in statement.lines), Decimal(0)) == statement.paid
            assert statement.gain - float(found.fees[row]) == pytest.approx(
                found.alone[row].cost - found.cost[row]
            )


def test_one_who_buys_in_one_step_and_one_who_sells_in_several():
    found = statements({"Anna": [2.0], "Ben": [-1.0, -1.0, 0.0]}, shift=None)
    assert plain(found["Anna"]) == [
        f"{DAY} you pay €0.60, the same as alone.",
        "You bought 1.00 kWh in the community, in 1 quarter-hour, at €0.300 per kWh, local charges included; "
        "your supplier asks €0.300 per kWh.",
        "You sold nothing in the community.",
        "Of the €0.20 that 2 members gain, nothing is yours.",
    ]
    assert plain(found["Ben"]) == [
        f"{DAY} you get €0.40; alone you would get €0.20: €0.20 in your favour.",
        "You bought nothing in the community.",
        "You sold 1.00 kWh in the community, in 1 quarter-hour, at €0.300 per kWh after local charges; "
        "your supplier gives €0.100 per kWh.",
        "Of the €0.20 that 2 members gain, €0.20 is yours, 100 %.",
    ]


def test_the_lines_say_what_for_how_much_and_what_it_costs():
    found = statements({"Anna": [2.0], "Ben": [-1.0, -1.0]})
    assert [(x.kind, x.energy_kwh, x.amount) for x in found["Ben"].lines] == [
        (EntryKind.FEED_IN, pytest.approx(1.0), Decimal("-0.10")),
        (EntryKind.LOCAL_SALE, pytest.approx(1.0), Decimal("-0.30")),
    ]


def test_several_quarter_hours_and_what_others_lost():
    many = statements(
        {"Anna": [2.0, 2.0], "Ben": [-1.0, -1.0], "Cem": [0.0], "Dana": [0.0]}, shift={"Cem": -0.03}
    )
    assert "in 2 quarter-hours" in plain(many["Ben"])[2]
    assert "€0.03 of what you gained makes good what 1 other member would have lost." in plain(many["Ben"])
    assert "At the local price alone you would have lost €0.03; the community makes that good." in plain(
        many["Cem"]
    )
    two = statements(
        {"Anna": [2.0], "Ben": [-1.0], "Cem": [0.0], "Dana": [0.0]}, shift={"Cem": -0.03, "Dana": -0.02}
    )
    assert "€0.05 of what you gained makes good what 2 other members would have lost." in plain(two["Ben"])


def test_a_loss_made_good_and_a_share_of_the_pot_are_said_apart():
    """Anna buys at 0.30 and alone would have had a plan cheaper by 0.05; of the seller's cap at 0.12 the pot has 0.18."""
    net = np.zeros((2, STEPS))
    net[0, 0], net[1, 0] = 8.0, -4.0
    members = (
        Member("Anna", "Sun", tariff("one", 0.3, 0.1), net[0], Costs()),
        Member("Ben", "Moon", tariff("two", 0.12, 0.1), net[1], Costs()),
    )
    alone = Alone({"Anna": Costs(energy_bought=0.55), "Ben": Costs(energy_bought=-0.1)})
    found = settle(members, np.full(STEPS, 0.2), LocalCharges(), "EUR", alone)
    assert plain(statement_of(found, "Anna"))[3:] == [
        "At the local price alone you would have lost €0.05; the community makes that good.",
        "€0.13 comes to you from what the community's pot has left, by kWh traded at the local price.",
        "Of the €0.15 that 2 members gain, €0.13 is yours, 87 %.",
    ]
    assert [e.reason for e in found.ledger.entries if e.kind == EntryKind.GAIN_SHARE] == [
        "so that this member is not worse off than alone, and from what the pot has left, by kWh traded at the local price"
    ]


FEE_DAYS = STEPS / 96


def test_a_fee_is_said_and_goes_no_further_than_the_gain():
    """Anna gains nothing at a price that is her supplier's, Ben 0.20; the fee of the day is 0.05, or 0.50."""
    traded = {"Anna": [2.0], "Ben": [-1.0, -1.0, 0.0]}
    small = statements(traded, fee=0.05 / FEE_DAYS)
    assert plain(small["Ben"])[-1] == "€0.05 of your gain goes to Grid Friends, as your contract says."
    assert small["Ben"].lines[-1].label == "Fee of your aggregator"
    assert small["Ben"].lines[-1].amount == Decimal("0.05")
    assert plain(small["Anna"])[-1] == (
        "Grid Friends would take €0.05 by your contract; your gain is less, so that it takes nothing and you are no worse off."
    )
    large = statements(traded, fee=0.5 / FEE_DAYS)
    assert plain(large["Ben"])[-1] == (
        "Grid Friends would take €0.50 by your contract; your gain is less, so that it takes €0.20 and you are no worse off."
    )
    assert large["Ben"].gain == pytest.approx(0.2)
    assert large["Ben"].paid == Decimal(round(large["Ben"].bill_alone, 2)).quantize(Decimal("0.01"))


def test_a_day_on_which_nobody_gains():
    (alone,) = statements({"Anna": [2.0]}).values()
    assert plain(alone)[-1] == "The community of 1 member gains nothing on this day."
    (nothing,) = statements({"Anna": [0.0]}).values()
    assert plain(nothing)[0] == f"{DAY} you pay nothing, the same as alone."


def test_what_the_bill_does_not_show_is_said():
    found = statements({"Anna": [2.0], "Ben": [-1.0]}, beside={"Ben": Costs(wear=0.05)}, shift={"Ben": 0.0})
    assert (
        "Fuel, wear, discomfort and what your stores hold at the end come to €0.05 more than alone "
        "(€0.05 instead of €0.00)." in plain(found["Ben"])
    )


def test_where_alone_is_better_the_statement_proposes_the_own_plan():
    found = statements({"Anna": [2.0], "Ben": [-1.0]}, shift={"Anna": -0.5})
    assert plain(found["Anna"]) == [
        "Together 2 members would pay €0.30 more than alone: nothing is traded, "
        "and the use-case-1 plan is proposed for everybody.",
        "With your own plan you pay €0.10.",
    ]
    assert found["Anna"].lines == ()


def test_a_member_of_another_community_has_no_statement():
    case = Case(
        (Member("a", "Sun", tariff("one", 0.3, 0.1), np.zeros(STEPS), Costs()),),
        np.zeros(STEPS),
        LocalCharges(),
        Alone({"a": Costs()}),
    )
    found = settle(case.members, case.price, case.charges, "EUR", case.alone)
    with pytest.raises(ValueError, match="no member 'z'"):
        statement_of(found, "z")


def test_counts_for_none_one_and_many():
    assert [count(k, "member").replace("\xa0", " ") for k in (0, 1, 2)] == [
        "no members",
        "1 member",
        "2 members",
    ]
    assert steps_in_words(1, 60).replace("\xa0", " ") == "1 hour"
    assert steps_in_words(3, 5).replace("\xa0", " ") == "3 steps of 5 min"
    assert [energy(x).replace("\xa0", " ") for x in (0.5, 12.34, 1234.5)] == [
        "0.50 kWh",
        "12.3 kWh",
        "1,234 kWh",
    ]
