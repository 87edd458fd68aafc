"""Hosting capacity with the whole platform: new devices take part in the market and in the operator's negotiation.

A device that answers to limits cannot be added to a plan as it is: each number of devices is a day of use case 3 of its own, and
fits if the plans agreed on keep every limit in the full power flow and nothing is shed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mas2tering.domain.community import Community, Home
from mas2tering.domain.devices import Device
from mas2tering.domain.profiles import ProfileReader
from mas2tering.study.operator.hosting_draws import Drawn, draw
from mas2tering.study.run import run_community
from mas2tering.study.run_options import RunOptions

_PARTS = 16
"""The number is found to a sixteenth of the homes that could get a device: each look is a day to negotiate."""


@dataclass(frozen=True)
class NegotiatedCapacity:
    """``devices`` fit of ``candidates``; ``devices + within`` do not, where not all fit."""

    kind: str
    devices: int
    within: int
    candidates: int
    why: str

    @property
    def all_fit(self) -> bool:
        """Whether every home that could get a device can have one."""
        return self.devices == self.candidates


def negotiated_capacity(
    community: Community,
    reader: ProfileReader,
    options: RunOptions,
    kind: str,
    number: int,
    seed: int,
    told: Callable[[str], None] = lambda _: None,
) -> NegotiatedCapacity | None:
    """The capacity of one draw, the same placement as without negotiation; None where no home has such a device.

    Raises:
        InputError: a profile is missing, or there is no network.
    """
    owners = [k for k, home in enumerate(community.homes) if _own(home, kind)]
    if not owners:
        return None
    candidates = [k for k in range(len(community.homes)) if k not in set(owners)]
    drawn = draw(candidates, len(owners), number, kind, seed)
    asked = replace(options, days=1, use_cases=("1", "2", "3"))

    def look(devices: int) -> str:
        """Why so many do not fit; nothing where they do."""
        told(f"{kind}: {devices} of {len(candidates)} more")
        run = run_community(with_devices(community, kind, owners, drawn, devices), reader, asked)
        grid = run.days[0].grid
        if grid is None:
            raise AssertionError("use case 3 was asked for")
        gone = () if grid.emergency is None else grid.emergency.shed
        if grid.relief.is_clean and not gone:
            return ""
        shed = f", after {sum(own.kwh for own in gone):.1f} kWh were shed" if gone else ""
        return f"regime {grid.regime}{shed}"

    within = max(1, -(-len(candidates) // _PARTS))
    why = look(0)
    if why:
        return NegotiatedCapacity(kind, 0, 0, len(candidates), why)
    low, high, why = 0, len(candidates), look(len(candidates))
    if not why:
        return NegotiatedCapacity(kind, high, 0, high, "")
    while high - low > within:
        middle = (low + high) // 2
        reason = look(middle)
        low, high, why = (middle, high, why) if not reason else (low, middle, reason)
    return NegotiatedCapacity(kind, low, high - low, len(candidates), why)


def with_devices(
    community: Community, kind: str, owners: Sequence[int], drawn: Drawn, devices: int
) -> Community:
    """The community in which the first homes of a placement have the devices of those that own some."""
    homes = list(community.homes)
    pairs = zip(drawn.order[:devices], drawn.device_of[:devices], strict=True)
    for home, owner in pairs:
        added = tuple(
            device.model_copy(update={"id": f"added_{device.id}", "phase": None})
            for device in _own(community.homes[owners[owner]], kind)
        )
        homes[home] = homes[home].model_copy(update={"devices": (*homes[home].devices, *added)})
    return community.model_copy(update={"homes": tuple(homes)})


def _own(home: Home, kind: str) -> tuple[Device, ...]:
    return tuple(device for device in home.devices if device.kind == kind)
