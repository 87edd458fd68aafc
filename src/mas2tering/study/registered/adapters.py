"""The historical database as the anonymiser sees it: where a service's rows lie, and where look-ups are written down."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from mas2tering.history.anonymise import LookUp, ReadingRows
from mas2tering.history.store import LookUp as KeptLookUp
from mas2tering.history.store import (
    LookUpLog,
    Quantity,
    SeriesName,
    SeriesStore,
    Window,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def location_of(name: SeriesName) -> str:
    """What a receipt calls a series of the database."""
    return f"{name.quantity}/{name.pseudonym}"


class HistoryView:
    """The rows of a database by receipt. A row's place is the number of its step since 1970, so that no place ever changes.

    Args:
        series: the readings.
        step_minutes: of the readings.
        zone: the clock that homes live by.
    """

    def __init__(self, series: SeriesStore, step_minutes: int, zone: str) -> None:
        self._series, self._step_minutes, self._zone = series, step_minutes, zone

    def place(self, instant: datetime) -> int:
        """The place of the step that begins at an instant."""
        return int((instant - _EPOCH) / timedelta(minutes=self._step_minutes))

    def rows(self, location: str, first: int, count: int) -> ReadingRows | None:
        """So many steps from a place on; None where nothing of them is there (any more)."""
        quantity, _, pseudonym = location.partition("/")
        step = timedelta(minutes=self._step_minutes)
        start = _EPOCH + first * step
        window = Window(start, start + count * step, self._step_minutes, self._zone)
        found = self._series.read(SeriesName(pseudonym, Quantity(quantity)), window)
        if np.isnan(found.mean_kw).all():
            return None
        return ReadingRows(pseudonym, found.instants, found.mean_kw)

    def erase(self, pseudonyms: frozenset[str]) -> int:
        """Take away all rows under some pseudonyms; how many that were."""
        return sum(self._series.erase(pseudonym) for pseudonym in sorted(pseudonyms))


class StoredLookUps:
    """Look-ups of the anonymiser in the database's own log, which refuses to change or delete them."""

    def __init__(self, log: LookUpLog, role: str) -> None:
        self._log, self._role = log, role
        self.count = 0

    def extend(self, look_ups: Iterable[LookUp]) -> None:
        """Write look-ups down.

        Raises:
            StoreError: the database cannot be written.
        """
        kept = [
            KeptLookUp(
                at=look_up.at,
                who=look_up.who,
                role=self._role,
                question=look_up.direction,
                subject=look_up.pseudonym,
                purpose=f"{look_up.purpose} (epoch {look_up.epoch}, key {look_up.key_id})",
                answered=True,
            )
            for look_up in look_ups
        ]
        self._log.record_look_ups(kept)
        self.count += len(kept)
