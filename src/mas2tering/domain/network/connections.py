"""Which customer of a network each home is."""

from collections.abc import Sequence
from dataclasses import dataclass

from mas2tering.domain.network.network import Network


@dataclass(frozen=True)
class Unconnected:
    """A home (its number, None where it is about all of them) that is no customer, or another's: what was found and expected."""

    home: int | None
    found: str
    expected: str


def connections(
    homes: Sequence[tuple[str, str | None]], network: Network
) -> tuple[tuple[int, ...], tuple[Unconnected, ...]]:
    """The customer that each home (id, and customer that it names) is, by its number, and what is wrong with that.

    Homes are customers by the name that they give; where none gives one, in order. The numbers are right only where
    nothing is wrong.
    """
    if not any(name for _, name in homes):
        if len(homes) > len(network.customers):
            expected = f"at most the {len(network.customers)} customers of the network {network.name}"
            return (), (Unconnected(None, f"{len(homes)} homes", expected),)
        return tuple(range(len(homes))), ()
    place = {customer.id: k for k, customer in enumerate(network.customers)}
    taken: dict[str, str] = {}
    wrong = []
    for k, (home, name) in enumerate(homes):
        if name is None or name not in place:
            found = "nothing" if name is None else f"{name!r}"
            expected = f"a customer of the network {network.name}, such as {network.customers[0].id}"
            wrong.append(Unconnected(k, found, expected))
        elif name in taken:
            wrong.append(Unconnected(k, f"{name!r}, as {taken[name]} has", "a customer of its own"))
        else:
            taken[name] = home
    return tuple(place.get(name or "", 0) for _, name in homes), tuple(wrong)
