"""A day's money: an independent look at every settlement, and examples worked out by hand."""

import json
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import event, given
from random_communities import (
    STEPS,
    Alone,
    Case,
    a_day_of_homes,
    bill_alone,
    communities,
    communities_with_buyers,
    tariff,
)
from settlement_verifier import looked_at

from mas2tering.domain.flexibility import Requested
from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.bills import Fee, Member
from mas2tering.settlement.ledger import NETWORK, POT, Account, AccountKind, EntryKind
from mas2tering.settlement.publish import KeyFigures, as_document, key_figures
from mas2tering.settlement.settle import Settlement, settle
from mas2tering.settlement.sharing import shared
from mas2tering.settlement.statement import statement_of


def settled(case: Case) -> Settlement:
    return settle(case.members, case.price, case.charges, "EUR", case.alone, case.requested)


@given(case=communities())
def test_an_independent_look_at_the_published_document_finds_nothing_wrong(case):
    found = settled(case)
    event("worthwhile" if found.worthwhile else "not worthwhile")
    assert looked_at(json.loads(json.dumps(as_document(found)))) == []


@given(case=communities_with_buyers())
def test_with_buyers_outside_too(case):
    found = settled(case)
    delivered = sum(delivery.delivered_kwh.sum() for delivery in found.deliveries.requests)
    event("delivered" if delivered > 0 else "nothing delivered")
    assert looked_at(json.loads(json.dumps(as_document(found)))) == []
    # What the buyers would have paid above what they pay is theirs; the rest of what trades save is the members'.
    kept = sum(
        float(delivery.delivered_kwh @ delivery.most_per_kwh)
        - delivery.due
        - case.charges.buyer_per_kwh * float(delivery.delivered_kwh.sum())
        for delivery in found.deliveries.requests
    )
    apart = sum(costs.cost for costs in found.alone) - sum(
        member.costs.beside_bill + bill_alone(member, member.net_kw) for member in case.members
    )
    assert found.sharing.total == pytest.approx(found.trades.gain.sum() - kept + apart, abs=1e-9)


@given(case=communities(worse_plans=False))
def test_where_nothing_is_traded_everybody_pays_what_its_supplier_would_bill(case):
    members = tuple(replace(member, net_kw=np.abs(member.net_kw)) for member in case.members)
    bills = [bill_alone(member, member.net_kw) for member in members]
    alone = Alone(
        {m.id: replace(m.costs, energy_bought=bill) for m, bill in zip(members, bills, strict=True)}
    )
    found = settled(replace(case, members=members, alone=alone))
    assert found.worthwhile
    assert found.worse_off == 0
    assert [float(paid) for paid in found.paid] == pytest.approx(bills, abs=0.0051)


def test_a_gain_below_what_rounding_moves_is_not_worth_a_cent():
    """Bills of 0.106 are 0.11 each; alone they would be 0.104 and 0.1081, 0.10 and 0.11: a cent too few for a gain of 0.0001."""
    net = np.zeros(STEPS)
    net[0] = 4 * 0.4
    members = tuple(Member(name, "Sun", tariff("one", 0.265, 0.06), net, Costs()) for name in "ab")
    alone = Alone({"a": Costs(energy_bought=0.104), "b": Costs(energy_bought=0.1081)})
    found = settled(Case(members, np.full(STEPS, 0.15), LocalCharges(), alone))
    assert found.sharing.worthwhile
    assert not found.worthwhile
    assert found.verdict.startswith(
        "What 2\N{NO-BREAK SPACE}members could save together is less than what rounding"
    )


def test_a_day_of_184_homes_is_clean_and_nobody_is_worse_off_even_in_whole_cents():
    case = a_day_of_homes(184, seed=0)
    found = settled(case)
    assert found.worthwhile
    assert (found.sharing.at_local_price < -0.001).sum() > 10
    assert found.worse_off == 0
    assert looked_at(json.loads(json.dumps(as_document(found)))) == []


@given(case=communities(worse_plans=False))
def test_with_plans_that_cost_the_same_alone_the_market_is_always_worthwhile(case):
    found = settled(case)
    assert found.worthwhile or 0 < found.sharing.total < 0.01 * len(case.members)
    assert found.sharing.total == pytest.approx(found.trades.gain.sum(), abs=1e-9)
    assert (found.sharing.gain >= 0).all()
    assert found.sharing.gain.sum() == pytest.approx(max(0.0, found.sharing.total), abs=1e-9)


@given(case=communities())
def test_the_ledger_closes_and_money_in_is_money_out(case):
    found = settled(case)
    balances = found.ledger.balances()
    assert found.ledger.imbalance == 0
    assert sum(found.paid, Decimal(0)) == sum(
        (x for (a, _), x in balances.items() if a.kind not in (AccountKind.MEMBER, AccountKind.POT)),
        Decimal(0),
    )
    assert balances.get((POT, "EUR"), Decimal(0)) == 0


@given(case=communities())
def test_the_order_of_members_changes_nobody_s_share(case):
    one = settled(case)
    other = settled(replace(case, members=case.members[::-1]))
    assert one.worthwhile == other.worthwhile
    assert one.cost == pytest.approx(other.cost[::-1], abs=1e-9)


def test_a_cent_between_members_alike_goes_by_name_and_not_by_order():
    """What is left of a cent falls on one of two buyers who are alike; where the fee of one takes all of its gain, its cost
    hangs on whom it falls on."""
    net = np.zeros((3, STEPS))
    net[0, 1], net[1:, 1] = -4.0, 1.02
    members = tuple(
        Member(name, "Sun", tariff("one", 0.3, 0.1), row, Costs(), Fee("dear", 9.0) if name == "b" else None)
        for name, row in zip("abc", net, strict=True)
    )
    alone = Alone({m.id: Costs(energy_bought=bill_alone(m, m.net_kw)) for m in members})
    case = Case(members, np.full(STEPS, 0.22), LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01), alone)
    one, other = settled(case), settled(replace(case, members=members[::-1]))
    assert one.paid == other.paid[::-1]
    assert one.fees == other.fees[::-1]
    assert one.cost == pytest.approx(other.cost[::-1], abs=1e-12)


def pair(*, alone_shift: float = 0.0) -> Case:
    """A seller of 1 kWh and a buyer of 2 kWh, at 0.10 and 0.30, local price 0.22, charges 0.03 and 0.01."""
    net = np.zeros((2, STEPS))
    net[0, 1], net[1, 1] = -4.0, 8.0
    one_tariff = tariff("one", 0.3, 0.1)
    members = tuple(
        Member(name, "Sun", one_tariff, row, Costs()) for name, row in zip("ab", net, strict=True)
    )
    alone = Alone({m.id: Costs(energy_bought=bill_alone(m, m.net_kw) + alone_shift) for m in members})
    return Case(members, np.full(STEPS, 0.22), LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01), alone)


def test_a_pair_by_hand():
    """Seller is short: any price from 0.27 (the buyer's left-over draw) on is the trades' own, so 0.22 becomes 0.27. The
    seller gets 0.26 instead of 0.10, the buyer 0.30 for both kWh as before."""
    found = settled(pair())
    assert found.price_per_kwh[1] == pytest.approx(0.27)
    assert found.paid == (Decimal("-0.26"), Decimal("0.60"))
    assert found.worse_off == 0
    amounts = {(e.kind, e.debit.name, e.credit.name): e.amount for e in found.ledger.entries}
    assert amounts == {
        (EntryKind.SUPPLY, "b", "Sun"): Decimal("0.30"),
        (EntryKind.LOCAL_PURCHASE, "b", POT.name): Decimal("0.27"),
        (EntryKind.LOCAL_SALE, POT.name, "a"): Decimal("0.27"),
        (EntryKind.LOCAL_CHARGES, "a", NETWORK.name): Decimal("0.01"),
        (EntryKind.LOCAL_CHARGES, "b", NETWORK.name): Decimal("0.03"),
    }
    assert found.ledger.balance(Account(AccountKind.SUPPLIER, "Sun"), "EUR") == Decimal("0.30")
    figures = key_figures([found, found])
    assert (figures.homes_worse_off, figures.ledger_imbalance_cents) == (0, 0)
    assert figures.local_price_per_kwh == pytest.approx((0.27, 0.27, 0.27))
    assert (
        found.verdict
        == "Together 2\N{NO-BREAK SPACE}members pay €0.16 less than alone, and nobody pays more."
    )


def test_where_alone_is_cheaper_together_use_case_1_is_proposed_and_nothing_is_booked():
    found = settled(pair(alone_shift=-0.09))
    assert not found.worthwhile
    assert found.ledger.entries == ()
    assert found.paid == ()
    assert found.cost.tolist() == [c.cost for c in found.alone]
    assert "€0.02 more than alone" in found.verdict
    assert key_figures([found]) == KeyFigures(0, 0, None)
    assert "use-case-1 plan is proposed for everybody" in found.verdict


def test_losers_are_made_whole_from_the_pot_and_then_by_the_others_in_proportion():
    without = shared(np.array([3.0, -1.0, 1.0, 0.0]), 0.0, np.ones(4), 10.0)
    assert without.gain == pytest.approx([2.25, 0.0, 0.75, 0.0])
    some = shared(np.array([3.0, -1.0, 1.0, 0.0]), 0.6, np.ones(4), 10.0)
    assert some.gain == pytest.approx([2.7, 0.0, 0.9, 0.0])
    plenty = shared(np.array([3.0, -1.0, 1.0, 0.0]), 1.6, np.array([1.0, 0.0, 3.0, 2.0]), 10.0)
    assert plenty.gain == pytest.approx([3.1, 0.0, 1.3, 0.2])
    all_capped = shared(np.array([3.0, -1.0]), 1.6, np.zeros(2), 10.0)
    assert all_capped.gain == pytest.approx([3.3, 0.3])
    assert not shared(np.array([1.0, -2.0]), 0.5, np.ones(2), 10.0).worthwhile
    assert shared(np.array([1e-13, -2e-13]), 0.0, np.ones(2), 10.0).gain.tolist() == [0.0, 0.0]


def test_who_buys_cheap_to_sell_dear_gets_its_own_import_price_and_nothing_of_the_pot():
    """The seller's supplier asks 0.12; the local price is 0.30, and of 0.18 kept on 1 kWh all goes to the buyer."""
    case = pair()
    cheap = replace(case.members[0], tariff=tariff("cheap", 0.12, 0.1))
    alone = Alone({**case.alone.costs, "a": Costs(energy_bought=-0.1)})
    found = settled(replace(case, members=(cheap, case.members[1]), alone=alone, charges=LocalCharges()))
    assert found.price_per_kwh[1] == pytest.approx(0.3)
    assert found.bills.kept == pytest.approx(0.18)
    assert found.paid == (Decimal("-0.12"), Decimal("0.42"))
    assert {e.reason for e in found.ledger.entries if e.kind == EntryKind.GAIN_SHARE} == {
        "from what the pot has left, by kWh traded at the local price"
    }


def test_members_that_do_not_fit_together_are_refused():
    case = pair()
    with pytest.raises(ValueError, match="at least one member"):
        settle((), case.price, case.charges, "EUR", case.alone)
    with pytest.raises(ValueError, match=r"\['a'\] appear more than once"):
        settle(case.members[:1] * 2, case.price, case.charges, "EUR", case.alone)
    with pytest.raises(ValueError, match="expected a net load of 6 numbers"):
        settle((replace(case.members[0], net_kw=np.zeros(3)),), case.price, case.charges, "EUR", case.alone)
    with pytest.raises(ValueError, match="the local price: expected 6 numbers"):
        settle(case.members, case.price[:2], case.charges, "EUR", case.alone)


def with_buyer(price_per_kwh: float, kwh: float = 2.0) -> Case:
    """The pair of above, whose seller has 1 kWh, and a buyer outside."""
    asked = np.zeros((1, STEPS))
    asked[0, 1] = kwh
    requested = Requested(("W",), asked, np.full((1, STEPS), price_per_kwh))
    return replace(pair(), requested=requested)


def test_a_buyer_that_pays_less_than_the_neighbour_gets_nothing_and_changes_nothing():
    """The neighbour draws 2 kWh and saves 0.27 on each that it buys; of 0.29 the buyer has 0.26 after charges."""
    found, without = settled(with_buyer(0.29)), settled(pair())
    assert found.deliveries.requests[0].delivered_kwh.sum() == 0.0
    assert found.ledger == without.ledger
    assert found.paid == without.paid


def test_a_buyer_that_pays_more_gets_all_and_what_the_cap_keeps_goes_to_who_delivered():
    """The buyer is short at 0.53, of which 0.03 is its charge: the price is 0.50. The seller gets 0.30, as much as its own supplier asks,
    and the 0.19 that are left after its charge of 0.01 from the pot: it alone has delivered."""
    found = settled(with_buyer(0.53))
    (delivery,) = found.deliveries.requests
    assert found.price_per_kwh[1] == pytest.approx(0.5)
    assert delivery.delivered_kwh.sum() == pytest.approx(1.0)
    assert (delivery.energy, delivery.charges) == (Decimal("0.50"), Decimal("0.03"))
    assert found.paid == (Decimal("-0.49"), Decimal("0.60"))
    assert found.bills.deliveries == pytest.approx([0.31, 0.0])
    assert found.trades.bought_kwh.sum() == 0.0
    buyer = Account(AccountKind.BUYER, "W")
    assert found.ledger.balance(buyer, "EUR") == Decimal("-0.53")
    assert found.ledger.imbalance == 0


def test_a_payment_in_cents_is_never_above_the_buyers_own_price():
    found = settled(with_buyer(0.339))
    assert found.deliveries.requests[0].paid == Decimal("0.33")
    assert found.ledger.imbalance == 0


def test_a_statement_says_to_whom_and_that_it_left_the_community():
    said = " ".join(statement_of(settled(with_buyer(0.53)), "a").sentences)
    assert "You sold 1.00\N{NO-BREAK SPACE}kWh to W, outside the community" in said


def test_what_is_left_over_is_exported_and_does_not_pull_a_buyer_s_price_down():
    """The seller has 1 kWh, the buyer takes 0.4 of it at the price as negotiated, and the rest goes to the supplier at 0.10."""
    case = with_buyer(0.53, kwh=0.4)
    still = replace(case.members[1], net_kw=np.zeros(STEPS))
    alone = Alone({**case.alone.costs, "b": Costs()})
    found = settled(replace(case, members=(case.members[0], still), alone=alone))
    assert found.price_per_kwh[1] == pytest.approx(0.22)
    (delivery,) = found.deliveries.requests
    assert delivery.due == pytest.approx(0.4 * 0.22)
    assert found.bills.feed_in[0] == pytest.approx(0.6 * 0.1)
    assert looked_at(json.loads(json.dumps(as_document(found)))) == []
