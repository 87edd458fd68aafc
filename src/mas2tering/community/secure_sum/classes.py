"""Classes of suppliers that are too small to be summed alone are merged: a sum over few is no secret."""

from collections.abc import Mapping
from dataclasses import dataclass

FEWEST = 5


class TooFewError(ValueError):
    """All members together are too few for a sum that hides anybody, in words."""


@dataclass(frozen=True)
class MergedClasses:
    """Which classes are summed together, and why, in words.

    ``groups`` maps a group's name to the names of its classes; every class is in one group.
    """

    groups: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]


def merge_small_classes(members: Mapping[str, int], fewest: int = FEWEST) -> MergedClasses:
    """Merge classes with fewer than ``fewest`` members until no group is smaller.

    ``members`` counts the members of each class. The smallest group joins the next smallest, ties by name: that touches
    the fewest members, and does not depend on the order of the classes.

    Raises:
        TooFewError: if all classes together have fewer members.
    """
    sizes: dict[tuple[str, ...], int] = {(name,): count for name, count in members.items() if count > 0}
    total = sum(sizes.values())
    if total < fewest:
        raise TooFewError(
            f"found {total} members; expected at least {fewest}: a sum over fewer would show too much of each"
        )
    words = []
    while True:
        order = sorted(sizes, key=lambda group: (sizes[group], group))
        smallest = order[0]
        if sizes[smallest] >= fewest:
            break
        other = order[1]
        words.append(
            f"{_named(smallest)} has {_counted(sizes[smallest])}, fewer than the {fewest} that a sum must cover; "
            f"it is summed together with {_named(other)} ({_counted(sizes[other])})"
        )
        merged = tuple(sorted(smallest + other))
        sizes[merged] = sizes.pop(smallest) + sizes.pop(other)
    return MergedClasses({" + ".join(group): group for group in sorted(sizes)}, tuple(words))


def _named(group: tuple[str, ...]) -> str:
    return " + ".join(group)


def _counted(count: int) -> str:
    return f"{count} member" if count == 1 else f"{count} members"
