"""The measured homes as arrays ``[homes, days, steps]`` in kW with their dates. Read only, nothing is
kept."""

import csv
import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The folder of measured data: MAS2TERING_DATA, or ../shared/data beside the checkout."""
    folder = Path(os.environ.get("MAS2TERING_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        raise SystemExit(f"no measured data at {folder} (MAS2TERING_DATA names the folder)")
    return folder


@dataclass(frozen=True)
class MeasuredHomes:
    """Loads of homes; ``load_kw [homes, days, steps]`` is NaN on days that were not measured.

    ``dates[d]`` is the date of day d; where the year is not known a likely one with the right weekdays.
    """

    load_kw: NDArray[np.float64]
    dates: list[date]

    @property
    def day_numbers(self) -> NDArray[np.int64]:
        """Ordinals of the dates."""
        return np.array([day.toordinal() for day in self.dates])


def columns(path: str, names: list[str] | None = None) -> dict[str, NDArray[np.float64]]:
    """Columns of a Parquet file of the data folder."""
    table = pq.read_table(data_folder() / path, columns=names)
    return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}


def dutch() -> MeasuredHomes:
    """The 40 Dutch homes, 1 January to 31 May 2013, 15 min."""
    table = columns("households/nl_zonnedael_15min_kwh.parquet")
    loads = np.stack([values for name, values in table.items() if name.startswith("NL")]).astype(float) * 4.0
    days = loads.shape[1] // 96
    return MeasuredHomes(loads.reshape(len(loads), days, 96), _from(date(2013, 1, 1), days))


def swiss() -> MeasuredHomes:
    """The 64 ordinary Swiss homes, ISO weeks 44 to 49, 15 min; 2012 is assumed (the source gives no year)."""
    with (data_folder() / "households/households_meta.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "ch_bamberg"]
    names = [
        row["series"]
        for row in rows
        if 800 < float(row["annualised_kwh"]) < 8000 and float(row["n_negative"]) == 0
    ]
    table = columns("households/ch_bamberg_15min_kwh.parquet", names)
    loads = np.stack([table[name] for name in names]).astype(float) * 4.0
    return MeasuredHomes(loads.reshape(len(loads), 42, 96), _from(date.fromisocalendar(2012, 44, 1), 42))


def london() -> MeasuredHomes:
    """The 184 London homes on their measured days of 2013, 30 min; other days NaN."""
    steps = [f"hh{step:02d}" for step in range(48)]
    table = columns("households/uk_lcl_days_30min_kwh.parquet", ["LCLid", "date", *steps])
    homes = sorted(set(table["LCLid"]))
    row = {name: index for index, name in enumerate(homes)}
    loads = np.full((len(homes), 365, 48), np.nan)
    first = date(2013, 1, 1).toordinal()
    values = np.stack([table[step] for step in steps], axis=1).astype(float) * 2.0
    for home, day, profile in zip(table["LCLid"], table["date"], values, strict=True):
        loads[row[home], date.fromisoformat(day).toordinal() - first] = profile
    return MeasuredHomes(loads, _from(date(2013, 1, 1), 365))


def london_composed() -> MeasuredHomes:
    """The COMPOSED year 2013 of the same homes: levels, diversity and season are real, persistence is not."""
    table = columns("households/uk_composed_year_184_30min_kwh.parquet")
    loads = np.stack([values for name, values in table.items() if name.startswith("MAC")]).astype(float) * 2.0
    return MeasuredHomes(loads.reshape(len(loads), 365, 48), _from(date(2013, 1, 1), 365))


def composition(days: MeasuredHomes, composed: MeasuredHomes) -> NDArray[np.int64]:
    """Which measured day of each home stands on each date of the composed year, ``[homes, 365]``.

    With it generated homes are composed in the same way, so that like is compared with like.
    """
    donors = np.empty(composed.load_kw.shape[:2], dtype=np.int64)
    for home, (measured, made) in enumerate(zip(days.load_kw, composed.load_kw, strict=True)):
        known = np.flatnonzero(~np.isnan(measured[:, 0]))
        distance = np.abs(made[:, None, :] - measured[known][None]).max(axis=2)
        if distance.min(axis=1).max() > 1e-3:
            raise ValueError(f"home {home}: a composed day is none of its measured days")
        donors[home] = known[distance.argmin(axis=1)]
    return donors


def _from(first: date, days: int) -> list[date]:
    return [first + timedelta(days=count) for count in range(days)]
