"""What a reader of a run must know, in the user’s words."""

from collections.abc import Sequence

from mas2tering.domain.community import Community
from mas2tering.study.proof import unproven_words
from mas2tering.study.results import DayResult


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:5])}{', …' if len(names) > 5 else ''}"


def _with_it(over: set[str], still: set[str], *, known: bool) -> str:
    """What becomes of homes beyond their fuse with the platform."""
    if not known:
        return ""
    if not still:
        return "; with it they do not"
    kept = len(over - still)
    return f"; with it {kept} of them do not, and {_some(sorted(still))} cannot but do"


def warnings_of(days: Sequence[DayResult], community: Community) -> tuple[str, ...]:
    """Fuses, clocks, plans that are not proven, and homes that are left out; each sentence once."""
    found: list[str] = []
    if community.flexibility_requests and "1" in days[0].plans and "2" not in days[0].plans:
        found.append("flexibility_requests are met in the local market, use case 2, which was not run")
    for day in days:
        for tariff in day.tariffs:
            found.extend(tariff.filled)
        if (day.axis.steps * day.axis.step_minutes) != 24 * 60:
            found.append(f"{day.day} has {day.axis.steps * day.axis.step_hours:g} hours: the clocks change")
        if "none" in day.plans:
            over = {plan.home for plan in day.plans["none"] if any("fuse" in note for note in plan.notes)}
            still = {
                plan.home for plan in day.plans.get("1", ()) if any(c.device == "fuse" for c in plan.clashes)
            }
            if over:
                found.append(
                    f"{day.day}: without the platform {len(over)} of {len(community.homes)} homes go beyond their fuse "
                    f"({_some(sorted(over))})" + _with_it(over, still, known="1" in day.plans)
                )
        if "1" in day.plans:
            unproven = [p.home for p in day.plans["1"] if p.method == "incumbent"]
            if unproven:
                found.append(
                    f"{day.day}: {len(unproven)} of {len(community.homes)} plans are not proven to 0.1 % (homes with a micro-CHP, or "
                    "a limit that bound); each states its gap"
                )
        if day.market is not None:
            found.extend(
                f"{day.day}: {home} takes no part in the local market: {reason}"
                for home, reason in day.market.left_out.items()
            )
            unproven_market = unproven_words(day.market)
            if unproven_market is not None:
                found.append(f"{day.day}: {unproven_market}")
    return tuple(dict.fromkeys(found))
