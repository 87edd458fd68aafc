"""What the commands say to a person: tables and progress bars, plain where the output is not a terminal."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mas2tering.domain.errors import printable
from mas2tering.settlement.wording import NO_BREAK
from mas2tering.study.congestion import congestion_figures, congestion_sentences
from mas2tering.study.figures import (
    WORSE_OFF_BEYOND,
    certificate_of,
    figures_of,
    homes_worse_off,
    local_trade_kwh,
    savings,
)
from mas2tering.study.grid_figures import GridFigures, grid_figures_of
from mas2tering.study.lived.words import lived_sentences
from mas2tering.study.requests import request_figures
from mas2tering.study.results import RunResult, UseCase
from mas2tering.study.season.wording import NOBODY_PAID, season_sentences

messages = Console(stderr=True)
"""Progress and notes go to standard error, so that results can be piped."""

_MOST_CLASHES = 10

_ROWS: dict[UseCase, str] = {
    "none": "without platform",
    "rule": "simple rule",
    "1": "use case 1",
    "2": "use case 2",
    "3": "use case 3",
}


@contextmanager
def progress_of_homes() -> Iterator[Callable[[str, int, int], None]]:
    """A bar for each use case and day; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=messages, disable=not messages.is_terminal) as bar:
        tasks = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done)

        yield show


def print_results(run: RunResult) -> None:
    """The figures of a run as a table, and what a reader should know in sentences."""
    console = Console()
    currency = run.community.currency
    table = Table(
        title=Text(printable(f"{run.community.name}, {run.days[0].day}{_until(run)}")), title_justify="left"
    )
    table.add_column("", no_wrap=True)
    for heading in (f"cost {currency}", f"bill {currency}", "import kWh", "export kWh", "own use", "peak kW"):
        table.add_column(heading, justify="right")
    for use_case in run.use_cases:
        figures = figures_of(run, use_case)
        own_use = "-" if figures.self_consumption is None else f"{100 * figures.self_consumption:.0f} %"
        table.add_row(
            _ROWS[use_case],
            f"{figures.costs.cost:,.2f}",
            f"{figures.costs.bill:,.2f}",
            f"{figures.import_kwh:,.0f}",
            f"{figures.export_kwh:,.0f}",
            own_use,
            f"{figures.peak_import_kw:,.0f}",
        )
    console.print(table)
    if {"none", "1"} <= set(run.use_cases):
        saved = savings(run, "1")
        certificate = certificate_of(run, "1")
        console.print(
            f"Use case 1 saves {saved.sum():,.2f} {currency} against the home without the platform; {int((saved > WORSE_OFF_BEYOND).sum())} of "
            f"{len(saved)} homes gain, {_worse_off(homes_worse_off(run, '1'))}. No plan could cost less than "
            f"{certificate.lower_bound:,.2f} (gap {100 * certificate.gap:.3f} %).",
            soft_wrap=True,
        )
    if "2" in run.use_cases:
        _print_market(console, run)
        _print_requests(console, run)
    _print_grid(console, run)
    _print_lived(console, run)
    if run.season is None and "3" in run.use_cases:
        console.print(NOBODY_PAID, soft_wrap=True)
    elif run.season is not None:
        words = " ".join(season_sentences(run.season)).replace(NO_BREAK, " ")
        console.print(printable(words), soft_wrap=True, markup=False, highlight=False)
    _print_clashes(console, run)
    for warning in run.warnings:
        console.print(f"Note: {printable(warning)}", soft_wrap=True, markup=False)


def _print_market(console: Console, run: RunResult) -> None:
    """What the local market came to, in a sentence."""
    saved, certificate = savings(run, "2", "1"), certificate_of(run, "2")
    console.print(
        f"Use case 2 saves {saved.sum():,.2f} {run.community.currency} more: {local_trade_kwh(run, '2'):,.0f} kWh are traded inside the community; "
        f"{int((saved > WORSE_OFF_BEYOND).sum())} of {len(saved)} homes gain, {_worse_off(homes_worse_off(run, '2', '1'))}. "
        f"{certificate.rounds} rounds, gap {100 * certificate.gap:.3f} % of the cost of use case 1.",
        soft_wrap=True,
    )


def _print_grid(console: Console, run: RunResult) -> None:
    """What the network does in each use case, and what became of congestion."""
    figures = {use_case: grid_figures_of(run, use_case) for use_case in run.use_cases}
    if any(own is not None for own in figures.values()):
        console.print(_network_table(figures))
    congestion = congestion_figures(run)
    if congestion is not None:
        homes = len(run.community.homes)
        saved = savings(run, "3", "2").sum() if "2" in run.use_cases else 0.0
        beside = f", {abs(saved):,.2f} {run.community.currency} {'less' if saved >= 0 else 'more'} than in use case 2"
        certificate = certificate_of(run, "3")
        sentences = (
            *congestion_sentences(congestion, homes, run.community.currency),
            f"In all, use case 3 costs {run.costs('3').cost:,.2f} {run.community.currency}{beside if '2' in run.use_cases else ''}; "
            f"gap {100 * certificate.gap:.3f} % of the cost of use case 1.",
        )
        console.print(
            f"Use case 3: {printable(' '.join(sentences))}", soft_wrap=True, markup=False, highlight=False
        )


def _print_lived(console: Console, run: RunResult) -> None:
    """What the days came to as they turned out."""
    if run.lived is not None:
        for sentence in lived_sentences(run.lived, run.community.currency):
            console.print(printable(sentence), soft_wrap=True, markup=False, highlight=False)


def _network_table(figures: Mapping[UseCase, GridFigures | None]) -> Table:
    table = Table(title="The network, and how many limits are broken in it", title_justify="left")
    table.add_column("", no_wrap=True)
    for heading in ("lowest pu", "highest pu", "trans-\nformer", "cables", "losses kWh", "broken"):
        table.add_column(heading, justify="right")
    for use_case, own in figures.items():
        if own is None:
            table.add_row(_ROWS[use_case], *["-"] * 6)
            continue
        loadings = (own.transformer_loading_max, own.cable_loading_max)
        table.add_row(
            _ROWS[use_case],
            f"{own.voltage_min_pu:.3f}",
            f"{own.voltage_max_pu:.3f}",
            *("-" if loading is None else f"{100 * loading:.0f} %" for loading in loadings),
            f"{own.losses_kwh:,.1f}",
            f"{own.limit_violations:,}",
        )
    return table


def _print_requests(console: Console, run: RunResult) -> None:
    """What each buyer outside asked for and got, and what the members have of it."""
    found, currency = request_figures(run), run.community.currency
    if found is None:
        return
    for buyer in found.buyers:
        asked = f"{printable(buyer.buyer)} asks for {buyer.asked_kwh:,.1f} kWh"
        price = "" if buyer.price_per_kwh is None else f", {buyer.price_per_kwh:.3f} a kWh"
        got = f"gets {buyer.delivered_kwh:,.1f} kWh for {buyer.paid:,.2f} {currency}{price}"
        console.print(
            f"{asked} and {got if buyer.delivered_kwh else 'gets nothing'}.", soft_wrap=True, markup=False
        )
    if any(buyer.delivered_kwh for buyer in found.buyers):
        gain = f"Members gain {found.members_gain:,.2f} {currency} by it together"
        console.print(f"{gain}, against the market without a request.", soft_wrap=True)
    for day in found.not_met:
        console.print(f"Nothing delivered on {printable(day)}.", soft_wrap=True, markup=False)


def _print_clashes(console: Console, run: RunResult) -> None:
    """Wishes that gave way, once each however many days they gave way on; the report has them all."""
    clashes = tuple(dict.fromkeys(run.clashes))
    for clash in clashes[:_MOST_CLASHES]:
        console.print(f"Gives way: {printable(clash)}", soft_wrap=True, markup=False)
    if len(clashes) > _MOST_CLASHES:
        console.print(f"Gives way: {len(clashes) - _MOST_CLASHES} more wishes, in the report")


def _worse_off(homes: int) -> str:
    return "1 is worse off" if homes == 1 else f"{homes} are worse off"


def _until(run: RunResult) -> str:
    return f" to {run.days[-1].day}" if len(run.days) > 1 else ""
