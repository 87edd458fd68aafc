"""Columns of kW, a row for each step, from a table that an operator brings: all that is wrong with them at once."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.profiles import ProfileError
from mas2tering.files.tables import open_table

TIMES = frozenset({"time", "step", "quarter_hour_start_utc", "quarter_hour_start_local"})
"""Columns that say when, which nobody reads: a row is a step."""


def kw_columns(
    path: Path, steps: int | None = None
) -> tuple[dict[str, NDArray[np.float64]], list[InputProblem]]:
    """The columns that can be used, shape (steps,) each, and what is wrong with the others: a name that is there twice, a cell that
    is no number, a gap, no rows, or another number of rows than ``steps``.

    Raises:
        InputError: the file cannot be read as a table at all.
    """
    try:
        names = [name for name in open_table(path, path.name, (), ()).columns if name not in TIMES]
    except ProfileError as error:
        raise InputError([InputProblem(str(path), "", error.found, error.expected)]) from None
    columns: dict[str, NDArray[np.float64]] = {}
    problems: list[InputProblem] = []
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            found = f"{names.count(name)} columns of this name"
            problems.append(InputProblem(str(path), name, found, "one"))
            continue
        try:
            # One column at a time: a table stops at the first cell that it cannot read.
            table = open_table(path, path.name, (name,), ())
            values = table.numbers(name)
        except ProfileError as error:
            problems.append(InputProblem(str(path), name, error.found, error.expected))
            continue
        known = np.isfinite(values)
        if not len(values):
            problems.append(InputProblem(str(path), name, "no rows", "a row for each step"))
        elif steps is not None and len(values) != steps:
            expected = f"{steps}, one for each step"
            problems.append(InputProblem(str(path), name, f"{len(values)} rows", expected))
        elif not known.all():
            first = int(np.flatnonzero(~known)[0])
            found = f"no number at step {first} ({table.row(first)})"
            problems.append(InputProblem(str(path), name, found, "kW at every step"))
        else:
            columns[name] = values
    return columns, problems
