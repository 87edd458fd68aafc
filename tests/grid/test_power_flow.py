"""The power flow against sums by hand, against its own invariants, and against the impedance matrix."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_networks import TRANSFORMER, behind_transformer, networks, some_loads, two_homes

from mas2tering.domain.network import EN_50160, UK_STATUTORY, Network
from mas2tering.grid import (
    LinearGrid,
    PowerFlow,
    PowerFlowError,
    congestions,
    customers_outside,
    violations,
)


def test_voltage_current_and_loss_of_one_customer_by_hand() -> None:
    network = two_homes()
    load_kw = np.array([[5.0], [0.0]])
    day = PowerFlow(network).day(load_kw)
    own = (2 * complex(0.032, 0.0075) + complex(0.08, 0.009)) / 3
    power = 5000 * complex(1, np.tan(np.arccos(0.95)))
    voltage = 416 / np.sqrt(3) + 0j
    for _ in range(50):
        voltage = 416 / np.sqrt(3) - own * np.conj(power / voltage)
    current = abs(power / voltage)
    assert day.voltage_pu[0, 0] == pytest.approx(abs(voltage) / 230, abs=1e-9)
    assert day.cable_current_a[0, :, 0] == pytest.approx([current, 0, 0], abs=1e-6)
    assert day.cable_loading[0, 0, 0] == pytest.approx(current / 200)
    assert day.cable_loss_kw[0] == pytest.approx(current**2 * own.real / 1e3, rel=1e-6)
    assert day.substation_kw[0] == pytest.approx(5 + day.cable_loss_kw[0])
    assert day.losses_kwh(0.25) == (pytest.approx(day.cable_loss_kw[0] / 4), 0.0)


def test_transformer_at_its_rating_loses_what_its_plate_says() -> None:
    network = behind_transformer(two_homes())
    voltage_kv = 0.416
    for _ in range(5):  # until the rated current flows
        load = np.array([[0.0], [np.sqrt(3) * voltage_kv * TRANSFORMER.rated_current_a * 0.95]])
        day = PowerFlow(network).day(load * np.array([[1.0], [1.0]]))
        assert day.transformer_loading is not None
        voltage_kv /= day.transformer_loading.max()
    assert day.transformer_loss_kw[0] == pytest.approx(4.6 + 0.7, abs=0.05)
    assert day.transformer_power_loading is not None
    assert day.transformer_power_loading[0] == pytest.approx(1.0, abs=0.03)


def test_a_tap_of_plus_five_percent_lowers_the_voltage_by_as_much() -> None:
    nothing = np.zeros((2, 1))
    plain = PowerFlow(behind_transformer(two_homes())).day(nothing)
    tapped = PowerFlow(behind_transformer(two_homes(), tap=0.05)).day(nothing)
    assert plain.voltage_pu == pytest.approx(416 / np.sqrt(3) / 230, abs=5e-4)
    assert tapped.voltage_pu * 1.05 == pytest.approx(plain.voltage_pu, abs=1e-4)


@given(networks(), st.integers(0, 1000))
@settings(max_examples=40)
def test_impedance_matrix_agrees_with_the_engine(network: Network, seed: int) -> None:
    load_kw = some_loads(network, seed=seed)
    day, linear = PowerFlow(network).day(load_kw), LinearGrid(network)
    state = linear.solve(load_kw)
    assert np.abs(state.voltage_pu - day.voltage_pu).max() < 1e-7
    assert np.abs(np.abs(linear.bus_voltages(state)) - np.abs(day.bus_voltage_v)).max() < 3e-5
    assert np.abs(np.abs(linear.currents(state)) - day.cable_current_a).max() < 1e-3
    if day.transformer_current_a is not None:
        # The engine's current at the busbar counts what its own magnetising half draws.
        assert np.abs(np.abs(linear.substation_currents(state)) - day.transformer_current_a).max() < 3.5


@given(networks(), st.integers(0, 1000))
@settings(max_examples=40)
def test_energy_is_conserved_and_losses_are_losses(network: Network, seed: int) -> None:
    load_kw = some_loads(network, seed=seed)
    day = PowerFlow(network).day(load_kw)
    losses = day.cable_loss_kw + day.transformer_loss_kw
    assert day.substation_kw == pytest.approx(load_kw.sum(axis=0) + losses, abs=1e-5)
    assert (day.cable_loss_kw >= -1e-9).all()
    assert (day.transformer_loss_kw >= -1e-9).all()


@given(networks(), st.integers(0, 1000))
@settings(max_examples=25)
def test_sensitivities_are_the_engines_differences(network: Network, seed: int) -> None:
    load_kw = some_loads(network, steps=1, seed=seed)
    linear, flow = LinearGrid(network), PowerFlow(network)
    state = linear.solve(load_kw)
    cables = range(len(network.cables))
    voltages = linear.sensitivities(state, 0)
    currents = linear.current_sensitivities(state, 0, cables)
    k, more = seed % len(network.customers), np.zeros_like(load_kw)
    more[k] = 0.01
    up, down = flow.day(load_kw + more), flow.day(load_kw - more)
    assert (up.voltage_pu - down.voltage_pu)[:, 0] / 0.02 == pytest.approx(voltages[:, k], abs=1e-6)
    everybody = range(len(network.customers))
    unbalance = linear.unbalance_sensitivities(state, linear.bus_voltages(state), 0, everybody)
    tilted = down.voltage_unbalance[:, 0] > 2e-3
    tilting = (up.voltage_unbalance - down.voltage_unbalance)[:, 0] / 0.02
    assert tilting[tilted] == pytest.approx(unbalance[:, k][tilted], abs=2e-5)
    carrying = down.cable_current_a[..., 0] > 0.5
    change = (up.cable_current_a - down.cable_current_a)[..., 0] / 0.02
    assert change[carrying] == pytest.approx(currents[..., k][carrying], abs=2e-3)


def test_phases_load_each_other_through_the_neutral() -> None:
    linear = LinearGrid(two_homes())
    state = linear.solve(np.array([[5.0], [1.0]]))
    change = linear.sensitivities(state, 0)
    assert change[0, 0] < 0  # drawing lowers the own phase
    assert change[2:, 0].max() > 0  # and raises another
    assert linear.behind.tolist() == [[True] * 4, [False, True, True, True]]


def test_violations_count_beyond_the_thresholds_and_name_element_phase_and_step() -> None:
    network = two_homes().with_ratings([20.0, None])
    flow = PowerFlow(network)
    load_kw = np.array([[1.0, 15.0, -90.0], [0.0, 0.0, 0.0]])
    day = flow.day(load_kw)
    found = congestions(day)
    assert violations(day).count == len(found)
    assert [(c.kind, c.element, c.phase, c.step) for c in found] == [
        ("cable", "near", "A", 1),
        ("cable", "near", "A", 2),
        ("voltage_high", "a", "A", 2),
        ("voltage_high", "b", "A", 2),
    ]
    assert all(c.excess > 0 for c in found)
    assert found[0].assumed
    assert "near" in str(found[0])
    just = day.cable_current_a[0, 0, 1]
    assert violations(PowerFlow(network.with_ratings([just / 1.0009, None])).day(load_kw[:, :2])).count == 0
    assert violations(PowerFlow(network.with_ratings([just / 1.0012, None])).day(load_kw[:, :2])).count == 1


def test_en_50160_forgives_five_percent_of_the_time_and_uk_statute_none() -> None:
    load_kw = np.zeros((2, 40))
    load_kw[0, 7] = -90.0
    day = PowerFlow(two_homes()).day(load_kw)
    assert customers_outside(day, UK_STATUTORY) == 2
    assert customers_outside(day, EN_50160) == 0
    load_kw[0, :3] = -90.0
    assert customers_outside(PowerFlow(two_homes()).day(load_kw), EN_50160) == 2


def test_balanced_load_has_no_unbalance_and_a_single_phase_has() -> None:
    day = PowerFlow(two_homes()).day(np.array([[0.0, 8.0], [12.0, 0.0]]))
    assert day.voltage_unbalance[:, 0].max() < 1e-6
    assert day.voltage_unbalance[1, 1] > 1e-3


def test_a_load_that_nothing_can_carry_is_said_with_its_step() -> None:
    load_kw = np.array([[1.0, 900.0], [0.0, 0.0]])
    with pytest.raises(PowerFlowError) as caught:
        PowerFlow(two_homes()).day(load_kw)
    assert caught.value.steps == (1,)
    with pytest.raises(PowerFlowError) as caught:
        LinearGrid(two_homes()).solve(load_kw)
    assert caught.value.steps == (1,)


def test_near_collapse_newton_steps_in_and_is_named() -> None:
    load_kw = np.array([[1.0, 280.0], [0.0, 0.0]])
    day = PowerFlow(two_homes()).day(load_kw)
    assert day.method == "newton_raphson"
    assert day.voltage_pu == pytest.approx(LinearGrid(two_homes()).solve(load_kw).voltage_pu, abs=1e-6)
    assert PowerFlow(two_homes()).day(load_kw[:, :1]).method == "iterative_current"


def test_loads_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(2, steps\)"):
        PowerFlow(two_homes()).day(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="not finite"):
        PowerFlow(two_homes()).day(np.full((2, 1), np.nan))
