"""Micro-aggregation: each home is told as the mean of a group of k homes or more that are like it."""

from dataclasses import dataclass

import numpy as np

from mas2tering.history.anonymise.generalise import IntArray, TooFewHomesError
from mas2tering.history.anonymise.panel import FloatArray, HomePanel, typical_days

_MOST_EXCHANGED = 1000
"""Homes up to which groups are mended by exchanges, whose time grows with the square of their number."""


@dataclass(frozen=True)
class Groups:
    """Which group each home is in (``of_home``, shape (homes,)), and the k and l that groups hold."""

    of_home: IntArray
    k: int
    diversity: int

    @property
    def sizes(self) -> IntArray:
        """Homes of each group, shape (groups,)."""
        return np.bincount(self.of_home)


def grouped(panel: HomePanel, sensitive: IntArray, k: int, diversity: int) -> Groups:
    """Groups of k homes or more whose typical days are alike, each with l sensitive values or more.

    Groups with fewer sensitive values exchange homes with others; where that does not help they are joined with the group
    nearest to them.

    Raises:
        TooFewHomesError: all homes together are not k, or do not hold l sensitive values.
    """
    homes = len(panel.homes)
    if homes < k or len(np.unique(sensitive)) < diversity:
        raise TooFewHomesError(
            f"{homes} homes with {len(np.unique(sensitive))} sensitive values cannot hold k = {k} and l = {diversity}"
        )
    features = typical_days(panel.load_kw, panel.weekdays).reshape(homes, -1)
    of_home = mdav(features, k)
    if homes <= _MOST_EXCHANGED:
        of_home = spread_out(features, of_home, sensitive, diversity)
        of_home = exchanged(features, of_home, sensitive, diversity)
    of_home = _joined(features, of_home, sensitive, diversity)
    kinds = [len(np.unique(sensitive[of_home == group])) for group in range(int(of_home.max()) + 1)]
    return Groups(of_home, int(np.bincount(of_home).min()), min(kinds))


def mdav(features: FloatArray, k: int) -> IntArray:
    """Groups of k to 2k - 1 rows that lie near each other, shape (rows,): the maximum distance to average vector
    heuristic (Domingo-Ferrer & Torra 2005, doi 10.1007/s10618-005-0007-5).

    The same rows in the same order give the same groups.
    """
    left = np.arange(len(features))
    group_of = np.zeros(len(features), dtype=np.int64)
    group = 0

    def take_around(point: FloatArray) -> None:
        nonlocal left, group
        order = np.argsort(_squared(features[left], point), kind="stable")
        group_of[left[order[:k]]] = group
        left = left[np.sort(order[k:])]
        group += 1

    while len(left) >= 2 * k:
        farthest = features[left[np.argmax(_squared(features[left], features[left].mean(axis=0)))]]
        more = len(left) >= 3 * k
        take_around(farthest)
        if more:
            take_around(features[left[np.argmax(_squared(features[left], farthest))]])
    group_of[left] = group
    return group_of


def exchanged(
    features: FloatArray, of_home: IntArray, sensitive: IntArray, diversity: int, most: int = 20
) -> IntArray:
    """The same groups after homes of two groups changed places wherever that brings groups nearer together.

    Sizes stay. A group that held ``l`` sensitive values goes on to. ``most`` is how many times all homes are gone through.
    """
    of_home = of_home.copy()
    sizes = np.bincount(of_home)
    sums = np.stack([features[of_home == group].sum(axis=0) for group in range(len(sizes))])
    for _ in range(most):
        moved = False
        for home in range(len(features)):
            own = int(of_home[home])
            gain = _gains(features, of_home, sums, home)
            partner = int(np.argmax(gain))
            if gain[partner] <= 1e-9 * (1.0 + (sums[own] ** 2).sum() / sizes[own]):
                continue
            swapped = of_home.copy()
            swapped[home], swapped[partner] = of_home[partner], own
            if _worse_spread(of_home, swapped, sensitive, diversity, (own, int(of_home[partner]))):
                continue
            step = features[partner] - features[home]
            sums[own] += step
            sums[of_home[partner]] -= step
            of_home, moved = swapped, True
        if not moved:
            break
    return of_home


def spread_out(features: FloatArray, of_home: IntArray, sensitive: IntArray, diversity: int) -> IntArray:
    """The same groups after those with fewer than ``diversity`` sensitive values have exchanged homes for others with a value
    that they lack, at the least cost in distance, as far as other groups keep theirs. Sizes stay."""
    of_home = of_home.copy()
    values = np.unique(sensitive, return_inverse=True)[1]
    counts = np.zeros((int(of_home.max()) + 1, int(values.max()) + 1), dtype=np.int64)
    np.add.at(counts, (of_home, values), 1)
    for group in range(len(counts)):
        while (counts[group] > 0).sum() < diversity:
            sums = np.stack([features[of_home == each].sum(axis=0) for each in range(len(counts))])
            kinds = (counts > 0).sum(axis=1)[of_home]
            best, pair = -np.inf, None
            for home in np.flatnonzero((of_home == group) & (counts[group, values] > 1)):
                after = kinds - (counts[of_home, values] == 1) + (counts[of_home, values[home]] == 0)
                allowed = (counts[group, values] == 0) & (after >= np.minimum(kinds, diversity))
                gain = np.where(allowed, _gains(features, of_home, sums, int(home)), -np.inf)
                if gain.max() > best:
                    best, pair = float(gain.max()), (int(home), int(np.argmax(gain)))
            if pair is None:
                break  # joining is left
            mine, partner = pair
            other = of_home[partner]
            for place, value, by in (
                (group, mine, -1), (group, partner, 1), (other, partner, -1), (other, mine, 1)
            ):  # fmt: skip
                counts[place, values[value]] += by
            of_home[mine], of_home[partner] = other, group
    return of_home


def group_means(load_kw: FloatArray, groups: Groups, k: int) -> FloatArray:
    """The mean load of each group, shape (groups, days, steps); a gap wherever fewer than k of its homes are known."""
    means = np.full((len(groups.sizes), *load_kw.shape[1:]), np.nan)
    for group in range(len(groups.sizes)):
        members = load_kw[groups.of_home == group]
        known = np.isfinite(members)
        count = known.sum(axis=0)
        total = np.where(known, members, 0.0).sum(axis=0)
        means[group] = np.where(count >= k, total / np.maximum(count, 1), np.nan)
    return means


def _gains(features: FloatArray, of_home: IntArray, sums: FloatArray, home: int) -> FloatArray:
    """By how much squared distances within groups fall if a home changes places with each other one, shape (homes,); zero
    for those of its own group. ``sums`` of each group, shape (groups, features)."""
    own, sizes = int(of_home[home]), np.bincount(of_home)
    # They fall by what the squared lengths of sums, over sizes, rise.
    step = features - features[home]
    before = (sums**2).sum(axis=1) / sizes
    own_after = ((sums[own] + step) ** 2).sum(axis=1) / sizes[own]
    other_after = ((sums[of_home] - step) ** 2).sum(axis=1) / sizes[of_home]
    gain = own_after + other_after - before[own] - before[of_home]
    return np.where(of_home == own, 0.0, gain)


def _worse_spread(
    before: IntArray,
    after: IntArray,
    sensitive: IntArray,
    diversity: int,
    touched: tuple[int, int],
) -> bool:
    return any(
        len(np.unique(sensitive[after == group])) < min(diversity, len(np.unique(sensitive[before == group])))
        for group in touched
    )


def _joined(features: FloatArray, of_home: IntArray, sensitive: IntArray, diversity: int) -> IntArray:
    while True:
        numbers = np.unique(of_home)
        poor = [group for group in numbers if len(np.unique(sensitive[of_home == group])) < diversity]
        if not poor:
            return np.asarray(np.searchsorted(numbers, of_home), dtype=np.int64)
        centres = np.stack([features[of_home == group].mean(axis=0) for group in numbers])
        distance = _squared(centres, centres[np.searchsorted(numbers, poor[0])])
        distance[numbers == poor[0]] = np.inf
        # Joined with a group of the same single value nothing is won, but the next round goes on.
        of_home = np.where(of_home == poor[0], numbers[np.argmin(distance)], of_home)


def _squared(rows: FloatArray, point: FloatArray) -> FloatArray:
    return np.asarray(((rows - point) ** 2).sum(axis=1), dtype=np.float64)
