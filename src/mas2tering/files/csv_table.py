"""CSV files: a header, comma or semicolon between cells, a decimal point, nothing where there is a gap.

Without pyarrow, so that who has CSV files only does not wait for it.
"""

import contextlib
import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.cells import minutes_of_texts, not_a_number
from mas2tering.files.wording import counted

if TYPE_CHECKING:
    import _csv

_GAPS = frozenset({"", "nan", "na", "null"})
_ROWS_AT_ONCE = 2048  # as text a number takes seven times its room, so no more of them than that at a time


@dataclass(frozen=True)
class CsvTable:
    """The wanted columns of a CSV file; see :class:`~mas2tering.files.tables.Table`.

    ``wrong`` holds for a column the cells without a number: how many, the first one's row and text.
    """

    shown_as: str
    columns: Sequence[str]
    lines: NDArray[np.int64]
    times: dict[str, list[str]]
    values: dict[str, NDArray[np.float64]]
    wrong: dict[str, tuple[int, int, str]]

    def row(self, index: int) -> str:
        """The line of the file, the header being line 1."""
        return f"line {self.lines[index]}"

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A wanted column, shape (rows,), NaN where there is nothing.

        Raises:
            ProfileError: a cell holds no number.
        """
        if column in self.wrong:
            count, row, text = self.wrong[column]
            raise not_a_number(text, count, self.row(row), column, self.shown_as)
        return self.values[column]

    def minutes(self, column: str, clock: Clock) -> NDArray[np.int64]:
        """A wanted column of times, shape (rows,), in minutes since 1970.

        Raises:
            ProfileError: a cell holds no time.
        """
        return minutes_of_texts(self.times[column], clock, self, self.shown_as)

    def texts(self, column: str) -> Sequence[str]:
        """A column that was wanted as times, each cell as it stands there, shape (rows,)."""
        return self.times[column]


def read_csv(path: Path, shown_as: str, numbers: frozenset[str], times: frozenset[str]) -> CsvTable:
    """The wanted columns of a CSV file.

    Raises:
        ProfileError: the file is not CSV.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ProfileError(
            f'the file "{shown_as}", which is no text in UTF-8', "a CSV file in UTF-8"
        ) from None
    delimiter = max(",;", key=lines[0].count) if lines else ","
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        columns = [name.strip() for name in next(reader, [])]
        return _read(reader, shown_as, columns, numbers, times)
    except csv.Error as error:
        raise ProfileError(
            f'the file "{shown_as}", which is not CSV in line {reader.line_num} ({error})', "a CSV file"
        ) from None


def _read(
    reader: "_csv.Reader", shown_as: str, columns: list[str], numbers: frozenset[str], times: frozenset[str]
) -> CsvTable:
    number_at = {name: k for k, name in enumerate(columns) if name in numbers}
    time_at = {name: k for k, name in enumerate(columns) if name in times}
    parts: dict[str, list[NDArray[np.float64]]] = {name: [] for name in number_at}
    texts: dict[str, list[str]] = {name: [] for name in time_at}
    wrong: dict[str, tuple[int, int, str]] = {}
    lines: list[int] = []
    rows = _rows(reader, shown_as, len(columns), lines)
    while chunk := list(islice(rows, _ROWS_AT_ONCE)):
        done = len(lines) - len(chunk)
        for name, place in time_at.items():
            texts[name] += [row[place] for row in chunk]
        for name, place in number_at.items():
            cells = [row[place] for row in chunk]
            values, failed = _numbers(cells)
            parts[name].append(values)
            if failed:
                count, row, text = wrong.get(name, (0, done + failed[0], cells[failed[0]]))
                wrong[name] = (count + len(failed), row, text)
    joined = {name: np.concatenate(found) if found else np.empty(0) for name, found in parts.items()}
    return CsvTable(shown_as, columns, np.array(lines, dtype=np.int64), texts, joined, wrong)


def _rows(reader: "_csv.Reader", shown_as: str, width: int, lines: list[int]) -> Iterator[list[str]]:
    for row in reader:
        if not row:
            continue  # a blank line, usually the last
        if len(row) != width:
            raise ProfileError(
                f"{counted(len(row), 'cell')} in line {reader.line_num} of {shown_as}",
                f"{width}, as in the header (and a decimal point, not a comma, in numbers)",
            )
        lines.append(reader.line_num)
        yield row


def _numbers(cells: Sequence[str]) -> tuple[NDArray[np.float64], list[int]]:
    """The cells as numbers, NaN for nothing, and the positions of those that are no number."""
    if "_" not in "".join(cells):  # Python would read 1_000 as a number
        try:
            values = np.array([float(cell) if cell else math.nan for cell in cells])
        except ValueError:
            pass
        else:
            if not np.isinf(values).any():
                return values, []
    values, failed = np.full(len(cells), math.nan), []
    for k, cell in enumerate(cells):
        text = cell.strip()
        if text.casefold() in _GAPS:
            continue
        with contextlib.suppress(ValueError):
            values[k] = math.nan if "_" in text else float(text)
        if not math.isfinite(values[k]):
            failed.append(k)
    return values, failed
