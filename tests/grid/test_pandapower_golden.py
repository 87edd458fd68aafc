"""The IEEE European low-voltage feeder against pandapower's own three-phase power flow.

The case is made by ``tools/golden_pandapower_voltages.py``; it has the transformer, a source with a short-circuit
power, and loads on all phases.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.network import NOMINAL_V
from mas2tering.files.network import read_network
from mas2tering.grid import LinearGrid, PowerFlow

_FOLDER = Path(__file__).parents[1] / "golden" / "networks" / "ieee_european_lv"


def test_voltages_losses_and_unbalance_agree_with_pandapower() -> None:
    network = read_network(_FOLDER / "pandapower.json")
    golden = json.loads((_FOLDER / "expected.json").read_text())
    assert [customer.id for customer in network.customers] == golden["customers"]
    assert all(customer.power_factor == pytest.approx(0.95) for customer in network.customers)
    load_kw = np.array([case["load_kw"] for case in golden["cases"]]).T
    day = PowerFlow(network).day(load_kw)
    for step, case in enumerate(golden["cases"]):
        assert (
            np.abs(day.voltage_pu[:, step] * NOMINAL_V - case["voltage_v"]).max() < 2e-3
        )  # its own steps end at 0.03 W a bus
        assert day.voltage_unbalance[:, step] == pytest.approx(case["unbalance"], abs=5e-6)
        assert day.cable_current_a[0, :, step] == pytest.approx(case["first_line_a"], rel=1e-4)
        assert day.cable_loss_kw[step] == pytest.approx(case["line_loss_kw"], rel=1e-4)
        assert day.transformer_loss_kw[step] == pytest.approx(case["transformer_loss_kw"], rel=2e-3)
    assert np.abs(LinearGrid(network).solve(load_kw).voltage_pu - day.voltage_pu).max() < 1e-7
