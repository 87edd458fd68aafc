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
Lives = Callable[[Lie], Lie]
ALL_KINDS = ("battery", "ev", "heat_pump", "hot_water", "programme", "air_conditioning", "micro_chp")


@dataclass(frozen=True)
class Strategy:
    """An attack. ``leaves``: it withdraws after the first day on which it was held out."""

    name: str
    words: str
    variants: Mapping[str, Made]
    leaves: bool = False


def _declares(declared: Callable[[Scene], HomeModel], lives: Lives = lambda lie: lie) -> Made:
    """A home that declares something, and lives as is best for it or as is said here."""
    return lambda scene: lives(Lie(declared(scene)))


def _as_true(lives: Lives = lambda lie: lie) -> Made:
    """Declares what is true, and does something else."""
    return _declares(lambda scene: scene.situation.true, lives)


def _as_if_there(lie: Lie) -> Lie:
    """Lives as is best without what it declared: at the negotiated prices where it is called, alone where it is held out."""
    return replace(lie, called="answer", held_out="own")


def _of_devices(change: Callable[[HomeModel, frozenset[str]], HomeModel], *kinds: str) -> Made:
    """Does something about its devices of these kinds, which are there all the same."""

    def made(scene: Scene) -> Lie:
        true = scene.situation.true
        stores = [store.device for store in true.stores if store.kind in kinds]
        links = [link.device for chain in true.chains for link in chain.links if link.kind in kinds]
        machines = [machine.device for machine in true.cogeneration if machine.kind in kinds]
        hidden = frozenset(stores + links + machines)
        return Lie(change(true, hidden), hidden=hidden) if hidden else Lie(true)

    return made


def _each_kind(change: Callable[[HomeModel, frozenset[str]], HomeModel]) -> dict[str, Made]:
    return {
        "battery": _of_devices(change, "battery"),
        "car": _of_devices(change, "ev"),
        "programmes": _of_devices(change, "programme"),
    }


def _phantom_load(power_kw: float) -> Made:
    def declared(scene: Scene) -> HomeModel:
        in_congestion = scene.situation.added_per_kwh > 0.0
        return with_more_base(scene.situation.true, np.where(in_congestion, power_kw, 0.0))

    return _declares(declared)


def _phantom_store(store_of: Callable[[Scene], LinearStore | None]) -> Made:
    def made(scene: Scene) -> Lie:
        true, store = scene.situation.true, store_of(scene)
        return Lie(true) if store is None else _as_if_there(Lie(with_phantom_store(true, store)))

    return made


def _into_congestion(factor: float) -> Made:
    """Bound to the best plan at prices that make the congestion worse."""

    def made(scene: Scene) -> Lie:
        return Lie(scene.situation.true, bound_added_per_kwh=-factor * scene.situation.added_per_kwh)

    return made


def _overstated(factor: float, order_factor: float = 1.0) -> Made:
    return _declares(
        lambda scene: with_discomfort_times(scene.situation.true, factor),
        lambda lie: replace(lie, discomfort_factor=factor, order_factor=order_factor),
    )


def _departs_earlier(steps: int, lives: Lives) -> Made:
    return _declares(lambda scene: with_departure_earlier(scene.situation.true, steps), lives)


def _too_good(factor: float) -> Made:
    return _declares(lambda scene: with_battery_scaled(scene.situation.true, factor), _as_if_there)


def _invented(amount: float) -> Made:
    return _as_true(lambda lie: replace(lie, invented=amount))


def _on_hard_days(made: Made, otherwise: Made) -> Made:
    return lambda scene: (made if scene.is_hard else otherwise)(scene)


def _easy_day(scene: Scene) -> Lie:
    """A plan dearer than need be, and no loss by it where the home is held out."""
    return replace(_into_congestion(3.0)(scene), held_out="own")


HONEST = Strategy("honest", "declares what is true and lives as ordered", {"": _as_true()})

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
            "car": _phantom_store(lambda scene: scene.car),
            "battery": _phantom_store(lambda scene: scene.battery),
            "programme": _declares(
                lambda scene: with_phantom_programme(scene.situation.true, 2.0), _as_if_there
            ),
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
            **_each_kind(without_devices),
            "micro-CHP": _of_devices(without_devices, "micro_chp"),
            "all": _of_devices(without_devices, *ALL_KINDS),
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
            f"{steps // 2} h, {words}": _departs_earlier(steps, lives)
            for steps in (4, 8)
            for words, lives in (
                ("lived so", lambda lie: lie),
                ("charged later", lambda lie: replace(lie, called="own", held_out="own")),
            )
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
        {f"{amount:g} a day": _on_hard_days(_invented(amount), _easy_day) for amount in (0.05, 0.2)},
    ),
    Strategy(
        "relabelled_base",
        "devices passed off as base load",
        _each_kind(relabelled),
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
            f"{amount:g} on {when}": made
            for amount in (0.1, 0.3)
            for when, made in (
                ("hard days", _on_hard_days(_invented(amount), _as_true())),
                ("all days", _invented(amount)),
            )
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
