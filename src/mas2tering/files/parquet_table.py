"""Parquet files, through pyarrow, which is imported only where there is one to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.cells import minutes_of_texts, not_a_number, not_a_whole_minute
from mas2tering.files.wording import found

if TYPE_CHECKING:
    import pyarrow as pa

_MINUTE_US = 60_000_000


@dataclass(frozen=True)
class ParquetTable:
    """The wanted columns of a Parquet file; see :class:`~mas2tering.files.tables.Table`."""

    shown_as: str
    columns: Sequence[str]
    data: "pa.Table"

    def row(self, index: int) -> str:
        """The row, counted from 1."""
        return f"row {index + 1}"

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A wanted column, shape (rows,), NaN where there is nothing.

        Raises:
            ProfileError: it holds something else than finite numbers.
        """
        import pyarrow as pa

        cells = _plain(self.data.column(column))
        kind = cells.type
        if not (
            pa.types.is_integer(kind)
            or pa.types.is_floating(kind)
            or pa.types.is_decimal(kind)
            or pa.types.is_null(kind)
        ):
            raise ProfileError(f"{kind} values in column {found(column)} of {self.shown_as}", "numbers")
        # An integer beyond 2^53 loses digits, which no power or price does.
        values = np.array(cells.cast(pa.float64(), safe=False).to_numpy(), dtype=np.float64)
        infinite = np.flatnonzero(np.isinf(values))
        if len(infinite):
            raise not_a_number(
                str(values[infinite[0]]), len(infinite), self.row(int(infinite[0])), column, self.shown_as
            )
        return values

    def minutes(self, column: str, clock: Clock) -> NDArray[np.int64]:
        """A wanted column of times, shape (rows,), in minutes since 1970.

        Raises:
            ProfileError: it holds no times on whole minutes, or times with a zone on a wall clock.
        """
        import pyarrow as pa

        cells = _plain(self.data.column(column))
        if cells.null_count:
            row = next(k for k, cell in enumerate(cells) if not cell.is_valid)
            raise ProfileError(
                f"nothing in {self.row(row)} of the time column {found(column)} of {self.shown_as}",
                "a time in each row",
            )
        if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
            return minutes_of_texts(cells.to_pylist(), clock, self, self.shown_as)
        if not (pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type)):
            raise ProfileError(
                f"{cells.type} values in the time column {found(column)} of {self.shown_as}", "timestamps"
            )
        if clock == "local" and pa.types.is_timestamp(cells.type) and cells.type.tz is not None:
            raise ProfileError(
                f"times with a zone ({cells.type.tz}) in column {found(column)} of {self.shown_as}, "
                "whose clock is local",
                'times without a zone, or clock = "utc"',
            )
        # Arrow keeps times with a zone as instants in UTC.
        micros = cells.cast(pa.timestamp("us"), safe=False).cast(pa.int64()).to_numpy()
        odd = np.flatnonzero(micros % _MINUTE_US)
        if len(odd):
            raise not_a_whole_minute(str(cells[int(odd[0])]), self.row(int(odd[0])), self.shown_as)
        return np.asarray(micros // _MINUTE_US, dtype=np.int64)

    def texts(self, column: str) -> Sequence[str]:
        """A column that was wanted as times, each cell as it stands there, shape (rows,)."""
        return ["" if cell is None else str(cell) for cell in self.data.column(column).to_pylist()]


def _plain(cells: "pa.ChunkedArray") -> "pa.ChunkedArray":
    import pyarrow as pa

    return cells.cast(cells.type.value_type) if pa.types.is_dictionary(cells.type) else cells


def read_parquet(path: Path, shown_as: str, numbers: frozenset[str], times: frozenset[str]) -> ParquetTable:
    """The wanted columns of a Parquet file.

    Raises:
        ProfileError: the file is not Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            columns = list(file.schema_arrow.names)
            wanted = [
                name for name in columns if (name in numbers or name in times) and columns.count(name) == 1
            ]
            return ParquetTable(shown_as, columns, file.read(columns=wanted))
    except (pa.ArrowException, OSError):
        raise ProfileError(
            f'the file "{shown_as}", which is not Parquet or is damaged', "a Parquet file"
        ) from None
