"""Days of a community as they turn out, beside what rules and hindsight would have made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mas2tering.coordination.lived_day import POLICIES, Day, Policy, cost_of_days, lived, stored
from mas2tering.domain.community import Community, Home
from mas2tering.domain.plans import HomePlan
from mas2tering.domain.profiles import ProfileError, ProfileReader
from mas2tering.domain.tariffs import TariffOnAxis, tariff_on
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.home.compile import Carry, compile_home
from mas2tering.home.optimise import Budget
from mas2tering.study.outlooks import Outlooks

Told = Callable[[int, int], None]
SHOWN: tuple[Policy, ...] = ("rule", "plan", "steered")
"""Ways to live a day that need no hindsight, and are measured by it."""
_EVERY_MINUTES = 60
_A_CENT = 0.01


@dataclass(frozen=True)
class LivedHome:
    """A home's days by each policy, and what each comes to: stored energy counts once, at the end of the last day."""

    home: str
    plans: Mapping[Policy, tuple[HomePlan, ...]]
    cost: Mapping[Policy, float]


@dataclass(frozen=True)
class LivedRun:
    """A community's days as they turned out; ``forecast`` names what was expected by, ``notes`` what went amiss."""

    forecast: str
    homes: tuple[LivedHome, ...]
    notes: tuple[str, ...] = field(default=())

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
            _live(community, home, k, reader, outlooks, first_day, days, step_minutes, budget, policies, notes)
        )
        told(k + 1, len(community.homes))
    return LivedRun(outlooks.load.name, tuple(homes), tuple(dict.fromkeys((*outlooks.failed, *notes))))


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
    begins: dict[str, float] = {}
    worth: dict[str, float] = {}
    every = max(1, _EVERY_MINUTES // step_minutes)
    for number in range(days):
        day = first_day + timedelta(days=number)
        axes = [
            TimeAxis.of_days(
                day, community.time_zone, step_minutes, days=length, day_starts_at=community.day_starts_at
            )
            for length in (1, 2)
        ]
        tariffs = _tariffs(community, home, axes, reader, notes)
        outlook = outlooks.of_home(k, tariffs[-1].axis)
        for policy in policies:
            today = compile_home(home, tariffs[0], reader, carries[policy])
            ahead = _ahead(home, tariffs[-1], reader, carries[policy], today, notes)
            if ahead is today and outlook.load.axis != today.axis:
                outlook = outlooks.of_home(k, today.axis)
            worth, first = stored(today)
            begins = begins or first
            plan = lived(policy, Day(today, ahead), outlook, every, budget)
            plans[policy].append(plan)
            carries[policy] = carried(plan)
    cost = {policy: cost_of_days(made, worth, begins) for policy, made in plans.items()}
    if "oracle_emptied" in cost:
        # Hindsight chooses what its horizon's end is worth, too; and it may do what anybody did.
        best = min(cost, key=lambda policy: cost[policy])
        plans["oracle"], cost["oracle"] = plans[best], cost[best]
        del plans["oracle_emptied"], cost["oracle_emptied"]
    return LivedHome(home.id, {policy: tuple(made) for policy, made in plans.items()}, cost)


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


def _ahead(home, tariff, reader, carry, today, notes):  # type: ignore[no-untyped-def]
    if tariff.axis == today.axis:
        return today
    try:
        return compile_home(home, tariff, reader, carry)
    except ProfileError:
        notes.append(_SHORT_SIGHTED)
        return today


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


def lived_sentences(lived: LivedRun, currency: str) -> tuple[str, ...]:
    """What the days came to, in a reader's words."""

    def cost(policy: Policy) -> str:
        return f"{lived.cost(policy):,.2f} {currency}"

    def share(policy: Policy) -> str:
        found = lived.share_of_oracle(policy, "idle")
        return "" if found is None else f" ({100 * found:.0f} %)"

    below = lived.below_the_rule
    return (
        f"Lived, use case 1, on a forecast ({lived.forecast}): {cost('steered')}. By the simple rule {cost('rule')}, by the plan "
        f"of the day before as it stood {cost('plan')}, without the platform {cost('none')}, in hindsight {cost('oracle')}.",
        f"Of what hindsight would save against idle batteries: lived{share('steered')}, rule{share('rule')}, plan as it stood"
        f"{share('plan')}.",
        "No home would have done better by the rule."
        if not below
        else f"{len(below)} of {len(lived.homes)} homes would have done better by the rule: {', '.join(below[:5])}.",
    )
