"""A season of a home: losses, less what its lived days say about its plans.

    payment = [sum of losses - factor (too cheap + not there) - carried]+ - price x kWh short

*Too cheap* (D1): plans that promised less cost than days lived show. A day held out stands for (1 - p) / p others, so that a
lie about a plan is charged, on average, for all days on which it could be paid. *Not there* (D2): days that were called and
cost less than the ordered plan: what was moved did not exist. Each sum is taken about the community's median of its day and
counts beyond a dead band of z standard deviations, which honest forecasts leave only by chance. A third sum is of losses
that the meter denies where device records assert them. A day held out is never rewarded, and no day makes up for another by
more than chance explains: plans that are dearer than need be on easy days buy nothing on hard ones. What is deducted beyond
the losses is carried into the next season.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from mas2tering.settlement.season.judging import JudgedDay
from mas2tering.settlement.season.rule import SeasonRule, weight_of

Medians = Mapping[tuple[date, bool], float]
"""The community's median of how much dearer days were than plans, by day and whether homes were held out."""

FEWEST_FOR_MEDIAN = 5
"""Of fewer homes a median would be too much one of them."""
FEWEST_DAYS_SHARED, SURE_SHARED = 10, 3.0
"""Medians of so many days say whether most homes tell the same lie, and where they are off by more than so many standard deviations
it is held to be one."""
_OF_A_MEDIAN = math.sqrt(math.pi / 2.0)
"""The standard deviation of the median of many normal numbers, as a multiple of that of their mean."""


@dataclass(frozen=True)
class Finding:
    """A sum over days of how far lived days are from plans: ``total`` about the medians, the ``band`` within which chance
    explains it, and how many days there are in it."""

    total: float
    band: float
    days: int

    @property
    def beyond(self) -> float:
        """What chance does not explain: zero or more."""
        return max(0.0, self.total - self.band)


@dataclass(frozen=True)
class SeasonAccount:
    """A home's season, in the community's currency before cents are rounded."""

    home: str
    days: tuple[JudgedDay, ...]
    losses: float
    held_out: Finding
    dearer_than_ordered: Finding
    not_there: Finding
    contradicted: Finding
    factor: float
    short_kwh: float
    short_charge: float
    brought: float

    @property
    def deducted(self) -> float:
        """All that is deducted, brought over from the season before included, as far as there are losses."""
        return min(self.losses, self.due_to_deduct)

    @property
    def due_to_deduct(self) -> float:
        """What would be deducted if losses reached so far."""
        return self.factor * sum(finding.beyond for finding in self.findings) + self.brought

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All that is deducted for, and counts as a flag beyond its band."""
        return (self.held_out, self.dearer_than_ordered, self.not_there, self.contradicted)

    @property
    def carried(self) -> float:
        """What is left to deduct in the next season."""
        return max(0.0, self.due_to_deduct - self.losses)

    @property
    def payment(self) -> float:
        """What the home gets; below zero it pays, for what it did not deliver."""
        return self.losses - self.deducted - self.short_charge

    @property
    def is_flagged(self) -> bool:
        """Whether lived days contradict plans beyond chance."""
        return any(finding.beyond > 0.0 for finding in self.findings)


def medians_of(homes: Mapping[str, Sequence[JudgedDay]]) -> Medians:
    """The medians of all homes' days, of days of which there are enough homes.

    What homes have in common on single days is nobody's lie. What the middle one has in common with itself on most days, beyond
    what chance makes of so many honest homes and days, is: then most of them tell the same lie, and the medians are moved back by it.
    """
    found: dict[tuple[date, bool], list[JudgedDay]] = {}
    for days in homes.values():
        for day in days:
            if day.dearer is not None:
                found.setdefault((day.day, day.held_out), []).append(day)
    enough = {key: own for key, own in found.items() if len(own) >= FEWEST_FOR_MEDIAN}
    medians = {key: median(_dearer(day) for day in own) for key, own in enough.items()}
    for held_out in (False, True):
        keys = [key for key in medians if key[1] == held_out]
        shared = _shared_lie([medians[key] for key in keys], [_chance(enough[key]) for key in keys])
        medians |= {key: medians[key] - shared for key in keys}
    return medians


def _shared_lie(medians: Sequence[float], chances: Sequence[float]) -> float:
    """How far the middle one of days' medians is from nought beyond chance; ``chances`` are their standard deviations."""
    if len(medians) < FEWEST_DAYS_SHARED:
        return 0.0
    middle = median(medians)
    within = SURE_SHARED * _OF_A_MEDIAN * math.sqrt(sum(own**2 for own in chances)) / len(chances)
    return math.copysign(max(0.0, abs(middle) - within), middle)


def _chance(days: Sequence[JudgedDay]) -> float:
    """The standard deviation of the median of a day's honest homes."""
    return _OF_A_MEDIAN * math.sqrt(sum(day.deviation**2 for day in days)) / len(days)


def _dearer(day: JudgedDay) -> float:
    if day.dearer is None:
        raise AssertionError("a day that was held out or called says how dear it was")
    return day.dearer


def account_of(
    home: str, days: Sequence[JudgedDay], medians: Medians, rule: SeasonRule, brought: float = 0.0
) -> SeasonAccount:
    """Settle a home's season; ``brought`` is what is left to deduct from the one before.

    Raises:
        ValueError: a day appears twice, or was held out with a probability of nought.
    """
    if len({day.day for day in days}) != len(days):
        raise ValueError(f"home {home!r}: a day appears twice in its season")
    audited = [day for day in days if day.held_out and day.may_deduct]
    if any(not 0.0 < day.probability < 1.0 for day in audited):
        raise ValueError(f"home {home!r}: a day was held out with a probability outside (0, 1)")
    called = [day for day in days if day.called and day.may_deduct]
    weights = [weight_of(day.probability) for day in audited]
    short_kwh = sum(day.short_kwh for day in days)
    return SeasonAccount(
        home=home,
        days=tuple(days),
        losses=sum(day.loss for day in days),
        held_out=_finding(audited, weights, medians, rule, 1.0),
        dearer_than_ordered=_finding(called, [1.0] * len(called), medians, rule, 1.0),
        not_there=_finding(called, [1.0] * len(called), medians, rule, -1.0),
        contradicted=Finding(
            sum(day.contradicted for day in called),
            rule.dead_band * sum(day.contradicted_deviation**2 for day in called) ** 0.5,
            len(called),
        ),
        factor=rule.factor,
        short_kwh=short_kwh,
        short_charge=rule.short_per_kwh * short_kwh,
        brought=brought,
    )


def _finding(
    days: Sequence[JudgedDay], weights: Sequence[float], medians: Medians, rule: SeasonRule, sign: float
) -> Finding:
    total, variance = 0.0, 0.0
    for day, weight in zip(days, weights, strict=True):
        off = sign * (_dearer(day) - medians.get((day.day, day.held_out), 0.0))
        total += weight * max(off, -rule.dead_band * day.deviation)
        variance += (weight * day.deviation) ** 2
    return Finding(total, rule.dead_band * variance**0.5, len(days))
