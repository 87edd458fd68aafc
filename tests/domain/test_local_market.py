"""The local market's rules: trades balance, nobody trades at a loss, and no other trades of the same loads would save more."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mas2tering.domain.local_market import SupplierPrices, cleared, prices_at
from mas2tering.domain.tariffs import LocalCharges

ROWS, STEPS = 4, 3
SHAPE = (ROWS, STEPS)


def amounts(low: float, high: float):
    return hnp.arrays(
        float, SHAPE, elements=st.integers(round(low * 20), round(high * 20)).map(lambda k: k / 20)
    )


@st.composite
def markets(draw):
    bought = draw(amounts(-0.2, 0.6))
    sold = bought - draw(amounts(0.0, 0.4))
    net = draw(amounts(-3, 3))
    charges = LocalCharges(
        buyer_per_kwh=draw(st.sampled_from([0.0, 0.03])), seller_per_kwh=draw(st.sampled_from([0.0, 0.01]))
    )
    return np.maximum(net, 0.0), np.maximum(-net, 0.0), SupplierPrices(bought, sold), charges


def best_gain(drawn, fed_in, value, cost) -> float:
    """By brute force: kWh after kWh of 1/20, the dearest buyer and the cheapest seller that are left."""
    gain, drawn, fed_in = 0.0, np.rint(drawn * 20), np.rint(fed_in * 20)
    while drawn.any() and fed_in.any():
        buyer = max(np.flatnonzero(drawn), key=lambda k: value[k])
        seller = min(np.flatnonzero(fed_in), key=lambda k: cost[k])
        if value[buyer] <= cost[seller]:
            break
        gain += (value[buyer] - cost[seller]) / 20
        drawn[buyer] -= 1
        fed_in[seller] -= 1
    return gain


@given(market=markets())
def test_trades_balance_stay_within_loads_and_save_most(market):
    drawn, fed_in, suppliers, charges = market
    trades = cleared(*market)
    assert np.allclose(trades.bought_kwh.sum(axis=0), trades.sold_kwh.sum(axis=0), atol=1e-12)
    assert np.all((trades.bought_kwh >= 0) & (trades.bought_kwh <= drawn + 1e-12))
    assert np.all((trades.sold_kwh >= 0) & (trades.sold_kwh <= fed_in + 1e-12))
    value = suppliers.import_price_per_kwh - charges.buyer_per_kwh
    cost = suppliers.export_price_per_kwh + charges.seller_per_kwh
    for t in range(STEPS):
        assert abs(trades.gain[t] - best_gain(drawn[:, t], fed_in[:, t], value[:, t], cost[:, t])) < 1e-9


@given(market=markets())
def test_at_a_supported_price_nobody_trades_at_a_loss_and_nobody_is_left_who_would_rather_trade(market):
    drawn, fed_in, suppliers, charges = market
    trades = cleared(*market)
    for price in (trades.lowest_price_per_kwh, trades.highest_price_per_kwh):
        bought_at = price + charges.buyer_per_kwh - suppliers.import_price_per_kwh
        sold_at = price - charges.seller_per_kwh - suppliers.export_price_per_kwh
        traded = trades.bought_kwh.sum(axis=0) > 1e-9
        assert np.all(bought_at[trades.bought_kwh > 1e-9] <= 1e-9)
        assert np.all(sold_at[trades.sold_kwh > 1e-9] >= -1e-9)
        left_to_buy = (drawn - trades.bought_kwh > 1e-9) & traded
        left_to_sell = (fed_in - trades.sold_kwh > 1e-9) & traded
        assert np.all(bought_at[left_to_buy] >= -1e-9)
        assert np.all(sold_at[left_to_sell] <= 1e-9)


@given(market=markets(), price=hnp.arrays(float, STEPS, elements=st.floats(-0.3, 0.7)))
def test_what_a_member_pays_and_gets_is_never_worse_than_its_supplier_s_and_never_invites_resale(
    market, price
):
    _, _, suppliers, charges = market
    two = prices_at(price, suppliers, charges)
    assert np.all(two.buying_per_kwh <= suppliers.import_price_per_kwh)
    assert np.all(two.selling_per_kwh >= suppliers.export_price_per_kwh)
    assert np.all(two.selling_per_kwh <= two.buying_per_kwh + 1e-12)


def test_those_who_are_alike_share_in_proportion():
    suppliers = SupplierPrices(np.full((3, 1), 0.3), np.full((3, 1), 0.05))
    trades = cleared(
        np.array([[1.0], [3.0], [0.0]]), np.array([[0.0], [0.0], [2.0]]), suppliers, LocalCharges()
    )
    assert trades.bought_kwh.ravel().tolist() == [0.5, 1.5, 0.0]
    assert trades.sold_kwh.ravel().tolist() == [0.0, 0.0, 2.0]
    assert trades.lowest_price_per_kwh[0] == trades.highest_price_per_kwh[0] == 0.3
