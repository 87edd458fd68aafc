"""The rule controller: self-consumption without foresight, the yardstick ``rule`` and the fall-back of every
plan.

It knows what is measured now and what is due when (a departure, the end of a window), but neither prices nor
weather to come: programmes and cars wait for surplus as long as they can, heat stores take surplus beyond
their thermostat, the battery does the rest.
"""

import numpy as np

from mas2tering.home.model import Decision, HomeModel, LinearStore, ProgrammeChain
from mas2tering.home.rules.engine import Moment, load_before_rules, run_day, to_setpoint
from mas2tering.home.rules.without_platform import preferred_starts


def self_consumption(model: HomeModel) -> Decision:
    """How the home runs by the rule. Without generation of its own there is nothing to wait for, and it runs
    as usual."""
    load_kw = load_before_rules(model)
    if not np.any(load_kw < 0):
        return run_day(model, tuple(preferred_starts(chain) for chain in model.chains), to_setpoint)
    starts = []
    for chain in model.chains:
        chosen = _starts_in_surplus(chain, load_kw)
        starts.append(chosen)
        for link, index in zip(chain.links, chosen, strict=True):
            if index is not None:
                first = int(link.starts[index])
                load_kw[first : first + link.length] += link.power_kw
    return run_day(model, tuple(starts), _from_surplus)


def _starts_in_surplus(
    chain: ProgrammeChain, load_kw: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[int | None, ...]:
    """Each link starts as soon as the surplus of the moment carries its mean power, or at its last chance."""
    chosen: list[int | None] = []
    soonest = 0
    for position, link in enumerate(chain.links):
        # The links that follow need room: their last start bounds this one's.
        last = int(link.starts[-1])
        if position + 1 < len(chain.links):
            last = min(last, int(chain.links[position + 1].starts[-1]) - link.length)
        allowed = [k for k, start in enumerate(link.starts) if soonest <= start <= last]
        if link.longest_wait_steps is not None and position:
            allowed = [k for k in allowed if link.starts[k] <= soonest + link.longest_wait_steps]
        if not allowed:
            return preferred_starts(chain)
        mean_kw = float(link.power_kw.mean())
        index = next((k for k in allowed if load_kw[link.starts[k]] <= -mean_kw), allowed[-1])
        chosen.append(index)
        soonest = int(link.starts[index]) + link.length
    return tuple(chosen)


def _from_surplus(store: LinearStore, moment: Moment) -> float:
    k = moment.k
    if store.kind in ("heat_pump", "air_conditioning", "hot_water"):
        return max(to_setpoint(store, moment), min(moment.surplus_kw, _room_kw(store, moment)))
    # A car: the least that still reaches what is due by its departure, or the surplus if that is more.
    gain, power = store.gain_in, store.power_in_kw
    still_to_come = float((gain[k + 1 :] * power[k + 1 :]).sum())
    due = float(store.setpoint_kwh[-1]) - moment.content_kwh - still_to_come
    needed = due / float(gain[k]) if gain[k] > 0 else 0.0
    wanted = max(0.0, float(store.upper_kwh[k]) - moment.content_kwh) / float(gain[k]) if gain[k] > 0 else 0.0
    return max(needed, min(moment.surplus_kw, wanted))


def _room_kw(store: LinearStore, moment: Moment) -> float:
    """Power that fills the store up to the upper edge of its comfort band, or to its top where it has
    none."""
    k = moment.k
    edge = store.soft_upper_kwh[k] if store.soft_upper_price[k] > 0 else store.upper_kwh[k]
    gain = float(store.gain_in[k])
    return max(0.0, float(edge) - moment.content_kwh) / gain if gain > 0 else 0.0
