"""What a traded day leaves for others: the settlement, to be checked, and the coefficients, to be sent.

``settlement.json`` holds each day of use case 2 as :func:`mas2tering.settlement.publish.as_document` makes it, under ``days``. Where use
case 3 was run, its days stand under ``use_case_3``: as :func:`mas2tering.settlement.flexibility.after_orders_document` makes them, with the
payments, or in the first form where nothing was ordered. ``coefficients.csv`` is the table for the distribution system operator, day after
day, of the plans of the last use case.
"""

import json
from pathlib import Path

import numpy as np

from mas2tering.coordination.grid_day import GridDayOutcome
from mas2tering.domain.plans import FloatArray
from mas2tering.files import write_rows
from mas2tering.settlement.coefficients import coefficients
from mas2tering.settlement.flexibility import after_orders_document
from mas2tering.settlement.publish import Document, as_document
from mas2tering.study.results import DayResult, RunResult, UseCase, market_of, traded_kwh

SETTLEMENT = "settlement.json"
COEFFICIENTS = "coefficients.csv"


def write_settled(folder: Path, run: RunResult) -> tuple[str, ...]:
    """Write both files into a folder, and say their names; none where use case 2 was not run.

    Raises:
        OSError: a file cannot be written.
    """
    markets = [market for day in run.days if (market := market_of(day)) is not None]
    if not markets:
        return ()
    last = run.use_cases[-1]
    document: dict[str, object] = {"days": [as_document(market.settlement) for market in markets]}
    if last == "3":
        document["use_case_3"] = [_of_use_case_3(day.grid) for day in run.days if day.grid is not None]
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    (folder / SETTLEMENT).write_text(text + "\n", encoding="utf-8")
    homes = [home.id for home in run.community.homes]
    tables = [
        coefficients(day.axis, homes, _fed_in_kwh(day, last), traded_kwh(day, last)[0]) for day in run.days
    ]
    rows = (row for table in tables for row in table.rows)
    write_rows(folder / COEFFICIENTS, tables[0].columns, rows)
    return (SETTLEMENT, COEFFICIENTS)


def _of_use_case_3(grid: GridDayOutcome) -> Document:
    return (
        as_document(grid.market.settlement) if grid.settled is None else after_orders_document(grid.settled)
    )


def _fed_in_kwh(day: DayResult, use_case: UseCase) -> FloatArray:
    """What members feed in, shape (homes, steps)."""
    if use_case == "3" and day.grid is not None and day.grid.settled is not None:
        return day.grid.market.of_all(day.grid.settled.market.meters.fed_in_kwh)
    market = day.grid.market if use_case == "3" and day.grid is not None else market_of(day)
    if market is None:
        return np.zeros((len(day.tariffs), day.axis.steps))
    return market.of_all(market.settlement.meters.fed_in_kwh)
