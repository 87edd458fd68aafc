"""All that is planned before any rule is tried: honest plans of all homes, and every attack of every attacker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.home.model import HomeModel
from mas2tering.study.gaming.homes import models_of
from mas2tering.study.gaming.play import DayPlay, Lie, Situation, day_play
from mas2tering.study.gaming.recorded import RecordedDay, recorded_days
from mas2tering.study.gaming.strategies import STRATEGIES, Scene, plays_of

Progress = Callable[[str], None]

CLASSES = ("battery", "ev", "heat_pump", "hot_water", "programme", "micro_chp")
"""Kinds of device that a home may have to attack with. Homes are chosen for the rarest first: few have cogeneration."""


@dataclass(frozen=True)
class Asked:
    """How large a study is wanted: congested days of a season, seasons, homes of the community that set the medians, attackers
    of each device class, recorded days at most, and the seed of weather and draws."""

    days: int = 100
    seasons: int = 4
    homes: int = 184
    attackers: int = 2
    recorded: int = 100
    seed: int = 1


@dataclass(frozen=True)
class Attacker:
    """A home that may attack, on the recorded days: its number, its models, its scenes, its plays as an honest home."""

    number: int
    home: str
    kind: str
    models: tuple[HomeModel, ...]
    scenes: tuple[Scene, ...]
    honest: tuple[DayPlay, ...]


@dataclass(frozen=True)
class Stage:
    """All that is planned before any rule is tried: recorded days, honest plays of all homes, attackers, and the variants of
    every attack for each of them, as parts with their plays by recorded day."""

    asked: Asked
    recorded: tuple[RecordedDay, ...]
    models: Mapping[str, tuple[HomeModel, ...]]
    honest: Mapping[str, tuple[DayPlay, ...]]
    attackers: tuple[Attacker, ...]
    attacks: Mapping[str, tuple[dict[str, list[list[DayPlay]]], ...]]


def staged(
    asked: Asked, progress: Progress = lambda _: None, recorded: Sequence[RecordedDay] | None = None
) -> Stage:
    """Plan everything that no rule changes, on these recorded days; on those of the generated community unless told otherwise."""
    recorded = recorded_days(asked.recorded) if recorded is None else tuple(recorded)
    by_day = [models_of(day, range(asked.homes)) for day in recorded]
    plays: dict[str, tuple[DayPlay, ...]] = {}
    situations: dict[str, tuple[Situation, ...]] = {}
    models: dict[str, tuple[HomeModel, ...]] = {}
    for k, model in enumerate(by_day[0]):
        name = model.home
        models[name] = tuple(day[k] for day in by_day)
        situations[name] = tuple(
            Situation.of(own, day.added_per_kwh[k], number)
            for number, (own, day) in enumerate(zip(models[name], recorded, strict=True))
        )
        plays[name] = tuple(day_play(own, Lie(own.true)) for own in situations[name])
        progress(f"honest plans of {k + 1} of {asked.homes} homes")
    # Limits cost most on the dearer half of the days.
    price = np.array([day.added_per_kwh.mean() for day in recorded])
    hard = price >= np.median(price)
    attackers = []
    for number, kind in _chosen(by_day[0], plays, asked.attackers):
        name = by_day[0][number].home
        scenes = tuple(
            _scene(own, by_day[day], number, is_hard=bool(hard[day]))
            for day, own in enumerate(situations[name])
        )
        attackers.append(Attacker(number, name, kind, models[name], scenes, plays[name]))
    attacks = {}
    for strategy in STRATEGIES:
        progress(f"attack {strategy.name}")
        attacks[strategy.name] = tuple(plays_of(strategy, list(own.scenes)) for own in attackers)
    return Stage(asked, recorded, models, plays, tuple(attackers), attacks)


def on_days(stage: Stage, days: Sequence[int]) -> Stage:
    """A stage on some of its recorded days, by number."""
    attackers = tuple(
        replace(
            own,
            models=tuple(own.models[k] for k in days),
            scenes=tuple(own.scenes[k] for k in days),
            honest=tuple(own.honest[k] for k in days),
        )
        for own in stage.attackers
    )
    attacks = {
        name: tuple(
            {label: [[part[k] for k in days] for part in parts] for label, parts in variants.items()}
            for variants in by_attacker
        )
        for name, by_attacker in stage.attacks.items()
    }
    return replace(
        stage,
        recorded=tuple(stage.recorded[k] for k in days),
        models={home: tuple(own[k] for k in days) for home, own in stage.models.items()},
        honest={home: tuple(own[k] for k in days) for home, own in stage.honest.items()},
        attackers=attackers,
        attacks=attacks,
    )


def _scene(own: Situation, others: Sequence[HomeModel], number: int, *, is_hard: bool) -> Scene:
    """A home's scene; phantoms are copies of the first car and the first battery among others."""
    found = {
        kind: next(
            (s for k, model in enumerate(others) if k != number for s in model.stores if s.kind == kind), None
        )
        for kind in ("ev", "battery")
    }
    return Scene(own, found["ev"], found["battery"], is_hard)


def kinds_of(model: HomeModel) -> set[str]:
    """The kinds of device with which a home can decide something."""
    links = {link.kind for chain in model.chains for link in chain.links}
    machines = {machine.kind for machine in model.cogeneration}
    return {store.kind for store in model.stores} | links | machines


def _chosen(
    models: Sequence[HomeModel], plays: Mapping[str, Sequence[DayPlay]], each: int
) -> list[tuple[int, str]]:
    """Attackers of every class: of its homes those with most at stake, none twice."""
    at_stake = [sum(play.known.loss.amount for play in plays.get(model.home, ())) for model in models]
    of_kind = {
        kind: [k for k, model in enumerate(models) if model.home in plays and kind in kinds_of(model)]
        for kind in CLASSES
    }
    chosen: dict[int, str] = {}
    for kind in sorted(CLASSES, key=lambda kind: len(of_kind[kind])):
        own = sorted(set(of_kind[kind]) - chosen.keys(), key=lambda k: (-at_stake[k], k))
        chosen |= dict.fromkeys(own[:each], kind)
    return sorted(chosen.items(), key=lambda pair: CLASSES.index(pair[1]))
