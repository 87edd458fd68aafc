"""Who gets no order on a congested day: a draw that neither side can steer, and that anybody can repeat afterwards.

Both the distribution system operator and the aggregator commit to a secret before the gate and reveal it after; the seed is
a hash of both. One honest side is enough for a fair draw. Who does not reveal what it committed to has the draw against it:
without the aggregator's secret each of its homes is held out (nothing is ordered, nothing paid); without the operator's
nobody is. On such a day nothing is deducted from any home.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

SECRET_BYTES = 32


@dataclass(frozen=True)
class Draw:
    """The draw of a day: who is held out, each with which probability. ``seed`` is None where a side did not reveal, and
    ``note`` says so: then nothing may be deducted for the day."""

    day: date
    seed: bytes | None
    held_out: frozenset[str]
    probability: Mapping[str, float]
    note: str = ""


def sealed_secret(secret: bytes, day: date) -> bytes:
    """What a side publishes before the gate.

    Raises:
        ValueError: the secret can be guessed.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a secret of {len(secret)} bytes; expected {SECRET_BYTES} at least")
    return sha256(b"seal|" + day.isoformat().encode() + b"|" + secret).digest()


def drawn(
    day: date,
    probability: Mapping[str, float],
    seals: tuple[bytes, bytes],
    secrets: tuple[bytes | None, bytes | None],
) -> Draw:
    """The draw from the secrets of operator and aggregator, in this order; ``probability`` is by home."""
    kept = [
        secret is not None and len(secret) >= SECRET_BYTES and sealed_secret(secret, day) == seal
        for seal, secret in zip(seals, secrets, strict=True)
    ]
    operator, aggregator = secrets
    if not kept[0] or operator is None:
        return Draw(
            day, None, frozenset(), probability, "the operator did not reveal its secret: nobody is held out"
        )
    if not kept[1] or aggregator is None:
        note = "the aggregator did not reveal its secret: all of its homes are held out"
        return Draw(day, None, frozenset(probability), probability, note)
    seed = sha256(b"draw|" + day.isoformat().encode() + b"|" + operator + b"|" + aggregator).digest()
    return Draw(day, seed, held_out_by(seed, probability), probability)


def held_out_by(seed: bytes, probability: Mapping[str, float]) -> frozenset[str]:
    """The homes that a seed holds out: each by a number of its own in [0, 1), whatever others there are."""
    return frozenset(home for home, share in probability.items() if _number(seed, home) < share)


def _number(seed: bytes, home: str) -> float:
    return int.from_bytes(sha256(seed + b"|" + home.encode()).digest()[:8], "big") / 2**64


def probabilities(
    homes: Sequence[str], suspected: frozenset[str], usual: float, raised: float
) -> dict[str, float]:
    """Each home's probability of being held out."""
    return {home: raised if home in suspected else usual for home in homes}
