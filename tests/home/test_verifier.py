"""Plans before a second judge that shares no code with the first; and the judge before plans that are wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_homes import FLEXIBLE, NO_FILES, compiled, random_homes, random_tariffs, some_devices
from small_homes import (
    battery,
    car,
    constant,
    day,
    heat_pump,
    home,
    house,
    load,
    model,
    programme,
    tank,
    tariff,
)
from verifier import problems_of

from mas2tering.domain.devices import HotWater, MicroChp, PvPlant
from mas2tering.domain.plans import Costs
from mas2tering.home.evaluate import plan_of
from mas2tering.home.limits import breaches
from mas2tering.home.optimise import best_plan
from mas2tering.home.optimise.planner import best_decision
from mas2tering.home.rules.self_consumption import self_consumption
from mas2tering.home.rules.without_platform import without_platform

PHASES = st.sampled_from(["A", "ABC"])
FUSES = st.sampled_from([5.0, 9.0, 60.0])


@pytest.mark.parametrize("name", FLEXIBLE)
@settings(max_examples=8)
@given(data=st.data(), tariff=random_tariffs())
def test_the_best_plan_of_each_device_is_sound(name, data, tariff):
    home = data.draw(random_homes("base", name))
    assert problems_of(home, tariff, NO_FILES, best_plan(compiled(home, tariff))) == []


@settings(max_examples=40)
@given(data=st.data(), names=some_devices(), tariff=random_tariffs(), phases=PHASES, fuse=FUSES)
def test_plans_of_random_homes_are_sound_or_say_why_not(data, names, tariff, phases, fuse):
    """Behind a fuse on one phase or three: a best plan without a clash is sound, one with a clash says so itself."""
    home = data.draw(random_homes(*names, fuse_kw=fuse, phases=phases))
    found = compiled(home, tariff)
    plan, decision = best_decision(found)
    assert bool(plan.clashes) >= bool(breaches(found, decision))
    if not breaches(found, decision):
        assert problems_of(home, tariff, NO_FILES, plan) == []


@settings(max_examples=40)
@given(data=st.data(), names=some_devices(), tariff=random_tariffs(), phases=PHASES, fuse=FUSES)
def test_the_two_judges_agree_on_what_the_rules_break(data, names, tariff, phases, fuse):
    """The rules look neither at the fuse nor ahead; `breaches` finds something exactly where the verifier does."""
    home = data.draw(random_homes(*names, fuse_kw=fuse, phases=phases))
    found = compiled(home, tariff)
    if found.clashes:
        return
    for decision in (without_platform(found), self_consumption(found)):
        problems = problems_of(home, tariff, NO_FILES, plan_of(found, decision, "rule"))
        assert bool(problems) == bool(breaches(found, decision)), problems


# --- plans that are wrong, one change each


AXIS = day(60)
PRICES = tariff(AXIS, np.where(np.arange(24) < 12, 0.3, 0.15))
WASH = programme("wash", 60, earliest_start="08:00", latest_end="12:00", delay_cost_per_hour=0.01)
HOME = home(
    load(0.5),
    PvPlant(id="pv", profile=constant(1.0), curtailable=True),
    battery(initial_energy_kwh=4.0, wear_cost_per_kwh=0.01),
    car(),
    WASH,
    programme("dry", 90, earliest_start="08:00", latest_end="23:00", after="wash", longest_wait_minutes=120),
    heat_pump(house()),
    HotWater(id="water", electrical_power_kw=2.0, store=tank()),
    MicroChp(
        id="chp", electrical_power_kw=1.0, heat_power_kw=6.0, fuel_power_kw=7.8, fuel_price_per_kwh=0.02,
        minimum_up_minutes=120, minimum_down_minutes=120, store=tank(demand=constant(2.0)),
    ),
)  # fmt: skip


def sound_plan():
    found = model(*HOME.devices, axis=AXIS, bought=PRICES.import_price_per_kwh)
    return plan_of(found, without_platform(found), "none")


def shifted(name: str, *, power=None, content=None, starts=None):
    """The sound plan with one device changed, its net load and bill adjusted so that nothing else is wrong."""
    plan = sound_plan()
    devices = [
        replace(
            device,
            power_kw=device.power_kw if power is None else power(device.power_kw.copy()),
            content=device.content if content is None else content(device.content.copy()),
            starts=device.starts if starts is None else starts,
        )
        if device.device == name
        else device
        for device in plan.devices
    ]
    net = sum(device.power_kw for device in devices)
    return replace(plan, devices=tuple(devices), net_kw=net)


def set_at(step: int, value: float):
    def change(values):
        values[step] = value
        return values

    return change


def test_the_plan_that_the_wrong_ones_are_made_of_is_sound():
    assert problems_of(HOME, PRICES, NO_FILES, sound_plan()) == []


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("base", {"power": set_at(3, 0.4)}, "base: its profile"),
        ("pv", {"power": set_at(3, -1.2)}, "pv: generation within what there is"),
        ("pv", {"power": set_at(3, 0.2)}, "pv: generation within what there is"),
        ("battery", {"power": set_at(5, 3.5)}, "battery: charging power"),
        ("battery", {"power": set_at(5, -3.5)}, "battery: discharging power"),
        ("battery", {"power": set_at(5, -0.3)}, "battery: energy balance"),
        ("battery", {"content": set_at(5, 9.0)}, "battery: content"),
        ("battery", {"content": set_at(5, -0.1)}, "battery: content"),
        ("car", {"power": set_at(8, 1.0)}, "car: power while it is away"),
        ("car", {"power": set_at(14, 7.5)}, "car: charging power"),
        ("car", {"power": set_at(14, -1.0)}, "car: discharging power"),
        ("car", {"content": set_at(23, 12.0)}, "car: energy at departure"),
        ("wash", {"starts": (4,)}, "wash: its profile, unbroken"),
        ("wash", {"power": lambda kw: np.roll(kw, 1)}, "wash: its profile, unbroken"),
        ("wash", {"power": lambda kw: np.roll(kw, 12), "starts": (14,)}, "wash: does not run on 2013-04-17 in its window"),
        ("wash", {"power": lambda kw: 0 * kw, "starts": ()}, "wash: does not run on 2013-04-17"),
        ("dry", {"power": lambda kw: np.roll(kw, -1), "starts": (2,)}, "dry: starts before wash is over"),
        ("dry", {"power": lambda kw: np.roll(kw, 3), "starts": (6,)}, "dry: waits too long after wash"),
        ("dry", {"power": lambda kw: 0 * kw, "starts": ()}, "dry: does not run although wash does"),
        ("heat_pump", {"power": set_at(5, 3.0)}, "heat_pump: power"),
        ("heat_pump", {"content": set_at(5, 2.0)}, "heat_pump: heat balance of the house"),
        ("water", {"power": set_at(5, -0.1)}, "water: power"),
        ("water", {"content": set_at(5, 8.5)}, "water: content"),
        ("water", {"power": set_at(5, 1.9)}, "water: energy balance of its tank"),
        ("chp", {"power": set_at(5, -0.5)}, "chp: electricity while it runs"),
        ("chp", {"power": set_at(5, 0.5)}, "chp: electricity while it stands"),
        ("chp", {"content": set_at(5, 8.5)}, "chp: content"),
        ("chp", {"content": lambda kwh: np.where(np.arange(24) == 8, 7.9, 0.0)}, "chp: heat balance of its tank"),
    ],
)  # fmt: skip
def test_the_verifier_finds_what_is_wrong(name, change, words):
    found = problems_of(HOME, PRICES, NO_FILES, shifted(name, **change))
    assert any(problem.startswith(words) for problem in found), found


def test_the_verifier_finds_runs_and_pauses_that_are_too_short():
    on = -shifted("chp").devices[-1].power_kw > 0
    pattern = np.zeros(24)
    pattern[[2, 6, 7, 9, 10]] = -1.0
    assert on.any()
    found = problems_of(HOME, PRICES, NO_FILES, shifted("chp", power=lambda _: pattern))
    assert "chp: runs 60 min" in found
    assert "chp: stands 60 min" in found


@pytest.mark.parametrize(
    "part",
    ["energy_bought", "energy_sold", "capacity", "standing", "fuel", "wear", "discomfort", "stored_value"],
)
def test_the_verifier_finds_every_part_of_the_cost(part):
    plan = sound_plan()
    costs = replace(plan.costs, **{part: getattr(plan.costs, part) + 0.01})
    words = {"fuel": "discomfort and fuel", "stored_value": "value of what is stored"}.get(
        part, part.replace("_", " ")
    )
    found = problems_of(HOME, PRICES, NO_FILES, replace(plan, costs=costs))
    assert any(problem.startswith(words) for problem in found), found


def test_the_verifier_finds_costs_that_stand_with_the_wrong_device():
    plan = sound_plan()
    names = [device.device for device in plan.devices]
    for part in ("fuel", "wear", "discomfort", "stored_value"):
        costs = {"battery": 0.01, "car": -0.01}
        devices = tuple(
            replace(device, costs=device.costs + Costs(**{part: costs.get(device.device, 0.0)}))
            for device in plan.devices
        )
        found = problems_of(HOME, PRICES, NO_FILES, replace(plan, devices=devices))
        assert {problem.split(":")[0] for problem in found} == {"battery", "car"}, found
    first = replace(plan.devices[0], costs=Costs(wear=0.01))
    (wrong, apart) = problems_of(HOME, PRICES, NO_FILES, replace(plan, devices=(first, *plan.devices[1:])))
    assert wrong.startswith(f"{names[0]}: wear")
    assert apart.startswith("wear is not the sum of the devices")


def test_the_verifier_finds_a_fuse_that_blows_on_one_phase():
    on_one = tuple(d.model_copy(update={"phase": "B"}) for d in HOME.devices)
    three = HOME.model_copy(
        update={"connection": HOME.connection.model_copy(update={"fuse_kw": 7.0, "phases": "ABC"})}
    )
    plan = sound_plan()
    assert problems_of(three, PRICES, NO_FILES, plan) == []
    crowded = three.model_copy(update={"devices": on_one})
    (problem,) = problems_of(crowded, PRICES, NO_FILES, plan)
    assert problem.startswith("fuse of phase B: beyond by")


def test_the_verifier_finds_devices_that_are_missing_or_unknown():
    plan = sound_plan()
    fewer = replace(plan, devices=plan.devices[1:], net_kw=plan.net_kw - plan.devices[0].power_kw)
    assert "base is missing" in problems_of(HOME, PRICES, NO_FILES, fewer)
    stranger = replace(plan.devices[0], device="sauna")
    more = replace(plan, devices=(*plan.devices, stranger), net_kw=plan.net_kw + stranger.power_kw)
    assert any("sauna" in problem for problem in problems_of(HOME, PRICES, NO_FILES, more))
    wrong_sum = replace(plan, net_kw=plan.net_kw + 0.1)
    assert any("not the sum" in problem for problem in problems_of(HOME, PRICES, NO_FILES, wrong_sum))
