"""A generated season as a page: balances by month and party, homes, flags with reasons, and one home's statement day by day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import numpy as np

from mas2tering.settlement.ledger import AccountKind
from mas2tering.settlement.season import SeasonAccount, Standing, paid_so_far
from mas2tering.settlement.wording import amount, count, long_date, percent
from mas2tering.study.operator.page import OperatorPage
from mas2tering.study.season.generated import (
    CURRENCY,
    LIARS_INVENT,
    GeneratedSeason,
    balance_by_party,
    paid_by_home,
)

_MOST_FLAGGED_SHOWN = 40
_FINDINGS = ("held_out", "dearer_than_ordered", "not_there", "contradicted")
_STANDINGS = {
    Standing.TRUSTED: "trusted",
    Standing.SUSPECTED: "held out more often",
    Standing.EXCLUDED: "no orders",
}


def home_shown(season: GeneratedSeason) -> str:
    """The home from which most is deducted; where nothing is, the one that lost most."""
    return max(
        season.accounts, key=lambda home: (season.accounts[home].deducted, season.accounts[home].losses)
    )


def season_page(season: GeneratedSeason, home: str) -> OperatorPage:
    """The page; ``home`` is whose statement it tells."""
    page = OperatorPage(f"A season of {season.asked.days} congested days, settled")
    _in_short(page, season)
    _months(page, season)
    _homes(page, season)
    _flags(page, season)
    _one_home(page, season, home)
    return page


def _money(value: float | Decimal) -> str:
    return amount(value, CURRENCY)


def _in_short(page: OperatorPage, season: GeneratedSeason) -> None:
    found = season.accounts.values()
    orders, held_out = (
        sum(getattr(day, what) for own in season.days.values() for day in own)
        for what in ("called", "held_out")
    )
    paid = sum(paid_by_home(season).values(), Decimal(0))
    missing = f"{_money(season.imbalance)} is" if season.imbalance else "nothing is"
    page.say(
        f"{count(len(season.accounts), 'home')} of the generated community, {count(season.asked.days, 'congested day')} on "
        f"{count(season.recorded, 'recorded negotiation')}: {orders:,} orders, {held_out:,} days held out by lot.",
        f"Orders cost homes {_money(sum(own.losses for own in found))} as far as they delivered. {_money(sum(own.deducted for own in found))} is "
        f"deducted, {_money(sum(own.short_charge for own in found))} charged for what was not delivered: the operator pays {_money(paid)}.",
        f"The ledger has {len(season.entries):,} entries; {missing} missing in any account. "
        f"Settling took {season.settling_cpu_s:.1f} CPU-s, planning the orders {season.planning_cpu_s:.1f}.",
    )
    if season.liars:
        caught = [home for home in season.liars if home in season.flagged]
        page.say(
            f"{count(len(season.liars), 'home')} {'lies' if len(season.liars) == 1 else 'lie'} ({', '.join(season.liars[:5])}): plans cheaper by "
            f"{_money(LIARS_INVENT)} a day than anything they can do. {len(caught)} of them {'is' if len(caught) == 1 else 'are'} flagged."
        )
    if season.asked.by_meter:
        page.say("No home has device records: the loss of the bill alone is paid, and nothing is deducted.")


def _months(page: OperatorPage, season: GeneratedSeason) -> None:
    page.heading("Month by month")
    balances, rows = balance_by_party(season), []
    accrued, paid, points = 0.0, 0.0, []
    for month in season.months:
        accrued, paid = accrued + month.losses, paid + float(month.paid)
        points.append((accrued, paid))
        rows.append(
            [
                f"{month.ends:%B %Y}",
                _money(month.losses),
                *_by_party(balances, month.ends),
                _money(accrued - paid),
            ]
        )
    total = float(sum(paid_by_home(season).values(), Decimal(0)))
    rows.append([f"Settled on {long_date(season.ends)}", "", *_by_party(balances, season.ends), ""])
    page.table(
        ["", "Losses by orders", "Operator", "Aggregator", "Homes", "Not paid yet"],
        rows,
    )
    page.say(
        "A month is paid at the end of the next one. What is not paid yet is held back or deducted; the aggregator passes on all that it gets. "
        "On the last day each account is brought to what the season comes to."
    )
    x = np.arange(1.0, len(points) + 2.0)
    losses = np.array([own for own, _ in points] + [accrued])
    page.picture(
        f"{CURRENCY} since the season began, all homes",
        [("losses by orders", x, losses), ("paid", x, np.array([own for _, own in points] + [total]))],
        [(float(k + 1), f"{month.ends:%b}") for k, month in enumerate(season.months)]
        + [(float(len(points) + 1), "settled")],
    )


def _by_party(balances: Mapping[tuple[date, AccountKind], Decimal], day: date) -> list[str]:
    kinds = (AccountKind.DSO, AccountKind.AGGREGATOR, AccountKind.MEMBER)
    return [_money(balances.get((day, kind), Decimal(0))) for kind in kinds]


def _homes(page: OperatorPage, season: GeneratedSeason) -> None:
    page.heading("Home by home")
    ordered = sorted(season.accounts.values(), key=lambda own: -own.losses)
    paid = paid_by_home(season)
    x = np.arange(1.0, len(ordered) + 1.0)
    page.picture(
        f"{CURRENCY} over the season, homes by their losses",
        [
            ("losses by orders", x, np.array([own.losses for own in ordered])),
            ("paid", x, np.array([float(paid[own.home]) for own in ordered])),
        ],
        [(1.0, "1"), (float(len(ordered)), str(len(ordered)))],
    )
    page.say("Where paid lies below losses, something was deducted.")
    page.table(
        [
            "The ten homes that orders cost most",
            "Orders",
            "Held out",
            "Losses",
            "Deducted",
            "Not delivered",
            "Paid",
        ],
        [
            [
                own.home,
                f"{sum(day.called for day in own.days)}",
                f"{sum(day.held_out for day in own.days)}",
                _money(own.losses),
                _money(own.deducted),
                _money(own.short_charge),
                _money(paid[own.home]),
            ]
            for own in ordered[:10]
        ],
    )


def _flags(page: OperatorPage, season: GeneratedSeason) -> None:
    page.heading("Flags, and why")
    share = len(season.flagged) / len(season.accounts)
    page.say(
        f"{count(len(season.flagged), 'home')} of {len(season.accounts)} ({percent(share)}) lived days that their plans contradict beyond chance. "
        f"{'Chance alone flags some honest homes, too; each' if season.flagged else 'Each'} may appeal for {season.rule.appeal_days} days."
    )
    if not season.flagged:
        return
    rows = []
    for home in season.flagged[:_MOST_FLAGGED_SHOWN]:
        account, verdict = season.accounts[home], season.verdicts[home]
        beyond = [getattr(account, name).beyond for name in _FINDINGS]
        name = f"{home}{' (lies)' if home in season.liars else ''}: {'; '.join(verdict.reasons)}"
        rows.append(
            [
                name,
                *(amount(own, CURRENCY, 4) if own else "–" for own in beyond),
                _money(account.deducted),
                _STANDINGS[verdict.standing],
            ]
        )
    page.table(
        [
            "Home and reasons",
            "Held out",
            "Dearer than ordered",
            "Not there",
            "Denied by the meter",
            "Deducted",
            "Next season",
        ],
        rows,
    )


def _one_home(page: OperatorPage, season: GeneratedSeason, home: str) -> None:
    account, statement = season.accounts[home], season.statements[home]
    page.heading(f"One home’s statement: {home}")
    page.say(*statement.sentences)
    page.table(
        ["", CURRENCY],
        [
            *([label, _money(value)] for label, value in statement.lines),
            ["What the season comes to", _money(statement.payment)],
            ["Paid", _money(statement.paid)],
        ],
    )
    x = np.arange(1.0, len(account.days) + 1.0)
    if account.losses:
        page.picture(
            f"{CURRENCY} since the season began, {home}, by congested day",
            [
                ("losses by orders", x, np.cumsum([day.loss for day in account.days])),
                ("paid", x, _paid_by_day(season, account)),
            ],
            [(float(k), str(k)) for k in range(10, len(account.days) + 1, 10)],
        )
    page.heading("Day by day")
    page.table(
        [
            "Day",
            "",
            "Loss paid for",
            "kWh short",
            "Dearer than its plan",
            "Of which chance, usually",
        ],
        _day_rows(account),
    )


def _paid_by_day(
    season: GeneratedSeason, account: SeasonAccount
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What a home had been paid by each of its days."""
    return np.array(
        [
            float(
                paid_so_far([own for own in season.entries if own.day <= day.day]).get(
                    account.home, Decimal(0)
                )
            )
            for day in account.days
        ]
    )


def _day_rows(account: SeasonAccount) -> list[list[str]]:
    rows = []
    for day in account.days:
        what = "ordered" if day.called else "held out" if day.held_out else "no order"
        dearer = "–" if day.dearer is None else amount(day.dearer, CURRENCY, 4)
        rows.append(
            [
                long_date(day.day),
                what,
                amount(day.loss, CURRENCY, 4) if day.called else "–",
                f"{day.short_kwh:.2f}" if day.short_kwh else "–",
                dearer,
                "–" if day.dearer is None else amount(day.deviation, CURRENCY, 4),
            ]
        )
    return rows
