"""A network from OpenDSS's text: the statements of a low-voltage circuit, and a word on every other.

What is understood: New or Edit of Circuit, Vsource, LineCode, Line, Transformer (two windings, delta-wye) and Load;
Redirect and Compile; what only steers OpenDSS or draws is passed over.
"""

import math
from collections.abc import Mapping
from pathlib import Path

from mas2tering.domain.errors import InputProblem
from mas2tering.domain.network import PHASES, Cable, Customer, Network, Phase
from mas2tering.files.network.draft import Draft, Key, Place
from mas2tering.files.network.opendss_statements import Statement, read_statements
from mas2tering.files.network.opendss_supply import read_supply
from mas2tering.files.wording import found, suggestion

_STEERING = frozenset(
    {
        "clear",
        "clearall",
        "set",
        "solve",
        "calcvoltagebases",
        "calcv",
        "makebuslist",
        "setkvbase",
        "sample",
        "reset",
    }
    | {"buscoords", "latlongcoords", "help"}
    | {"show", "plot", "export", "visualize", "close", "closedi"}
)
_PASSED_OVER = frozenset(
    {"energymeter", "monitor", "loadshape", "xycurve", "growthshape", "spectrum", "fuse", "relay"}
)
_READ = frozenset({"circuit", "vsource", "linecode", "line", "transformer", "load"})
_METRES = {
    "m": 1.0,
    "meter": 1.0,
    "km": 1e3,
    "kft": 304.8,
    "mi": 1609.344,
    "ft": 0.3048,
    "in": 0.0254,
    "cm": 0.01,
}
_IMPEDANCES = ("r1", "x1", "r0", "x0")
_FIELDS = {f"{name}_ohm": name for name in _IMPEDANCES} | {"length_m": "length", "rating_a": "normamps"}


def read_opendss(path: Path) -> Network:
    """A network from a circuit's file and the files to which it redirects.

    Raises:
        InputError: with every problem, statements that are not understood among them.
    """
    draft = Draft(str(path), path.stem)
    statements = read_statements(path, draft.problems)
    codes: dict[str, Statement] = {}
    for statement in statements:
        _sort_out(draft, statement)
        if statement.verb == "new" and statement.kind == "linecode":
            codes[statement.name.lower()] = statement
        elif statement.verb == "set" and (
            frequency := statement.get("defaultbasefrequency", "basefrequency")
        ):
            draft.frequency_hz = draft.number(("set", statement.line), "DefaultBaseFrequency", frequency)
    draft.source, draft.transformer = read_supply(draft, statements)
    for statement in statements:
        if statement.verb == "new" and statement.kind == "line":
            _read_line(draft, statement, codes)
        elif statement.verb == "new" and statement.kind == "load":
            _read_load(draft, statement)
    draft.add_buses_of_cables()
    return draft.network()


def _sort_out(draft: Draft, statement: Statement) -> None:
    """Say of a statement that it is not understood."""
    if statement.verb in ("new", "edit"):
        if statement.kind in _PASSED_OVER or (statement.verb == "new" and statement.kind in _READ):
            return
        if statement.kind in ("circuit", "vsource"):
            return
    elif statement.verb in _STEERING or _edits_what_is_passed_over(statement):
        return
    what = (
        f"{statement.verb} {statement.kind}.{statement.name}".rstrip(". ")
        if statement.kind
        else statement.verb
    )
    draft.problems.append(
        InputProblem(
            statement.file,
            f"line {statement.line}",
            f'"{what}", which is not understood here',
            "Line, LineCode, Transformer, Load, Circuit and Vsource, and Redirect",
        )
    )


def _edits_what_is_passed_over(statement: Statement) -> bool:
    kinds = [word.lower().partition(".")[0] for word in statement.words[:1]]
    return statement.verb == "batchedit" and set(kinds) <= _PASSED_OVER


def _read_line(draft: Draft, statement: Statement, codes: Mapping[str, Statement]) -> None:
    key: Key = ("cables", len(draft.cables))
    draft.places[key] = Place(statement.file, statement.at, _FIELDS)
    named = statement.get("linecode")
    code = codes.get(named.lower()) if named else None
    if named and code is None:
        meant = suggestion(named, [known.name for known in codes.values()])
        draft.wrong(
            key, "linecode", found(named), f"{meant} (is that meant?)" if meant else "a LineCode of the file"
        )
    units = (statement.get("units") or "none").lower()
    length = draft.number(key, "length_m", statement.get("length"), 1.0)
    code_units = units if code is None else (code.get("units") or "none").lower()
    for unit in dict.fromkeys((units, code_units)):
        if unit not in (*_METRES, "none"):
            draft.wrong(key, "units", found(unit), ", ".join(_METRES))
    in_code_units = length * _METRES.get(units, 1.0) / _METRES.get(code_units, 1.0)
    if "none" in (units, code_units):
        in_code_units = length

    def value(name: str, default: str | None = None) -> float:
        field = f"{name}_ohm" if name in _IMPEDANCES else f"{name}_nf"
        own = statement.get(name)
        if own is not None:  # an impedance of the line itself is per unit of its length
            return draft.number(key, field, own) * length
        if code is not None:
            return draft.number(key, field, code.get(name) or default) * in_code_units
        if named:
            return math.nan  # said already
        return draft.number(key, field, default) * length

    if named and code is None:
        draft.cables.append(_bare_cable(statement, length))
        return
    impedances = (value("r1"), value("x1"), value("r0"), value("x0"))
    rating = statement.get("normamps") or (code.get("normamps") if code else None)
    draft.cables.append(
        Cable(
            statement.name,
            _bus(statement.get("bus1")),
            _bus(statement.get("bus2")),
            *impedances,
            length_m=length * _METRES.get(units, 1.0),
            rating_a=None if rating is None else draft.number(key, "rating_a", rating),
            phases=_phases(draft, key, statement, "bus1"),
            cable_type=named or "",
            c1_nf=value("c1", "0"),
            c0_nf=value("c0", "0"),
        )
    )


def _bare_cable(statement: Statement, length: float) -> Cable:
    """Stands for a line whose code is missing, so that what hangs on it is not called unreachable."""
    return Cable(statement.name, _bus(statement.get("bus1")), _bus(statement.get("bus2")), 1, 1, 1, 1, length)


def _read_load(draft: Draft, statement: Statement) -> None:
    key: Key = ("customers", len(draft.customers))
    draft.places[key] = Place(
        statement.file, statement.at, {"bus": "bus1", "phases": "bus1", "power_factor": "pf"}
    )
    power, reactive = statement.get("kw"), statement.get("kvar")
    if statement.get("pf") is None and power is not None and reactive is not None:
        active_kw, reactive_kvar = draft.number(key, "kW", power), draft.number(key, "kvar", reactive)
        size = math.hypot(active_kw, reactive_kvar)
        factor = abs(active_kw) / size if size else 1.0
    else:
        factor = draft.number(key, "power_factor", statement.get("pf"), 0.88)  # OpenDSS's own default
    draft.customers.append(
        Customer(statement.name, _bus(statement.get("bus1")), _phases(draft, key, statement, "bus1"), factor)
    )


def _bus(text: str | None) -> str:
    return (text or "").partition(".")[0]


def _phases(draft: Draft, key: Key, statement: Statement, bus: str) -> tuple[Phase, ...]:
    """The phases of a bus such as ``34.1``; all that there are where it names none."""
    nodes = [node for node in (statement.get(bus) or "").split(".")[1:] if node not in ("0", "4")]
    count = statement.get("phases", "nphases") or ("3" if not nodes else str(len(nodes)))
    if not nodes:
        nodes = ["1", "2", "3"][: int(count) if count in ("1", "2", "3") else 3]
    if not set(nodes) <= {"1", "2", "3"}:
        draft.wrong(
            key, "phases", found(statement.get(bus)), "nodes 1, 2, 3 for the phases, 0 or 4 for the neutral"
        )
        return PHASES
    if len(nodes) != int(count if count.isdecimal() else 0):
        draft.wrong(
            key, "phases", f"{count} phases at {found(statement.get(bus))}", "as many phases as nodes"
        )
    return tuple(PHASES[int(node) - 1] for node in nodes)
