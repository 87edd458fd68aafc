"""``mas2tering bench gaming``: one JSON object a line on standard output, nothing else there."""

import json
import sys

from mas2tering.cli.asked import Asked
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.settlement.season import SeasonRule
from mas2tering.study.gaming import bench, stage
from mas2tering.study.gaming.rules import RULES

_CURRENCY = "GBP"
_MOST_HOMES = 184


def bench_gaming_command(
    days: int, rule: str | None, seasons: int, homes: int, attackers: int, recorded: int, seed: int
) -> None:
    """Play every attack under a rule, or under each of them.

    Raises:
        InputError: an unknown rule, or an option out of range.
    """
    if rule is not None and rule not in RULES:
        raise InputError([InputProblem("bench gaming", "--rule", rule, f"one of {', '.join(RULES)}")])
    planned = staged_as_asked(days, seasons, homes, attackers, recorded, seed)
    for name in RULES if rule is None else [rule]:
        gains, honest = bench.gains_under(name, planned, SeasonRule())
        for line in bench.lines_of(name, gains, honest, planned, _CURRENCY):
            print(json.dumps(line), flush=True)


def staged_as_asked(
    days: int, seasons: int, homes: int, attackers: int, recorded: int, seed: int
) -> stage.Stage:
    """Plan a study as large as is asked for, and say on a terminal how far it is.

    Raises:
        InputError: an option out of range.
    """
    asked = Asked("bench gaming")
    asked.whole_number("--days", days, 1, 366)
    asked.whole_number("--seasons", seasons, 1, 1000)
    asked.whole_number("--homes", homes, 12, _MOST_HOMES)
    asked.whole_number("--attackers", attackers, 1, 30)
    asked.whole_number("--recorded", recorded, 1, 366)
    asked.whole_number("--seed", seed, 0)
    asked.refuse()
    return stage.staged(
        stage.Asked(days, seasons, homes, attackers, min(recorded, days), seed),
        lambda what: print(what, file=sys.stderr, flush=True) if sys.stderr.isatty() else None,
    )
