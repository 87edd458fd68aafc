"""What feeds a network, from OpenDSS's statements: the source of the circuit, and the transformer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from mas2tering.domain.network import Source, Transformer
from mas2tering.files.network.draft import Draft, Place
from mas2tering.files.network.opendss_statements import Statement, elements, statements_of

_TRANSFORMER, _SOURCE = ("transformer", None), ("source", None)
_DEFAULT_RESISTANCE_PERCENT = "0.2"
"""Of each winding; OpenDSS's own default."""
_DEFAULT_X_PER_R = "4"
_WHOLE = {"buses": "bus", "conns": "conn", "kvs": "kv", "kvas": "kva", "%rs": "%r", "taps": "tap"}
_OF_WINDING = frozenset({*_WHOLE.values(), "%r"})


def supply_of_statements(draft: Draft, lines: Sequence[str]) -> tuple[Source | None, Transformer | None]:
    """Source and transformer of some lines of OpenDSS text."""
    statements = statements_of(lines, draft.file)
    return read_supply(draft, statements)


def read_supply(draft: Draft, statements: Sequence[Statement]) -> tuple[Source | None, Transformer | None]:
    """Source and transformer; what is wrong with them is noted in the draft.

    Without a transformer, the circuit's source feeds the cables itself.
    """
    transformers = [s for s in statements if s.verb == "new" and s.kind == "transformer"]
    for extra in transformers[1:]:
        draft.places[_TRANSFORMER] = Place(extra.file, extra.at)
        draft.wrong(_TRANSFORMER, "", "a second transformer", "one: a single low-voltage network")
    transformer = _transformer(draft, transformers[0]) if transformers else None
    circuit = [s for s in statements if s.kind in ("circuit", "vsource") and s.verb in ("new", "edit")]
    return _source(draft, circuit, transformer), transformer


@dataclass
class _Winding:
    values: dict[str, str] = field(default_factory=dict)


def _windings(statement: Statement) -> tuple[list[_Winding], dict[str, str]]:
    """The properties of each winding, and those of the transformer itself."""
    windings, common, current = [_Winding(), _Winding()], {}, 0
    for name, value in statement.properties:
        if name == "wdg":
            current = {"1": 0, "2": 1}.get(value, 2)  # whatever comes after two is one too many
            windings += [_Winding() for _ in range(current + 1 - len(windings))]
        elif name in _WHOLE:
            for k, part in enumerate(elements(value)):
                windings += [_Winding() for _ in range(k + 1 - len(windings))]
                windings[k].values[_WHOLE[name]] = part
        elif name in _OF_WINDING:
            windings[current].values[name] = value
        else:
            common[name] = value
    return windings, common


def _transformer(draft: Draft, statement: Statement) -> Transformer | None:
    draft.places[_TRANSFORMER] = Place(statement.file, statement.at)
    windings, common = _windings(statement)
    if len(windings) != 2 or common.get("windings", "2") != "2":
        draft.wrong(_TRANSFORMER, "windings", str(len(windings)), "two windings")
        return None
    high, low = (winding.values for winding in windings)
    conns = tuple(values.get("conn", "wye").lower()[:1] for values in (high, low))
    if conns[0] != "d" or conns[1] not in ("w", "y", "l"):
        draft.wrong(
            _TRANSFORMER, "conns", "/".join(c.get("conn", "wye") for c in (high, low)), "delta and wye"
        )

    def number(values: dict[str, str], name: str, default: str | None = None) -> float:
        return draft.number(_TRANSFORMER, name, values.get(name, default))

    rating_kva = number(high, "kva")
    if "%loadloss" in common:
        resistance = number(common, "%loadloss") / 100.0
    else:
        resistance = sum(number(values, "%r", _DEFAULT_RESISTANCE_PERCENT) for values in (high, low)) / 100.0
    taps = [number(values, "tap", "1") for values in (high, low)]
    return Transformer(
        statement.name,
        _bus(high.get("bus", "")),
        _bus(low.get("bus", "")),
        number(high, "kv"),
        number(low, "kv"),
        rating_kva,
        math.hypot(resistance, number(common, "xhl") / 100.0),
        resistance * rating_kva,
        number(common, "%noloadloss", "0") / 100.0 * rating_kva,
        number(common, "%imag", "0") / 100.0,
        tap=taps[0] / taps[1] - 1.0 if taps[1] else math.nan,
        clock=1,  # OpenDSS's delta-wye lags by 30 degrees
    )


def _source(draft: Draft, statements: Sequence[Statement], transformer: Transformer | None) -> Source | None:
    merged: dict[str, str] = {}
    for statement in statements:
        draft.places[_SOURCE] = Place(statement.file, statement.at)
        merged |= dict(statement.properties)
    if not statements and transformer is None:
        return None

    def number(name: str, default: str | None = None) -> float:
        return draft.number(_SOURCE, name, merged.get(name, default))

    kv_default = None if transformer is None else f"{transformer.hv_kv}"
    voltage_kv = number("basekv", kv_default) * number("pu", "1")
    default_bus = "sourcebus" if transformer is None else transformer.hv_bus
    power_mva = None
    if "mvasc3" in merged:
        power_mva = number("mvasc3")
    elif "isc3" in merged:
        power_mva = math.sqrt(3.0) * number("basekv", kv_default) * number("isc3") / 1e3
    x_per_r = number("x1r1", _DEFAULT_X_PER_R)
    return Source(
        _bus(merged["bus1"]) if "bus1" in merged else default_bus,
        voltage_kv,
        power_mva,
        1.0 / x_per_r if x_per_r else math.nan,
    )


def _bus(text: str) -> str:
    return text.partition(".")[0]
