"""Receipts: what a box gets back for its readings. Signed by the anonymiser, sealed so that one box can open it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_KEY_BYTES, _SIGNATURE_BYTES, _NONCE = 32, 64, bytes(12)
_SIGNED_AS = b"mas2tering receipt 1\n"
_SEALED_AS = b"mas2tering sealed receipt 1"


class ReceiptError(ValueError):
    """A receipt that nobody issued, that was changed, or that is sealed to somebody else."""


@dataclass(frozen=True)
class Receipt:
    """Where the readings of one home in one epoch lie, and what was done to what goes with them.

    Attributes:
        location: the file or table that holds the rows.
        pseudonym: under which they lie there.
        epoch: for which the pseudonym holds.
        key_id: the key that made it.
        levels: how far each attribute of the household was generalised, 0 for not at all.
        k: homes that share the attributes of this one, at the least, in the whole view.
        diversity: bands of consumption in each such class, at the least.
        first_row: where the rows begin.
        rows: how many they are.
        rows_hash: SHA-256 of them (see ``rows_hash``).
        issued_at: when, in UTC.
    """

    location: str
    pseudonym: str
    epoch: str
    key_id: str
    levels: dict[str, int]
    k: int
    diversity: int
    first_row: int
    rows: int
    rows_hash: str
    issued_at: datetime

    def text(self) -> bytes:
        """What is signed: JSON with its fields in order."""
        fields = {**asdict(self), "issued_at": self.issued_at.isoformat()}
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class SignedReceipt:
    """A receipt and the anonymiser's signature (Ed25519, RFC 8032).

    Whoever holds it may select its rows: a box hands it to a service by sealing it to the service's key.
    """

    receipt: Receipt
    signature: bytes


def sign(receipt: Receipt, issuer: "Ed25519PrivateKey") -> SignedReceipt:
    """Sign a receipt."""
    return SignedReceipt(receipt, issuer.sign(_SIGNED_AS + receipt.text()))


def verify(signed: SignedReceipt, issuer_public: bytes) -> Receipt:
    """The receipt, if its issuer signed it.

    Raises:
        ReceiptError: it did not.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(issuer_public).verify(
            signed.signature, _SIGNED_AS + signed.receipt.text()
        )
    except InvalidSignature:
        raise ReceiptError("the receipt is not as the anonymiser signed it") from None
    return signed.receipt


def seal(signed: SignedReceipt, reader_public: bytes, random: Callable[[int], bytes]) -> bytes:
    """A receipt that only the owner of an X25519 key can read: a fresh key pair for each (X25519, RFC 7748), the
    agreed secret through HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439).

    The nonce is zero: the key is used once.

    Raises:
        ReceiptError: nothing can be sealed to such a key.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    once = X25519PrivateKey.from_private_bytes(random(_KEY_BYTES))
    once_public = once.public_key().public_bytes_raw()
    key = _agreed(once, reader_public, once_public + reader_public)
    plain = signed.signature + signed.receipt.text()
    return once_public + ChaCha20Poly1305(key).encrypt(_NONCE, plain, _SEALED_AS)


def unseal(sealed: bytes, reader: "X25519PrivateKey") -> SignedReceipt:
    """The receipt, for its reader.

    Raises:
        ReceiptError: it is sealed to somebody else, or was changed.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    once_public, cipher_text = sealed[:_KEY_BYTES], sealed[_KEY_BYTES:]
    try:
        key = _agreed(reader, once_public, once_public + reader.public_key().public_bytes_raw())
        plain = ChaCha20Poly1305(key).decrypt(_NONCE, cipher_text, _SEALED_AS)
    except (InvalidTag, ValueError):
        raise ReceiptError("the receipt is sealed to another key, or was changed") from None
    fields = json.loads(plain[_SIGNATURE_BYTES:])
    receipt = Receipt(**{**fields, "issued_at": datetime.fromisoformat(fields["issued_at"])})
    return SignedReceipt(receipt, plain[:_SIGNATURE_BYTES])


def hand_over(
    sealed: bytes, box: "X25519PrivateKey", service_public: bytes, random: Callable[[int], bytes]
) -> bytes:
    """A box's receipt, sealed anew to a service that it trusts with these rows and no others.

    Raises:
        ReceiptError: the receipt is not the box's, or nothing can be sealed to the service's key.
    """
    return seal(unseal(sealed, box), service_public, random)


def rows_hash(pseudonym: str, starts: NDArray[np.datetime64], load_kw: NDArray[np.float64]) -> str:
    """SHA-256 of a home's rows, whatever the store that holds them: pseudonym, minutes since 1970, kW; shapes (rows,)."""
    digest = sha256(pseudonym.encode() + b"\n")
    digest.update(np.ascontiguousarray(starts.astype("datetime64[m]").astype("<i8")).tobytes())
    # All that is not a number is one and the same here.
    kw = np.where(np.isnan(load_kw), np.nan, load_kw)
    digest.update(np.ascontiguousarray(kw, dtype="<f8").tobytes())
    return digest.hexdigest()


def _agreed(own: "X25519PrivateKey", other_public: bytes, both: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        secret = own.exchange(X25519PublicKey.from_public_bytes(other_public))
    except ValueError as error:
        raise ReceiptError(f"no secret can be agreed with the key {other_public.hex()}") from error
    return HKDF(hashes.SHA256(), _KEY_BYTES, None, _SEALED_AS + both).derive(secret)
