"""What is sealed at the gate, and what is opened of it afterwards.

In a study everybody's secrets and keys come from the run's seed, so that a run repeats; boxes draw their own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mas2tering.domain.community import Home
from mas2tering.domain.devices import AirConditioning, ApplianceProgramme, HeatPump
from mas2tering.domain.devices.heat import House, Tank
from mas2tering.domain.plans import HomePlan
from mas2tering.settlement.season import (
    Commitment,
    Declaration,
    Draw,
    Opening,
    SeasonRule,
    drawn,
    held_out_by,
    probabilities,
    sealed,
    sealed_secret,
    signed_text,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

GATE = time(17)
"""On the eve, on the local clock: before any congestion is announced."""
SAMPLED = 0.1
"""Share of called homes whose declarations are opened and whose orders are worked out again: as many as are held out."""
STANDARD_DISCOMFORT: Mapping[str, float] = {
    "kelvin_hour": 0.5,
    "unserved_heat_kwh": 2.0,
    "delay_hour": 0.2,
}
"""The standard price of each class of comfort, in the community's currency: the defaults of the community file, and for an
hour's delay of a programme, which has no default, an assumption."""
_BY_FORECAST = frozenset({"fixed_load", "pv", "wind"})


@dataclass(frozen=True)
class Gate:
    """A day's seals: each box's commitment and what would open it, by home; those of operator and aggregator, revealed after
    the gate (``secrets``), and the draw that comes of them. ``sampled`` are homes that are opened if they are called."""

    at: datetime
    commitments: Mapping[str, Commitment]
    openings: Mapping[str, Opening]
    seals: tuple[bytes, bytes]
    secrets: tuple[bytes, bytes]
    draw: Draw
    sampled: frozenset[str]


class Keyring:
    """The boxes' keys to sign with, Ed25519, made of a seed; knows who signed what."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, Ed25519PrivateKey] = {}

    def sign(self, home: str, text: bytes) -> bytes:
        """A home's signature of a text, 64 bytes."""
        return self._key(home).sign(text)

    def is_signed_by(self, home: str, text: bytes, signature: bytes) -> bool:
        """Whether this is the home's signature of the text."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key(home).public_key().verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def _key(self, home: str) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if home not in self._keys:
            self._keys[home] = Ed25519PrivateKey.from_private_bytes(_secret("box key", self._seed, home))
        return self._keys[home]


def gate_of(
    homes: Sequence[Home],
    bound: Sequence[HomePlan],
    zone: str,
    seed: int,
    keys: Keyring,
    rule: SeasonRule,
    suspected: frozenset[str] = frozenset(),
) -> Gate:
    """Seal a day; ``bound`` are the plans of these homes, on the same axis."""
    day = bound[0].axis.local_starts[0].date()
    at = datetime.combine(day - timedelta(days=1), GATE, ZoneInfo(zone))
    commitments, openings = {}, {}
    for home, plan in zip(homes, bound, strict=True):
        said = Declaration(home.id, day, plan.net_kw, declared_devices(home), discomfort_of(home))
        salt = _secret("salt", seed, home.id, day.isoformat())
        seal = sealed(said, salt)
        signature = keys.sign(home.id, signed_text(home.id, day, seal, at))
        commitments[home.id] = Commitment(home.id, day, seal, at, signature)
        openings[home.id] = Opening(said, salt)
    operator, aggregator = (_secret(side, seed, day.isoformat()) for side in ("operator", "aggregator"))
    chance = probabilities([home.id for home in homes], suspected, rule.hold_out, rule.hold_out_flagged)
    seals = (sealed_secret(operator, day), sealed_secret(aggregator, day))
    draw = drawn(day, chance, seals, (operator, aggregator))
    if draw.seed is None:
        raise AssertionError("both sides revealed what they sealed")
    # A draw of its own from the same seed: who is held out says nothing about who is sampled.
    sampled = held_out_by(sha256(b"open|" + draw.seed).digest(), dict.fromkeys(chance, SAMPLED))
    return Gate(at, commitments, openings, seals, (operator, aggregator), draw, sampled)


def declared_devices(home: Home) -> str:
    """The devices that a home declares, as JSON, windows and prices among them; base load and sun are the forecasting
    service's to say."""
    devices = [own.model_dump(mode="json") for own in home.devices if own.kind not in _BY_FORECAST]
    return json.dumps(devices, sort_keys=True, separators=(",", ":"))


def discomfort_of(home: Home) -> dict[str, float]:
    """The dearest price that a home puts on each class of comfort."""
    found: dict[str, float] = {}
    for device in home.devices:
        prices: dict[str, float] = {}
        if isinstance(device, ApplianceProgramme):
            prices["delay_hour"] = device.delay_cost_per_hour
        store = device.store if isinstance(device, HeatPump | AirConditioning) else None
        if isinstance(store, House):
            prices["kelvin_hour"] = store.discomfort_cost_per_kelvin_hour
        elif isinstance(store, Tank):
            prices["unserved_heat_kwh"] = store.unserved_heat_cost_per_kwh
        for name, price in prices.items():
            found[name] = max(found.get(name, 0.0), price)
    return found


def _secret(what: str, seed: int, *names: str) -> bytes:
    return sha256("|".join((what, str(seed), *names)).encode()).digest()
