"""Pseudonyms: one per home and epoch, by a key that is kept apart and can be destroyed."""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from mas2tering.history.anonymise.look_ups import LookUp, LookUpLog

# So many random bytes, please: the system's source for a live service, a seeded one for a study.
RandomBytes = Callable[[int], bytes]

KEY_BYTES = 32
_PSEUDONYM_BYTES = 16
_KEY_ID_BYTES = 6


class KeyGoneError(LookupError):
    """There is no key of that epoch (any more), so that nobody can tell whose a pseudonym of it is."""


@dataclass(frozen=True)
class Asker:
    """Who looks an identity up, when (in UTC) and what for: all of it is logged."""

    who: str
    purpose: str
    at: datetime


@dataclass(frozen=True)
class EpochKey:
    """The secret of one epoch. Its id is public and says nothing about it."""

    epoch: str
    secret: bytes

    @property
    def id(self) -> str:
        """What names the key in receipts and in the log."""
        return hmac.digest(self.secret, b"mas2tering key id", "sha256")[:_KEY_ID_BYTES].hex()

    def pseudonym(self, home: str) -> str:
        """HMAC-SHA256 (RFC 2104) of the home and the epoch, its first 128 bits as hexadecimal text."""
        parts = [part.encode() for part in ("mas2tering pseudonym", self.epoch, home)]
        # Each part with its length before it: no two pairs of epoch and home give the same text.
        message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.secret, message, sha256)[:_PSEUDONYM_BYTES].hex()


class KeyRing:
    """The keys of all epochs, and the only way between an identity and a pseudonym; each use is logged.

    The log names the pseudonym and the key, never the home: whoever asks who looked a home up computes its
    pseudonym while the key lives, and once the key is destroyed the log links nothing either.
    """

    def __init__(self, log: LookUpLog, keys: Iterable[EpochKey] = (), destroyed: Iterable[str] = ()) -> None:
        self._log = log
        self._keys = {key.epoch: key for key in keys}
        self._destroyed = dict.fromkeys(destroyed)

    @property
    def keys(self) -> tuple[EpochKey, ...]:
        """The keys that live, to be kept where nobody but the anonymiser can read."""
        return tuple(self._keys.values())

    @property
    def destroyed(self) -> tuple[str, ...]:
        """Ids of the keys that were destroyed."""
        return tuple(self._destroyed)

    def rotate(self, epoch: str, random: RandomBytes) -> str:
        """Begin an epoch with a key of its own; the id of the key.

        Raises:
            ValueError: the epoch has a key, or had one: a second one would give a home two pseudonyms.
        """
        if epoch in self._keys:
            raise ValueError(f"epoch {epoch} has its key already")
        self._keys[epoch] = EpochKey(epoch, random(KEY_BYTES))
        return self._keys[epoch].id

    def destroy(self, epoch: str) -> str:
        """Forget the key of an epoch; the id of the key. From then on nobody can link its pseudonyms to homes.

        Copies that were made of the key (backups) have to go as well: this cannot see to them.

        Raises:
            KeyGoneError: there is none.
        """
        key = self._key(epoch)
        del self._keys[epoch]
        self._destroyed[key.id] = None
        return key.id

    def lives(self, key_id: str) -> bool:
        """Whether a key is there still."""
        return any(key.id == key_id for key in self._keys.values())

    def key_id(self, epoch: str) -> str:
        """The id of the key of an epoch.

        Raises:
            KeyGoneError: there is none.
        """
        return self._key(epoch).id

    def pseudonym_of(self, home: str, epoch: str, asker: Asker) -> str:
        """From an identity to its pseudonym in an epoch.

        Raises:
            KeyGoneError: the epoch has no key (any more).
        """
        return self.pseudonyms_of([home], epoch, asker)[home]

    def pseudonyms_of(self, homes: Iterable[str], epoch: str, asker: Asker) -> dict[str, str]:
        """The pseudonym of each home in an epoch.

        Logged in the order of pseudonyms: the order of homes would link epochs to each other in the log.

        Raises:
            KeyGoneError: the epoch has no key (any more).
        """
        key = self._key(epoch)
        found = {home: key.pseudonym(home) for home in homes}
        self._note("pseudonym of a home", key, sorted(found.values()), asker)
        return found

    def home_of(self, pseudonym: str, epoch: str, candidates: Iterable[str], asker: Asker) -> str | None:
        """From a pseudonym back to the identity, by trying every candidate; None where it is none of them.

        Raises:
            KeyGoneError: the epoch has no key (any more).
        """
        key = self._key(epoch)
        # Logged before it is answered, and where nothing is found as well.
        self._note("home of a pseudonym", key, [pseudonym], asker)
        return next(
            (home for home in candidates if hmac.compare_digest(key.pseudonym(home), pseudonym)), None
        )

    def _key(self, epoch: str) -> EpochKey:
        if epoch not in self._keys:
            raise KeyGoneError(f"there is no key of epoch {epoch}: it was destroyed, or never made")
        return self._keys[epoch]

    def _note(self, direction: str, key: EpochKey, pseudonyms: Iterable[str], asker: Asker) -> None:
        at, who, purpose = asker.at, asker.who, asker.purpose
        self._log.extend(
            LookUp(at, who, purpose, direction, key.epoch, key.id, pseudonym) for pseudonym in pseudonyms
        )
