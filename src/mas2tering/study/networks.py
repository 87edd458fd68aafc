"""Networks by name: what commands take besides a folder or a file."""

import os
from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network, Source
from mas2tering.files.network import read_network
from mas2tering.files.network.simbench import read_simbench
from mas2tering.study.generator.cables import substation_transformer
from mas2tering.study.generator.network import cardiff_network
from mas2tering.study.measured import data_folder

NETWORKS: dict[str, str] = {
    "cardiff": "a generated network of 184 customers, with the shape of a real one",
    "enwl:22": "the real network of 184 customers, behind an assumed transformer (needs the measured data)",
    "enwl:01": "a real network of 200 customers, behind an assumed transformer (needs the measured data)",
    "ieee_elv": "the IEEE European low-voltage test feeder, 55 customers (needs the measured data)",
}
_FOLDERS = {
    "enwl:22": "enwl_22_184customers",
    "enwl:01": "enwl_01_200customers",
    "ieee_elv": "ieee_elv_55customers",
}
RATING_KVA: dict[str, float] = {
    "S1": 250.0,
    "S2": 250.0,
    "S3": 250.0,
    "S4": 315.0,
    "S5": 400.0,
    "S6": 500.0,
}
"""The transformer of the 184 homes by scenario, assumed: the smallest standard rating that carries the day's highest
import without the platform at a power factor of 0.95. Measured with ``run cardiff --date 2013-01-16 --use-case none``
(seed 1): 165, 175, 191, 251, 323, 383 kW."""
_DEFAULT_KVA = RATING_KVA["S5"]


def network_of(name: str, rating_kva: float = _DEFAULT_KVA) -> Network:
    """A network by name, from a folder or from a file.

    ``rating_kva`` is that of the assumed transformer of ``cardiff`` and the real networks, whose own files hold a
    placeholder (800 kVA, 1 %).

    Raises:
        InputError: no such network, the measured data is missing, or what is wrong with it.
    """
    if name == "cardiff":
        return cardiff_network(rating_kva)
    if name.startswith("simbench:"):
        return read_simbench(name.partition(":")[2])
    if name in _FOLDERS:
        read = read_network(_measured(name))
        if name == "ieee_elv":
            return read
        source = Source(read.source.bus, 11.0)
        return read.behind(substation_transformer(rating_kva, source.bus, read.low_voltage_bus), source)
    path = Path(name)
    if not os.path.lexists(path):
        expected = f"a folder, a file, or one of {', '.join(NETWORKS)}"
        raise InputError([InputProblem(name, "", "no such network", expected)])
    return read_network(path)


def _measured(name: str) -> Path:
    folder = data_folder()
    if folder is None or not (folder / "network" / _FOLDERS[name]).is_dir():
        expected = "the environment variable MAS2TERING_DATA naming its folder; cardiff needs none"
        raise InputError([InputProblem(name, "", "no measured data", expected)])
    return folder / "network" / _FOLDERS[name]
