"""How a home's plan adapted to its days: what was foreseen, what came, planned and lived, and the moments of surprise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.study.lived.found import LivedHome
from mas2tering.study.report.packing import packed

_MOST_HOMES = 12
"""A page of hundreds of homes shows those that were surprised most."""


@dataclass(frozen=True)
class TurnsStore:
    """What a store held at the end of each step, planned and lived: packed hundredths of kWh, gaps where it is away."""

    name: str
    planned: str
    lived: str


@dataclass(frozen=True)
class TurnsOfHome:
    """A home's days, packed hundredths of kW: what cannot be shifted (``low`` and ``high`` of what was foreseen, what ``came``)
    and the load at the meter, ``planned`` the evening before (a gap on days that were left to the rule) and ``lived``.
    ``surprises`` are steps of the run, and words."""

    home: str
    low: str
    high: str
    came: str
    planned: str
    lived: str
    stores: tuple[TurnsStore, ...]
    surprises: tuple[tuple[int, str], ...]
    outside_kwh: float


def turns_of(homes: Sequence[LivedHome]) -> tuple[TurnsOfHome, ...]:
    """The homes whose days turned out otherwise the most, those whose cars did first; in the order of the community."""
    seen = [home for home in homes if home.foreseen]
    ranked = sorted(seen, key=_surprise, reverse=True)[:_MOST_HOMES]
    return tuple(_turns(home) for home in seen if home in ranked)


def _surprise(home: LivedHome) -> tuple[bool, float]:
    cars = {part.device for part in home.plans["steered"][0].devices if part.kind == "ev"}
    told = any(s.words.split(" ")[0] in cars for day in home.foreseen for s in day.surprises)
    return told, sum(day.outside_kwh for day in home.foreseen)


def _turns(home: LivedHome) -> TurnsOfHome:
    lived, days = home.plans["steered"], home.foreseen
    begins = np.cumsum([0, *(len(plan.net_kw) for plan in lived)])
    planned = [day.planned for day in days]

    def whole(values: Sequence[FloatArray]) -> str:
        return packed(np.concatenate(values))

    def of(plans: Sequence[HomePlan | None], values: Callable[[HomePlan], FloatArray | None]) -> str:
        found = []
        for plan, own in zip(plans, lived, strict=True):
            value = None if plan is None else values(plan)
            found.append(np.full(len(own.net_kw), np.nan) if value is None else value)
        return whole(found)

    def content(device: str) -> Callable[[HomePlan], FloatArray | None]:
        return lambda plan: next((part.content for part in plan.devices if part.device == device), None)

    names = {
        part.device: part.device.replace("_", " ")
        for plan in (*lived, *(p for p in planned if p is not None))
        for part in plan.devices
        if part.content is not None
    }
    return TurnsOfHome(
        home=home.home,
        low=whole([day.low_kw for day in days]),
        high=whole([day.high_kw for day in days]),
        came=whole([day.came_kw for day in days]),
        planned=of(planned, lambda plan: plan.net_kw),
        lived=of(lived, lambda plan: plan.net_kw),
        stores=tuple(
            TurnsStore(name, of(planned, content(device)), of(lived, content(device)))
            for device, name in names.items()
        ),
        surprises=tuple(
            (int(begin) + s.step, s.words)
            for begin, day in zip(begins, days, strict=False)
            for s in day.surprises
        ),
        outside_kwh=round(sum(day.outside_kwh for day in days), 2),
    )
