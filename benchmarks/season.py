"""What settling a season takes: judged days, accounts, money and statements of all homes.

    python benchmarks/season.py [--homes 184] [--days 100]

Orders are those of recorded negotiations, planned before the clock runs; lived days are drawn before it too. One JSON object.
"""

import argparse
import json
import time
from dataclasses import replace
from datetime import date

from mas2tering.settlement.flexibility.delivery import USUAL
from mas2tering.settlement.ledger import Entry, Ledger
from mas2tering.settlement.season import (
    JudgedDay,
    Parties,
    SeasonRule,
    committed_day,
    judged,
    monthly_entries,
    season_statement_of,
    settled_season,
    verdict_of,
)
from mas2tering.study.gaming.homes import models_of
from mas2tering.study.gaming.play import Lie, Situation, day_play, lived_day
from mas2tering.study.gaming.recorded import recorded_days
from mas2tering.study.gaming.season import calendar, weather_of

MONTHS = [date(2013, month, 28) for month in range(2, 12)]


class Known:
    """Orders and costs that were worked out before."""

    def __init__(self, known):
        self.known = known

    def ordered(self, bound, added_per_kwh):
        return self.known.ordered

    def beside_bill(self, plan):
        costs = self.known.loss.bound if plan is self.known.bound else self.known.loss.ordered
        return replace(costs, energy_bought=0.0, energy_sold=0.0, capacity=0.0, standing=0.0, local=0.0)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--homes", type=int, default=184)
    parser.add_argument("--days", type=int, default=100)
    parser.add_argument("--recorded", type=int, default=4)
    asked = parser.parse_args()
    recorded, rule = recorded_days(asked.recorded), SeasonRule()
    by_day = [models_of(day, range(asked.homes)) for day in recorded]
    homes = [model.home for model in by_day[0]]
    dates = calendar(asked.days, len(recorded), homes, 1, 0, rule)
    lived = {}
    for k, home in enumerate(homes):
        models = [models[k] for models in by_day]
        plays = []
        for number, (model, day) in enumerate(zip(models, recorded, strict=True)):
            own = Situation.of(model, day.added_per_kwh[k], number)
            plays.append(day_play(own, Lie(own.true)))
        weather = weather_of(models, k, asked.days, 1, 0)
        lived[home] = []
        for turn in dates.turns_of(home, holds_out=True):
            play, noise = plays[turn.recorded], weather[turn.recorded]
            out = turn.held_out and play.known.order is not None
            off, share = noise.uncontrolled_kw[turn.weather], noise.device_share[turn.weather]
            lived[home].append((turn, play, lived_day(play, off, share, held_out=out).by_records))
    began = time.process_time()
    days: dict[str, list[JudgedDay]] = {}
    for home, own in lived.items():
        days[home] = []
        for turn, play, day in own:
            helper = Known(play.known)
            known = committed_day(
                turn.day,
                play.known.bound,
                play.known.uncontrolled_kw,
                play.known.tariff,
                play.added_per_kwh,
                helper,
                helper,
            )
            days[home].append(
                judged(known, day, held_out=turn.held_out, probability=turn.probability, tolerance=USUAL)
            )
    judging = time.process_time() - began
    parties = Parties("the operator", dict.fromkeys(homes, "the aggregator"), "GBP")
    booked: list[Entry] = []
    for month in MONTHS:
        booked += monthly_entries(days, month, rule, {}, parties, booked)
    season = settled_season(days, date(2013, 12, 31), rule, {}, parties, booked)
    booked += season.entries
    for account in season.accounts.values():
        verdict = verdict_of(account, (), date(2013, 12, 31), rule)
        season_statement_of(account, verdict, tuple(booked), "GBP")
    line = {
        "homes": len(homes),
        "days": asked.days,
        "cpu_s": round(time.process_time() - began, 2),
        "judging_cpu_s": round(judging, 2),
        "entries": len(booked),
        "imbalance": str(Ledger(tuple(booked)).imbalance),
        "paid": round(sum(account.payment for account in season.accounts.values()), 2),
        "flagged": sum(account.is_flagged for account in season.accounts.values()),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
