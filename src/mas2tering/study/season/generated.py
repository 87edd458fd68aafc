"""A season of congested days on recorded negotiations, settled month by month as an operator would.

Each recorded day was negotiated by all homes behind a transformer that is too small; a season lives them over and over, each time
with other weather and another lot. Honest homes do as they are ordered; ``liars`` bind themselves to plans that are too good
to be true.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from mas2tering.settlement.ledger import AccountKind, Entry, EntryKind, Ledger
from mas2tering.settlement.season import (
    EntryStore,
    JudgedDay,
    Parties,
    SeasonAccount,
    SeasonRule,
    SeasonStatement,
    Verdict,
    monthly_entries,
    paid_so_far,
    season_statement_of,
    settled_season,
    verdict_of,
)
from mas2tering.study.gaming.homes import models_of
from mas2tering.study.gaming.play import DayPlay, Lie, LivedDay, Situation, day_play, lived_day
from mas2tering.study.gaming.recorded import recorded_days
from mas2tering.study.gaming.rules import Turn, judged_day
from mas2tering.study.gaming.season import Weather, calendar, weather_of
from mas2tering.study.season.account import OPERATOR, month_ends

Told = Callable[[str, int, int], None]
CURRENCY = "GBP"
AGGREGATOR = "the aggregator"
LIARS_INVENT = 0.2
"""By how much a liar's plan is cheaper than anything it can do, in the currency a day."""


@dataclass(frozen=True)
class SeasonAsked:
    """Congested days, homes, recorded days at most, homes that lie, the seed of weather and lots; ``by_meter``: no home has
    device records."""

    days: int = 100
    homes: int = 184
    recorded: int = 13
    liars: int = 0
    seed: int = 1
    by_meter: bool = False

    @property
    def name(self) -> str:
        """Names the season in a ledger."""
        meter = ", by meter" if self.by_meter else ""
        return f"{self.homes} homes, {self.days} days of {self.recorded}, {self.liars} liars, seed {self.seed}{meter}"


@dataclass(frozen=True)
class Month:
    """A month's end: what losses by orders came to in the month (as far as delivered), and what was paid then, to all homes."""

    ends: date
    losses: float
    paid: Decimal


@dataclass(frozen=True)
class GeneratedSeason:
    """A settled season: days and accounts by home, months, ledger, verdicts and statements; how long planning orders and
    settling took, in CPU-s."""

    asked: SeasonAsked
    rule: SeasonRule
    parties: Parties
    ends: date
    days: Mapping[str, tuple[JudgedDay, ...]]
    accounts: Mapping[str, SeasonAccount]
    months: tuple[Month, ...]
    entries: tuple[Entry, ...]
    verdicts: Mapping[str, Verdict]
    statements: Mapping[str, SeasonStatement]
    liars: tuple[str, ...]
    recorded: int
    planning_cpu_s: float
    settling_cpu_s: float

    @property
    def imbalance(self) -> Decimal:
        """What is missing in any account: nothing."""
        return Ledger(self.entries).imbalance

    @property
    def flagged(self) -> tuple[str, ...]:
        """Homes whose lived days contradict their plans beyond chance."""
        return tuple(home for home, account in self.accounts.items() if account.is_flagged)


@dataclass(frozen=True)
class _Played:
    """A home's season before it is settled: each day's turn, what is known of it and how it was lived."""

    turns: tuple[Turn, ...]
    plays: tuple[DayPlay, ...]
    lived: tuple[LivedDay, ...]

    def judged(self, rule: str) -> tuple[JudgedDay, ...]:
        """The days as the rule judges them."""
        own = zip(self.turns, self.plays, self.lived, strict=True)
        return tuple(judged_day(rule, play, lived, turn) for turn, play, lived in own)


def generated_season(
    asked: SeasonAsked, store: EntryStore, rule: SeasonRule | None = None, told: Told = lambda *_: None
) -> GeneratedSeason:
    """Live a season and settle it into a ledger; one that holds entries of it already gets those that are missing.

    Args:
        asked: how large a season.
        store: where its entries are kept.
        rule: the season's numbers; the usual ones unless told otherwise.
        told: told of homes planned.

    Raises:
        ValueError: the ledger holds other entries than this season makes.
    """
    rule = rule or SeasonRule()
    began = time.process_time()
    played, liars, recorded = _played(asked, rule, told)
    planning = time.process_time() - began
    began = time.process_time()
    of_rule = "loss_net_meter" if asked.by_meter else "loss"
    days = {home: own.judged(of_rule) for home, own in played.items()}
    if asked.by_meter:
        # A bill is too noisy to accuse anybody by.
        days = {home: tuple(replace(day, may_deduct=False) for day in own) for home, own in days.items()}
    parties = Parties(OPERATOR, dict.fromkeys(played, AGGREGATOR), CURRENCY)
    months, ends = _paid_month_by_month(days, rule, parties, store)
    season = settled_season(days, ends, rule, {}, parties, _before(store, ends))
    _append_missing(store, season.entries, ends)
    entries = tuple(store.entries())
    verdicts = {home: verdict_of(account, (), ends, rule) for home, account in season.accounts.items()}
    statements = {
        home: season_statement_of(account, verdicts[home], entries, CURRENCY)
        for home, account in season.accounts.items()
    }
    return GeneratedSeason(
        asked=asked,
        rule=rule,
        parties=parties,
        ends=ends,
        days=days,
        accounts=season.accounts,
        months=months,
        entries=entries,
        verdicts=verdicts,
        statements=statements,
        liars=liars,
        recorded=recorded,
        planning_cpu_s=planning,
        settling_cpu_s=time.process_time() - began,
    )


def homes_of_season(asked: SeasonAsked) -> tuple[str, ...]:
    """The homes that such a season has, by name."""
    return tuple(model.home for model in models_of(recorded_days(1)[0], range(asked.homes)))


def _played(
    asked: SeasonAsked, rule: SeasonRule, told: Told
) -> tuple[dict[str, _Played], tuple[str, ...], int]:
    """Plan bound plans and orders, and live all days: by home; the liars, and how many recorded days there are."""
    recorded = recorded_days(min(asked.recorded, asked.days))
    by_day = [models_of(day, range(asked.homes)) for day in recorded]
    homes = [model.home for model in by_day[0]]
    dates = calendar(asked.days, len(recorded), homes, asked.seed, 0, rule)
    plays: dict[str, list[DayPlay]] = {}
    for k, home in enumerate(homes):
        plays[home] = []
        for number, (models, day) in enumerate(zip(by_day, recorded, strict=True)):
            situation = Situation.of(models[k], day.added_per_kwh[k], number)
            plays[home].append(day_play(situation, Lie(situation.true)))
        told("planning and living the season", k + 1, len(homes))
    # Spread evenly over the homes that get orders: others have nothing to lie about.
    ordered = [home for home in homes if any(play.known.order is not None for play in plays[home])]
    many = min(asked.liars, len(ordered))
    liars = tuple(ordered[k * len(ordered) // many] for k in range(many))
    for home in liars:
        plays[home] = [replace(own, lie=replace(own.lie, invented=LIARS_INVENT)) for own in plays[home]]
    found = {}
    for k, home in enumerate(homes):
        weather = weather_of([models[k] for models in by_day], k, asked.days, asked.seed, 0)
        found[home] = _lived(plays[home], weather, dates.turns_of(home, holds_out=True))
    return found, liars, len(recorded)


def _lived(plays: Sequence[DayPlay], weather: Weather, turns: Sequence[Turn]) -> _Played:
    lived = []
    for turn in turns:
        play, own = plays[turn.recorded], weather[turn.recorded]
        out = turn.held_out and play.known.order is not None
        off_kw, share = own.uncontrolled_kw[turn.weather], own.device_share[turn.weather]
        lived.append(lived_day(play, off_kw, share, held_out=out))
    return _Played(tuple(turns), tuple(plays[turn.recorded] for turn in turns), tuple(lived))


def _paid_month_by_month(
    days: Mapping[str, Sequence[JudgedDay]], rule: SeasonRule, parties: Parties, store: EntryStore
) -> tuple[tuple[Month, ...], date]:
    """Pay provisionally at each month's end; the months, and the day on which the season is settled."""
    all_days = [day.day for own in days.values() for day in own]
    months = []
    ends = month_ends(max(all_days), 0, min(all_days))
    for end in ends:
        entries = monthly_entries(days, end, rule, {}, parties, _before(store, end))
        _append_missing(store, entries, end)
        losses = sum(
            day.loss
            for own in days.values()
            for day in own
            if (day.day.year, day.day.month) == (end.year, end.month)
        )
        paid = sum((own.amount for own in entries if own.credit.name in days), Decimal(0))
        months.append(Month(end, losses, paid))
    return tuple(months), month_ends(max(all_days), 1)[-1]


def _before(store: EntryStore, day: date) -> list[Entry]:
    return [entry for entry in store.entries() if entry.day < day]


def _append_missing(store: EntryStore, entries: Sequence[Entry], day: date) -> None:
    """Append a day's entries, unless they are there.

    Raises:
        ValueError: others are there in their place.
    """
    there = [entry for entry in store.entries() if entry.day == day]
    if not there:
        store.append(entries)
    elif list(entries) != there:
        raise ValueError(f"the ledger holds other entries for {day} than this season makes")


def paid_by_home(season: GeneratedSeason) -> dict[str, Decimal]:
    """What each home was paid in all, what it paid for what it did not deliver counted in."""
    found = paid_so_far(season.entries)
    for entry in season.entries:
        if entry.kind is EntryKind.FLEXIBILITY_SHORTFALL and entry.debit.kind is AccountKind.MEMBER:
            found[entry.debit.name] = found.get(entry.debit.name, Decimal(0)) - entry.amount
    return {home: found.get(home, Decimal(0)) for home in season.accounts}


def balance_by_party(season: GeneratedSeason) -> dict[tuple[date, AccountKind], Decimal]:
    """What the parties of each kind got less what they paid, by the day on which it was booked."""
    found: dict[tuple[date, AccountKind], Decimal] = {}
    for entry in season.entries:
        for account, value in ((entry.credit, entry.amount), (entry.debit, -entry.amount)):
            key = (entry.day, account.kind)
            found[key] = found.get(key, Decimal(0)) + value
    return found
