"""Answers store by store at two prices, against the relaxation of the whole home, which shares no code with them."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden

from mas2tering.home.answer.metered import MeteredHomes, can_be_metered
from mas2tering.home.model import HomeModel
from mas2tering.home.respond.two_prices import TwoPriceHome

EXACT = 1e-6


def homes() -> list[HomeModel]:
    """Golden homes with nothing whole and no fuse to speak of, each with all of its stores and with each alone."""
    models, _, _ = load_golden("one_tariff_20_hard")
    plain = [replace(model, chains=(), cogeneration=(), fuse_kw=1e3) for model in models]
    alone = [replace(model, stores=(store,)) for model in plain for store in model.stores]
    return plain + alone


def two_prices(count: int, seed: int, lowest: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    selling = random.uniform(lowest, 0.2, (count, 96))
    return selling + random.uniform(0.0, 0.3, (count, 96)) * (random.random((count, 96)) < 0.9), selling


def cost(models, answers, buying, selling) -> np.ndarray:
    net = answers.net_kw
    return answers.beside_cost + 0.25 * np.where(net > 0.0, buying * net, selling * net).sum(axis=1)


@pytest.mark.parametrize("lowest", [0.0, -0.3])
def test_plans_and_bounds_enclose_the_optimum_and_meet_it_with_one_store(lowest):
    models = [m for m in homes() if lowest >= 0.0 or not any(s.discharges for s in m.stores)]
    assert all(can_be_metered(model) for model in models)
    subject, others = MeteredHomes(models), [TwoPriceHome(model) for model in models]
    standing = np.array([m.tariff.standing_charge_per_day * m.tariff.days for m in models])
    has_one = np.array([len(model.stores) <= 1 for model in models])
    for seed in range(3):
        buying, selling = two_prices(len(models), seed, lowest)
        answers = subject.answer(buying, selling)
        exact = np.array([h.answer(b, s).bound for h, b, s in zip(others, buying, selling, strict=True)])
        found = cost(models, answers, buying, selling)
        assert np.all(found >= exact - standing - EXACT)
        assert np.all(answers.bound <= exact - standing + EXACT)
        assert np.allclose(found[has_one], (exact - standing)[has_one], atol=EXACT)
        met = ~answers.is_open
        assert met[has_one].all()
        assert np.all(found[met] - answers.bound[met] <= 2e-5 * (1.0 + np.abs(found[met])))


def test_a_mix_of_answers_is_a_plan_with_the_mixed_net_power():
    models = homes()
    subject, parts, net_kw = MeteredHomes(models), [], np.zeros((len(models), 96))
    for seed, weight in enumerate((0.5, 0.3, 0.2)):
        answers = subject.answer(*two_prices(len(models), seed, 0.0))
        net_kw += weight * answers.net_kw
        parts.append((weight, subject.snapshot()))
    for model, decision, net in zip(models, subject.mixed(parts), net_kw, strict=True):
        total = model.fixed_kw - np.sum(decision.generation_kw, axis=0, initial=0.0)
        for store, flows in zip(model.stores, decision.stores, strict=True):
            total[store.window] += flows.charge_kw - flows.discharge_kw
        assert np.allclose(total, net, atol=1e-9)


def test_homes_answer_alike_alone_and_together():
    models = homes()
    together, alone = MeteredHomes(models), [MeteredHomes([model]) for model in models]
    for seed in range(3):
        buying, selling = two_prices(len(models), seed, 0.0)
        answers = together.answer(buying, selling)
        for k, one in enumerate(alone):
            own = one.answer(buying[k : k + 1], selling[k : k + 1])
            assert np.array_equal(own.net_kw[0], answers.net_kw[k])
            assert (own.beside_cost[0], own.bound[0]) == (answers.beside_cost[k], answers.bound[k])


def test_feeding_in_that_brings_more_than_drawing_costs_is_refused():
    models = homes()[:1]
    with pytest.raises(ValueError, match="more than drawing"):
        MeteredHomes(models).answer(np.full((1, 96), 0.1), np.full((1, 96), 0.2))
