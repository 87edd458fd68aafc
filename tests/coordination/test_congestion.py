"""Days with the grid operator on a street of a few homes: plans that break limits come clean in the full power flow; where no
plans can, that is proven, load is shed in the stated order, and everything still ends in a plan."""

from dataclasses import replace

import highspy
import numpy as np
import pytest
import small_homes as small
from small_networks import TRANSFORMER, cable

from mas2tering.coordination.congestion import Connected, relieved
from mas2tering.coordination.grid_day import GridDayOutcome, grid_day
from mas2tering.coordination.local_market import MarketBudget, Party
from mas2tering.coordination.market_day import MarketDay, market_day
from mas2tering.coordination.shedding import proof_of_infeasibility
from mas2tering.domain.network import Bus, Customer, Network, Source
from mas2tering.domain.tariffs import LocalCharges
from mas2tering.grid import PowerFlow, congestions
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import best_plan
from mas2tering.home.respond import UnderContract
from mas2tering.study.benchmark.capped import summed_cap

NIGHT = np.where(np.arange(96) < 64, 0.3, 0.15)
"""Everybody waits for the night, which begins at 22:00."""
BUDGET = MarketBudget(gap=1e-2, rounds=60, private=False)


def street(customers: int, rating_kva: float, length_m: float = 40.0) -> Network:
    """Customers one after another along a cable, on phases A, B and C by turns, behind a transformer."""
    buses = ["LV", *(f"b{k}" for k in range(customers))]
    network = Network(
        "street",
        tuple(Bus(bus) for bus in buses),
        tuple(cable(f"c{k}", buses[k], buses[k + 1], length_m) for k in range(customers)),
        tuple(Customer(f"home{k}", buses[k + 1], ("ABC"[k % 3],)) for k in range(customers)),
        Source("LV", 0.416),
    )
    transformer = replace(
        TRANSFORMER, rating_kva=rating_kva, load_loss_kw=0.01 * rating_kva, no_load_loss_kw=0.002 * rating_kva
    )
    return network.behind(transformer, Source("HV", 11.0))


def homes(count: int, *devices, base_kw: float = 0.5) -> list[HomeModel]:
    """Homes with a fixed load and these devices each, on the night tariff."""
    found = [small.model(small.load(base_kw), *devices, bought=NIGHT, sold=0.05) for _ in range(count)]
    return [replace(model, home=f"home {k}") for k, model in enumerate(found)]


def day_on(
    models: list[HomeModel],
    network: Network,
    contracts: list[UnderContract] | None = None,
    budget: MarketBudget = BUDGET,
) -> tuple[MarketDay, GridDayOutcome]:
    alone = [best_plan(model) for model in models]
    charges = LocalCharges()
    suppliers = ["supplier"] * len(models)
    market = market_day(models, alone, suppliers, charges, "EUR", budget, contracts=contracts)
    connected = Connected(network, np.arange(len(models)), np.zeros((len(models), 96)))
    found = grid_day(
        models,
        market,
        charges,
        connected,
        budget,
        dso="dso",
        aggregator="aggregator",
        currency="EUR",
        contracts=contracts,
    )
    # Whatever became of the day, every home has a plan, and its fixed load is what it was.
    assert [plan.home for plan in found.plans] == [model.home for model in models]
    for plan, before in zip(found.plans, alone, strict=True):
        (base,) = (device for device in plan.devices if device.device == "base")
        (own,) = (device for device in before.devices if device.device == "base")
        assert np.array_equal(base.power_kw, own.power_kw)
    return market, found


def broken(network: Network, plans) -> int:
    """By a power flow of the test's own."""
    return len(congestions(PowerFlow(network).day(np.array([plan.net_kw for plan in plans]))))


def test_homes_that_are_not_asked_are_loads_wherever_they_are():
    """Three of six homes have no order: the others make room for what these draw, behind meters that are not theirs."""
    network = street(6, 36.0, 10.0)
    network = replace(network, voltage_limits=replace(network.voltage_limits, unbalance=0.2))
    models = homes(6, small.car())
    alone = [best_plan(model) for model in models]
    asked, rest = np.arange(0, 3), np.arange(3, 6)
    other = np.zeros((6, 96))
    other[rest] = [alone[k].net_kw for k in rest]
    party = Party([models[k] for k in asked], [alone[k] for k in asked], LocalCharges())
    here = Connected(network, asked, other)
    bound = [alone[k] for k in asked]
    found = relieved([party], [bound], here, BUDGET, dearest_per_kwh=10.0)
    assert broken(network, alone) > 0
    assert found.is_clean
    assert broken(network, [*found.together.agreements[0].plans, *(alone[k] for k in rest)]) == 0


@pytest.mark.parametrize(
    ("kva", "length_m", "kind"),
    [(15.0, 10.0, "transformer"), (100.0, 300.0, "voltage_low")],
    ids=["transformer", "voltages"],
)
def test_cars_that_wait_for_the_night_come_clean(kva, length_m, kind):
    network = street(6, kva, length_m)
    # Six homes on three phases are never balanced, whatever they do.
    network = replace(network, voltage_limits=replace(network.voltage_limits, unbalance=0.2))
    market, found = day_on(homes(6, small.car()), network)
    kinds = {congestion.kind for congestion in congestions(found.relief.before)}
    assert kind in kinds
    assert broken(network, market.plans) > 0
    assert found.regime == "yellow"
    assert found.relief.is_clean
    assert broken(network, found.plans) == 0
    assert found.emergency is None
    assert found.relief.together.excess_kwh.sum() < 0.05
    # Paid for by the grid operator, and nobody is worse off at public tariffs.
    assert found.settled.payments.worse_off == 0
    assert found.settled.ledger.imbalance == 0


def test_a_network_that_carries_everything_leaves_the_market_as_it_is():
    market, found = day_on(homes(3, small.car()), street(3, 400.0, 5.0))
    assert found.regime == "green"
    assert found.plans == market.plans
    assert found.relief.rounds == ()


def least_excess_kwh(models: list[HomeModel], limits) -> float:
    """By how much homes with a fixed load of 1 kW and a battery exceed limits at least, all rows together: a linear programme
    of the test's own."""
    steps, hours = 96, 0.25
    columns = len(models) * 2 * steps + limits.rows
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.addVars(columns, np.zeros(columns), np.full(columns, highspy.kHighsInf))
    store = models[0].stores[0]
    for home in range(len(models)):
        first = 2 * steps * home
        for step in range(steps):
            highs.changeColBounds(first + step, 0.0, float(store.power_in_kw[step]))
            highs.changeColBounds(first + steps + step, 0.0, float(store.power_out_kw[step]))
            inside = np.arange(step + 1)
            highs.addRow(
                float(store.lower_kwh[step]) - store.initial_kwh,
                float(store.upper_kwh[step]) - store.initial_kwh,
                2 * (step + 1),
                np.concatenate([first + inside, first + steps + inside]).astype(np.int32),
                np.repeat([0.95 * hours, -hours / 0.9], step + 1),
            )
    base_kw = 1.0
    for row, step in enumerate(limits.step):
        weight = hours * limits.weight[row]
        first = 2 * steps * np.arange(len(models))
        index = np.concatenate([first + step, first + steps + step, [columns - limits.rows + row]])
        most = hours * limits.most_kw[row] - base_kw * float(weight.sum())
        values = np.concatenate([weight, -weight, [-1.0]])
        highs.addRow(-highspy.kHighsInf, most, len(index), index.astype(np.int32), values)
        highs.changeColCost(columns - limits.rows + row, 1.0)
    highs.run()
    return float(highs.getInfo().objective_function_value)


def test_what_is_proven_infeasible_is_so():
    """Batteries cannot carry a fixed load through the day that is beyond the transformer."""
    models = homes(3, small.battery(), base_kw=1.0)
    alone = [best_plan(model) for model in models]
    party = Party(models, alone, LocalCharges())
    limits = replace(summed_cap("import", np.ones(96), 3), most_kw=np.full(96, 2.5))
    proof = proof_of_infeasibility([party], limits, BUDGET)
    least = least_excess_kwh(models, limits)
    assert least > 1.0
    assert proof.least_excess_kwh <= least + 1e-6
    assert proof.least_excess_kwh >= 0.99 * least
    price = np.array(proof.limit_price)
    assert np.all((price >= 0.0) & (price <= 1.0))
    roomy = replace(limits, most_kw=np.full(96, 3.1))
    assert least_excess_kwh(models, roomy) == pytest.approx(0.0, abs=1e-9)
    assert proof_of_infeasibility([party], roomy, BUDGET) is None
