"""What feeds the cables, seen from the low-voltage busbar: a voltage behind an impedance.

A delta-wye transformer is its short-circuit impedance between two halves of its magnetising admittance in the
positive and negative sequence; zero-sequence current closes through the earthed star and the delta, past the
source (the same model as power-grid-model's, see its user manual, "Transformer").
"""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mas2tering.domain.network import Network, Source, Transformer


@dataclass(frozen=True)
class Supply:
    """Voltages without load against neutral, in V, shape (3,), and the impedance behind them, in ohm, (3, 3).

    Angles count from that of phase A without load.
    """

    voltage_v: NDArray[np.complex128]
    impedance_ohm: NDArray[np.complex128]


def supply_of(network: Network) -> Supply:
    """The equivalent of the source and the transformer, if there is one."""
    source, transformer = network.source, network.transformer
    if transformer is None:
        voltage_v: complex = 1e3 * source.voltage_kv / math.sqrt(3.0)
        positive = zero = _source_ohm(source)
    else:
        voltage_v, positive, zero = _through(source, transformer)
    turns = np.exp(-2j * np.pi / 3.0 * np.arange(3))
    own, mutual = (2.0 * positive + zero) / 3.0, (zero - positive) / 3.0
    impedance = np.full((3, 3), mutual, dtype=np.complex128)
    np.fill_diagonal(impedance, own)
    return Supply(abs(voltage_v) * turns, impedance)


def _source_ohm(source: Source) -> complex:
    """Impedance of the source at its own voltage, in ohm."""
    if source.short_circuit_mva is None:
        return 0j
    size = source.voltage_kv**2 / source.short_circuit_mva
    reactance = size / math.sqrt(1.0 + source.r_per_x**2)
    return complex(source.r_per_x * reactance, reactance)


def _through(source: Source, transformer: Transformer) -> tuple[complex, complex, complex]:
    """Voltage without load (V against neutral), positive and zero sequence impedance (ohm), low-voltage side."""
    ratio = transformer.lv_kv / (transformer.hv_kv * (1.0 + transformer.tap))
    base_ohm = 1e3 * transformer.lv_kv**2 / transformer.rating_kva
    resistance = transformer.load_loss_kw / transformer.rating_kva
    series = base_ohm * complex(resistance, math.sqrt(max(0.0, transformer.impedance**2 - resistance**2)))
    conductance = transformer.no_load_loss_kw / transformer.rating_kva
    magnetising = max(transformer.no_load_current, conductance)
    shunt = complex(conductance, -math.sqrt(max(0.0, magnetising**2 - conductance**2))) / base_ohm
    voltage: complex = 1e3 * source.voltage_kv * ratio / math.sqrt(3.0)
    behind = _source_ohm(source) * ratio**2
    voltage, behind = _loaded(voltage, behind, shunt / 2.0)
    voltage, positive = _loaded(voltage, behind + series, shunt / 2.0)
    zero = 1.0 / (1.0 / series + shunt)
    return cmath.rect(abs(voltage), 0.0), positive, zero


def _loaded(voltage: complex, impedance: complex, admittance: complex) -> tuple[complex, complex]:
    """A voltage behind an impedance, with an admittance to earth added."""
    divider = 1.0 + impedance * admittance
    return voltage / divider, impedance / divider
