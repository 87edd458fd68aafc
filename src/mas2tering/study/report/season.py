"""The season's rule as plain data: who was held out, called, paid provisionally for which loss, and each home's statement."""

from dataclasses import dataclass

from mas2tering.study.results import RunResult
from mas2tering.study.season.account import RunSeason
from mas2tering.study.season.wording import learned_by_the_rule, season_sentences, statement_of

_DIGITS = 6


@dataclass(frozen=True)
class SeasonHome:
    """A home with an order on some day, or held out: days of either, the share of its orders that it delivered (None: it had none to
    deliver), the loss by them, what is due, what is paid by the end of the run and what is held back; its statement."""

    home: int
    called: int
    held_out: int
    share: float | None
    loss: float
    due: float
    paid: float
    held_back: float
    statement: tuple[str, ...]


@dataclass(frozen=True)
class SeasonData:
    """``homes`` begin with those to whom most is due; ``learned`` is what was opened, by party."""

    sentences: tuple[str, ...]
    due_on: str
    homes: tuple[SeasonHome, ...]
    learned: dict[str, str]


def season_data(run: RunResult) -> SeasonData | None:
    """The run by the season's rule, where there was congestion."""
    season = run.season
    if season is None:
        return None
    numbers = {home.id: k for k, home in enumerate(run.community.homes)}
    homes = [_home(season, home, numbers[home]) for home in season.homes]
    shown = [own for own in homes if own.called or own.held_out]
    shown.sort(key=lambda own: (-own.due, -own.loss, own.home))
    due_on = season.due_on
    return SeasonData(
        season_sentences(season),
        f"{due_on.day} {due_on:%B %Y}",
        tuple(shown),
        learned_by_the_rule(season),
    )


def _home(season: RunSeason, home: str, number: int) -> SeasonHome:
    days = season.days_of(home)
    shares = [day.delivered_share for day in days if day.delivered_share is not None]
    return SeasonHome(
        home=number,
        called=sum(day.judged.called for day in days),
        held_out=sum(day.judged.held_out for day in days),
        share=round(sum(shares) / len(shares), 4) if shares else None,
        loss=round(sum(day.known.loss.amount for day in days if day.judged.called), _DIGITS),
        due=round(season.accounts[home].losses, _DIGITS),
        paid=float(season.paid(home)),
        held_back=float(season.held_back(home)),
        statement=statement_of(season, home),
    )
