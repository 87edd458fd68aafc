"""Where the homes' energy comes from and where it goes, step by step.

In every home and step, import + generation + discharge = consumption + charge + export: the sum over homes of
each side is drawn as a stack. Grid is what passes the homes' own meters, so that a neighbour's surplus counts
as export there and as grid here; only what homes trade in the local market stands apart.
"""

from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.study.results import DayResult, RunResult, UseCase, traded_kwh

SOURCES = {
    "sun": "Own sun",
    "wind": "Own wind",
    "chp": "Own heat and power",
    "battery": "Battery",
    "car": "Car battery",
    "neighbours": "Neighbours",
    "grid": "Grid",
}
"""What energy comes from, in the order in which it is stacked."""

USES = {
    "base": "Base load",
    "heating": "Heating",
    "cooling": "Cooling",
    "hot_water": "Hot water",
    "appliances": "Appliances",
    "ev": "Electric vehicle",
    "battery": "Into batteries",
    "neighbours": "To neighbours",
    "export": "Export",
}
"""What energy goes into, in the order in which it is stacked."""

USE_OF_KIND = {
    "fixed_load": "base",
    "heat_pump": "heating",
    "air_conditioning": "cooling",
    "hot_water": "hot_water",
    "programme": "appliances",
    "ev": "ev",
    "battery": "battery",
}
SOURCE_OF_KIND = {"pv": "sun", "wind": "wind", "micro_chp": "chp", "battery": "battery", "ev": "car"}


@dataclass(frozen=True)
class Balance:
    """Power by source and by use, in kW, each of shape (steps of all days,); both sides sum to the same."""

    sources_kw: dict[str, FloatArray]
    uses_kw: dict[str, FloatArray]


def balance_of(run: RunResult, use_case: UseCase) -> Balance:
    """The energy balance of all homes over all days; sources and uses that never occur are left out."""
    days = [_of_day(day, use_case) for day in run.days]
    sources = {name: np.concatenate([day.sources_kw[name] for day in days]) for name in SOURCES}
    uses = {name: np.concatenate([day.uses_kw[name] for day in days]) for name in USES}
    return Balance(
        {name: values for name, values in sources.items() if values.any() or name == "grid"},
        {name: values for name, values in uses.items() if values.any() or name == "base"},
    )


def _of_day(day: DayResult, use_case: UseCase) -> Balance:
    found = _of_plans(day.plans[use_case])
    if use_case in ("2", "3"):
        traded_kw = traded_kwh(day, use_case)[0].sum(axis=0) / day.axis.step_hours
        for side, outside in ((found.sources_kw, "grid"), (found.uses_kw, "export")):
            side["neighbours"] = traded_kw
            # All that is traded passes the meters: below zero is rounding.
            side[outside] = np.maximum(side[outside] - traded_kw, 0.0)
    return found


def _of_plans(plans: tuple[HomePlan, ...]) -> Balance:
    steps = plans[0].axis.steps
    sources, uses = ({name: np.zeros(steps) for name in names} for names in (SOURCES, USES))
    for plan in plans:
        sources["grid"] += np.maximum(plan.net_kw, 0.0)
        uses["export"] += np.maximum(-plan.net_kw, 0.0)
        for device in plan.devices:
            uses[USE_OF_KIND.get(device.kind, "base")] += np.maximum(device.power_kw, 0.0)
            sources[SOURCE_OF_KIND.get(device.kind, "grid")] += np.maximum(-device.power_kw, 0.0)
    return Balance(sources, uses)
