"""The season's rule in a run as plain figures, for ``summary.json``."""

from mas2tering.study.plain import Json
from mas2tering.study.season.account import RunSeason


def season_figures(season: RunSeason) -> Json:
    """Who was paid provisionally for which loss, by the season's rule."""
    days = [own for day in season.days for own in day.homes]
    homes: list[Json] = [own for home in season.homes if (own := _home(season, home)) is not None]
    found: dict[str, Json] = {
        "lived": season.lived_as,
        "days_congested": len(season.days),
        "orders": sum(own.judged.called for own in days),
        "held_out": sum(own.judged.held_out for own in days),
        "losses": season.losses,
        "provisional_payment": float(sum(season.paid(h) + season.held_back(h) for h in season.homes)),
        "paid": float(sum(season.paid(h) for h in season.homes)),
        "held_back": float(sum(season.held_back(h) for h in season.homes)),
        "due_on": season.due_on.isoformat(),
        "ledger_imbalance_cents": season.imbalance_cents,
        "limit_violations_lived": season.broken,
        "limit_violations_with_nobody_held_out": season.broken_without,
        "homes": homes,
    }
    return {name: value for name, value in found.items() if value is not None}


def _home(season: RunSeason, home: str) -> Json:
    """A home that was called or held out; None for another."""
    account, own = season.accounts[home], season.days_of(home)
    if not any(day.judged.called or day.judged.held_out for day in own):
        return None
    shares = [day.delivered_share for day in own if day.delivered_share is not None]
    return {
        "home": home,
        "days_called": sum(day.judged.called for day in own),
        "days_held_out": sum(day.judged.held_out for day in own),
        "delivered_share": sum(shares) / len(shares) if shares else None,
        "loss": sum(day.known.loss.amount for day in own if day.judged.called),
        "due": account.losses,
        "deducted": account.deducted,
        "provisional_payment": float(season.paid(home) + season.held_back(home)),
        "paid": float(season.paid(home)),
        "held_back": float(season.held_back(home)),
    }
