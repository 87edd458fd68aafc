"""The day as it turns out: the fast rule keeps limits, looks at nothing that is to come, and is exact where all is known."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import compiled, random_homes, random_tariffs, some_devices
from small_homes import battery, car, load, model

from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.load_bands import LoadBand
from mas2tering.home.evaluate import plan_of
from mas2tering.home.follow.clearing import expected_course
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.steering import load_and_generation, steer
from mas2tering.home.follow.storage import Kink, meter_of, stacked
from mas2tering.home.follow.values import costs_to_go, one_step_back
from mas2tering.home.limits import breaches
from mas2tering.home.model import Generation
from mas2tering.home.optimise import best_plan
from mas2tering.home.rules.without_platform import without_platform

LEVELS = np.linspace(0.05, 0.95, 19)


def forecast(axis, mean_kw, spread=0.3):
    quantiles = mean_kw * (1 + spread * (LEVELS - 0.5))[:, np.newaxis]
    return Forecast(axis, axis.start, mean_kw, LEVELS, quantiles, "made up")


def outlook_of(home, load_factor=1.0, sun_factor=1.0, spread=0.3):
    load_kw, sun_kw = load_and_generation(home)
    sun = forecast(home.axis, sun_factor * sun_kw, spread) if sun_kw.any() else None
    return Outlook(forecast(home.axis, load_factor * np.maximum(load_kw, 0.0), spread), sun)


def steered(home, outlook, every=4):
    return steer(home, outlook, without_platform(home), home.axis.steps, every).decision


@st.composite
def homes(draw):
    return compiled(draw(random_homes(*draw(some_devices()))), draw(random_tariffs()))


@settings(max_examples=40)
@given(homes(), st.floats(0.3, 2.0), st.floats(0.3, 2.0))
def test_whatever_comes_devices_keep_their_limits(home, load_factor, sun_factor):
    decision = steered(home, outlook_of(home, load_factor, sun_factor))
    by_itself = {breach.device for breach in breaches(home, without_platform(home))}
    broken = [b for b in breaches(home, decision) if b.kind != "fuse" and b.device not in by_itself]
    assert not broken


@settings(max_examples=25)
@given(homes(), st.integers(1, 20), st.floats(-1.0, 3.0))
def test_nothing_is_decided_by_what_is_to_come(home, step, more_kw):
    """Another load from a step on changes nothing before it."""
    outlook = outlook_of(home)
    later = np.arange(home.axis.steps) >= step
    changed = [
        replace(f, power_kw=np.where(later, f.power_kw + more_kw, f.power_kw))
        if f.kind == "fixed_load"
        else f
        for f in home.fixed
    ]
    first, second = (steered(h, outlook) for h in (home, replace(home, fixed=tuple(changed))))
    for store, own, other in zip(home.stores, first.stores, second.stores, strict=True):
        before = max(0, step - store.first_step)
        np.testing.assert_array_equal(own.charge_kw[:before], other.charge_kw[:before])
        np.testing.assert_array_equal(own.discharge_kw[:before], other.discharge_kw[:before])


def test_days_valued_one_after_the_other_are_days_valued_at_once():
    hours = np.arange(96) / 4
    home = model(load(0.8), battery(), bought=np.where(hours < 12, 0.32, 0.18) + 0.05 * np.sin(hours))
    stores, meter = stacked(home.stores, 96, 0.25), meter_of(home.tariff, 1e3)
    net_kw = home.fixed_kw + np.array([[-1.0], [0.0], [2.0]])
    at_the_end = -stores.end_value_per_kwh[0] * stores.grid_kwh[0]
    at_once = costs_to_go(stores, 0, meter, net_kw, 0, at_the_end, 96)
    later = costs_to_go(stores, 0, meter, net_kw, 40, at_the_end, 96)
    before = one_step_back(stores, 0, 40, meter, net_kw[:, 40], later[40])
    earlier = costs_to_go(stores, 0, meter, net_kw, 0, before, 40)
    np.testing.assert_array_equal(later[40:], at_once[40:])
    np.testing.assert_array_equal(earlier[:40], at_once[:40])


@pytest.mark.parametrize("device", [battery(end_value_per_kwh=0.2), car()], ids=["battery", "car"])
def test_where_all_is_known_it_is_the_best_plan(device):
    """One scenario, the one that comes: dynamic programming and fast rule together reach the optimum."""
    hours = np.arange(96) / 4
    bought = np.where(hours < 12, 0.32, 0.18) + 0.05 * np.sin(hours)
    home = model(load(0.8), device, bought=bought)
    # Of a car the stay that begins on this day.
    home = replace(home, stores=home.stores[-1:])
    stores = stacked(home.stores, 96, 0.25)
    meter = meter_of(home.tariff, 1e3)
    net_kw = home.fixed_kw[np.newaxis]
    at_the_end = -stores.end_value_per_kwh[0] * stores.grid_kwh[0]
    after = costs_to_go(stores, 0, meter, net_kw, 0, at_the_end, 10**6)
    powers, prices = expected_course(
        stores, after[np.newaxis], meter, net_kw, 0, np.array([home.stores[0].initial_kwh])
    )
    own = powers[0, 0, home.stores[0].window]
    start = without_platform(home)
    flows = replace(
        start.stores[0],
        charge_kw=np.maximum(own, 0),
        discharge_kw=np.maximum(-own, 0),
        unserved_kwh=np.zeros(len(own)),
    )
    cost = plan_of(home, replace(start, stores=(flows,)), "within_gap").costs.cost
    best = best_plan(home).costs.cost
    # What is left is the grid of contents.
    assert best - 1e-6 <= cost <= best + 0.01
    assert (prices[0] >= home.tariff.export_price_per_kwh - 1e-9).all()


def test_a_price_that_turns_at_a_trade_is_one_that_turns_at_zero_beside_the_rest():
    """Steering around a load of 1.5 kW costs what steering around zero does with 1.5 kW less in the home."""
    home = model(load(0.8), battery(end_value_per_kwh=0.2), bought=0.2 + 0.1 * np.sin(np.arange(96) / 4))
    stores, net_kw = stacked(home.stores, 96, 0.25), home.fixed_kw[np.newaxis]
    at_the_end = -stores.end_value_per_kwh[0] * stores.grid_kwh[0]
    content = np.array([home.stores[0].initial_kwh])

    def steered_around(bound_kw, rest_kw):
        meter = meter_of(home.tariff, 1e3, turns_kw=np.full(96, bound_kw))
        after = costs_to_go(stores, 0, meter, rest_kw, 0, at_the_end, 10**6)
        return after, expected_course(stores, after[np.newaxis], meter, rest_kw, 0, content)[0]

    around_a_trade, shifted = steered_around(1.5, net_kw), steered_around(0.0, net_kw - 1.5)
    np.testing.assert_allclose(around_a_trade[0], shifted[0], atol=1e-9)
    np.testing.assert_allclose(around_a_trade[1], shifted[1], atol=1e-6)
    assert np.abs(around_a_trade[1] - steered_around(0.0, net_kw)[1]).max() > 0.1


def test_a_car_leaves_with_what_was_asked_however_wrong_the_forecast():
    home = model(load(0.8), car(departure=30.0))
    flows, store = steered(home, outlook_of(home, load_factor=4.0)).stores[-1], home.stores[-1]
    charged = store.initial_kwh + float(store.gain_in @ flows.charge_kw)
    assert charged >= store.lower_kwh[-1] - 1e-6


def test_the_same_again_is_the_same_to_the_bit():
    home = model(load(0.8), battery(), car())
    first, second = (steered(home, outlook_of(home)) for _ in range(2))
    for own, other in zip(first.stores, second.stores, strict=True):
        np.testing.assert_array_equal(own.charge_kw, other.charge_kw)


def test_an_outlook_looks_back_alone_and_learns_from_a_dull_morning():
    axis = model(load()).axis
    sun = np.maximum(0.0, 3 * np.sin(np.pi * np.arange(96) / 48))
    outlook = Outlook(forecast(axis, np.full(96, 0.5)), forecast(axis, sun, spread=1.6))
    seen, nothing = sun.copy(), np.zeros(96)
    seen[16:] = 99.0
    load_kw = np.full(96, 0.5)
    before = outlook.scenarios(0, load_kw, seen)
    fair, dull = (outlook.scenarios(16, load_kw, kw) for kw in (seen, nothing))
    np.testing.assert_array_equal(
        fair, outlook.scenarios(16, load_kw, np.where(np.arange(96) < 16, seen, 0.0))
    )
    assert dull[:, :, 24].mean() > fair[:, :, 24].mean() + 0.3
    assert before.mean(axis=(0, 1)) == pytest.approx(0.5 - sun, abs=0.02)
    assert axis.end - axis.start == timedelta(hours=24)


def test_a_battery_keeps_the_meter_within_a_band_that_it_sees_coming():
    """Cheap hours would fill the battery at full power; a narrow band then has it charge slowly, and before."""
    cheap = (np.arange(96) >= 40) & (np.arange(96) < 48)
    home = model(load(0.8), battery(end_value_per_kwh=0.25), bought=np.where(cheap, 0.05, 0.3), sold=0.02)
    free = load_at_the_meter(home, None)
    upper = np.where(cheap, 1.0, np.inf)
    band = LoadBand(np.full(96, -np.inf), upper, 1.0)
    within = load_at_the_meter(home, band)
    assert free[cheap].max() > 2.0
    assert band.excess_kw(within).max() < 1e-3
    assert within[cheap].max() > 0.9


def test_a_sunny_roof_is_curtailed_where_its_feed_in_would_leave_the_band():
    sun = np.where((np.arange(96) > 30) & (np.arange(96) < 50), 4.0, 0.0)
    home = replace(model(load(0.5)), generation=(Generation("roof", "pv", None, sun),))
    band = LoadBand(np.full(96, -1.5), np.full(96, np.inf), 1.0)
    assert load_at_the_meter(home, None).min() < -3.0
    np.testing.assert_allclose(load_at_the_meter(home, band).min(), -1.5)


def test_prices_of_a_meter_rise_at_every_edge():
    home = model(load(0.8))
    peak = Kink(np.full(96, 1.0), np.full(96, 0.5))
    band = LoadBand(np.full(96, -1.0), np.full(96, 3.0), 2.0)
    meter = meter_of(home.tariff, 1e3, turns_kw=np.full(96, 0.5), peak=peak, band=band)
    np.testing.assert_array_equal(meter.edges_kw[:, 0], [-1.0, 0.5, 1.0, 3.0])
    np.testing.assert_allclose(meter.price_per_kwh[:, 0], [0.05 - 2.0, 0.05, 0.3, 0.8, 2.8])
    costs = meter.cost(np.array([[0.5, 1.0, 3.0, 4.0, -2.0]]), slice(0, 5))[0]
    apart = costs - costs[0]
    np.testing.assert_allclose(apart, 0.25 * np.array([0.0, 0.15, 0.15 + 1.6, 1.75 + 2.8, -0.075 + 1.95]))


def load_at_the_meter(home, band):
    plan = steer(home, outlook_of(home, spread=0.0), without_platform(home), 96, 4, band=band)
    return plan_of(home, plan.decision, "within_gap").net_kw
