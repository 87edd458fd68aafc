"""Days of a community as they turn out, beside what rules and hindsight would have made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from mas2tering.coordination.lived_day import POLICIES, Day, Policy, cost_of_days, lived, short_kwh, stored
from mas2tering.coordination.lived_market import LivedMarket
from mas2tering.coordination.lived_trades import gain_of_matching
from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import ElectricVehicle
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileError, ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.forecast import PoolRecord
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.follow.outlook import Outlook
from mas2tering.home.model import HomeModel
from mas2tering.home.optimise import Budget
from mas2tering.study.outlooks import ForecastRecord, Outlooks, Quantity
from mas2tering.study.registered import Registration
from mas2tering.study.surprises import ForeseenDay, foreseen_day

Told = Callable[[int, int], None]
SHOWN: tuple[Policy, ...] = ("rule", "plan", "replanned", "steered")
"""Ways to live a day that need no hindsight, and are measured by it."""
_EVERY_MINUTES = 60
_A_CENT = 0.01
_GUARD_DAYS, _GUARD_SURE = (14, 28), 5


@dataclass(frozen=True)
class LivedHome:
    """A home's days by each policy, and what each comes to: stored energy counts once, at the end of the last day."""

    home: str
    plans: Mapping[Policy, tuple[HomePlan, ...]]
    cost: Mapping[Policy, float]
    foreseen: tuple[ForeseenDay, ...] = ()
    """What was foreseen of each day as it was lived, where it was lived by steering."""
    short_kwh: Mapping[Policy, float] = field(default_factory=dict)
    """What cars that came otherwise than expected left without, of what was due in them. It is in ``cost``, as bought
    elsewhere at the day's dearest price."""


@dataclass(frozen=True)
class LivedRun:
    """A community's days as they turned out; ``forecast`` names what was expected by, ``notes`` what went amiss."""

    forecast: str
    homes: tuple[LivedHome, ...]
    notes: tuple[str, ...] = field(default=())
    local_gain: Mapping[Policy, float] = field(default_factory=dict)
    """What homes would save together, by policy, if what some feed in went to those who draw at the same moment."""
    market: LivedMarket | None = None
    """What use cases 2 and 3 keep on these days, where they were run."""
    registration: Registration | None = None
    """How readings came to the forecasts, where they came through the historical database."""
    forecasts: Mapping[Quantity, ForecastRecord] = field(default_factory=dict)
    """Who forecast, and how well, by what was forecast."""
    models: Mapping[str, PoolRecord] = field(default_factory=dict)
    """What homes' models have learned in the end, by home."""

    @property
    def shown(self) -> tuple[Policy, ...]:
        """The ways of :data:`SHOWN` by which these days were lived."""
        return tuple(policy for policy in SHOWN if policy in self.homes[0].cost)

    def cost(self, policy: Policy) -> float:
        """What all homes' days come to."""
        return sum(home.cost[policy] for home in self.homes)

    def share_of_oracle(self, policy: Policy, against: Policy = "none") -> float | None:
        """Saving against the home without the platform (or with its battery idle), as a share of what hindsight would
        have saved; None where that is nothing."""
        return share_of(self.cost(against), self.cost(policy), self.cost("oracle"))

    @property
    def below_the_rule(self) -> tuple[str, ...]:
        """Homes that would have been better off with the rule, by more than a cent a day."""
        return tuple(
            home.home
            for home in self.homes
            if home.cost["steered"] - home.cost["rule"] > _A_CENT * len(home.plans["steered"])
        )


def share_of(none: float, cost: float, oracle: float) -> float | None:
    """(none - cost) / (none - oracle), None where hindsight saves less than a cent."""
    return None if none - oracle < 0.01 else (none - cost) / (none - oracle)


def steps_of_an_hour(step_minutes: int) -> int:
    """Steps from one valuation of what stores hold to the next."""
    return max(1, _EVERY_MINUTES // step_minutes)


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


class Course:
    """One day of a home as it comes, in whatever state somebody begins it."""

    def __init__(
        self,
        community: Community,
        home: Home,
        k: int,
        reader: ProfileReader,
        outlooks: Outlooks,
        day: date,
        step_minutes: int,
        notes: list[str],
    ) -> None:
        zone, starts = community.time_zone, community.day_starts_at
        axes = [TimeAxis.of_days(day, zone, step_minutes, days=n, day_starts_at=starts) for n in (1, 2)]
        self._home, self._k, self._reader, self._outlooks, self._notes = home, k, reader, outlooks, notes
        self._tariffs = _tariffs(community, home, axes, reader, notes)
        self._made: dict[int, Outlook] = {}

    def day(self, carry: Carry) -> Day:
        """The day's models, in a state."""
        today = self._models(self._tariffs[0], carry)
        if len(self._tariffs) > 1:
            try:
                ahead = self._models(self._tariffs[1], carry)
            except ProfileError:
                self._notes.append(_SHORT_SIGHTED)
                del self._tariffs[1]
            else:
                return Day(today[0], ahead[0], today[1], ahead[1])
        return Day(today[0], today[0], today[1], today[1])

    def _models(self, tariff: TariffOnAxis, carry: Carry) -> tuple[HomeModel, HomeModel]:
        """The home on an axis as it comes, and with its cars as they are expected."""
        came = compile_home(self._home, tariff, self._reader, carry)
        otherwise = any(isinstance(d, ElectricVehicle) and d.turned_out for d in self._home.devices)
        return came, compile_home(
            self._home, tariff, self._reader, carry, expected=True
        ) if otherwise else came

    def outlook_of(self, day: Day) -> Outlook:
        """What was expected on the axis on which the home looks ahead."""
        axis = day.ahead.axis
        if axis.steps not in self._made:
            self._made[axis.steps] = self._outlooks.of_home(self._k, axis)
        return self._made[axis.steps]


@dataclass
class Guard:
    """Whether a home does better by the rule: it keeps in mind what steering alone and the rule alone would have made of the
    days so far, and hands a day over to the rule while steering has cost more over the last weeks."""

    carry: Carry = field(default_factory=Carry)
    differences: list[float] = field(default_factory=list)

    @property
    def prefers_the_rule(self) -> bool:
        """Whether steering has cost more than the rule over the last two weeks, or four; known after a few days."""
        if len(self.differences) < _GUARD_SURE:
            return False
        return any(sum(self.differences[-days:]) > 0 for days in _GUARD_DAYS)

    def watch(
        self, course: Course, every: int, budget: Budget, by_rule: HomePlan, as_lived: HomePlan
    ) -> None:
        """Take note of a day that is over."""
        if self.differences and self.prefers_the_rule:
            day = course.day(self.carry)
            as_lived = lived("steered", day, course.outlook_of(day), every, budget).plan
        self.differences.append(as_lived.costs.cost - by_rule.costs.cost)
        self.carry = carried(as_lived)


def _tariffs(
    community: Community, home: Home, axes: Sequence[TimeAxis], reader: ProfileReader, notes: list[str]
) -> list[TariffOnAxis]:
    """The home's prices today, and on the longer axis where they are known."""
    tariff = community.tariff_of(home)
    found = [tariff_on(axes[0], tariff, reader)]
    try:
        found.append(tariff_on(axes[1], tariff, reader))
    except ProfileError:
        notes.append(_SHORT_SIGHTED)
    return found


_SHORT_SIGHTED = "on the last day nothing is known of the morrow: what stores hold at its end is valued at what refilling costs"


def carried(plan: HomePlan) -> Carry:
    """What a day hands on to the next: content of stores, and whether machines run."""
    contents = {
        device.device: float(device.content[-1])
        for device in plan.devices
        if device.content is not None and device.content[-1] == device.content[-1]
    }
    running = {
        device.device: bool(device.power_kw[-1] < 0) for device in plan.devices if device.kind == "micro_chp"
    }
    return Carry(contents, running)
