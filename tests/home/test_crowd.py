"""A crowd's answers: what is forgotten is answered again alike, and who has no plan at all is named."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden

from mas2tering.domain.local_market import TwoPrices
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond import Crowd, Unfit, Wholes, as_planned, without_wholes
from mas2tering.home.respond import crowd as room


def asked(models, seed: int, count: int):
    random = np.random.default_rng(seed)
    low, high = models[0].tariff.export_price_per_kwh, models[0].tariff.import_price_per_kwh
    for _ in range(count):
        price = (low + (high - low) * random.random(len(low)))[None]
        yield TwoPrices(price, price)


def test_answers_without_room_are_answered_again_to_the_bit(monkeypatch):
    models, _, _ = load_golden("one_tariff_20_hard")
    classes, weights = np.zeros(len(models), dtype=np.int64), np.array([0.5, 0.3, 0.2])
    mixed, drawn = [], []
    for bytes_of_room in (64_000_000, 0):
        monkeypatch.setattr(room, "_ROOM_BYTES", bytes_of_room)
        monkeypatch.setattr(room, "_ROOM_BYTES_PER_HOME", 0)
        crowd = Crowd(models, classes, one_price=True)
        for number, prices in enumerate(asked(models, 1, 3)):
            crowd.answer(prices, number)
            crowd.keep_only(range(3))
        drawn.append(crowd.draw(range(3), weights, seed=1))
        mixed.append(crowd.mixed(range(3), weights))
    assert drawn[0] == drawn[1]
    for one, other in zip(*mixed, strict=True):
        for a, b in zip(one.stores, other.stores, strict=True):
            assert np.array_equal(a.charge_kw, b.charge_kw)
            assert np.array_equal(a.discharge_kw, b.discharge_kw)


def test_a_draw_that_leaves_no_plan_within_the_fuse_is_found_at_the_first_answer():
    models, _, _ = load_golden("one_tariff_20_hard")
    k, home = next((k, model) for k, model in enumerate(models) if model.chains)
    first = Wholes(tuple((0,) for _ in home.chains), ())
    rest = without_wholes(home, first)
    peak = max(float(rest.fixed_kw.max()), 0.1)
    narrow = [rest if j == k else model for j, model in enumerate(models)]
    narrow[k] = replace(rest, fuse_kw=0.5 * peak, generation=(), stores=())
    crowd = Crowd(narrow, np.zeros(len(models), dtype=np.int64), one_price=True, at_the_fuse=frozenset({k}))
    prices = next(asked(models, 1, 1))
    with pytest.raises(Unfit) as found:
        crowd.answer(prices, 0)
    assert found.value.homes == {k}
    narrow[k] = as_planned(home, best_plan(home))
    again = Crowd(narrow, np.zeros(len(models), dtype=np.int64), one_price=True, at_the_fuse=frozenset({k}))
    assert np.allclose(again.answer(prices, 0).net_kw[k], best_plan(home).net_kw)
