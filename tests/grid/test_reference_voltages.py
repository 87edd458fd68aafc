"""The power flow against voltages that OpenDSS computed for two real networks."""

import csv
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.network import NOMINAL_V
from mas2tering.files.network import read_csv_folder
from mas2tering.grid import LinearGrid, PowerFlow

_LEVELS = {"v_ln_1kw": 1.0, "v_ln_2kw": 2.0, "v_ln_minus2kw": -2.0}


@pytest.mark.parametrize("folder", ["enwl_22_184customers", "enwl_01_200customers"])
def test_voltages_agree_with_opendss_within_a_millivolt_at_every_customer(
    shared_data: Path, folder: str
) -> None:
    network = read_csv_folder(shared_data / "network" / folder).held_at_busbar(0.416)
    with (shared_data / "network" / folder / "reference_voltages_opendss.csv").open(newline="") as file:
        rows = {row["customer_id"]: row for row in csv.DictReader(file)}
    expected_v = np.array(
        [[float(rows[customer.id][level]) for level in _LEVELS] for customer in network.customers]
    )
    load_kw = np.ones((len(network.customers), 1)) * np.array(list(_LEVELS.values()))
    day = PowerFlow(network).day(load_kw)
    assert np.abs(day.voltage_pu * NOMINAL_V - expected_v).max() < 2e-4
    linear = LinearGrid(network).solve(load_kw)
    assert np.abs(linear.voltage_pu * NOMINAL_V - expected_v).max() < 2e-4
