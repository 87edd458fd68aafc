"""Aggregators under one operator: a cap on the sum of all is kept, at about the cost that one aggregator with all homes has."""

from dataclasses import replace

import numpy as np
import pytest
from golden_homes import load_golden
from small_networks import TRANSFORMER, cable

from mas2tering.coordination.congestion import Connected
from mas2tering.coordination.district_day import Cap, Served, district_day
from mas2tering.coordination.local_market import MarketBudget, Party
from mas2tering.domain.network import Bus, Customer, Network, Source
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.home.optimise import best_plan

BUDGET = MarketBudget(gap=2e-3, rounds=100, private=False)
DEAREST = 10.0


def _drawing_only(model):
    """The home without all that can feed in: under one tariff, trade across communities is worth nothing then, so that apart and
    together cost the same."""
    fixed = tuple(replace(own, power_kw=np.maximum(own.power_kw, 0.0)) for own in model.fixed)
    stores = tuple(store for store in model.stores if not store.power_out_kw.any())
    return replace(model, fixed=fixed, generation=(), stores=stores, cogeneration=())


@pytest.fixture(scope="module")
def parties() -> list[Party]:
    models = [_drawing_only(model) for model in load_golden("one_tariff_20_easy")[0][:8]]
    plans = [best_plan(model) for model in models]
    return [Party(models[part], plans[part], LocalCharges()) for part in (slice(0, 4), slice(4, 8))]


@pytest.fixture(scope="module")
def free(parties):
    return district_day(parties, Cap(), [], BUDGET, dearest_per_kwh=DEAREST)


def _net_kw(communities) -> np.ndarray:
    return np.sum([plan.net_kw for own in communities for plan in own], axis=0)


def test_without_limits_nothing_is_asked(free):
    assert (free.rounds, free.cap_broken, free.network_broken) == (0, (0, 0), (0, 0))
    assert free.before == free.after
    assert not free.limit_price_per_kwh.any()


def test_a_cap_holds_all_together_and_costs_about_what_one_aggregator_has(parties, free):
    most_kw = 0.9 * float(_net_kw(free.after).max())
    apart = district_day(parties, Cap(import_kw=most_kw), [], BUDGET, dearest_per_kwh=DEAREST)
    assert apart.cap_broken[0] > 0
    assert apart.is_clean
    assert _net_kw(apart.after).max() <= most_kw * 1.001
    whole = replace(
        parties[0],
        models=[m for own in parties for m in own.models],
        alone=[p for own in parties for p in own.alone],
    )
    one = district_day([whole], Cap(import_kw=most_kw), [], BUDGET, dearest_per_kwh=DEAREST)
    assert one.is_clean
    difference = sum(apart.cost_after) - sum(one.cost_after)
    assert -one.gap - 1e-6 <= difference <= apart.gap + 1e-6


def test_a_network_serves_the_homes_that_are_on_it(parties, free):
    """The second community hangs on a transformer that is too small for it; the first is asked for nothing by it."""
    buses = (Bus("LV"), *(Bus(f"b{k}") for k in range(4)))
    cables = tuple(cable(f"c{k}", "LV", f"b{k}", 20.0) for k in range(4))
    customers = tuple(Customer(f"home_{k}", f"b{k}", ("A", "B", "C")) for k in range(4))
    bare = Network("street", buses, cables, customers, Source("LV", 0.416))
    peak_kw = float(np.sum([plan.net_kw for plan in free.after[1]], axis=0).max())
    network = bare.behind(
        replace(TRANSFORMER, rating_kva=0.9 * peak_kw, load_loss_kw=0.1, no_load_loss_kw=0.01),
        Source("HV", 11.0),
    )
    here = Connected(network, np.arange(4), np.zeros((4, parties[0].models[0].axis.steps)))
    found = district_day(parties, Cap(), [Served(here, np.arange(4, 8))], BUDGET, dearest_per_kwh=DEAREST)
    assert found.network_broken[0] > 0
    assert found.is_clean
    assert found.rounds > 0
