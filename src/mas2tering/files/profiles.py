"""Profiles from files: each file is opened once, and only the columns that somebody wants are read."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from mas2tering.domain.profiles import Clock, FileProfile, ProfileError, Series
from mas2tering.files.grid import Grid, grid_of
from mas2tering.files.tables import Table, open_table, require_column


class FileProfiles:
    """Series from CSV and Parquet files in a folder; a :class:`~mas2tering.domain.profiles.ProfileReader`.

    ``zone`` is the time zone of profiles on the local clock: with it, a doubled autumn hour is understood.
    ``wanted`` names profiles that will be asked for, so that the first read of a file takes all columns that
    are needed. What was read stays in memory, mistakes too: a missing file is looked for once.
    """

    def __init__(self, base: Path, zone: str | None = None, wanted: Iterable[FileProfile] = ()) -> None:
        self._base = base
        self._zone = zone
        self._wanted: dict[str, set[tuple[str, str]]] = {}
        self._tables: dict[str, Table | ProfileError] = {}
        self._grids: dict[tuple[str, str, Clock], Grid | ProfileError] = {}
        self._series: dict[tuple[str, str, str, str, Clock], Series | ProfileError] = {}
        self._read: dict[str, set[tuple[str, str]]] = {}
        self.want(wanted)

    def want(self, sources: Iterable[FileProfile]) -> None:
        """Name profiles that will be asked for, so that they are read together."""
        for source in sources:
            self._wanted.setdefault(source.file, set()).add((source.column, source.time_column))

    def series(self, source: FileProfile) -> Series:
        """The whole series of a column.

        Raises:
            ProfileError: the file, its column or its time column cannot be used.
        """
        key = (source.file, source.column, source.unit, source.time_column, source.clock)
        if key not in self._series:
            try:
                self._series[key] = self._new_series(source)
            except ProfileError as error:
                self._series[key] = error
        found = self._series[key]
        if isinstance(found, ProfileError):
            raise ProfileError(found.found, found.expected)
        return found

    def _new_series(self, source: FileProfile) -> Series:
        table = self._table(source)
        grid = self._grid(source, table)
        require_column(table, source.column, source.file, "column")
        numbers = table.numbers(source.column)
        values = np.full(grid.length, np.nan)
        values[grid.positions] = numbers
        known = np.isfinite(values)
        values.setflags(write=False)
        known.setflags(write=False)
        zone = UTC if grid.clock == "utc" else None
        start = datetime(1970, 1, 1, tzinfo=zone) + timedelta(minutes=grid.start)
        name = f"column {source.column} of {source.file}"
        return Series(name, start, grid.step, values, known, source.unit, grid.clock)

    def _table(self, source: FileProfile) -> Table:
        asked = (source.column, source.time_column)
        found = self._tables.get(source.file)
        if found is None or (not isinstance(found, ProfileError) and asked not in self._read[source.file]):
            wanted = self._wanted.get(source.file, set()) | {asked}
            columns, times = {column for column, _ in wanted}, {time for _, time in wanted}
            self._read[source.file] = wanted
            try:
                found = open_table(self._base / source.file, source.file, columns, times)
            except ProfileError as error:
                found = error
            self._tables[source.file] = found
        if isinstance(found, ProfileError):
            raise found
        return found

    def _grid(self, source: FileProfile, table: Table) -> Grid:
        key = (source.file, source.time_column, source.clock)
        if key not in self._grids:
            try:
                require_column(table, source.time_column, source.file, "time column")
                minutes = table.minutes(source.time_column, source.clock)
                self._grids[key] = grid_of(minutes, source.clock, self._zone, table.row, source.file)
            except ProfileError as error:
                self._grids[key] = error
        found = self._grids[key]
        if isinstance(found, ProfileError):
            raise found
        return found
