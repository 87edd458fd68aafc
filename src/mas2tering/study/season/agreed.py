"""A congested day as it was agreed on and as it was lived: what the season's rule is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import Decision, HomeModel
from mas2tering.study.gaming.homes import uncontrolled_kw

LivedAs = Literal["as planned", "as it turned out"]
"""Whether the meter shows what was planned, or a day that was forecast and came otherwise."""


@dataclass(frozen=True)
class Expectation:
    """Of one home before the day, all of shape (steps,): base load less sun as forecast, and the standard deviation of it."""

    uncontrolled_kw: FloatArray
    deviation_kw: FloatArray


@dataclass(frozen=True)
class AgreedDay:
    """A day of all homes, in the community's order.

    ``models`` are what homes declared, with base load and sun as they were expected; ``alone`` decisions of use case 1.
    ``lived_bound`` is the day of a home that lives the plan it is bound to, ``lived_ordered`` that of one that does as it was
    ordered; ``came_kw`` (steps,) is the base load less the sun that there was.
    """

    day: date
    grid: GridDayOutcome
    models: tuple[HomeModel, ...]
    alone: tuple[Decision, ...]
    expected: tuple[Expectation, ...]
    came_kw: tuple[FloatArray, ...]
    lived_bound: tuple[HomePlan, ...]
    lived_ordered: tuple[HomePlan, ...]
    lived_as: LivedAs


def lived_as_planned(
    grid: GridDayOutcome, models: Sequence[HomeModel], alone: Sequence[Decision]
) -> AgreedDay:
    """A day without forecasts: what was planned is what the meters show."""
    nothing = np.zeros(models[0].axis.steps)
    known = [uncontrolled_kw(model) for model in models]
    return AgreedDay(
        day=models[0].axis.local_starts[0].date(),
        grid=grid,
        models=tuple(models),
        alone=tuple(alone),
        expected=tuple(Expectation(kw, nothing) for kw in known),
        came_kw=tuple(known),
        lived_bound=bound_plans(grid),
        lived_ordered=grid.plans,
        lived_as="as planned",
    )


def bound_plans(grid: GridDayOutcome) -> tuple[HomePlan, ...]:
    """The plans of all homes that were bound before congestion was known."""
    market = grid.market
    found = list(market.alone)
    if market.settlement.worthwhile:
        for row, k in enumerate(market.members):
            found[k] = market.agreement.plans[row]
    return tuple(found)


def expectation_of(model: HomeModel, outlook: Outlook) -> Expectation:
    """What the forecasting service says of a home; ``model`` has base load and sun as expected."""
    steps = model.axis.steps
    load = _deviation(outlook.load, steps)
    sun = np.zeros(steps) if outlook.generation is None else _deviation(outlook.generation, steps)
    return Expectation(uncontrolled_kw(model), np.hypot(load, sun))


def _deviation(forecast: Forecast, steps: int) -> FloatArray:
    """Half of what lies between the quantiles one standard deviation to each side, as if errors were normal."""
    low, high = (
        np.array([np.interp(level, forecast.levels, own) for own in forecast.quantiles_kw.T[:steps]])
        for level in (0.1587, 0.8413)
    )
    return np.asarray((high - low) / 2.0)
