"""A chain of programmes' exact answer to prices: every start of every link tried, from the last link back."""

from numba import njit


@njit(cache=True)
def answer_chain(
    price,
    hours,
    first,
    last,
    start_begin,
    starts,
    start_cost,
    best,
    profile_begin,
    profiles,
    skip_cost,
    wait,
    chosen,
):  # type: ignore[no-untyped-def]
    """Cheapest starts of the links ``first`` to ``last`` - 1: writes ``chosen`` (index of the start, -1 if
    left out), returns the cost.

    Links are described by pools: starts of link i stand at ``start_begin[i]:start_begin[i + 1]`` of
    ``starts`` and ``start_cost``, its power at ``profile_begin[i]:profile_begin[i + 1]`` of ``profiles``.
    ``skip_cost`` is infinite where a run must be; ``wait`` is the longest wait in steps, negative if there is
    none. ``best`` is scratch, shaped like ``starts``.
    """
    left_out = 0.0  # cost of leaving out all links from the one at hand on
    for link in range(last - 1, first - 1, -1):
        begin, end = start_begin[link], start_begin[link + 1]
        length = profile_begin[link + 1] - profile_begin[link]
        for k in range(begin, end):
            energy = 0.0
            for j in range(length):
                energy += profiles[profile_begin[link] + j] * price[starts[k] + j]
            total = start_cost[k] + hours * energy
            if link + 1 < last:
                over = starts[k] + length
                follow = left_out
                for m in range(start_begin[link + 1], start_begin[link + 2]):
                    if (
                        starts[m] >= over
                        and (wait[link + 1] < 0 or starts[m] <= over + wait[link + 1])
                        and best[m] < follow
                    ):
                        follow = best[m]
                total += follow
            best[k] = total
        left_out += skip_cost[link]
    cost = left_out
    over = 0
    running = True
    for link in range(first, last):
        rest = 0.0
        for later in range(link, last):
            rest += skip_cost[later]
        pick, value = -1, rest
        if running:
            for k in range(start_begin[link], start_begin[link + 1]):
                fits = link == first or (
                    starts[k] >= over and (wait[link] < 0 or starts[k] <= over + wait[link])
                )
                if fits and best[k] < value:
                    pick, value = k, best[k]
        if link == first:
            cost = value
        if pick < 0:
            running = False
            chosen[link] = -1
        else:
            chosen[link] = pick - start_begin[link]
            over = starts[pick] + profile_begin[link + 1] - profile_begin[link]
    return cost


@njit(cache=True)
def draw_chain(first, last, start_begin, starts, profile_begin, profiles, chosen, net):  # type: ignore[no-untyped-def]
    """Add the power of the chosen runs to ``net``."""
    for link in range(first, last):
        if chosen[link] >= 0:
            at = starts[start_begin[link] + chosen[link]]
            for j in range(profile_begin[link + 1] - profile_begin[link]):
                net[at + j] += profiles[profile_begin[link] + j]
