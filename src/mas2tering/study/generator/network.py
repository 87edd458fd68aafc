"""A generated low-voltage network of 184 customers, with the shape of a real one.

Feeders, their lengths and their customers are as many, as long and as far as those of network 22 of Electricity
North West's Low Voltage Network Solutions (R. Shaw et al. 2014); where each customer sits, and on which phase, is
drawn. Cables are standard ones, their data and ratings assumed.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import PHASES, Bus, Cable, Customer, Network, Phase, Source
from mas2tering.study.generator.cables import (
    MAIN_50,
    MAIN_120,
    MAIN_185,
    SERVICE_16,
    SERVICE_25,
    CableType,
    substation_transformer,
)

_STREAM = 301
"""Sets the draws apart from those of homes."""
_BRANCH_M = 90.0
_SERVICE_M = (5.0, 24.6)
_THICK_SHARE, _FIRST_CUSTOMER_SHARE = 0.15, 0.24
_THIN_SERVICES = 0.8
LV_BUS, HV_BUS = "LV_BUSBAR", "HV_SOURCE"


@dataclass(frozen=True)
class FeederShape:
    """One way out of the substation: its customers, its length with services, its farthest customer."""

    customers: int
    length_m: float
    farthest_m: float


CARDIFF_FEEDERS = (
    FeederShape(31, 1069.0, 333.0),
    FeederShape(13, 418.0, 233.0),
    FeederShape(48, 2471.0, 512.0),
    FeederShape(26, 1138.0, 443.0),
    FeederShape(29, 919.0, 332.0),
    FeederShape(37, 1360.0, 347.0),
)
CARDIFF_PHASES: tuple[int, int, int] = (69, 65, 50)
"""How many customers are on A, B and C."""


def cardiff_network(rating_kva: float = 400.0, seed: int = 1) -> Network:
    """The generated network of 184 customers behind a transformer; the same seed gives the same network.

    Raises:
        KeyError: no transformer of that rating.
    """
    random = np.random.default_rng(np.random.SeedSequence([seed, _STREAM]))
    laid = _Laid()
    places: list[str] = []
    for k, shape in enumerate(CARDIFF_FEEDERS):
        places += _lay_feeder(laid, f"F{k + 1}", shape, 2.0 * np.pi * k / len(CARDIFF_FEEDERS), random)
    phases = random.permutation(np.repeat(np.arange(3), CARDIFF_PHASES))
    customers = tuple(
        Customer(f"customer_{k + 1:03d}", bus, (_phase(int(phase)),))
        for k, (bus, phase) in enumerate(zip(places, phases, strict=True))
    )
    return Network(
        "cardiff",
        (Bus(HV_BUS), *laid.buses),
        tuple(laid.cables),
        customers,
        Source(HV_BUS, 11.0),
        substation_transformer(rating_kva, HV_BUS, LV_BUS),
        sources=(
            "The network is generated: feeders, lengths and customers as in network 22 of Electricity North West's "
            "Low Voltage Network Solutions; places and phases are drawn; cables are standard ones, with assumed ratings.",
        ),
    )


def _phase(number: int) -> Phase:
    return PHASES[number]


@dataclass
class _Laid:
    """What lies in the ground so far."""

    buses: list[Bus] = field(default_factory=lambda: [Bus(LV_BUS, 0.0, 0.0)])
    cables: list[Cable] = field(default_factory=list)

    def stretch(self, kind: CableType, begin: Bus, end: Bus, length_m: float, feeder: str) -> None:
        """Lay a cable to a new bus."""
        self.buses.append(end)
        self.cables.append(kind.cable(f"{begin.id}-{end.id}", begin.id, end.id, length_m, feeder))


@dataclass(frozen=True)
class _Way:
    """A trunk or a branch: where it begins, which way it runs, and what hangs on it, by distance from there.

    ``joints`` are (distance in m, customer or -1 - branch).
    """

    length_m: float
    heading: float
    joints: list[tuple[float, int]] = field(default_factory=list)


def _lay_feeder(
    laid: _Laid, name: str, shape: FeederShape, heading: float, random: np.random.Generator
) -> list[str]:
    """Lay trunk, branches and services; the buses of the customers, in the order of the draw."""
    services_m = random.uniform(*_SERVICE_M, shape.customers)
    longest = int(np.argmax(services_m))  # at the trunk's end, so that nobody is farther away
    services_m[[0, longest]] = services_m[[longest, 0]]
    thin = random.random(shape.customers) < _THIN_SERVICES
    trunk = _Way(shape.farthest_m - float(services_m[0]), heading)
    ways = [trunk, *_branches(trunk, shape.length_m - float(services_m.sum()), random)]
    _place_customers(ways, shape.customers, random)
    buses = [""] * shape.customers

    def lay(way: _Way, begin: Bus, label: str) -> None:
        here, at_m = begin, 0.0
        for number, (distance_m, what) in enumerate(sorted(way.joints), start=1):
            joint = Bus(f"{label}_{number}", *_moved(begin, way.heading, distance_m))
            kind = _main(way is trunk, at_m / shape.farthest_m)
            laid.stretch(kind, here, joint, distance_m - at_m, name)
            here, at_m = joint, distance_m
            if what < 0:
                lay(ways[-what], joint, f"{label}{'abcdefghijklmnopqrstuvwxyz'[-what - 1]}")
                continue
            side = way.heading + (np.pi / 2.0 if what % 2 else -np.pi / 2.0)
            end = Bus(f"{name}_customer_{what + 1}", *_moved(joint, side, services_m[what]))
            laid.stretch(SERVICE_16 if thin[what] else SERVICE_25, joint, end, float(services_m[what]), name)
            buses[what] = end.id

    lay(trunk, laid.buses[0], name)
    return buses


def _branches(trunk: _Way, mains_m: float, random: np.random.Generator) -> list[_Way]:
    """Branches of equal length that make up what the trunk leaves of the mains; none reaches beyond it."""
    rest_m = mains_m - trunk.length_m
    count = round(rest_m / _BRANCH_M)
    branches = []
    for number in range(1, count + 1):
        length_m = rest_m / count
        start_m = float(random.uniform(0.25 * trunk.length_m, trunk.length_m - length_m))
        trunk.joints.append((start_m, -number))
        branches.append(_Way(length_m, trunk.heading + (1.0 if number % 2 else -1.0) * np.pi / 3.0))
    return branches


def _place_customers(ways: list[_Way], customers: int, random: np.random.Generator) -> None:
    """The first customer at the trunk's end, the last of each branch at its end, the others evenly with a jitter."""
    trunk, *branches = ways
    ends = [(trunk, trunk.length_m), *((branch, branch.length_m) for branch in branches)]
    for number, (way, distance_m) in enumerate(ends):
        way.joints.append((distance_m, number))
    first_m = _FIRST_CUSTOMER_SHARE * trunk.length_m
    offsets = np.cumsum([trunk.length_m - first_m, *(branch.length_m for branch in branches)])
    rest = customers - len(ends)
    spots: NDArray[np.float64] = (np.arange(rest) + random.random(rest)) / max(rest, 1) * offsets[-1]
    for number, spot in enumerate(spots, start=len(ends)):
        k = int(np.searchsorted(offsets, spot, side="right"))
        along_m = float(spot - (offsets[k - 1] if k else -first_m))
        ways[k].joints.append((along_m, number))


def _main(on_trunk: bool, share: float) -> CableType:
    if not on_trunk:
        return MAIN_50
    return MAIN_185 if share < _THICK_SHARE else MAIN_120


def _moved(bus: Bus, heading: float, distance_m: float) -> tuple[float, float]:
    """Coordinates some way off, rounded to the centimetre."""
    x_m, y_m = bus.x_m or 0.0, bus.y_m or 0.0
    return (
        round(x_m + distance_m * float(np.cos(heading)), 2),
        round(y_m + distance_m * float(np.sin(heading)), 2),
    )
