"""What is anonymised: readings, what is known of households, keys of boxes; all that is wrong with them at once."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.files import read_household_readings
from mas2tering.history.anonymise import HIERARCHIES, UNKNOWN, HomePanel, HouseholdAttributes

Product = Literal["service", "released"]
WEEK = 7
_LEAST_KNOWN = 0.5
_NOTHING = frozenset({"", "na", "<na>", "nan", "null", "unknown"})
_HOME_COLUMNS = ("home", "series", "household")
_ALSO_CALLED = {
    "type": "dwelling_type",
    "dwelling_size": "dwelling_m2",
    "dwelling_size_m2": "dwelling_m2",
    "tariff": "tariff_band",
}
_PUBLIC_KEY_HEX = 64


@dataclass(frozen=True)
class Request:
    """What is asked for.

    ``diversity`` is the l of l-diversity, ``guesses`` within how many an attacker may be right with a chance of 1/k at most
    (released sets), ``seed`` None for keys from the system's source of randomness.
    """

    data: Path
    product: Product
    k: int
    diversity: int
    guesses: int
    seed: int | None
    out: Path
    unit: str | None = None
    attributes: Path | None = None
    box_keys: Path | None = None


@dataclass(frozen=True)
class Inputs:
    """The homes that are anonymised, what is known of them (in their order), keys of their boxes, and what to say."""

    panel: HomePanel
    attributes: HouseholdAttributes
    box_keys: Mapping[str, bytes]
    warnings: tuple[str, ...]


def read_inputs(request: Request) -> Inputs:
    """Read and check.

    Raises:
        InputError: with everything that is wrong, in all files.
    """
    problems: list[InputProblem] = []
    warnings: list[str] = []
    panel = _panel(request, problems, warnings)
    told = _table(request.attributes, problems)
    values = _attributes(request.attributes, told, problems, warnings)
    keys = _box_keys(request.box_keys, _table(request.box_keys, problems), problems)
    if panel is not None and request.box_keys is not None and not problems:
        missing = [home for home in panel.homes if home not in keys]
        if missing:
            shown = ", ".join(missing[:12]) + (f" and {len(missing) - 12} more" if len(missing) > 12 else "")
            problems.append(
                InputProblem(str(request.box_keys), "home", f"no key of {shown}", "one of each home's box")
            )
    if problems or panel is None:
        raise InputError(problems)
    columns = {
        name: tuple(of_home.get(home, UNKNOWN) for home in panel.homes) for name, of_home in values.items()
    }
    unknown = [
        home for home in panel.homes if values and not any(home in of_home for of_home in values.values())
    ]
    if unknown:
        warnings.append(f"Of {len(unknown)} homes the attributes are not known.")
    return Inputs(panel, HouseholdAttributes(columns), keys, tuple(warnings))


def _panel(request: Request, problems: list[InputProblem], warnings: list[str]) -> HomePanel | None:
    try:
        read = read_household_readings(request.data, request.unit)
    except InputError as error:
        problems += error.problems
        return None
    warnings += read.notes
    panel = HomePanel(read.homes, read.first_day, read.step_minutes, read.load_kw)
    known = np.isfinite(panel.load_kw).mean(axis=(1, 2))
    kept = np.flatnonzero(known >= _LEAST_KNOWN)
    if len(kept) < len(panel.homes):
        warnings.append(
            f"{len(panel.homes) - len(kept)} homes are left out: less than half of their readings are known."
        )
    panel = panel.take(kept)
    file = str(request.data)
    if panel.days < WEEK:
        problems.append(InputProblem(file, "", f"{panel.days} whole days", "a week or more"))
    least = max(request.k, request.diversity)
    if len(panel.homes) < least:
        problems.append(
            InputProblem(
                file,
                "",
                f"{len(panel.homes)} homes of whose readings from {panel.first_day} on half or more are known",
                f"{least} or more, for k = {request.k} and l = {request.diversity}",
            )
        )
    return panel


def _table(path: Path | None, problems: list[InputProblem]) -> list[dict[str, str]]:
    """Rows of a CSV file by column; a row longer or shorter than the header is a problem."""
    if path is None:
        return []
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        problems.append(InputProblem(str(path), "", "no text in UTF-8", "a CSV file in UTF-8"))
        return []
    except OSError as error:
        problems.append(InputProblem(str(path), "", f"what cannot be read ({error.strerror})", "a CSV file"))
        return []
    delimiter = max(",;", key=lines[0].count) if lines else ","
    rows = list(csv.reader(lines, delimiter=delimiter))
    if len(rows) < 2:
        problems.append(InputProblem(str(path), "", "no rows", "a header and a row for each home"))
        return []
    header = [name.strip() for name in rows[0]]
    found = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) not in (0, len(header)):
            problems.append(
                InputProblem(
                    str(path), f"line {number}", f"{len(row)} cells", f"{len(header)}, as in the header"
                )
            )
        elif row:
            found.append({**dict(zip(header, map(str.strip, row), strict=True)), "": str(number)})
    return found


def _home_column(path: Path, rows: list[dict[str, str]], problems: list[InputProblem]) -> str | None:
    column = next((name for name in _HOME_COLUMNS if rows and name in rows[0]), None)
    if column is None:
        if rows:
            problems.append(InputProblem(str(path), "line 1", "no column of homes", "one named home"))
        return None
    seen: dict[str, str] = {}
    for row in rows:
        home = row[column]
        if home in seen:
            problems.append(
                InputProblem(
                    str(path),
                    f"line {row['']}, {column}",
                    f"{home}, as in line {seen[home]}",
                    "each home once",
                )
            )
        seen.setdefault(home, row[""])
    return column


def _attributes(
    path: Path | None, rows: list[dict[str, str]], problems: list[InputProblem], warnings: list[str]
) -> dict[str, dict[str, str]]:
    """By attribute, the value of each home."""
    if path is None or (column := _home_column(path, rows, problems)) is None:
        return {}
    values: dict[str, dict[str, str]] = {}
    left_out = []
    for header in (name for name in rows[0] if name not in ("", column)):
        name = _ALSO_CALLED.get(header, header)
        hierarchy = next((known for known in HIERARCHIES if known.name == name), None)
        if hierarchy is None:
            left_out.append(header)
            continue
        values[name] = {}
        for row in rows:
            text = UNKNOWN if row[header].casefold() in _NOTHING else row[header]
            if text != UNKNOWN and not hierarchy.reads(text):
                problems.append(
                    InputProblem(str(path), f"line {row['']}, {header}", f'"{text[:60]}"', hierarchy.expected)
                )
            values[name][row[column]] = text
    if left_out:
        warnings.append(f"Columns of {path.name} that are never kept: {', '.join(left_out)}.")
    if not values:
        names = ", ".join(hierarchy.name for hierarchy in HIERARCHIES)
        problems.append(InputProblem(str(path), "line 1", "no attribute that is known", f"some of {names}"))
    return values


def _box_keys(
    path: Path | None, rows: list[dict[str, str]], problems: list[InputProblem]
) -> dict[str, bytes]:
    if path is None or (column := _home_column(path, rows, problems)) is None:
        return {}
    if "public_key" not in rows[0]:
        problems.append(InputProblem(str(path), "line 1", "no column public_key", "one"))
        return {}
    keys = {}
    for row in rows:
        text = row["public_key"]
        try:
            key = bytes.fromhex(text)
        except ValueError:
            key = b""
        if len(key) * 2 != _PUBLIC_KEY_HEX:
            problems.append(
                InputProblem(
                    str(path),
                    f"line {row['']}, public_key",
                    f'"{text[:70]}"',
                    "an X25519 key, 64 hexadecimal digits",
                )
            )
        else:
            keys[row[column]] = key
    return keys
