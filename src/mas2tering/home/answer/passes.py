"""Passes over packed homes, one for each kind of device: each adds its devices' net power and cost to those
of their homes."""

import numpy as np
from numba import njit

from mas2tering.home.answer.cogeneration import answer_cogeneration
from mas2tering.home.answer.convex_store import answer_convex_store, is_convex
from mas2tering.home.answer.exclusive_store import answer_exclusive_store
from mas2tering.home.answer.programmes import answer_chain, draw_chain


@njit(cache=True, nogil=True)
def fixed_pass(first, last, prices, hours, net, cost, of_home, available, curtailed):  # type: ignore[no-untyped-def]
    """What the load that is as it is costs, and generation, curtailed where its price is negative."""
    steps = net.shape[1]
    for home in range(first, last):
        price = prices[home if prices.shape[0] > 1 else 0]
        total = 0.0
        for t in range(steps):
            total += price[t] * net[home, t]
        for k in range(of_home[home], of_home[home + 1]):
            for t in range(steps):
                used = 0.0 if price[t] < 0.0 else available[k, t]
                curtailed[k, t] = available[k, t] - used
                net[home, t] -= used
                total -= price[t] * used
        cost[home] += hours * total


@njit(cache=True, nogil=True)
def store_pass(
    first, last, prices, hours, net, cost, of_home, begin, start, vectors, numbers, power, unserved, burns
):  # type: ignore[no-untyped-def]
    """Stores; those for which burning energy would pay at these prices are marked in ``burns`` and left to
    the exclusive pass."""
    steps = net.shape[1]
    slopes, widths = np.empty(5 * steps + 16), np.empty(5 * steps + 16)
    levels = np.empty((steps, 4))
    for home in range(first, last):
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(of_home[home], of_home[home + 1]):
            low, high = begin[k], begin[k + 1]
            own = price[start[k] : start[k] + high - low]
            a = numbers[k]
            # One slice a row: their memory is contiguous, which a slice of rows would hide from the compiler.
            gain_in, power_in, power_out = vectors[0, low:high], vectors[1, low:high], vectors[2, low:high]
            burns[k] = not is_convex(own, gain_in, a[2], power_in, power_out, a[4])
            if burns[k]:
                continue
            cost[home] += answer_convex_store(
                own, hours, a[0], a[1], gain_in, vectors[11, low:high], a[2], power_in, power_out, vectors[3, low:high],
                vectors[4, low:high], a[3], vectors[5, low:high], vectors[6, low:high], vectors[7, low:high], vectors[8, low:high],
                vectors[9, low:high], vectors[10, low:high], a[4], a[5], slopes, widths, levels, power[low:high], unserved[low:high],
            )  # fmt: skip
            for j in range(high - low):
                net[home, start[k] + j] += power[low + j]


@njit(cache=True, nogil=True)
def exclusive_pass(
    first, last, prices, hours, net, cost, of_home, begin, start, vectors, numbers, power, unserved, burns
):  # type: ignore[no-untyped-def]
    """The stores that the store pass has marked."""
    for home in range(first, last):
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(of_home[home], of_home[home + 1]):
            if not burns[k]:
                continue
            low, high = begin[k], begin[k + 1]
            a = numbers[k]
            cost[home] += answer_exclusive_store(
                price[start[k] : start[k] + high - low], hours, a[0], a[1], vectors[0, low:high], a[2], vectors[1, low:high],
                vectors[2, low:high], vectors[3, low:high], vectors[4, low:high], a[3], vectors[5, low:high], vectors[6, low:high],
                vectors[7, low:high], vectors[8, low:high], vectors[9, low:high], vectors[10, low:high], a[4], a[5], power[low:high],
                unserved[low:high],
            )  # fmt: skip
            for j in range(high - low):
                net[home, start[k] + j] += power[low + j]


@njit(cache=True, nogil=True)
def chain_pass(first, last, prices, hours, net, cost, of_home, links, start_begin, starts, start_cost, best, profile_begin, profiles, skip_cost, wait, chosen):  # type: ignore[no-untyped-def]  # fmt: skip
    """Programmes."""
    for home in range(first, last):
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(of_home[home], of_home[home + 1]):
            cost[home] += answer_chain(
                price,
                hours,
                links[k],
                links[k + 1],
                start_begin,
                starts,
                start_cost,
                best,
                profile_begin,
                profiles,
                skip_cost,
                wait,
                chosen,
            )
            draw_chain(
                links[k], links[k + 1], start_begin, starts, profile_begin, profiles, chosen, net[home]
            )


@njit(cache=True, nogil=True)
def machine_pass(first, last, prices, hours, net, cost, of_home, machines, drains, on, runs):  # type: ignore[no-untyped-def]
    """Cogeneration; columns of ``machines`` as in ``pools``, rows of ``runs`` load, boiler, let off,
    unserved."""
    for home in range(first, last):
        price = prices[home if prices.shape[0] > 1 else 0]
        for k in range(of_home[home], of_home[home + 1]):
            a, run = machines[k], runs[k]
            cost[home] += answer_cogeneration(
                price, hours, (a[0], a[1]), (a[2], a[3]), (a[4], a[5]), a[6], int(a[7]), int(a[8]), a[9] > 0.0, a[10], a[11], a[12],
                a[13], a[14], drains[k], a[15], a[16], on[k], run[0], run[1], run[2], run[3],
            )  # fmt: skip
            for t in range(price.shape[0]):
                if on[k, t]:
                    net[home, t] -= a[0] + run[0, t] * (a[1] - a[0])
