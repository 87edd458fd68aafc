"""A process that writes without end and says what was acknowledged; the tests kill it.

python writing_process.py LOCATION FIRST_BATCH [LARGEST_FILE_BYTES]
"""

import resource
import sys
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from mas2tering.history.store import (
    Document,
    LedgerEntry,
    Readings,
    SeriesName,
    StoreError,
    open_history,
)

HOMES, STEPS = 200, 16
ROWS = HOMES * STEPS
START = np.datetime64("2024-01-01", "s")
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def batch(number: int) -> Readings:
    """Readings of many homes, all of the value of the batch's number."""
    step = np.timedelta64(900, "s")
    instant = START + (number * STEPS + np.repeat(np.arange(STEPS), HOMES)) * step
    return Readings.unflagged(
        [SeriesName(f"home-{k}") for k in range(HOMES)],
        np.tile(np.arange(HOMES, dtype=np.int32), STEPS),
        instant,
        15,
        np.full(HOMES * STEPS, float(number)),
        instant + step,
    )


def settlement(number: int) -> tuple[Document, list[LedgerEntry]]:
    """A settlement of as many cents as its number, in two entries."""
    day, cents = date(2024, 1, 1), Decimal(number + 1) / 100
    there = LedgerEntry(day, "supply", "member:a", "pot", cents, "EUR", "there")
    return Document(f"s{number}", "village", day, str(number)), [
        there,
        LedgerEntry(day, "supply", "pot", "member:b", cents, "EUR", "and on"),
    ]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    history = open_history(sys.argv[1])
    number = int(sys.argv[2])
    if len(sys.argv) > 3:
        limit = int(sys.argv[3])
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        while True:
            history.series.ingest(batch(number), NOW)
            _say(f"readings {number}")
            history.transactions.settle(*settlement(number))
            _say(f"settlement {number}")
            number += 1
    except StoreError as error:
        _say(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
