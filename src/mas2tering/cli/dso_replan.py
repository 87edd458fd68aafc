"""``mas2tering dso replan``: the rest of a day again, because forecasts have moved."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.cli.run import prepared, read_asked
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.plans import FloatArray
from mas2tering.domain.time_axis import TimeAxis
from mas2tering.files import read_changed_forecasts
from mas2tering.study.operator.replan import Moved, replanned_day
from mas2tering.study.operator.replan_shown import document_of, page_of, rows_of, sentences_of
from mas2tering.study.run import run_community

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_SAME_COST = 0.005


@dataclass(frozen=True)
class ReplanRequest:
    """The command's options as they were typed."""

    results: Path
    begin: str
    profiles: Path | None
    generation: float
    load: float
    out: Path


def dso_replan_command(request: ReplanRequest) -> int:
    """Plan the day of a run again from a time on, print before and after, write JSON and a page; 1 where limits stay broken.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    _check(request)
    asked = read_asked(request.results)
    if asked.days != 1:
        several = f"a run of {asked.days} days"
        raise InputError([InputProblem(str(request.results), "days", several, "a run of one day")])
    community, reader, options = prepared(asked)
    if options.network is None:
        raise AssertionError("use case 3 has a network")
    axis = TimeAxis.of_days(
        options.first_day, community.time_zone, options.step_minutes, day_starts_at=community.day_starts_at
    )
    first_step = _step_at(axis, request.begin)
    moved = _moved(request, community, axis.steps)
    with progress_of_homes() as progress:
        run = run_community(community, reader, replace(options, use_cases=("1", "2", "3")), progress)
        _hold_the_same(request.results, run.costs("3").cost)
        found = replanned_day(run, reader, options.network, first_step, moved, progress)
    rows = rows_of(found, community.currency)
    width = max(len(row[0]) for row in rows)
    for row in rows:
        print(printable("  ".join([row[0].ljust(width), *(cell.rjust(24) for cell in row[1:])])))
    for sentence in sentences_of(found, request.begin):
        print(printable(sentence))
    request.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document_of(request.begin, found, community.currency), indent=2, ensure_ascii=False)
    (request.out / "replan.json").write_text(text + "\n", encoding="utf-8")
    page_of(request.begin, found, community).write(request.out / "replan.html")
    messages.print(f"Page: {request.out / 'replan.html'}", soft_wrap=True, highlight=False, markup=False)
    return 0 if found.outcome.relief.is_clean else 1


def _check(request: ReplanRequest) -> None:
    """Refuse options that are wrong.

    Raises:
        InputError: with all of them.
    """
    asked = Asked("dso replan")
    if _CLOCK.fullmatch(request.begin) is None:
        asked.wrong("--from", request.begin, "a time such as 12:00")
    for option, share in (("--generation", request.generation), ("--load", request.load)):
        if not 0.0 <= share <= 10.0:
            asked.wrong(option, f"{share:g}", "a share of what was expected, from 0 to 10")
    if request.profiles is None and (request.generation, request.load) == (1.0, 1.0):
        asked.wrong("--profiles", "nothing", "--profiles FILE, --generation or --load: what has changed")
    asked.folder("--out", request.out)
    asked.refuse()


def _step_at(axis: TimeAxis, clock: str) -> int:
    """The first step that begins at a time of the local clock.

    Raises:
        InputError: no step begins then.
    """
    for step, moment in enumerate(axis.local_starts):
        if f"{moment:%H:%M}" == clock:
            return step
    expected = f"the beginning of a step of {axis.step_minutes} minutes from {axis.label(0)} on"
    raise InputError([InputProblem("dso replan", "--from", clock, expected)])


def _moved(request: ReplanRequest, community: Community, steps: int) -> Moved:
    courses: Mapping[tuple[str, str], FloatArray] = {}
    if request.profiles is not None:
        kinds = {home.id: {device.id: device.kind for device in home.devices} for home in community.homes}
        courses = read_changed_forecasts(request.profiles, kinds, steps)
    return Moved(courses, request.generation, request.load)


def _hold_the_same(results: Path, cost: float) -> None:
    """Hold that the run came out as its folder says: else the community has changed since.

    Raises:
        InputError: it did not.
    """
    path = results / "summary.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))["use_cases"]["3"]["cost"]
    except (OSError, ValueError, KeyError, TypeError):
        expected = "the summary of a run with use case 3"
        raise InputError(
            [InputProblem(str(path), "use_cases.3.cost", "nothing that can be used", expected)]
        ) from None
    if not isinstance(said, int | float) or abs(said - cost) > _SAME_COST:
        expected = "the same community and version as when the run was made; run it anew"
        raise InputError([InputProblem(str(path), "use_cases.3.cost", f"{said}, now {cost:.4f}", expected)])
