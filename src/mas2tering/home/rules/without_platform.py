"""The home without the platform: the yardstick ``none``.

An electric vehicle charges on arrival at full power, programmes start at their preferred time, heat follows a
thermostat, a battery its inverter's self-consumption rule, cogeneration the heat in its tank. The same
services are delivered as with the platform.
"""

from dataclasses import replace

from mas2tering.home.evaluate import judged_devices
from mas2tering.home.model import Decision, FixedLoad, HomeModel, ProgrammeChain
from mas2tering.home.rules.engine import run_day, to_setpoint


def without_platform(model: HomeModel) -> Decision:
    """How the home runs without the platform."""
    return run_day(model, tuple(preferred_starts(chain) for chain in model.chains), to_setpoint)


def preferred_starts(chain: ProgrammeChain) -> tuple[int | None, ...]:
    """Index of the start of each link: the preferred one, or the first after the run before is over."""
    chosen: list[int | None] = []
    soonest = 0
    for position, link in enumerate(chain.links):
        wanted = max(soonest, int(link.starts[link.preferred]))
        if position and link.longest_wait_steps is not None:
            # Nobody leaves the first run's load lying for longer than is said.
            wanted = min(wanted, soonest + link.longest_wait_steps)
        later = [k for k, start in enumerate(link.starts) if start >= wanted]
        # Where nothing is left after the run before, an earlier start of that run makes room: take the
        # earliest of all.
        if not later:
            return earliest_starts(chain)
        chosen.append(later[0])
        soonest = int(link.starts[later[0]]) + link.length
    return tuple(chosen)


def earliest_starts(chain: ProgrammeChain) -> tuple[int | None, ...]:
    """Index of the earliest start of each link that the runs before allow, None where nothing is left."""
    chosen: list[int | None] = []
    soonest = 0
    for link in chain.links:
        index = next((k for k, start in enumerate(link.starts) if start >= soonest), None)
        chosen.append(index)
        if index is None:
            return (*chosen, *([None] * (len(chain.links) - len(chosen))))
        soonest = int(link.starts[index]) + link.length
    return tuple(chosen)


def as_fixed_loads(model: HomeModel, untouched: frozenset[str]) -> HomeModel:
    """The model with the named devices running as without the platform, and nothing left to decide about
    them.

    A chain is left alone as a whole if any of its links is.
    """
    judged = judged_devices(model, without_platform(model))
    held = set(untouched)
    for chain in model.chains:
        names = {link.device for link in chain.links}
        if names & held:
            held |= names
    phases = model.phase_of_devices
    kept = {load.device for load in model.fixed}
    frozen = tuple(
        FixedLoad(
            part.device,
            part.kind,
            phases[part.device],
            part.power_kw,
            part.costs,
            part.content,
            part.starts,
        )
        for part in judged
        if part.device in held and part.device not in kept
    )
    return replace(
        model,
        fixed=model.fixed + frozen,
        generation=tuple(d for d in model.generation if d.device not in held),
        stores=tuple(d for d in model.stores if d.device not in held),
        chains=tuple(c for c in model.chains if not {link.device for link in c.links} & held),
        cogeneration=tuple(d for d in model.cogeneration if d.device not in held),
    )
