"""The network that a community file names: what is wrong with it, and which homes are no customers of it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network, connections
from mas2tering.files.network import read_network
from mas2tering.files.problems import Finding
from mas2tering.files.references import tables

NetworkByName = Callable[[str], Network]
"""Reads a network from a name or the path of a folder or file; raises InputError."""


def by_path(name: str) -> Network:
    """A network from a folder or a file alone, where no names are known.

    Raises:
        InputError: what is wrong with it.
    """
    if not os.path.lexists(name):
        raise InputError(
            [InputProblem(name, "", "no such file or folder", "a folder or a file of a network")]
        )
    return read_network(Path(name))


@dataclass(frozen=True)
class NetworkBeside:
    """What a file's ``network`` came to: findings are of the file itself, problems of the network's own files."""

    network: Network | None = None
    findings: tuple[Finding, ...] = ()
    problems: tuple[InputProblem, ...] = ()


def network_beside(document: Mapping[str, object], folder: Path, by_name: NetworkByName) -> NetworkBeside:
    """Read the network that a raw document names, a folder or a file beside it or a name, and look for the homes in it."""
    named = document.get("network")
    if not isinstance(named, str) or not named:
        return NetworkBeside()
    beside = folder / named
    asked = str(beside) if os.path.lexists(beside) else named
    try:
        network = by_name(asked)
    except InputError as error:
        own = [
            Finding(("network",), f"{named!r}: {p.found}", p.expected)
            for p in error.problems
            if p.file == asked and not p.path
        ]
        others = tuple(p for p in error.problems if p.file != asked or p.path)
        return NetworkBeside(None, tuple(own), others)
    return NetworkBeside(network, tuple(_customer_findings(document, network)))


def _customer_findings(document: Mapping[str, object], network: Network) -> list[Finding]:
    homes = list(tables(document, ("homes",)))
    named = [(str(home.get("id", "")), _text(home.get("customer"))) for _, home in homes]
    _, wrong = connections(named, network)
    return [
        Finding(
            ("homes",) if own.home is None else (*homes[own.home][0], "customer"), own.found, own.expected
        )
        for own in wrong
    ]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
