"""The generated network of 184 customers beside the real one whose shape it has."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mas2tering.domain.errors import InputError
from mas2tering.domain.network import Network
from mas2tering.files.network import read_network
from mas2tering.grid import LinearGrid, PowerFlow
from mas2tering.study.generator.cables import RATINGS_KVA
from mas2tering.study.generator.network import CARDIFF_PHASES, cardiff_network
from mas2tering.study.networks import RATING_KVA, network_of


def _distances_m(network: Network) -> np.ndarray:
    ways = [network.tree.path(network.bus_at[customer.bus]) for customer in network.customers]
    return np.array([sum(network.cables[cable].length_m for cable in way) for way in ways])


def _customers_by_feeder(network: Network) -> list[int]:
    by_bus = {cable.to_bus: cable.feeder for cable in network.cables}
    return sorted(Counter(by_bus[customer.bus] for customer in network.customers).values())


def _phases(network: Network) -> list[int]:
    return [sum(customer.phases == (phase,) for customer in network.customers) for phase in "ABC"]


def _mains_resistance_ohm_per_km(network: Network) -> float:
    """Of the cables through which the customers' currents flow together, weighted by length."""
    behind = LinearGrid(network).behind.sum(axis=1)
    mains = [cable for cable, count in zip(network.cables, behind, strict=True) if count > 1]
    return 1e3 * sum(cable.r1_ohm for cable in mains) / sum(cable.length_m for cable in mains)


def test_its_statistics_are_those_of_the_real_network(shared_data: Path) -> None:
    real = read_network(shared_data / "network" / "enwl_22_184customers")
    made = cardiff_network()
    assert len(made.customers) == len(real.customers) == 184
    assert _customers_by_feeder(made) == _customers_by_feeder(real)
    assert _phases(made) == _phases(real) == list(CARDIFF_PHASES)
    far_made, far_real = _distances_m(made), _distances_m(real)
    assert far_made.max() == pytest.approx(far_real.max(), abs=0.5)
    assert far_made.mean() == pytest.approx(far_real.mean(), rel=0.05)
    assert np.quantile(far_made, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(far_real, [0.1, 0.5, 0.9]), abs=35.0
    )
    length_made, length_real = (sum(cable.length_m for cable in net.cables) for net in (made, real))
    assert length_made == pytest.approx(length_real, rel=0.01)
    assert _mains_resistance_ohm_per_km(made) == pytest.approx(_mains_resistance_ohm_per_km(real), rel=0.25)
    # What all of it comes to under the same load: nearly the same losses and lowest voltages.
    load_kw = np.full((184, 2), [[1.0, 2.0]])
    day_made, day_real = (PowerFlow(net.held_at_busbar(0.416)).day(load_kw) for net in (made, real))
    assert day_made.cable_loss_kw == pytest.approx(day_real.cable_loss_kw, rel=0.25)
    assert day_made.voltage_pu.min(axis=0) == pytest.approx(day_real.voltage_pu.min(axis=0), abs=0.035)


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    assert cardiff_network(seed=3) == cardiff_network(seed=3)
    assert cardiff_network(seed=3) != cardiff_network(seed=4)
    for seed in range(40):
        made = cardiff_network(seed=seed)
        assert _phases(made) == list(CARDIFF_PHASES)
        assert _distances_m(made).max() == pytest.approx(512.0)
        assert all(cable.rating_assumed and cable.length_m > 0 for cable in made.cables)


def test_the_transformer_has_the_rating_that_is_asked_for() -> None:
    assert set(RATING_KVA.values()) <= set(RATINGS_KVA)
    for rating_kva in RATINGS_KVA:
        transformer = network_of("cardiff", rating_kva).transformer
        assert transformer is not None
        assert transformer.rating_kva == rating_kva
        assert transformer.assumed
    transformer = network_of("cardiff").transformer
    assert transformer is not None
    assert (transformer.rating_kva, transformer.impedance) == (400.0, 0.0475)
    assert (transformer.load_loss_kw, transformer.no_load_loss_kw) == (4.6, pytest.approx(0.7))


def test_networks_have_names(shared_data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAS2TERING_DATA", str(shared_data))
    for name, customers in (("enwl:22", 184), ("enwl:01", 200), ("ieee_elv", 55)):
        network = network_of(name)
        assert len(network.customers) == customers
        assert network.transformer is not None
        assert network.transformer.rating_kva == (800.0 if name == "ieee_elv" else 400.0)
        load_kw = np.full((customers, 1), 1.0)
        assert PowerFlow(network).day(load_kw).voltage_pu == pytest.approx(
            LinearGrid(network).solve(load_kw).voltage_pu, abs=1e-7
        )
    monkeypatch.setenv("MAS2TERING_DATA", str(tmp_path))
    with pytest.raises(InputError, match="no measured data"):
        network_of("enwl:22")
    with pytest.raises(InputError, match="one of cardiff, enwl:22"):
        network_of("nowhere")
