"""``mas2tering run``: a community in, plans, a report and a summary out."""

import json
import os
import shutil
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

from mas2tering.cli.asked import MOST_DAYS, Asked
from mas2tering.cli.run_history import RunHistory, history_beside
from mas2tering.cli.terminal import messages, print_results, progress_of_homes
from mas2tering.domain.community import Community
from mas2tering.domain.errors import InputError, InputProblem, printable
from mas2tering.domain.network import Network
from mas2tering.domain.profiles import ProfileReader
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES, TimeAxis
from mas2tering.files import read_community
from mas2tering.study.built_in import (
    BUILT_IN,
    DEFAULT_DAY,
    DEFAULT_SCENARIO,
    DEFAULT_SEED,
    built_in_community,
    weeks_before,
)
from mas2tering.study.generator import SCENARIOS
from mas2tering.study.lived.outlooks import HISTORY_DAYS, ForecastKind
from mas2tering.study.lived.stored_models import StoredModels, write_models
from mas2tering.study.networks import network_of
from mas2tering.study.report import write_report
from mas2tering.study.results import RunResult, UseCase
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions
from mas2tering.study.season.publish import SEASON, write_season
from mas2tering.study.season.stored import LEDGER, write_ledger
from mas2tering.study.settled import COEFFICIENTS, SETTLEMENT, write_settled
from mas2tering.study.summary import write_summary

_FORECASTS: dict[str, ForecastKind] = {"perfect": "perfect", "model": "model", "naive": "naive"}
_USE_CASES: dict[str, tuple[UseCase, ...]] = {
    "none": ("none",),
    "1": ("none", "rule", "1"),
    "2": ("none", "rule", "1", "2"),
    "3": ("none", "rule", "1", "2", "3"),
}


@dataclass(frozen=True)
class RunRequest:
    """The command's options as they were typed."""

    community: str
    scenario: str | None
    date: str | None
    days: int
    use_case: str
    forecast: str
    step: int
    out: Path | None
    seed: int | None
    replan: bool = False
    models: Path | None = None


def run_command(request: RunRequest) -> None:
    """Plan, print, write.

    Raises:
        InputError: with everything that is wrong with what was asked.
    """
    community, reader, options = prepared(request)
    if request.out is None or request.forecast == "perfect":
        _carry_out(request, community, reader, options)
        return
    with history_beside(request.out) as history:
        notes = options.notes
        if history.left_alone is not None:
            notes = (
                *notes,
                f"{history.left_alone}: it is left as it is, and the history of this run is not kept; give another --out to keep it",
            )
        result = _carry_out(
            request, community, reader, replace(options, notes=notes, history=str(history.apart))
        )
        if history.left_alone is None:
            _keep(history, result)


def _carry_out(
    request: RunRequest, community: Community, reader: ProfileReader, options: RunOptions
) -> RunResult:
    with progress_of_homes() as progress:
        result = run_community(community, reader, options, progress)
    print_results(result)
    if request.out is not None:
        _write(request.out, result, request)
        messages.print(
            f"Report: {request.out / 'report.html'}", soft_wrap=True, highlight=False, markup=False
        )
    return result


def _keep(history: RunHistory, result: RunResult) -> None:
    """Keep the history of a run, where it has one; one that cannot be kept takes nothing from its results."""
    if result.lived is None or result.lived.registration is None:
        return
    try:
        history.keep()
    except OSError as error:
        messages.print(
            f"Note: the history could not be kept in {printable(str(history.kept))} ({error.strerror}); the run's results are whole",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )


def prepared(request: RunRequest) -> tuple[Community, ProfileReader, RunOptions]:
    """What a request is about, looked through and read.

    Raises:
        InputError: with everything that is wrong with what was asked, or with the community.
    """
    return _prepare(request, _check(request))


def _check(request: RunRequest) -> date | None:
    """The date that was asked for, if one was.

    Raises:
        InputError: with every option that is wrong.
    """
    asked = Asked("run")
    wrong = asked.wrong
    if request.use_case not in (*_USE_CASES, "all"):
        wrong("--use-case", request.use_case, "none, 1, 2, 3 or all")
    if request.forecast not in _FORECASTS:
        wrong("--forecast", request.forecast, "perfect, model or naive")
    if request.replan and request.forecast == "perfect":
        wrong(
            "--replan",
            "--forecast perfect",
            "--forecast model or naive: plans that know the day are not made anew",
        )
    if request.step not in STEP_LENGTHS_MINUTES:
        wrong("--step", f"{request.step}", f"one of {', '.join(map(str, STEP_LENGTHS_MINUTES))} minutes")
    if request.scenario is not None and request.scenario not in SCENARIOS:
        wrong("--scenario", request.scenario, f"one of {', '.join(SCENARIOS)}")
    if request.models is not None and request.forecast != "model":
        wrong("--models", f"{request.models} with --forecast {request.forecast}", "--forecast model")
    if request.models is not None and not request.models.is_file():
        wrong("--models", f"{request.models}, which is no file", f"the {MODELS} of an earlier run")
    asked.whole_number("--days", request.days, 1, MOST_DAYS)
    asked.whole_number("--seed", request.seed, 0)
    first_day = asked.day("--date", request.date)
    if request.community not in BUILT_IN and not os.path.lexists(request.community):
        wrong("COMMUNITY", request.community, f"a file, or one of {', '.join(BUILT_IN)}")
    if request.out is not None:
        asked.folder("--out", request.out)
    asked.refuse()
    return first_day


MODELS = "models.json"
"""What homes' models learned in a run, in its folder, from which a later day can go on."""
ASKED = "asked.json"
"""What a run was asked for, in its folder, so that its day can be taken up again."""


def write_asked(path: Path, request: RunRequest, result: RunResult) -> None:
    """Write the request, with what was not said filled in."""
    said = {
        "community": request.community,
        "scenario": request.scenario,
        "date": result.days[0].day.isoformat(),
        "days": request.days,
        "step": request.step,
        "seed": request.seed,
    }
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read_asked(folder: Path) -> RunRequest:
    """The request of a run from its folder, for the same days in use cases 1 to 3.

    Raises:
        InputError: there is none, or it cannot be used.
    """
    path = folder / ASKED
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return RunRequest(
            community=str(said["community"]),
            scenario=said["scenario"],
            date=str(said["date"]),
            days=int(said["days"]),
            use_case="3",
            forecast="perfect",
            step=int(said["step"]),
            out=None,
            seed=said["seed"],
        )
    except FileNotFoundError:
        expected = "a folder that `mas2tering run --out` wrote"
        raise InputError([InputProblem(str(path), "", "no such file", expected)]) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        found = f"what cannot be used ({error})"
        raise InputError([InputProblem(str(path), "", found, "what a run was asked for")]) from None


def _prepare(request: RunRequest, asked: date | None) -> tuple[Community, ProfileReader, RunOptions]:
    if request.community in BUILT_IN:
        if request.community == "minimal" and (request.scenario, request.seed) != (None, None):
            messages.print("Note: minimal is written out, so --scenario and --seed change nothing in it")
        built = built_in_community(
            request.community,
            request.scenario or DEFAULT_SCENARIO,
            DEFAULT_SEED if request.seed is None else request.seed,
            asked or DEFAULT_DAY,
            request.days,
        )
        network, past = built.network, None
        if request.forecast != "perfect":
            scenario, seed = request.scenario or DEFAULT_SCENARIO, request.seed
            past = weeks_before(
                request.community,
                scenario,
                DEFAULT_SEED if seed is None else seed,
                asked or DEFAULT_DAY,
                HISTORY_DAYS,
            )
        options = RunOptions(
            asked or DEFAULT_DAY,
            request.days,
            request.step,
            _use_cases(request, network),
            seed=built.seed,
            scenario=built.scenario,
            notes=built.community.notes,
            network=network,
            forecast=_FORECASTS[request.forecast],
            past=past,
            replan=request.replan,
            models=request.models,
        )
        return built.community.community, built.community.profiles, options
    loaded = read_community(Path(request.community), network_of)
    for note in loaded.notes:
        messages.print(f"Note: {printable(note)}", soft_wrap=True, markup=False)
    if request.scenario is not None:
        problem = InputProblem(
            "run", "--scenario", request.scenario, "no scenario with a file, which says itself who owns what"
        )
        raise InputError([problem])
    first_day = asked or loaded.community.first_day
    if first_day is None:
        problem = InputProblem(
            request.community, "first_day", "no date", "first_day in the file, or --date YYYY-MM-DD"
        )
        raise InputError([problem])
    _check_steps(loaded.community, first_day, request)
    network = loaded.network
    use_cases = _use_cases(request, network)
    options = RunOptions(
        first_day,
        request.days,
        request.step,
        use_cases,
        seed=request.seed,
        network=network,
        forecast=_FORECASTS[request.forecast],
        replan=request.replan,
        models=request.models,
    )
    return loaded.community, loaded.profiles, options


def _use_cases(request: RunRequest, network: Network | None) -> tuple[UseCase, ...]:
    """The use cases to run; all of them are those that there is something for.

    Raises:
        InputError: use case 3 is asked for, and there is no network.
    """
    if request.use_case == "all":
        return _USE_CASES["2" if network is None else "3"]
    if request.use_case == "3" and network is None:
        expected = "a community with a network: `network` in its file, or cardiff, enwl:22, minimal"
        raise InputError([InputProblem("run", "--use-case", "3, and no network", expected)])
    return _USE_CASES[request.use_case]


def _check_steps(community: Community, first_day: date, request: RunRequest) -> None:
    """Refuse steps that do not fit a day on which clocks change by less than an hour, be it one that forecasts learn from.

    Raises:
        InputError: with the first such day.
    """
    for number in range(0 if request.forecast == "perfect" else -HISTORY_DAYS, request.days):
        day = first_day + timedelta(days=number)
        try:
            TimeAxis.of_days(day, community.time_zone, request.step, day_starts_at=community.day_starts_at)
        except ValueError as error:
            problem = InputProblem("run", "--step", f"{request.step} ({error})", "a shorter step, such as 15")
            raise InputError([problem]) from None


def _write_models(folder: Path, result: RunResult) -> tuple[str, ...]:
    """Write what homes' models learned, where they did; the names of the files."""
    if result.lived is None or not result.lived.models:
        return ()
    step = result.days[0].axis.step_minutes
    write_models(folder / MODELS, StoredModels(result.community.name, step, result.lived.models))
    return (MODELS,)


def _write(folder: Path, result: RunResult, request: RunRequest) -> None:
    """Write into a folder beside the wanted one first, so that a failure leaves nothing half-written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=".writing-", dir=folder))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    try:
        write_summary(beside / "summary.json", result)
        write_report(beside / "report.html", result)
        settled = write_settled(beside, result)
        if result.season is not None:
            settled = (*settled, write_season(beside, result.season), *write_ledger(beside, result.season))
        write_asked(beside / ASKED, request, result)
        learned = _write_models(beside, result)
        for name in ("summary.json", "report.html", ASKED, *settled, *learned):
            (beside / name).replace(folder / name)
        # What an earlier run left there does not belong to this one.
        for name in {SETTLEMENT, COEFFICIENTS, SEASON, LEDGER, MODELS} - {*settled, *learned}:
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
