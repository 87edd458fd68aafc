"""Sums under masks are the plain sums to the bit; members of classes too small to hide them tell less, and it stays right."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden

from mas2tering.coordination.classes import Classes
from mas2tering.coordination.local_market import MarketBudget, agree
from mas2tering.domain.local_market import TwoPrices, prices_at
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond import Crowd
from mas2tering.home.respond.reply import UNIT_KWH, UNIT_MONEY, replies

CHARGES = LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01)


@pytest.fixture(scope="module")
def community():
    models = load_golden("suppliers_20")[0]
    return models, [best_plan(model) for model in models]


def test_masks_change_no_plan_and_no_price(community):
    models, alone = community
    masked = agree(models, alone, CHARGES, MarketBudget(private=True))
    plain = agree(models, alone, CHARGES, MarketBudget(private=False))
    assert masked.is_masked
    assert not plain.is_masked
    assert np.array_equal(masked.local_price_per_kwh, plain.local_price_per_kwh)
    assert masked.rounds == plain.rounds
    for first, second in zip(masked.plans, plain.plans, strict=True):
        assert np.array_equal(first.net_kw, second.net_kw)
    # A sum must be told what is drawn and what is fed in apart, where one home's net load has a sign.
    assert plain.traffic.up_per_round < masked.traffic.up_per_round < 1000


def test_small_classes_are_summed_together_and_said_to_be(community):
    models, _ = community
    classes = Classes.of(models)
    sizes = np.bincount(classes.row_of_home)
    assert sizes.min() >= 5
    assert np.array_equal(
        classes.is_merged, np.isin(classes.of_home, np.flatnonzero(np.bincount(classes.of_home) < 5))
    )
    assert len(classes.words) == 1
    assert "3 members" in classes.words[0]


def test_what_merged_members_tell_is_a_cut_of_their_cost(community):
    """The same cost at the price asked at, and never below what the plan costs at another."""
    models, _ = community
    classes = Classes.of(models)
    merged = np.ones(len(models), dtype=bool)
    crowd = Crowd(models, classes.of_home, one_price=False)
    random = np.random.default_rng(1)
    low, high = (
        classes.suppliers.export_price_per_kwh.min(axis=0),
        classes.suppliers.import_price_per_kwh.max(axis=0),
    )
    asked = low + (high - low) * random.random(len(low))
    prices = prices_at(asked, classes.suppliers, CHARGES)
    own = TwoPrices(prices.buying_per_kwh[classes.of_home], prices.selling_per_kwh[classes.of_home])
    answer = crowd.answer(prices, 0)
    said = replies(answer, 0.25, asked, own, CHARGES, merged)
    told_kwh = said.net_units * UNIT_KWH
    net_kwh = 0.25 * answer.net_kw

    def plan_cost(price):
        at = prices_at(price, classes.of_homes, CHARGES)
        paid = np.maximum(net_kwh, 0) * at.buying_per_kwh - np.maximum(-net_kwh, 0) * at.selling_per_kwh
        return answer.beside_cost + paid.sum(axis=1)

    def told_cost(price):
        paid = np.maximum(told_kwh, 0) * (price + 0.03) - np.maximum(-told_kwh, 0) * (price - 0.01)
        return said.beside_units * UNIT_MONEY + paid.sum(axis=1)

    assert told_cost(asked) == pytest.approx(plan_cost(asked), abs=1e-4)
    # Lower prices are not cut by the rule against resale on the sellers' side; there cost is concave.
    drawing = np.flatnonzero((answer.net_kw >= 0).all(axis=1))
    for other in (0.9 * asked + 0.1 * high, low + (high - low) * random.random(len(low))):
        above_floor = np.maximum(other, classes.suppliers.export_price_per_kwh.max(axis=0))
        assert np.all(told_cost(above_floor)[drawing] >= plan_cost(above_floor)[drawing] - 1e-4)


def test_a_community_of_two_is_not_masked_and_says_why(community):
    models, alone = community
    agreed = agree(models[:2], alone[:2], CHARGES)
    assert not agreed.is_masked
    assert "expected at least 5" in agreed.notes[0]


def test_a_tariff_s_name_alone_does_not_make_a_class(community):
    models, _ = community
    same = [replace(model, tariff=replace(model.tariff, id="same")) for model in models]
    assert len(Classes.of(same).suppliers.import_price_per_kwh) == 4
