"""Six scenarios of asset penetration, from today to a mature market, and who owns what in them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Scenario:
    """Shares of homes that own an asset, as fractions.

    Assumed, in the spirit of roll-out paths that DSOs plan with; ``vehicle_to_grid`` is the share of car
    chargers that can discharge.
    """

    name: str
    description: str
    pv: float
    battery: float
    electric_vehicle: float
    heat_pump: float
    smart_appliances: float
    micro_chp: float
    vehicle_to_grid: float


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("S1", "today", 0.05, 0.01, 0.02, 0.02, 0.10, 0.01, 0.0),
        Scenario("S2", "early", 0.12, 0.03, 0.06, 0.05, 0.20, 0.02, 0.0),
        Scenario("S3", "growing", 0.20, 0.08, 0.15, 0.10, 0.35, 0.03, 0.0),
        Scenario("S4", "half way", 0.30, 0.15, 0.28, 0.20, 0.50, 0.04, 0.05),
        Scenario("S5", "widespread", 0.40, 0.28, 0.45, 0.35, 0.70, 0.05, 0.10),
        Scenario("S6", "mature", 0.50, 0.40, 0.60, 0.50, 0.90, 0.05, 0.20),
    )
}


@dataclass(frozen=True)
class Ownership:
    """Which home owns what: each of shape (homes,)."""

    pv: BoolArray
    battery: BoolArray
    electric_vehicle: BoolArray
    heat_pump: BoolArray
    smart_appliances: BoolArray
    micro_chp: BoolArray
    vehicle_to_grid: BoolArray


def draw_ownership(scenario: Scenario, homes: int, seed: int) -> Ownership:
    """Who owns what; shares are met to the nearest home, and owners in one scenario own it in every later
    one.

    Homes with a roof are likelier to have a battery; a home has a heat pump or a micro-CHP, not both.
    """
    random = np.random.default_rng([seed, 101])
    order = {
        name: random.permutation(homes)
        for name in ("pv", "electric_vehicle", "heat_pump", "smart_appliances", "vehicle_to_grid")
    }
    leaning = random.random(homes)
    pv = _first(order["pv"], scenario.pv)
    # Judged by the mature market's roofs, so that a battery does not change hands between scenarios.
    roof_at_last = _first(order["pv"], SCENARIOS["S6"].pv)
    battery = _first(
        np.argsort(np.argsort(leaning + np.where(roof_at_last, 0.0, 0.6), kind="stable"), kind="stable"),
        scenario.battery,
    )
    heat_pump = _first(order["heat_pump"], scenario.heat_pump)
    # The homes that are last to get a heat pump are the ones that may burn gas in a micro-CHP.
    micro_chp = _first(homes - 1 - order["heat_pump"], scenario.micro_chp)
    electric_vehicle = _first(order["electric_vehicle"], scenario.electric_vehicle)
    return Ownership(
        pv=pv,
        battery=battery,
        electric_vehicle=electric_vehicle,
        heat_pump=heat_pump,
        smart_appliances=_first(order["smart_appliances"], scenario.smart_appliances),
        micro_chp=micro_chp & ~heat_pump,
        vehicle_to_grid=electric_vehicle & _first(order["vehicle_to_grid"], scenario.vehicle_to_grid),
    )


def _first(rank: NDArray[np.int64], share: float) -> BoolArray:
    """The homes whose rank lies within a share of all."""
    return np.asarray(rank < round(share * len(rank)))
