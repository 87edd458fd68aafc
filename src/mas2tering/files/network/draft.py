"""A network while it is read: its parts, where each stood in the files, and what was wrong on the way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn, cast

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import (
    PHASES,
    Bus,
    Cable,
    Customer,
    Network,
    NetworkProblem,
    Parts,
    Phase,
    Source,
    Transformer,
    network_problems,
)
from mas2tering.files.wording import found as shown

Key = tuple[str, int | None]


@dataclass(frozen=True)
class Place:
    """Where a part stands: the file, and the line or table in it; ``fields`` names fields as the file does."""

    file: str
    at: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def problem(self, name: str, found: str, expected: str) -> InputProblem:
        """A problem of one of the part's fields."""
        name = self.fields.get(name, name)
        return InputProblem(self.file, ", ".join(filter(None, (self.at, name))), found, expected)


@dataclass
class Draft:
    """What was read so far; ``file`` names the whole in errors that are nobody's in particular."""

    file: str
    name: str
    buses: list[Bus] = field(default_factory=list)
    cables: list[Cable] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    source: Source | None = None
    transformer: Transformer | None = None
    sources: list[str] = field(default_factory=list)
    frequency_hz: float = 50.0
    problems: list[InputProblem] = field(default_factory=list)
    places: dict[Key, Place] = field(default_factory=dict)
    _said: set[tuple[str, int | None, str]] = field(default_factory=set)

    def wrong(self, key: Key, name: str, found: str, expected: str) -> None:
        """Note that a field cannot be read; what follows from that is not said again."""
        self._said.add((*key, name))
        self.problems.append(self._place(*key).problem(name, found, expected))

    def number(self, key: Key, name: str, text: object, default: float | None = None) -> float:
        """A cell as a number; the default, where there is one, for an empty cell, NaN where it is wrong."""
        if isinstance(text, str):
            text = text.strip()
        if text is None or text == "":
            if default is not None:
                return default
            self.wrong(key, name, "nothing", "a number")
            return math.nan
        try:
            value = float(str(text)) if not isinstance(text, bool) and "_" not in str(text) else math.nan
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.wrong(key, name, shown(text), "a number")
            return math.nan
        return value

    def phases(self, key: Key, text: str, name: str = "phase") -> tuple[Phase, ...]:
        """Phases such as ``A`` or ``ABC``; all three where it is wrong, which is noted."""
        letters = tuple(text.strip().upper())
        if not letters or not set(letters) <= set(PHASES) or len(set(letters)) < len(letters):
            self.wrong(key, name, shown(text), "A, B, C, or ABC")
            return PHASES
        return cast("tuple[Phase, ...]", letters)

    def add_buses_of_cables(self) -> None:
        """Every bus that a cable or the transformer names, where no list of buses says which there are."""
        ends = [bus for cable in self.cables for bus in (cable.from_bus, cable.to_bus)]
        if self.transformer is not None:
            ends += [self.transformer.hv_bus, self.transformer.lv_bus]
        if self.source is not None:
            ends.append(self.source.bus)
        known = {bus.id for bus in self.buses}
        self.buses += [Bus(bus) for bus in dict.fromkeys(ends) if bus and bus not in known]

    def network(self) -> Network:
        """The network, if all is right.

        Raises:
            InputError: with every problem of the files and of the network that they describe.
        """
        if self.source is None:
            if not self.problems:
                self.problems.append(
                    InputProblem(self.file, "", "no source", "a transformer, or a busbar that is held")
                )
            self.refuse()
        parts = Parts(self.buses, self.cables, self.customers, self.source, self.transformer)
        self.problems += [
            self._translated(problem) for problem in network_problems(parts) if not self._follows(problem)
        ]
        if self.problems:
            self.refuse()
        return Network(
            self.name,
            tuple(self.buses),
            tuple(self.cables),
            tuple(self.customers),
            self.source,
            self.transformer,
            frequency_hz=self.frequency_hz,
            sources=tuple(self.sources),
        )

    def refuse(self) -> NoReturn:
        """Go no further.

        Raises:
            InputError: with what was found so far.
        """
        raise InputError(self.problems)

    def _follows(self, problem: NetworkProblem) -> bool:
        """Whether a problem only follows from one that was said when the part was read."""
        if (problem.part, problem.index, problem.field) in self._said:
            return True
        return problem.found == "nan" and any(
            (part, index) == (problem.part, problem.index) for part, index, _ in self._said
        )

    def _place(self, part: str, index: int | None) -> Place:
        return self.places.get((part, index)) or Place(
            self.file, part if index is None else f"{part}[{index}]"
        )

    def _translated(self, problem: NetworkProblem) -> InputProblem:
        place = self.places.get((problem.part, problem.index))
        if place is None:
            path = "" if problem.part == "network" else problem.path
            return InputProblem(self.file, path, problem.found, problem.expected)
        return place.problem(problem.field, problem.found, problem.expected)
