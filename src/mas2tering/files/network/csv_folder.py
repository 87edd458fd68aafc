"""A network as a folder of CSV files: lines, loads, buses where they lie somewhere, and what feeds it.

``lines.csv`` (impedances per km and a length) or ``lines_reduced.csv`` (impedances of whole spans, which goes
first: the same network with fewer buses), ``loads.csv``, ``network.json``, and ``buses.csv`` for coordinates.
"""

import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from mas2tering.domain.errors import InputProblem
from mas2tering.domain.network import PHASES, Bus, Cable, Customer, Network, Source, Transformer
from mas2tering.files.network.draft import Draft, Place
from mas2tering.files.network.opendss_supply import supply_of_statements
from mas2tering.files.wording import found, listed, suggestion

_SPANS, _LINES, _LOADS, _BUSES, _HEAD = (
    "lines_reduced.csv",
    "lines.csv",
    "loads.csv",
    "buses.csv",
    "network.json",
)
_IMPEDANCES = ("r1", "x1", "r0", "x0")

Row = Mapping[str, str]


def is_network_folder(path: Path) -> bool:
    """Whether a folder looks like a network."""
    return path.is_dir() and any((path / name).exists() for name in (_SPANS, _LINES, _LOADS))


def read_csv_folder(folder: Path) -> Network:
    """A network from its folder.

    Raises:
        InputError: with every problem of all files.
    """
    draft = Draft(str(folder), folder.name)
    spans = (folder / _SPANS).exists()
    _read_cables(draft, folder / (_SPANS if spans else _LINES), spans)
    _read_customers(draft, folder / _LOADS)
    _read_head(draft, folder / _HEAD)
    _read_places(draft, folder / _BUSES)
    draft.add_buses_of_cables()
    return draft.network()


def _rows(draft: Draft, path: Path, required: tuple[str, ...]) -> Iterator[tuple[int, Row]]:
    """The rows of a table with their line; nothing, and a problem noted, where it cannot be used."""

    def refuse(at: str, seen: str, expected: str) -> None:
        draft.problems.append(InputProblem(str(path), at, seen, expected))

    try:
        lines = path.read_bytes().decode("utf-8-sig").splitlines()
    except FileNotFoundError:
        return refuse("", "no such file", f"a CSV file with {listed(required)}")
    except OSError as error:
        return refuse("", f"a file that cannot be read ({error.strerror})", "a CSV file")
    except UnicodeDecodeError:
        return refuse("", "a file that is no text in UTF-8", "a CSV file in UTF-8")
    reader = csv.reader(lines, delimiter=max(",;", key=lines[0].count) if lines else ",", strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in required if name not in header]
        for name in missing:
            meant = suggestion(name, [column for column in header if column not in required])
            refuse("line 1", f"no column {name}", f"it{f' (is {meant} meant?)' if meant else ''}")
        for cells in reader if not missing else ():
            if cells and len(cells) != len(header):
                refuse(f"line {reader.line_num}", f"{len(cells)} cells", f"{len(header)}, as in the header")
            elif cells:
                yield reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))
    except csv.Error as error:
        refuse(f"line {reader.line_num}", f"what is not CSV ({error})", "a CSV file")


def _read_cables(draft: Draft, path: Path, spans: bool) -> None:
    unit = "ohm" if spans else "ohm_per_km"
    columns = tuple(f"{name}_{unit}" for name in _IMPEDANCES)
    named = {f"{name}_ohm": f"{name}_{unit}" for name in _IMPEDANCES}
    required = ("from_bus", "to_bus", "length_m", *columns) + (() if spans else ("line_id",))
    for line, row in _rows(draft, path, required):
        key = ("cables", len(draft.cables))
        name = row.get("line_id") or f"{row['from_bus']}-{row['to_bus']}"
        draft.places[key] = Place(str(path), f"line {line} ({name})", named)
        length_m = draft.number(key, "length_m", row["length_m"])
        per_unit = 1.0 if spans else length_m / 1e3
        r1, x1, r0, x0 = (
            draft.number(key, f"{name}_ohm", row[column]) * per_unit
            for name, column in zip(_IMPEDANCES, columns, strict=True)
        )
        c1, c0 = (
            draft.number(key, f"{name}_nf", row.get(f"{name}_nf_per_km"), 0.0) * length_m / 1e3
            for name in ("c1", "c0")
        )
        rating = row.get("rating_a")
        draft.cables.append(
            Cable(
                name,
                row["from_bus"],
                row["to_bus"],
                r1,
                x1,
                r0,
                x0,
                length_m,
                rating_a=draft.number(key, "rating_a", rating) if rating else None,
                phases=draft.phases(key, row["phases"], "phases") if row.get("phases") else PHASES,
                cable_type=row.get("linecode") or row.get("linecodes") or "",
                feeder=row.get("feeder", ""),
                c1_nf=c1,
                c0_nf=c0,
            )
        )


def _read_customers(draft: Draft, path: Path) -> None:
    for line, row in _rows(draft, path, ("customer_id", "bus", "phase")):
        key = ("customers", len(draft.customers))
        draft.places[key] = Place(
            str(path), f"line {line} ({row['customer_id']})", {"phases": "phase", "power_factor": "pf"}
        )
        draft.customers.append(
            Customer(
                row["customer_id"],
                row["bus"],
                draft.phases(key, row["phase"], "phases"),
                draft.number(key, "power_factor", row.get("pf"), 0.95),
            )
        )


def _read_places(draft: Draft, path: Path) -> None:
    """Coordinates of the buses that cables name; a file without them is as good as none."""
    wanted = {bus for cable in draft.cables for bus in (cable.from_bus, cable.to_bus)}
    if not path.exists():
        return
    for line, row in _rows(draft, path, ("bus",)):
        if row["bus"] not in wanted:
            continue  # a bus between the ends of a span
        key = ("buses", len(draft.buses))
        draft.places[key] = Place(str(path), f"line {line} ({row['bus']})")
        x_m, y_m = (
            draft.number(key, name, row.get(name)) if row.get(name) else None for name in ("x_m", "y_m")
        )
        draft.buses.append(Bus(row["bus"], x_m, y_m))


def _read_head(draft: Draft, path: Path) -> None:
    """``network.json``: the transformer with its source, or the busbar and the voltage that is held there."""
    draft.places["transformer", None] = Place(str(path), "transformer")
    draft.places["source", None] = Place(str(path), "source")
    try:
        head = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return _refuse_head(draft, path, "no such file")
    except (OSError, ValueError) as error:
        return _refuse_head(draft, path, f"no JSON that can be read ({error})")
    if not isinstance(head, dict):
        return _refuse_head(draft, path, found(head))
    said = head.get("source")
    draft.sources += [said] if isinstance(said, str) else []
    if isinstance(head.get("transformer"), dict):
        return _read_transformer(draft, head["transformer"])
    if isinstance(head.get("busbar"), dict):
        key, busbar = ("source", None), head["busbar"]
        draft.source = Source(
            str(busbar.get("bus", "")), draft.number(key, "voltage_kv", busbar.get("voltage_kv"))
        )
        return None
    statements = head.get("transformer_source_line")
    if isinstance(statements, list) and all(isinstance(line, str) for line in statements):
        draft.source, draft.transformer = supply_of_statements(draft, statements)
        return None
    return _refuse_head(draft, path, f"neither ({listed(head)})")


def _refuse_head(draft: Draft, path: Path, seen: str) -> None:
    draft.problems.append(
        InputProblem(
            str(path),
            "",
            seen,
            "a table with transformer (hv_bus, lv_bus, hv_kv, lv_kv, s_kva, …) or busbar (bus, voltage_kv)",
        )
    )


def _read_transformer(draft: Draft, raw: Mapping[str, object]) -> None:
    key = ("transformer", None)

    def number(name: str, default: float | None = None) -> float:
        return draft.number(key, name, raw.get(name), default)

    rating_kva = number("s_kva")
    resistance = 2.0 * number("r_percent_per_winding_assumed", 0.0) / 100.0
    impedance = number("impedance_percent", math.nan) / 100.0 if "impedance_percent" in raw else None
    if impedance is None:
        impedance = math.hypot(resistance, number("x_hl_percent") / 100.0)
    hv_bus, hv_kv = str(raw.get("hv_bus", "")), number("hv_kv")
    draft.transformer = Transformer(
        str(raw.get("transformer_id", "transformer")),
        hv_bus,
        str(raw.get("lv_bus", "")),
        hv_kv,
        number("lv_kv"),
        rating_kva,
        impedance,
        number("load_loss_kw", resistance * rating_kva),
        number("no_load_loss_kw", 0.0),
        tap=number("tap", 0.0),
        assumed="r_percent_per_winding_assumed" in raw or raw.get("assumed") is True,
    )
    draft.source = _source(draft, raw.get("hv_source"), hv_bus, hv_kv)


def _source(draft: Draft, raw: object, bus: str, hv_kv: float) -> Source:
    """The source as ``hv_source`` gives it: its voltage, and its short-circuit current if that is known."""
    if not isinstance(raw, dict):
        return Source(bus, hv_kv)
    key = ("source", None)
    voltage_kv = draft.number(key, "basekv", raw.get("basekv"), hv_kv)
    voltage_kv *= draft.number(key, "pu", raw.get("pu"), 1.0)
    current_a = draft.number(key, "isc3_a", raw["isc3_a"]) if "isc3_a" in raw else None
    power_mva = None if current_a is None else math.sqrt(3.0) * voltage_kv * current_a / 1e3
    return Source(bus, voltage_kv, power_mva, draft.number(key, "r_per_x", raw.get("r_per_x"), 0.25))
