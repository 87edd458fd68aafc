"""How large the flat reward for offering has to be, what it costs the operator, and what attacks on it earn.

It is sized by what an honest home loses at most by offering: false deductions of its worst season, and what homes that hide
all of their devices save in their best. Days held out cost a home nothing (it lives its bound plan), and what it is called for
is paid. What it takes to take part beside that (a box, the time to look at it) is not in the figures: a deployment adds it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from mas2tering.settlement.season import SeasonAccount, SeasonRule, account_of, rewards_of
from mas2tering.study.gaming.honest import HonestSeason, honest_season
from mas2tering.study.gaming.play import DayPlay
from mas2tering.study.gaming.rules import Turn
from mas2tering.study.gaming.season import until_first_held_out
from mas2tering.study.gaming.stage import Attacker, Stage
from mas2tering.study.gaming.strategies import STRATEGIES

_ATTACKS = ("hidden_flexibility", "split_home", "withdrawal")
_Z95 = 1.959964

Line = dict[str, float | int | str]


def reward_lines(stage: Stage, rule: SeasonRule) -> Iterator[Line]:
    """What offering costs at most, what the reward comes to, and attacks on it, by variant: in the community's currency for a
    season and home."""
    seasons = [honest_season(stage, number, rule) for number in range(stage.asked.seasons)]
    yield _size(seasons, rule)
    for strategy in (own for own in STRATEGIES if own.name in _ATTACKS):
        for variant in stage.attacks[strategy.name][0]:
            tried = [
                (attacker, stage.attacks[strategy.name][row][variant])
                for row, attacker in enumerate(stage.attackers)
            ]
            # Who has nothing to hide is no attacker.
            tried = [(own, parts) for own, parts in tried if _differs(own, parts)]
            if tried:
                found = np.array(
                    [
                        [_gain(own, p, season, rule, leaves=strategy.leaves) for season in seasons]
                        for own, p in tried
                    ]
                )
                yield _line(strategy.name, variant, found)


def _size(seasons: Sequence[HonestSeason], rule: SeasonRule) -> Line:
    accounts = [
        [account_of(home, days, season.medians, rule) for home, days in season.judged.items()]
        for season in seasons
    ]
    lost = np.array([[own.losses - own.payment for own in season] for season in accounts])
    paid = np.array([[own.payment for own in season] for season in accounts])
    turns = next(iter(seasons[0].turns.values()))
    reward = rule.reward_per_day * len(_days(turns))
    return {
        "figure": "reward",
        "lost_by_offering": _short(float(lost.mean())),
        "lost_by_worst_home": _short(float(lost.mean(axis=0).max())),
        "lost_in_worst_season": _short(float(lost.max())),
        "reward": _short(reward),
        "paid_for_losses": _short(float(paid.mean())),
        "days": len(turns),
        "calendar_days": len(_days(turns)),
        "homes": lost.shape[1],
        "seasons": lost.shape[0],
    }


def _days(turns: Sequence[Turn]) -> list[date]:
    """The days of the calendar on which a home that is there for these turns is bound."""
    first, last = turns[0].day, turns[-1].day
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


def _differs(attacker: Attacker, parts: Sequence[Sequence[DayPlay]]) -> bool:
    return len(parts) > 1 or any(
        play.lie != honest.lie for play, honest in zip(parts[0], attacker.honest, strict=True)
    )


def _gain(
    attacker: Attacker,
    parts: Sequence[Sequence[DayPlay]],
    season: HonestSeason,
    rule: SeasonRule,
    *,
    leaves: bool,
) -> tuple[float, float]:
    """What an attack gains in a season, without the reward and with it."""
    home, turns = attacker.home, season.turns[attacker.home]
    if leaves:
        turns = until_first_held_out(turns)
    honest, honest_cost = _account(attacker, attacker.honest, turns, season, rule)
    own = [_account(attacker, plays, turns, season, rule) for plays in parts]
    gain = honest_cost - honest.payment - sum(cost - account.payment for account, cost in own)
    names = [f"{home} {k}" for k in range(len(parts))]
    offering = [name for name, plays in zip(names, parts, strict=True) if any(map(_offers, plays))]
    rewards = rewards_of(
        dict.fromkeys(_days(turns), offering), dict.fromkeys(names, home), rule.reward_per_day
    )
    # Who leaves pays from its reward what is left to deduct.
    kept = sum(
        rewards.get(name, 0.0) - (min(rewards.get(name, 0.0), account.carried) if leaves else 0.0)
        for name, (account, _) in zip(names, own, strict=True)
    )
    usual = rule.reward_per_day * len(_days(turns)) if any(map(_offers, attacker.honest)) else 0.0
    return gain, gain + kept - usual


def _offers(play: DayPlay) -> bool:
    """Whether a home declares anything that it would move for an order."""
    declared = play.lie.declared
    return bool(declared.stores or declared.chains or declared.cogeneration)


def _account(
    attacker: Attacker,
    plays: Sequence[DayPlay],
    turns: Sequence[Turn],
    season: HonestSeason,
    rule: SeasonRule,
) -> tuple[SeasonAccount, float]:
    days, cost = season.lived(attacker.home, plays, turns)
    return account_of(attacker.home, days, season.medians, rule), cost


def _line(strategy: str, variant: str, gains: np.ndarray[tuple[int, int, int], np.dtype[np.float64]]) -> Line:
    """``gains`` (attackers, seasons, without reward and with it)."""
    each = gains.mean(axis=1)
    error = each.std(axis=0, ddof=1) / len(each) ** 0.5 if len(each) > 1 else np.zeros(2)
    without, with_reward = gains[..., 0], gains[..., 1]
    return {
        "strategy": strategy,
        "variant": variant,
        "mean_gain": _short(float(without.mean())),
        "max_gain": _short(float(without.max())),
        "mean_gain_with_reward": _short(float(with_reward.mean())),
        "upper95_with_reward": _short(float(with_reward.mean() + _Z95 * error[1])),
        "max_gain_with_reward": _short(float(with_reward.max())),
        "attackers": len(gains),
    }


def _short(value: float) -> float:
    return round(value, 5) + 0.0
