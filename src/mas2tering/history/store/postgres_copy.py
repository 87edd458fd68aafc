"""PostgreSQL's binary COPY format for rows of fixed length, made and read as whole columns.

The layout is that of https://www.postgresql.org/docs/current/sql-copy.html ("Binary Format"): a header, for each row the
number of fields and each field behind its length, a trailer. Where no field is null, all rows are as long, so that a numpy
record is a row.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
_EPOCH_S = int((np.datetime64("2000-01-01", "s") - np.datetime64(0, "s")).astype(np.int64))
_TYPES = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8"}


def _record(types: Mapping[str, str]) -> np.dtype[np.void]:
    fields = [("fields", ">i2")]
    for name, type_ in types.items():
        fields += [(f"{name}_length", ">i4"), (name, _TYPES[type_])]
    return np.dtype(fields)


def encoded(types: Mapping[str, str], columns: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Columns, none of them with nulls, as a whole COPY in the order of ``types``.

    Args:
        types: PostgreSQL's type of each column.
        columns: (rows,) each; times as ``datetime64``.
    """
    record = _record(types)
    rows = np.empty(len(next(iter(columns.values()))), dtype=record)
    rows["fields"] = len(types)
    for name, type_ in types.items():
        column = columns[name]
        if type_ == "timestamptz":
            column = (column.astype("datetime64[s]").astype(np.int64) - _EPOCH_S) * 1_000_000
        rows[f"{name}_length"] = np.dtype(_TYPES[type_]).itemsize
        rows[name] = column
    return HEADER + rows.tobytes() + TRAILER


def decoded(types: Mapping[str, str], data: bytes) -> dict[str, NDArray[np.generic]]:
    """Columns of a whole COPY in which no field is null; times as ``datetime64[s]``."""
    record = _record(types)
    count = max((len(data) - len(HEADER) - len(TRAILER)) // record.itemsize, 0)
    rows = (
        np.frombuffer(data, dtype=record, count=count, offset=len(HEADER)) if count else np.empty(0, record)
    )
    found: dict[str, NDArray[np.generic]] = {}
    for name, type_ in types.items():
        column = rows[name].astype(rows[name].dtype.newbyteorder("="))
        if type_ == "timestamptz":
            column = (column // 1_000_000 + _EPOCH_S).astype("datetime64[s]")
        found[name] = column
    return found
