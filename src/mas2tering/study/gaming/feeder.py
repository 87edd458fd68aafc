"""What the feeder's own meter makes of a home whose meter and records show whatever their owner likes."""

from collections.abc import Iterator, Sequence

import numpy as np

from mas2tering.domain.plans import FloatArray
from mas2tering.settlement.season import (
    FeederDenies,
    SeasonRule,
    account_of,
    denied_by_feeder,
    with_feeder,
)
from mas2tering.study.gaming.honest import honest_season
from mas2tering.study.gaming.play import DayPlay, lived_day
from mas2tering.study.gaming.rules import Turn
from mas2tering.study.gaming.season import Weather
from mas2tering.study.gaming.stage import Attacker, Stage

HOMES_BEHIND = 10
"""Homes on a phase of a feeder: 184 customers on six feeders of three phases."""
METER_OFF, FEEDER_OFF, NOISE_OFF = 0.01, 0.005, 0.005
"""Standard deviations as shares of what is measured: of home meters (class B of EN 50470-3 allows 1 %), of the feeder's meter with
losses, both the same all season, and of the feeder's in each step (assumed)."""
_ATTACK = "tampered_both"
_Z95 = 1.959964


def feeder_lines(stage: Stage, rule: SeasonRule) -> Iterator[dict[str, float | int | str]]:
    """Meter and records that show the order, without the feeder's meter and with it, and what it does to honest neighbours."""
    gains, honest_lost, flagged = [], [], []
    for number in range(stage.asked.seasons):
        season = _Played(stage, number, rule)
        for row, attacker in enumerate(stage.attackers):
            plays = stage.attacks[_ATTACK][row][""][0]
            gain, lost, flags = season.tried(attacker, plays, rule)
            gains.append((row, *gain))
            honest_lost += lost
            flagged += flags
    table = np.array(gains)
    each = np.array([table[table[:, 0] == row, 1:].mean(axis=0) for row in range(len(stage.attackers))])
    error = each.std(axis=0, ddof=1) / len(each) ** 0.5 if len(each) > 1 else np.zeros(2)
    for column, words in enumerate(("without", "with")):
        yield {
            "strategy": _ATTACK,
            "feeder": words,
            "mean_gain": round(float(table[:, 1 + column].mean()), 5),
            "mean_gain_upper95": round(float(each[:, column].mean() + _Z95 * error[column]), 5),
            "max_gain": round(float(table[:, 1 + column].max()), 5),
            "honest_loss": round(float(np.mean([own[column] for own in honest_lost])), 5),
            "honest_flagged": round(float(np.mean([own[column] for own in flagged])), 5),
            "homes_behind": HOMES_BEHIND,
        }


class _Played:
    """A season of honest homes, and the meters that they have."""

    def __init__(self, stage: Stage, number: int, rule: SeasonRule) -> None:
        asked, self.homes = stage.asked, list(stage.honest)
        self.stage, self.days = stage, asked.days
        self.honest = honest_season(stage, number, rule)
        self.random = np.random.default_rng([asked.seed, number, 10])
        self.meter_off = self.random.normal(0.0, METER_OFF, len(self.homes))

    def tried(
        self, attacker: Attacker, plays: Sequence[DayPlay], rule: SeasonRule
    ) -> tuple[tuple[float, float], list[tuple[float, float]], list[tuple[bool, bool]]]:
        """The attacker's gains a day without the feeder's meter and with it; the same of losses and flags of its neighbours."""
        at = self.homes.index(attacker.home)
        first = min(at - at % HOMES_BEHIND, max(0, len(self.homes) - HOMES_BEHIND))
        behind = self.homes[first : first + HOMES_BEHIND]
        own = {home: plays if home == attacker.home else self.stage.honest[home] for home in behind}
        lived, cost = self.honest.lived(attacker.home, plays)
        judged = {home: lived if home == attacker.home else self.honest.judged[home] for home in behind}
        denies, ordered_kwh = self._denied(own)
        gains, lost, flags = [], [], []
        for k, home in enumerate(behind):
            share, deviation = float(denies.share[k]), float(denies.deviation[k])
            seen = with_feeder(judged[home], ordered_kwh[k], share, deviation, rule.dead_band)
            pair = [account_of(home, days, self.honest.medians, rule) for days in (judged[home], seen)]
            if home == attacker.home:
                honest = (
                    self.honest.cost[home]
                    - account_of(home, self.honest.judged[home], self.honest.medians, rule).payment
                )
                gains = [(honest - (cost - account.payment)) / self.days for account in pair]
            else:
                lost.append(
                    (
                        (pair[0].losses - pair[0].payment) / self.days,
                        (pair[1].losses - pair[1].payment) / self.days,
                    )
                )
                flags.append((pair[0].is_flagged, pair[1].is_flagged))
        return (gains[0], gains[1]), lost, flags

    def _denied(self, plays: dict[str, Sequence[DayPlay]]) -> tuple[FeederDenies, FloatArray]:
        """What the feeder denies of homes, and the energy that was ordered of each, shape (homes, days)."""
        told, true, orders = [], [], []
        for home, own in plays.items():
            told_kw, true_kw, order_kw = _season_of(own, self.honest.weather[home], self.honest.turns[home])
            told.append(told_kw * (1.0 + self.meter_off[self.homes.index(home)]))
            true.append(true_kw)
            orders.append(order_kw)
        feeder = np.sum(true, axis=0)
        off = self.random.normal(0.0, FEEDER_OFF) + self.random.normal(0.0, NOISE_OFF, feeder.shape)
        metered = np.sum(told, axis=0)
        hours = next(iter(plays.values()))[0].true.axis.step_hours
        ordered_kwh = hours * np.abs(orders).sum(axis=2)
        return denied_by_feeder(feeder * (1.0 + off) - metered, metered, np.array(orders)), ordered_kwh


def _season_of(
    plays: Sequence[DayPlay], weather: Weather, turns: Sequence[Turn]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What a home's meter shows, what it draws, and its orders, each of shape (days, steps)."""
    told, true, orders = [], [], []
    for turn in turns:
        play, noise = plays[turn.recorded], weather[turn.recorded]
        order = play.known.order
        out = turn.held_out and order is not None
        share = noise.device_share[turn.weather]
        shown = lived_day(play, noise.uncontrolled_kw[turn.weather], share, held_out=out).by_bill.metered_kw
        told.append(shown)
        hides = play.lie.tampered == "both" and not out
        true.append(shown + (play.called.devices_kw - play.called.recorded_kw if hides else 0.0))
        orders.append(np.zeros_like(shown) if order is None or out else order.ordered_flex_kw)
    return np.array(told), np.array(true), np.array(orders)
