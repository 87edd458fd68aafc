"""The best attacks of a screen with the real negotiation run again: prices answer the liar, homes beside it answer the prices.

The screen answers recorded prices. Here all homes negotiate each day anew, the liar among them as what it declares; it is settled by
the season's rule at the prices that come of that, against its honest self at the prices of honest homes, on the same days, weather
and lots. What a liar says only after the negotiation, or never, cannot move it: there the recorded prices are those that would come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.study.gaming.bench import Screen, Season, gain_of, screen, seasons_of, short
from mas2tering.study.gaming.homes import best_at, digest_of
from mas2tering.study.gaming.kept import Arrays, kept_arrays
from mas2tering.study.gaming.negotiated import Declares, NegotiatingDay
from mas2tering.study.gaming.play import DayPlay, Lie, day_play
from mas2tering.study.gaming.recorded import told_price
from mas2tering.study.gaming.stage import CLASSES, Attacker, Progress, Stage, on_days
from mas2tering.study.gaming.strategies import Scene

BEST = 3


@dataclass(frozen=True)
class Picked:
    """An attack by homes of one device class, in its best variant for them; whether it ``enters`` the negotiation by what is
    declared to it."""

    kind: str
    strategy: str
    variant: str
    enters: bool


@dataclass(frozen=True)
class Confirmed:
    """What an attack earned a congested day, screened and with the negotiation run again (both on the same days), and over all
    recorded days and attackers of the class as the screen has it. ``moved_per_kwh`` is by how much the liar moved its own price where
    limits have one, on average, of ``price_per_kwh``; ``negotiations`` were run for it, and ``broken`` of them left a limit unmet."""

    picked: Picked
    screened_all_days: float
    screened: float
    mean: float
    upper95: float
    most: float
    share_with_gain: float
    extra_cost_to_dso: float
    moved_per_kwh: float
    price_per_kwh: float
    negotiations: int
    broken: int
    attackers: int


def picked_of(played: Screen, best: int = BEST) -> list[Picked]:
    """The best attacks of each device class by the screen, and the best among those that enter the negotiation."""
    found = []
    for kind in CLASSES:
        rows = [k for k, own in enumerate(played.stage.attackers) if own.kind == kind]
        if not rows:
            continue
        ranked = []
        for name, table in played.tables.items():
            if name == "split_home":
                # Two homes at one customer: another negotiation.
                continue
            mean = {label: float(own.gains[rows].mean()) for label, own in table.items()}
            entering = {label: _enters(played.stage, rows, name, label) for label in mean}
            for enters in (True, False):
                own = [label for label in mean if entering[label] == enters]
                if own:
                    label = max(own, key=lambda label: mean[label])
                    ranked.append((mean[label], Picked(kind, name, label, enters)))
        ranked.sort(key=lambda pair: -pair[0])
        first = [own for _, own in ranked[:best]]
        further = [own for _, own in ranked if own.enters][:best]
        found += first + [own for own in further if own not in first]
    return found


def _enters(stage: Stage, rows: Sequence[int], strategy: str, variant: str) -> bool:
    plays = (play for row in rows for play in stage.attacks[strategy][row][variant][0])
    return any(_declares(stage.attackers[0].number, play.lie, play) is not None for play in plays)


def _declares(number: int, lie: Lie, play: DayPlay) -> Declares | None:
    """What a liar takes part with; None where that is the truth."""
    if lie.bound_added_per_kwh is None and digest_of(lie.declared) == digest_of(play.true):
        return None
    return Declares(number, lie.declared, lie.bound_added_per_kwh)


def confirmed(
    played: Screen, days: int, homes: int, folder: Path, progress: Progress = lambda _: None
) -> list[Confirmed]:
    """Run the best attacks of a screen again on so many of its recorded days, by at most so many homes of each class, those with
    most at stake; negotiations are kept in ``folder``."""
    stage = played.stage
    few = _by_fewer(on_days(stage, days_of(stage, days)), homes)
    picked = picked_of(played)
    again = _negotiated_again(few, picked, folder, progress)
    seasons = seasons_of(played.rule, few, played.numbers)
    return [_confirmed(played, few, seasons, own, again) for own in picked]


def _by_fewer(stage: Stage, each: int) -> Stage:
    """A stage with at most so many attackers of each class."""
    kept = [row for kind in CLASSES for row in _rows_of(stage, kind)[:each]]
    return replace(
        stage,
        attackers=tuple(stage.attackers[row] for row in kept),
        attacks={name: tuple(own[row] for row in kept) for name, own in stage.attacks.items()},
    )


def days_of(stage: Stage, many: int) -> list[int]:
    """So many recorded days by number, in order: spread over how dear limits were, from the cheapest to the dearest."""
    price = np.array([day.added_per_kwh.mean() for day in stage.recorded])
    many = min(many, len(price))
    middles = ((np.arange(many) + 0.5) * len(price) / many).astype(int)
    return sorted(np.argsort(price, kind="stable")[middles].tolist())


Again = dict[tuple[str, str, int, int], tuple[FloatArray, bool]]
"""Prices that are added for a liar (steps,) and whether limits were left broken, by strategy, variant, attacker and day."""


def _negotiated_again(few: Stage, picked: Sequence[Picked], folder: Path, progress: Progress) -> Again:
    found: Again = {}
    for day, recorded in enumerate(few.recorded):
        here: list[NegotiatingDay] = []

        def negotiated(declares: Declares, here: list[NegotiatingDay] = here, day: int = day) -> Arrays:
            if not here:
                # Made only where a negotiation is not kept yet.
                here.append(NegotiatingDay.of(few.recorded[day].setting, few.recorded[day].day))
            return here[0].negotiated(declares)

        for own in picked:
            for row, attacker in enumerate(few.attackers):
                if attacker.kind != own.kind or not own.enters:
                    continue
                play = few.attacks[own.strategy][row][own.variant][0][day]
                declares = _declares(attacker.number, play.lie, play)
                if declares is None:
                    continue
                file = folder / recorded.setting.name / "liars" / f"{recorded.day}-{declares.digest[:24]}.npz"
                told = kept_arrays(file, lambda declares=declares: negotiated(declares))  # type: ignore[misc]
                added = told_price(told["added"][attacker.number])
                found[own.strategy, own.variant, row, day] = added, bool(told["broken"][0])
                progress(f"negotiated again: {own.kind}, {own.strategy}, {attacker.home}, {recorded.day}")
    return found


def _confirmed(
    played: Screen, few: Stage, seasons: tuple[Season, ...], own: Picked, again: Again
) -> Confirmed:
    rows = [k for k, attacker in enumerate(few.attackers) if attacker.kind == own.kind]
    attackers = tuple(few.attackers[k] for k in rows)
    screened = {own.strategy: tuple({own.variant: few.attacks[own.strategy][k][own.variant]} for k in rows)}
    anew = {
        own.strategy: tuple(
            {
                own.variant: [
                    _plays_again(few.attackers[k], screened[own.strategy][n][own.variant][0], own, k, again)
                ]
            }
            for n, k in enumerate(rows)
        )
    }
    before, after = (
        screen(
            played.rule, replace(few, attackers=attackers, attacks=attacks), played.numbers, seasons
        ).tables[own.strategy][own.variant]
        for attacks in (screened, anew)
    )
    gain = gain_of(own.strategy, own.variant, after)
    prices = [
        (added, broken, few.attackers[row].scenes[day].situation.added_per_kwh)
        for (strategy, variant, row, day), (added, broken) in again.items()
        if (strategy, variant) == (own.strategy, own.variant) and row in rows
    ]
    priced = [(added, usual) for added, _, usual in prices if usual.any()]
    return Confirmed(
        picked=own,
        screened_all_days=float(
            played.tables[own.strategy][own.variant].gains[_rows_of(played.stage, own.kind)].mean()
        ),
        screened=float(before.gains.mean()),
        mean=gain.mean,
        upper95=gain.upper95,
        most=gain.most,
        share_with_gain=gain.share_with_gain,
        extra_cost_to_dso=gain.extra_cost_to_dso,
        moved_per_kwh=_mean([float(np.abs(added - usual)[usual != 0.0].mean()) for added, usual in priced]),
        price_per_kwh=_mean([float(np.abs(usual)[usual != 0.0].mean()) for _, usual in priced]),
        negotiations=len(prices),
        broken=sum(broken for _, broken, _ in prices),
        attackers=len(rows),
    )


def _rows_of(stage: Stage, kind: str) -> list[int]:
    return [k for k, attacker in enumerate(stage.attackers) if attacker.kind == kind]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def _plays_again(
    attacker: Attacker, plays: Sequence[DayPlay], own: Picked, row: int, again: Again
) -> list[DayPlay]:
    """The plays of a liar at the prices that came of it; those of the screen where it moved none."""
    found = []
    for day, play in enumerate(plays):
        key = (own.strategy, own.variant, row, day)
        found.append(_at(attacker.scenes[day], play.lie, again[key][0]) if key in again else play)
    return found


def _at(scene: Scene, lie: Lie, added_per_kwh: FloatArray) -> DayPlay:
    """A lie at other prices."""
    true = scene.situation.true
    answer = best_at(true, added_per_kwh) if added_per_kwh.any() else scene.situation.own
    return day_play(replace(scene.situation, added_per_kwh=added_per_kwh, answer=answer), lie)


def lines_of_confirmed(
    found: Sequence[Confirmed], played: Screen, days: int, currency: str
) -> Iterator[dict[str, float | int | str]]:
    """Lines of ``bench gaming``, one for each attack and device class."""
    for own in found:
        yield {
            "rule": played.rule,
            "strategy": own.picked.strategy,
            "variant": own.picked.variant,
            "device_class": own.picked.kind,
            "negotiated_again": own.negotiations,
            "enters_negotiation": int(own.picked.enters),
            "left_unmet": own.broken,
            "days": played.stage.asked.days,
            "negotiated_days": days,
            "screened_gain_all_days": short(own.screened_all_days),
            "screened_gain": short(own.screened),
            "mean_gain": short(own.mean),
            "mean_gain_upper95": short(own.upper95),
            "max_gain": short(own.most),
            "share_of_seasons_with_gain": short(own.share_with_gain),
            "extra_cost_to_dso": short(own.extra_cost_to_dso),
            "price_moved_per_kwh": short(own.moved_per_kwh),
            "price_per_kwh": short(own.price_per_kwh),
            "attackers": own.attackers,
            "community": played.stage.recorded[0].setting.community,
            "seasons": played.stage.asked.seasons,
            "currency": currency,
        }
