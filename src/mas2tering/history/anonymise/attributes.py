"""What is known of a household that could give it away, and how each of these things is told less precisely."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

ANY = "any"
"""What is said of an attribute where nothing may be said."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Hierarchy:
    """An attribute and its steps from the value as it is to nothing at all; level 0 is the value, the last is ``ANY``.

    Attributes:
        name: of the attribute.
        expected: what its values look like, in the user's words.
        reads: whether a text is such a value.
        steps: from a value to a coarser one, one for each level between the first and the last.
    """

    name: str
    expected: str
    reads: Callable[[str], bool]
    steps: tuple[Callable[[str], str], ...]

    @property
    def levels(self) -> int:
        """How many levels there are."""
        return len(self.steps) + 2

    def at(self, value: str, level: int) -> str:
        """A value at a level."""
        if level == 0:
            return value
        if level > len(self.steps):
            return ANY
        return UNKNOWN if value == UNKNOWN else self.steps[level - 1](value)


def _number(text: str) -> bool:
    return re.fullmatch(r"\d{1,5}(\.\d+)?", text) is not None


def _whole(text: str) -> bool:
    return re.fullmatch(r"\d{1,2}", text) is not None


def _text(text: str) -> bool:
    return 0 < len(text) <= 60


def _band(width: int, end: int) -> Callable[[str], str]:
    def banded(value: str) -> str:
        below = int(float(value)) // width * width
        return f"{end}+" if below >= end else f"{below}-{below + width}"

    return banded


def _occupants(value: str) -> str:
    people = int(value)
    return str(people) if people < 3 else "3-4" if people < 5 else "5+"


def _heating(value: str) -> str:
    """Heat from electricity is what shows in a load."""
    words = value.casefold()
    return "electric" if any(word in words for word in ("electr", "heat pump", "storage heater")) else "other"


HIERARCHIES: tuple[Hierarchy, ...] = (
    Hierarchy(
        "postcode",
        "a postcode, such as CF24 3AA or 1050",
        lambda text: 2 <= len(text) <= 10 and text.replace(" ", "").replace("-", "").isalnum(),
        # The outward part or the place, then the region: the first two characters.
        (lambda value: re.split(r"[ -]", value)[0][:4], lambda value: value[:2]),
    ),
    Hierarchy(
        "dwelling_m2", "an area in m², such as 95", _number, (_band(25, 200), _band(50, 200), _band(100, 200))
    ),
    Hierarchy(
        "occupants",
        "a number of people, such as 3",
        _whole,
        (_occupants, lambda value: "1-2" if int(value) < 3 else "3+"),
    ),
    Hierarchy("heating", "a kind of heating, such as gas or heat pump", _text, (_heating,)),
    Hierarchy("dwelling_type", "a kind of dwelling, such as flat", _text, ()),
    Hierarchy("tariff_band", "a name, such as two_rate", _text, ()),
)
"""Every attribute that is kept. Whatever else is known of a household (name, meter number, address) never is."""


@dataclass(frozen=True)
class HouseholdAttributes:
    """Values by attribute, each with one text a home, ``UNKNOWN`` where it is not known.

    Raises:
        ValueError: an attribute has no hierarchy, or another number of values than the first.
    """

    values: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        known = {hierarchy.name for hierarchy in HIERARCHIES}
        if unknown := set(self.values) - known:
            raise ValueError(f"no hierarchy for {', '.join(sorted(unknown))}")
        if len({len(column) for column in self.values.values()}) > 1:
            raise ValueError("attributes of different numbers of homes")

    @property
    def hierarchies(self) -> tuple[Hierarchy, ...]:
        """Those of the attributes that there are, in their order."""
        return tuple(hierarchy for hierarchy in HIERARCHIES if hierarchy.name in self.values)
