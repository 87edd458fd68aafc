"""Tables in files: the named columns of a CSV or Parquet file, as numbers and as times."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.wording import counted, found, listed, suggestion


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

    def texts(self, column: str) -> Sequence[str]:
        """A column that was wanted as times, each cell as it stands there, shape (rows,)."""
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
