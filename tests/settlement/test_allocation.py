"""Keys and price rules: nobody gets more than it draws, and values worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_communities import STEPS, Alone, Case, bill_alone, communities, tariff

from mas2tering.domain.plans import Costs
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.settlement.allocation import Rule, by_shares, mid_market_rate, supply_demand_ratio
from mas2tering.settlement.bills import Member, bills_of, meters_of
from mas2tering.settlement.comparison import Outcome, allocations, compared
from mas2tering.settlement.settle import Settlement, settle


def settled(case: Case) -> Settlement:
    return settle(case.members, case.price, case.charges, "EUR", case.alone)


def community(net_kwh, tariffs=None, charges: LocalCharges | None = None, price: float = 0.2) -> Case:
    """Members with given energies in the second step."""
    tariffs = tariffs or [tariff("one", 0.3, 0.1)] * len(net_kwh)
    members = []
    for k, energy in enumerate(net_kwh):
        net_kw = np.zeros(STEPS)
        net_kw[1] = energy * 4
        members.append(Member(f"home {k}", "Sun", tariffs[k], net_kw, Costs()))
    alone = Alone({m.id: Costs(energy_bought=bill_alone(m, m.net_kw)) for m in members})
    return Case(tuple(members), np.full(STEPS, price), charges or LocalCharges(), alone)


@given(case=communities(), seed=st.integers(0, 99))
def test_no_rule_gives_a_member_more_than_it_draws_or_sells_more_than_it_has(case, seed):
    found = settled(case)
    weights = np.random.default_rng(seed).integers(0, 4, len(case.members)) + 0.0
    weights[seed % len(weights)] = 1.0
    shares = dict(zip((m.id for m in case.members), weights.tolist(), strict=True))
    for rule, allocation in allocations(found, shares).items():
        assert (allocation.bought_kwh >= 0).all(), rule
        assert (allocation.bought_kwh <= found.meters.drawn_kwh + 1e-12).all(), rule
        assert (allocation.sold_kwh <= found.meters.fed_in_kwh + 1e-12).all(), rule
        assert allocation.bought_kwh.sum(axis=0) == pytest.approx(allocation.sold_kwh.sum(axis=0), abs=1e-9)


@given(case=communities())
def test_keys_share_all_that_can_be_used_before_anything_is_exported(case):
    found = settled(case)
    usable = np.minimum(found.meters.drawn_kwh.sum(axis=0), found.meters.fed_in_kwh.sum(axis=0))
    everything = allocations(found, {m.id: 1.0 + k for k, m in enumerate(case.members)})
    for rule in (Rule.EQUAL_KEY, Rule.FIXED_KEY, Rule.CONSUMPTION_KEY):
        assert everything[rule].bought_kwh.sum(axis=0) == pytest.approx(usable, abs=1e-9), rule


@given(case=communities())
def test_no_rule_makes_or_loses_money(case):
    found = settled(case)
    for rule, allocation in allocations(found).items():
        bills = bills_of(
            found.meters,
            allocation.bought_kwh,
            allocation.sold_kwh,
            allocation.prices(case.charges),
            case.charges,
        )
        assert bills.kept == pytest.approx(0.0, abs=1e-9), rule


@given(case=communities())
def test_no_rule_gains_more_than_the_market(case):
    found = settled(case)
    for outcome in compared(found)[1:]:
        assert outcome.gain.sum() <= found.sharing.total + 1e-9, outcome.rule


@given(case=communities())
def test_the_settlement_leaves_nobody_worse_off_and_keeps_all_of_the_gain(case):
    ours = compared(settled(case))[0]
    assert ours.rule == Rule.SETTLED
    assert ours.worse_off == 0
    if settled(case).worthwhile and ours.share_of_market_gain is not None:
        assert ours.share_of_market_gain == pytest.approx(1.0)


def test_what_a_share_gives_beyond_a_member_s_draw_goes_on_to_the_others():
    """6 kWh for draws of 1, 3 and 5: equal shares of 2 leave 1 over, which the other two share; 2.5 each."""
    meters = meters_of(community([1.0, 3.0, 5.0, -6.0]).members)
    equal = by_shares(meters, np.ones(4), np.zeros(STEPS))
    assert equal.bought_kwh[:, 1] == pytest.approx([1.0, 2.5, 2.5, 0.0])
    # Shares of 1/2, 1/4, 1/4: 3, 1.5, 1.5 becomes 1, 2.5, 2.5; of 1/10, 6/10, 3/10: .6, 3.6, 1.8 becomes .75, 3, 2.25.
    fixed = by_shares(meters, np.array([2.0, 1.0, 1.0, 0.0]), np.zeros(STEPS))
    assert fixed.bought_kwh[:, 1] == pytest.approx([1.0, 2.5, 2.5, 0.0])
    other = by_shares(meters, np.array([0.1, 0.6, 0.3, 0.0]), np.zeros(STEPS))
    assert other.bought_kwh[:, 1] == pytest.approx([0.75, 3.0, 2.25, 0.0])
    by_draw = by_shares(meters, meters.drawn_kwh, np.zeros(STEPS))
    assert by_draw.bought_kwh[:, 1] == pytest.approx([6 / 9, 2.0, 30 / 9, 0.0])


def test_a_member_without_a_share_gets_nothing_and_the_rest_is_exported():
    meters = meters_of(community([1.0, 3.0, -6.0]).members)
    found = by_shares(meters, np.array([1.0, 0.0, 1.0]), np.zeros(STEPS))
    assert found.bought_kwh[:, 1].tolist() == [1.0, 0.0, 0.0]
    assert found.sold_kwh[:, 1] == pytest.approx([0.0, 0.0, 1.0])


def test_the_mid_market_rate_by_hand():
    """0.30 and 0.10: half-way is 0.20. Draws of 3 and 1 kWh, 2 kWh fed in: half of each draw is local, the rest at 0.30, so
    that a drawn kWh costs 0.25 and one fed in brings 0.20."""
    case = community([3.0, 1.0, -2.0])
    found = mid_market_rate(meters_of(case.members), LocalCharges())
    assert found.price_per_kwh[1] == pytest.approx(0.2)
    assert found.bought_kwh[:, 1] == pytest.approx([1.5, 0.5, 0.0])
    by_rule = {outcome.rule: outcome for outcome in compared(settled(case))}
    assert by_rule[Rule.MID_MARKET_RATE].gain == pytest.approx([0.15, 0.05, 0.2])
    assert by_rule[Rule.MID_MARKET_RATE].share_of_market_gain == pytest.approx(1.0)


def test_with_too_much_fed_in_the_mid_market_rate_exports_the_rest_of_everybody():
    """4 kWh fed in by two, 1 drawn: a quarter of each feed-in gets 0.20, the rest 0.10."""
    case = community([1.0, -3.0, -1.0])
    (gain,) = [o.gain for o in compared(settled(case)) if o.rule == Rule.MID_MARKET_RATE]
    assert gain == pytest.approx([0.1, 0.075, 0.025])


def test_with_several_suppliers_the_mid_market_rate_leaves_members_worse_off_and_says_how_many():
    """Means of 0.25 (draws of 1 each at 0.4 and 0.1) and 0.1: mid 0.175, above what the second pays its supplier."""
    cheap, dear, seller = tariff("c", 0.1, 0.05), tariff("d", 0.4, 0.05), tariff("s", 0.3, 0.1)
    case = community([1.0, 1.0, -1.0], [cheap, dear, seller])
    (found,) = [o for o in compared(settled(case)) if o.rule == Rule.MID_MARKET_RATE]
    assert found.gain == pytest.approx([0.5 * (0.1 - 0.175), 0.5 * (0.4 - 0.175), 0.075])
    assert found.worse_off == 1
    assert found.worst_loss == pytest.approx(0.0375)
    assert found.share_of_market_gain == pytest.approx(0.15 / 0.3)


def test_charges_that_eat_the_spread_leave_nothing_to_share_at_a_mid_market_rate():
    charges = LocalCharges(buyer_per_kwh=0.15, seller_per_kwh=0.06)
    meters = meters_of(community([3.0, -2.0]).members)
    assert mid_market_rate(meters, charges).bought_kwh.sum() == 0.0
    assert supply_demand_ratio(meters, charges).bought_kwh.sum() == 0.0


@pytest.mark.parametrize(
    ("fed_in", "price"),
    [(1.0, 0.3 * 0.1 / (0.2 * 0.25 + 0.1)), (2.0, 0.3 * 0.1 / (0.2 * 0.5 + 0.1)), (4.0, 0.1), (8.0, 0.1)],
)
def test_the_supply_demand_ratio_by_hand(fed_in, price):
    """4 kWh drawn at 0.30 and 0.10: 0.20 with a quarter, 0.15 with half, the export price from all on."""
    found = supply_demand_ratio(meters_of(community([4.0, -fed_in]).members), LocalCharges())
    assert found.price_per_kwh[1] == pytest.approx(price)
    assert found.bought_kwh[0, 1] == pytest.approx(min(4.0, fed_in))


def test_the_supply_demand_ratio_is_linear_where_export_prices_are_not_above_zero():
    case = community([4.0, -2.0], [tariff("one", 0.3, -0.1)] * 2)
    assert supply_demand_ratio(meters_of(case.members), LocalCharges()).price_per_kwh[1] == pytest.approx(0.1)


def test_fixed_shares_are_asked_for_in_the_user_s_words():
    found = settled(community([1.0, -2.0]))
    with pytest.raises(ValueError, match=r"found none for \['home 1'\]"):
        compared(found, {"home 0": 1.0})
    with pytest.raises(ValueError, match="zero or more, not all zero"):
        compared(found, {"home 0": -1.0, "home 1": 2.0})
    with pytest.raises(ValueError, match="zero or more, not all zero"):
        compared(found, {"home 0": 0.0, "home 1": 0.0})


def test_where_the_market_gains_nothing_no_share_of_it_is_stated():
    case = community([1.0, 2.0])
    assert [o.share_of_market_gain for o in compared(settled(case))] == [None] * 7
    worse = replace(case, alone=Alone({m.id: Costs() for m in case.members}))
    assert not settled(worse).worthwhile
    assert compared(settled(worse))[0].worse_off == 0


def test_a_loss_within_a_tenth_of_a_cent_is_none():
    outcome = Outcome(Rule.EQUAL_KEY, np.array([-0.0009, -0.002, 1.0]), 1.0, 0.5)
    assert outcome.worse_off == 1
    assert outcome.worst_loss == 0.002
