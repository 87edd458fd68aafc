"""``mas2tering bench gaming --study``: what the season's rule costs, and what guards it, one JSON object a line on standard output."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from mas2tering.cli.asked import Asked
from mas2tering.cli.bench_gaming import Confirm, staged_as_asked
from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.settlement.season import SeasonRule

STUDIES = ("hold_out", "reward", "feeder")
COMMUNITIES = ("cardiff", "enwl:22")
_MOST_RECORDED, _MOST_LOTS = 366, 100

Line = dict[str, float | int | str]


def bench_gaming_study_command(
    study: str,
    confirm: Confirm,
    days: int,
    seasons: int,
    homes: int,
    attackers: int,
    recorded: int,
    seed: int,
) -> None:
    """What days held out cost the operator, negotiated for real; what the flat reward has to be and costs; or what the feeder's
    meter makes of forged ones.

    Raises:
        InputError: no such study, an option out of range, or the measured data that the community needs is not there.
    """
    if study not in STUDIES:
        raise InputError([InputProblem("bench gaming", "--study", study, f"one of {', '.join(STUDIES)}")])
    if study == "hold_out":
        lines = _of_hold_out(confirm.community or "cardiff", recorded, seasons, seed)
    else:
        lines = _of_stage(study, confirm, days, seasons, homes, attackers, recorded, seed)
    for line in lines:
        print(json.dumps(line), flush=True)


def _of_hold_out(community: str, recorded: int, lots: int, seed: int) -> Iterator[Line]:
    asked = Asked("bench gaming")
    asked.whole_number("--recorded", recorded, 1, _MOST_RECORDED)
    asked.whole_number("--seasons", lots, 1, _MOST_LOTS)
    asked.whole_number("--seed", seed, 0)
    if community not in COMMUNITIES:
        asked.wrong("--community", community, f"one of {', '.join(COMMUNITIES)}")
    asked.refuse()
    from mas2tering.study.gaming.costs import costs_of_days, summaries_of
    from mas2tering.study.gaming.recorded import recorded_days

    days = [own.day for own in recorded_days(recorded)]
    found = []
    for cost in costs_of_days(community, days, lots, seed, SeasonRule()):
        found.append(cost)
        yield {**asdict(cost), "day": str(cost.day)}
    yield from summaries_of(found)


def _of_stage(
    study: str,
    confirm: Confirm,
    days: int,
    seasons: int,
    homes: int,
    attackers: int,
    recorded: int,
    seed: int,
) -> Iterator[Line]:
    from mas2tering.study.gaming.feeder import feeder_lines
    from mas2tering.study.gaming.reward import reward_lines

    planned = staged_as_asked(Asked("bench gaming"), confirm, days, seasons, homes, attackers, recorded, seed)
    yield from (reward_lines if study == "reward" else feeder_lines)(planned, SeasonRule())
