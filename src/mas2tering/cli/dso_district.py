"""``mas2tering dso district``: several aggregators under one operator, within limits that they share."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mas2tering.cli.asked import Asked
from mas2tering.cli.run import RunRequest, prepared
from mas2tering.cli.terminal import messages, progress_of_homes
from mas2tering.coordination.district_day import Cap
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.study.networks import network_of
from mas2tering.study.operator.district import Aggregated, run_district
from mas2tering.study.operator.district_shown import document_of, page_of, sentences_of, table_of


@dataclass(frozen=True)
class DistrictRequest:
    """The command's options as they were typed."""

    files: tuple[str, ...]
    network: str | None
    import_kw: float | None
    export_kw: float | None
    date: str | None
    scenario: str | None
    seed: int
    step: int
    together: bool
    out: Path | None


def dso_district_command(request: DistrictRequest) -> int:
    """Plan the district's day, print its table, write JSON and a page; 1 where a limit stays broken.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    _check(request)
    members, day = _members(request)
    network = None if request.network is None else network_of(request.network)
    with progress_of_homes() as progress:
        found = run_district(
            members,
            day,
            request.step,
            Cap(request.import_kw, request.export_kw),
            network,
            seed=request.seed,
            together=request.together,
            progress=progress,
        )
    head, rows = table_of(found)
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    for row in (head, *rows):
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print(printable("  ".join(cells)))
    for sentence in sentences_of(found):
        print(printable(sentence))
    if request.out is not None:
        request.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(document_of(found, day), indent=2, ensure_ascii=False)
        (request.out / "district.json").write_text(text + "\n", encoding="utf-8")
        page_of(found, day).write(request.out / "district.html")
        messages.print(
            f"Page: {request.out / 'district.html'}", soft_wrap=True, highlight=False, markup=False
        )
    return 0 if found.apart.is_clean else 1


def _check(request: DistrictRequest) -> None:
    """Refuse options that are wrong.

    Raises:
        InputError: with all of them.
    """
    asked = Asked("dso district")
    for option, value in (("--import-kw", request.import_kw), ("--export-kw", request.export_kw)):
        if value is not None and not 0.0 < value < 1e6:
            asked.wrong(option, f"{value:g}", "a number of kW above zero, up to 1,000,000")
    if request.step not in STEP_LENGTHS_MINUTES:
        asked.wrong(
            "--step", f"{request.step}", f"one of {', '.join(map(str, STEP_LENGTHS_MINUTES))} minutes"
        )
    asked.whole_number("--seed", request.seed, 0)
    asked.day("--date", request.date)
    if request.out is not None:
        asked.folder("--out", request.out)
    asked.refuse()


def _members(request: DistrictRequest) -> tuple[list[Aggregated], date]:
    """The communities, and their day: that of the first where none is asked for.

    Raises:
        InputError: with everything that is wrong with any of them.
    """
    members: list[Aggregated] = []
    problems: list[InputProblem] = []
    day, seen = request.date, Counter[str]()
    for name in request.files:
        seen[name] += 1
        seed = request.seed + seen[name] - 1
        asked = RunRequest(name, request.scenario, day, 1, "none", "perfect", request.step, None, seed)
        if Path(name).suffix == ".toml":
            asked = RunRequest(name, None, day, 1, "none", "perfect", request.step, None, seed)
        try:
            community, reader, options = prepared(asked)
        except InputError as error:
            problems += error.problems
            continue
        day = options.first_day.isoformat()
        label = Path(name).stem if Path(name).suffix else name
        shown = f"{label} {seen[name]}" if request.files.count(name) > 1 else label
        members.append(Aggregated(shown, community, reader, options.network))
    if problems:
        raise InputError(problems)
    if day is None:
        raise AssertionError("every community has a day")
    return members, date.fromisoformat(day)
