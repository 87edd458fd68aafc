"""The days of a run in the season's ledger: what each home is due, what of it is paid provisionally, what is held back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mas2tering.domain.community import Community
from mas2tering.domain.plans import HomePlan
from mas2tering.grid import GridDay, congestions
from mas2tering.settlement.ledger import CENT, Entry, Ledger
from mas2tering.settlement.season import (
    JudgedDay,
    Parties,
    SeasonAccount,
    SeasonRule,
    accounts_of,
    monthly_entries,
    paid_so_far,
)
from mas2tering.study.season.agreed import AgreedDay, LivedAs
from mas2tering.study.season.gate import Keyring
from mas2tering.study.season.judge import HomeDay, SettledDay, judged_day

OPERATOR = "the distribution system operator"


@dataclass(frozen=True)
class RunSeason:
    """The congested days of a run by the season's rule.

    ``accounts`` are by home, as if the season ended with the run. ``entries`` are the provisional payments, each on the day on
    which it is due; those after ``last_day`` are held back until then. ``broken`` counts limits that are broken as the days
    were lived, held-out homes by their bound plans (None: no power flow), ``broken_without`` with nobody held out.
    """

    rule: SeasonRule
    parties: Parties
    last_day: date
    lived_as: LivedAs
    days: tuple[SettledDay, ...]
    accounts: Mapping[str, SeasonAccount]
    entries: tuple[Entry, ...]
    broken: int | None
    broken_without: int | None

    @property
    def currency(self) -> str:
        """Of all amounts."""
        return self.parties.currency

    @property
    def losses(self) -> float:
        """What is due for orders as far as they were delivered, before deductions."""
        return sum(account.losses for account in self.accounts.values())

    @property
    def due_on(self) -> date:
        """When the last of the provisional payments is due."""
        return month_ends(self.last_day, self.rule.months_held_back)[-1]

    @property
    def imbalance_cents(self) -> int:
        """What is missing in any account, in cents: nothing."""
        return int(Ledger(self.entries).imbalance / CENT)

    def paid(self, home: str) -> Decimal:
        """What a home was paid by the run's last day."""
        return paid_so_far([own for own in self.entries if own.day <= self.last_day]).get(home, Decimal(0))

    def held_back(self, home: str) -> Decimal:
        """What is due to a home later, if no day until then speaks against it."""
        return paid_so_far([own for own in self.entries if own.day > self.last_day]).get(home, Decimal(0))

    def days_of(self, home: str) -> tuple[HomeDay, ...]:
        """A home's congested days."""
        return tuple(own for day in self.days for own in day.homes if own.home == home)

    @property
    def homes(self) -> tuple[str, ...]:
        """Homes that take part, in the community's order."""
        return tuple(self.accounts)


def run_season(
    agreed: Sequence[AgreedDay],
    community: Community,
    last_day: date,
    seed: int | None,
    flow: Callable[[Sequence[HomePlan]], GridDay | None],
    rule: SeasonRule | None = None,
) -> RunSeason | None:
    """Settle the days of a run provisionally; None where none of them was congested.

    Args:
        agreed: the days as they were agreed on and lived.
        community: its homes.
        last_day: the run's last day.
        seed: of keys, salts and secrets.
        flow: the power flow of all homes' days.
        rule: the season's numbers; the usual ones unless told otherwise.
    """
    rule = rule or SeasonRule()
    keys = Keyring(seed or 0)
    judged = [judged_day(day, community, seed or 0, keys, rule) for day in agreed]
    pairs = [(day, own) for day, own in zip(agreed, judged, strict=True) if own is not None]
    if not pairs:
        return None
    days = tuple(own for _, own in pairs)
    by_home: dict[str, list[JudgedDay]] = {}
    aggregators: dict[str, str] = {}
    for day in days:
        for home in day.homes:
            by_home.setdefault(home.home, []).append(home.judged)
            aggregators[home.home] = home.aggregator
    parties = Parties(OPERATOR, aggregators, community.currency)
    return RunSeason(
        rule=rule,
        parties=parties,
        last_day=last_day,
        lived_as=days[0].lived_as,
        days=days,
        accounts=accounts_of(by_home, rule, {}),
        entries=provisional_entries(by_home, last_day, rule, parties),
        broken=_broken([flow(day.lived) for day in days]),
        broken_without=_broken([flow(day.lived_ordered) for day, _ in pairs]),
    )


def provisional_entries(
    homes: Mapping[str, Sequence[JudgedDay]], last_day: date, rule: SeasonRule, parties: Parties
) -> tuple[Entry, ...]:
    """What is paid at the end of each month, until all days are paid for, as if no other day were congested."""
    first = min(day.day for days in homes.values() for day in days)
    booked: list[Entry] = []
    for ends in month_ends(last_day, rule.months_held_back, first):
        booked += monthly_entries(homes, ends, rule, {}, parties, booked)
    return tuple(booked)


def month_ends(last_day: date, beyond: int, first_day: date | None = None) -> tuple[date, ...]:
    """The last days of the months from that of the first day (the last day's unless told) to so many beyond the last day's."""
    begin = first_day or last_day
    first, last = (12 * day.year + day.month - 1 for day in (begin, last_day))
    nexts = [divmod(number + 1, 12) for number in range(first, last + beyond + 1)]
    return tuple(date(year, month + 1, 1) - timedelta(days=1) for year, month in nexts)


def _broken(flows: Sequence[GridDay | None]) -> int | None:
    known = [len(congestions(flow)) for flow in flows if flow is not None]
    return sum(known) if len(known) == len(flows) else None
