"""What the anonymiser keeps to itself, in a file that only its owner can read: keys of epochs, its signing key."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from mas2tering.history.anonymise.look_ups import LookUpLog
from mas2tering.history.anonymise.pseudonyms import EpochKey, KeyRing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_OWNER_ONLY = 0o600


def keep_keys(path: Path, ring: KeyRing, issuer: "Ed25519PrivateKey") -> None:
    """Write the keys, in place of those that the file held.

    Raises:
        OSError: it cannot be written.
    """
    held = {
        "epochs": {key.epoch: key.secret.hex() for key in ring.keys},
        "destroyed": list(ring.destroyed),
        "issuer": issuer.private_bytes_raw().hex(),
    }
    write_private(path, json.dumps(held, indent=1) + "\n")


def kept_keys(path: Path, log: LookUpLog) -> tuple[KeyRing, "Ed25519PrivateKey"]:
    """The keys of a file, and a ring that logs what it is used for.

    Raises:
        OSError: it cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    held = json.loads(path.read_text(encoding="utf-8"))
    keys = [EpochKey(epoch, bytes.fromhex(secret)) for epoch, secret in held["epochs"].items()]
    issuer = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(held["issuer"]))
    return KeyRing(log, keys, held["destroyed"]), issuer


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
