"""Networks from files: CSV folders, pandapower's JSON, OpenDSS's text; every problem at once."""

from mas2tering.files.network.csv_folder import is_network_folder, read_csv_folder

__all__ = ["is_network_folder", "read_csv_folder"]
