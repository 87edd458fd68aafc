"""``mas2tering bench history``: JSON objects on standard output, one a line, nothing else there."""

import json
import tempfile

from mas2tering.cli.asked import Asked
from mas2tering.history.store.opening import BACKENDS
from mas2tering.study.benchmark.history import BOXES, HistoryTimes, Spent, time_history

_SERVER = "postgresql://postgres@127.0.0.1:5432/postgres"


def bench_history_command(backend: str, rows: int, seed: int, at: str | None) -> None:
    """Time a back end of the historical database.

    Raises:
        InputError: an option is out of range.
        StoreError: the database cannot do it.
    """
    asked = Asked("bench history")
    if backend not in BACKENDS:
        asked.wrong("--backend", backend, ", ".join(BACKENDS))
    asked.whole_number("--rows", rows, 1000, 100_000_000)
    asked.whole_number("--seed", seed, 0)
    asked.refuse()
    if backend == "postgres":
        found = time_history(backend, rows, seed, at or _SERVER)
    else:
        with tempfile.TemporaryDirectory(prefix="mas2tering-bench-", dir=at) as folder:
            found = time_history(backend, rows, seed, folder)
    for line in _lines(found):
        print(json.dumps({"backend": backend, **line}), flush=True)


def _lines(found: HistoryTimes) -> list[dict[str, object]]:
    batch, raw = _rates(found.batches, found.rows), _rates(found.raw, found.rows)
    ratios = {
        "ratio": round(sum(found.raw.wall_s) / sum(found.batches.wall_s), 3),
        "cpu_ratio": round(found.raw.cpu_s / max(found.batches.cpu_s, 1e-9), 3),
    }
    size: dict[str, object] = {
        "case": "size",
        "bytes_per_reading": round(found.bytes_per_reading, 2),
        "boxes": BOXES,
        "year_gb": round(found.year_bytes / 1e9, 2),
    }
    if found.free_bytes is not None:
        size |= {"free_gb": round(found.free_bytes / 1e9, 1), "fits": found.year_bytes < found.free_bytes}
    return [
        {
            "case": "batch",
            "rows": found.rows,
            **batch,
            **{f"raw_{key}": value for key, value in raw.items()},
            **ratios,
        },
        {"case": "stream", "rows": found.stream_rows, **_rates(found.stream, found.stream_rows)},
        {
            "case": "read_home_day",
            "rows": 96 * len(found.one_home.wall_s),
            **_rates(found.one_home, 96 * len(found.one_home.wall_s)),
        },
        {
            "case": "read_all_homes_day",
            "rows": found.all_homes_rows,
            **_rates(found.all_homes, found.all_homes_rows),
        },
        size,
    ]


def _rates(spent: Spent, rows: int) -> dict[str, float]:
    return {
        "rows_per_cpu_s": round(rows / max(spent.cpu_s, 1e-9)),
        "rows_per_s": round(rows / sum(spent.wall_s)),
        "p95_ms": round(spent.p95_ms, 2),
    }
