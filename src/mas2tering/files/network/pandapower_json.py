"""A network from the JSON that pandapower writes, read as text: pandapower itself is not needed.

https://pandapower.readthedocs.io/en/latest/elements.html says what the columns mean.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import (
    PHASES,
    Bus,
    Cable,
    Customer,
    Network,
    Phase,
    Source,
    Transformer,
    ZeroSequence,
)
from mas2tering.files.network.draft import Draft, Key, Place
from mas2tering.files.wording import found

_TABLES = ("bus", "line", "trafo", "ext_grid")
_PASSED_OVER = ("sgen", "asymmetric_sgen", "storage")
_NOT_UNDERSTOOD = ("gen", "shunt", "ward", "xward", "impedance", "dcline", "trafo3w", "motor")
Row = Mapping[str, object]


def read_pandapower_json(path: Path) -> Network:
    """A network from a file that ``pandapower.to_json`` wrote.

    Raises:
        InputError: with every problem of the file and the network.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise _refused(path, "no such file") from None
    except OSError as error:
        raise _refused(path, f"a file that cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"what is no JSON ({error})") from None
    return network_of_pandapower(document, str(path), path.stem)


def network_of_pandapower(
    document: object, file: str, name: str, zero_sequence: ZeroSequence | None = None
) -> Network:
    """A network from pandapower's JSON in memory; ``file`` names it in problems.

    ``zero_sequence`` stands in where lines have no r0 and x0, and is then named among the network's sources.

    Raises:
        InputError: with every problem.
    """
    tables = document.get("_object") if isinstance(document, dict) else None
    if not isinstance(tables, dict) or not set(_TABLES) <= tables.keys():
        raise _refused(file, found(document))
    return _Reader(tables, Draft(file, name), zero_sequence).network()


def _refused(file: object, seen: str) -> InputError:
    return InputError([InputProblem(str(file), "", seen, "what pandapower.to_json writes")])


class _Reader:
    """Reads table by table into a draft."""

    def __init__(
        self, tables: Mapping[str, object], draft: Draft, zero_sequence: ZeroSequence | None
    ) -> None:
        self._tables = tables
        self._draft = draft
        self._zero_sequence = zero_sequence
        self._bus_names: dict[int, str] = {}
        self._broken: set[str] = set()

    def network(self) -> Network:
        draft = self._draft
        frequency_hz = self._tables.get("f_hz")
        if isinstance(frequency_hz, int | float) and frequency_hz > 0:
            draft.frequency_hz = float(frequency_hz)
        open_lines = self._read_buses_and_switches()
        self._read_lines(open_lines)
        self._read_transformer()
        self._read_source()
        self._read_customers()
        for table in _NOT_UNDERSTOOD:
            for index, _ in self._rows(table):
                draft.places[table, index] = Place(draft.file, f"{table} {index}")
                draft.wrong(
                    (table, index), "", f"a {table}", "lines, one transformer, loads: the rest is not read"
                )
        ignored = [table for table in _PASSED_OVER if any(True for _ in self._rows(table))]
        if ignored:
            draft.sources.append(
                f"The file's {', '.join(ignored)} are left out: what homes do comes from plans."
            )
        return draft.network()

    def _rows(self, table: str) -> Iterator[tuple[int, Row]]:
        """The rows of a table that are in service, each with its index."""
        frame = self._tables.get(table)
        content = frame.get("_object") if isinstance(frame, dict) else None
        try:
            content = json.loads(content) if isinstance(content, str) else content
            columns, index, data = content["columns"], content["index"], content["data"]  # type: ignore[index]
            rows = [
                (int(k), dict(zip(columns, row, strict=True))) for k, row in zip(index, data, strict=True)
            ]
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
            if frame is not None and table not in self._broken:
                self._draft.problems.append(
                    InputProblem(self._draft.file, table, "no table", "columns, index and data, orient split")
                )
                self._broken.add(table)
            return
        yield from ((k, row) for k, row in rows if row.get("in_service", True) is not False)

    def _read_buses_and_switches(self) -> set[int]:
        """Buses under their names where these differ, else under their index; the lines that are switched off."""
        rows = dict(self._rows("bus"))
        names = [str(row.get("name") or "") for row in rows.values()]
        distinct = all(names) and len(set(names)) == len(names)
        for (index, row), name in zip(rows.items(), names, strict=True):
            self._bus_names[index] = name if distinct else f"bus {index}"
            x_m, y_m = _coordinates(row.get("geo"))
            self._draft.buses.append(Bus(self._bus_names[index], x_m, y_m))
        open_lines: set[int] = set()
        for index, switch in self._rows("switch"):
            self._draft.places["switch", index] = Place(self._draft.file, f"switch {index}")
            if switch.get("et") == "l" and switch.get("closed") is False:
                open_lines.add(_integer(switch.get("element")))
            elif switch.get("et") == "b" and switch.get("closed") is not False:
                self._fuse(_integer(switch.get("bus")), _integer(switch.get("element")))
            elif switch.get("closed") is False and switch.get("et") != "b":
                self._draft.wrong(
                    ("switch", index), "closed", "an open switch at a transformer", "a closed one"
                )
        return open_lines

    def _fuse(self, kept: int, gone: int) -> None:
        """Two buses that a closed switch joins are one."""
        if kept not in self._bus_names or gone not in self._bus_names:
            return
        old, new = self._bus_names[gone], self._bus_names[kept]
        if old != new:
            self._draft.buses = [bus for bus in self._draft.buses if bus.id != old]
            self._bus_names = {k: new if name == old else name for k, name in self._bus_names.items()}

    def _bus(self, row: Row, column: str = "bus") -> str:
        index = row.get(column)
        return self._bus_names.get(_integer(index), f"bus {index}")

    def _read_lines(self, open_lines: set[int]) -> None:
        draft, assumed = self._draft, 0
        for index, row in self._rows("line"):
            if index in open_lines:
                continue
            key: Key = ("cables", len(draft.cables))
            name = str(row.get("name") or f"line {index}")
            draft.places[key] = Place(draft.file, f"line {index} ({name})", _LINE_FIELDS)
            assumed += _has_no_zero_sequence(row) and self._zero_sequence is not None
            draft.cables.append(self._line(key, name, row))
        ids = [cable.id for cable in draft.cables]
        if len(set(ids)) < len(ids):  # names that repeat
            draft.cables = [_renamed(cable, k) for k, cable in enumerate(draft.cables)]
        if assumed and self._zero_sequence is not None:
            draft.sources.append(
                f"The zero-sequence impedances of {assumed} lines are assumed: r0/r1 = {self._zero_sequence.r0_per_r1:g}, "
                f"x0/x1 = {self._zero_sequence.x0_per_x1:g}, a four-core cable."
            )

    def _line(self, key: Key, name: str, row: Row) -> Cable:
        number = self._draft.number
        length_km, parallel = (
            number(key, "length_m", row.get("length_km")),
            number(key, "parallel", row.get("parallel"), 1.0),
        )
        if not parallel > 0:
            self._draft.wrong(key, "parallel", f"{parallel:g}", "1 or more")
            parallel = math.nan
        scale = length_km / parallel
        r1, x1 = (number(key, f"{part}1_ohm", row.get(f"{part}_ohm_per_km")) for part in "rx")
        if self._zero_sequence is not None and _has_no_zero_sequence(row):
            r0, x0 = r1 * self._zero_sequence.r0_per_r1, x1 * self._zero_sequence.x0_per_x1
        else:
            r0, x0 = (number(key, f"{part}0_ohm", row.get(f"{part}0_ohm_per_km")) for part in "rx")
        c1 = number(key, "c1_nf", row.get("c_nf_per_km"), 0.0)
        rating_ka = row.get("max_i_ka")
        derating = number(key, "df", row.get("df"), 1.0)
        return Cable(
            name,
            self._bus(row, "from_bus"),
            self._bus(row, "to_bus"),
            r1 * scale,
            x1 * scale,
            r0 * scale,
            x0 * scale,
            1e3 * length_km,
            rating_a=None
            if rating_ka is None
            else 1e3 * number(key, "rating_a", rating_ka) * parallel * derating,
            cable_type=str(row.get("std_type") or ""),
            c1_nf=c1 * length_km * parallel,
            c0_nf=number(key, "c0_nf", row.get("c0_nf_per_km"), 0.0) * length_km * parallel,
        )

    def _read_transformer(self) -> None:
        draft, key = self._draft, ("transformer", None)
        for count, (index, row) in enumerate(self._rows("trafo")):
            if count:
                draft.places["trafo", index] = Place(draft.file, f"trafo {index}")
                draft.wrong(("trafo", index), "", "a second transformer", "one: a single low-voltage network")
                continue
            draft.places[key] = Place(draft.file, f"trafo {index}", _TRAFO_FIELDS)
            draft.transformer = self._transformer(key, str(row.get("name") or "transformer"), row)

    def _transformer(self, key: Key, name: str, row: Row) -> Transformer:
        draft = self._draft

        def number(field: str, column: str, default: float | None = None) -> float:
            return draft.number(key, field, row.get(column), default)

        group = row.get("vector_group")
        if group is not None and not str(group).startswith("Dyn"):
            draft.wrong(key, "vector_group", found(group), '"Dyn": delta, and star with earthed neutral')
        own, zero = number("impedance", "vk_percent"), row.get("vk0_percent")
        if isinstance(zero, int | float) and abs(zero - own) > 0.01 * own:
            draft.sources.append(
                f"The transformer's zero-sequence impedance is taken as the positive one, {own:g} %; the file says {zero:g} %."
            )
        step = number("tap", "tap_step_percent", 0.0) / 100.0
        tap = (number("tap", "tap_pos", 0.0) - number("tap", "tap_neutral", 0.0)) * step
        low_side = row.get("tap_side") == "lv"
        parallel = number("parallel", "parallel", 1.0)
        rating_kva = 1e3 * number("rating_kva", "sn_mva") * parallel
        return Transformer(
            name,
            self._bus(row, "hv_bus"),
            self._bus(row, "lv_bus"),
            number("hv_kv", "vn_hv_kv"),
            number("lv_kv", "vn_lv_kv") * (1.0 + tap if low_side else 1.0),
            rating_kva,
            own / 100.0,
            number("load_loss_kw", "vkr_percent") / 100.0 * rating_kva,
            number("no_load_loss_kw", "pfe_kw", 0.0) * parallel,
            number("no_load_current", "i0_percent", 0.0) / 100.0,
            tap=0.0 if low_side else tap,
            clock=_clock(row.get("shift_degree")),
        )

    def _read_source(self) -> None:
        draft, key = self._draft, ("source", None)
        for count, (index, row) in enumerate(self._rows("ext_grid")):
            draft.places[key] = Place(draft.file, f"ext_grid {index}")
            if count:
                draft.wrong(key, "", "a second external grid", "one")
                continue
            bus = _integer(row.get("bus"))
            rated = next((r.get("vn_kv") for k, r in self._rows("bus") if k == bus), None)
            voltage_kv = draft.number(key, "vn_kv", rated) * draft.number(key, "vm_pu", row.get("vm_pu"), 1.0)
            # As in pandapower's power flow, the grid's short-circuit power does not move its voltage.
            draft.source = Source(self._bus(row), voltage_kv)

    def _read_customers(self) -> None:
        """A customer for each load: on one phase where only that one draws, else on three."""
        draft = self._draft
        for table in ("asymmetric_load", "load"):
            for index, row in self._rows(table):
                key: Key = ("customers", len(draft.customers))
                draft.places[key] = Place(draft.file, f"{table} {index}")
                name = str(row.get("name") or f"{table} {index}")
                phases = PHASES if table == "load" else self._phases(key, row)
                suffix = "" if table == "load" else f"_{phases[0].lower()}"
                active = draft.number(key, f"p{suffix}_mw", row.get(f"p{suffix}_mw"), 0.0)
                reactive = draft.number(key, f"q{suffix}_mvar", row.get(f"q{suffix}_mvar"), 0.0)
                size = math.hypot(active, reactive)
                factor = min(1.0, abs(active) / size) if size > 0 and active != 0 else 1.0
                draft.customers.append(Customer(name, self._bus(row), phases, factor))
        ids = [customer.id for customer in draft.customers]
        if len(set(ids)) < len(ids):
            draft.customers = [
                Customer(f"{c.id} ({k})", c.bus, c.phases, c.power_factor)
                for k, c in enumerate(draft.customers)
            ]

    def _phases(self, key: Key, row: Row) -> tuple[Phase, ...]:
        drawing = tuple(
            phase
            for phase in PHASES
            if any(row.get(f"{kind}_{phase.lower()}_{unit}") for kind, unit in (("p", "mw"), ("q", "mvar")))
        )
        if not drawing:
            self._draft.wrong(
                key, "p_a_mw, p_b_mw, p_c_mw", "no load on any phase", "one that says the phase"
            )
        return drawing if len(drawing) == 1 else PHASES


_LINE_FIELDS = {
    "from_bus": "from_bus",
    "length_m": "length_km",
    "r1_ohm": "r_ohm_per_km",
    "x1_ohm": "x_ohm_per_km",
    "r0_ohm": "r0_ohm_per_km",
    "x0_ohm": "x0_ohm_per_km",
    "c1_nf": "c_nf_per_km",
    "c0_nf": "c0_nf_per_km",
    "rating_a": "max_i_ka",
}
_TRAFO_FIELDS = {
    "hv_kv": "vn_hv_kv",
    "lv_kv": "vn_lv_kv",
    "rating_kva": "sn_mva",
    "impedance": "vk_percent",
    "load_loss_kw": "vkr_percent",
    "no_load_loss_kw": "pfe_kw",
    "no_load_current": "i0_percent",
    "clock": "shift_degree",
}


def _has_no_zero_sequence(row: Row) -> bool:
    return row.get("r0_ohm_per_km") is None and row.get("x0_ohm_per_km") is None


def _clock(degrees: object) -> int:
    """The hour of a phase shift; 11 where none is given."""
    if not isinstance(degrees, int | float) or not math.isfinite(degrees) or degrees == 0:
        return 11
    return round(degrees / 30.0) % 12


def _renamed(cable: Cable, k: int) -> Cable:
    return replace(cable, id=f"{cable.id} ({k})")


def _integer(value: object) -> int:
    return int(value) if isinstance(value, int | float) and math.isfinite(value) else -1


def _coordinates(geo: object) -> tuple[float | None, float | None]:
    """The point of pandapower's GeoJSON text, where there is one."""
    try:
        x_m, y_m = json.loads(geo)["coordinates"][:2] if isinstance(geo, str) else (None, None)
        return (None, None) if x_m is None or y_m is None else (float(x_m), float(y_m))
    except (ValueError, KeyError, TypeError):
        return None, None
