"""``mas2tering bench …``: what can be asked, and what for."""

from pathlib import Path
from typing import Annotated

import typer

bench = typer.Typer(help="Benchmarks: one JSON object a line on standard output.", no_args_is_help=True)


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


@bench.command("history")
def bench_history(
    backend: Annotated[str, typer.Option(help="duckdb, postgres or sqlite.")] = "duckdb",
    rows: Annotated[int, typer.Option(help="Readings to store in batches.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Draws of readings.")] = 1,
    at: Annotated[
        str | None,
        typer.Option(
            help="A folder, or postgresql://…; a temporary one, or 127.0.0.1:5432, unless told otherwise.",
            metavar="DIR|DATABASE",
        ),
    ] = None,
) -> None:
    """How fast the historical database takes and gives readings, beside the bare library."""
    from mas2tering.cli.bench_history import bench_history_command

    bench_history_command(backend, rows, seed, at)


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
    community: Annotated[
        str | None,
        typer.Option(
            help="cardiff, or enwl:22, whose days are negotiated once (some minutes); enwl:22 where its data is, unless told otherwise."
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            help="Where negotiations are kept; the user's cache unless told otherwise.", metavar="DIR"
        ),
    ] = None,
    confirm: Annotated[
        int, typer.Option(help="On so many recorded days the best attacks are negotiated again by all homes.")
    ] = 0,
    confirm_homes: Annotated[
        int, typer.Option(help="By so many attackers of each device class at most.")
    ] = 30,
    study: Annotated[
        str | None,
        typer.Option(
            help="Instead of the table of attacks: hold_out (what days held out cost, --recorded of them negotiated for real under "
            "--seasons lots each), reward (the flat one for offering) or feeder (its meter against forged ones)."
        ),
    ] = None,
) -> None:
    """What lying to the settlement earns, attack by attack, against honest behaviour on the same days; or what the rule costs and what guards it."""
    from mas2tering.cli.bench_gaming import Confirm, bench_gaming_command

    again = Confirm(community, record, confirm, confirm_homes)
    if study is not None:
        from mas2tering.cli.bench_gaming_studies import bench_gaming_study_command

        bench_gaming_study_command(study, again, days, seasons, homes, attackers, recorded, seed)
        return

    bench_gaming_command(days, rule, seasons, homes, attackers, recorded, seed, again)
