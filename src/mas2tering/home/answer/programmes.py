"""A chain of programmes' exact answer to prices: every start of every link tried, from the last link back."""

from mas2tering.home.answer.compiled import borrowing
from mas2tering.home.answer.pools import ChainPool
from mas2tering.home.model import FloatArray, IntArray


@borrowing
def answer_chain(
    price: FloatArray,
    hours: float,
    pool: ChainPool,
    first: int,
    last: int,
    best: FloatArray,
    chosen: IntArray,
) -> float:
    """Cheapest starts of the links ``first`` to ``last`` - 1: writes ``chosen`` (index of the start, -1 if
    left out), returns the cost. ``best`` is scratch, shaped like ``pool.starts``."""
    left_out = 0.0  # cost of leaving out all links from the one at hand on
    for link in range(last - 1, first - 1, -1):
        begin, end = pool.start_begin[link], pool.start_begin[link + 1]
        profile, length = pool.profile_begin[link], pool.profile_begin[link + 1] - pool.profile_begin[link]
        for k in range(begin, end):
            energy = 0.0
            for j in range(length):
                energy += pool.profiles[profile + j] * price[pool.starts[k] + j]
            total = pool.start_cost[k] + hours * energy
            if link + 1 < last:
                over = pool.starts[k] + length
                follow = left_out
                for m in range(pool.start_begin[link + 1], pool.start_begin[link + 2]):
                    if best[m] < follow and _follows(pool, link + 1, m, over):
                        follow = best[m]
                total += follow
            best[k] = total
        left_out += pool.skip_cost[link]
    return _choose(pool, first, last, best, chosen)


@borrowing
def _follows(pool: ChainPool, link: int, start: int, over: int) -> bool:
    """Whether a start of the link is at the end of the run before it, or no more than the wait later."""
    at, wait = pool.starts[start], pool.wait[link]
    return bool(at >= over and (wait < 0 or at <= over + wait))


@borrowing
def _choose(pool: ChainPool, first: int, last: int, best: FloatArray, chosen: IntArray) -> float:
    """Walk from the first link on, to the best start that follows the run before; returns the cost."""
    cost = 0.0
    over = 0
    running = True
    for link in range(first, last):
        rest = 0.0
        for later in range(link, last):
            rest += pool.skip_cost[later]
        pick, value = -1, rest
        if running:
            for k in range(pool.start_begin[link], pool.start_begin[link + 1]):
                if best[k] < value and (link == first or _follows(pool, link, k, over)):
                    pick, value = k, best[k]
        if link == first:
            cost = value
        if pick < 0:
            running = False
            chosen[link] = -1
        else:
            chosen[link] = pick - pool.start_begin[link]
            over = pool.starts[pick] + pool.profile_begin[link + 1] - pool.profile_begin[link]
    return cost


@borrowing
def draw_chain(pool: ChainPool, first: int, last: int, chosen: IntArray, net: FloatArray) -> None:
    """Add the power of the chosen runs to ``net``."""
    for link in range(first, last):
        if chosen[link] >= 0:
            at = pool.starts[pool.start_begin[link] + chosen[link]]
            for j in range(pool.profile_begin[link + 1] - pool.profile_begin[link]):
                net[at + j] += pool.profiles[pool.profile_begin[link] + j]
