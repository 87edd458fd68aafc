"""The commands and their exit codes: 0 done, 1 the run failed, 2 the input was wrong."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mas2tering import __version__
from mas2tering.cli.bench_commands import bench
from mas2tering.cli.data_commands import anonymise, forecast_commands, quality, view
from mas2tering.cli.dso_commands import dso

if TYPE_CHECKING:
    from mas2tering.domain.errors import InputError

app = typer.Typer(
    name="mas2tering",
    help="Plans the day of every home in an energy community.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # its import alone would take the half second that --help may
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(bench, name="bench")
app.add_typer(forecast_commands, name="forecast")
app.add_typer(dso, name="dso")
app.add_typer(quality, name="quality")
app.add_typer(view, name="view")
app.command()(anonymise)

_FAILED, _WRONG_INPUT = 1, 2


def main() -> None:
    """Run the command line and leave with its exit code."""
    from mas2tering.domain.errors import InputError

    try:
        app()
    except InputError as error:
        _say_problems(error)
        raise SystemExit(_WRONG_INPUT) from None
    except BrokenPipeError:
        # Whoever read our output has read enough.
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"mas2tering: {where}{error.strerror or error}", file=sys.stderr)
        raise SystemExit(_FAILED) from None


def _say_problems(error: "InputError") -> None:
    for problem in error.problems:
        print(problem, file=sys.stderr)
    count = len(error.problems)
    print(f"{count} {'problem' if count == 1 else 'problems'} found; nothing was written.", file=sys.stderr)


def _version(asked: bool) -> None:
    if asked:
        print(f"mas2tering {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Plans the day of every home in an energy community."""


@app.command()
def run(
    community: Annotated[
        str,
        typer.Argument(
            help="A community file, or minimal, cardiff, belgium, enwl:22, dutch.", metavar="COMMUNITY"
        ),
    ] = "cardiff",
    scenario: Annotated[
        str | None,
        typer.Option(help="S1 (today) to S6 (mature); for built-in communities, S5 unless told otherwise."),
    ] = None,
    date: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.", metavar="YYYY-MM-DD")] = None,
    days: Annotated[int, typer.Option(help="How many days, up to 366.")] = 1,
    use_case: Annotated[str, typer.Option(help="none, 1, 2, or all that there is.")] = "all",
    forecast: Annotated[
        str,
        typer.Option(help="perfect: plans know the day; model, naive: it is lived too, on forecasts."),
    ] = "perfect",
    replan: Annotated[
        bool,
        typer.Option("--replan", help="With a forecast: days are lived by a plan made anew each hour, too."),
    ] = False,
    step: Annotated[int, typer.Option(help="Length of a step: 5, 10, 15, 20, 30 or 60 minutes.")] = 15,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, summary.json and what was settled.", metavar="DIR"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Draws of generated communities; 1 unless told otherwise.")
    ] = None,
    models: Annotated[
        Path | None,
        typer.Option(
            help="models.json of a run of earlier days, from which homes' models go on.", metavar="FILE"
        ),
    ] = None,
) -> None:
    """Plan the homes of a community, and write a report."""
    from mas2tering.cli.run import RunRequest, run_command

    run_command(
        RunRequest(community, scenario, date, days, use_case, forecast, step, out, seed, replan, models)
    )


@app.command()
def generate(
    out: Annotated[Path, typer.Option("--out", "-o", help="The community file to write.", metavar="FILE")],
    homes: Annotated[int, typer.Option(help="How many homes, up to 20000.")] = 184,
    scenario: Annotated[str, typer.Option(help="S1 (today) to S6 (mature).")] = "S5",
    seed: Annotated[int, typer.Option(help="The same seed gives the same community.")] = 1,
    site: Annotated[str, typer.Option(help="cardiff or belgium.")] = "cardiff",
    date: Annotated[
        str, typer.Option(help="First day of the profiles.", metavar="YYYY-MM-DD")
    ] = "2013-04-17",
    days: Annotated[int, typer.Option(help="Days that the profiles cover, up to 366.")] = 7,
) -> None:
    """Write a community file, with its profiles beside it."""
    from mas2tering.cli.generate import generate_command

    generate_command(out, homes, scenario, seed, site, date, days)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Community files, networks.", metavar="FILE [FILE …]")],
) -> None:
    """Say every error in community files and the profiles beside them, and in networks; exit code 2 if there is
    any."""
    from mas2tering.cli.check import check_command

    raise typer.Exit(check_command(files))


@app.command()
def schema() -> None:
    """Print the JSON schema of the community file."""
    import json

    from mas2tering.files import community_schema

    print(json.dumps(community_schema(), indent=2))
