"""A season of lived days, played by honest homes and by attackers on the same days, weather and draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

import numpy as np

from mas2tering.home.model import HomeModel
from mas2tering.settlement.season import (
    JudgedDay,
    SeasonRule,
    account_of,
    drawn,
    probabilities,
    sealed_secret,
)
from mas2tering.settlement.season.account import Medians
from mas2tering.study.gaming.play import DayPlay, lived_day
from mas2tering.study.gaming.rules import SEASONAL, Turn, judged_day, paid_for_day
from mas2tering.study.gaming.weather import Noise, noise

_FIRST_DAY = date(2013, 1, 7)
_DAYS_APART = 3
Weather = tuple[Noise, ...]
"""The noise of a home, by recorded day."""


@dataclass(frozen=True)
class Calendar:
    """The days of a season, and by home on which of them the lot fell."""

    turns: tuple[tuple[int, int, date], ...]
    held_out: Mapping[date, frozenset[str]]
    probability: float

    def turns_of(self, home: str, *, holds_out: bool) -> list[Turn]:
        """A home's days."""
        return [
            Turn(recorded, row, day, holds_out and home in self.held_out[day], self.probability)
            for recorded, row, day in self.turns
        ]


@dataclass(frozen=True)
class Outcome:
    """A season of a home: what it cost, what it got, what its honest losses were, whether it was flagged; days lived."""

    cost: float
    paid: float
    losses: float
    flagged: bool

    @property
    def total(self) -> float:
        """What the season came to."""
        return self.cost - self.paid


def calendar(
    days: int, recorded: int, homes: Sequence[str], seed: int, season: int, rule: SeasonRule
) -> Calendar:
    """A season of so many days, over and over the recorded ones, and who is held out by secrets of both sides."""
    turns = tuple(
        (k % recorded, k // recorded, _FIRST_DAY + timedelta(days=_DAYS_APART * k)) for k in range(days)
    )
    chance = probabilities(homes, frozenset(), rule.hold_out, rule.hold_out_flagged)
    held_out = {}
    for _, _, day in turns:
        secrets = tuple(
            sha256(f"{side}|{seed}|{season}|{day}".encode()).digest() for side in ("dso", "aggregator")
        )
        seals = (sealed_secret(secrets[0], day), sealed_secret(secrets[1], day))
        held_out[day] = drawn(day, chance, seals, (secrets[0], secrets[1])).held_out
    return Calendar(turns, held_out, rule.hold_out)


def weather_of(models: Sequence[HomeModel], number: int, days: int, seed: int, season: int) -> Weather:
    """A home's weather of a season; ``models`` are those of its recorded days, ``number`` is its own."""
    rows = -(-days // len(models))
    return tuple(
        noise(
            model,
            rows,
            np.random.default_rng([seed, season, 8, k]),
            np.random.default_rng([seed, season, 7, k, number]),
        )
        for k, model in enumerate(models)
    )


def judged_season(
    rule: str, plays: Sequence[DayPlay], weather: Weather, turns: Sequence[Turn]
) -> tuple[list[JudgedDay], float]:
    """A home's judged days under a seasonal rule, and what they cost it."""
    found, cost = [], 0.0
    for turn in turns:
        play, own = plays[turn.recorded], weather[turn.recorded]
        out = turn.held_out and play.known.order is not None
        lived = lived_day(
            play, own.uncontrolled_kw[turn.weather], own.device_share[turn.weather], held_out=out
        )
        found.append(judged_day(rule, play, lived, turn))
        cost += lived.cost
    return found, cost


def played(
    rule: str,
    home: str,
    plays: Sequence[DayPlay],
    weather: Weather,
    turns: Sequence[Turn],
    medians: Medians,
    numbers: SeasonRule,
) -> Outcome:
    """A season of one home under a rule."""
    if rule in SEASONAL:
        days, cost = judged_season(rule, plays, weather, turns)
        return outcome_of(home, days, cost, medians, numbers)
    cost, paid, losses = 0.0, 0.0, 0.0
    for turn in turns:
        play, own = plays[turn.recorded], weather[turn.recorded]
        lived = lived_day(
            play, own.uncontrolled_kw[turn.weather], own.device_share[turn.weather], held_out=False
        )
        cost += lived.cost
        paid += paid_for_day(rule, play, lived)
        losses += play.known.loss.amount
    return Outcome(cost, paid, losses, flagged=False)


def outcome_of(
    home: str, days: Sequence[JudgedDay], cost: float, medians: Medians, numbers: SeasonRule
) -> Outcome:
    """The outcome of judged days that cost a home so much."""
    account = account_of(home, days, medians, numbers)
    return Outcome(cost, account.payment, account.losses, account.is_flagged)


def until_first_held_out(turns: Sequence[Turn]) -> list[Turn]:
    """The days of who leaves after the first one on which it was held out."""
    found = []
    for turn in turns:
        found.append(turn)
        if turn.held_out:
            break
    return found
