"""A low-voltage network that is known to be right."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from mas2tering.domain.network.checking import NetworkError, Parts, network_problems
from mas2tering.domain.network.limits import UK_STATUTORY, VoltageLimits
from mas2tering.domain.network.parts import Bus, Cable, Customer, Source, Terminal, Transformer
from mas2tering.domain.network.topology import Tree, tree_of


@dataclass(frozen=True)
class Network:
    """A radial low-voltage network behind one transformer, or fed from a busbar whose voltage is held.

    Raises:
        NetworkError: its parts do not make one: not radial, not connected, an impedance of zero, a customer on
            no bus or on a phase that its cable lacks, and so on; with every problem.
    """

    name: str
    buses: tuple[Bus, ...]
    cables: tuple[Cable, ...]
    customers: tuple[Customer, ...]
    source: Source
    transformer: Transformer | None = None
    voltage_limits: VoltageLimits = UK_STATUTORY
    frequency_hz: float = 50.0
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        problems = network_problems(self._parts)
        if problems:
            raise NetworkError(problems)

    @property
    def _parts(self) -> Parts:
        return Parts(self.buses, self.cables, self.customers, self.source, self.transformer)

    @property
    def low_voltage_bus(self) -> str:
        """Where the cables begin."""
        return self._parts.low_voltage_bus

    @cached_property
    def bus_at(self) -> dict[str, int]:
        """The number of each bus, from 0."""
        return {bus.id: k for k, bus in enumerate(self.buses)}

    @cached_property
    def tree(self) -> Tree:
        """From which cable each bus is fed."""
        return tree_of(self.bus_at, self.cables, self.low_voltage_bus)

    @cached_property
    def terminals(self) -> tuple[Terminal, ...]:
        """Every phase of every customer, in the order of customers: the rows of voltages."""
        return tuple(
            Terminal(k, phase) for k, customer in enumerate(self.customers) for phase in customer.phases
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What stands in for what nobody knows, in sentences for a report."""
        said = []
        assumed = sum(cable.rating_assumed for cable in self.cables)
        unknown = sum(cable.rating_a is None for cable in self.cables)
        if assumed:
            said.append(f"The ratings of {assumed} of {len(self.cables)} cables are assumed.")
        if unknown:
            said.append(
                f"{unknown} of {len(self.cables)} cables have no rating: their loading is not judged."
            )
        if self.transformer is not None and self.transformer.assumed:
            said.append(f"The figures of the transformer ({self.transformer.rating_kva:g} kVA) are assumed.")
        return tuple(said)

    def behind(self, transformer: Transformer, source: Source) -> "Network":
        """The same cables and customers behind another transformer, fed from another source."""
        bare = self.held_at_busbar(1.0)
        buses = bare.buses if source.bus in bare.bus_at else (*bare.buses, Bus(source.bus))
        return replace(bare, buses=buses, source=source, transformer=transformer)

    def held_at_busbar(self, voltage_kv: float) -> "Network":
        """The same cables and customers without transformer, fed from a busbar held at a voltage (kV between
        lines)."""
        hv_bus = None if self.transformer is None else self.transformer.hv_bus
        return replace(
            self,
            buses=tuple(bus for bus in self.buses if bus.id != hv_bus),
            source=Source(self.low_voltage_bus, voltage_kv),
            transformer=None,
        )

    def with_ratings(self, ratings_a: Sequence[float | None]) -> "Network":
        """The same network with other ratings, one for each cable, marked as assumed."""
        cables = tuple(
            replace(cable, rating_a=rating, rating_assumed=rating is not None)
            for cable, rating in zip(self.cables, ratings_a, strict=True)
        )
        return replace(self, cables=cables)
