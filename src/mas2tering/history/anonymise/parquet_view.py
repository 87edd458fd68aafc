"""The service view as Parquet files in a folder: ``readings.parquet`` and ``households.parquet``."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mas2tering.history.anonymise.attributes import ANY
from mas2tering.history.anonymise.generalise import hidden_homes
from mas2tering.history.anonymise.service_view import LEAST_BANDS, ReadingRows, ServiceView

if TYPE_CHECKING:
    import pyarrow as pa

READINGS, HOUSEHOLDS = "readings.parquet", "households.parquet"


class ParquetView:
    """A service view in a folder; rows keep their places when others are erased.

    Args:
        folder: where the files are.
        k: what is held again after an erasure.
        diversity: likewise.
    """

    def __init__(self, folder: Path, k: int, diversity: int) -> None:
        self._folder = folder
        self._k, self._diversity = k, diversity

    def write(self, view: ServiceView) -> None:
        """Write a view; each file appears whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        import pyarrow as pa

        names = np.repeat(np.arange(len(view.rows)), [len(rows.load_kw) for rows in view.rows])
        pseudonyms = pa.DictionaryArray.from_arrays(
            pa.array(names.astype(np.int32)), pa.array([rows.pseudonym for rows in view.rows])
        )
        starts = np.concatenate([rows.starts for rows in view.rows]).astype("datetime64[s]")
        load_kw = np.concatenate([rows.load_kw for rows in view.rows])
        self._replace(
            READINGS,
            pa.table(
                {
                    "pseudonym": pseudonyms.cast(pa.string()),
                    "time": pa.array(starts),
                    "load_kw": pa.array(load_kw, mask=np.isnan(load_kw)),
                }
            ),
        )
        columns: dict[str, Sequence[str]] = {
            "pseudonym": [household.pseudonym for household in view.households],
            "epoch": [household.epoch for household in view.households],
        }
        for name in view.generalised.values:
            columns[name] = [household.values[name] for household in view.households]
        self._replace(HOUSEHOLDS, pa.table(columns))

    def rows(self, location: str, first: int, count: int) -> ReadingRows | None:
        """So many rows from a place on, if they are one home's; None where they are not, or were erased."""
        import pyarrow.parquet as pq

        if location != READINGS:
            return None
        table = pq.read_table(self._folder / READINGS).slice(first, count)
        pseudonyms = set(table.column("pseudonym").to_pylist())
        if len(table) != count or len(pseudonyms) != 1 or None in pseudonyms:
            return None
        return ReadingRows(
            pseudonyms.pop(),
            table.column("time").to_numpy().astype("datetime64[m]"),
            np.array(table.column("load_kw").to_numpy(), dtype=np.float64),
        )

    def erase(self, pseudonyms: frozenset[str]) -> int:
        """Take away all rows under some pseudonyms and what is told of their households; how many rows that were.

        Where a class of households becomes too small it is hidden. Copies of the files that were made are not reached.
        """
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        readings = pq.read_table(self._folder / READINGS)
        gone = pc.is_in(readings.column("pseudonym"), value_set=pa.array(sorted(pseudonyms)))
        erased = int(pc.sum(gone).as_py() or 0)
        kept = {
            name: pc.if_else(gone, pa.scalar(None, readings.schema.field(name).type), readings.column(name))
            for name in ("pseudonym", "load_kw")
        }
        readings = pa.table({**kept, "time": readings.column("time")}).select(
            ["pseudonym", "time", "load_kw"]
        )
        households = pq.read_table(self._folder / HOUSEHOLDS)
        left = households.filter(
            pc.invert(pc.is_in(households.column("pseudonym"), value_set=pa.array(sorted(pseudonyms))))
        )
        # What is told of households first: a crash between the two leaves rows that can be erased again.
        self._replace(HOUSEHOLDS, self._held_again(left, readings))
        self._replace(READINGS, readings)
        return erased

    def _held_again(self, households: "pa.Table", readings: "pa.Table") -> "pa.Table":
        """What is told of households with classes hidden that no longer hold k and l, epoch by epoch."""
        import pyarrow as pa

        mean = readings.group_by("pseudonym").aggregate([("load_kw", "mean")])
        means = zip(
            mean.column("pseudonym").to_pylist(), mean.column("load_kw_mean").to_pylist(), strict=True
        )
        mean_kw = dict(means)
        epochs = np.array(households.column("epoch").to_pylist())
        names = households.column_names[2:]
        told = {name: np.array(households.column(name).to_pylist(), dtype=object) for name in names}
        pseudonyms = households.column("pseudonym").to_pylist()
        for epoch in np.unique(epochs):
            here = np.flatnonzero(epochs == epoch)
            used = np.array([mean_kw.get(pseudonyms[at]) or 0.0 for at in here])
            ranks = np.argsort(np.argsort(used, kind="stable"), kind="stable")
            bands = ranks * max(LEAST_BANDS, self._diversity) // len(here)
            texts = np.array(["\n".join(str(told[name][at]) for name in names) for at in here])
            classes = np.asarray(np.unique(texts, return_inverse=True)[1], dtype=np.int64)
            hide = here[hidden_homes(classes, bands, self._k, self._diversity)]
            for name in names:
                told[name][hide] = ANY
        columns = {name: households.column(name) for name in ("pseudonym", "epoch")}
        return pa.table({**columns, **{name: pa.array(list(told[name])) for name in names}})

    def _replace(self, name: str, table: "pa.Table") -> None:
        import pyarrow.parquet as pq

        partial = self._folder / f"{name}.partial"
        pq.write_table(table, partial, compression="zstd")
        partial.replace(self._folder / name)
