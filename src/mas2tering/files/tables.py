"""Tables in files: the named columns of a CSV or Parquet file, as numbers and as times."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.wording import counted, found, listed, suggestion

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times have no zone
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_EXPECTED = "times such as 2013-04-17T00:00"


class Table(Protocol):
    """A table whose wanted columns are in memory; rows count from 0, but in ``row`` as the user counts."""

    @property
    def columns(self) -> Sequence[str]:
        """Names of all columns of the file."""
        ...

    def row(self, index: int) -> str:
        """What the user calls a row: ``line 18`` of a CSV file, ``row 17`` of a Parquet file."""
        ...

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A wanted column, shape (rows,), NaN where there is nothing.

        Raises:
            ProfileError: a cell holds no number.
        """
        ...

    def minutes(self, column: str, clock: Clock) -> NDArray[np.int64]:
        """A wanted column of times, shape (rows,), in minutes since 1970 on ``clock``.

        Raises:
            ProfileError: a cell holds no time.
        """
        ...


def open_table(path: Path, shown_as: str, numbers: Iterable[str], times: Iterable[str]) -> Table:
    """The file's table with those of the columns that it has; ``shown_as`` names the file in errors.

    Raises:
        ProfileError: there is no such file, or it is not what its ending says.
    """
    ending = path.suffix.lower()
    if "\0" in shown_as:
        raise ProfileError(f"the file name {found(shown_as)}", "a name that a file can have")
    if ending not in (".csv", ".parquet"):
        raise ProfileError(f'the file "{shown_as}"', "a file whose name ends in .csv or .parquet")
    try:
        if path.is_dir():
            raise ProfileError(f'the folder "{shown_as}"', f"a {ending} file")
        if path.exists() and not path.is_file():
            # A pipe or a device might never end.
            raise ProfileError(f'"{shown_as}", which is no file', f"a {ending} file")
        with path.open("rb") as file:
            first = file.read(4)
    except FileNotFoundError:
        raise ProfileError(f'the file "{shown_as}", which is not there', _nearby(path, shown_as)) from None
    except OSError as error:
        raise ProfileError(
            f'the file "{shown_as}", which cannot be read ({error.strerror})', "a file that can be read"
        ) from None
    if not first:
        raise ProfileError(f'the file "{shown_as}", which is empty', "a header and rows")
    if ending == ".csv":
        from mas2tering.files.csv_table import read_csv

        return read_csv(path, shown_as, frozenset(numbers), frozenset(times))
    from mas2tering.files.parquet_table import read_parquet

    return read_parquet(path, shown_as, frozenset(numbers), frozenset(times))


def _nearby(path: Path, shown_as: str) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"a file there (the folder {found(str(Path(shown_as).parent))} does not exist either)"
    near = {
        item.stem: item for item in sorted(folder.iterdir()) if item.suffix.lower() in (".csv", ".parquet")
    }
    meant = suggestion(path.stem, near)
    if meant is None:
        return "a file in the folder of the community file, or a path from there"
    return f"{found(Path(shown_as).with_name(near[meant].name).as_posix())} (is that meant?)"


def require_column(table: Table, column: str, shown_as: str, what: str) -> None:
    """Hold that a table has a column, once.

    Raises:
        ProfileError: it has none, or more than one.
    """
    count = list(table.columns).count(column)
    if count == 1:
        return
    if count > 1:
        raise ProfileError(
            f"{counted(count, 'column')} {found(column)} in {shown_as}", "columns with different names"
        )
    meant = suggestion(column, table.columns)
    near = f"{found(meant)} (is that meant?); the file has" if meant else "one of"
    raise ProfileError(f"no {what} {found(column)} in {shown_as}", f"{near} {listed(table.columns)}")


def minutes_of_texts(cells: Sequence[str], clock: Clock, table: Table, shown_as: str) -> NDArray[np.int64]:
    """ISO 8601 times in minutes since 1970, shape (cells,); with a zone or offset they are taken to UTC.

    Raises:
        ProfileError: a cell holds no time, one that is no whole minute, or a zone on a wall clock.
    """
    minutes = np.empty(len(cells), dtype=np.int64)
    for k, cell in enumerate(cells):
        try:
            moment = datetime.fromisoformat(cell.strip())
        except ValueError:
            raise ProfileError(
                f"{found(cell)} as a time in {table.row(k)} of {shown_as}", _TIME_EXPECTED
            ) from None
        if moment.tzinfo is None:
            since = moment - _EPOCH
        elif clock == "local":
            raise ProfileError(
                f"a time with a zone ({cell.strip()}) in {table.row(k)} of {shown_as}, whose clock is local",
                'times without a zone, or clock = "utc"',
            )
        else:
            since = moment - _EPOCH_UTC
        if since.seconds % 60 or since.microseconds:
            raise not_a_whole_minute(cell.strip(), table.row(k), shown_as)
        minutes[k] = since.days * 1440 + since.seconds // 60
    return minutes


def not_a_whole_minute(time: str, row: str, shown_as: str) -> ProfileError:
    """The error for a time with seconds."""
    return ProfileError(f"the time {time} in {row} of {shown_as}", "times on whole minutes")


def not_a_number(text: str, count: int, row: str, column: str, shown_as: str) -> ProfileError:
    """The error for a cell that should hold a number, and the count of such cells."""
    more = f" (and {counted(count - 1, 'more such cell')})" if count > 1 else ""
    comma = text.count(",") == 1 and text.replace(",", "").replace("-", "").strip().isdigit()
    hint = ", with a decimal point, not a comma" if comma else ", or nothing for a gap"
    return ProfileError(
        f"{found(text)} in {row} of column {found(column)} of {shown_as}{more}", f"a number{hint}"
    )
