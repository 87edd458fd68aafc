"""What a box commits to at the gate, before any congestion is known: sealed by a hash, signed, opened only when asked.

The seal is SHA-256 over a salt and the canonical text of what is committed to: who knows the seal learns nothing, who opens it
can show nothing else.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Protocol

import numpy as np

from mas2tering.domain.plans import FloatArray

SALT_BYTES = 16
_UNIT_KW = 1e-6


@dataclass(frozen=True)
class Declaration:
    """All that a home is held to on a day: ``bound_kw`` (steps,), import positive, the plan that it will live unless it is
    ordered otherwise; ``devices`` as words of the community file (JSON), their windows among them; ``discomfort``, the price that
    each device's class of comfort has this season, by class."""

    home: str
    day: date
    bound_kw: FloatArray
    devices: str
    discomfort: Mapping[str, float]

    def text(self) -> bytes:
        """The same declaration always makes the same bytes: power in whole milliwatts, keys in order."""
        said = {
            "home": self.home,
            "day": self.day.isoformat(),
            "bound_mw": np.rint(self.bound_kw / _UNIT_KW).astype(np.int64).tolist(),
            "devices": self.devices,
            "discomfort": {name: repr(float(price)) for name, price in self.discomfort.items()},
        }
        return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Commitment:
    """What leaves the box: who, for which day, the seal, when it was made, and a signature over all of it."""

    home: str
    day: date
    seal: bytes
    made_at: datetime
    signature: bytes

    @property
    def signed_text(self) -> bytes:
        """What is signed."""
        return signed_text(self.home, self.day, self.seal, self.made_at)


@dataclass(frozen=True)
class Opening:
    """What opens a seal: the declaration and the salt."""

    declaration: Declaration
    salt: bytes


class Signatures(Protocol):
    """Who can tell whether a home signed something; the trust room, in a running platform."""

    def is_signed_by(self, home: str, text: bytes, signature: bytes) -> bool:
        """Whether this is the home's signature of the text."""
        ...


def signed_text(home: str, day: date, seal: bytes, made_at: datetime) -> bytes:
    """What a box signs when it commits.

    Raises:
        ValueError: the time has no zone.
    """
    if made_at.utcoffset() is None:
        raise ValueError(f"home {home!r}: expected a time with its zone, found {made_at.isoformat()}")
    return "|".join((home, day.isoformat(), seal.hex(), made_at.isoformat())).encode()


def sealed(declaration: Declaration, salt: bytes) -> bytes:
    """The seal of a declaration, 32 bytes.

    Raises:
        ValueError: a salt that is too short to hide anything.
    """
    if len(salt) < SALT_BYTES:
        raise ValueError(f"a salt of {len(salt)} bytes; expected {SALT_BYTES} at least")
    return sha256(len(salt).to_bytes(2, "big") + salt + declaration.text()).digest()


def why_not_bound(
    commitment: Commitment,
    opening: Opening | None,
    gate: datetime,
    signatures: Signatures,
    standard_discomfort: Mapping[str, float],
    dearest: float,
) -> tuple[str, ...]:
    """Why a commitment does not count, every reason in words; none where it does. Without an ``opening`` only what can be
    seen from outside is looked at."""
    who = f"home {commitment.home!r}"
    reasons = []
    if commitment.made_at > gate:
        reasons.append(
            f"{who} committed at {commitment.made_at.isoformat()}, after the gate at {gate.isoformat()}"
        )
    if not signatures.is_signed_by(commitment.home, commitment.signed_text, commitment.signature):
        reasons.append(f"{who}: the signature is not its own")
    if opening is None:
        return tuple(reasons)
    said = opening.declaration
    if sealed(said, opening.salt) != commitment.seal:
        reasons.append(f"{who}: what it opened is not what it sealed")
    if (said.home, said.day) != (commitment.home, commitment.day):
        reasons.append(f"{who}: it opened the declaration of {said.home!r} for {said.day}")
    for name, price in sorted(said.discomfort.items()):
        standard = standard_discomfort.get(name)
        if standard is None:
            reasons.append(f"{who}: no standard for discomfort of class {name!r}")
        elif not 0.0 <= price <= dearest * standard:
            reasons.append(
                f"{who}: discomfort of class {name!r} at {price:g}; expected 0 to {dearest:g} times the standard of {standard:g}"
            )
    return tuple(reasons)
