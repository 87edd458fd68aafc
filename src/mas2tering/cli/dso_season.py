"""``mas2tering dso season``: a season of congested days, settled month by month into a ledger."""

from dataclasses import dataclass
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.settlement.wording import NO_BREAK, amount, count
from mas2tering.study.season.generated import (
    CURRENCY,
    GeneratedSeason,
    SeasonAsked,
    generated_season,
    homes_of_season,
)
from mas2tering.study.season.stored import LEDGER_OF_SEASON, opened_ledger
from mas2tering.study.season.written import PAGE, generated_summary, write_generated

_MOST_HOMES = 184
_RECORDED = 26


@dataclass(frozen=True)
class SeasonRequest:
    """The command's options as they were typed."""

    days: int
    homes: int
    recorded: int
    liars: int
    seed: int
    by_meter: bool
    home: str | None
    ledger: str | None
    out: Path


def dso_season_command(request: SeasonRequest) -> None:
    """Live, settle, write, say.

    Raises:
        InputError: with every option that is wrong, or a ledger that holds another season by this name.
        StoreError: the ledger cannot be opened or written.
    """
    asked = Asked("dso season")
    asked.whole_number("--days", request.days, 1, 366)
    asked.whole_number("--homes", request.homes, 5, _MOST_HOMES)
    asked.whole_number("--recorded", request.recorded, 1, _RECORDED)
    asked.whole_number("--liars", request.liars, 0, max(0, request.homes // 2))
    asked.whole_number("--seed", request.seed, 0)
    asked.folder("--out", request.out)
    asked.refuse()
    wanted = SeasonAsked(
        request.days, request.homes, request.recorded, request.liars, request.seed, request.by_meter
    )
    if request.home is not None and request.home not in (homes := homes_of_season(wanted)):
        expected = f"one of the season's homes, such as {homes[0]}"
        raise InputError([InputProblem("dso season", "--home", request.home, expected)])
    try:
        import sqlalchemy  # noqa: F401
    except ImportError:
        expected = "the extra `history`: pip install 'mas2tering[history]'"
        raise InputError([InputProblem("dso season", "", "no SQLAlchemy", expected)]) from None
    request.out.mkdir(parents=True, exist_ok=True)
    location = request.ledger or str(request.out / LEDGER_OF_SEASON)
    with opened_ledger(location, wanted.name) as ledger, progress_of_homes() as progress:
        try:
            season = generated_season(wanted, ledger, told=progress)
        except ValueError as error:
            raise InputError(
                [InputProblem("dso season", "--ledger", str(error), "a ledger of this season, or a new one")]
            ) from None
    write_generated(request.out, season, request.home)
    _say(season)
    messages.print(f"Page: {request.out / PAGE}", soft_wrap=True, highlight=False, markup=False)


def _say(season: GeneratedSeason) -> None:
    found = generated_summary(season)
    money = {
        name: amount(sum(getattr(own, name) for own in season.accounts.values()), CURRENCY)
        for name in ("losses", "deducted", "short_charge")
    }
    lines = (
        f"{count(len(season.accounts), 'home')}, {count(season.asked.days, 'congested day')}: {found['orders']:,} orders, "
        f"{found['held_out']:,} days held out by lot.",
        f"Losses {money['losses']}, deducted {money['deducted']}, charged for what was not delivered {money['short_charge']}; "
        f"paid {amount(float(str(found['paid'])), CURRENCY)} in {len(season.entries):,} entries, {season.imbalance} missing.",
        f"Flagged: {count(len(season.flagged), 'home')}{': ' if season.flagged else ''}{', '.join(season.flagged[:8])}"
        f"{', …' if len(season.flagged) > 8 else ''}.",
        f"Settling took {season.settling_cpu_s:.1f} CPU-s, planning the orders {season.planning_cpu_s:.1f}.",
    )
    for line in lines:
        print(printable(line.replace(NO_BREAK, " ")))
