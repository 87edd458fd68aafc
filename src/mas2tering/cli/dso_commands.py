"""``mas2tering dso …``: what a network operator can ask, and what for."""

from pathlib import Path
from typing import Annotated

import typer

dso = typer.Typer(help="What a distribution system operator asks of a network.", no_args_is_help=True)


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


@dso.command("hosting")
def dso_hosting(
    subject: Annotated[
        str,
        typer.Argument(
            help="A community with a network: a file, or cardiff, enwl:22, minimal; with --plans and --devices a network.",
            metavar="COMMUNITY|NETWORK",
        ),
    ],
    scenario: Annotated[str | None, typer.Option(help="S1 to S6, of built-in communities.")] = None,
    date: Annotated[str | None, typer.Option(help="The day.", metavar="YYYY-MM-DD")] = None,
    kinds: Annotated[str, typer.Option(help="Some of pv, ev, heat_pump.")] = "pv,ev,heat_pump",
    draws: Annotated[int, typer.Option(help="Placements to draw.")] = 20,
    negotiated: Annotated[
        int,
        typer.Option(
            help="So many of them with use case 3 as well, minutes each: every number of devices is negotiated."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same placements.")] = 1,
    plans: Annotated[
        Path | None, typer.Option(help="Of a network: what its customers draw, as for check.", metavar="FILE")
    ] = None,
    devices: Annotated[
        Path | None,
        typer.Option(
            help="Of a network: columns pv, ev, heat_pump, the kW that one device adds, a row a step.",
            metavar="FILE",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for hosting.json and hosting.html.", metavar="DIR")
    ] = None,
) -> None:
    """Say how many more roofs, cars and heat pumps fit before the first limit breaks, and which limit that is."""
    from mas2tering.cli.dso_hosting import HostingRequest, dso_hosting_command

    dso_hosting_command(
        HostingRequest(subject, scenario, date, seed, kinds, draws, negotiated, plans, devices, out)
    )


@dso.command("district")
def dso_district(
    files: Annotated[
        list[str],
        typer.Argument(
            help="Community files, or built-in communities: an aggregator each.", metavar="FILE …"
        ),
    ],
    network: Annotated[
        str | None,
        typer.Option(
            help="One network for all of them; else each keeps to the one that it names.", metavar="NETWORK"
        ),
    ] = None,
    import_kw: Annotated[
        float | None, typer.Option("--import-kw", help="What all of them together may draw at any step.")
    ] = None,
    export_kw: Annotated[
        float | None, typer.Option("--export-kw", help="What all of them together may feed in at any step.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="The day.", metavar="YYYY-MM-DD")] = None,
    scenario: Annotated[str | None, typer.Option(help="S1 to S6, of built-in communities.")] = None,
    seed: Annotated[
        int, typer.Option(help="Draws of built-in communities: the first's, one more for each other.")
    ] = 1,
    step: Annotated[int, typer.Option(help="Length of a step in minutes.")] = 15,
    together: Annotated[
        bool, typer.Option("--together", help="Beside it, what one aggregator with all homes would reach.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for district.json and district.html.", metavar="DIR")
    ] = None,
) -> None:
    """Plan a day of several aggregators within limits that they share; only sums go to the operator."""
    from mas2tering.cli.dso_district import DistrictRequest, dso_district_command

    raise typer.Exit(
        dso_district_command(
            DistrictRequest(
                tuple(files), network, import_kw, export_kw, date, scenario, seed, step, together, out
            )
        )
    )


@dso.command("replan")
def dso_replan(
    results: Annotated[
        Path, typer.Argument(help="Folder of a run of one day in use case 3.", metavar="RESULTS")
    ],
    begin: Annotated[
        str, typer.Option("--from", help="From when on the day is planned again, HH:MM.", metavar="HH:MM")
    ],
    profiles: Annotated[
        Path | None,
        typer.Option(
            help="What is expected now: a column of kW for each home/device, a row a step.", metavar="FILE"
        ),
    ] = None,
    generation: Annotated[
        float, typer.Option(help="Share of the generation expected that is left from then on.")
    ] = 1.0,
    load: Annotated[float, typer.Option(help="The same of the load that nobody shifts.")] = 1.0,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for replan.json and replan.html; RESULTS unless told otherwise.", metavar="DIR"
        ),
    ] = None,
) -> None:
    """Plan the rest of a day again when forecasts have moved: what is over stays, limits hold."""
    from mas2tering.cli.dso_replan import ReplanRequest, dso_replan_command

    raise typer.Exit(
        dso_replan_command(
            ReplanRequest(results, begin, profiles, generation, load, results if out is None else out)
        )
    )


@dso.command("season")
def dso_season(
    days: Annotated[int, typer.Option(help="Congested days.")] = 100,
    homes: Annotated[int, typer.Option(help="Homes of the generated community.")] = 184,
    recorded: Annotated[int, typer.Option(help="Recorded negotiations that are lived over and over.")] = 13,
    liars: Annotated[int, typer.Option(help="Homes whose plans are too good to be true.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed draws the same weather and lots.")] = 1,
    by_meter: Annotated[
        bool,
        typer.Option("--by-meter", help="No home has device records: the loss of the bill alone is paid."),
    ] = False,
    home: Annotated[
        str | None, typer.Option(help="Whose statement the page tells day by day.", metavar="NAME")
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            help="Where entries are kept: a file of SQLite, or postgresql://…; OUT/season.sqlite unless told otherwise.",
            metavar="PLACE",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="Folder for season.html, summary.json, ledger and days.", metavar="DIR")
    ] = Path("season"),
) -> None:
    """Settle a season of congested days month by month: who is paid for which loss, what is deducted, who is flagged."""
    from mas2tering.cli.dso_season import SeasonRequest, dso_season_command

    dso_season_command(SeasonRequest(days, homes, recorded, liars, seed, by_meter, home, ledger, out))
