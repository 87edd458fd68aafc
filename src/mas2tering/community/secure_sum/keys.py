"""Keys: agreed once a negotiation between neighbours; from then on each pair cuts a fresh stream for each round."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

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

    def pair_stream(self, other: bytes, negotiation: bytes) -> "PairStream":
        """The stream in common with the owner of another public key; the same from both sides.

        Raises:
            UnusableKeyError: if the key is one of the few that give everybody the same secret.
        """
        try:
            agreed = self.private.exchange(X25519PublicKey.from_public_bytes(other))
        except (ValueError, InvalidKey) as error:
            raise UnusableKeyError(f"no secret can be agreed with the public key {other.hex()}") from error
        low, high = sorted((self.public, other))
        info = b"mas2tering secure sum 1" + low + high
        return PairStream(HKDF(hashes.SHA256(), KEY_BYTES, negotiation, info).derive(agreed))


class PairStream:
    """One pair's key streams, one for each round: ChaCha20 (RFC 8439), the round's number as nonce."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor()

    def write(self, round_number: int, zeros: bytes, out: memoryview) -> None:
        """Write the beginning of a round's stream to ``out``, as long as ``zeros``."""
        # Four bytes of block counter, twelve of nonce.
        self._cipher.reset_nonce(bytes(4) + round_number.to_bytes(12, "little"))
        self._cipher.update_into(zeros, out)


def own_mask(secret: bytes, zeros: bytes, out: memoryview) -> None:
    """Write the mask that a member's secret of one round stands for."""
    key = blake2b(secret, digest_size=KEY_BYTES, person=b"own mask").digest()
    Cipher(algorithms.ChaCha20(key, bytes(16)), mode=None).encryptor().update_into(zeros, out)
