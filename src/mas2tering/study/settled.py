"""What a traded day leaves for others: the settlement, to be checked, and the coefficients, to be sent.

``settlement.json`` holds each day as :func:`mas2tering.settlement.publish.as_document` makes it, under ``days``.
``coefficients.csv`` is the table for the distribution system operator, day after day.
"""

import json
from pathlib import Path

from mas2tering.files import write_rows
from mas2tering.settlement.coefficients import coefficients
from mas2tering.settlement.publish import as_document
from mas2tering.study.results import RunResult, traded_kwh

SETTLEMENT = "settlement.json"
COEFFICIENTS = "coefficients.csv"


def write_settled(folder: Path, run: RunResult) -> tuple[str, ...]:
    """Write both files into a folder, and say their names; none where use case 2 was not run.

    Raises:
        OSError: a file cannot be written.
    """
    markets = [day.market for day in run.days if day.market is not None]
    if not markets:
        return ()
    document = {"days": [as_document(market.settlement) for market in markets]}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    (folder / SETTLEMENT).write_text(text + "\n", encoding="utf-8")
    homes = [home.id for home in run.community.homes]
    tables = [
        coefficients(
            day.axis, homes, day.market.of_all(day.market.settlement.meters.fed_in_kwh), traded_kwh(day)[0]
        )
        for day in run.days
        if day.market is not None
    ]
    rows = (row for table in tables for row in table.rows)
    write_rows(folder / COEFFICIENTS, tables[0].columns, rows)
    return (SETTLEMENT, COEFFICIENTS)
