"""Attributes told so coarsely that each home shares its own with k homes, among which l bands of consumption.

Full-domain generalisation (Samarati 2001, doi 10.1109/69.971193) with homes left out of it where a few stand apart: one
level for each attribute, the same for all homes, chosen among all combinations of levels as the one that loses least;
homes whose class is too small say nothing of themselves, and are a class of their own that is large enough. l-diversity
is the distinct one (Machanavajjhala et al. 2007, doi 10.1145/1217299.1217302).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mas2tering.history.anonymise.attributes import ANY, HouseholdAttributes

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Generalised:
    """Attributes as they may be told.

    Attributes:
        values: by attribute, a text for each home.
        levels: by attribute, how far it was generalised.
        hidden: homes of which nothing is told at all.
        k: size of the smallest class of homes that share all values.
        diversity: distinct sensitive values in the class that has fewest.
        loss: how much is lost, from 0 (nothing) to 1 (all): the mean over homes and attributes of the share of other
            homes' values that a home's told value no longer sets apart (Iyengar 2002, doi 10.1145/775047.775089).
    """

    values: dict[str, tuple[str, ...]]
    levels: dict[str, int]
    hidden: int
    k: int
    diversity: int
    loss: float


class TooFewHomesError(ValueError):
    """Even all homes together are not k, or do not hold l sensitive values."""


def generalise(attributes: HouseholdAttributes, sensitive: IntArray, k: int, diversity: int) -> Generalised:
    """The combination of levels that loses least and holds k and l.

    Args:
        attributes: of the homes.
        sensitive: what a class must not give away, shape (homes,).
        k: homes in each class, at the least.
        diversity: distinct sensitive values in each class, at the least.

    Raises:
        TooFewHomesError: no generalisation can do that.
    """
    homes = len(sensitive)
    if homes < k or len(np.unique(sensitive)) < diversity:
        raise TooFewHomesError(
            f"{homes} homes with {len(np.unique(sensitive))} sensitive values cannot hold k = {k} and l = {diversity}"
        )
    hierarchies = attributes.hierarchies
    coded = [
        [
            _coded([hierarchy.at(v, level) for v in attributes.values[hierarchy.name]])
            for level in range(hierarchy.levels)
        ]
        for hierarchy in hierarchies
    ]
    lost = [[_lost(codes, values[0]) for codes in values] for values in coded]
    best, chosen = np.inf, None
    for levels, loss in _by_loss(lost, homes):
        if loss >= best:
            break  # what is hidden can only add to it
        classes = _classes([coded[at][level] for at, level in enumerate(levels)], homes)
        hidden = hidden_homes(classes, sensitive, k, diversity)
        each = sum(
            (np.where(hidden, 1.0, lost[at][level]) for at, level in enumerate(levels)), np.zeros(homes)
        )
        if each.mean() < best:
            best, chosen = float(each.mean()), (levels, hidden)
    assert chosen is not None, "the top of the lattice holds whatever all homes together hold"
    levels, hidden = chosen
    told = {
        hierarchy.name: tuple(
            ANY if hide else hierarchy.at(value, level)
            for value, hide in zip(attributes.values[hierarchy.name], hidden, strict=True)
        )
        for hierarchy, level in zip(hierarchies, levels, strict=True)
    }
    reached = reached_k_l(told, sensitive)
    named = {hierarchy.name: level for hierarchy, level in zip(hierarchies, levels, strict=True)}
    return Generalised(told, named, int(hidden.sum()), *reached, best / max(len(hierarchies), 1))


def reached_k_l(values: dict[str, tuple[str, ...]], sensitive: IntArray) -> tuple[int, int]:
    """The k and the l that told values hold."""
    classes = _classes([_coded(column) for column in values.values()], len(sensitive))
    sizes, kinds = _sizes_and_kinds(classes, sensitive)
    return int(sizes.min()), int(kinds.min())


def class_sizes(attributes: HouseholdAttributes | Generalised, homes: int) -> IntArray:
    """How many homes share all values of each home, itself counted, shape (homes,)."""
    classes = _classes([_coded(list(column)) for column in attributes.values.values()], homes)
    return np.asarray(np.bincount(classes)[classes], dtype=np.int64)


def hidden_homes(classes: IntArray, sensitive: IntArray, k: int, diversity: int) -> NDArray[np.bool_]:
    """Which homes have to be hidden so that every class, and the hidden homes together, hold k and l; shape (homes,).

    Args:
        classes: number of each home's class, from 0 up without a gap.
        sensitive: what a class must not give away.
        k: homes in each class.
        diversity: distinct sensitive values in each class.
    """
    sizes, kinds = _sizes_and_kinds(classes, sensitive)
    hide = (sizes < k) | (kinds < diversity)
    # The smallest classes first, until the hidden ones are themselves a class that holds.
    for number in np.argsort(sizes, kind="stable"):
        out = hide[classes]
        if not out.any() or (out.sum() >= k and len(np.unique(sensitive[out])) >= diversity):
            return np.asarray(out, dtype=np.bool_)
        hide[number] = True
    return np.ones(len(classes), dtype=np.bool_)


def _by_loss(lost: list[list[NDArray[np.float64]]], homes: int) -> Iterator[tuple[tuple[int, ...], float]]:
    """All combinations of levels, those that lose least first, with what they lose without hiding anybody."""
    means = [[float(loss.mean()) for loss in values] for values in lost]
    nodes = list(product(*(range(len(values)) for values in means)))
    losses = [sum(means[at][level] for at, level in enumerate(node)) for node in nodes]
    for place in np.argsort(losses, kind="stable"):
        yield nodes[place], losses[place]


def _coded(column: list[str] | tuple[str, ...]) -> IntArray:
    return np.asarray(
        np.unique(np.array(column, dtype=object).astype(str), return_inverse=True)[1], dtype=np.int64
    )


def _lost(codes: IntArray, exact: IntArray) -> NDArray[np.float64]:
    """For each home, the share of homes with another value that now have the same one as it."""
    same_now, same_before = np.bincount(codes)[codes], np.bincount(exact)[exact]
    return np.asarray((same_now - same_before) / np.maximum(len(codes) - same_before, 1), dtype=np.float64)


def _classes(columns: list[IntArray], homes: int) -> IntArray:
    classes = np.zeros(homes, dtype=np.int64)
    for codes in columns:
        classes = np.unique(classes * (int(codes.max()) + 1) + codes, return_inverse=True)[1]
    return np.asarray(classes, dtype=np.int64)


def _sizes_and_kinds(classes: IntArray, sensitive: IntArray) -> tuple[IntArray, IntArray]:
    pairs = np.unique(np.stack([classes, sensitive], axis=1), axis=0)
    return np.bincount(classes), np.bincount(pairs[:, 0])
