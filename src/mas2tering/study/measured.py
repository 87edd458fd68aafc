"""Measured homes as communities: read from a data folder that a user has, never shipped.

The folder is named by the environment variable ``MAS2TERING_DATA``; without it ``../shared/data`` beside the
working directory is taken where it is there.
"""

import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, cast

import numpy as np

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.profiles import Series
from mas2tering.study.generator.community import GeneratedCommunity, MeasuredLoads, generate_community
from mas2tering.study.generator.scenarios import Scenario

_LONDON = (date(2013, 1, 1), date(2013, 12, 31))
_DUTCH = (date(2013, 1, 1), date(2013, 5, 31))
"""First and last day of the measurements."""
Phase = Literal["A", "B", "C"]


def data_folder() -> Path | None:
    """The folder with measured data, if there is one."""
    named = os.environ.get("MAS2TERING_DATA")
    folder = Path(named) if named else Path.cwd().parent / "shared" / "data"
    return folder if (folder / "households").is_dir() else None


def london_on_real_network(scenario: Scenario, seed: int, first_day: date, days: int) -> GeneratedCommunity:
    """``enwl:22``: the 184 measured London homes, one at each customer of the real low-voltage network 22.

    Raises:
        InputError: the data folder is missing, or the days lie outside the measured ones.
    """
    _check_days("enwl:22", _LONDON, first_day, days)
    folder = _folder("enwl:22")
    columns, values = _table(folder / "households" / "uk_composed_year_184_30min_kwh.parquet")
    customers, phases = _customers(folder / "network" / "enwl_22_184customers" / "loads.csv")
    loads = _loads(columns, values, datetime(2013, 1, 1), 30)  # noqa: DTZ001 (a wall clock)
    measured = MeasuredLoads(
        ids=tuple(columns),
        series=loads,
        sources=(
            "184 measured London homes on the real network of 184 customers",
            "Loads: Low Carbon London (UK Power Networks, London Datastore), half-hourly; a composed year: every date takes one of the "
            "home's own measured days, nearest in season and kind of day, so that levels and diversity are real and persistence is not.",
            "Customers and phases: Electricity North West, Low Voltage Network Solutions, network 22; homes are placed in order.",
        ),
        customers=customers,
        phases=phases,
    )
    return generate_community("cardiff", len(columns), scenario, seed, first_day, days, measured)


def dutch_homes(scenario: Scenario, seed: int, first_day: date, days: int) -> GeneratedCommunity:
    """``dutch``: the 40 measured homes of Zonnedael, January to May 2013.

    Raises:
        InputError: the data folder is missing, or the days lie outside the measured ones.
    """
    _check_days("dutch", _DUTCH, first_day, days)
    columns, values = _table(_folder("dutch") / "households" / "nl_zonnedael_15min_kwh.parquet")
    measured = MeasuredLoads(
        ids=tuple(columns),
        series=_loads(columns, values, datetime(2013, 1, 1), 15),  # noqa: DTZ001 (a wall clock)
        sources=(
            "40 measured Dutch homes",
            "Loads: Zonnedael, Liander open data, 1 January to 31 May 2013, quarter-hourly; tariffs and weather are those of the Belgian "
            "community.",
        ),
    )
    return generate_community("belgium", len(columns), scenario, seed, first_day, days, measured)


def measured_from(name: str) -> date:
    """The first day of which a built-in community has measurements; any day for generated ones."""
    return {"enwl:22": _LONDON[0], "dutch": _DUTCH[0]}.get(name, date.min)


def _check_days(name: str, measured: tuple[date, date], first_day: date, days: int) -> None:
    """Hold that all days are measured, and the morning after the last, until which it is planned."""
    begin, end = measured
    if begin <= first_day and first_day + timedelta(days=days) <= end:
        return
    last = end - timedelta(days=1)
    seen = f"{first_day}" if days == 1 else f"{first_day} to {first_day + timedelta(days=days - 1)}"
    raise InputError(
        [InputProblem(name, "--date", seen, f"days from {begin} to {last}, which were measured")]
    )


def _folder(name: str) -> Path:
    folder = data_folder()
    if folder is None:
        raise InputError(
            [
                InputProblem(
                    name,
                    "",
                    "no folder with measured data",
                    "the environment variable MAS2TERING_DATA naming it, or the folder ../shared/data; the built-in communities cardiff, "
                    "belgium and minimal need none",
                )
            ]
        )
    return folder


def _table(path: Path) -> tuple[list[str], np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Columns of homes and their values in kWh per step, shape (steps, homes)."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(path)
    homes = [name for name in table.column_names if name[:3] in ("MAC",) or name[:2] == "NL"]
    values = np.stack([table.column(name).to_numpy().astype(float) for name in homes], axis=1)
    return homes, cast("np.ndarray[tuple[int, int], np.dtype[np.float64]]", values)


def _loads(
    columns: list[str],
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    start: datetime,
    step_minutes: int,
) -> tuple[Series, ...]:
    return tuple(
        Series(
            name=f"measured load of {column}",
            start=start,
            step_minutes=step_minutes,
            values=np.where(np.isfinite(values[:, k]), values[:, k], 0.0),
            known=np.isfinite(values[:, k]),
            unit="kWh",
            clock="local",
        )
        for k, column in enumerate(columns)
    )


def _customers(path: Path) -> tuple[tuple[str, ...], tuple[Phase, ...]]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(row["customer_id"] for row in rows), tuple(cast("Phase", row["phase"]) for row in rows)
