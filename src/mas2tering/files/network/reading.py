"""A network from whatever a user has: a folder of CSV files, pandapower's JSON, OpenDSS's text."""

from pathlib import Path

from mas2tering.domain.errors import InputError, InputProblem
from mas2tering.domain.network import Network
from mas2tering.files.network.csv_folder import is_network_folder, read_csv_folder
from mas2tering.files.network.opendss import read_opendss
from mas2tering.files.network.pandapower_json import read_pandapower_json

_EXPECTED = "a folder with lines.csv and loads.csv, a pandapower file (.json), or an OpenDSS file (.dss)"
_MASTER, _HEAD_BYTES = "[Mm]aster*.dss", 1000


def is_network(path: Path) -> bool:
    """Whether a path looks like a network rather than a community: a folder, OpenDSS's text, pandapower's JSON."""
    if path.is_dir():
        return is_network_folder(path) or len(list(path.glob(_MASTER))) == 1
    if path.suffix.lower() != ".json" or not path.is_file():
        return path.suffix.lower() == ".dss"
    with path.open("rb") as file:
        return b"pandapowerNet" in file.read(_HEAD_BYTES)


def read_network(path: Path) -> Network:
    """A network from a folder or file.

    Raises:
        InputError: with every problem; nothing is read where the path is none of the three.
    """
    if path.is_dir():
        if is_network_folder(path):
            return read_csv_folder(path)
        masters = sorted(path.glob(_MASTER))
        if len(masters) == 1:
            return read_opendss(masters[0])
        raise InputError([InputProblem(str(path), "", "a folder without a network", _EXPECTED)])
    if not path.exists():
        raise InputError([InputProblem(str(path), "", "no such file or folder", _EXPECTED)])
    match path.suffix.lower():
        case ".json":
            return read_pandapower_json(path)
        case ".dss":
            return read_opendss(path)
    raise InputError([InputProblem(str(path), "", f'a file that ends in "{path.suffix}"', _EXPECTED)])
