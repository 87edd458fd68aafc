"""What is wrong with the parts of a network: everything at once, each with the part and the field."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mas2tering.domain.network.parts import PHASES, Bus, Cable, Customer, Source, Transformer
from mas2tering.domain.network.topology import Tree, tree_of

Part = Literal["buses", "cables", "customers", "transformer", "source", "network"]
_NAMED = 6


@dataclass(frozen=True)
class NetworkProblem:
    """One thing that is wrong: in which part (``index`` counts from 0 in lists), field, what and what else."""

    part: Part
    index: int | None
    name: str
    field: str
    found: str
    expected: str

    @property
    def path(self) -> str:
        """``cables[3] (F1_LINE4).r1_ohm``."""
        place = self.part if self.index is None else f"{self.part}[{self.index}]"
        return place + (f" ({self.name})" if self.name else "") + (f".{self.field}" if self.field else "")

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}; expected {self.expected}"


class NetworkError(ValueError):
    """The parts make no network that can be computed; holds every problem."""

    def __init__(self, problems: Sequence[NetworkProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Parts:
    """Buses, cables and the rest, before anybody has looked at whether they fit together."""

    buses: Sequence[Bus]
    cables: Sequence[Cable]
    customers: Sequence[Customer]
    source: Source
    transformer: Transformer | None

    @property
    def low_voltage_bus(self) -> str:
        """Where the cables begin: the transformer's low-voltage side, or the source."""
        return self.source.bus if self.transformer is None else self.transformer.lv_bus


def network_problems(parts: Parts) -> list[NetworkProblem]:
    """Everything that is wrong."""
    bus_at = {bus.id: k for k, bus in enumerate(parts.buses)}
    problems = [
        *_names(parts),
        *_references(parts, bus_at),
        *(problem for k, cable in enumerate(parts.cables) for problem in _cable(k, cable)),
        *(problem for k, customer in enumerate(parts.customers) for problem in _customer(k, customer)),
        *_transformer(parts.transformer),
        *_source(parts.source),
    ]
    if parts.low_voltage_bus in bus_at:
        tree = tree_of(bus_at, parts.cables, parts.low_voltage_bus)
        problems += [*_loops(parts, tree), *_unreached(parts, bus_at, tree), *_phases(parts, bus_at, tree)]
    return problems


def _names(parts: Parts) -> Iterator[NetworkProblem]:
    """Ids that are used twice, and lists without an entry."""
    lists: dict[Part, Sequence[Bus | Cable | Customer]] = {
        "buses": parts.buses,
        "cables": parts.cables,
        "customers": parts.customers,
    }
    for part, entries in lists.items():
        first: dict[str, int] = {}
        for k, entry in enumerate(entries):
            if entry.id in first:
                yield NetworkProblem(
                    part, k, entry.id, "id", f"the id of {part}[{first[entry.id]}]", "ids that differ"
                )
            if not entry.id.strip():
                yield NetworkProblem(part, k, entry.id, "id", "nothing", "an id")
            first.setdefault(entry.id, k)
        if not entries:
            yield NetworkProblem(part, None, "", "", "none", "at least one")


def _references(parts: Parts, bus_at: Mapping[str, int]) -> Iterator[NetworkProblem]:
    def at(part: Part, index: int | None, name: str, field: str, bus: str) -> Iterator[NetworkProblem]:
        if bus not in bus_at:
            yield NetworkProblem(
                part, index, name, field, f'"{bus}", which is no bus', "a bus of the network"
            )

    for k, cable in enumerate(parts.cables):
        yield from at("cables", k, cable.id, "from_bus", cable.from_bus)
        yield from at("cables", k, cable.id, "to_bus", cable.to_bus)
    for k, customer in enumerate(parts.customers):
        yield from at("customers", k, customer.id, "bus", customer.bus)
    yield from at("source", None, "", "bus", parts.source.bus)
    if (transformer := parts.transformer) is not None:
        yield from at("transformer", None, transformer.id, "hv_bus", transformer.hv_bus)
        yield from at("transformer", None, transformer.id, "lv_bus", transformer.lv_bus)
        if transformer.hv_bus != parts.source.bus and transformer.hv_bus in bus_at:
            yield NetworkProblem(
                "transformer",
                None,
                transformer.id,
                "hv_bus",
                f'"{transformer.hv_bus}"',
                f'the bus of the source, "{parts.source.bus}"',
            )
        if transformer.hv_bus == transformer.lv_bus:
            yield NetworkProblem(
                "transformer", None, transformer.id, "lv_bus", "the bus of the other side", "another bus"
            )


def _cable(k: int, cable: Cable) -> Iterator[NetworkProblem]:
    def wrong(field: str, found: str, expected: str) -> NetworkProblem:
        return NetworkProblem("cables", k, cable.id, field, found, expected)

    values = {
        "r1_ohm": cable.r1_ohm,
        "x1_ohm": cable.x1_ohm,
        "r0_ohm": cable.r0_ohm,
        "x0_ohm": cable.x0_ohm,
        "length_m": cable.length_m,
        "c1_nf": cable.c1_nf,
        "c0_nf": cable.c0_nf,
    }
    good = True
    for field, value in values.items():
        if not math.isfinite(value) or value < 0:
            good = False
            yield wrong(field, f"{value:g}", "a number of 0 or more")
    for which, r, x in (
        ("1", cable.r1_ohm, cable.x1_ohm),
        ("0", cable.r0_ohm, cable.x0_ohm),
    ):
        if good and r + x < 1e-9:
            yield wrong(
                f"r{which}_ohm", f"r{which} and x{which} of {r:g} and {x:g} ohm", "an impedance above zero"
            )
    if cable.rating_a is not None and not (math.isfinite(cable.rating_a) and cable.rating_a > 0):
        yield wrong("rating_a", f"{cable.rating_a:g}", "amperes above 0, or none where it is not known")
    if cable.from_bus == cable.to_bus:
        yield wrong("to_bus", "the bus at which it begins", "another bus")
    if not _are_phases(cable.phases):
        yield wrong("phases", "".join(cable.phases) or "none", "one or more of A, B, C, each once")


def _customer(k: int, customer: Customer) -> Iterator[NetworkProblem]:
    if not _are_phases(customer.phases):
        yield NetworkProblem(
            "customers",
            k,
            customer.id,
            "phases",
            "".join(customer.phases) or "none",
            "one of A, B, C, or ABC",
        )
    elif len(customer.phases) == 2:
        yield NetworkProblem(
            "customers", k, customer.id, "phases", "".join(customer.phases), "one phase or three"
        )
    if not 0 < customer.power_factor <= 1:
        yield NetworkProblem(
            "customers",
            k,
            customer.id,
            "power_factor",
            f"{customer.power_factor:g}",
            "a number above 0, up to 1",
        )


def _are_phases(phases: Sequence[str]) -> bool:
    return bool(phases) and set(phases) <= set(PHASES) and len(set(phases)) == len(phases)


def _transformer(transformer: Transformer | None) -> Iterator[NetworkProblem]:
    if transformer is None:
        return

    def wrong(field: str, value: float, expected: str) -> NetworkProblem:
        return NetworkProblem("transformer", None, transformer.id, field, f"{value:g}", expected)

    for field in ("hv_kv", "lv_kv", "rating_kva"):
        value = getattr(transformer, field)
        if not (math.isfinite(value) and value > 0):
            yield wrong(field, value, "a number above 0")
    if not 0 < transformer.impedance < 0.5:
        yield wrong(
            "impedance", transformer.impedance, "a fraction of the rating, above 0 (4.75 % is 0.0475)"
        )
    for field in ("load_loss_kw", "no_load_loss_kw", "no_load_current"):
        value = getattr(transformer, field)
        if not (math.isfinite(value) and value >= 0):
            yield wrong(field, value, "a number of 0 or more")
    if transformer.load_loss_kw > transformer.impedance * transformer.rating_kva > 0:
        yield wrong(
            "load_loss_kw",
            transformer.load_loss_kw,
            f"no more than its impedance allows, {transformer.impedance * transformer.rating_kva:g} kW",
        )
    if transformer.no_load_loss_kw > 0.2 * transformer.rating_kva > 0:
        yield wrong("no_load_loss_kw", transformer.no_load_loss_kw, "a fraction of the rating")
    if not -0.3 < transformer.tap < 0.3:
        yield wrong("tap", transformer.tap, "a fraction between -0.3 and 0.3 (2.5 % is 0.025)")
    if transformer.clock not in (1, 3, 5, 7, 9, 11):
        yield wrong(
            "clock", transformer.clock, "an odd hour, as a delta-wye transformer has: 1, 3, 5, 7, 9 or 11"
        )


def _source(source: Source) -> Iterator[NetworkProblem]:
    if not (math.isfinite(source.voltage_kv) and source.voltage_kv > 0):
        yield NetworkProblem("source", None, "", "voltage_kv", f"{source.voltage_kv:g}", "a number above 0")
    power = source.short_circuit_mva
    if power is not None and not (math.isfinite(power) and power > 0):
        yield NetworkProblem("source", None, "", "short_circuit_mva", f"{power:g}", "a number above 0")
    if not (math.isfinite(source.r_per_x) and source.r_per_x >= 0):
        yield NetworkProblem("source", None, "", "r_per_x", f"{source.r_per_x:g}", "a number of 0 or more")


def _loops(parts: Parts, tree: Tree) -> Iterator[NetworkProblem]:
    for k in tree.closing:
        cable = parts.cables[k]
        if cable.from_bus != cable.to_bus:
            yield NetworkProblem(
                "cables",
                k,
                cable.id,
                "",
                f"a loop that closes between {cable.from_bus} and {cable.to_bus}",
                "a radial network: one way from the substation to each bus",
            )


def _unreached(parts: Parts, bus_at: Mapping[str, int], tree: Tree) -> Iterator[NetworkProblem]:
    reached = set(tree.order.tolist())
    if parts.transformer is not None and parts.transformer.hv_bus in bus_at:
        reached.add(bus_at[parts.transformer.hv_bus])
    islands = [bus.id for k, bus in enumerate(parts.buses) if k not in reached]
    if islands:
        more = f" and {len(islands) - _NAMED} more" if len(islands) > _NAMED else ""
        yield NetworkProblem(
            "network",
            None,
            "",
            "",
            f"no way from {parts.low_voltage_bus} to {', '.join(islands[:_NAMED])}{more}",
            "a connected network",
        )


def _phases(parts: Parts, bus_at: Mapping[str, int], tree: Tree) -> Iterator[NetworkProblem]:
    """Customers on a phase that a cable on their way from the substation does not have."""
    lacks: dict[int, dict[str, int]] = {int(tree.order[0]): {}}
    for bus in tree.order[1:]:
        cable = int(tree.feeding_cable[bus])
        inherited = lacks[int(tree.upstream[bus])]
        missing = {phase: cable for phase in PHASES if phase not in parts.cables[cable].phases}
        lacks[int(bus)] = missing | inherited if missing else inherited
    for k, customer in enumerate(parts.customers):
        for phase in customer.phases:
            cable_at = lacks.get(bus_at.get(customer.bus, -1), {}).get(phase)
            if cable_at is not None:
                cable_there = parts.cables[cable_at]
                yield NetworkProblem(
                    "customers",
                    k,
                    customer.id,
                    "phases",
                    f"phase {phase}, which cable {cable_there.id} on its way lacks",
                    f"a phase of that cable: {', '.join(cable_there.phases)}",
                )
