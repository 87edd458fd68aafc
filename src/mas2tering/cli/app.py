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
    step: Annotated[int, typer.Option(help="Length of a step: 5, 10, 15, 20, 30 or 60 minutes.")] = 15,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, summary.json and what was settled.", metavar="DIR"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Draws of generated communities; 1 unless told otherwise.")
    ] = None,
) -> None:
    """Plan the homes of a community, and write a report."""
    from mas2tering.cli.run import RunRequest, run_command

    run_command(RunRequest(community, scenario, date, days, use_case, forecast, step, out, seed))


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


@bench.command("home")
def bench_home(
    case: Annotated[
        str | None, typer.Option(help="emhass, battery or battery_ev; all three unless told otherwise.")
    ] = None,
    days: Annotated[int, typer.Option(help="Days to plan in each case.")] = 20,
    community: Annotated[
        str | None, typer.Option(help="Plan all homes of a built-in community instead.")
    ] = None,
    answers: Annotated[int | None, typer.Option(help="Answers of N homes to prices instead.")] = None,
    seed: Annotated[int, typer.Option(help="Draws of days, homes and prices.")] = 1,
) -> None:
    """How fast, and how near to the optimum, homes are planned."""
    from mas2tering.cli.bench_home import bench_home_command

    bench_home_command(case, days, community, answers, seed)


@bench.command("market")
def bench_market(
    homes: Annotated[int, typer.Option(help="Homes of the community.", min=2, max=1_000_000)] = 184,
    case: Annotated[
        str | None, typer.Option(help="easy, hard or charges; all three unless told otherwise.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Communities, with the seeds 1, 2, …", min=1)] = 20,
    central: Annotated[
        bool, typer.Option("--central", help="Plan each community as one integer programme as well.")
    ] = False,
    central_limit: Annotated[
        float, typer.Option(help="Seconds for that, at most, each time.", min=1.0)
    ] = 600.0,
    gap: Annotated[
        float, typer.Option(help="The gap to stop at, as a share of the cost of use case 1.", min=1e-6)
    ] = 1e-3,
    cap: Annotated[
        str | None,
        typer.Option(
            help="Within limits that bite, use case 3: import, export or voltage (at most 184 homes)."
        ),
    ] = None,
) -> None:
    """How fast a local market is agreed on, and how near to the optimum."""
    from mas2tering.cli.bench_market import bench_market_command

    bench_market_command(homes, case, seeds, gap, central_limit if central else None, cap)


@bench.command("grid")
def bench_grid(
    network: Annotated[
        str,
        typer.Option(help="A folder, a file, or cardiff, enwl:22, enwl:01, ieee_elv.", metavar="DIR|NAME"),
    ] = "cardiff",
    steps: Annotated[int, typer.Option(help="Steps of the day.")] = 96,
    seed: Annotated[int, typer.Option(help="Draws of loads.")] = 1,
) -> None:
    """How long the three-phase power flow of a day takes, beside the bare engine."""
    from mas2tering.cli.bench_grid import bench_grid_command

    bench_grid_command(network, steps, seed)


@bench.command("gaming")
def bench_gaming(
    days: Annotated[int, typer.Option(help="Congested days of a season.")] = 100,
    rule: Annotated[
        str | None,
        typer.Option(
            help="loss (the season's rule), loss_net_meter, loss_no_hold_out, loss_trusting, claimed_loss, plain_baseline, "
            "capacity_product, vcg or local_price; all of them unless told otherwise."
        ),
    ] = None,
    seasons: Annotated[int, typer.Option(help="Seasons, each with its own weather and lots.")] = 4,
    homes: Annotated[int, typer.Option(help="Homes of the community, 12 to 184.")] = 184,
    attackers: Annotated[int, typer.Option(help="Attackers of each device class.")] = 2,
    recorded: Annotated[int, typer.Option(help="Recorded days to use, at most.")] = 100,
    seed: Annotated[int, typer.Option(help="Draws of weather and lots.")] = 1,
) -> None:
    """What lying to the settlement earns, attack by attack, against honest behaviour on the same days."""
    from mas2tering.cli.bench_gaming import bench_gaming_command

    bench_gaming_command(days, rule, seasons, homes, attackers, recorded, seed)


@dso.command("check")
def dso_check(
    network: Annotated[
        str,
        typer.Argument(help="A folder, a file, or cardiff, enwl:22, enwl:01, ieee_elv.", metavar="NETWORK"),
    ],
    plans: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet: a column of kW for each customer, a row a step; or the folder of a run.",
            metavar="PLANS",
        ),
    ],
    step: Annotated[int, typer.Option(help="Length of a step in minutes, for losses in kWh.")] = 15,
    out: Annotated[Path | None, typer.Option(help="CSV file for every violation.", metavar="FILE")] = None,
) -> None:
    """Say which limits of a network plans would break: element, phase, step, by how much."""
    from mas2tering.cli.dso_check import dso_check_command

    raise typer.Exit(dso_check_command(network, plans, step, out))
