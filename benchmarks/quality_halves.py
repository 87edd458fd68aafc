"""Measured homes by halves: on the one thresholds are chosen, on the other they are only reported.

Split by home (the Dutch and the Swiss: every second one) and by time (the German and the London home: first and second half of the series).
Fault seeds are 1, 2, … for choosing and 4001, 4002, … for reporting."""

import csv
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.study.quality.reading import Label, read_homes, read_labels

DATA = Path(os.environ.get("MAS2TERING_DATA", "../shared/data"))
HALVES = ("train", "test")
_FIRST_SEED = {"train": 1, "test": 4001}


@dataclass(frozen=True)
class Pool:
    """Homes of one source; with ``beside`` they are neighbours and scanned together."""

    name: str
    homes: tuple[MeasuredSeries, ...]
    beside: bool
    repeats: int = 1

    @property
    def names(self) -> str:
        return f"{self.name} ({len(self.homes)})" if self.beside else self.name


def seeds(half: str, count: int) -> range:
    return range(_FIRST_SEED[half], _FIRST_SEED[half] + count)


def pools(half: str) -> tuple[Pool, ...]:
    """Homes on which faults are put, of one half."""
    ordinary, _ = _swiss()
    return (
        Pool("Dutch", tuple(_dutch().values())[half == "test" :: 2], True),
        Pool("Swiss", tuple(ordinary.values())[half == "test" :: 2], True),
        Pool("German", (_half(_read("de_wpuq_sfh19_15min_kw.parquet", None), half),), False, 8),
        Pool("London", (_half(_read("uk_lcl_MAC000033_2013_30min_kwh.parquet", None), half),), False, 8),
    )


def other_swiss(half: str) -> Pool:
    """Meters with heat pumps, electric heating, shops: only to be left alone."""
    return Pool("other Swiss", tuple(_swiss()[1].values())[half == "test" :: 2], True)


def labelled() -> tuple[dict[str, MeasuredSeries], tuple[Label, ...], set[str]]:
    """The labelled homes, their faults, and the names of those that belong to the half for choosing."""
    read = read_homes(DATA / "anomalies" / "injected_15min.parquet", None, "UTC", _NOW)
    labels = read_labels(DATA / "anomalies" / "injected_events.csv")
    return dict(zip(read.names, read.series, strict=True)), labels, set(tuple(_dutch())[0::2])


_NOW = datetime(2030, 1, 1, tzinfo=UTC)


def _dutch() -> dict[str, MeasuredSeries]:
    read = read_homes(DATA / "households" / "nl_zonnedael_15min_kwh.parquet", None, "UTC", _NOW)
    return dict(zip(read.names, read.series, strict=True))


def _read(name: str, zone: str | None) -> MeasuredSeries:
    return read_homes(DATA / "households" / name, None, zone or "UTC", _NOW).series[0]


def _half(series: MeasuredSeries, half: str) -> MeasuredSeries:
    slots = 1440 // series.step_minutes
    middle = len(series.mean_kw) // slots // 2 * slots
    kept = slice(middle, None) if half == "test" else slice(0, middle)
    start = series.start + timedelta(minutes=series.step_minutes * (kept.start or 0))
    return MeasuredSeries.known_at_once(start, series.step_minutes, series.zone, series.mean_kw[kept])


def _swiss() -> tuple[dict[str, MeasuredSeries], dict[str, MeasuredSeries]]:
    """Ordinary Swiss homes, and the other meters; a Monday in week 44 of 2013 stands for their first day."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(DATA / "households" / "ch_bamberg_15min_kwh.parquet")
    start = datetime(2013, 10, 28, tzinfo=UTC)
    ordinary, others = {}, {}
    with (DATA / "households" / "households_meta.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["series"]: row for row in csv.DictReader(file) if row["source"] == "ch_bamberg"}
    for name, row in rows.items():
        if float(row["n_negative"] or 0):
            continue
        kw = 4 * np.asarray(table.column(name).to_numpy(), dtype=float)
        is_ordinary = 800 < float(row["annualised_kwh"]) < 8000
        (ordinary if is_ordinary else others)[name] = MeasuredSeries.known_at_once(start, 15, "UTC", kw)
    return ordinary, others
