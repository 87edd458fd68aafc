"""Readings as a back end keeps them: numbers in columns, and what a back end has to be able to do with them."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.store.readings import FloatArray, IntArray, SeriesName, TimeArray


@dataclass(frozen=True)
class Rows:
    """Columns of shape (rows,): ids of series and of flags as the store numbers them (flag 0: none), times in
    seconds since 1970 (UTC), power in kW (not a number: no value)."""

    series: IntArray
    instant: TimeArray
    step_minutes: IntArray
    raw_kw: FloatArray
    available_at: TimeArray
    flag: IntArray
    repaired_kw: FloatArray

    def __len__(self) -> int:
        return len(self.series)

    def where(self, rows: NDArray[np.bool_] | IntArray) -> "Rows":
        """Some of the rows, by a mask or by place."""
        return Rows(
            self.series[rows],
            self.instant[rows],
            self.step_minutes[rows],
            self.raw_kw[rows],
            self.available_at[rows],
            self.flag[rows],
            self.repaired_kw[rows],
        )

    def followed_by(self, other: "Rows") -> "Rows":
        """These rows, then the others."""
        return Rows(
            np.concatenate([self.series, other.series]),
            np.concatenate([self.instant, other.instant]),
            np.concatenate([self.step_minutes, other.step_minutes]),
            np.concatenate([self.raw_kw, other.raw_kw]),
            np.concatenate([self.available_at, other.available_at]),
            np.concatenate([self.flag, other.flag]),
            np.concatenate([self.repaired_kw, other.repaired_kw]),
        )


@dataclass(frozen=True)
class Asked:
    """Which rows to find: of which series, beginning from ``start`` until before ``end``, known by ``as_of``."""

    series: IntArray
    start: datetime
    end: datetime
    as_of: datetime | None = None


class SeriesBackend(Protocol):
    """A database of rows. Each method raises ``StoreError`` where it fails, and then nothing has changed."""

    def writing(self) -> AbstractContextManager[bool]:
        """A transaction: what is done inside is durable when it ends, or undone where it ends in an error.

        The value says whether somebody else may have written since the last one.
        """
        ...

    def names(self) -> dict[SeriesName, int]:
        """The series that there are, and their ids, from 0 on without holes but for erased ones."""
        ...

    def add_names(self, names: Sequence[tuple[int, SeriesName]]) -> None:
        """Give ids to new series."""
        ...

    def flag_words(self) -> dict[str, int]:
        """The words of flags that there are, and their ids, from 1 on."""
        ...

    def add_flag_words(self, words: Sequence[tuple[int, str]]) -> None:
        """Give ids to new words."""
        ...

    def newest(self) -> tuple[IntArray, TimeArray]:
        """The last instant that each series has a value for: ids and instants."""
        ...

    def append(self, rows: Rows) -> None:
        """Add rows whose series, instant and ``available_at`` no row has together yet."""
        ...

    def at(self, series: IntArray, instant: TimeArray) -> Rows:
        """All rows that belong to pairs of series and instant."""
        ...

    def find(self, asked: Asked) -> Rows:
        """The rows that are asked for, in any order."""
        ...

    def erase(self, series: Sequence[int]) -> int:
        """Delete series and their rows (a transaction of its own); how many rows that were."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
