"""Cells of a table as times and numbers, and what is said of those that are neither."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.profiles import Clock, ProfileError
from mas2tering.files.wording import counted, found

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock times have no zone
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_EXPECTED = "times such as 2013-04-17T00:00"


class Rows(Protocol):
    """A table that can name its rows."""

    def row(self, index: int) -> str:
        """A row as its user finds it."""
        ...


def minutes_of_texts(cells: Sequence[str], clock: Clock, table: Rows, shown_as: str) -> NDArray[np.int64]:
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
