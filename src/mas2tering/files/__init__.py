"""Reading and writing: the community file, the profiles beside it, every mistake in them in the user's words.

``read_community`` reads and checks a file, ``check_files`` says all that is wrong or odd in many,
``write_community`` writes one, ``write_rows`` writes a table of text,
``read_network`` reads a low-voltage network, ``read_plans`` what its customers draw,
``read_devices`` what a device adds, ``read_household_readings`` what many homes used,
``read_changed_forecasts`` what is expected now,
``FileProfiles`` reads series from CSV and Parquet, ``community_schema`` describes the format to machines.
"""

from mas2tering.files.checking import check_files
from mas2tering.files.community_file import LoadedCommunity, read_community
from mas2tering.files.device_tables import read_changed_forecasts, read_devices
from mas2tering.files.household_readings import (
    HouseholdReadings,
    RawReadings,
    read_household_readings,
    read_raw_readings,
)
from mas2tering.files.network import read_network
from mas2tering.files.plans import CustomerPlans, read_plans
from mas2tering.files.profiles import FileProfiles
from mas2tering.files.rows import write_rows
from mas2tering.files.schema import community_schema
from mas2tering.files.writing import write_community

__all__ = [
    "CustomerPlans",
    "FileProfiles",
    "HouseholdReadings",
    "LoadedCommunity",
    "RawReadings",
    "check_files",
    "community_schema",
    "read_changed_forecasts",
    "read_community",
    "read_devices",
    "read_household_readings",
    "read_network",
    "read_plans",
    "read_raw_readings",
    "write_community",
    "write_rows",
]
