"""What each customer of a network draws at each step: from a table, or from the folder of a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.files.kw_columns import kw_columns
from mas2tering.files.wording import counted, listed

_SETTLEMENT = "settlement.json"


@dataclass(frozen=True)
class CustomerPlans:
    """``load_kw`` has shape (customers, steps), in the order of the network's customers, import positive.

    ``notes`` say how homes were matched to customers where that is not by id.
    """

    load_kw: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def read_plans(path: Path, customers: Sequence[str]) -> CustomerPlans:
    """Plans from a CSV or Parquet file (a column of kW for each customer, a row for each step), or the folder of
    a run.

    Columns are matched by customer id; where no id matches and there are as many columns as customers, by order.

    Raises:
        InputError: with everything that is wrong.
    """
    if not path.exists():
        raise InputError([InputProblem(str(path), "", "no such file or folder", "plans of the customers")])
    gaps: list[InputProblem] = []
    if path.is_dir():
        source, columns = path / _SETTLEMENT, _of_run(path / _SETTLEMENT)
        names = list(columns)
        gaps = [
            InputProblem(
                str(source), name, f"no number at step {int(np.flatnonzero(~known)[0])}", "kW at every step"
            )
            for name in names
            if not (known := np.isfinite(columns[name])).all()
        ]
    else:
        source, (columns, gaps) = path, kw_columns(path)
        # Columns that cannot be used are there all the same: they are not missed again.
        names = [*columns, *(problem.path for problem in gaps)]
    order, notes = list(customers), list[str]()
    if not set(names) & set(customers) and len(names) == len(customers):
        order = names
        notes.append("The plans are matched to customers by their order: no id is the same.")
    else:
        gaps += _unmatched(str(source), names, customers)
    if gaps:
        raise InputError(gaps)
    return CustomerPlans(np.array([columns[name] for name in order], dtype=np.float64), tuple(notes))


def _unmatched(file: str, names: Sequence[str], customers: Sequence[str]) -> list[InputProblem]:
    missing = [name for name in customers if name not in set(names)]
    unknown = [name for name in names if name not in set(customers)]
    problems = []
    if missing:
        problems.append(
            InputProblem(
                file,
                "",
                f"no plan of {listed(missing)}",
                f"one for each of the {counted(len(customers), 'customer')} of the network",
            )
        )
    if unknown:
        problems.append(
            InputProblem(file, "", f"plans of {listed(unknown)}", "customers of the network only")
        )
    return problems


def _of_run(path: Path) -> Mapping[str, NDArray[np.float64]]:
    """The loads that a run settled, of its last use case, its days one after another."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        days = document.get("use_case_3") or document["days"]
        loads: dict[str, list[float]] = {}
        for day in days:
            for member in day["members"]:
                loads.setdefault(member["id"], []).extend(map(float, member["net_kw"]))
        if not loads or len({len(load) for load in loads.values()}) > 1:
            raise ValueError("days with other members")
    except FileNotFoundError:
        raise InputError(
            [InputProblem(str(path), "", "no such file", "what a run of use case 2 wrote with --out")]
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            [InputProblem(str(path), "", f"what cannot be used ({error})", "a settlement")]
        ) from None
    return {name: np.array(load) for name, load in loads.items()}
