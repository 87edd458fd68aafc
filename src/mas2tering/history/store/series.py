"""Series of readings on any back end: what is stored, what stands, what is read."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.measured_series import MeasuredSeries
from mas2tering.domain.time_axis import STEP_LENGTHS_MINUTES
from mas2tering.history.store.gridding import on_steps
from mas2tering.history.store.merging import keys_differ, merge
from mas2tering.history.store.readings import (
    IntArray,
    Quantity,
    Readings,
    SeriesName,
    Window,
)
from mas2tering.history.store.repository import Ingested
from mas2tering.history.store.rows import Asked, Rows, SeriesBackend
from mas2tering.history.store.screening import refusals, refused

_NEVER_S = np.iinfo(np.int64).min
_LONGEST = timedelta(minutes=max(STEP_LENGTHS_MINUTES))


class BackedSeries:
    """A ``SeriesStore`` on a back end. It belongs to one thread.

    Rows later than all that a series has are added as they are; only the others are compared with what is stored.
    """

    def __init__(self, backend: SeriesBackend) -> None:
        self._backend = backend
        self._load()

    def ingest(self, readings: Readings, now: datetime) -> Ingested:
        """Store a batch; see ``SeriesStore``."""
        refusal = refusals(readings, now)
        good = np.ones(len(readings), dtype=bool)
        good[[found.row for found in refusal]] = False
        kept = np.flatnonzero(good)
        if not len(kept):
            return Ingested(0, 0, 0, refusal)
        sound = readings if len(kept) == len(readings) else readings.where(good)
        try:
            with self._backend.writing() as others_wrote:
                if others_wrote:
                    self._load()
                rows = self._numbered(sound)
                late = rows.instant.astype(np.int64) <= self._newest_s.take(rows.series)
                new, corrected, clashing = self._new(rows, late)
                if len(new):
                    self._backend.append(new)
        except BaseException:
            # Names that were given in the transaction are gone with it; where the database is gone too, the next try loads.
            self._stale = True
            raise
        self._go_on(new, bool(late.any()))
        why = "another value for this instant became known at the same time; the first one stays"
        refusal += tuple(refused(readings, int(kept[row]), why) for row in clashing)
        repeated = len(kept) - len(new) - len(clashing)
        return Ingested(len(new), corrected, repeated, tuple(sorted(refusal, key=lambda found: found.row)))

    def _go_on(self, new: Rows, some_late: bool) -> None:
        """Remember how far each series goes now."""
        instant_s = new.instant.astype(np.int64)
        if not some_late and (instant_s[1:] >= instant_s[:-1]).all():
            # Of places that are named several times the last one holds, which is the latest here.
            self._newest_s[new.series] = instant_s
        else:
            np.maximum.at(self._newest_s, new.series, instant_s)

    def _new(self, rows: Rows, late: NDArray[np.bool_]) -> tuple[Rows, int, IntArray]:
        """What of the rows is to be stored, how many correct something, and which clash.

        Args:
            rows: of a batch.
            late: which of them are no later than all that their series has, shape (rows,).
        """
        if not late.any() and keys_differ(rows):
            return rows, 0, np.zeros(0, dtype=np.int64)
        stored = self._backend.at(rows.series[late], rows.instant[late]) if late.any() else None
        merged = merge(rows.where(np.zeros(0, dtype=np.int64)) if stored is None else stored, rows)
        return rows.where(merged.store), merged.corrected, merged.clashing

    def names(self) -> tuple[SeriesName, ...]:
        """All series; see ``SeriesStore``."""
        return tuple(sorted(self._backend.names()))

    def read(
        self, name: SeriesName, window: Window, as_of: datetime | None = None, *, raw: bool = False
    ) -> MeasuredSeries:
        """One series; see ``SeriesStore``."""
        id_ = self._ids.get(name)
        if id_ is None:
            id_ = self._backend.names().get(name)
        if id_ is not None:
            found = self._found(np.array([id_]), window, as_of)
            series = on_steps(found, window, raw)
            if id_ in series:
                return series[id_]
        return MeasuredSeries.known_at_once(
            window.start, window.step_minutes, window.zone, np.full(window.steps, np.nan)
        )

    def read_all(
        self, quantity: Quantity, window: Window, as_of: datetime | None = None, *, raw: bool = False
    ) -> dict[str, MeasuredSeries]:
        """All homes; see ``SeriesStore``."""
        ids = {
            name.pseudonym: id_ for name, id_ in self._backend.names().items() if name.quantity == quantity
        }
        found = self._found(np.array(list(ids.values()), dtype=np.int64), window, as_of)
        series = on_steps(found, window, raw)
        return {pseudonym: series[ids[pseudonym]] for pseudonym in sorted(ids) if ids[pseudonym] in series}

    def read_by_day(
        self,
        quantity: Quantity,
        first: date,
        days: int,
        step_minutes: int,
        zone: str,
        as_of: datetime | None = None,
        *,
        raw: bool = False,
    ) -> Iterator[tuple[date, dict[str, MeasuredSeries]]]:
        """All homes day by day; see ``SeriesStore``."""
        for day in (first + timedelta(days=k) for k in range(days)):
            yield day, self.read_all(quantity, Window.of_days(day, 1, step_minutes, zone), as_of, raw=raw)

    def versions(self, name: SeriesName, window: Window) -> Readings:
        """Every value; see ``SeriesStore``."""
        id_ = self._backend.names().get(name)
        rows = self._backend.find(
            Asked(np.array([] if id_ is None else [id_], dtype=np.int64), window.start, window.end)
        )
        rows = rows.where(np.lexsort((rows.available_at, rows.instant)))
        words = self._backend.flag_words()
        return Readings(
            (name,),
            np.zeros(len(rows), dtype=np.int32),
            rows.instant,
            rows.step_minutes,
            rows.raw_kw,
            rows.available_at,
            tuple(sorted(words, key=words.__getitem__)),
            rows.flag,
            rows.repaired_kw,
        )

    def erase(self, pseudonym: str) -> int:
        """Delete a home; see ``SeriesStore``."""
        ids = [id_ for name, id_ in self._backend.names().items() if name.pseudonym == pseudonym]
        erased = self._backend.erase(ids) if ids else 0
        self._load()
        return erased

    def close(self) -> None:
        """Let go of the database."""
        self._backend.close()

    def _found(self, ids: IntArray, window: Window, as_of: datetime | None) -> Rows:
        """Rows that reach into a window: a long step may begin before it."""
        return self._backend.find(Asked(ids, window.start - _LONGEST, window.end, as_of))

    def _load(self) -> None:
        """Learn from the database which series and flags it has, and how far each series goes."""
        self._ids, self._words = self._backend.names(), self._backend.flag_words()
        ids, instants = self._backend.newest()
        self._newest_s = np.full(max(self._ids.values(), default=-1) + 1, _NEVER_S)
        self._newest_s[ids] = instants.astype(np.int64)
        self._numbers: tuple[tuple[SeriesName, ...], IntArray] = (), np.zeros(0, dtype=np.int32)
        self._stale = False

    def _numbered(self, readings: Readings) -> Rows:
        """The rows with the store's ids, new names and words written down."""
        if self._stale:
            self._load()
        # A stream names the same homes again and again: to number them once is enough.
        ids = self._numbers[1].take(readings.series) if self._numbers[0] == readings.names else None
        if ids is None or (len(ids) and ids.min() < 0):
            self._add_names(readings)
            id_of = np.array([self._ids.get(name, -1) for name in readings.names], dtype=np.int32)
            self._numbers = readings.names, id_of
            ids = id_of.take(readings.series)
        self._add_words(readings)
        word_of = np.array([0, *(self._words.get(word, 0) for word in readings.flag_words)], dtype=np.int16)
        return Rows(
            ids,
            readings.instant.astype("datetime64[s]", copy=False),
            readings.step_minutes.astype(np.int16, copy=False),
            readings.raw_kw,
            readings.available_at.astype("datetime64[s]", copy=False),
            word_of.take(readings.flag),
            readings.repaired_kw,
        )

    def _add_names(self, readings: Readings) -> None:
        """Give ids to series that rows use and the store does not have."""
        used = np.unique(readings.series)
        names = [name for k in used if (name := readings.names[k]) not in self._ids]
        if not names:
            return
        first = len(self._newest_s)
        numbered = [(first + k, name) for k, name in enumerate(dict.fromkeys(names))]
        self._backend.add_names(numbered)
        self._ids |= {name: id_ for id_, name in numbered}
        self._newest_s = np.concatenate([self._newest_s, np.full(len(numbered), _NEVER_S)])

    def _add_words(self, readings: Readings) -> None:
        """Give ids to words of flags that the store does not have."""
        if any(word not in self._words for word in readings.flag_words):
            first = max(self._words.values(), default=0) + 1
            words = [word for word in readings.flag_words if word not in self._words]
            added = [(first + k, word) for k, word in enumerate(dict.fromkeys(words))]
            self._backend.add_flag_words(added)
            self._words |= {word: id_ for id_, word in added}
