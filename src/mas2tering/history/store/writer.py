"""A writer that keeps what the database has not acknowledged yet."""

from collections import deque
from datetime import datetime

from mas2tering.history.store.errors import StoreError
from mas2tering.history.store.readings import Readings
from mas2tering.history.store.repository import Ingested, SeriesStore


class BufferedWriter:
    """Stores batches in the order in which they come; while the database cannot, they wait here, in memory.

    A batch may be stored twice where the database went away before it answered: stores take repeats once. Whoever
    writes keeps its own copy until a batch is acknowledged, since what waits here is lost with the process.

    Args:
        store: where to.
        most_rows: how many rows may wait.
    """

    def __init__(self, store: SeriesStore, most_rows: int = 1_000_000) -> None:
        self._store, self._most_rows = store, most_rows
        self._waiting: deque[Readings] = deque()
        self._why: StoreError | None = None

    @property
    def waiting_rows(self) -> int:
        """How many rows are not acknowledged yet."""
        return sum(map(len, self._waiting))

    @property
    def why(self) -> str | None:
        """Why batches wait, in the user's words, or None where none does."""
        return None if self._why is None else str(self._why)

    def write(self, readings: Readings, now: datetime) -> tuple[Ingested, ...]:
        """Take a batch and store what can be stored; what came of each batch that is acknowledged now.

        Raises:
            StoreError: the buffer has no room; this batch was not taken.
        """
        if self.waiting_rows + len(readings) > self._most_rows:
            acknowledged = self.flush(now)
            if self.waiting_rows + len(readings) > self._most_rows:
                raise StoreError(
                    f"{self.waiting_rows} readings wait for the database already, and {self._most_rows} may: "
                    f"keep this batch and try again later. {self._why or ''}".rstrip()
                )
        else:
            acknowledged = ()
        self._waiting.append(readings)
        return acknowledged + self.flush(now)

    def flush(self, now: datetime) -> tuple[Ingested, ...]:
        """Store what waits, as far as the database can; what came of each batch that is acknowledged now."""
        acknowledged: list[Ingested] = []
        self._why = None
        while self._waiting:
            try:
                acknowledged.append(self._store.ingest(self._waiting[0], now))
            except StoreError as error:
                self._why = error
                break
            self._waiting.popleft()
        return tuple(acknowledged)
