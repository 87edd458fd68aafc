"""How many more roofs, cars and heat pumps fit on a network when nobody knows who gets one: placements drawn by seed.

Devices are those that the community knows already, each with the course that its owner's plan gives it in a use case; each draw
hands them to homes that have none, in an order of its own. The same draw is the same placement in every use case.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mas2tering.domain.network import Network
from mas2tering.domain.plans import FloatArray, HomePlan
from mas2tering.grid import PowerFlow
from mas2tering.grid.placement import Placed, placed_capacity
from mas2tering.study.connected import connected
from mas2tering.study.operator.hosting import HOSTED_KINDS
from mas2tering.study.results import RunResult, UseCase

PERCENTILES = (5, 50, 95)


@dataclass(frozen=True)
class Drawn:
    """A placement: customers in the order in which they get a device, and whose device each gets (both by number, of the same
    length)."""

    order: tuple[int, ...]
    device_of: tuple[int, ...]


@dataclass(frozen=True)
class DrawnCapacity:
    """Capacity for one kind of device, draw by draw. ``owners`` have one already; ``candidates`` could get one."""

    kind: str
    owners: int
    candidates: int
    placed: tuple[Placed, ...]

    def percentile(self, percent: int) -> int:
        """So many devices or fewer fit in ``percent`` of a hundred draws: a number that was drawn."""
        found = [one.devices for one in self.placed]
        return int(np.percentile(found, percent, method="inverted_cdf"))

    @property
    def limited_by(self) -> list[tuple[str, str, int]]:
        """What breaks first, kind of limit and element, and in how many draws; the most frequent first."""
        found: Counter[tuple[str, str]] = Counter()
        for one in self.placed:
            worst = one.limiting
            if worst is not None:
                found[worst.kind, worst.element] += 1
            elif one.collapses:
                found["collapse", "the network carries no more"] += 1
        return [(kind, element, many) for (kind, element), many in found.most_common()]


def draw(candidates: Sequence[int], devices: int, number: int, kind: str, seed: int) -> Drawn:
    """The placement of a number: random in who comes when, and in whose device each gets."""
    random = np.random.default_rng([seed, number, HOSTED_KINDS.index(kind)])
    order = random.permutation(np.asarray(candidates, dtype=np.int64))
    return Drawn(tuple(order.tolist()), tuple(random.integers(devices, size=len(order)).tolist()))


def drawn_capacity(
    flow: PowerFlow,
    load_kw: FloatArray,
    device_kw: FloatArray,
    candidates: Sequence[int],
    kind: str,
    *,
    draws: int,
    seed: int,
    owners: int = 0,
) -> DrawnCapacity:
    """Draw placements of a kind of device and find what fits of each.

    Args:
        flow: of the network.
        load_kw: what is there already, shape (customers, steps).
        device_kw: the devices that can be had, shape (devices, steps), consumption positive.
        candidates: customers that can get one.
        kind: one of ``HOSTED_KINDS``.
        draws: how many placements.
        seed: the same seed draws the same placements.
        owners: how many have one.
    """
    placed: list[Placed] = []
    for number in range(draws):
        drawn = draw(candidates, len(device_kw), number, kind, seed)
        added_kw = np.zeros_like(load_kw)
        added_kw[list(drawn.order)] = device_kw[list(drawn.device_of)]
        guess = placed[-1].devices if placed else len(candidates) // 4
        placed.append(placed_capacity(flow, load_kw, added_kw, drawn.order, guess))
        if placed[-1].broken_before:
            placed *= draws
            break
    return DrawnCapacity(kind, owners, len(candidates), tuple(placed[:draws]))


def devices_of(plans: Sequence[HomePlan], kind: str) -> dict[int, FloatArray]:
    """The course of the devices of a kind, in kW (steps,), by number of the home that has them."""
    found = {}
    for k, plan in enumerate(plans):
        own = [device.power_kw for device in plan.devices if device.kind == kind]
        if own:
            found[k] = np.asarray(np.sum(own, axis=0))
    return found


def drawn_of_run(
    run: RunResult, network: Network, cases: Sequence[UseCase], kinds: Sequence[str], draws: int, seed: int
) -> Mapping[UseCase, Mapping[str, DrawnCapacity]]:
    """The capacities of a run's first day, by use case and kind; kinds that nobody has are left out."""
    day, flow = run.days[0], PowerFlow(network)
    here = connected(run.community, network, day.axis.steps)
    place = here.customer_of_home
    found: dict[UseCase, dict[str, DrawnCapacity]] = {}
    for case in cases:
        load_kw, found[case] = here.load_kw([day.plans[case]]), {}
        for kind in kinds:
            having = devices_of(day.plans[case], kind)
            if not having:
                continue
            candidates = [int(place[k]) for k in range(len(place)) if k not in having]
            found[case][kind] = drawn_capacity(
                flow,
                load_kw,
                np.array(list(having.values())),
                candidates,
                kind,
                draws=draws,
                seed=seed,
                owners=len(having),
            )
    return found


def document_of(found: DrawnCapacity) -> dict[str, object]:
    """The capacity as JSON holds it: devices by percentile, what limits, and each draw."""
    return {
        "owners": found.owners,
        "candidates": found.candidates,
        "devices": {f"p{percent}": found.percentile(percent) for percent in PERCENTILES},
        "share_of_draws_in_which_all_fit": sum(one.all_fit for one in found.placed) / len(found.placed),
        "broken_before": any(one.broken_before for one in found.placed),
        "limited_by": [
            {"limit": kind, "element": element, "draws": many} for kind, element, many in found.limited_by
        ],
        "draws": [_one(one) for one in found.placed],
    }


def _one(placed: Placed) -> dict[str, object]:
    worst = placed.limiting
    if worst is None:
        return {"devices": placed.devices, "collapses": placed.collapses}
    return {
        "devices": placed.devices,
        "limit": worst.kind,
        "element": worst.element,
        "phase": worst.phase,
        "step": worst.step,
        "value": round(worst.value, 5),
    }
