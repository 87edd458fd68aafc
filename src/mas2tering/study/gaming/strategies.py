"""The attacks: what each makes of a home's day, in variants of which a table shows the best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mas2tering.home.model import HomeModel, LinearStore
from mas2tering.study.gaming.lies import (
    relabelled,
    with_battery_scaled,
    with_departure_earlier,
    with_discomfort_times,
    with_more_base,
    with_phantom_programme,
    with_phantom_store,
    without_devices,
)
from mas2tering.study.gaming.play import DayPlay, Lie, Situation, day_play


@dataclass(frozen=True)
class Scene:
    """A home's situation on a recorded day; ``car`` is a neighbour's car and ``battery`` its battery on that day, and ``is_hard``
    whether it is one of the days on which limits cost most."""

    situation: Situation
    car: LinearStore | None
    battery: LinearStore | None
    is_hard: bool


Made = Callable[[Scene], Lie]


@dataclass(frozen=True)
class Strategy:
    """An attack. ``leaves``: it withdraws after the first day on which it was held out."""

    name: str
    words: str
    variants: Mapping[str, Made]
    leaves: bool = False


def _devices(true: HomeModel, *kinds: str) -> frozenset[str]:
    stores = [store.device for store in true.stores if store.kind in kinds]
    links = [link.device for chain in true.chains for link in chain.links if link.kind in kinds]
    machines = [machine.device for machine in true.cogeneration if machine.kind in kinds]
    return frozenset(stores + links + machines)


def _phantom_load(power_kw: float) -> Made:
    def made(scene: Scene) -> Lie:
        true, added = scene.situation.true, scene.situation.added_per_kwh
        return Lie(with_more_base(true, np.where(added > 0.0, power_kw, 0.0)))

    return made


def _phantom_store(kind: str) -> Made:
    def made(scene: Scene) -> Lie:
        store = scene.car if kind == "ev" else scene.battery
        true = scene.situation.true
        if store is None:
            return Lie(true)
        return Lie(with_phantom_store(true, store), called="answer", held_out="own")

    return made


def _phantom_programme(scene: Scene) -> Lie:
    return Lie(with_phantom_programme(scene.situation.true, 2.0), called="answer", held_out="own")


def _into_congestion(factor: float) -> Made:
    def made(scene: Scene) -> Lie:
        return Lie(scene.situation.true, bound_added_per_kwh=-factor * scene.situation.added_per_kwh)

    return made


def _hidden(*kinds: str) -> Made:
    def made(scene: Scene) -> Lie:
        true = scene.situation.true
        hidden = _devices(true, *kinds)
        return Lie(without_devices(true, hidden), hidden=hidden) if hidden else Lie(true)

    return made


def _relabelled(*kinds: str) -> Made:
    def made(scene: Scene) -> Lie:
        true = scene.situation.true
        hidden = _devices(true, *kinds)
        return Lie(relabelled(true, hidden), hidden=hidden) if hidden else Lie(true)

    return made


def _overstated(factor: float, order_factor: float = 1.0) -> Made:
    def made(scene: Scene) -> Lie:
        declared = with_discomfort_times(scene.situation.true, factor)
        return Lie(declared, discomfort_factor=factor, order_factor=order_factor)

    return made


def _departs_earlier(steps: int, *, lives_so: bool) -> Made:
    def made(scene: Scene) -> Lie:
        declared = with_departure_earlier(scene.situation.true, steps)
        return Lie(declared) if lives_so else Lie(declared, called="own", held_out="own")

    return made


def _too_good(factor: float) -> Made:
    def made(scene: Scene) -> Lie:
        declared = with_battery_scaled(scene.situation.true, factor)
        return Lie(declared, called="answer", held_out="own")

    return made


def _invented(amount: float, *, hard_days_only: bool = False) -> Made:
    def made(scene: Scene) -> Lie:
        lies = scene.is_hard or not hard_days_only
        return Lie(scene.situation.true, invented=amount if lies else 0.0)

    return made


def _sandbagging(amount: float) -> Made:
    def made(scene: Scene) -> Lie:
        true = scene.situation.true
        if scene.is_hard:
            return Lie(true, invented=amount)
        return Lie(true, bound_added_per_kwh=-3.0 * scene.situation.added_per_kwh, held_out="own")

    return made


def _as_true(change: Callable[[Lie], Lie]) -> Made:
    """Declares what is true, and does something else."""

    def made(scene: Scene) -> Lie:
        return change(Lie(scene.situation.true))

    return made


HONEST = Strategy("honest", "declares what is true and lives as ordered", {"": _as_true(lambda lie: lie)})

STRATEGIES: tuple[Strategy, ...] = (
    Strategy(
        "phantom_load",
        "base load in the congestion that the forecaster was made to believe in",
        {f"{kw:g} kW": _phantom_load(kw) for kw in (0.5, 1.5)},
    ),
    Strategy(
        "phantom_ev",
        "a car, a battery or a programme that is not there",
        {
            "car": _phantom_store("ev"),
            "battery": _phantom_store("battery"),
            "programme": _phantom_programme,
        },
    ),
    Strategy(
        "load_into_congestion",
        "a bound plan that draws in the congestion on purpose",
        {f"{k:g} times the price": _into_congestion(k) for k in (1.0, 3.0)},
    ),
    Strategy(
        "hidden_flexibility",
        "devices that are there and not declared",
        {
            "battery": _hidden("battery"),
            "car": _hidden("ev"),
            "programmes": _hidden("programme"),
            "micro-CHP": _hidden("micro_chp"),
        },
    ),
    Strategy(
        "overstated_discomfort",
        "discomfort declared dearer than it is, at its best factor up to three",
        {f"{k:g} times": _overstated(k) for k in (1.25, 1.5, 2.0, 3.0)},
    ),
    Strategy(
        "false_departure",
        "a car said to leave earlier than it does",
        {
            f"{steps // 2} h, {'lived so' if so else 'charged later'}": _departs_earlier(steps, lives_so=so)
            for steps in (4, 8)
            for so in (True, False)
        },
    ),
    Strategy(
        "wash_trade",
        "a pair that trades with itself at a price of its own making",
        {"": _as_true(lambda lie: replace(lie, washed=True))},
    ),
    Strategy(
        "colluding_aggregator",
        "an aggregator that makes orders larger than the negotiated prices do",
        {
            "orders": _as_true(lambda lie: replace(lie, order_factor=3.0)),
            "orders, discomfort": _overstated(3.0, order_factor=3.0),
        },
    ),
    Strategy(
        "non_delivery",
        "takes the order and lives its own plan",
        {"": _as_true(lambda lie: replace(lie, called="own"))},
    ),
    Strategy(
        "tampered_meter",
        "a meter that leaves out 30 % of what is drawn when called",
        {
            "delivers": _as_true(lambda lie: replace(lie, tampered="meter")),
            "does not": _as_true(lambda lie: replace(lie, tampered="meter", called="own")),
        },
    ),
    Strategy(
        "tampered_records",
        "device records that say what was ordered",
        {"": _as_true(lambda lie: replace(lie, tampered="records", called="own"))},
    ),
    Strategy(
        "tampered_both",
        "meter and records that show the order, whatever is lived",
        {"": _as_true(lambda lie: replace(lie, tampered="both", called="own"))},
    ),
    Strategy(
        "withdrawal",
        "a plan too good to be true, until the first day held out; then it leaves",
        {f"{amount:g} a day": _invented(amount) for amount in (0.05, 0.2)},
        leaves=True,
    ),
    Strategy("split_home", "one home as two, its stores behind a meter of their own", {}),
    Strategy(
        "sandbagging",
        "plans dearer than need be on easy days, too good on hard ones",
        {f"{amount:g} a day": _sandbagging(amount) for amount in (0.05, 0.2)},
    ),
    Strategy(
        "relabelled_base",
        "devices passed off as base load",
        {"battery": _relabelled("battery"), "car": _relabelled("ev"), "programmes": _relabelled("programme")},
    ),
    Strategy(
        "small_adaptive_lies",
        "a plan too good to be true by less than chance explains",
        {f"{amount:g} a day": _invented(amount) for amount in (0.003, 0.01, 0.03)},
    ),
    Strategy(
        "too_good_plan",
        "a battery declared larger than it is",
        {f"{k:g} times": _too_good(k) for k in (1.2, 2.0)},
    ),
    Strategy(
        "oracle_liar",
        "knows the order in advance, and binds itself to a plan that is cheaper by any amount it likes",
        {
            f"{amount:g} on {'hard days' if hard else 'all days'}": _invented(amount, hard_days_only=hard)
            for amount in (0.1, 0.3)
            for hard in (True, False)
        },
    ),
    Strategy(
        "load_between_meters",
        "a coalition: load in the congestion is drawn by a neighbour that has no order",
        {"": _as_true(lambda lie: replace(lie, elsewhere=True))},
    ),
)


def plays_of(strategy: Strategy, scenes: list[Scene]) -> dict[str, list[list[DayPlay]]]:
    """The variants of an attack, each a list of the homes that it is played as (one, but where a home is split), each with
    its recorded days."""
    if strategy.name == "split_home":
        parts = [_split(scene) for scene in scenes]
        return {"": [[day[part] for day in parts] for part in (0, 1)]}
    return {
        label: [[day_play(scene.situation, made(scene)) for scene in scenes]]
        for label, made in strategy.variants.items()
    }


def _split(scene: Scene) -> tuple[DayPlay, DayPlay]:
    """Two homes of one: stores behind a meter of their own, which pays no standing charge."""
    true, added = scene.situation.true, scene.situation.added_per_kwh
    free = replace(true.tariff, standing_charge_per_day=0.0)
    stores = replace(true, fixed=(), generation=(), chains=(), cogeneration=(), tariff=free)
    rest = replace(true, stores=())
    first, second = (
        day_play(Situation.of(part, added, scene.situation.day), Lie(part)) for part in (rest, stores)
    )
    return first, second
