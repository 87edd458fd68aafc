"""What is done with readings: anonymise, view, quality, forecast."""

from pathlib import Path
from typing import Annotated

import typer

quality = typer.Typer(help="Faults in readings.", no_args_is_help=True)
forecast_commands = typer.Typer(help="Forecasts of load and generation.", no_args_is_help=True)
view = typer.Typer(
    help="What is done with a service view that anonymise wrote: rows for receipts, erasure, keys.",
    no_args_is_help=True,
)


def anonymise(
    data: Annotated[
        Path,
        typer.Argument(help="CSV or Parquet: a column a home, or a row a home and time.", metavar="DATA"),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the data set, summary.json and the page.", metavar="DIR")
    ],
    product: Annotated[
        str, typer.Option(help="released: means of groups of homes; service: a view that receipts open.")
    ] = "released",
    k: Annotated[int, typer.Option("-k", "--k", help="Homes that are alike, at the least.")] = 10,
    diversity: Annotated[
        int | None,
        typer.Option(
            "-l", "--l", help="Bands of consumption among those; 2 for service, 1 for released unless told."
        ),
    ] = None,
    guesses: Annotated[
        int, typer.Option(help="released: 1 or 5 guesses in which an attacker is right with 1/k at most.")
    ] = 1,
    seed: Annotated[
        int | None,
        typer.Option(help="Draws of weeks, and for service keys that are not secret: for studies."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="kWh, kW or W; read off names unless told otherwise.")
    ] = None,
    attributes: Annotated[
        Path | None,
        typer.Option(
            help="service: CSV with home, postcode, dwelling_m2, occupants, heating, …", metavar="FILE"
        ),
    ] = None,
    box_keys: Annotated[
        Path | None, typer.Option(help="service: CSV with home and public_key (X25519, hex).", metavar="FILE")
    ] = None,
) -> None:
    """Take the names off readings of homes, attack what is left, and say what privacy costs."""
    from mas2tering.cli.anonymise import anonymise_command

    anonymise_command(data, product, k, diversity, guesses, seed, unit, attributes, box_keys, out)


@quality.command("scan")
def quality_scan(
    data: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet: a time column and a column for each home, or rows of series, time and value.",
            metavar="DATA",
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Known faults, to score against: CSV with series, kind, start, end.", metavar="FILE"
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html, summary.json and flags.parquet.", metavar="DIR"),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="kwh (of a step) or kw; unless told, from the names of columns or file."),
    ] = None,
    zone: Annotated[
        str, typer.Option(help="Whose clock the homes live by, for times in UTC; others stay as they are.")
    ] = "UTC",
) -> None:
    """Find faults in measured loads, say why, and put repaired values beside the raw ones."""
    from mas2tering.cli.quality import quality_scan_command

    quality_scan_command(data, labels, out, unit, zone)


@forecast_commands.command("backtest")
def forecast_backtest(
    data: Annotated[
        Path,
        typer.Argument(
            help="A folder of measured homes, a CSV or Parquet file (a column of times, one for each home), or `families` (generated new homes).",
            metavar="DATA",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for report.html and summary.json.", metavar="DIR")
    ] = None,
    step: Annotated[
        int | None, typer.Option(help="Length of a step in minutes; as measured unless told otherwise.")
    ] = None,
    lead: Annotated[
        float, typer.Option(help="Hours before local midnight at which a day is forecast.")
    ] = 0.0,
    days: Annotated[int | None, typer.Option(help="Score the last so many days only.")] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="Unit of a file of your own, kW, kWh (per step) or W, where no name says it."),
    ] = None,
    clock: Annotated[
        str | None, typer.Option(help="Its times: utc or local; local unless they bear a zone.")
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone in which its homes live.")] = "Europe/Brussels",
    time_column: Annotated[
        str | None, typer.Option(help="Its column of times, where it has no usual name.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Draws the generated homes of `families`; how they are forecast was chosen on 11."),
    ] = None,
) -> None:
    """Say how well measured homes would have been forecast, day after day, without looking ahead."""
    from mas2tering.cli.forecast_backtest import forecast_backtest_command

    forecast_backtest_command(data, out, step, lead, days, (unit, clock, zone, time_column), seed)


_VIEW = typer.Argument(help="The folder that anonymise --product service wrote.", metavar="VIEW")


@view.command("select")
def view_select(
    folder: Annotated[Path, _VIEW],
    receipt: Annotated[Path, typer.Argument(help="A sealed receipt.", metavar="RECEIPT")],
    key: Annotated[Path, typer.Option(help="The private key that it is sealed to.", metavar="FILE")],
    out: Annotated[Path, typer.Option("--out", "-o", help="CSV file to write.", metavar="FILE")],
) -> None:
    """Write the rows that a receipt is for."""
    from mas2tering.cli.view import select_command

    raise typer.Exit(select_command(folder, receipt, key, out))


@view.command("erase")
def view_erase(
    folder: Annotated[Path, _VIEW],
    home: Annotated[str, typer.Argument(help="The identity of the home.", metavar="HOME")],
    why: Annotated[str, typer.Option(help="What for; it is logged.")] = "the home asked for it",
) -> None:
    """Take a home out of the view."""
    from mas2tering.cli.view import erase_command

    raise typer.Exit(erase_command(folder, home, why))


@view.command("destroy-key")
def view_destroy_key(
    folder: Annotated[Path, _VIEW],
    epoch: Annotated[str, typer.Argument(help="The epoch, such as 2013-01.", metavar="EPOCH")],
) -> None:
    """Destroy the key of an epoch: nobody can link its pseudonyms to homes any more."""
    from mas2tering.cli.view import destroy_key_command

    destroy_key_command(folder, epoch)
