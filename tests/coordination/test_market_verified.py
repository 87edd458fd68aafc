"""Days of the local market, looked through by code that shares nothing with it: communities of every kind of device, supplier, price
and connection; and the second look finds what is made wrong on purpose."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from market_communities import RandomCommunity, random_communities, traded
from market_verifier import Look, look_at, meter_prices, published
from priced_home import best_cost
from random_homes import AXIS, NO_FILES, POSITIVE_PRICES

from mas2tering.coordination.classes import Classes
from mas2tering.coordination.local_market import MarketBudget
from mas2tering.coordination.market_day import market_day
from mas2tering.domain import devices as words
from mas2tering.domain.community import Connection, Home
from mas2tering.domain.contracts import SupplyContract
from mas2tering.domain.local_market import prices_at
from mas2tering.domain.profiles import DailyProfile
from mas2tering.domain.tariffs import CapacityCharge, LocalCharges, TariffOnAxis
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import compile_home
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond import Crowd
from mas2tering.settlement import as_document
from mas2tering.study.compiled_homes import tariffs_on
from mas2tering.study.generator import SCENARIOS, generate_community
from mas2tering.study.measured import london_on_real_network

DAY = date(2013, 4, 17)


def of_day(generated, step_minutes: int = 15):
    """A day of a community of ``study``, and what is published of it."""
    community = generated.community
    axis = TimeAxis.of_days(DAY, community.time_zone, step_minutes, day_starts_at=community.day_starts_at)
    tariffs = tariffs_on(community, axis, generated.profiles)
    models = [
        compile_home(home, tariff, generated.profiles)
        for home, tariff in zip(community.homes, tariffs, strict=True)
    ]
    alone = [best_plan(model) for model in models]
    suppliers = [community.tariff_of(home).supplier for home in community.homes]
    day = market_day(models, alone, suppliers, community.local_charges, community.currency)
    document = as_document(day.settlement)
    return models, published(
        day, community.homes, tariffs, generated.profiles, community.local_charges, document
    )


@pytest.mark.parametrize("site", ["belgium", "cardiff"])
def test_twelve_generated_homes_with_every_device_of_a_mature_market_are_right(site):
    """At hourly steps: the integer programme of a micro-CHP takes a minute at quarter-hours."""
    _, result = of_day(generate_community(site, 12, SCENARIOS["S6"], 1, DAY), step_minutes=60)
    kinds = {device.kind for home in result.homes for device in home.devices}
    assert kinds >= {"pv", "battery", "ev", "heat_pump", "hot_water", "micro_chp", "programme"}
    assert look_at(result, gap=1e-4).wrong == []


def test_184_measured_homes_are_right(shared_data):
    """Plans, money, and what the bound says of the published plans for all homes; every eighth home's own part of the bound against
    an integer programme, since all of them would take minutes."""
    models, result = of_day(london_on_real_network(SCENARIOS["S5"], 1, DAY, 1))
    look = look_at(result, solved=False)
    assert look.wrong == []
    classes = Classes.of(models)
    prices = prices_at(result.bound_price_per_kwh, classes.suppliers, result.charges)
    part = Crowd(models, classes.of_home, one_price=False).answer(prices, 0).bound
    assert result.lower_bound == pytest.approx(part.sum(), abs=184e-6 + 1e-4 * part.sum())
    sample = [row for row in range(0, 184, 8) if not models[row].cogeneration]
    assert len(sample) >= 20
    for row in sample:
        best, proven = look.solve(row, 1e-6)
        assert part[row] <= best + 1e-5 * (1 + abs(best))
        assert proven <= look.at_the_bound_price(row) + 1e-6


# --- a small community of all that is difficult at once


def blocks(*values: float, unit: str = "kW") -> DailyProfile:
    """Eight values of three hours each, from midnight."""
    return DailyProfile(daily=tuple(float(x) for x in np.repeat(values, 3)), unit=unit)


SUN = blocks(0, 0, 0.2, 0.7, 0.8, 0.4, 0, 0, unit="kW_per_kWp")
HOURS = np.arange(AXIS.steps)  # from 06:00
SPOT = 0.12 + 0.15 * np.sin((HOURS - 8) * np.pi / 12) - np.where((HOURS > 4) & (HOURS < 10), 0.22, 0.0)
TARIFFS = {
    "dynamic": TariffOnAxis("dynamic", AXIS, SPOT, SPOT - 0.03, None, 0.1),
    "flat": TariffOnAxis("flat", AXIS, np.full(24, 0.3), np.full(24, 0.05), None, 0.2),
    "two rates": TariffOnAxis(
        "two rates",
        AXIS,
        np.where(HOURS >= 15, 0.17, 0.31),
        np.full(24, 0.04),
        CapacityCharge(price_per_kw_month=4.0, reached_kw=1.0),
        0.0,
    ),
    "net metering": TariffOnAxis("net metering", AXIS, np.full(24, 0.25), np.full(24, 0.25), None, 0.0),
}


def difficult() -> RandomCommunity:
    battery = words.Battery(
        id="battery",
        capacity_kwh=8,
        charge_power_kw=3,
        discharge_power_kw=3,
        charge_efficiency=0.95,
        discharge_efficiency=0.95,
        initial_energy_kwh=2,
        wear_cost_per_kwh=0.005,
    )
    car = words.ElectricVehicle(
        id="ev",
        capacity_kwh=40,
        charge_power_kw=7,
        charge_efficiency=0.9,
        discharge_power_kw=5,
        discharge_efficiency=0.9,
        minimum_energy_kwh=8,
        stays=(
            words.Stay(
                arrives="16:00", departs="05:00 next day", arrival_energy_kwh=14, departure_energy_kwh=30
            ),
        ),
    )
    chp = words.MicroChp(
        id="chp",
        electrical_power_kw=1.0,
        heat_power_kw=3.0,
        fuel_power_kw=4.8,
        fuel_price_per_kwh=0.06,
        start_cost=0.02,
        minimum_up_minutes=120,
        boiler=words.Boiler(heat_power_kw=9, efficiency=0.9),
        store=words.Tank(capacity_kwh=8, initial_kwh=3, demand=blocks(1, 2.5, 1.5, 0.5, 0.5, 1.5, 2, 1)),
    )
    heat_pump = words.HeatPump(
        id="heat_pump",
        electrical_power_kw=2.5,
        coefficient_of_performance=3.0,
        store=words.Tank(capacity_kwh=9, initial_kwh=4, demand=blocks(1, 2, 1, 1, 1, 2, 3, 1)),
    )
    wash = words.ApplianceProgramme(
        id="wash",
        power_kw=(2.0, 1.0, 0.4),
        profile_step_minutes=60,
        earliest_start="08:00",
        latest_end="22:00",
        delay_cost_per_hour=0.01,
        phase="B",
    )
    dry = words.ApplianceProgramme(
        id="dry",
        power_kw=(2.2,),
        profile_step_minutes=60,
        earliest_start="09:00",
        latest_end="23:00",
        worth=0.4,
        after="wash",
        longest_wait_minutes=240,
        phase="B",
    )
    roof = words.PvPlant(id="pv", profile=SUN, peak_power_kwp=5, curtailable=True)
    base = words.FixedLoad(id="base", profile=blocks(0.2, 0.2, 0.7, 0.5, 0.4, 0.8, 1.4, 0.5))
    homes = [
        ("dynamic", "A", 1000.0, (roof, battery)),
        ("dynamic", "ABC", 8.0, (car.model_copy(update={"phase": "A"}), wash, dry)),
        ("flat", "ABC", 8.0, (roof.model_copy(update={"phase": "C"}), heat_pump, wash)),
        ("flat", "A", 9.2, (chp,)),
        ("two rates", "A", 9.2, (car,)),
        ("two rates", "A", 9.2, (roof, battery, heat_pump)),
        ("net metering", "A", 9.2, (roof, wash.model_copy(update={"phase": None}))),
    ]
    made = tuple(
        Home(
            id=f"home {k}",
            connection=Connection(fuse_kw=fuse, phases=phases),
            supply=SupplyContract(tariff=tariff),
            devices=(base, *devices),
        )
        for k, (tariff, phases, fuse, devices) in enumerate(homes)
    )
    own = tuple(TARIFFS[tariff] for tariff, *_ in homes)
    return RandomCommunity(made, own, LocalCharges(buyer_per_kwh=0.02, seller_per_kwh=0.01))


@pytest.fixture(scope="module")
def difficult_day():
    return traded(difficult())


def test_several_suppliers_negative_prices_capacity_charges_v2g_cogeneration_and_three_phases_are_right(
    difficult_day,
):
    day, result = difficult_day
    assert (SPOT < 0).any()
    assert day.settlement.worthwhile
    assert day.agreement.trades.bought_kwh.sum() > 1.0
    look = look_at(result)
    assert look.wrong == []
    # The bound is not only below: what the homes could cost at best at its price is not far above it.
    best = sum(cost for cost, _ in look.optima.values())
    assert best - result.lower_bound < 0.005 * abs(best)


def with_member(result, row: int, **changes):
    members = [dict(member) for member in result.document["members"]]
    members[row].update(changes)
    return replace(result, document={**result.document, "members": members})


def a_load_off(result):
    plan = result.plans[1]
    device = replace(plan.devices[0], power_kw=plan.devices[0].power_kw + 0.01)
    wrong = replace(plan, devices=(device, *plan.devices[1:]))
    return replace(result, plans=(result.plans[0], wrong, *result.plans[2:]))


def a_trade_off(result):
    row = int(np.argmax([sum(member["bought_kwh"]) for member in result.document["members"]]))
    bought = list(result.document["members"][row]["bought_kwh"])
    bought[int(np.argmax(bought))] -= 0.01
    return with_member(result, row, bought_kwh=bought)


def a_price_off(result):
    traded_at = np.sum([member["bought_kwh"] for member in result.document["members"]], axis=0)
    price = list(result.document["local_price_per_kwh"])
    price[int(np.argmax(traded_at))] = 0.9
    return replace(result, document={**result.document, "local_price_per_kwh": price})


@pytest.mark.parametrize(
    ("said", "spoil"),
    [
        ("its profile", a_load_off),
        ("above the optima's sum", lambda r: replace(r, lower_bound=r.lower_bound + 0.01 * abs(r.lower_bound))),
        ("under the rule: off by", lambda r: replace(r, cost_under_the_rule=r.cost_under_the_rule - 0.001)),
        ("under the rule: off by", lambda r: replace(r, bound_price_per_kwh=r.bound_price_per_kwh + 0.2)),
        ("do not sum to zero", a_trade_off),
        ("buys dear", a_price_off),
        ("more than in use case 1", lambda r: with_member(r, 0, cost=r.document["members"][0]["cost_alone"] + 0.002)),
        ("its cost alone is off", lambda r: with_member(r, 0, cost_alone=r.document["members"][0]["cost_alone"] + 1)),
        ("off its plan", lambda r: with_member(r, 2, net_kw=[0.0] * AXIS.steps)),
        ("charges", lambda r: replace(r, charges=LocalCharges(buyer_per_kwh=0.03, seller_per_kwh=0.01))),
    ],
)  # fmt: skip
def test_what_is_made_wrong_is_found(difficult_day, optima, said, spoil):
    look = Look(spoil(difficult_day[1]), optima=dict(optima))
    look.plans()
    look.certificate(solved=True, gap=1e-6)
    look.money()
    look.truths()
    assert any(said in words for words in look.wrong), look.wrong


@pytest.fixture(scope="module")
def optima(difficult_day):
    look = Look(difficult_day[1])
    look.certificate(solved=True, gap=1e-6)
    return look.optima


@settings(max_examples=8, deadline=None)
@given(community=random_communities(most=6))
def test_random_communities_agree_and_nobody_is_worse_off(community):
    """``benchmarks/random_communities.py`` runs a thousand."""
    _, result = traded(community, MarketBudget(rounds=40))
    assert look_at(result).wrong == [], community.words


@settings(max_examples=15, deadline=None)
@given(community=random_communities(least=1, most=1))
def test_the_oracle_knows_homes_as_the_planner_does(community):
    """Else the bound would be held against optima of other homes."""
    (home,), (tariff,) = community.homes, community.tariffs
    plan = best_plan(compile_home(home, tariff, NO_FILES))
    if any(clash.device == "fuse" for clash in plan.clashes):
        return
    best, proven = best_cost(home, tariff, NO_FILES, tariff.import_price_per_kwh, tariff.export_price_per_kwh)
    tolerance = 2e-5 * (1 + abs(best))
    assert plan.costs.cost >= proven - tolerance
    assert plan.lower_bound <= best + tolerance


@settings(max_examples=20, deadline=None)
@given(community=random_communities(least=1, most=1), local=POSITIVE_PRICES)
def test_a_home_s_own_bound_at_a_local_price_is_one(community, local):
    (home,), (tariff,) = community.homes, community.tariffs
    bound_is_one(home, tariff, community.charges, local)


def test_a_bound_is_one_where_feeding_in_is_dearer_than_drawing():
    """No price lies between the two: a roof with a washing machine, whose supplier pays 0.4 and asks 0.3."""
    home = difficult().homes[6]
    tariff = TariffOnAxis("odd", AXIS, np.full(24, 0.3), np.full(24, 0.4), None, 0.0)
    bound_is_one(home, tariff, LocalCharges(), np.full(24, 0.3))


def bound_is_one(home: Home, tariff: TariffOnAxis, charges: LocalCharges, local: np.ndarray) -> None:
    model = compile_home(home, tariff, NO_FILES)
    prices = prices_at(local, Classes.of([model]).suppliers, charges)
    bound = Crowd([model], np.zeros(1, dtype=int), one_price=False).answer(prices, 0).bound[0]
    best, _ = best_cost(home, tariff, NO_FILES, *meter_prices(local, tariff, charges))
    assert bound <= best + 2e-5 * (1 + abs(best))
