"""Batteries, cars, tanks, houses: words to arrays, physics by hand, wishes that cannot be met, state carried over."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_homes import DEVICES, NO_FILES, random_homes, random_tariffs
from small_homes import battery, car, constant, day, heat_pump, house, load, model, programme, tank

from mas2tering.domain.devices import AirConditioning, ComfortBand, HotWater, MicroChp
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.evaluate import plan_of
from mas2tering.home.model import StoreDecision, store_content
from mas2tering.home.optimise import best_plan
from mas2tering.home.rules.without_platform import without_platform

STEPS = st.sampled_from(STEP_LENGTHS_MINUTES)


def the_store(*devices, **options):
    (store,) = model(*devices, **options).stores
    return store


def content_of(store, charge_kw, discharge_kw=0.0):
    n = store.steps
    return store_content(
        store,
        StoreDecision(
            np.broadcast_to(charge_kw, n) * 1.0, np.broadcast_to(discharge_kw, n) * 1.0, np.zeros(n)
        ),
    )


# --- physics


@pytest.mark.parametrize("step", STEP_LENGTHS_MINUTES)
def test_a_battery_by_hand(step):
    """An hour at 2 kW, then an hour back at 1 kW: 2 + 2 * .95 - 1 / .9."""
    store = the_store(battery(), axis=day(step))
    per_hour = 60 // step
    charge = np.zeros(store.steps)
    back = np.zeros(store.steps)
    charge[:per_hour], back[per_hour : 2 * per_hour] = 2.0, 1.0
    assert content_of(store, charge, back)[2 * per_hour - 1] == pytest.approx(2 + 1.9 - 1 / 0.9)


@given(loss=st.floats(0, 0.5), step=STEPS)
def test_losses_of_an_idle_store_do_not_depend_on_the_step(loss, step):
    for device in (
        battery(standby_loss_per_hour=loss),
        heat_pump(tank(loss_per_hour=loss, demand=constant(0))),
    ):
        store = the_store(device, axis=day(step))
        left = content_of(store, 0.0)[-1]
        assert left == pytest.approx(store.initial_kwh * (1 - loss) ** 24)


@given(
    heat=st.floats(0, 2.5),
    outdoor=st.floats(-20, 35),
    gains=st.floats(0, 2),
    start=st.floats(5, 30),
    step=STEPS,
    cools=st.booleans(),
)
def test_a_house_warms_and_cools_by_its_exact_equation_at_every_step(
    heat, outdoor, gains, start, step, cools
):
    """T(t) = aim + (T(0) - aim) exp(-t L / C): two half steps are one step, and the day ends where the equation says."""
    walls = house(
        initial_temperature_c=start, outdoor_temperature=constant(outdoor, "degC"), gains=constant(gains)
    )
    device = heat_pump(walls)
    if cools:
        device = AirConditioning(id="ac", electrical_power_kw=2.5, energy_efficiency_ratio=3.0, store=walls)
    store = the_store(device, axis=day(step))
    sign = -1 if cools else 1
    reference = 22.0 if cools else 19.0
    warmth = reference + sign * content_of(store, heat) / 5.0
    aim = outdoor + (gains + sign * 3 * heat) / 0.2
    hours = np.arange(1, store.steps + 1) * step / 60
    assert warmth == pytest.approx(aim + (start - aim) * np.exp(-hours * 0.2 / 5.0), abs=1e-8)


def test_comfort_bands_hold_at_their_hours():
    night = ComfortBand(begin="22:00", end="06:00 next day", lowest_c=16.0, highest_c=20.0)
    store = the_store(heat_pump(house(comfort=(night,))), axis=day(60))
    lowest = 16.0 + store.soft_lower_kwh / 5.0
    highest = 16.0 + store.soft_upper_kwh / 5.0
    assert lowest == pytest.approx([19.0] * 16 + [16.0] * 8)
    assert highest == pytest.approx([22.0] * 16 + [20.0] * 8)


def test_a_kelvin_outside_the_band_costs_the_same_at_every_step():
    """A house held at 17 degrees for a day, two below its band at 0.5 per kelvin hour: 24."""
    walls = house(
        initial_temperature_c=17.0, outdoor_temperature=constant(17.0, "degC"), end_value_per_kwh=0.0
    )
    for step in STEP_LENGTHS_MINUTES:
        found = model(heat_pump(walls), axis=day(step))
        idle = without_platform(found)
        zeros = np.zeros(found.axis.steps)
        frozen = type(idle)((), (StoreDecision(zeros, zeros, zeros),), (), ())
        assert plan_of(found, frozen, "rule").costs.discomfort == pytest.approx(24.0)


def test_hot_water_takes_its_electricity_as_heat():
    store = the_store(HotWater(id="w", electrical_power_kw=2.0, store=tank(loss_per_hour=0.0)), axis=day(60))
    assert content_of(store, 1.0) == pytest.approx(4 + 0.7 * np.arange(1, 25))


def test_minimum_times_are_whole_steps_and_never_shorter():
    machine = MicroChp(
        id="chp", electrical_power_kw=1.0, heat_power_kw=6.0, fuel_power_kw=7.8, fuel_price_per_kwh=0.05,
        minimum_up_minutes=50, minimum_down_minutes=20, store=tank(),
    )  # fmt: skip
    steps = {step: model(machine, axis=day(step)).cogeneration[0] for step in (5, 15, 30, 60)}
    assert [steps[k].minimum_up_steps for k in steps] == [10, 4, 2, 1]
    assert [steps[k].minimum_down_steps for k in steps] == [4, 2, 1, 1]


# --- what is left at the end


@pytest.mark.parametrize("step", [15, 60])
def test_energy_left_is_worth_what_refilling_costs_in_the_cheapest_hours(step):
    """2 kWh at 3 kW and .95: 2.105 kWh from the meter, so one cheap hour of 3 kWh is enough; 8 kWh take 8.42."""
    axis = day(step)
    price = np.full(axis.steps, 0.3)
    price[: 60 // step] = 0.1
    assert the_store(battery(capacity_kwh=2.0), axis=axis, bought=price).end_value_per_kwh == pytest.approx(
        0.1 / 0.95
    )
    paid = 3 * 0.1 + (8 / 0.95 - 3) * 0.3
    assert the_store(battery(), axis=axis, bought=price).end_value_per_kwh == pytest.approx(paid / 8)
    worn = the_store(battery(capacity_kwh=2.0, wear_cost_per_kwh=0.02), axis=axis, bought=price)
    assert worn.end_value_per_kwh == pytest.approx(0.12 / 0.95)


def test_what_the_file_says_it_is_worth_goes_first_and_refilling_is_never_worth_less_than_nothing():
    assert the_store(battery(end_value_per_kwh=-0.2)).end_value_per_kwh == -0.2
    assert the_store(battery(), bought=-0.1).end_value_per_kwh == 0.0


# --- cars


@pytest.mark.parametrize("step", [5, 15, 60])
def test_a_car_charges_only_while_it_is_plugged_in(step):
    store = the_store(car("18:10", "23:40"), axis=day(step))
    assert store.power_in_kw.sum() * step / 60 == pytest.approx(5.5 * 7)
    assert store.power_in_kw.max() == 7.0


def test_a_stay_that_is_too_short_is_a_clash_in_words():
    found = model(car("18:00", "20:00", 10.0, 40.0))
    assert str(found.clashes[0]) == (
        "car: 40.0 kWh by 20:00 cannot be reached: it is plugged in from 18:00 (2 h 00) at 7 kW with 10.0 kWh on arrival; "
        "the plan charges at full power all the time and leaves with 22.6 kWh"
    )
    (plan,) = best_plan(found).devices
    assert plan.power_kw[48:56] == pytest.approx([7.0] * 8)
    assert plan.content[55] == pytest.approx(22.6)


def test_a_stay_that_is_just_long_enough_is_no_clash():
    assert model(car("18:00", "20:00", 10.0, 22.6)).clashes == ()
    assert model(car("18:00", "20:00", 10.0, 22.7)).clashes != ()


def test_of_a_stay_beyond_the_end_the_part_on_the_axis_is_due():
    """18:00 to 18:00 of the next day, 20 kWh to come: twelve of 24 hours lie before 06:00."""
    stores = model(car("18:00", "18:00 next day", 10.0, 30.0), axis=day(60)).stores
    assert [s.first_step for s in stores] == [0, 12]
    assert stores[0].lower_kwh[-1] == pytest.approx(30.0)  # the stay of the day before, full already
    assert stores[1].lower_kwh[-1] == pytest.approx(10 + 20 * 12 / 24)
    assert stores[1].lower_kwh[:-1].max() == 0.0


def test_a_car_that_is_there_when_the_day_begins_goes_on_from_the_day_before():
    """On a first day its night is taken as done; afterwards it has what it had, and what is missing is due pro rata."""
    over_night = car("20:00", "08:00 next day", 10.0, 30.0)
    first = model(over_night, axis=day(60)).stores[0]
    assert (first.initial_kwh, first.lower_kwh[-1]) == (30.0, 30.0)
    carried = model(over_night, axis=day(60), carry=Carry({"car": 25.0})).stores[0]
    assert (carried.initial_kwh, carried.lower_kwh[-1], carried.steps) == (25.0, 30.0, 2)


def test_a_stay_over_two_planning_days_ends_with_what_was_due():
    over_night = car("18:00", "08:00 next day", 10.0, 30.0)
    evening = best_plan(model(over_night, axis=day(60)))
    (at_night,) = (d.content[-1] for d in evening.devices)
    assert at_night >= 10 + 20 * 12 / 14 - 1e-6
    next_day = day(60, on=date(2013, 4, 18))
    morning = best_plan(model(over_night, axis=next_day, carry=Carry({"car": float(at_night)})))
    assert morning.devices[0].content[1] == pytest.approx(30.0)
    assert morning.clashes == ()


def test_a_car_with_more_than_its_wish_takes_no_more():
    (plan,) = best_plan(model(car("18:00", "05:00 next day", 35.0, 30.0), bought=-0.1)).devices
    assert plan.power_kw.max() == 0.0


def test_energy_that_a_car_brings_is_not_free_to_feed_back():
    """It is bought elsewhere for what refilling costs here: at a flat price feeding back gains nothing."""
    visitor = car("18:00", "05:00 next day", 35.0, 10.0, discharge_power_kw=3.0, discharge_efficiency=0.9)
    plan = best_plan(model(visitor, load(1.0)))
    assert next(d for d in plan.devices if d.device == "car").power_kw.min() == pytest.approx(0.0, abs=1e-9)


# --- the rest


def test_an_end_that_a_battery_cannot_reach_is_a_clash():
    found = model(battery(end_energy_minimum_kwh=8.0, charge_power_kw=0.1))
    (clash,) = found.clashes
    assert clash.reason == "8 kWh at the end of the day cannot be reached from 2 kWh at 0.1 kW"
    assert clash.relaxed == "ends with 4.28 kWh"
    assert best_plan(found).devices[0].content[-1] == pytest.approx(4.28)


def test_a_battery_below_its_minimum_by_its_own_losses_breaks_nothing():
    leaky = battery(initial_energy_kwh=1.0, minimum_energy_kwh=1.0, standby_loss_per_hour=0.02)
    plan = best_plan(model(leaky, load(0.5)))
    assert plan.clashes == ()
    assert plan.method == "optimal"


def test_state_is_carried_from_day_to_day():
    machine = MicroChp(
        id="chp", electrical_power_kw=1.0, heat_power_kw=6.0, fuel_power_kw=7.8, fuel_price_per_kwh=0.05, store=tank()
    )  # fmt: skip
    carried = Carry({"battery": 7.0, "heat_pump": 3.0, "chp": 1.5}, {"chp": True})
    found = model(battery(), heat_pump(), machine, carry=carried)
    assert [s.initial_kwh for s in found.stores] == [7.0, 3.0]
    assert found.cogeneration[0].initial_kwh == 1.5
    assert found.cogeneration[0].initially_on
    fresh = model(battery(), heat_pump(), machine)
    assert [s.initial_kwh for s in fresh.stores] == [2.0, 5.0]
    assert not fresh.cogeneration[0].initially_on


@given(data=st.data(), tariff=random_tariffs(), name=st.sampled_from(sorted(set(DEVICES) - {"base"})))
def test_what_nobody_may_touch_runs_as_it_would_anyway(data, tariff, name):
    """Each kind of device alone: fixed loads, with the power and the costs that it has without the platform."""
    home = data.draw(random_homes("base", name))
    usual = plan_of((free := compile_home(home, tariff, NO_FILES)), without_platform(free), "none")
    never = home.model_copy(
        update={"devices": tuple(d.model_copy(update={"control": "never"}) for d in home.devices)}
    )
    held = compile_home(never, tariff, NO_FILES)
    assert not held.is_flexible
    plan = best_plan(held)
    assert plan.net_kw == pytest.approx(usual.net_kw, abs=1e-12)
    assert plan.costs.cost == pytest.approx(usual.costs.cost, abs=1e-9)
    assert {d.device for d in plan.devices} == {d.device for d in usual.devices}


def test_a_chain_is_left_alone_as_a_whole():
    wash = programme("wash", 60, earliest_start="08:00", latest_end="12:00", control="never")
    dry = programme("dry", 90, earliest_start="08:00", latest_end="23:00", after="wash")
    found = model(wash, dry)
    assert found.chains == ()
    assert {fixed.device for fixed in found.fixed} == {"wash", "dry"}


def test_tanks_without_and_with_loss_are_the_equation_s():
    assert the_store(heat_pump(tank()), axis=day(60)).retention == pytest.approx(0.98)
    assert the_store(heat_pump(), axis=day(60)).retention == pytest.approx(math.exp(-0.2 / 5))
