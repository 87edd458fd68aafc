"""Tables that a network operator brings: what a device of a kind draws by step, and what has changed in a day's forecasts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.files.kw_columns import kw_columns
from mas2tering.files.wording import listed

FORECAST_KINDS = frozenset({"fixed_load", "pv", "wind"})

FloatArray = NDArray[np.float64]


def read_devices(path: Path, kinds: Sequence[str], steps: int) -> Mapping[str, FloatArray]:
    """What one device adds to a customer's load in kW, shape (devices, steps), by kind, generation negative.

    A column for each device, named by its kind, or by its kind and a number (``ev.1``, ``ev.2``); a row for each step.

    Raises:
        InputError: with everything that is wrong: a column of no known kind, a gap, another number of rows.
    """
    columns, problems = kw_columns(path, steps)
    found: dict[str, list[FloatArray]] = {}
    for name, values in columns.items():
        kind = name.partition(".")[0]
        if kind not in kinds:
            problems.append(InputProblem(str(path), name, "a column of no kind asked for", listed(kinds)))
        else:
            found.setdefault(kind, []).append(values)
    problems += [
        InputProblem(str(path), "", f"no column {kind}", "one for each kind asked for, see --kinds")
        for kind in kinds
        if kind not in found and not any(name.partition(".")[0] == kind for name in columns)
    ]
    if problems:
        raise InputError(problems)
    return {kind: np.array(found[kind]) for kind in kinds}


def read_changed_forecasts(
    path: Path, kind_of: Mapping[str, Mapping[str, str]], steps: int
) -> Mapping[tuple[str, str], FloatArray]:
    """What is expected now of some devices, in kW (steps,), by home and device; generation and load both positive.

    A column for each device, named ``home/device``; a row for each step of the whole day. ``kind_of`` says the kind of each
    device by home.

    Raises:
        InputError: with everything that is wrong: a column that names no home or device, a device that is planned rather than
            forecast, a gap, a number below zero, another number of rows.
    """
    columns, problems = kw_columns(path, steps)
    found = {}
    for name, values in columns.items():
        home, _, device = name.partition("/")
        kind = kind_of.get(home, {}).get(device)
        if home not in kind_of:
            expected = f"home/device, with a home such as {next(iter(kind_of))}"
            problems.append(InputProblem(str(path), name, "a column that names no home", expected))
        elif kind is None:
            problems.append(
                InputProblem(str(path), name, f"no device {device!r}", listed(list(kind_of[home])))
            )
        elif kind not in FORECAST_KINDS:
            expected = "load or generation that is forecast: fixed_load, pv or wind"
            problems.append(InputProblem(str(path), name, f"a device that is planned ({kind})", expected))
        elif (values < 0.0).any():
            problems.append(
                InputProblem(str(path), name, f"{values.min():g} kW", "0 kW or more, generation too")
            )
        found[home, device] = values
    if not columns and not problems:
        problems.append(
            InputProblem(str(path), "", "no columns", "a column home/device for what has changed")
        )
    if problems:
        raise InputError(problems)
    return found
