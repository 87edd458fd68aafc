"""Tables of text that are made elsewhere, written as CSV."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a header and rows as CSV in UTF-8; every row has as many cells as there are columns.

    Raises:
        ValueError: a row has another number of cells.
        OSError: the file cannot be written.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for number, row in enumerate(rows, start=1):
            if len(row) != len(columns):
                raise ValueError(f"row {number} has {len(row)} cells; expected {len(columns)}")
            writer.writerow(row)
