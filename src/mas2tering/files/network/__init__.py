"""Networks from files: CSV folders, pandapower's JSON, OpenDSS's text; every problem at once."""

from mas2tering.files.network.csv_folder import read_csv_folder
from mas2tering.files.network.opendss import read_opendss
from mas2tering.files.network.pandapower_json import (
    network_of_pandapower,
    read_pandapower_json,
)
from mas2tering.files.network.reading import is_network, read_network

__all__ = [
    "is_network",
    "network_of_pandapower",
    "read_csv_folder",
    "read_network",
    "read_opendss",
    "read_pandapower_json",
]
