"""Days of a community as they turn out, beside what rules and hindsight would have made of them."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from mas2tering.coordination.lived_day import POLICIES, Policy, cost_of_days, lived, short_kwh, stored
from mas2tering.coordination.lived_trades import gain_of_matching
from mas2tering.domain.community import Community, Home
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.tariffs import tariff_on
from mas2tering.home.compile import Carry
from mas2tering.home.optimise import Budget
from mas2tering.study.lived.course import Course, carried, steps_of_an_hour
from mas2tering.study.lived.found import LivedHome, LivedRun
from mas2tering.study.lived.guard import Guard
from mas2tering.study.lived.outlooks import Outlooks
from mas2tering.study.lived.surprises import ForeseenDay, foreseen_day

Told = Callable[[int, int], None]


def live_days(
    community: Community,
    reader: ProfileReader,
    outlooks: Outlooks,
    first_day: date,
    days: int,
    step_minutes: int,
    budget: Budget,
    *,
    policies: Sequence[Policy] = POLICIES,
    told: Told = lambda *_: None,
) -> LivedRun:
    """Live days of a community by each policy; stores keep what they hold from day to day, for each policy its own.

    Raises:
        ProfileError: a profile or a price is missing on these days.
    """
    homes, notes = [], list[str]()
    for k, home in enumerate(community.homes):
        homes.append(
            _live(
                community, home, k, reader, outlooks, first_day, days, step_minutes, budget, policies, notes
            )
        )
        told(k + 1, len(community.homes))
    lived_homes = tuple(homes)
    return LivedRun(
        outlooks.name,
        lived_homes,
        tuple(dict.fromkeys((*outlooks.failed, *notes))),
        _local_gains(community, reader, lived_homes),
        forecasts=outlooks.records(),
        models=outlooks.models,
    )


def _local_gains(
    community: Community, reader: ProfileReader, homes: Sequence[LivedHome]
) -> dict[Policy, float]:
    """What homes could trade on these days as each policy lived them."""
    gains: dict[Policy, float] = {}
    for policy, days in homes[0].plans.items():
        total = 0.0
        for number, first in enumerate(days):
            prices = {
                t.id: tariff_on(first.axis, t, reader) for t in community.tariffs if _is_used(community, t.id)
            }
            own = [prices[home.supply.tariff] for home in community.homes]
            total += gain_of_matching(
                np.array([home.plans[policy][number].net_kw for home in homes]),
                np.array([tariff.import_price_per_kwh for tariff in own]),
                np.array([tariff.export_price_per_kwh for tariff in own]),
                community.local_charges,
                first.axis.step_hours,
            )
        gains[policy] = total
    return gains


def _is_used(community: Community, tariff: str) -> bool:
    return any(home.supply.tariff == tariff for home in community.homes)


def _live(
    community: Community,
    home: Home,
    k: int,
    reader: ProfileReader,
    outlooks: Outlooks,
    first_day: date,
    days: int,
    step_minutes: int,
    budget: Budget,
    policies: Sequence[Policy],
    notes: list[str],
) -> LivedHome:
    plans: dict[Policy, list[HomePlan]] = {policy: [] for policy in policies}
    carries = {policy: Carry() for policy in policies}
    guard = Guard()
    begins: dict[str, float] = {}
    worth: dict[str, float] = {}
    every = steps_of_an_hour(step_minutes)
    foreseen: list[ForeseenDay] = []
    elsewhere, left_short = dict.fromkeys(policies, 0.0), dict.fromkeys(policies, 0.0)
    for number in range(days):
        course = Course(
            community, home, k, reader, outlooks, first_day + timedelta(days=number), step_minutes, notes
        )
        for policy in policies:
            own: Policy = policy
            if policy == "steered" and guard.prefers_the_rule:
                own = "rule"
            day = course.day(carries[policy])
            worth, first = stored(day.today)
            begins = begins or first
            found = lived(own, day, course.outlook_of(day), every, budget)
            plan = found.plan
            plans[policy].append(plan)
            carries[policy] = carried(plan)
            short = short_kwh(day, plan)
            elsewhere[policy] += sum(short.values()) * float(day.today.tariff.import_price_per_kwh.max())
            left_short[policy] += sum(short.values())
            if policy == "steered":
                foreseen.append(foreseen_day(day, course.outlook_of(day), found.planned))
        if {"rule", "steered"} <= set(policies):
            guard.watch(course, every, budget, plans["rule"][-1], plans["steered"][-1])
    cost = {policy: cost_of_days(made, worth, begins) + elsewhere[policy] for policy, made in plans.items()}
    if "oracle_emptied" in cost:
        # Hindsight chooses what its horizon's end is worth, too; and it may do what anybody did.
        best = min(cost, key=lambda policy: cost[policy])
        plans["oracle"], cost["oracle"], left_short["oracle"] = plans[best], cost[best], left_short[best]
        del plans["oracle_emptied"], cost["oracle_emptied"]
    made_by = {policy: tuple(made) for policy, made in plans.items()}
    short_by = {policy: left_short[policy] for policy in made_by}
    return LivedHome(home.id, made_by, cost, tuple(foreseen), short_by)
