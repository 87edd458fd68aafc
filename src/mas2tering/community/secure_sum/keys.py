"""Keys: agreed once a negotiation between neighbours; from then on each pair cuts its stream round by round, never twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import shake_128

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mas2tering.community.secure_sum.shares import SECRET_BYTES

# So many random bytes, please: the system's source for a live box, a seeded one for a study.
RandomBytes = Callable[[int], bytes]

KEY_BYTES = 32
# What one round's stream of a pair begins with: a share for either of the two.
SHARES_BYTES = 2 * SECRET_BYTES
_BLOCK_BYTES = 64
_BLOCKS = 2**32


class UnusableKeyError(ValueError):
    """A public key with which no secret can be agreed."""


@dataclass(frozen=True)
class MemberKeys:
    """A member's key pair for one negotiation. Kept in memory only: a box that starts anew makes new ones, since with
    the old ones it could use a round's mask twice."""

    private: X25519PrivateKey
    public: bytes

    @staticmethod
    def create(random: RandomBytes) -> "MemberKeys":
        """A fresh pair."""
        private = X25519PrivateKey.from_private_bytes(random(KEY_BYTES))
        return MemberKeys(private, private.public_key().public_bytes_raw())

    def pair_stream(self, other: bytes, negotiation: bytes, round_bytes: int) -> "PairStream":
        """The stream in common with the owner of another public key, of so many bytes a round (``bytes_of_a_round``); the
        same from both sides.

        Raises:
            UnusableKeyError: if the key is one of the few that give everybody the same secret.
        """
        try:
            agreed = self.private.exchange(X25519PublicKey.from_public_bytes(other))
        except (ValueError, InvalidKey) as error:
            raise UnusableKeyError(f"no secret can be agreed with the public key {other.hex()}") from error
        low, high = sorted((self.public, other))
        info = b"mas2tering secure sum 1" + low + high
        return PairStream(HKDF(hashes.SHA256(), KEY_BYTES, negotiation, info).derive(agreed), round_bytes)


def bytes_of_a_round(mask_bytes: int) -> int:
    """What a pair's stream takes for a round: two shares and a mask, in whole blocks of the cipher."""
    return -(-(SHARES_BYTES + mask_bytes) // _BLOCK_BYTES) * _BLOCK_BYTES


def last_round(round_bytes: int) -> int:
    """The highest number of a round for which a pair's stream has bytes of its own."""
    return _BLOCKS // (round_bytes // _BLOCK_BYTES) - 1


class PairStream:
    """One pair's key stream: ChaCha20 (RFC 8439) under a key of the pair's own, a stretch of it for each round."""

    def __init__(self, key: bytes, round_bytes: int) -> None:
        self._blocks = round_bytes // _BLOCK_BYTES
        self._cipher = Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor()
        self.write_on = self._cipher.update_into

    def seek(self, round_number: int) -> None:
        """Go to the beginning of a round's stretch; ``write_on(zeros, out)`` writes it, and then those of the next."""
        # Four bytes of block counter, twelve of nonce.
        self._cipher.reset_nonce((round_number * self._blocks).to_bytes(4, "little") + bytes(12))


class PairStreams:
    """Streams of many pairs, which go from round to round in step."""

    def __init__(self, streams: Sequence[PairStream]) -> None:
        self._streams = streams
        self._writers = [stream.write_on for stream in streams]
        self._next = 0

    def write(self, round_number: int, zeros: bytes, out: Sequence[memoryview]) -> None:
        """Write a round's stretch of each stream, as long as ``zeros``."""
        if round_number != self._next:
            for stream in self._streams:
                stream.seek(round_number)
        for write, row in zip(self._writers, out, strict=False):
            write(zeros, row)
        self._next = round_number + 1


def own_mask(secret: bytes, mask_bytes: int) -> bytes:
    """The mask that a member's secret of one round stands for (SHAKE128, FIPS 202)."""
    return shake_128(b"own mask" + secret).digest(mask_bytes)
