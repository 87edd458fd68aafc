"""What each attack earns under a rule, against honest behaviour on the same days: the table of ``bench gaming``."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from mas2tering.settlement.season import JudgedDay, SeasonRule, medians_of
from mas2tering.settlement.season.account import Medians
from mas2tering.study.gaming.play import DayPlay
from mas2tering.study.gaming.rules import SEASONAL, Turn
from mas2tering.study.gaming.season import (
    Outcome,
    Weather,
    calendar,
    judged_season,
    outcome_of,
    played,
    until_first_held_out,
    weather_of,
)
from mas2tering.study.gaming.stage import Attacker, Stage
from mas2tering.study.gaming.strategies import STRATEGIES, Strategy

LIARS = (0.2, 0.4, 0.6)
"""Shares of all homes that lie at once, each by ``LIARS_INVENT`` a day."""
LIARS_INVENT = 0.05
_GAINS = 5e-4
_UPPER = 0.975


@dataclass(frozen=True)
class Gain:
    """What an attack earned, in the community's currency for a congested day: over attackers and seasons, of its best variant."""

    strategy: str
    variant: str
    mean: float
    upper95: float
    most: float
    share_with_gain: float
    extra_cost_to_dso: float


@dataclass(frozen=True)
class HonestFigures:
    """What a rule does to homes that do not lie: what they lose a day (less than nothing: what they are paid beyond their
    losses), the share of home-seasons that is flagged, their losses and what the operator pays, for a day and home."""

    loss: float
    flagged: float
    losses: float
    paid: float


@dataclass(frozen=True)
class Season:
    """A season under a rule: turns by home, judged days of honest homes (of seasonal rules) and their medians, weather, and
    honest outcomes of all homes."""

    turns: Mapping[str, list[Turn]]
    judged: Mapping[str, list[JudgedDay]]
    medians: Medians
    weather: Mapping[str, Weather]
    honest: Mapping[str, Outcome]


Gains = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True)
class Played:
    """An attack played: gains a day (attackers, seasons), and what the operator pays more, a day."""

    gains: Gains
    extra_cost_to_dso: float


def gains_under(rule: str, stage: Stage, numbers: SeasonRule) -> tuple[list[Gain], HonestFigures]:
    """What each attack earns under a rule, and what it does to honest homes."""
    return gains_of(screen(rule, stage, numbers))


@dataclass(frozen=True)
class Screen:
    """All attacks played under a rule: its seasons, and by attack and variant what they earned."""

    rule: str
    stage: Stage
    numbers: SeasonRule
    seasons: tuple[Season, ...]
    tables: Mapping[str, Mapping[str, Played]]


def screen(rule: str, stage: Stage, numbers: SeasonRule, seasons: tuple[Season, ...] | None = None) -> Screen:
    """Play all attacks of a stage under a rule, in these seasons of its honest homes where they are at hand."""
    if seasons is None:
        seasons = seasons_of(rule, stage, numbers)
    tables = {
        own.name: _table(rule, stage, own, seasons, numbers)
        for own in STRATEGIES
        if own.name in stage.attacks
    }
    return Screen(rule, stage, numbers, seasons, tables)


def seasons_of(rule: str, stage: Stage, numbers: SeasonRule) -> tuple[Season, ...]:
    """The seasons of a stage's honest homes under a rule."""
    return tuple(_season(rule, stage, number, numbers) for number in range(stage.asked.seasons))


def gains_of(played: Screen) -> tuple[list[Gain], HonestFigures]:
    """What each attack earns, by its best variant, and what the rule does to honest homes."""
    rule, stage, seasons = played.rule, played.stage, played.seasons
    honest = honest_figures(stage, seasons)
    found, tables = [], dict[str, Gains]()
    for name, table in played.tables.items():
        best = max(table, key=lambda label: float(table[label].gains.mean()))
        found.append(gain_of(name, best, table[best]))
        if name != "tampered_both":
            tables |= {f"{name}, {label}" if label else name: own.gains for label, own in table.items()}
    found.append(_many_liars(rule, stage, seasons, played.numbers))
    if stage.asked.seasons > 1:
        found.append(_learned(tables))
    if rule in SEASONAL:
        found.append(_cheating_operator(honest, seasons, stage))
    return found, honest


def _season(rule: str, stage: Stage, number: int, numbers: SeasonRule) -> Season:
    asked, homes = stage.asked, list(stage.honest)
    days = calendar(asked.days, len(stage.recorded), homes, asked.seed, number, numbers)
    holds_out = rule in SEASONAL and rule != "loss_no_hold_out"
    turns = {home: days.turns_of(home, holds_out=holds_out) for home in homes}
    weather = {
        home: weather_of(stage.models[home], k, asked.days, asked.seed, number)
        for k, home in enumerate(homes)
    }
    if rule not in SEASONAL:
        honest = {
            home: played(rule, home, stage.honest[home], weather[home], turns[home], {}, numbers)
            for home in homes
        }
        return Season(turns, {}, {}, weather, honest)
    lived = {home: judged_season(rule, stage.honest[home], weather[home], turns[home]) for home in homes}
    judged = {home: own for home, (own, _) in lived.items()}
    medians = medians_of(judged)
    honest = {home: outcome_of(home, own, cost, medians, numbers) for home, (own, cost) in lived.items()}
    return Season(turns, judged, medians, weather, honest)


def honest_figures(stage: Stage, seasons: Sequence[Season]) -> HonestFigures:
    """What a rule does to homes that do not lie."""
    outcomes = [outcome for season in seasons for outcome in season.honest.values()]
    days = stage.asked.days
    return HonestFigures(
        loss=float(np.mean([own.losses - own.paid for own in outcomes])) / days,
        flagged=float(np.mean([own.flagged for own in outcomes])),
        losses=float(np.mean([own.losses for own in outcomes])) / days,
        paid=float(np.mean([own.paid for own in outcomes])) / days,
    )


def _table(
    rule: str, stage: Stage, strategy: Strategy, seasons: Sequence[Season], numbers: SeasonRule
) -> dict[str, Played]:
    """An attack by variant."""
    labels = list(stage.attacks[strategy.name][0])
    found = {}
    for label in labels:
        gains = np.zeros((len(stage.attackers), len(seasons)))
        extra = np.zeros_like(gains)
        for row, attacker in enumerate(stage.attackers):
            parts = stage.attacks[strategy.name][row][label]
            for column, season in enumerate(seasons):
                turns = season.turns[attacker.home]
                honest = season.honest[attacker.home]
                if strategy.leaves:
                    turns = until_first_held_out(turns)
                    honest = _play(rule, attacker, attacker.honest, season, turns, numbers)
                own = [_play(rule, attacker, plays, season, turns, numbers) for plays in parts]
                gains[row, column] = (honest.total - sum(part.total for part in own)) / stage.asked.days
                extra[row, column] = (sum(part.paid for part in own) - honest.paid) / stage.asked.days
        found[label] = Played(gains, float(extra.mean()))
    return found


def _play(
    rule: str,
    attacker: Attacker,
    plays: Sequence[DayPlay],
    season: Season,
    turns: Sequence[Turn],
    numbers: SeasonRule,
) -> Outcome:
    return played(rule, attacker.home, plays, season.weather[attacker.home], turns, season.medians, numbers)


def gain_of(strategy: str, variant: str, played: Played) -> Gain:
    """What an attack earned: the interval is Student's over attackers."""
    gains, values = played.gains, played.gains.ravel()
    # Seasons of one attacker are alike: it is attackers that are counted.
    each = gains.mean(axis=1)
    error = float(each.std(ddof=1)) / len(each) ** 0.5 if len(each) > 1 else 0.0
    widest = float(stdtrit(len(each) - 1, _UPPER)) if len(each) > 1 else 0.0
    return Gain(
        strategy,
        variant,
        float(values.mean()),
        float(values.mean()) + widest * error,
        float(values.max()),
        float((values > _GAINS).mean()),
        played.extra_cost_to_dso,
    )


def _many_liars(rule: str, stage: Stage, seasons: Sequence[Season], numbers: SeasonRule) -> Gain:
    """A share of all homes invents a loss every day; the medians are theirs too."""
    best: Gain | None = None
    homes = list(stage.honest)
    for share in LIARS:
        many = max(1, round(share * len(homes)))
        # Spread evenly over the community.
        liars = [homes[k * len(homes) // many] for k in range(many)]
        gains, extra = np.zeros((len(liars), len(seasons))), 0.0
        plays = {
            home: tuple(replace(p, lie=replace(p.lie, invented=LIARS_INVENT)) for p in stage.honest[home])
            for home in liars
        }
        for column, season in enumerate(seasons):
            own = _lied(rule, plays, season, numbers)
            for row, home in enumerate(liars):
                gains[row, column] = (season.honest[home].total - own[home].total) / stage.asked.days
                extra += (own[home].paid - season.honest[home].paid) / stage.asked.days / gains.size
        found = gain_of("many_liars", f"{100 * share:.0f} % of homes", Played(gains, extra))
        best = found if best is None or found.mean > best.mean else best
    if best is None:
        raise AssertionError("some share of liars was tried")
    return best


def _lied(
    rule: str, plays: Mapping[str, Sequence[DayPlay]], season: Season, numbers: SeasonRule
) -> dict[str, Outcome]:
    """The season of homes that lie all at once."""
    if rule not in SEASONAL:
        return {
            home: played(rule, home, own, season.weather[home], season.turns[home], {}, numbers)
            for home, own in plays.items()
        }
    lived = {
        home: judged_season(rule, own, season.weather[home], season.turns[home])
        for home, own in plays.items()
    }
    medians = medians_of({**season.judged, **{home: days for home, (days, _) in lived.items()}})
    return {home: outcome_of(home, days, cost, medians, numbers) for home, (days, cost) in lived.items()}


def _learned(tables: Mapping[str, Gains]) -> Gain:
    """An attacker that keeps, of all attacks and variants, what earned most in the first half of the seasons."""
    names, stacked = list(tables), np.stack(list(tables.values()))
    half = stacked.shape[2] // 2
    picked = stacked[:, :, :half].mean(axis=2).argmax(axis=0)
    later = stacked[picked, np.arange(stacked.shape[1]), half:]
    most = Counter(picked.tolist()).most_common(1)[0][0]
    return gain_of("learns_over_seasons", f"mostly {names[most]}", Played(later, 0.0))


def _cheating_operator(honest: HonestFigures, seasons: Sequence[Season], stage: Stage) -> Gain:
    """What the operator gains a home and day by orders without congestion: it pays for them like for others."""
    paid = np.array([[own.paid for own in season.honest.values()] for season in seasons]).T / stage.asked.days
    return gain_of("dso_false_congestion", "all days", Played(-paid, honest.paid))


def lines_of(
    rule: str, gains: Sequence[Gain], honest: HonestFigures, stage: Stage, currency: str
) -> Iterator[dict[str, float | int | str]]:
    """The lines of ``bench gaming``, one for each attack."""
    for own in gains:
        yield {
            "rule": rule,
            "strategy": own.strategy,
            "variant": own.variant,
            "days": stage.asked.days,
            "mean_gain": short(own.mean),
            "mean_gain_upper95": short(own.upper95),
            "max_gain": short(own.most),
            "share_of_seasons_with_gain": short(own.share_with_gain),
            "extra_cost_to_dso": short(own.extra_cost_to_dso),
            "honest_loss": short(honest.loss),
            "honest_flagged": short(honest.flagged),
            "honest_loss_by_orders": short(honest.losses),
            "honest_payment": short(honest.paid),
            "attackers": len(stage.attackers),
            "seasons": stage.asked.seasons,
            "recorded_days": len(stage.recorded),
            "community": stage.recorded[0].setting.community,
            "currency": currency,
        }


def short(value: float) -> float:
    """A figure as lines have it."""
    return round(value, 5) + 0.0
