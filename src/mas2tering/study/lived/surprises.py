"""A home's day beside what was foreseen of it, and the moments at which it turned out otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mas2tering.coordination.lived_day import Day
from mas2tering.domain.forecasts import Forecast
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.follow.stays import Stays
from mas2tering.home.follow.steering import load_and_generation
from mas2tering.home.model import LinearStore

_SEEN_HOURS = 2.0
"""Over so long what was measured is held against what was foreseen."""
_WORTH_TELLING_KWH = 0.5
"""Less than this in that time is not told as a surprise."""


@dataclass(frozen=True)
class Surprise:
    """What became known when step ``step`` of the day began, in words."""

    step: int
    words: str


@dataclass(frozen=True)
class ForeseenDay:
    """What a home expected of what it cannot shift, in kW and of shape (steps,): the net load of which one value in ten lies
    below ``low_kw`` and one above ``high_kw``; what came; the plan on it, None where the rule had the day; and surprises."""

    low_kw: FloatArray
    high_kw: FloatArray
    came_kw: FloatArray
    planned: HomePlan | None
    surprises: tuple[Surprise, ...]

    @property
    def outside_kwh(self) -> float:
        """Energy by which what came lay outside of what was foreseen."""
        beyond = np.maximum(self.came_kw - self.high_kw, 0.0) + np.maximum(self.low_kw - self.came_kw, 0.0)
        hours = 24.0 / len(beyond) if self.planned is None else self.planned.axis.step_hours
        return float(beyond.sum() * hours)


def foreseen_day(day: Day, outlook: Outlook, planned: HomePlan | None) -> ForeseenDay:
    """A day that is over, beside what was expected of it before it began."""
    steps = day.today.axis.steps
    unknown = np.full(outlook.load.axis.steps, np.nan)
    expected = outlook.scenarios(0, unknown, unknown).reshape(-1, len(unknown))[:, :steps]
    low_kw, high_kw = np.quantile(expected, (0.1, 0.9), axis=0)
    load_kw, generation_kw = load_and_generation(day.today)
    found = [*_of_the_car(day), *_of(outlook.load, load_kw, "The household draws")]
    if outlook.generation is not None:
        found += _of(outlook.generation, generation_kw, "Sun and wind give")
    return ForeseenDay(
        low_kw, high_kw, load_kw - generation_kw, planned, tuple(sorted(found, key=lambda s: s.step))
    )


def _of(forecast: Forecast, measured_kw: FloatArray, who: str) -> Iterator[Surprise]:
    """The first moments at which what was measured in the last hours lay outside of all that was foreseen."""
    hours, steps = forecast.axis.step_hours, len(measured_kw)
    width = min(steps, max(1, round(_SEEN_HOURS / hours)))

    def over_hours(values_kw: FloatArray) -> FloatArray:
        return np.convolve(values_kw[:steps], np.full(width, hours))[:steps]

    measured, lowest, highest = (
        over_hours(values) for values in (measured_kw, forecast.quantiles_kw[0], forecast.quantiles_kw[-1])
    )
    missed = measured - over_hours(forecast.mean_kw)
    for outside, words in ((measured < lowest, "less"), (measured > highest, "more")):
        at = np.flatnonzero(outside & (np.abs(missed) >= _WORTH_TELLING_KWH))
        if len(at):
            first = int(at[0])
            what = f"{who} {words} than was foreseen, by {abs(missed[first]):.1f} kWh in two hours"
            yield Surprise(min(first + 1, steps - 1), what)


def _of_the_car(day: Day) -> Iterator[Surprise]:
    came, expected = day.today.stores, day.expected.stores
    stays, awaited = Stays(came, expected), {(s.device, s.visit): s for s in expected if s.visit}
    pairs: list[tuple[LinearStore | None, LinearStore | None]] = [
        (awaited.pop((s.device, s.visit), None) if s.visit else s, s) for s in came
    ]
    pairs += [(store, None) for store in awaited.values()]
    for k in range(day.today.axis.steps):
        now = stays.news(k)
        before = stays.news(k - 1) if k else tuple(("as expected", 0) for _ in now)
        for (expects, comes), old, new in zip(pairs, before, now, strict=True):
            words = _words(expects, comes, old[0], new[0], k)
            if words:
                yield Surprise(k, words)


def _words(
    expected: LinearStore | None, came: LinearStore | None, old: str, new: str, now: int
) -> str | None:
    """What has become known of a car, None where that is nothing."""
    store = came or expected
    if old == new or store is None:
        return None
    car = store.device
    if new == "late":
        # A car that was due the day before was missed then.
        return None if now == 0 else f"{car} is not there yet"
    if new in ("there", "overdue") and came is not None and came.first_step == now:
        if expected is not None and now < expected.first_step:
            return f"{car} comes early, with {came.initial_kwh:.0f} kWh"
        if expected is not None and now == expected.first_step and came.initial_kwh == expected.initial_kwh:
            return None
        return f"{car} comes, with {came.initial_kwh:.0f} kWh"
    if new == "overdue":
        return f"{car} has not left"
    if new == "over":
        return f"{car} leaves" if old == "overdue" else f"{car} leaves early"
    return f"{car} has not come" if old == "late" else None
