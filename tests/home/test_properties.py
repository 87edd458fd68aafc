"""Answers to prices, over random homes with every kind of device: exact, together as alone, on threads as without."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import AXIS, FLEXIBLE, PRICES, compiled, linear, numbers, random_homes
from small_homes import battery, car, day, heat_pump, house, load, model, programme, tank

from mas2tering.domain.devices import Boiler, MicroChp
from mas2tering.domain.profiles import DailyProfile
from mas2tering.home.answer import HomeBatch
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget, best_plan
from mas2tering.home.optimise.algebra import Exclusive, HomeProblem
from mas2tering.home.optimise.solve import HomeSolver

PROVEN = Budget(gap=1e-9, absolute_gap=1e-8, seconds=60.0)
HIGHS = 2e-6
"""HiGHS calls a limit kept within 1e-7 (a kW, a kWh) and a number whole within 1e-6: over a day, so much money."""


def central_optimum(home: HomeModel) -> float:
    """The whole home as one integer programme, no store charging and discharging at once, solved by HiGHS."""
    signs = {k: np.arange(store.steps) for k, store in enumerate(home.stores) if store.discharges}
    problem = HomeProblem(home, Exclusive(np.empty(0, dtype=np.int64), signs))
    return HomeSolver(problem).search(None, 1e-8, 60.0, 100_000).objective


def hold_that_the_answer_is_exact(home, price: np.ndarray) -> None:
    found = compiled(home, linear(price))
    batch = HomeBatch([found])
    answer = batch.answer(price)
    decision = batch.decision(0)
    plan = plan_of(found, decision, "optimal")
    assert not breaches(found, decision)
    assert answer.cost[0] == pytest.approx(plan.costs.cost, abs=1e-9)
    assert answer.net_kw[0] == pytest.approx(plan.net_kw, abs=1e-9)
    assert plan.costs.cost == pytest.approx(central_optimum(found), abs=HIGHS)


def worth_more_than_the_boiler(home):
    """Heat that is not served costs more than the boiler's: see the test of what is cheaper below."""
    return home.model_copy(
        update={
            "devices": tuple(
                d.model_copy(update={"store": d.store.model_copy(update={"unserved_heat_cost_per_kwh": 0.5})})
                if isinstance(d, MicroChp)
                else d
                for d in home.devices
            )
        }
    )


@pytest.mark.parametrize("name", FLEXIBLE)
@settings(max_examples=15)
@given(data=st.data(), price=PRICES)
def test_an_answer_costs_what_the_central_solver_finds(name, data, price):
    """Costed by one judge, the two plans agree: negative prices, and a fuse that does not bind."""
    hold_that_the_answer_is_exact(worth_more_than_the_boiler(data.draw(random_homes("base", name))), price)


@settings(max_examples=15)
@given(
    data=st.data(),
    names=st.lists(st.sampled_from(FLEXIBLE), min_size=2, max_size=4, unique=True),
    price=PRICES,
)
def test_several_devices_answer_as_well_as_one(data, names, price):
    hold_that_the_answer_is_exact(worth_more_than_the_boiler(data.draw(random_homes("base", *names))), price)


@settings(max_examples=10)
@given(data=st.data(), price=PRICES, unserved=st.sampled_from([0.0, 0.02, 0.05]))
def test_heat_that_is_cheaper_not_to_serve_is_not_served(data, price, unserved):
    home = data.draw(random_homes("cogeneration"))
    (machine,) = home.devices
    store = machine.store.model_copy(update={"unserved_heat_cost_per_kwh": unserved})
    cheap = machine.model_copy(update={"store": store})
    hold_that_the_answer_is_exact(home.model_copy(update={"devices": (cheap,)}), price)


@settings(max_examples=15)
@given(
    data=st.data(),
    names=st.lists(
        st.sampled_from([n for n in FLEXIBLE if n != "cogeneration"]), min_size=1, max_size=3, unique=True
    ),
    price=PRICES,
)
def test_the_planner_finds_the_answer_where_import_and_export_cost_the_same(data, names, price):
    found = compiled(data.draw(random_homes("base", *names, fuse_kw=100.0)), linear(price))
    answer = HomeBatch([found]).answer(price)
    assert best_plan(found, PROVEN).costs.cost == pytest.approx(answer.cost[0], abs=HIGHS)


def machine(seed: int, **changed) -> MicroChp:
    rng = np.random.default_rng(seed)
    demand = DailyProfile(daily=tuple(float(v) for v in np.repeat(rng.uniform(0, 2.5, 8), 3)), unit="kW")
    room_kwh = float(rng.uniform(3, 10))
    values = {
        "electrical_power_kw": 1.0,
        "heat_power_kw": float(rng.uniform(2, 6)),
        "fuel_power_kw": float(rng.uniform(5, 8)),
        "fuel_price_per_kwh": 0.06,
        "minimum_up_minutes": int(rng.integers(0, 4)) * 30,
        "store": tank(capacity_kwh=room_kwh, initial_kwh=room_kwh / 2, loss_per_hour=0.01, demand=demand),
    }
    return MicroChp(id="chp", **(values | changed))


MODULATING = {
    "minimum_electrical_power_kw": 0.4,
    "minimum_heat_power_kw": 1.0,
    "minimum_fuel_power_kw": 2.5,
    "boiler": Boiler(heat_power_kw=1.0, efficiency=0.9),
}


@pytest.mark.parametrize("step", [5, 15])
@pytest.mark.parametrize("seed", range(4))
def test_long_axes_have_room_for_all_that_prices_can_do(step, seed):
    """Values are kept in arrays with room for so many points: prices that change sign at every step are what fills them."""
    axis = day(step)
    rng = np.random.default_rng(seed)
    worn = battery(wear_cost_per_kwh=0.01, standby_loss_per_hour=0.01)
    for device in (
        worn,
        car(discharge_power_kw=3.0),
        heat_pump(tank()),
        machine(seed),
        machine(seed, **MODULATING),
    ):
        for price in (rng.normal(0.03, 0.15, axis.steps), np.repeat(rng.normal(0.15, 0.1, 24), 60 // step)):
            found = model(device, axis=axis, bought=price, sold=price)
            batch = HomeBatch([found])
            answer = batch.answer(price)
            cost = plan_of(found, batch.decision(0), "optimal").costs.cost
            assert np.isfinite(answer.cost[0])
            assert answer.cost[0] == pytest.approx(cost, abs=1e-8)


@settings(max_examples=25)
@given(data=st.data(), first=PRICES, second=PRICES, share=st.floats(0, 1), name=st.sampled_from(FLEXIBLE))
def test_the_cost_of_an_answer_is_concave_in_prices(data, first, second, share, name):
    """The minimum of functions that are linear in the prices; what the market's bound rests on."""
    found = compiled(worth_more_than_the_boiler(data.draw(random_homes("base", name))), linear(first))
    batch = HomeBatch([found])
    mixed, at_first, at_second = (
        batch.answer(price).cost[0] for price in (share * first + (1 - share) * second, first, second)
    )
    assert mixed >= share * at_first + (1 - share) * at_second - 1e-7


@settings(max_examples=25)
@given(data=st.data(), first=PRICES, second=PRICES, name=st.sampled_from(FLEXIBLE))
def test_no_other_answer_is_cheaper_at_a_home_s_own_price(data, first, second, name):
    """What it does at another price costs it at least as much at this one, and energy is its cost's slope."""
    found = compiled(worth_more_than_the_boiler(data.draw(random_homes("base", name))), linear(first))
    batch = HomeBatch([found])
    at_first, at_second = batch.answer(first), batch.answer(second)
    energy = at_second.net_kw[0] * AXIS.step_hours
    assert at_first.cost[0] <= at_second.cost[0] + (first - second) @ energy + 1e-7


# --- many homes


@settings(max_examples=10)
@given(data=st.data(), several=st.integers(2, 6), price=PRICES)
def test_homes_answer_together_as_they_answer_alone_bit_for_bit(data, several, price):
    names = [data.draw(st.lists(st.sampled_from(FLEXIBLE), max_size=3, unique=True)) for _ in range(several)]
    homes = [compiled(data.draw(random_homes("base", *chosen)), linear(price)) for chosen in names]
    order = data.draw(st.permutations(range(several)))
    together = HomeBatch(homes)
    shuffled = HomeBatch([homes[k] for k in order])
    answers, others = together.answer(price), shuffled.answer(price)
    for k, home in enumerate(homes):
        alone = HomeBatch([home])
        answer = alone.answer(price)
        place = order.index(k)
        assert answers.cost[k] == others.cost[place] == answer.cost[0]
        assert (answers.net_kw[k] == answer.net_kw[0]).all()
        assert (others.net_kw[place] == answer.net_kw[0]).all()
        mine = plan_of(home, alone.decision(0), "optimal")
        assert plan_of(home, together.decision(k), "optimal").costs == mine.costs
        assert plan_of(home, shuffled.decision(place), "optimal").costs == mine.costs


@settings(max_examples=10)
@given(data=st.data(), prices=st.lists(PRICES, min_size=3, max_size=3))
def test_each_home_may_have_its_own_price(data, prices):
    homes = [
        compiled(data.draw(random_homes("base", name)), linear(prices[0]))
        for name in ("battery", "ev", "chain")
    ]
    own = HomeBatch(homes).answer(np.stack(prices))
    for k, (home, price) in enumerate(zip(homes, prices, strict=True)):
        alone = HomeBatch([home]).answer(price)
        assert own.cost[k] == alone.cost[0]
        assert (own.net_kw[k] == alone.net_kw[0]).all()


@settings(max_examples=5)
@given(data=st.data(), prices=st.lists(PRICES, min_size=2, max_size=4))
def test_a_batch_remembers_nothing_of_the_prices_before(data, prices):
    home = compiled(
        data.draw(random_homes("base", "battery", "chain", "cogeneration", "pv")), linear(prices[0])
    )
    used = HomeBatch([home])
    for price in prices:
        again, fresh = used.answer(price), HomeBatch([home]).answer(price)
        assert again.cost[0] == fresh.cost[0]
        assert (again.net_kw == fresh.net_kw).all()


def crowd(homes: int) -> list[HomeModel]:
    """Homes that all differ, without a search for homes: a few devices whose sizes follow the home's number."""
    axis = day(60)
    made = []
    for k in range(homes):
        devices = [load(0.2 + 0.001 * k)]
        if k % 2:
            devices.append(battery(capacity_kwh=4.0 + 0.003 * k))
        if k % 3:
            devices.append(car(departure=20.0 + 0.004 * k))
        if k % 5:
            devices.append(programme(latest_end="05:00 next day", delay_cost_per_hour=0.0001 * k))
        if k % 7 == 0:
            devices.append(heat_pump(tank() if k % 2 else house()))
        if k % 11 == 0:
            devices.append(machine(k, **(MODULATING if k % 3 == 0 else {})))
        made.append(model(*devices, axis=axis))
    return made


def test_a_crowd_on_threads_gives_the_same_bits_as_one_by_one():
    homes = crowd(2000)
    rng = np.random.default_rng(5)
    price = rng.uniform(-0.05, 0.4, 24)
    own = rng.uniform(-0.05, 0.4, (len(homes), 24))
    batch = HomeBatch(homes)
    together, apart = batch.answer(price), batch.answer(own)
    again = batch.answer(price)
    assert (together.cost == again.cost).all()
    assert (together.net_kw == again.net_kw).all()
    for k, home in enumerate(homes):
        alone = HomeBatch([home])
        for answers, asked in ((together, price), (apart, own[k])):
            answer = alone.answer(asked)
            assert answers.cost[k] == answer.cost[0]
            assert (answers.net_kw[k] == answer.net_kw[0]).all()


def test_a_batch_refuses_what_it_cannot_answer():
    with pytest.raises(ValueError, match="without homes"):
        HomeBatch([])
    with pytest.raises(ValueError, match="different axes"):
        HomeBatch([model(load()), model(load(), axis=day(60))])
    batch = HomeBatch([model(load(), axis=day(60))] * 2)
    for shape in (23, (2, 23), (3, 24), (1, 1, 24)):
        with pytest.raises(ValueError, match=r"expected \(24,\) or \(2, 24\)"):
            batch.answer(np.zeros(shape))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not a number"):
            batch.answer(np.full(24, bad))


@given(price=PRICES, kw=numbers(0.1, 3))
def test_standing_and_capacity_charges_are_not_in_an_answer(price, kw):
    plain = model(load(kw), axis=AXIS, bought=price, sold=price)
    charged = replace(plain, tariff=replace(plain.tariff, standing_charge_per_day=7.0))
    assert HomeBatch([plain]).answer(price).cost[0] == HomeBatch([charged]).answer(price).cost[0]
    assert best_plan(charged).costs.cost == pytest.approx(best_plan(plain).costs.cost + 7.0)
