"""What follows from flagged seasons: more days held out, then a season without orders; always with reasons, and an appeal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from mas2tering.settlement.season.account import SeasonAccount
from mas2tering.settlement.season.rule import SeasonRule
from mas2tering.settlement.wording import count


class Standing(StrEnum):
    """How a home takes part in the next season."""

    TRUSTED = "trusted"
    SUSPECTED = "suspected"
    EXCLUDED = "excluded"


@dataclass(frozen=True)
class Verdict:
    """A home's standing after a season, why, and until when it may appeal; ``appeal`` is what was decided on one."""

    home: str
    standing: Standing
    reasons: tuple[str, ...]
    appeal_until: date | None
    appeal: str = ""


def reasons_of(account: SeasonAccount) -> tuple[str, ...]:
    """Why a season is flagged, each with its figures; none where it is not."""
    found = (
        (account.held_out, "days without an order cost more than the plans you were bound to"),
        (account.dearer_than_ordered, "days with an order cost more than the plans that were ordered"),
        (account.not_there, "days with an order cost less than the plans that were ordered"),
        (account.contradicted, "days with an order have device records that the meter denies"),
    )
    return tuple(
        f"{what}: {finding.total:.2f} over {count(finding.days, 'day')}, of which {finding.band:.2f} may be chance"
        for finding, what in found
        if finding.beyond > 0.0
    )


def verdict_of(
    account: SeasonAccount, flagged_before: Sequence[bool], settled_on: date, rule: SeasonRule
) -> Verdict:
    """A home's standing after a season; ``flagged_before`` are its earlier seasons that count, the latest last.

    Flags count while they follow each other: a season without one wipes the slate clean.
    """
    flags = 0
    for flagged in (*flagged_before, account.is_flagged):
        flags = flags + 1 if flagged else 0
    standing = Standing.TRUSTED
    if flags >= rule.flags_to_exclude:
        standing = Standing.EXCLUDED
    elif flags >= rule.flags_to_suspect:
        standing = Standing.SUSPECTED
    until = None if standing is Standing.TRUSTED else settled_on + timedelta(days=rule.appeal_days)
    return Verdict(account.home, standing, reasons_of(account), until)


def appealed(verdict: Verdict, on: date, *, upheld: bool, words: str) -> Verdict:
    """The verdict after an appeal: ``upheld`` gives the home its standing back. ``words`` say why it was decided so.

    Raises:
        ValueError: there is nothing to appeal against, it is too late, or no words.
    """
    if verdict.appeal_until is None:
        raise ValueError(f"home {verdict.home!r} is trusted: there is nothing to appeal against")
    if on > verdict.appeal_until:
        raise ValueError(
            f"home {verdict.home!r}: the appeal came on {on}; expected by {verdict.appeal_until}"
        )
    if not words:
        raise ValueError(f"home {verdict.home!r}: a decision on an appeal needs its reasons in words")
    if upheld:
        return Verdict(verdict.home, Standing.TRUSTED, verdict.reasons, None, words)
    return replace(verdict, appeal=words)
