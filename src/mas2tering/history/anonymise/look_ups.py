"""The log of every look-up between an identity and a pseudonym: appended to, never changed, chained by hashes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol

BEGINNING = "0" * 64
"""Stands before the first entry of a chain."""


@dataclass(frozen=True)
class LookUp:
    """One look-up: when (in UTC), by whom, what for, in which direction, with which key, which pseudonym."""

    at: datetime
    who: str
    purpose: str
    direction: str
    epoch: str
    key_id: str
    pseudonym: str


class LookUpLog(Protocol):
    """Where look-ups are kept: a file here, a table of the platform's store elsewhere."""

    def extend(self, look_ups: Iterable[LookUp]) -> None:
        """Keep look-ups; they are kept when this returns."""
        ...


class MemoryLookUpLog:
    """A log for as long as the process lives."""

    def __init__(self) -> None:
        self._kept: list[LookUp] = []

    def extend(self, look_ups: Iterable[LookUp]) -> None:
        """Keep look-ups."""
        self._kept.extend(look_ups)

    def __iter__(self) -> Iterator[LookUp]:
        return iter(tuple(self._kept))


class BrokenLogError(ValueError):
    """An entry of the log was changed, taken out or put in after it was written."""


class FileLookUpLog:
    """A line of JSON for each look-up, each with the hash of all before it.

    Entries cut off at the end leave a whole chain: who must see to that keeps ``head`` elsewhere.

    Raises:
        BrokenLogError: what the file holds is not what was appended.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._head = BEGINNING
        for _ in self:
            pass

    @property
    def head(self) -> str:
        """The hash of the whole log."""
        return self._head

    def extend(self, look_ups: Iterable[LookUp]) -> None:
        """Write look-ups to the file, which is opened once.

        Raises:
            OSError: it cannot be written.
        """
        head, lines = self._head, []
        for look_up in look_ups:
            text = json.dumps({**asdict(look_up), "at": look_up.at.isoformat()}, sort_keys=True)
            head = _chained(head, text)
            lines.append(f"{head} {text}\n")
        with self._path.open("a", encoding="utf-8") as file:
            file.writelines(lines)
        self._head = head

    def __iter__(self) -> Iterator[LookUp]:
        head = BEGINNING
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        for number, line in enumerate(lines, start=1):
            digest, _, text = line.partition(" ")
            head = _chained(head, text)
            if digest != head:
                raise BrokenLogError(f"{self._path}: line {number} is not what was written")
            fields = json.loads(text)
            yield LookUp(**{**fields, "at": datetime.fromisoformat(fields["at"])})
        self._head = head


def _chained(before: str, text: str) -> str:
    return sha256(f"{before} {text}".encode()).hexdigest()
