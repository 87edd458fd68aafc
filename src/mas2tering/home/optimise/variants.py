"""Variants of a home's problem: what must be whole beside the starts, and what may be broken at a price."""

from dataclasses import dataclass

from mas2tering.home.model import IntArray


@dataclass(frozen=True)
class Slack:
    """Prices at which an elastic problem may break what otherwise holds: the fuse (per kWh), what is due in a
    store (per kWh)."""

    fuse_per_kwh: float
    due_per_kwh: float


@dataclass(frozen=True)
class Exclusive:
    """Steps at which a sign must be chosen by an integer: import or export, and charge or discharge of each
    store."""

    meter: IntArray
    stores: dict[int, IntArray]
